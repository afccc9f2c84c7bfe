#!/bin/bash
# Mints a SKAD, as an authorization server does: what goes into the header X-SAM-SKAD. In two steps, as a device stands between them.
# sam-skad.sh content STATUS REQUEST TERMS [RP_ID ORIGIN…]    prints the assignment content
# sam-skad.sh sign ISSUER KEY CONTENT REQUEST                 prints the SKAD
#   STATUS       answer of GET /sam/v1/status of the node that will assign
#   REQUEST      body of POST /sam/v1/signers/$body/key_pairs; for sign with its devices, if any
#   TERMS        the file that the signer agrees to
#   RP_ID, ORIGIN  for policy device: for whom the devices answer
#   ISSUER, KEY  the authorization server's id in dynamic_config.json, and its private key, PEM
#   CONTENT      the file with what the first step printed
set -euo pipefail
usage() { sed -n '2,10s/^# //p' "$0" >&2; exit 1; }

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
sha256() { openssl dgst -sha256 -binary; }
length() { printf '%b' "$(printf '%08x' "$(wc -c)" | sed 's/../\\x&/g')"; }     # of what comes in, as 32 bits

content() {
    [ $# -ge 3 ] || usage
    status=$1 request=$2 terms=$3
    public_key_digest=$(jq -r .key_pair.public_key "$request" | openssl pkey -pubin -outform DER | sha256 | base64url)
    jq -cnj --slurpfile status "$status" --slurpfile asked "$request" --arg key "$public_key_digest" \
        --arg terms "$(sha256 < "$terms" | base64url)" --argjson not_after $(($(date +%s) + 50)) \
        '$status[0] as $node | $asked[0] as $asked | {v: 1, node: $node.node, epoch: $node.epoch,
         key_id: $asked.key_pair.key_id, public_key_digest: $key, signer: $asked.signer.id, subject: $asked.subject,
         purpose: ($asked.purpose // "signature"), policy: ($asked.policy // "delegated"), terms_digest: $terms, not_after: $not_after}
         + if $ARGS.positional == [] then {} else {rp_id: $ARGS.positional[0], origins: $ARGS.positional[1:]} end' --args "${@:4}"
}

# SHA-256(length ‖ client data ‖ length ‖ attestation object) of each device.
digests() {
    jq -r '.devices // [] | .[] | .client_data_json + " " + .attestation_object' "$1" | while read -r client attestation; do
        for part in "$client" "$attestation"; do
            base64 -d <<< "$part" | length
            base64 -d <<< "$part"
        done | sha256 | base64url
        echo
    done
}

sign() {
    [ $# -eq 4 ] || usage
    issuer=$1 key=$2 content=$3 request=$4
    jq -Rcsj --arg iss "$issuer" --arg jti "$(openssl rand -hex 16)" --argjson now "$(date +%s)" --arg devices "$(digests "$request")" \
        '. as $content | fromjson | {iss: $iss, aud: .node, epoch, jti: $jti, iat: $now, exp: ($now + 45), content: $content,
         devices: ($devices | split("\n"))}' "$content" | "$(dirname "$0")/sam-jws.sh" skad+jwt "$issuer" "$key"
}

case ${1-} in
    content | sign) "$@" ;;
    *) usage ;;
esac
