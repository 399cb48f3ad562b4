#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The syncdev's mtu changes, up and down, while pfsync runs over it.

. "$(atf_get_srcdir)/live.subr"

mtu_is()
{
	fw "$1" ifconfig pfsync0 | grep -q "mtu $2\$"
}

# mtu N: on both firewalls, and pfsync0 follows.
mtu()
{
	for side in A B; do
		ns $side ip link set em1 mtu "$1"
	done
	for side in A B; do
		wait_for "$side to follow" mtu_is $side "$1"
	done
}

# New states go over, as large as frames may be now.
carries()
{
	atf_check $on_A pfctl -q -F states
	wait_for "B to forget" not has B icmp
	ping_server
	wait_for "states at mtu $1" has B 'icmp 192.0.2.10:[0-9]* -> 198.51'
	atf_check $on_B ifconfig pfsync0 resync
	in_sync
}

atf_test_case follows cleanup
follows_head()
{
	live_head "pfsync0's mtu follows the syncdev's, up and down"
}
follows_body()
{
	need ping
	pair
	carries 1500
	mtu 9000
	carries 9000
	mtu 1280
	carries 1280
	mtu 40000
	carries 40000
	mtu 1500
	carries 1500
}
follows_cleanup()
{
	net_down
}

atf_init_test_cases()
{
	atf_add_test_case follows
}
