#!/bin/sh
# install-packages.sh 'UNITS' PACKAGE… : installs Debian packages as root and leaves the systemd units named off; the packages would
# start them at once and at every start of the machine.
set -eu
units=$1
shift
# Another clone may be installing too: one after the other. "apt-get update" does not wait for its own lock.
exec 9</var/lib/dpkg
flock 9
apt-get -qq update
# Masked while they are installed, so that nothing starts them; then merely disabled, for those who want them later.
if [ -n "$units" ] && command -v systemctl >/dev/null; then
    # shellcheck disable=SC2086 # Several words are meant.
    off() { systemctl --quiet "$@" $units; }
    off mask
    trap 'off unmask; off disable' EXIT
fi
DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$@"
