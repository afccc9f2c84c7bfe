#!/bin/bash
# Prints a compact JWS (RFC 7515, 7.1), ES256, over the exact bytes on standard input.
# sam-jws.sh TYPE ID KEY < PAYLOAD
#   TYPE  its typ: sad+jwt or skad+jwt
#   ID    its kid; the SAM chooses nothing by it
#   KEY   private key on P-256, PEM
set -euo pipefail
[ $# -eq 3 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 1; }

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

input=$(jq -nj --arg typ "$1" --arg kid "$2" '{alg: "ES256", typ: $typ, kid: $kid}' | base64url).$(base64url)
printf '%s' "$input" | openssl dgst -sha256 -sign "$3" -out "$work/signature"

# A JWS has r and s as 32 bytes each (RFC 7518, 3.4); openssl writes two DER integers.
openssl asn1parse -inform DER -in "$work/signature" | sed -n 's/.*INTEGER *://p' | while read -r number; do
    printf '%64s' "$number"
done | tr ' ' 0 > "$work/hex"
printf '%s.%s\n' "$input" "$(printf '%b' "$(sed 's/../\\x&/g' "$work/hex")" | base64url)"
