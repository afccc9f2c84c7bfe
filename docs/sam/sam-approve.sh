#!/bin/bash
# Approves something as a second operator of a SAM: prints a JWS with detached content over the file's exact bytes.
# sam-approve.sh FILE OPERATOR KEY FINGERPRINT [TYPE]
#   OPERATOR     the approver's id in static_config.json
#   KEY          the private half of that operator's approval_key, PEM
#   FINGERPRINT  of sam_infrastructure.json, with or without spaces
#   TYPE         sam-configuration+jws (when it is left out) for a configuration, sam-unlock+jws for an unlocking,
#                sam-retire-kek+jws, sam-retire-peer+jws
# Read FILE first: what is signed here comes into force.
set -euo pipefail
[ $# -eq 4 ] || [ $# -eq 5 ] || { sed -n '2,9s/^# //p' "$0" >&2; exit 1; }
file=$1 operator=$2 key=$3 fingerprint=${4// /} type=${5:-sam-configuration+jws}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

header=$(printf '{"alg":"ES256","typ":"%s","kid":"%s","aud":"%s","iat":%s}' \
    "$type" "$operator" "$fingerprint" "$(date +%s)" | base64url)
{ printf '%s.' "$header"; base64url < "$file"; } > "$work/input"
openssl dgst -sha256 -sign "$key" -out "$work/signature" "$work/input"

# A JWS has r and s as 32 bytes each (RFC 7518, 3.4); openssl writes two DER integers.
openssl asn1parse -inform DER -in "$work/signature" | sed -n 's/.*INTEGER *://p' | while read -r number; do
    printf '%64s' "$number"
done | tr ' ' 0 > "$work/hex"
printf '%s..%s\n' "$header" "$(printf '%b' "$(sed 's/../\\x&/g' "$work/hex")" | base64url)"
