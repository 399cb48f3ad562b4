#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Installs what `make check` needs on Debian.  As root by apt-get, else prints
# the command to run.

packages="git gcc make pkg-config kyua atf-sh libatf-dev libpcap-dev tcpdump
dpkg-dev mandoc clang clang-format cppcheck libclang-rt-14-dev llvm valgrind
iproute2 iptables iputils-ping libnetfilter-queue-dev libmnl-dev keepalived
procps util-linux netcat-openbsd jq tshark"

missing=
for p in $packages; do
	dpkg-query -W -f '${Status}\n' "$p" 2>/dev/null |
	    grep -q '^install ok installed$' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

command="apt-get install -y --no-install-recommends$missing"
if ! command -v apt-get >/dev/null; then
	echo "check: not Debian: install the likes of$missing" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "check: packages are missing; as root, run:" >&2
	echo "  apt-get update && $command" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
echo "check: installing$missing"
apt-get update -q >/dev/null &&
    $command >/tmp/pfsync-setup.$$ 2>&1 || {
	tail -n 20 /tmp/pfsync-setup.$$ >&2
	rm -f /tmp/pfsync-setup.$$
	echo "check: '$command' failed" >&2
	exit 1
}
rm -f /tmp/pfsync-setup.$$
