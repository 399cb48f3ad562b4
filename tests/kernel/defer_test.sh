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

# Packets of the client wait at A, whose peer is silent, for five seconds.
waiting()
{
	pfsync_up A
	defers A
	on A sysctl net.pfsync.defer_delay=5000 >/dev/null
	for protocol in 4 6; do
		ping=ping address=198.51.100.10
		[ $protocol = 4 ] || ping=ping6 address=2001:db8:2::10
		begun jexec "${net}client" $ping -q -c 1 $address \
		    >pinged.$protocol
	done
	wait_for "two packets to wait" status A ', held 2'
}

# They were not lost.
went_on()
{
	for protocol in 4 6; do
		wait_for "the answer" grep -q '[ ,]1 packets received' \
		    pinged.$protocol
	done
	end_all
}

atf_test_case unloaded cleanup
unloaded_head()
{
	vnet_head "The module is unloaded while packets wait, and they go on"
}
unloaded_body()
{
	vnet_need
	vnet_need_file
	vnet_up
	rounds=$(atf_config_get rounds 20)
	while [ "$rounds" -gt 0 ]; do
		waiting
		unload
		went_on
		atf_check kldload "$path"
		rounds=$((rounds - 1))
	done
}
unloaded_cleanup()
{
	vnet_down
	load_again
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
	waiting
	atf_check jail -r "${net}A"
}
gone_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	for case in acked silent destroyed unloaded gone; do
		atf_add_test_case $case
	done
}
