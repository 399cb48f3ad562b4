#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# pfsync to one peer by its address (syncpeer), both ways, by either protocol.

. "$(atf_get_srcdir)/live.subr"

# both ADDRESS_OF_A ADDRESS_OF_B FILTER: states go from A to B and, when B has
# the addresses, from B to A; no packet goes anywhere else.
both()
{
	firewalls
	capture A em1 seen "$3"
	pfsync0 A syncpeer "$2"
	pfsync0 B syncpeer "$1"
	in_sync
	atf_check -o not-match:"224\\.0\\.0\\.240" -o not-match:"ff12::f0" \
	    ip netns exec "$net-A" ip maddr show dev em1

	ping_server
	wait_for "A's states" has B 'icmp 192.0.2.10:[0-9]* -> 198.51.100.10'
	addresses del A
	addresses add B
	ns client ip neigh flush dev eth0
	ns server ip neigh flush dev eth0
	atf_check $on_A pfctl -q -F states
	wait_for "B to forget A's states" not has B icmp
	ping_server
	wait_for "B's states" has A 'icmp 192.0.2.10:[0-9]* -> 198.51.100.10'

	capture_until seen "$1 > $2:"
	in_capture seen "$2 > $1:" || atf_fail "nothing was sent to A"
	tcpdump -nr seen 2>/dev/null >text
	atf_check -s exit:1 grep -Fv -e " $1 > $2: " -e " $2 > $1: " text
}

atf_test_case inet cleanup
inet_head()
{
	live_head "syncpeer, IPv4"
}
inet_body()
{
	need tcpdump ping
	both 203.0.113.2 203.0.113.3 'ip proto 240'
}
inet_cleanup()
{
	net_down
}

atf_test_case inet6 cleanup
inet6_head()
{
	live_head "syncpeer, IPv6"
}
inet6_body()
{
	need tcpdump ping
	both 2001:db8:3::2 2001:db8:3::3 'ip6 proto 240'
}
inet6_cleanup()
{
	net_down
}

atf_init_test_cases()
{
	atf_add_test_case inet
	atf_add_test_case inet6
}
