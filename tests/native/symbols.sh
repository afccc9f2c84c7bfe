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
segments=$(readelf -lW "$module")
dynamic=$(readelf -dW "$module")
[ -n "$segments" ] && [ -n "$dynamic" ] || fail "cannot be read"
if ldd -r "$module" | grep -E 'not found|undefined symbol'; then fail "cannot be loaded alone"; fi
echo "$segments" | grep -q 'GNU_RELRO' || fail "has no RELRO segment"
echo "$dynamic" | grep -q '(FLAGS).*BIND_NOW' || fail "binds symbols late"
echo "$dynamic" | grep -q '(FLAGS_1).*NOW' || fail "binds symbols late"
# A separate .got.plt would stay writable: with all symbols bound there is none.
if readelf -SW "$module" | grep -q ' \.got\.plt '; then fail "has a writable table of functions"; fi
echo "$segments" | grep 'GNU_STACK' | grep -q ' RW ' || fail "has an executable stack"
if echo "$segments" | grep 'LOAD' | grep -q 'W *E'; then fail "has a segment that is writable and executable"; fi
if echo "$dynamic" | grep -q 'TEXTREL'; then fail "has relocations in its code"; fi
if echo "$dynamic" | grep -qE '\((RPATH|RUNPATH)\)'; then fail "looks for libraries in a folder of its own"; fi
if echo "$dynamic" | grep -q 'NODELETE'; then fail "cannot be unloaded"; fi
for check in __stack_chk_fail __snprintf_chk; do
    nm -D --undefined-only "$module" | grep -q " $check@" || fail "was built without $check"
done
