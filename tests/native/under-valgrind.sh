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
# valgrind runs one thread at a time; without its fair scheduler a thread that keeps asking may hold the others off for minutes.
for program; do
    if ! timeout 150 "$valgrind" --quiet --fair-sched=yes --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible \
        "$program" "$argument" >"$log" 2>&1; then
        echo "$program $argument, which has 150 s:" >&2
        cat "$log" >&2
        exit 1
    fi
    echo "ok $program"
done
