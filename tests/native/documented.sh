#!/bin/sh
# docs/pkcs11.md names every function that the module exports, every mechanism it lists and every environment variable it
# reads. Its table of functions has each once and no others, and calls unsupported what is; its table of mechanisms has those
# of mechanism.c in that order, with what they do and for which keys. Usage: documented.sh MODULE REPOSITORY
set -eu
module=$1
root=$2
names=$(
    nm -D --defined-only "$module" | sed 's/.* T //'
    grep -o '{CKM_[A-Z0-9_]*, \(RS_RSA_PKCS1\|RS_RSA_PSS\|RS_ECDSA\|P11_SCHEME_NONE\)' \
        "$root/native-shim/pkcs11/mechanism.c" | sed 's/{\(.*\),.*/\1/'
    sed -n 's/.*\(environment\|secure_getenv\)("\([A-Z_]*\)").*/\2/p' "$root"/native-shim/core/posix/*.c
)
[ "$(echo "$names" | wc -l)" -ge 118 ] || { echo "too few names found: $names" >&2; exit 1; }
missing=0
for name in $names; do
    if ! grep -qw -- "$name" "$root/docs/pkcs11.md"; then
        echo "docs/pkcs11.md does not say what $name is" >&2
        missing=1
    fi
done

# One line for each function: its name, and what the table says of it.
table=$(sed -n '/^## Functions/,/^## Errors/s/^| \(C_[^|]*\) | \(.*\) |$/\1|\2/p' "$root/docs/pkcs11.md" |
    awk -F '|' '{ count = split($1, names, /, */); for (i = 1; i <= count; i++) print names[i], $2 }')
exported=$(nm -D --defined-only "$module" | sed 's/.* T //' | sort)
if [ "$(echo "$table" | cut -d ' ' -f 1 | sort)" != "$exported" ]; then
    echo "the table of functions in docs/pkcs11.md is not that of the exported ones, each once" >&2
    missing=1
fi
refused=$(awk '/^CK_RV C_/ { split($2, name, "("); } / return CKR_/ { sub(";", ""); print name[1], $2 }' \
    "$root/native-shim/pkcs11/unsupported.c" | sort)
said=$(echo "$table" | sed -n 's/^\(C_[A-Za-z]*\) `\(CKR_[A-Z_]*\)`.*/\1 \2/p' | sort)
if [ "$refused" != "$said" ]; then
    echo "docs/pkcs11.md and unsupported.c refuse different functions, or say so differently" >&2
    missing=1
fi

# One line for each mechanism: its name, what it does, and the keys.
listed=$(sed -n 's/^    {\(CKM_[A-Z0-9_]*\), \(RS_[A-Z0-9_]*\|P11_SCHEME_NONE\), .*/\1|\2/p' "$root/native-shim/pkcs11/mechanism.c" |
    sed -e 's/RS_RSA_PKCS1$\|RS_RSA_PSS$/sign, verify|RSA/' -e 's/RS_ECDSA$/sign, verify|EC/' -e 's/P11_SCHEME_NONE$/digest, in the process|–/')
said=$(sed -n '/^## Mechanisms/,/^## Interfaces/s/^| \(CKM_[^|]*\) | \([^|]*\) | \([^ |]*\).*/\1|\2|\3/p' "$root/docs/pkcs11.md" |
    awk -F '|' '{ count = split($1, names, /, */); for (i = 1; i <= count; i++) print names[i] "|" $2 "|" $3 }')
if [ "$listed" != "$said" ]; then
    echo "the table of mechanisms in docs/pkcs11.md is not that of mechanism.c" >&2
    missing=1
fi
exit $missing
