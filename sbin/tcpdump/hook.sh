#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# hook.sh directory: adds the printer of pfsync(4) to tcpdump's own sources,
# version 4.99, there.  Copies the printer's files, and puts one line each where
# tcpdump says what it is built of and who prints what.

set -eu
[ $# -eq 1 ] || {
	echo "usage: hook.sh directory" >&2
	exit 1
}
here=$(dirname "$0")
cd "$here"
here=$PWD
cd "$OLDPWD"
cd "$1"

# Puts the line $3 behind the first one that is matched by $2, in file $1
add() {
	awk -v re="$2" -v line="$3" '
	{ print }
	!done && $0 ~ re { print line; done = 1 }
	END { exit !done }' "$1" >"$1.new" || {
		rm -f "$1.new"
		echo "hook.sh: $1: found no place for the printer" >&2
		exit 1
	}
	cat "$1.new" >"$1"
	rm "$1.new"
}

[ ! -e print-pfsync.c ] || {
	echo "hook.sh: $1 has a printer of pfsync" >&2
	exit 1
}
for f in print-pfsync.c print-pfsync.h pfsync-messages.c pfsync-messages.h \
    pfsync-fields.c pfsync-fields.h pfsync-layout.c pfsync-layout.h; do
	cp "$here/$f" .
	case $f in
	*.c) add Makefile.in '^LIBNETDISSECT_SRC=' "	$f \\\\" ;;
	esac
done
for f in print.c print-ip-demux.c; do
	add $f '^#include "netdissect.h"' '#include "print-pfsync.h"'
done
for link in SAVED OPENBSD FREEBSD; do
	add print.c '^static const struct printer printers' \
	    "	{ pfsync_if_print, PFSYNC_DLT_$link },"
done
add print-ip-demux.c 'switch [(]nh[)]' \
    '	case 240: pfsync_print(ndo, bp, length); break;'
add ipproto.c 'struct tok ipproto_values' '	{ 240, "PFSYNC" },'
