#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# A bulk update of a million states between two processes, over real sockets.

: "${BINDIR:=$(atf_get_srcdir)/../../obj/bin}"

atf_test_case bulk
bulk_head()
{
	atf_set descr "All of a million states arrive by one bulk update"
}
bulk_body()
{
	bench=$BINDIR/../tests/bench/bench
	[ -x "$bench" ] || atf_skip "bench is not built"
	# It fails unless the transfer ends well and every state is there.
	atf_check -o match:'bulk.states_per_second' "$bench" bulk 1000000
}

atf_init_test_cases()
{
	atf_add_test_case bulk
}
