#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# install.sh objdir destdir prefix: what `make install` does.  The tools that
# bear the names of the system's own go to libexec/hkern, Wireshark's dissector
# to share/pfsync.

set -eu
obj=$1 root=$2$3
bin=$root/bin libexec=$root/libexec/hkern man=$root/share/man
examples=$root/share/examples/pfsync

mkdir -p "$bin" "$libexec" "$examples"
for tool in hkern pfsyncdump; do
	[ -x "$obj/bin/$tool" ] && install -m 755 "$obj/bin/$tool" "$bin/"
done
for tool in ifconfig netstat pfctl; do
	install -m 755 "$obj/bin/$tool" "$libexec/"
done
for page in share/man/man[0-9]/*.[0-9]; do
	dir=$man/$(basename "$(dirname "$page")")
	mkdir -p "$dir"
	case ${page##*/} in
	ifconfig.8 | netstat.1 | pfctl.8) name=hkern-${page##*/} ;;
	*) name=${page##*/} ;;
	esac
	install -m 644 "$page" "$dir/$name"
done
mkdir -p "$root/share/pfsync"
install -m 644 share/wireshark/pfsync.lua "$root/share/pfsync/"
(cd share/examples && find . -type f) | while read -r f; do
	mkdir -p "$examples/$(dirname "$f")"
	install -m 644 "share/examples/$f" "$examples/$f"
done
