#!/bin/bash
# A device that approves signatures, in software: what a WebAuthn client and authenticator answer, with a key on P-256.
# sam-device.sh register|approve KEY RP_ID ORIGIN < CONTENT
#   register  prints a member of "devices" for an assignment, CONTENT from sam-skad.sh
#   approve   prints "approval" for a signature, CONTENT from the SAD
#   KEY       the device's private key, PEM
# A genuine device keeps its key inside, and asks the person who holds it. This one is for trying the SAM.
set -euo pipefail
[ $# -eq 4 ] || { sed -n '2,7s/^# //p' "$0" >&2; exit 1; }
act=$1 key=$2 rp_id=$3 origin=$4

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
sha256() { openssl dgst -sha256 -binary; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
bytes() { printf '%b' "$(printf '%s' "$1" | sed 's/../\\x&/g')"; }        # of hex digits
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/content"

# $1: webauthn.create or webauthn.get, $2: what the challenge is for. It is a digest of the very content.
client_data() {
    challenge=$({ printf 'RemoteSigning %s v1\0' "$2"; cat "$work/content"; } | sha256 | base64url)
    jq -cnj --arg type "$1" --arg challenge "$challenge" --arg origin "$origin" \
        '{type: $type, challenge: $challenge, origin: $origin, crossOrigin: false}' > "$work/client"
}

point=$(openssl pkey -in "$key" -pubout -outform DER | tail -c 64 | hex)
id=$(bytes "$point" | sha256 | hex)
party=$(printf '%s' "$rp_id" | sha256 | hex)

case $act in
    register)
        client_data webauthn.create assignment
        # COSE key: EC2, ES256, P-256, x, y. Flags 45: user present and verified, a new credential. Counter and model are 0.
        cose=a5010203262001215820${point:0:64}225820${point:64}
        data=${party}4500000000$(printf '%032d' 0)0020${id}${cose}
        # {"fmt": "none", "attStmt": {}, "authData": data}
        attestation=$(bytes "a363666d74646e6f6e656761747453746d74a068617574684461746158$(printf '%02x' $((${#data} / 2)))$data" | openssl base64 -A)
        jq -n --arg client "$(openssl base64 -A < "$work/client")" --arg attestation "$attestation" \
            '{client_data_json: $client, attestation_object: $attestation}'
        ;;
    approve)
        client_data webauthn.get activation
        data=${party}0500000000
        signature=$({ bytes "$data"; sha256 < "$work/client"; } | openssl dgst -sha256 -sign "$key" | openssl base64 -A)
        jq -n --arg id "$(bytes "$id" | openssl base64 -A)" --arg data "$(bytes "$data" | openssl base64 -A)" \
            --arg client "$(openssl base64 -A < "$work/client")" --arg signature "$signature" \
            '{credential_id: $id, authenticator_data: $data, client_data_json: $client, signature: $signature}'
        ;;
    *) sed -n '2,7s/^# //p' "$0" >&2; exit 1 ;;
esac
