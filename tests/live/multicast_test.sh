#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# pfsync by its multicast group on a real interface: membership, what is on the
# wire, what arrives, and what must not.

. "$(atf_get_srcdir)/live.subr"

# The groups that a firewall is in on em1.
groups()
{
	ns "$1" ip maddr show dev em1
}

member()
{
	groups "$1" | grep -q "inet.* $2\$"
}

atf_test_case membership cleanup
membership_head()
{
	live_head "The group is joined on the syncdev, by IGMP, and left"
}
membership_body()
{
	need tcpdump
	firewalls
	not member A 224.0.0.240 || atf_fail "A is a member without pfsync0"
	capture B em1 igmp igmp
	pfsync0 A
	member A 224.0.0.240 || atf_fail "A is no member: $(groups A)"
	ns A grep -q F00000E0 /proc/net/igmp || atf_fail "not in /proc/net/igmp"
	capture_until igmp 'igmp v3 report.*224.0.0.240 to_ex'
	fw A ifconfig pfsync0 destroy || atf_fail "no destroy"
	not member A 224.0.0.240 || atf_fail "A is still a member"
}
membership_cleanup()
{
	net_down
}

atf_test_case wire cleanup
wire_head()
{
	live_head "On the wire: protocol 240 to the group, TTL 255, DF," \
	    "TOS 0x10"
}
wire_body()
{
	need tcpdump ping
	pair
	capture B em1 seen ip proto 240 and src 203.0.113.2
	ping_server
	wait_for "the states" has B 'icmp 192.0.2.10:[0-9]* -> 198.51.100.10'
	capture_until seen '> 224.0.0.240:'
	# Of every packet, not only of one.
	tcpdump -vnr seen 2>/dev/null >text
	grep '^[0-9]' text >headers
	grep '^ ' text >ends
	[ -s headers ] && [ -s ends ] || atf_fail "no packets: $(cat text)"
	atf_check -s exit:1 grep -Ev \
	    'IP \(tos 0x10, ttl 255, id .*flags \[DF\], proto .*\(240\)' headers
	atf_check -s exit:1 grep -v '203.0.113.2 > 224.0.0.240: ' ends
}
wire_cleanup()
{
	net_down
}

atf_test_case states cleanup
states_head()
{
	live_head "States arrive, are changed and removed with those they copy"
}
states_body()
{
	need ping
	pair
	carry 198.51.100.10 1000000
	ping_server
	wait_for "the ping" has B 'icmp 192.0.2.10:[0-9]* -> 198.51.100.10'
	wait_for "the close" has B 'tcp 192.0.2.10.*FIN_WAIT_2:FIN_WAIT_2'
	fw A pfctl -s states | sort >states.A
	fw B pfctl -s states | sort >states.B
	atf_check_equal 4 "$(wc -l <states.A)"
	atf_check cmp states.A states.B
	atf_check -o ignore -e ignore $on_A pfctl -k 192.0.2.10
	wait_for "B to have no states" not has B .
}
states_cleanup()
{
	net_down
}

atf_test_case inet6 cleanup
inet6_head()
{
	live_head "The IPv6 group: joined by MLD, hop limit 255, states arrive"
}
inet6_body()
{
	need tcpdump ping
	firewalls
	capture B em1 mld 'ip6[6] == 0'
	pfsync0 A syncpeer ff12::f0
	capture_until mld 'multicast listener report.*ff12::f0'
	member A ff12::f0 || atf_fail "A is no member: $(groups A)"
	not member A 224.0.0.240 || atf_fail "A is in the IPv4 group too"
	pfsync0 B syncpeer ff12::f0
	in_sync
	capture B em1 seen ip6 proto 240
	ping_server
	wait_for "the states" has B 'icmp 192.0.2.10:[0-9]* -> 198.51.100.10'
	capture_until seen '> ff12::f0:'
	tcpdump -vnr seen 2>/dev/null >text
	atf_check -s exit:1 grep -Ev \
	    'hlim 255, next-header .*\(240\).* fe80::.* > ff12::f0: ' text
	[ "$(counter B 'packets received (IPv6)')" -gt 0 ] ||
	    atf_fail "B counts no IPv6 packets"
	[ "$(counter A 'packets sent (IPv6)')" -gt 0 ] ||
	    atf_fail "A counts no IPv6 packets"
	[ "$(counter A 'packets sent (IPv4)')" = 0 ] ||
	    atf_fail "A counts IPv4 packets"
}
inet6_cleanup()
{
	net_down
}

routed()
{
	[ "$(counter B 'bad ttl')" -ge 1 ]
}

atf_test_case ttl cleanup
ttl_head()
{
	live_head "A packet that was routed (TTL 254) is refused and counted"
}
ttl_body()
{
	need ping
	pair
	atf_check_equal 0 "$(counter B 'bad ttl')"
	ns A iptables -t mangle -A POSTROUTING -o em1 -p 240 \
	    -j TTL --ttl-set 254 || atf_skip "no iptables -j TTL"
	ping_server
	wait_for "B to refuse" routed
	not has B . || atf_fail "B has: $(fw B pfctl -s states)"
	# Without the router in between they do.
	ns A iptables -t mangle -F POSTROUTING
	queue A
	ping_server
	wait_for "the states" has B 'icmp 192.0.2.10:[0-9]* -> 198.51.100.10'
}
ttl_cleanup()
{
	net_down
}

atf_test_case no_sync cleanup
no_sync_head()
{
	live_head "States of a no-sync rule stay where they are"
}
no_sync_body()
{
	need ping
	pair
	{
		pf_conf
		echo "pass in quick on em0 inet proto icmp keep state (no-sync)"
	} | rules A
	ping_server
	# That of em2 is not of this rule.
	wait_for "the other state" has B 'icmp 192.0.2.10:[0-9]* ->'
	not has B 'icmp 198.51.100.10:[0-9]* <-' ||
	    atf_fail "B has: $(fw B pfctl -s states)"
	has A 'icmp 198.51.100.10:[0-9]* <-' ||
	    atf_fail "A has: $(fw A pfctl -s states)"
}
no_sync_cleanup()
{
	net_down
}

atf_test_case unprivileged cleanup
unprivileged_head()
{
	live_head "Without the privilege for raw sockets: one clear line"
}
unprivileged_body()
{
	need setpriv
	net_up
	atf_check -s exit:1 -e inline:"hkern: raw link on em1: Operation not \
permitted (needs root or CAP_NET_RAW)\n" ip netns exec "$net-A" \
	    setpriv --inh-caps=-all --bounding-set=-all \
	    "$BINDIR/hkern" -c A.ctl -i em1=raw
	atf_check -s exit:1 \
	    -e inline:"hkern: raw link on em7: No such device\n" \
	    ip netns exec "$net-A" "$BINDIR/hkern" -c A.ctl -i em7=raw
	atf_check test ! -e A.ctl
}
unprivileged_cleanup()
{
	net_down
}

atf_init_test_cases()
{
	atf_add_test_case membership
	atf_add_test_case wire
	atf_add_test_case states
	atf_add_test_case inet6
	atf_add_test_case ttl
	atf_add_test_case no_sync
	atf_add_test_case unprivileged
}
