#!/usr/bin/env bash
# Makes an authority and one certificate per service and for one caller, to try mTLS out.
#   deploy/certificates.sh FOLDER [NAMESPACE]
# FOLDER/<name>/{tls.crt,tls.key,ca.crt} has the keys of a kubernetes.io/tls Secret.
# For a trial cluster only: the authority's key lies unprotected in FOLDER/authority.
set -euo pipefail

folder="${1:?usage: certificates.sh FOLDER [NAMESPACE]}"
namespace="${2:-tidemark}"
days=90
umask 077
mkdir -p "$folder/authority"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$days" \
  -subj "/CN=Tidemark trial authority" -addext "basicConstraints=critical,CA:TRUE" \
  -addext "keyUsage=critical,keyCertSign,cRLSign" \
  -keyout "$folder/authority/tls.key" -out "$folder/authority/tls.crt" 2>/dev/null

for name in tidemark-charging tidemark-catalog tidemark-partner-settlement tidemark-offers tidemark-notification caller; do
  own="$folder/$name"
  mkdir -p "$own"
  cp "$folder/authority/tls.crt" "$own/ca.crt"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
    -keyout "$own/tls.key" -out "$own/request.csr" 2>/dev/null
  # Every service is also a caller of others, so its certificate serves both ends.
  openssl x509 -req -in "$own/request.csr" -days "$days" -CAcreateserial \
    -CA "$folder/authority/tls.crt" -CAkey "$folder/authority/tls.key" -out "$own/tls.crt" 2>/dev/null \
    -extfile <(printf '%s\n' "basicConstraints=critical,CA:FALSE" \
      "extendedKeyUsage=serverAuth,clientAuth" \
      "subjectAltName=DNS:$name,DNS:$name.$namespace,DNS:$name.$namespace.svc,DNS:localhost")
  rm "$own/request.csr"
done
rm -f "$folder/authority"/*.srl
echo "certificates for $days days in $folder"
