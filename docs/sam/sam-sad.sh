#!/bin/bash
# Mints a SAD, as an authorization server does: prints what goes into the header X-SAM-SAD.
# sam-sad.sh ISSUER KEY STATUS REQUEST
#   ISSUER   the authorization server's id in dynamic_config.json
#   KEY      its private key, PEM
#   STATUS   answer of GET /sam/v1/status of the node that will sign
#   REQUEST  body of POST /sam/v1/signatures: the SAD is for exactly what is in it
# Whoever does this vouches that the signer was authenticated and wants these signatures. Here nobody asks anybody.
set -euo pipefail
[ $# -eq 4 ] || { sed -n '2,8s/^# //p' "$0" >&2; exit 1; }
issuer=$1 key=$2 status=$3 request=$4

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
field() { printf '%08x%s' $((${#1} / 2)) "$1"; }        # a length of 32 bits, then the bytes; all in hex
bytes() { printf '%b' "$(sed 's/../\\x&/g')"; }          # of hex digits

# Each thing to sign: algorithm, parameters, digest. Parameters of the request are for its own algorithm.
entries=$(jq -r '. as $all | .requests[] |
    [.signature_algorithm // $all.signature_algorithm,
     .signature_algorithm_parameters // (if .signature_algorithm then "" else $all.signature_algorithm_parameters // "" end),
     .dtbs] | join("|")' "$request")

# The set is sorted by its bytes, so the order in the request does not count, and how often a thing stands there does.
set_digest=$(while IFS='|' read -r algorithm parameters dtbs; do
    field "$(printf '%s' "$algorithm" | hex)"
    field "$(base64 -d <<< "$parameters" | hex)"
    field "$(base64 -d <<< "$dtbs" | hex)"
    echo
done <<< "$entries" | LC_ALL=C sort | tr -d '\n' | bytes | openssl dgst -sha256 -binary | base64url)

count=$(jq '.requests | length' "$request")
display_digest=$(printf '%s\n%s\n%s\n%s\n' direct '' "$count" "$set_digest" | openssl dgst -sha256 -binary | base64url)
now=$(date +%s)

# The content is signed, and later recorded, as this very string.
content=$(jq -cj --slurpfile asked "$request" --arg set "$set_digest" --arg display "$display_digest" --argjson not_after $((now + 45)) \
    --arg transaction "$(openssl rand -hex 16)" '$asked[0] as $asked | {v: 1, node, epoch, transaction: $transaction,
     signer: $asked.signer.id, key_id: $asked.key_pair.key_id, count: ($asked.requests | length), set_digest: $set,
     client_id: "direct", display_digest: $display, not_after: $not_after}' "$status")

jq -cj --arg iss "$issuer" --arg jti "$(openssl rand -hex 16)" --argjson now "$now" --arg content "$content" \
    '{iss: $iss, aud: .node, epoch, jti: $jti, iat: $now, exp: ($now + 45), acr: "substantial", amr: ["pwd", "otp"], content: $content}' \
    "$status" | "$(dirname "$0")/sam-jws.sh" sad+jwt "$issuer" "$key"
