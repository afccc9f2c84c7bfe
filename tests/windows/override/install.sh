#!/bin/sh
# Puts the stand-ins of this folder into a Windows prefix of Wine, and Wine's own libraries beside them, for what they forward.
# usage: install.sh PREFIX BUILT      BUILT: the folder with the stand-ins
# Programs get Wine's own as before, but for those that run with WINEDLLOVERRIDES=bcrypt,ncrypt,crypt32=n,b and
# WINEDLLPATH=PREFIX/override.
set -eu
prefix=$1 built=$2
wine=$(echo /usr/lib/*/wine)
system="$prefix/drive_c/windows/system32"

mkdir -p "$prefix/override/x86_64-windows" "$prefix/override/x86_64-unix"
for library in "$built"/*.dll; do
    name=$(basename "$library" .dll)
    rm -f "$system/$name.dll" # not overwritten: a running program has it
    cp "$library" "$system/$name.dll"
    cp "$wine/x86_64-windows/$name.dll" "$system/wine$name.dll"
    cp "$wine/x86_64-windows/$name.dll" "$prefix/override/x86_64-windows/wine$name.dll"
    if [ -e "$wine/x86_64-unix/$name.so" ]; then
        cp "$wine/x86_64-unix/$name.so" "$prefix/override/x86_64-unix/wine$name.so"
    fi
done
