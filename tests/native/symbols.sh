#!/bin/sh
# The module shows the functions of PKCS#11 v3.0 and nothing else, needs only the C library and nettle, has no writable
# code or late bound symbols, and nothing that fork makes dangerous. Usage: symbols.sh MODULE INCLUDE_FOLDER
set -eu
module=$1
include=$2
fail() {
    echo "$1" >&2
    exit 1
}
others=$(nm -D --defined-only "$module" | grep -v ' T C_[A-Z]' || true)
[ -z "$others" ] || fail "exports more than C_*: $others"
exported=$(nm -D --defined-only "$module" | sed 's/.* T //' | sort)
declared=$(sed -n 's/^\(_CK_DECLARE_FUNCTION (\|CK_FUNCTION_3_0(\)\(C_[A-Za-z]*\),.*/\2/p' "$include"/pkcs11*.h | sort)
[ "$(echo "$declared" | wc -l)" -eq 92 ] || fail "the headers do not declare 92 functions: $declared"
[ "$exported" = "$declared" ] || fail "exports other functions than the headers declare: $exported"
needed=$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
[ "$needed" = "libc.so.6 libnettle.so.8 " ] || fail "needs other libraries: $needed"
# These take locks of the C library that stay held in a child, when another thread had them at the fork.
locking=$(nm -D --undefined-only "$module" | grep -E ' (gmtime|localtime|mktime|timegm|strftime|tzset|v?syslog|openlog)' || true)
[ -z "$locking" ] || fail "uses what may hang in a forked child: $locking"
readelf -lW "$module" | grep -q 'GNU_RELRO' || fail "has no RELRO segment"
readelf -d "$module" | grep -q 'BIND_NOW' || fail "binds symbols late"
readelf -lW "$module" | grep 'GNU_STACK' | grep -q ' RW ' || fail "has an executable stack"
readelf -d "$module" | grep -q 'TEXTREL' && fail "has relocations in its code"
exit 0
