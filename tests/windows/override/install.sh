#!/bin/sh
# Makes a Windows prefix for Wine in which the stand-ins of this folder are the system's libraries.
# usage: install.sh FROM TO BUILT      FROM: a prefix as Wine makes it; TO: the one to make;
#                                      BUILT: the folder with the stand-ins
# Programs see them when WINEPREFIX=TO, WINEDLLPATH=TO/wine and
# WINEDLLOVERRIDES=bcrypt,ncrypt,crypt32=n,b.
set -eu
from=$1 to=$2 built=$3
wine=$(echo /usr/lib/*/wine)

rm -rf "$to"
cp -al "$from" "$to" # hard links: what is replaced below is removed first
cp --remove-destination "$from"/*.reg "$to"
mkdir -p "$to/wine/x86_64-windows" "$to/wine/x86_64-unix"
for library in "$built"/*.dll; do
    name=$(basename "$library" .dll)
    system="$to/drive_c/windows/system32"
    rm -f "$system/$name.dll" "$system/wine$name.dll"
    cp "$library" "$system/$name.dll"
    cp "$wine/x86_64-windows/$name.dll" "$system/wine$name.dll"
    cp "$wine/x86_64-windows/$name.dll" "$to/wine/x86_64-windows/wine$name.dll"
    if [ -e "$wine/x86_64-unix/$name.so" ]; then
        cp "$wine/x86_64-unix/$name.so" "$to/wine/x86_64-unix/wine$name.so"
    fi
done
