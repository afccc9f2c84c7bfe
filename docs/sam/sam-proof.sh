#!/bin/bash
# Checks the proof in an answer of the SAM: its record is in the log whose head the node signed (RFC 9162, 2.1.3.2).
# sam-proof.sh ANSWER KEY
#   ANSWER  JSON with a member "audit"
#   KEY     the node's audit-public-key.pem, from where you trust it
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 1; }
answer=$1 key=$2

hex() { od -An -v -tx1 | tr -d ' \n'; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

jq -r '.audit.head | (if .log == "admin" then "RemoteSigning administration audit head v1" else "RemoteSigning audit head v1" end),
    .node, .tree_size, .timestamp, .root_hash' "$answer" > "$work/head"
jq -r .audit.head.signature "$answer" | base64 -d > "$work/signature"
openssl dgst -sha256 -verify "$key" -signature "$work/signature" "$work/head" > /dev/null

index=$(jq .audit.index "$answer") size=$(jq .audit.head.tree_size "$answer")
jq -rj .audit.record "$answer" > "$work/record"
root=$(jq -r '.audit.path[]' "$answer" | while read -r sibling; do base64 -d <<< "$sibling" | hex; echo; done |
    "$(dirname "$0")/sam-root.sh" "$work/record" "$index" "$size")
[ "$root" = "$(jq -r .audit.head.root_hash "$answer" | base64 -d | hex)" ] || { echo "The path does not lead to the signed root." >&2; exit 1; }
echo "Record $index of $size, $(jq -r '.audit.record | fromjson | "\(.event) by \(.actor): \(.outcome)"' "$answer")"
