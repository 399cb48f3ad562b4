#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# Frames of other sizes: those that fill more than a page are chains of mbufs,
# with messages that lie across two of them.

. "$(atf_get_srcdir)/vnet.subr"

# mtu HOST INTERFACE [BYTES]: sets it, or says it.
mtu()
{
	if [ $# -eq 3 ]; then
		on "$1" ifconfig "$2" mtu "$3" ||
		    atf_fail "$2 takes no mtu of $3"
	else
		on "$1" ifconfig "$2" | sed -n 's/.* mtu //p'
	fi
}

mtu_is()
{
	[ "$(mtu "$1" pfsync0)" -eq "$2" ]
}

# The longest packet of pfsync that was captured.
longest()
{
	tcpdump -n -v -r link 2>/dev/null | sed -n 's/.*length \([0-9]*\)).*/\1/p' |
	    sort -n | tail -1
}

atf_test_case jumbo cleanup
jumbo_head()
{
	vnet_head "Frames of 9000 bytes carry all that those of 1500 do"
}
jumbo_body()
{
	vnet_need
	vnet_up
	for host in A B; do
		eval "syncdev=\$sync_$host"
		mtu $host "$syncdev" 9000
		pfsync_up $host
		mtu $host pfsync0 9000
	done
	in_sync
	capture A "$sync_A" link 'proto 240'
	refused 6000 6299
	wait_alike 'tcp .*198.51.100.10:6[0-9][0-9][0-9] '
	B_forgets
	in_sync
	wait_alike 'tcp .*198.51.100.10:6[0-9][0-9][0-9] '
	atf_check_equal 0 "$(counter B bad)"
	end_all
	[ "$(longest)" -gt 8192 ] ||
	    atf_fail "no frame was longer than $(longest) bytes"
}
jumbo_cleanup()
{
	vnet_down
}

atf_test_case follows cleanup
follows_head()
{
	vnet_head "pfsync0's mtu goes down with that of the syncdev, and up again"
}
follows_body()
{
	vnet_need
	pair
	mtu A "$sync_A" 1200
	wait_for "the mtu to go down" mtu_is A 1200
	refused 6000 6099
	wait_alike 'tcp .*198.51.100.10:60[0-9][0-9] '
	mtu A "$sync_A" 1500
	wait_for "the mtu to go up" mtu_is A 1500
	refused 6100 6199
	wait_alike 'tcp .*198.51.100.10:61[0-9][0-9] '
}
follows_cleanup()
{
	vnet_down
}

atf_test_case least cleanup
least_head()
{
	vnet_head "An mtu in which no state fits is refused, and nothing changes"
}
least_body()
{
	vnet_need
	pair
	atf_check -s not-exit:0 -e match:'Invalid argument' \
	    jexec "${net}A" ifconfig pfsync0 mtu 200
	mtu_is A 1500 || atf_fail "the mtu is $(mtu A pfsync0)"
	wait_for "a ping" ping_server
	wait_alike 'icmp .*192.0.2.10:' 2
}
least_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	for case in jumbo follows least; do
		atf_add_test_case $case
	done
}
