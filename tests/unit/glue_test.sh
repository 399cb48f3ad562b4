#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The glue for real kernels against the engine's headers, and against stand-ins
# for the kernels' own (tests/kernel/include/README): it compiles, for every
# release that it tells apart; a change of the engine's interface does not go
# unnoticed; and the kernels' build files know every source.

top=$(cd "$(atf_get_srcdir)/../captures" && pwd -P)/../..

# One of each that sys/os/freebsd/compat.h tells apart, and the last before it.
releases="1201000 1202000 1300139 1301000 1302000 1400097 1402000 1500068
    1501000"

warn="-Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes
    -Wpointer-arith -Wwrite-strings -Wredundant-decls"
compile="-std=gnu11 -ffreestanding -nostdinc -fsyntax-only -D_KERNEL $warn"

need()
{
	command -v "$1" >/dev/null || atf_skip "$1 is missing"
}

# freebsd COMPILER RELEASE SYS DIRECTORY...: its sources in these, as make(1)
# in sys/modules/pfsync would.
freebsd()
{
	compiler=$1 release=$2 sys=$3
	shift 3
	for dir in "$@"; do
		"$compiler" $compile -D__FreeBSD_version=$release \
		    -I"$sys/os/freebsd/include" -I"$sys" \
		    -I"$top/tests/kernel/include/freebsd" "$sys/$dir"/*.c ||
		    return 1
	done
}

# netbsd COMPILER NCARP SYS DIRECTORY...: the same, as sys/os/netbsd/files.pfsync
# has it done; parameters that are not used are of no account there.
netbsd()
{
	compiler=$1 ncarp=$2 sys=$3
	shift 3
	for dir in "$@"; do
		"$compiler" $compile -Wno-unused-parameter -DNCARP=$ncarp \
		    -iquote "$sys" -I"$sys/os/netbsd/include" \
		    -I"$top/tests/kernel/include/netbsd" "$sys/$dir"/*.c ||
		    return 1
	done
}

with_and_without_carp()
{
	need "$1"
	for ncarp in 0 1; do
		netbsd "$1" $ncarp "$top/sys" net/pfsync os/netbsd 2>errors ||
		    atf_fail "NetBSD, NCARP $ncarp, $1: $(cat errors)"
	done
}

every_release()
{
	need "$1"
	for release in $releases; do
		freebsd "$1" $release "$top/sys" net/pfsync os/freebsd \
		    2>errors ||
		    atf_fail "FreeBSD $release, $1: $(cat errors)"
	done
}

# Puts a copy of sys/ in the work directory with one line of a file changed:
# drift FILE SED-COMMAND.
drift()
{
	rm -rf drifted-sys
	cp -R "$top/sys" drifted-sys
	sed "$2" "$top/sys/$1" >"drifted-sys/$1"
	! cmp -s "$top/sys/$1" "drifted-sys/$1" ||
	    atf_fail "$1: '$2' changes nothing"
}

# Each way the interface may drift, as FILE SED-COMMAND: a function of the
# engine, a function that it wants, a structure.
drifts()
{
	cat <<-'EOT'
	net/pfsync/pfsync.h s/psync_insert(struct psync \*,/& int,/
	net/pfsync/pfsync.h s/psync_now_s(/psync_seconds(/
	net/pfsync/pfsync_os.h s/(\*demote)(void \*ctx, int delta/&, int group/
	net/pfsync/pfsync_os.h s/(\*state_find)/(*state_lookup)/
	net/pfsync/state.h s/creatorid;/creator;/
	EOT
}

# drifts_fail COMMAND...: it does, for each of them, which the engine's own
# sources need not know.
drifts_fail()
{
	drifts >list
	while read -r file change; do
		drift "$file" "$change"
		"$@" >/dev/null 2>&1 &&
		    atf_fail "'$change' in $file went unnoticed"
	done <list
	rm -rf drifted-sys
}

# missing FILE DIRECTORY...: sources of these that the file does not name.
missing()
{
	file=$1
	shift
	for dir in "$@"; do
		for source in "$top/$dir"/*.c; do
			grep -qw "$(basename "$source")" "$top/$file" ||
			    echo "$file: no $(basename "$source")"
		done
	done
}

atf_test_case freebsd_gcc
freebsd_gcc_head()
{
	atf_set descr "FreeBSD's glue compiles for every release with gcc"
	atf_set timeout 300
}
freebsd_gcc_body()
{
	every_release gcc
}

atf_test_case freebsd_clang
freebsd_clang_head()
{
	atf_set descr "FreeBSD's glue compiles for every release with clang"
	atf_set timeout 300
}
freebsd_clang_body()
{
	every_release clang
}

atf_test_case freebsd_inet4
freebsd_inet4_head()
{
	atf_set descr "FreeBSD's glue compiles for a kernel without IPv6"
}
freebsd_inet4_body()
{
	need gcc
	mkdir config
	: >config/opt_inet6.h
	compile="$compile -Iconfig"
	for release in 1201000 1500068; do
		freebsd gcc $release "$top/sys" os/freebsd 2>errors ||
		    atf_fail "FreeBSD $release: $(cat errors)"
	done
}

atf_test_case freebsd_drift
freebsd_drift_head()
{
	atf_set descr "FreeBSD's glue does not compile against another engine"
}
freebsd_drift_body()
{
	need gcc
	drifts_fail freebsd gcc 1300139 drifted-sys os/freebsd
}

atf_test_case freebsd_sources
freebsd_sources_head()
{
	atf_set descr "sys/modules/pfsync/Makefile names every source"
}
freebsd_sources_body()
{
	atf_check_equal "" "$(missing sys/modules/pfsync/Makefile \
	    sys/net/pfsync sys/os/freebsd)"
}

atf_test_case freebsd_timeouts
freebsd_timeouts_head()
{
	atf_set descr "FreeBSD's glue ends its timeouts by one function alone"
}
freebsd_timeouts_body()
{
	calls=$(cat "$top"/sys/os/freebsd/*.c |
	    grep -c 'taskqueue_\(drain\|cancel\)_timeout(')
	atf_check_equal 2 "$calls"
	atf_check -o match:'taskqueue_drain_timeout' \
	    grep -A 1 taskqueue_cancel_timeout \
	    "$top/sys/os/freebsd/pfsync_timer.c"
}

atf_test_case netbsd_gcc
netbsd_gcc_head()
{
	atf_set descr "NetBSD's glue compiles with gcc"
}
netbsd_gcc_body()
{
	with_and_without_carp gcc
}

atf_test_case netbsd_clang
netbsd_clang_head()
{
	atf_set descr "NetBSD's glue compiles with clang"
}
netbsd_clang_body()
{
	with_and_without_carp clang
}

atf_test_case netbsd_pf
netbsd_pf_head()
{
	atf_set descr "NetBSD's pf finds in our if_pfsync.h what it asks for"
}
netbsd_pf_body()
{
	need gcc
	cat >pf.c <<-'EOT'
	#include <sys/param.h>
	#include <net/if.h>
	#include <net/pfvar.h>
	#include "if_pfsync.h"

	void	pf(struct mbuf *, struct pf_state *);

	void
	pf(struct mbuf *m, struct pf_state *st)
	{
		char ifname[IFNAMSIZ] = "";
		struct pfsyncreq req = { .pfsyncr_authlevel = 0 };

		req.pfsyncr_syncpeer.s_addr = INADDR_PFSYNC_GROUP;
		if (req.pfsyncr_authlevel == 0 &&
		    (pfsyncif->sc_bulk_send_next == st ||
			pfsyncif->sc_bulk_terminator == st))
			return;
		pfsync_insert_state(st);
		pfsync_update_state(st);
		pfsync_delete_state(st);
		(void)pfsync_clear_states(st->creatorid, ifname);
		pfsync_input(m);
	}
	EOT
	atf_check gcc $compile -I"$top/sys/os/netbsd" \
	    -I"$top/tests/kernel/include/netbsd" pf.c
}

atf_test_case netbsd_drift
netbsd_drift_head()
{
	atf_set descr "NetBSD's glue does not compile against another engine"
}
netbsd_drift_body()
{
	need gcc
	drifts_fail netbsd gcc 1 drifted-sys os/netbsd
}

atf_test_case netbsd_sources
netbsd_sources_head()
{
	atf_set descr "sys/os/netbsd/files.pfsync names every source"
}
netbsd_sources_body()
{
	atf_check_equal "" "$(missing sys/os/netbsd/files.pfsync \
	    sys/net/pfsync sys/os/netbsd)"
}

atf_init_test_cases()
{
	atf_add_test_case freebsd_gcc
	atf_add_test_case freebsd_clang
	atf_add_test_case freebsd_inet4
	atf_add_test_case freebsd_drift
	atf_add_test_case freebsd_sources
	atf_add_test_case freebsd_timeouts
	atf_add_test_case netbsd_gcc
	atf_add_test_case netbsd_clang
	atf_add_test_case netbsd_pf
	atf_add_test_case netbsd_drift
	atf_add_test_case netbsd_sources
}
