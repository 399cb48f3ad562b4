#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# What goes away while it is in use: the way to the peer, the syncdev, the vnet,
# the module.  Nothing breaks, connections go on, and no memory is left behind.

. "$(atf_get_srcdir)/vnet.subr"

atf_test_case down cleanup
down_head()
{
	vnet_head "pfsync0 goes down and up under traffic; it cannot be destroyed"
}
down_body()
{
	vnet_need
	pair
	traffic
	atf_check -s not-exit:0 -e match:'SIOCIFDESTROY' \
	    jexec "${net}A" ifconfig pfsync0 destroy
	used=
	for round in 1 2 3 4 5 6 7 8 9 10; do
		atf_check jexec "${net}A" ifconfig pfsync0 down
		atf_check jexec "${net}B" ifconfig pfsync0 down
		: "${used:=$(allocated)}"
		[ "$(allocated)" -le "$used" ] ||
		    atf_fail "$(allocated) pieces of memory, once $used"
		pfsync_up A
		pfsync_up B
	done
	flows
	in_sync
	wait_alike 'tcp .*198.51.100.10:5009 ' 2
}
down_cleanup()
{
	vnet_down
}

no_syncdev()
{
	! on "$1" ifconfig pfsync0 | grep -q "syncdev: $2"
}

atf_test_case syncdev cleanup
syncdev_head()
{
	vnet_head "The syncdev goes away under traffic, and another comes"
}
syncdev_body()
{
	vnet_need
	pair
	traffic
	ifconfig "$sync_A" -vnet "${net}A" ||
	    atf_fail "$sync_A cannot be moved back"
	wait_for "pfsync0 to lose it" no_syncdev A "$sync_A"
	flows
	plug "$sync_A" A
	address A "$sync_A" sync 1
	pfsync_up A
	in_sync
	wait_alike 'tcp .*198.51.100.10:5009 ' 2
}
syncdev_cleanup()
{
	vnet_down
}

atf_test_case unplugged cleanup
unplugged_head()
{
	vnet_head "The syncdev is destroyed under traffic, and made anew"
}
unplugged_body()
{
	vnet_need
	pair
	traffic
	# Both ends go, wherever they are.
	ifconfig "$sync_B" -vnet "${net}B"
	ifconfig "$sync_B" destroy
	wait_for "A to lose it" no_syncdev A "$sync_A"
	wait_for "B to lose it" no_syncdev B "$sync_B"
	flows
	cable A B
	sync_A=$near sync_B=$far
	address A "$sync_A" sync 1
	address B "$sync_B" sync 2
	pfsync_up A
	pfsync_up B
	in_sync
	wait_alike 'tcp .*198.51.100.10:5009 ' 2
}
unplugged_cleanup()
{
	vnet_down
}

atf_test_case stack cleanup
stack_head()
{
	vnet_head "A firewall's whole network stack goes under traffic"
}
stack_body()
{
	vnet_need
	pair defer
	traffic
	atf_check jail -r "${net}B"
	flows
	atf_check jail -r "${net}A"
}
stack_cleanup()
{
	vnet_down
}

atf_test_case module cleanup
module_head()
{
	vnet_head "The module is unloaded and loaded again under traffic"
	atf_set timeout 3600 # each round takes seconds
}
module_body()
{
	vnet_need
	vnet_need_file
	vnet_up
	traffic
	rounds=$(atf_config_get rounds 20)
	while [ "$rounds" -gt 0 ]; do
		pfsync_up A defer
		pfsync_up B defer
		wait_for "a ping" ping_server
		unload
		flows
		atf_check kldload "$path"
		rounds=$((rounds - 1))
	done
	pfsync_up A
	pfsync_up B
	in_sync
	wait_alike 'tcp .*198.51.100.10:5009 ' 2
}
module_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	for case in down syncdev unplugged stack module; do
		atf_add_test_case $case
	done
}
