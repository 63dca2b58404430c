#!/bin/sh
# On a bare Linux machine with a graphics card, in the unpacked folder: sh run.sh [--out FOLDER] [--rounds N] [--driver ICD.json]
# `tar -xJf edin-gpu.tar.xz` unpacks it; where xz is missing:
# python3 -c 'import tarfile; tarfile.open("edin-gpu.tar.xz").extractall()'
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/bin/node" "$here/edin/dist/measure.mjs" "$@"
