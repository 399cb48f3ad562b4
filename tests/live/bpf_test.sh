#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# pfsync0 as a device of the host (hkern -T): what the real tcpdump sees there.

. "$(atf_get_srcdir)/live.subr"

atf_test_case device cleanup
device_head()
{
	live_head "The device is there as long as pfsync0 is"
}
device_body()
{
	need
	firewalls -T
	atf_check -s exit:1 -e ignore $in_A ip link show pfsync0
	pfsync0 A
	atf_check -o match:'pfsync0: <.*UP' $in_A ip link show pfsync0
	fw A ifconfig pfsync0 destroy || atf_fail "no destroy"
	atf_check -s exit:1 -e ignore $in_A ip link show pfsync0
	pfsync0 A
	hkern_kill A
	wait_for "the device to go" not ns A ip link show pfsync0
}
device_cleanup()
{
	net_down
}

# The packets of a capture, one a line, without what a link puts before them.
packets()
{
	tcpdump -tnnr "$1" -x 2>/dev/null | awk '
		/^\t/ {
			sub(/^[^:]*:/, "")
			gsub(/ /, "")
			line = line $0
			next
		}
		{ if (line != "") print line; line = "" }
		END { if (line != "") print line }'
}

atf_test_case packets cleanup
packets_head()
{
	live_head "Each packet sent or received is there once, as on the wire"
}
packets_body()
{
	need tcpdump ping
	firewalls -T
	pfsync0 A
	pfsync0 B
	in_sync
	capture A em1 wire ip proto 240
	capture A pfsync0 bpf
	carry 198.51.100.10 2000000
	ping_server
	# A receives too: B asks for all states.
	fw B ifconfig pfsync0 resync || atf_fail "no resync"
	capture_until bpf '203.0.113.3 > 224.0.0.240:'
	capture_until wire '203.0.113.3 > 224.0.0.240:'
	packets bpf >bpf.txt
	packets wire >wire.txt
	for sender in cb007102 cb007103; do
		grep "^45.*${sender}e00000f0" bpf.txt >bpf.$sender ||
		    atf_fail "nothing from $sender"
		grep "^45.*${sender}e00000f0" wire.txt >wire.$sender
		# One of the captures went on for longer.
		n=$(wc -l <bpf.$sender)
		[ "$n" -le "$(wc -l <wire.$sender)" ] ||
		    n=$(wc -l <wire.$sender)
		head -n "$n" bpf.$sender >bpf.same
		head -n "$n" wire.$sender >wire.same
		atf_check cmp bpf.same wire.same
	done
}
packets_cleanup()
{
	net_down
}

atf_test_case user cleanup
user_head()
{
	live_head "tcpdump -ni pfsync0, as typed by an admin"
}
user_body()
{
	need tcpdump ping
	firewalls -T
	pfsync0 A
	pfsync0 B
	in_sync
	ip netns exec "$net-A" timeout 60 tcpdump -ni pfsync0 -c 1 \
	    >seen 2>seen.err &
	pid=$!
	wait_for tcpdump grep -q 'listening on pfsync0' seen.err
	ping_server
	wait $pid || atf_fail "tcpdump: $(cat seen.err)"
	atf_check -o match:'IP 203.0.113.2 > 224.0.0.240: ' cat seen
	atf_check -o inline:"1\n" grep -c 'IP ' seen
}
user_cleanup()
{
	net_down
}

atf_init_test_cases()
{
	atf_add_test_case device
	atf_add_test_case packets
	atf_add_test_case user
}
