#!/bin/bash
# Checks the proof in an answer of the SAM: its record is in the log whose head the node signed (RFC 9162, 2.1.3.2).
# sam-proof.sh ANSWER KEY
#   ANSWER  JSON with a member "audit"
#   KEY     the node's audit-public-key.pem, from where you trust it
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 1; }
answer=$1 key=$2

hex() { od -An -v -tx1 | tr -d ' \n'; }
bytes() { printf '%b' "$(printf '%s' "$1" | sed 's/../\\x&/g')"; }        # of hex digits
sha256() { openssl dgst -sha256 -binary | hex; }
node() { { bytes 01; bytes "$1"; bytes "$2"; } | sha256; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

jq -r '.audit.head | (if .log == "admin" then "RemoteSigning administration audit head v1" else "RemoteSigning audit head v1" end),
    .node, .tree_size, .timestamp, .root_hash' "$answer" > "$work/head"
jq -r .audit.head.signature "$answer" | base64 -d > "$work/signature"
openssl dgst -sha256 -verify "$key" -signature "$work/signature" "$work/head" > /dev/null

index=$(jq .audit.index "$answer") size=$(jq .audit.head.tree_size "$answer")
hash=$({ bytes 00; jq -rj .audit.record "$answer"; } | sha256)
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
done < <(jq -r '.audit.path[]' "$answer" | while read -r sibling; do base64 -d <<< "$sibling" | hex; echo; done)
((sn == 0)) || { echo "The path is too short." >&2; exit 1; }
[ "$hash" = "$(jq -r .audit.head.root_hash "$answer" | base64 -d | hex)" ] || { echo "The path does not lead to the signed root." >&2; exit 1; }
echo "Record $index of $size, $(jq -r '.audit.record | fromjson | "\(.event) by \(.actor): \(.outcome)"' "$answer")"
