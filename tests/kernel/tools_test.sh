#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The system's own ifconfig, netstat and tcpdump with this pfsync.

. "$(atf_get_srcdir)/vnet.subr"

atf_test_case ifconfig cleanup
ifconfig_head()
{
	vnet_head "ifconfig shows what was set, and refuses what is wrong"
}
ifconfig_body()
{
	vnet_need
	pair
	A="jexec ${net}A"
	atf_check -o match:"syncdev: $sync_A" -o match:'maxupd: 128' \
	    -o match:'defer: off' $A ifconfig pfsync0
	atf_check $A ifconfig pfsync0 maxupd 64 syncpeer 203.0.113.2
	atf_check -o match:'maxupd: 64' -o match:'syncpeer: 203.0.113.2' \
	    $A ifconfig pfsync0
	atf_check -s not-exit:0 -e ignore $A ifconfig pfsync0 maxupd 256
	atf_check -s not-exit:0 -e ignore $A ifconfig pfsync0 syncdev none9
	atf_check -s not-exit:0 -e ignore $A ifconfig pfsync0 syncdev pfsync0
	atf_check -o match:'maxupd: 64' -o match:"syncdev: $sync_A" \
	    $A ifconfig pfsync0
	atf_check $A ifconfig pfsync0 -syncdev -syncpeer
	atf_check -o not-match:"syncdev: $sync_A" $A ifconfig pfsync0
}
ifconfig_cleanup()
{
	vnet_down
}

atf_test_case netstat cleanup
netstat_head()
{
	vnet_head "netstat counts packets, and -z starts anew"
}
netstat_body()
{
	vnet_need
	pair
	wait_for "a ping" ping_server
	wait_alike 'icmp .*192.0.2.10:' 2
	atf_check test "$(counter A "packets sent (IPv4)")" -gt 0
	atf_check test "$(counter B "packets received (IPv4)")" -gt 0
	atf_check_equal 0 "$(counter B bad)"
	on B ifconfig pfsync0 down
	on B netstat -s -z -p pfsync >/dev/null
	atf_check_equal 0 "$(counter B "packets received (IPv4)")"
}
netstat_cleanup()
{
	vnet_down
}

atf_test_case tcpdump cleanup
tcpdump_head()
{
	vnet_head "tcpdump reads pfsync0 and the link"
}
tcpdump_body()
{
	vnet_need
	pair
	begun jexec "${net}A" tcpdump -n -l -i pfsync0 >tap 2>tap.err
	begun jexec "${net}B" tcpdump -n -l -i "$sync_B" proto 240 \
	    >link 2>link.err
	wait_for "tcpdump on pfsync0" grep -q -e 'listening on' \
	    -e 'not supported' tap.err
	! grep -q 'not supported' tap.err ||
	    atf_skip "this tcpdump does not print pfsync"
	wait_for "tcpdump on $sync_B" grep -q 'listening on' link.err
	wait_for "a ping" ping_server
	wait_for "an insert" grep -q 'PFSYNCv5.*' tap
	wait_for "a packet" grep -q '203.0.113.1 > 224.0.0.240' link
}
tcpdump_cleanup()
{
	vnet_down
}

atf_test_case version cleanup
version_head()
{
	vnet_head "Either format that is asked for carries the states"
}
version_body()
{
	vnet_need
	pair
	on A ifconfig pfsync0 version 1301 2>/dev/null ||
	    atf_skip "this ifconfig does not know 'version'"
	for format in 1301 1400; do
		atf_check jexec "${net}A" ifconfig pfsync0 version $format
		wait_for "the format" status A "format $format"
		wait_for "a ping" ping_server
		wait_alike 'icmp .*192.0.2.10:'
	done
}
version_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	for case in ifconfig netstat tcpdump version; do
		atf_add_test_case $case
	done
}
