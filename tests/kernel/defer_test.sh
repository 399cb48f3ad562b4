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
	acks=$(counter A "insert ack")
	atf_check -o ignore jexec "${net}client" ping -q -c 1 -t 5 198.51.100.10
	wait_alike 'icmp .*192.0.2.10:' 2
	atf_check test "$(counter A "insert ack")" -gt "$acks"
}
acked_cleanup()
{
	vnet_down
}

atf_test_case silent cleanup
silent_head()
{
	vnet_head "Nobody acknowledges and the packet goes on all the same"
}
silent_body()
{
	vnet_need
	pair
	defers A
	on B ifconfig pfsync0 down
	atf_check -o ignore jexec "${net}client" ping -q -c 1 -t 5 198.51.100.10
}
silent_cleanup()
{
	vnet_down
}

atf_test_case destroyed cleanup
destroyed_head()
{
	vnet_head "pfsync0 goes while packets wait"
}
destroyed_body()
{
	vnet_need
	pair
	defers A
	on B ifconfig pfsync0 down
	traffic
	for round in 1 2 3 4 5; do
		on A ifconfig pfsync0 destroy
		on A ifconfig pfsync0 create
		pfsync_up A defer
	done
	flows
}
destroyed_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	for case in acked silent destroyed; do
		atf_add_test_case $case
	done
}
