#!/usr/bin/env bash
# certificates.sh FOLDER NAME...: makes an authority and a certificate of PostgreSQL for these names or addresses, for ten years.
# ca.crt goes to every machine (sslrootcert); ca.key is needed for the next certificate only: keep it elsewhere.
set -euo pipefail
umask 077
folder=$1
shift
[ $# -gt 0 ] || { echo "Name the host or address by which machines reach PostgreSQL." >&2; exit 1; }
names=()
for name in "$@"; do
  if [[ $name =~ ^[0-9.]+$|: ]]; then names+=("IP:$name"); else names+=("DNS:$name"); fi
done
mkdir -p "$folder"
cd "$folder"
[ -e ca.key ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
  -keyout ca.key -out ca.crt -subj "/CN=EDIN database authority" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj "/CN=$1" 2>/dev/null
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -out server.crt \
  -extfile <(printf 'subjectAltName=%s\n' "$(IFS=,; echo "${names[*]}")") 2>/dev/null
rm server.csr
chmod 644 ca.crt server.crt
