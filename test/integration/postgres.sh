#!/usr/bin/env bash
# Runs a command with a throw-away PostgreSQL server of its own and EDIN_TEST_DATABASE_URL naming it:
#   test/integration/postgres.sh npm test
# Needs Debian's postgresql (or PG_BIN naming the folder of initdb). PostgreSQL refuses to run as root, so root hands it
# to the user `postgres`, or to `nobody`.
set -euo pipefail

bin=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)}
bin=${bin:-$(dirname "$(command -v initdb)")}
dir=$(mktemp -d)
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  user=$(id -un postgres 2>/dev/null || echo nobody)
  chown "$user" "$dir"
  as() { setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@"; }
fi
password=$(head -c 18 /dev/urandom | base64 | tr '+/' '-_')
(umask 077 && printf %s "$password" > "$dir/password")
[ "$(id -u)" != 0 ] || chown "$user" "$dir/password"
stop() {
  (cd / && as "$bin/pg_ctl" -D "$dir/data" -m immediate stop > /dev/null 2>&1) || true
  rm -rf "$dir"
}
trap stop EXIT
here=$PWD
cd /
as "$bin/initdb" -D "$dir/data" -U edin --auth=scram-sha-256 --pwfile="$dir/password" > /dev/null
# A free port: asked of the system, tried again when another took it meanwhile.
for _ in 1 2 3 4 5; do
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { process.stdout.write(String(s.address().port)); s.close(); })')
  if as "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off" start > /dev/null; then
    started=1
    break
  fi
done
[ "${started:-}" = 1 ] || { cat "$dir/log" >&2; exit 1; }
cd "$here"
EDIN_TEST_DATABASE_URL="postgres://edin:$password@127.0.0.1:$port/postgres" "$@"
