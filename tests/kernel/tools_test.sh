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
	vnet_head "netstat counts packets and states, and -z starts anew"
}
netstat_body()
{
	vnet_need
	pair
	wait_for "a ping" ping_server
	wait_alike 'icmp .*192.0.2.10:' 2
	atf_check test "$(counter A "packets sent (IPv4)")" -gt 0
	atf_check test "$(counter B "packets received (IPv4)")" -gt 0
	atf_check test "$(counter A "state insert")" -ge 2
	atf_check test "$(counter B "state insert")" -ge 2
	atf_check_equal 0 "$(counter B bad)"
	on B ifconfig pfsync0 down
	on B netstat -s -z -p pfsync >/dev/null
	atf_check_equal 0 "$(counter B "packets received (IPv4)")"
}
netstat_cleanup()
{
	vnet_down
}

# The hexadecimal digits of a file.
digits()
{
	hexdump -v -e '1/1 "%02x"' "$1"
}

# Every frame that A sent over the link is in what its tap gave, as it was sent.
tapped()
{
	digits tap >tap.hex
	tcpdump -n -x -r link src 203.0.113.1 2>/dev/null | awk '
		function sent() {
			# Without the header of IP.
			frame = substr(packet, 41)
			frames += packet != ""
			if (index(tap, frame) == 0)
				missed++
			packet = ""
		}
		BEGIN { getline tap <"tap.hex" }
		/^[^ \t]/ { sent() }
		/^[ \t]+0x/ {
			for (i = 2; i <= NF; i++)
				packet = packet $i
		}
		END {
			sent()
			exit !(frames > 0 && missed == 0)
		}'
}

atf_test_case tcpdump cleanup
tcpdump_head()
{
	vnet_head "tcpdump prints the link, and gets the frames from pfsync0"
}
tcpdump_body()
{
	vnet_need
	pair
	on A tcpdump -L -i pfsync0 >links 2>&1
	atf_check -o match:'^ *PFSYNC ' cat links
	capture A pfsync0 tap
	capture A "$sync_A" link 'proto 240'
	wait_for "a ping" ping_server
	wait_alike 'icmp .*192.0.2.10:' 2
	on A pfctl -q -k 192.0.2.10
	wait_for "B to kill it" not has B 192.0.2.10
	wait_for "all frames from the tap" tapped
	tcpdump -n -vv -r link >printed
	for words in '203.0.113.1 > 224.0.0.240: PFSYNCv5' \
	    'delete compressed count' 'eof count 1'; do
		atf_check -o match:"$words" cat printed
	done
	# One that does not know a version's states says so.
	atf_check -o match:'insert count|act UNKNOWN' cat printed
	# FreeBSD's does not print this type of link, as its -L says.
	if tcpdump -n -r tap >printed 2>tap.err; then
		atf_check -o match:'delete compressed count' cat printed
	else
		atf_check -o match:'not supported for link type PFSYNC' \
		    cat tap.err
	fi
}
tcpdump_cleanup()
{
	vnet_down
}

atf_test_case version cleanup
version_head()
{
	vnet_head "Every version that is asked for carries the states"
}
version_body()
{
	vnet_need
	pair
	on A ifconfig pfsync0 version 1301 2>/dev/null ||
	    atf_skip "this ifconfig does not know 'version'"
	for format in 1301 1400 auto; do
		atf_check jexec "${net}A" ifconfig pfsync0 version $format
		wait_for "the version" status A "version $format"
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
