#!/usr/bin/env bash
# Signs files through the CSC API, version 1: one approval, one signHash for each file. How to run it: docs/samples/README.md.
# Secrets reach curl through file descriptors, so that no process list shows them.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "Usage: sign.sh https://sign.example.com/csc/v1 signer@example.com [CREDENTIAL FILE…]" >&2
    exit 2
fi
service=${1%/} user=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ask() { IFS= read -rsp "$1: " REPLY; echo >&2; }

call() {    # METHOD: the body comes in, the answer goes out; an error of the service ends the program.
    local status
    status=$(curl -sS -H @<(printf '%s\n' "${headers[@]}") -H 'Content-Type: application/json' \
        -o "$work/answer" -w '%{http_code}' --data-binary @- "$service/$1")
    if [[ $status != 2* ]]; then
        echo "$1: $status $(jq -r '"\(.error): \(.error_description)"' "$work/answer")" >&2
        return 1
    fi
    cat "$work/answer"
}

ask 'API key'
key="X-API-Key: $REPLY"
ask 'Password'
headers=("$key" "Authorization: Basic $(printf '%s:%s' "$user" "$REPLY" | base64 -w0)")
token=$(call auth/login <<< '{}' | jq -r .access_token)
headers=("$key" "Authorization: Bearer $token")

credentials=$(call credentials/list <<< '{}')
if [ $# -eq 0 ]; then
    jq -r '.credentialIDs[]' <<< "$credentials"
    exit
fi
credential=$1
shift
jq -n --arg id "$credential" '{credentialID: $id, certificates: "chain", authInfo: true}' | call credentials/info > "$work/info"
info() { jq -r "$1" "$work/info"; }

# What to ask the signer for, and whether a code has to be sent first, stands in PIN and OTP.
pin='' otp=''
if [ "$(info .PIN.presence)" = true ]; then
    ask "$(info '.PIN.label // "PIN"')"
    pin=$REPLY
fi
if [ "$(info .OTP.presence)" = true ]; then
    if [ "$(info .OTP.type)" = online ]; then
        jq -n --arg id "$credential" '{credentialID: $id}' | call credentials/sendOTP
    fi
    ask "$(info '.OTP.label // "One-time code"')"
    otp=$REPLY
fi

digest() { openssl dgst -sha256 -binary "$1" | base64 -w0; }
hashes=$(for file in "$@"; do digest "$file"; echo; done | jq -R . | jq -s .)
# Of secrets, too, jq gets files and no arguments.
sad=$(jq -n --arg id "$credential" --argjson hashes "$hashes" --rawfile pin <(printf %s "$pin") --rawfile otp <(printf %s "$otp") \
        '{credentialID: $id, numSignatures: ($hashes | length), hash: $hashes}
         + (if $pin != "" then {PIN: $pin} else {} end) + (if $otp != "" then {OTP: $otp} else {} end)' |
      call credentials/authorize | jq -r .SAD)

info '.cert.certificates[0]' | base64 -d | openssl x509 -inform DER -out "$work/certificate.pem"
openssl x509 -in "$work/certificate.pem" -noout -pubkey > "$work/key.pem"
algorithm=1.2.840.113549.1.1.11     # sha256WithRSAEncryption
[ "$(info .key.curve)" = null ] || algorithm=1.2.840.10045.4.3.2    # ecdsa-with-SHA256
for file in "$@"; do
    jq -n --arg id "$credential" --rawfile sad <(printf %s "$sad") --arg hash "$(digest "$file")" --arg algorithm "$algorithm" \
        '{credentialID: $id, SAD: $sad, hash: [$hash], signAlgo: $algorithm, hashAlgo: "2.16.840.1.101.3.4.2.1"}' |
        call signatures/signHash | jq -r '.signatures[0]' | base64 -d > "$file.sig"
    echo "$file.sig: $(openssl dgst -sha256 -verify "$work/key.pem" -signature "$file.sig" "$file")," \
        "$(openssl x509 -in "$work/certificate.pem" -noout -subject -nameopt RFC2253)"
done
