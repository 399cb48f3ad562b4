#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# Every kind of state that A makes is on B with the same id and creator, ends
# there as it ends here, and what is to stay here stays.

. "$(atf_get_srcdir)/vnet.subr"

atf_test_case tcp cleanup
tcp_head()
{
	vnet_head "A TCP connection, from SYN to FIN"
}
tcp_body()
{
	vnet_need
	pair
	connect 198.51.100.10 5001
	talk hello
	wait_alike 'tcp .*192.0.2.10:.*ESTABLISHED:ESTABLISHED' 2
	made_by A tcp
	hang_up
	wait_alike 'tcp .*192.0.2.10:.*FIN_WAIT_2:FIN_WAIT_2' 2
}
tcp_cleanup()
{
	vnet_down
}

atf_test_case udp cleanup
udp_head()
{
	vnet_head "A UDP exchange"
}
udp_body()
{
	vnet_need
	pair
	begun jexec "${net}server" nc -u -l 5002 >heard
	begun jexec "${net}client" sh -c \
	    'while :; do echo hello; sleep 1; done | nc -u 198.51.100.10 5002'
	wait_for "a packet" grep -q hello heard
	wait_alike 'udp .*192.0.2.10:' 2
	made_by A udp
}
udp_cleanup()
{
	vnet_down
}

atf_test_case icmp cleanup
icmp_head()
{
	vnet_head "A ping"
}
icmp_body()
{
	vnet_need
	pair
	wait_for "a ping" ping_server
	wait_alike 'icmp .*192.0.2.10:' 2
	made_by A 'icmp .*192.0.2.10:'
}
icmp_cleanup()
{
	vnet_down
}

atf_test_case ipv6 cleanup
ipv6_head()
{
	vnet_head "TCP and a ping over IPv6"
}
ipv6_body()
{
	vnet_need
	pair
	connect 2001:db8:2::10 5001
	talk hello
	wait_alike 'tcp .*2001:db8:1::10.*ESTABLISHED:ESTABLISHED' 2
	wait_for "a ping" on client ping6 -q -c 1 2001:db8:2::10
	wait_alike 'icmp.* 2001:db8:1::10' 2
	made_by A 2001:db8:1::10
}
ipv6_cleanup()
{
	vnet_down
}

atf_test_case nat cleanup
nat_head()
{
	vnet_head "TCP and a ping with their source translated"
}
nat_body()
{
	vnet_need
	pair
	rules A "nat on $wan_A inet from 192.0.2.0/24 to any -> 198.51.100.1"
	connect 198.51.100.10 5001
	talk hello
	wait_for "a ping" ping_server
	wait_alike \
	    'tcp 198.51.100.1:.*(192.0.2.10:.*ESTABLISHED:ESTABLISHED' 1
	wait_alike 'icmp 198.51.100.1:.*(192.0.2.10:' 1
	made_by A '(192.0.2.10:'
}
nat_cleanup()
{
	vnet_down
}

atf_test_case no_sync cleanup
no_sync_head()
{
	vnet_head "A state of a rule with no-sync is not on B, not by bulk either"
}
no_sync_body()
{
	vnet_need
	pair
	connect 198.51.100.10 5010
	talk hello
	wait_for "a ping" ping_server
	wait_alike 'icmp .*192.0.2.10:' 2
	wait_for "A to be done" sent
	atf_check test "$(states A | grep -c ':5010')" -eq 2
	atf_check_equal 0 "$(states B | grep -c ':5010')"
	on B ifconfig pfsync0 down
	on B pfctl -q -F states
	on B ifconfig pfsync0 up
	wait_alike 'icmp .*192.0.2.10:' 2
	in_sync
	atf_check_equal 0 "$(states B | grep -c ':5010')"
}
no_sync_cleanup()
{
	vnet_down
}

