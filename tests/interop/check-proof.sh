#!/usr/bin/env bash
# Checks with openssl alone that an audit record is in the log whose head the SAM signed (RFC 9162, 2.1.3.2).
# usage: check-proof.sh FOLDER    with record.json, position, path.hex, head.txt, head.signature, audit-public-key.pem
set -euo pipefail
scripts=$(cd "$(dirname "$0")/../../docs/sam" && pwd)
cd "${1:?usage: check-proof.sh FOLDER}"

read -r index size <position
echo "The head: $(openssl dgst -sha256 -verify audit-public-key.pem -signature head.signature head.txt)"

digest=$(openssl dgst -sha256 -r <signed-attributes.der | cut -c1-64)
grep -q "\"$digest\"" record.json || { echo "The record does not name the digest $digest." >&2; exit 1; }
echo "The record names what was signed: SHA-256 of the signed attributes = $digest"

hash=$("$scripts/sam-root.sh" record.json "$index" "$size" <path.hex)
root=$(sed -n 5p head.txt | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
[ "$hash" = "$root" ] || { echo "The path leads to $hash, not to the signed root $root." >&2; exit 1; }
echo "Record $index of $size leads over $(wc -l <path.hex) hashes to the signed root $root"
