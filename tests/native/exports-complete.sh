#!/bin/sh
# The module exports exactly the functions that exports_test has cases for.
# Usage: exports-complete.sh MODULE EXPORTS_TEST
set -eu
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
nm -D --defined-only "$1" | sed 's/.* //' | LC_ALL=C sort >"$folder/exported"
"$2" --names | LC_ALL=C sort >"$folder/tested"
[ "$(wc -l <"$folder/exported")" -ge 92 ] || { echo "too few symbols found in $1" >&2; exit 1; }
diff "$folder/exported" "$folder/tested" || { echo "< exported without a case; > a case without an export" >&2; exit 1; }