atf_test_case kill cleanup
kill_head()
{
	vnet_head "States that A kills are killed on B, and no others"
}
kill_body()
{
	vnet_need
	pair
	wait_for "a ping" ping_server
	wait_for "a ping of A" on A ping -q -c 1 -t 5 198.51.100.10
	wait_alike 'icmp .*192.0.2.10:' 2
	wait_alike 'icmp 198.51.100.1:' 1
	on A pfctl -q -k 192.0.2.10
	wait_for "B to kill them" not has B 192.0.2.10
	atf_check_equal 0 "$(states A | grep -c 192.0.2.10)"
	wait_alike 'icmp 198.51.100.1:' 1
}
kill_cleanup()
{
	vnet_down
}

atf_test_case clear cleanup
clear_head()
{
	vnet_head "When A clears its table, B keeps only what it made itself"
}
clear_body()
{
	vnet_need
	pair
	wait_for "a ping" ping_server
	wait_for "a ping of B" on B ping -q -c 1 -t 5 203.0.113.1
	wait_alike 'icmp .*192.0.2.10:' 2
	wait_for "B's own" has A 'icmp 203.0.113.2:'
	on A pfctl -q -F states
	wait_for "B to clear" not has B 192.0.2.10
	atf_check test "$(states B | grep -c 'icmp 203.0.113.2:')" -eq 1
}
clear_cleanup()
{
	vnet_down
}

# Interfaces of B that are called like A's.
namesakes()
{
	for if in "$lan_A" "$wan_A"; do
		lo=$(on B ifconfig lo create) &&
		    on B ifconfig "$lo" name "$if" >/dev/null ||
		    atf_fail "B has no $if"
	done
}

atf_test_case clear_interface cleanup
clear_interface_head()
{
	vnet_head "When A clears an interface, B keeps the states of the others"
}
clear_interface_body()
{
	vnet_need
	pair
	namesakes
	for host in A B; do
		rules $host "set state-policy if-bound"
		on $host pfctl -q -F states
	done
	wait_for "a ping" ping_server
	wait_alike 'icmp .*192.0.2.10:' 2
	on A pfctl -q -F states -i "$wan_A"
	wait_for "B to clear it" not has B "^$wan_A icmp"
	atf_check test "$(states B | grep -c "^$lan_A icmp")" -eq 1
}
clear_interface_cleanup()
{
	vnet_down
}

atf_test_case unicast cleanup
unicast_head()
{
	vnet_head "States reach B by syncpeer as by the group"
}
unicast_body()
{
	vnet_need
	vnet_up
	pfsync_up A syncpeer 203.0.113.2
	pfsync_up B syncpeer 203.0.113.1
	in_sync
	wait_for "a ping" ping_server
	wait_alike 'icmp .*192.0.2.10:' 2
}
unicast_cleanup()
{
	vnet_down
}

# by_ipv6 PEER_OF_A PEER_OF_B: states reach B.
by_ipv6()
{
	pfsync_up A syncpeer "$1"
	pfsync_up B syncpeer "$2"
	in_sync
	on A pfctl -q -F states
	wait_for "a ping" ping_server
	wait_alike 'icmp .*192.0.2.10:' 2
	atf_check test "$(counter B "packets received (IPv6)")" -gt 0
}

atf_test_case over_ipv6 cleanup
over_ipv6_head()
{
	vnet_head "States reach B over IPv6, by syncpeer and by the group"
}
over_ipv6_body()
{
	vnet_need
	vnet_up
	on A ifconfig pfsync0 syncdev "$sync_A" syncpeer 2001:db8:3::2 \
	    2>/dev/null ||
	    atf_skip "this ifconfig has no syncpeer of IPv6"
	by_ipv6 2001:db8:3::2 2001:db8:3::1
	for host in A B; do
		on $host ifconfig pfsync0 down
	done
	by_ipv6 ff12::f0 ff12::f0
}
over_ipv6_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	for case in tcp udp icmp ipv6 nat no_sync kill clear clear_interface \
	    unicast over_ipv6; do
		atf_add_test_case $case
	done
}
