#!/bin/sh
# Runs the tests of the Windows binaries under Wine, and checks what the binaries are.
# usage: run.sh REPOSITORY          (after ./build.sh Windows has built them)
set -eu
root=$(cd "$1" && pwd)
failed=0
export WINEPREFIX="$root/artifacts/windows/prefix" WINEDEBUG=-all

if [ ! -e "$WINEPREFIX/system.reg" ]; then
    echo "Making a Windows prefix ..."
    mkdir -p "$WINEPREFIX"
    # Without a screen Wine would complain at length.
    xvfb-run -a wineboot -u >"$root/artifacts/windows/prefix.log" 2>&1
fi
trap 'wineserver -k || true' EXIT

check() { # NAME CONDITION...: one line
    name=$1
    shift
    if "$@"; then echo "ok      $name"; else echo "FAILED  $name"; failed=$((failed + 1)); fi
}

same() { # EXPECTED ACTUAL
    [ "$1" = "$2" ] || { printf '        expected: %s\n        found:    %s\n' "$1" "$2"; return 1; }
}

words() { tr '\n' ' ' | sed 's/ $//'; }

# Imports nothing but the modules that docs/windows.md allows it; is where nobody can guess.
check_file() { # FILE BITS
    file=$(basename "$1")
    dump=$(x86_64-w64-mingw32-objdump -p "$1")
    check "$file $2: imports" same "$(sed -n "s/^- Imported by $file: //p" "$root/docs/windows.md")" \
        "$(echo "$dump" | sed -n 's/.*DLL Name: //p' | tr 'A-Z' 'a-z' | sort | words)"
    protections="DYNAMIC_BASE NX_COMPAT"
    [ "$2" = x86 ] || protections="DYNAMIC_BASE HIGH_ENTROPY_VA NX_COMPAT"
    check "$file $2: protections" same "$protections" \
        "$(echo "$dump" | grep -oE '\b(DYNAMIC_BASE|HIGH_ENTROPY_VA|NX_COMPAT)\b' | sort | words)"
    texts=$(x86_64-w64-mingw32-strings -el "$1")
    check "$file $2: version resource" same "OriginalFilename $file" "$(echo "$texts" | grep -A1 -x OriginalFilename | words)"
    # A way in for tests would be one more.
    expected=REMOTESIGNING_LOG
    [ "$file" != card-register.exe ] || expected=""
    check "$file $2: variables of the environment" same "$expected" \
        "$( (echo "$texts"; strings "$1") | grep -oE 'REMOTESIGNING_[A-Z_]+' | sort -u | words)"
}

check_file "$root/artifacts/win-x64/card-register.exe" x64
for abi in pkcs11 ksp; do
    for bits in x64 x86; do
        dll="$root/artifacts/win-$bits/remotesigning-$abi.dll"
        check_file "$dll" $bits
        exports=$(echo "$dump" | sed -n 's/^\t\[ *[0-9]*\] *\(+base\[ *[0-9]*\] *[0-9a-f]* *\)\?\([A-Za-z_0-9@]*\)$/\2/p' | grep -v '^$' | sort -u)
        if [ $abi = ksp ]; then
            check "$abi $bits: exports" same GetKeyStorageInterface "$exports"
        else
            check "$abi $bits: exports nothing but C_ functions" same "" "$(echo "$exports" | grep -v '^C_' || true)"
            check "$abi $bits: exports C_Sign and C_GetInterface" \
                same "C_GetInterface C_Sign" "$(echo "$exports" | grep -xE 'C_Sign|C_GetInterface' | words)"
        fi
    done
    check "$abi x64: its table under Wine" \
        wine "$root/artifacts/windows/x64/tests/${abi}_test.exe" "$root/artifacts/win-x64/remotesigning-$abi.dll"
done
check "ksp x64: its handles and threads under Wine" \
    wine "$root/artifacts/windows/x64/tests/ksp_thread_test.exe" "$root/artifacts/win-x64/remotesigning-ksp.dll"
check "pkcs11 x64: an agent that fails at every point, under Wine" \
    wine "$root/artifacts/windows/x64/tests/broken_test.exe" "$root/artifacts/win-x64/remotesigning-pkcs11.dll"
check "ksp x64: an agent that fails at every point, under Wine" \
    wine "$root/artifacts/windows/x64/tests/ksp_broken_test.exe" "$root/artifacts/win-x64/remotesigning-ksp.dll"
check "processes x64: many at once, and some that end in a call, under Wine" \
    wine "$root/artifacts/windows/x64/tests/process_test.exe" \
    "$root/artifacts/win-x64/remotesigning-pkcs11.dll" "$root/artifacts/win-x64/remotesigning-ksp.dll"
check "agent x64: its pipes under Wine" wine "$root/artifacts/windows/pipe-checks/pipe-checks.exe"

# With stand-ins for Wine's bcrypt.dll, ncrypt.dll and crypt32.dll.
sh "$root/tests/windows/override/install.sh" "$WINEPREFIX" "$root/artifacts/windows/x64/tests/override"
export WINEDLLPATH="$WINEPREFIX/override" WINEDLLOVERRIDES="bcrypt,ncrypt,crypt32=n,b"
check "registration" wine "$root/artifacts/windows/x64/tests/registration_test.exe" \
    "$root/artifacts/win-x64/card-register.exe" \
    "$root/artifacts/win-x64/remotesigning-ksp.dll" "$root/artifacts/win-x86/remotesigning-ksp.dll"
[ $failed -eq 0 ] || { echo "$failed failed"; exit 1; }
