#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# Real packets of this machine forwarded through the hosted pf: what passes does
# so unharmed, translated or not, and what is blocked does not.

. "$(atf_get_srcdir)/live.subr"

atf_test_case tcp cleanup
tcp_head()
{
	live_head "100 MB of TCP each way pass as they were sent"
}
tcp_body()
{
	need
	firewalls
	carry 198.51.100.10 100000000
	atf_check -o match:"tcp 192.0.2.10:[0-9]* -> 198.51.100.10:5001 " \
	    $on_A pfctl -s states
	# Every packet of it was seen, not only the first ones.
	passed=$(fw A pfctl -v -s states |
	    sed -n '/tcp 198.51.100.10:5001 <-/,/bytes/p' |
	    sed -n 's/.* \([0-9]*\):.* bytes.*/\1/p')
	[ "$passed" -gt 100000000 ] || atf_fail "pf saw $passed bytes"
}
tcp_cleanup()
{
	net_down
}

atf_test_case tcp6 cleanup
tcp6_head()
{
	live_head "TCP over IPv6 passes as it was sent"
}
tcp6_body()
{
	need
	firewalls
	carry 2001:db8:2::10 20000000
	atf_check -o match:"tcp 2001:db8:1::10\\[[0-9]*\\] -> \
2001:db8:2::10\\[5001\\] " $on_A pfctl -s states
}
tcp6_cleanup()
{
	net_down
}

# What the server sees comes from the firewall.
translate()
{
	rules A <<-EOT
	block all
	pass in on em0
	pass out on em2 inet from 192.0.2.10 nat-to 198.51.100.1
	EOT
}

atf_test_case nat_tcp cleanup
nat_tcp_head()
{
	live_head "TCP passes translated"
}
nat_tcp_body()
{
	need tcpdump
	firewalls
	translate
	capture server eth0 seen 'tcp port 5001 and tcp[tcpflags] = tcp-syn'
	carry 198.51.100.10 20000000
	capture_until seen '198.51.100.10.5001: Flags .S.'
	atf_check -e ignore \
	    -o match:"IP 198.51.100.1\\.[0-9]* > 198.51.100.10" \
	    -o not-match:"192\\.0\\.2" tcpdump -nr seen
}
nat_tcp_cleanup()
{
	net_down
}

atf_test_case nat_ping cleanup
nat_ping_head()
{
	live_head "A ping passes translated, and its answer back"
}
nat_ping_body()
{
	need tcpdump ping
	firewalls
	translate
	capture server eth0 seen icmp
	atf_check -o match:"3 packets transmitted, 3 received" \
	    $client ping -n -c 3 -i 0.2 -W 10 198.51.100.10
	capture_until seen 'echo reply, id [0-9]*, seq 3'
	atf_check -e ignore -o match:"198.51.100.1 > 198.51.100.10: ICMP echo" \
	    -o not-match:"192\\.0\\.2" -o not-match:"wrong" \
	    tcpdump -vnr seen
}
nat_ping_cleanup()
{
	net_down
}

atf_test_case block cleanup
block_head()
{
	live_head "The server can open no connection to the client"
}
block_body()
{
	need tcpdump ping
	firewalls
	{
		pf_conf
		echo "block in on em2 inet proto icmp from 198.51.100.10 to any"
	} | rules A
	capture client eth0 seen icmp
	atf_check -s exit:1 -o match:"2 packets transmitted, 0 received" \
	    $server ping -n -c 2 -i 0.2 -W 1 192.0.2.10
	# The path is there: the other way round it works.
	ping_server
	capture_until seen '198.51.100.10 > 192.0.2.10: ICMP echo reply'
	atf_check -e ignore \
	    -o not-match:"198.51.100.10 > 192.0.2.10: .*request" \
	    -o match:"192.0.2.10 > 198.51.100.10: ICMP echo request" \
	    tcpdump -nr seen
	# It was pf that did it.
	fw A pfctl -v -s rules | sed -n '/^block.*icmp/{n;p;}' >rule
	atf_check -o match:'Packets: 2 ' cat rule
}
block_cleanup()
{
	net_down
}

atf_test_case defer cleanup
defer_head()
{
	live_head "The host's own packets wait for the peer, and go on"
}
defer_body()
{
	need ping
	pair
	atf_check $on_A ifconfig pfsync0 defer deferdelay 500
	ping_server
	[ "$(counter A 'held for')" -gt 0 ] ||
	    atf_fail "A held nothing: $(fw A netstat -s -p pfsync)"
	atf_check_equal "$(counter A 'held for')" \
	    "$(counter A 'when a peer had it')"
	carry 198.51.100.10 100000
	atf_check_equal 0 "$(counter A 'time was up')"

	# Nobody answers: it takes the time that was set, and passes.
	fw B ifconfig pfsync0 destroy
	atf_check $on_A pfctl -q -F states
	ping_server
	[ "$(counter A 'time was up')" -gt 0 ] ||
	    atf_fail "A's packet went otherwise: $(fw A netstat -s -p pfsync)"
}
defer_cleanup()
{
	net_down
}

atf_init_test_cases()
{
	atf_add_test_case defer
	atf_add_test_case tcp
	atf_add_test_case tcp6
	atf_add_test_case nat_tcp
	atf_add_test_case nat_ping
	atf_add_test_case block
}
