#!/bin/sh
# Test programs once more under valgrind's memory checker: what is used without having been set, and what is lost.
# Usage: under-valgrind.sh VALGRIND ARGUMENT PROGRAM... (each program gets the argument)
set -eu
valgrind=$1
argument=$2
shift 2
[ $# -gt 0 ] || { echo "no program to run" >&2; exit 1; }
log=$(mktemp)
trap 'rm "$log"' EXIT
for program; do
    if ! "$valgrind" --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible \
        "$program" "$argument" >"$log" 2>&1; then
        echo "$program $argument:" >&2
        cat "$log" >&2
        exit 1
    fi
    echo "ok $program"
done
