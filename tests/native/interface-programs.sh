#!/bin/sh
# Programs that ask for C_GetInterface (OpenSC's pkcs11-tool, NSS) and one that does not (GnuTLS by way of p11-kit) use the
# card through the interface that they choose. Usage: interface-programs.sh MODULE FAKE_AGENT_PROGRAM
set -eu
module=$1
folder=$(mktemp -d)
mkfifo "$folder/ready"
export REMOTESIGNING_SOCKET="$folder/card.sock" REMOTESIGNING_LOG="$folder/log"
"$2" "$REMOTESIGNING_SOCKET" 2 pin >"$folder/ready" &
agent=$!
finish() {
    status=$?
    [ $status -eq 0 ] || cat "$folder/output" >&2
    kill $agent
    wait $agent || true
    rm -r "$folder"
    exit $status
}
trap finish EXIT
read -r said <"$folder/ready"
[ "$said" = ready ] || { echo "the agent says: $said" >&2; exit 1; }

# expect WHAT COUNT PATTERN: so many lines of the file "output" have the pattern
expect() {
    if [ "$(grep -cE -- "$3" "$folder/output")" -ne "$2" ]; then
        echo "$1 does not show $2 x '$3':" >&2
        exit 1
    fi
}

pkcs11-tool --module "$module" --show-info >"$folder/output" 2>&1
expect pkcs11-tool 1 '^Cryptoki version 3\.0$'
pkcs11-tool --module "$module" --login --pin 12345678 --list-objects >"$folder/output" 2>&1
expect pkcs11-tool 2 '^Private Key Object'
id=$(sed -n '/^Private Key Object; EC/,/ID:/s/ *ID: *//p' "$folder/output")
printf 0123456789abcdef0123456789abcdef >"$folder/digest"
pkcs11-tool --module "$module" --login --pin 12345678 --sign --mechanism ECDSA --id "$id" \
    --input-file "$folder/digest" --output-file "$folder/signature" >"$folder/output" 2>&1
cat "$folder/digest" "$folder/digest" | cmp - "$folder/signature" # what this agent calls a signature

mkdir "$folder/nss"
certutil -N -d "sql:$folder/nss" --empty-password
modutil -dbdir "sql:$folder/nss" -add card -libfile "$module" -force >"$folder/output" 2>&1
modutil -dbdir "sql:$folder/nss" -list card >"$folder/output" 2>&1
expect modutil 1 '^PKCS #11 Version 3\.0$'
echo 12345678 >"$folder/pin"
certutil -K -d "sql:$folder/nss" -h 'Fake card' -f "$folder/pin" >"$folder/output" 2>&1
expect certutil 2 '^< *[01]> (rsa|ec) .* key-[01]$'

p11tool --provider "$module" --login --set-pin 12345678 --list-privkeys >"$folder/output" 2>&1
expect p11tool 2 'Type: Private key'
