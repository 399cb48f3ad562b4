#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The whole table: to one who comes up, and to one who asks.

. "$(atf_get_srcdir)/vnet.subr"

has_many()
{
	[ "$(states A | grep -c :6)" -ge 600 ]
}

# Hundreds of states, of connections that the server refuses.
many()
{
	refused 6000 6299
	wait_for "many states" has_many
}

demotion()
{
	on "$1" sysctl -n net.inet.carp.demotion
}

demoted_by()
{
	[ "$(demotion "$1")" -eq "$2" ]
}

atf_test_case comes_up cleanup
comes_up_head()
{
	vnet_head "Who comes up gets all states"
}
comes_up_body()
{
	vnet_need
	pair
	B_forgets
	on B ifconfig pfsync0 down
	many
	on B ifconfig pfsync0 up
	in_sync
	wait_alike 'tcp .*198.51.100.10:6[0-9][0-9][0-9] '
}
comes_up_cleanup()
{
	vnet_down
}

atf_test_case resync cleanup
resync_head()
{
	vnet_head "Who asks gets all states"
}
resync_body()
{
	vnet_need
	pair
	many
	wait_alike 'tcp .*198.51.100.10:6[0-9][0-9][0-9] '
	on B sysctl net.pfsync.resync=1 >/dev/null
	wait_for "the bulk update" status B 'bulk ok ([1-9][0-9]* states'
}
resync_cleanup()
{
	vnet_down
}

atf_test_case demotion cleanup
demotion_head()
{
	vnet_head "CARP is demoted while states are missing, and not longer"
}
demotion_body()
{
	vnet_need carp
	vnet_up
	before=$(demotion A)
	factor=$(on A sysctl -n net.pfsync.carp_demotion_factor)
	pfsync_up A
	wait_for "the demotion" demoted_by A $((before + factor))
	pfsync_up B
	in_sync
	wait_for "its end" demoted_by A "$before"
	atf_check_equal "$before" "$(demotion B)"
	on A ifconfig pfsync0 down
	on A ifconfig pfsync0 up
	in_sync
	wait_for "its end" demoted_by A "$before"
}
demotion_cleanup()
{
	vnet_down
}

atf_test_case alone cleanup
alone_head()
{
	vnet_head "A firewall without a peer gives its demotion back"
}
alone_body()
{
	vnet_need carp
	vnet_up
	before=$(demotion A)
	pfsync_up A
	wait_for "the demotion" not demoted_by A "$before"
	wait_for "the end of the search" status A 'bulk failed'
	atf_check_equal "$before" "$(demotion A)"
}
alone_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	for case in comes_up resync demotion alone; do
		atf_add_test_case $case
	done
}
