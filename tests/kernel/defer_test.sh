#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The first packet of a connection waits until a peer has its state, but not
# for ever.

. "$(atf_get_srcdir)/vnet.subr"

# defers HOST: skips where the module does not.
defers()
{
	on "$1" ifconfig pfsync0 defer 2>/dev/null ||
	    atf_skip "this pfsync does not defer"
	wait_for "ifconfig to say so" shows "$1" 'defer: on'
}

shows()
{
	on "$1" ifconfig pfsync0 | grep -q -e "$2"
}

atf_test_case acked cleanup
acked_head()
{
	vnet_head "The peer acknowledges the state and the packet goes on"
}
acked_body()
{
	vnet_need
	pair
	defers A
	acks=$(counter A "state inserted ack")
	atf_check -o ignore jexec "${net}client" ping -q -c 1 -t 5 198.51.100.10
	wait_alike 'icmp .*192.0.2.10:' 2
	atf_check test "$(counter A "state inserted ack")" -gt "$acks"
}
acked_cleanup()
{
	vnet_down
}

# Pings of the client, one after the other; each has a state of its own, so that
# its packet waits.  The file "lost" tells of what had no answer.
pings()
{
	for command in "ping -q -c 1 198.51.100.10" \
	    "ping6 -q -c 1 2001:db8:2::10"; do
		begun sh -c 'while :; do
			jexec $1 $2 || echo $2 >>lost
			done >/dev/null' pings "${net}client" "$command"
	done
}

none_lost()
{
	wait_for "a ping" ping_server
	[ ! -e lost ] || atf_fail "lost: $(sort lost | uniq -c)"
}

# Some wait at A, which had a peer, but it is silent now.
waiting()
{
	pfsync_up A
	pfsync_up B
	in_sync
	defers A
	on A sysctl net.pfsync.defer_delay=1000 >/dev/null
	on B ifconfig pfsync0 down
	wait_for "packets to wait" status A ', held [1-9]'
}

atf_test_case silent cleanup
silent_head()
{
	vnet_head "Nobody acknowledges and the packet goes on all the same"
}
silent_body()
{
	vnet_need
	vnet_up
	pings
	waiting
	none_lost
}
silent_cleanup()
{
	vnet_down
}

atf_test_case put_down cleanup
put_down_head()
{
	vnet_head "pfsync0 goes down while packets wait, and they go on"
}
put_down_body()
{
	vnet_need
	vnet_up
	pings
	for round in 1 2 3; do
		waiting
		atf_check jexec "${net}A" ifconfig pfsync0 down
	done
	none_lost
}
put_down_cleanup()
{
	vnet_down
}

atf_test_case unloaded cleanup
unloaded_head()
{
	vnet_head "The module is unloaded while packets wait, and they go on"
	atf_set timeout 3600 # each round takes seconds
}
unloaded_body()
{
	vnet_need
	vnet_need_file
	vnet_up
	pings
	rounds=$(atf_config_get rounds 20)
	while [ "$rounds" -gt 0 ]; do
		waiting
		unload
		atf_check kldload "$path"
		rounds=$((rounds - 1))
	done
	none_lost
}
unloaded_cleanup()
{
	vnet_down
}

atf_test_case gone cleanup
gone_head()
{
	vnet_head "A firewall's network stack goes while packets wait in it"
}
gone_body()
{
	vnet_need
	vnet_up
	pings
	waiting
	atf_check jail -r "${net}A"
}
gone_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	for case in acked silent put_down unloaded gone; do
		atf_add_test_case $case
	done
}
