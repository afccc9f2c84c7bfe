#!/bin/bash
# Computes the root of the log to which the path of a record leads (RFC 9162, 2.1.3.2), in hex.
# sam-root.sh RECORD INDEX SIZE < PATH
#   RECORD  file with the exact bytes of the record
#   INDEX   its place in the log, from 0
#   SIZE    how many records the log has
#   PATH    the hashes in hex, one a line
set -euo pipefail
[ $# -eq 3 ] || { sed -n '2,7s/^# //p' "$0" >&2; exit 1; }
record=$1 fn=$2 sn=$(($3 - 1))

bytes() { printf '%b' "$(printf '%s' "$1" | sed 's/../\\x&/g')"; }        # of hex digits
sha256() { openssl dgst -sha256 -r | cut -c1-64; }
node() { { bytes 01; bytes "$1"; bytes "$2"; } | sha256; }

hash=$({ bytes 00; cat "$record"; } | sha256)
while read -r sibling; do
    ((sn > 0)) || { echo "The path is too long." >&2; exit 1; }
    if ((fn & 1)) || ((fn == sn)); then
        hash=$(node "$sibling" "$hash")
        while ((!(fn & 1) && fn)); do fn=$((fn >> 1)) sn=$((sn >> 1)); done
    else
        hash=$(node "$hash" "$sibling")
    fi
    fn=$((fn >> 1)) sn=$((sn >> 1))
done
((sn == 0)) || { echo "The path is too short." >&2; exit 1; }
echo "$hash"
