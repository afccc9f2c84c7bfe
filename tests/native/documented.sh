#!/bin/sh
# docs/pkcs11.md names every function that the module exports, every mechanism it lists and every environment variable it
# reads. Usage: documented.sh MODULE REPOSITORY
set -eu
module=$1
root=$2
names=$(
    nm -D --defined-only "$module" | sed 's/.* T //'
    grep -o '{CKM_[A-Z0-9_]*, \(RS_RSA_PKCS1\|RS_RSA_PSS\|RS_ECDSA\|P11_SCHEME_NONE\)' \
        "$root/native-shim/pkcs11/mechanism.c" | sed 's/{\(.*\),.*/\1/'
    sed -n 's/.*\(environment\|secure_getenv\)("\([A-Z_]*\)").*/\2/p' "$root"/native-shim/core/*.c
)
[ "$(echo "$names" | wc -l)" -gt 85 ] || { echo "too few names found: $names" >&2; exit 1; }
missing=0
for name in $names; do
    if ! grep -qw -- "$name" "$root/docs/pkcs11.md"; then
        echo "docs/pkcs11.md does not say what $name is" >&2
        missing=1
    fi
done
exit $missing
