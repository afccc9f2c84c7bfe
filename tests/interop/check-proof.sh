#!/usr/bin/env bash
# Checks with openssl alone that an audit record is in the log whose head the SAM signed (RFC 9162, 2.1.3.2).
# usage: check-proof.sh FOLDER    with record.json, position, path.hex, head.txt, head.signature, audit-public-key.pem
set -euo pipefail
cd "${1:?usage: check-proof.sh FOLDER}"

hex() { openssl dgst -sha256 -r | cut -c1-64; }
raw() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }
node() { { raw 01; raw "$1"; raw "$2"; } | hex; }

read -r index size <position
echo "The head: $(openssl dgst -sha256 -verify audit-public-key.pem -signature head.signature head.txt)"

digest=$(hex <signed-attributes.der)
grep -q "\"$digest\"" record.json || { echo "The record does not name the digest $digest." >&2; exit 1; }
echo "The record names what was signed: SHA-256 of the signed attributes = $digest"

hash=$({ raw 00; cat record.json; } | hex)
fn=$index sn=$((size - 1))
while read -r sibling; do
    ((sn > 0)) || { echo "The path is too long." >&2; exit 1; }
    if ((fn & 1)) || ((fn == sn)); then
        hash=$(node "$sibling" "$hash")
        while ((!(fn & 1) && fn)); do fn=$((fn >> 1)) sn=$((sn >> 1)); done
    else
        hash=$(node "$hash" "$sibling")
    fi
    fn=$((fn >> 1)) sn=$((sn >> 1))
done <path.hex
((sn == 0)) || { echo "The path is too short." >&2; exit 1; }

root=$(sed -n 5p head.txt | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
[ "$hash" = "$root" ] || { echo "The path leads to $hash, not to the signed root $root." >&2; exit 1; }
echo "Record $index of $size leads over $(wc -l <path.hex) hashes to the signed root $root"
