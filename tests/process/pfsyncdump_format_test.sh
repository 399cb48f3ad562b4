#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# pfsyncdump against messages that no capture has, made here from the wire
# format's description.

. "$(atf_get_srcdir)/pfsyncdump.subr"

atf_test_case format_1400
format_1400_head()
{
	atf_set descr "a full state of format 1400, every field its own value"
}
format_1400_body()
{
	need_pfsyncdump
	peer1='0001400100000011 00000064 000000c8 00000005 1000 05b4 04 86'
	peer2='0000000000000000 0000012c 00000190 00000000 2000 0000 02 07'
	state="0102030405060708 $(printf vlan7 | hex)0000000000000000000000
	    c0000202$(printf %024x 0) c6336401$(printf %024x 0) 0050 1388
	    c0000202$(printf %024x 0) 0a000001$(printf %024x 0) 0050 1389
	    $peer1 000000000000 $peer2 000000000000
	    c0000263$(printf %024x 0) 00000003 00000004 ffffffff
	    00000e11 0001517f
	    0000000100000002 0000000000000003 0000000000000004 0000000000000005
	    deadbeef 02 06 02 4102 09 00 02 0c 0d
	    0101 0202 0303 0404 ffffffff 40 28 05a0 06 07 02
	    $(printf em0 | hex)00000000000000000000000000"
	state=$(printf %s "$state" | tr -d ' \n\t')
	atf_check_equal 277 $((${#state} / 2))
	cat >expected <<'END'
    192.0.2.1 > 224.0.0.240: PFSYNCv5, length 586, cksum 0xc143696e0ef218c7f45e531a38a66ae8: INS_1400 1, UPD_1400 1, EOF 1
	INS_1400 id 0102030405060708 creatorid deadbeef vlan7 tcp 198.51.100.1:5000 (10.0.0.1:5001) -> 192.0.2.2:80 ESTABLISHED:SYN_SENT
	    src [100 + 100](+5) wscale 6, max_win 4096, mss 1460, scrub flags 0x0001 ttl 64 valid 1 ts_mod 17
	    dst [300 + 100] wscale 7, max_win 8192, mss 0
	    age 01:00:01, expires in 23:59:59, pkts 4294967298:3, bytes 4:5, rule 3, anchor 4, nat_rule none, rt_addr 192.0.2.99
	    log 9, timeout tcp.established, state_flags 0x4102 [sloppy, scrub-tcp, dn-pipe], sync_flags 0x0c [source-track, sticky-address], updates 13
	    rt route-to, rt_ifname em0, rtableid none, qid 257, pqid 514, dnpipe 771, dnrpipe 1028, min_ttl 64, set_tos 28, max_mss 1440, set_prio 6:7
END
	sed -n '2s/INS_/UPD_/p; 3,$p' expected >update
	cat update >>expected
	print_packet "$(v5 "0d000001${state}0e000001$state$eof")" -vv >out ||
	    atf_fail "pfsyncdump failed"
	atf_check -o file:expected sed 1d out
}

# Each of the peers, and the parts of a state that all formats have behind its
# keys, every field with its own value
peers='0001400100000011 00000064 000000c8 00000005 1000 05b4 04 86 000000000000
    0000000000000000 0000012c 00000190 00000000 2000 0000 02 07 000000000000'
middle='00000003 00000004 ffffffff 00000e11 0001517f
    0000000100000002 0000000000000003 0000000000000004 0000000000000005
    deadbeef'

atf_test_case format_1500
format_1500_head()
{
	atf_set descr "a full state of format 1500: NAT64, every field its own"
}
format_1500_body()
{
	need_pfsyncdump
	state="0102030405060708 $(name 16 vlan7)
	    $(pad 16 c0000202) $(pad 16 c6336401) 0050 1388
	    20010db8000000000000000000000002 20010db8000000000000000000000001
	    0051 1389 $peers
	    20010db8000000000000000000000063 $middle
	    $(name 64 web) $(name 16 em0) $(name 16 igb2)
	    00000007 4102 0101 0202 0303 0404 05a0 02 1c 1c 06 06 09 02 02 02
	    40 28 06 07 000000"
	state=$(printf %s "$state" | tr -d ' \n\t')
	atf_check_equal 360 $((${#state} / 2))
	cat >expected <<'END'
    192.0.2.1 > 224.0.0.240: PFSYNCv5, length 752, cksum 0xc143696e0ef218c7f45e531a38a66ae8: INS_1500 1, UPD_1500 1, EOF 1
	INS_1500 id 0102030405060708 creatorid deadbeef vlan7 tcp 198.51.100.1:5000 (2001:db8::1[5001]) -> 192.0.2.2:80 (2001:db8::2[81]) ESTABLISHED:SYN_SENT
	    src [100 + 100](+5) wscale 6, max_win 4096, mss 1460, scrub flags 0x0001 ttl 64 valid 1 ts_mod 17
	    dst [300 + 100] wscale 7, max_win 8192, mss 0
	    age 01:00:01, expires in 23:59:59, pkts 4294967298:3, bytes 4:5, rule 3, anchor 4, nat_rule none, rt_addr 2001:db8::63
	    log 9, timeout tcp.established, state_flags 0x4102 [sloppy, scrub-tcp, dn-pipe]
	    rt route-to, rt_ifname em0, orig_ifname igb2, tag web, rtableid 7, qid 257, pqid 514, dnpipe 771, dnrpipe 1028, min_ttl 64, set_tos 28, max_mss 1440, set_prio 6:7
END
	sed -n '2s/INS_/UPD_/p; 3,$p' expected >update
	cat update >>expected
	print_packet "$(v5 "0f000001${state}10000001$state$eof")" -vv >out ||
	    atf_fail "pfsyncdump failed"
	atf_check -o file:expected sed 1d out
	# Without a route its address has no family.
	state=$(printf %s "$state" | awk '{ print substr($0, 1, 320) \
	    sprintf("%032d", 0) substr($0, 353, 340) "00" substr($0, 695) }')
	print_packet "$(v5 "0f000001$state$eof")" -vv >out ||
	    atf_fail "pfsyncdump failed"
	atf_check -o ignore grep 'rt_addr none$' out
}

atf_test_case version_6
version_6_head()
{
	atf_set descr "version 6: every message, and messages to be skipped"
}
version_6_body()
{
	need_pfsyncdump
	id=0102030405060708
	state="$id $(name 16 vlan7)
	    $(pad 16 c0000202) $(pad 16 c6336401) 0050 1388 0011 02 00
	    $(pad 16 c0000202) $(pad 16 0a000001) 0050 1389 0012 02 00
	    $peers $(pad 16 c0000263) $middle
	    00000007 00000008 05a0 02 06 02 09 01 02 0c 0d 40 28 0102 06 07"
	state=$(printf %s "$state" | tr -d ' \n\t')
	atf_check_equal 264 $((${#state} / 2))
	updc=$(printf %s "$id $peers deadbeef 00000009 02 12 0000" |
	    tr -d ' \n\t')
	packet=$(v6 "$(printf %s "00050001 $(name 16 em0) 7dd88c87
	    01420001 $(pad 264 ff)  63020003 $(pad 24 ff)
	    02030001 $id 7dd88c87  05030001 $id 7dd88c89
	    0d420001 $state  0e430001 $state 01020304
	    06420001 $state  07030001 $id 7dd88c88
	    04150001 $updc  0a030001 7dd88c87 0000003d 02 000000
	    0f0d0001 00001001 1c18 0000 00000000 20010db8$(pad 8 0)00000009
	    00000000 0000000100000000 0000000000000009 33 06 0013
	    0c000001" | tr -d ' \n\t')")
	cat >expected <<'END'
	CLR ifname em0 creatorid 7dd88c87
	INS_ACK id 0102030405060708 creatorid 7dd88c87
	UPD_REQ id 0102030405060708 creatorid 7dd88c89
	INS id 0102030405060708 creatorid deadbeef vlan7 tcp 198.51.100.1:5000 (10.0.0.1:5001) -> 192.0.2.2:80 ESTABLISHED:SYN_SENT
	    src [100 + 100](+5) wscale 6, max_win 4096, mss 1460, scrub flags 0x0001 ttl 64 valid 1 ts_mod 17
	    dst [300 + 100] wscale 7, max_win 8192, mss 0
	    age 01:00:01, expires in 23:59:59, pkts 4294967298:3, bytes 4:5, rule 3, anchor 4, nat_rule none, rt_addr 192.0.2.99
	    log 9, timeout tcp.established, state_flags 0x0102 [sloppy, scrub-tcp], sync_flags 0x0c [source-track, sticky-address], updates 13
	    rt route-to, rtableid 7:8, wire rdomain 17, stack rdomain 18, min_ttl 64, set_tos 28, max_mss 1440, set_prio 6:7
END
	sed -n '4s/INS /UPD /p; 5,$p' expected >update
	sed -n '4s/INS /DEL /p; 5,$p' expected >delete
	cat update delete - >>expected <<'END'
	DEL_C id 0102030405060708 creatorid 7dd88c88
	UPD_C id 0102030405060708 creatorid deadbeef ESTABLISHED:SYN_SENT
	    src [100 + 100](+5) wscale 6, max_win 4096, mss 1460, scrub flags 0x0001 ttl 64 valid 1 ts_mod 17
	    dst [300 + 100] wscale 7, max_win 8192, mss 0
	    expires in 00:00:09, timeout tcp.established, state_flags 0x12 [sloppy, ack]
	BUS status end creatorid 7dd88c87 endtime 00:01:01
	TDB spi 00001001 dst 2001:db8::9 proto ah rpl 4294967296 cur_bytes 9 updates 6 rdomain 19
END
	print_packet "$packet" -vv >out || atf_fail "pfsyncdump failed"
	atf_check -o file:expected sed 1,2d out
	print_packet "$packet" >out || atf_fail "pfsyncdump failed"
	sed 's/.*: //' out >line
	atf_check -o inline:"CLR 1, OINS 1 [skipped: size 264], \
action 99 3 [skipped: size 8], INS_ACK 1, UPD_REQ 1, INS 1, \
UPD 1 [longer: size 268], DEL 1, DEL_C 1, UPD_C 1, BUS 1, TDB 1, \
EOF 1 [skipped: size 0]
" sed 's/.*, length [0-9]*: //' out
}

atf_test_case all_fields
all_fields_head()
{
	atf_set descr "-vvv prints all bytes of every message, in their order"
}
all_fields_body()
{
	need_pfsyncdump
	print_packet "$(v5 "0a000001deadbeef0000003d02a1b2c3$eof")" -vvv >out ||
	    atf_fail "pfsyncdump failed"
	printf '\t\t%s\n' >expected \
	    "version 5, spare 0, len 40, cksum c143696e0ef218c7f45e531a38a66ae8" \
	    "action 10, spare 0, count 1" \
	    "creatorid deadbeef, endtime 61, status 2, pad a1b2c3" \
	    "action 12, spare 0, count 1"
	atf_check -o file:expected grep '^		' out
	p=03020501$(pad 16 c1)01020304050607080a0b0c0d0405ffee
	print_packet "$p" -vvv >out || atf_fail "pfsyncdump failed"
	printf '\t\t%s\n' >expected \
	    "version 3, af 2, action 5, count 1, cksum $(pad 16 c1)" \
	    "id 0102030405060708, creatorid 0a0b0c0d, src.state 4, dst.state 5, pad ffee"
	atf_check -o file:expected grep '^		' out
}

atf_test_case small_messages
small_messages_head()
{
	atf_set descr "CLR, INS_ACK, DEL_C, BUS, TDB and a whole DEL"
}
small_messages_body()
{
	need_pfsyncdump
	id=0102030405060708
	state="$id $(printf em1 | hex)00000000000000000000000000
	    20010db8$(printf %023x 0)1 20010db8$(printf %023x 0)2 0035 1389
	    20010db8$(printf %023x 0)1 20010db8$(printf %023x 0)2 0035 1389
	    $(printf %064x 0) $(printf %064x 0) $(printf %032x 0)
	    ffffffff ffffffff ffffffff 00000001 00000002
	    $(printf %064x 0) 0000002a 1c 11 01 0000 00 01 08 00 00"
	state=$(printf %s "$state" | tr -d ' \n\t')
	packet=$(v5 "$(printf %s "00000002
	    $(printf em0 | hex)00000000000000000000000000 7dd88c87
	    $(printf %032x 0) 00000000
	    02000001 $id 7dd88c87  07000001 $id 7dd88c88
	    06000001 $state
	    0a000002 7dd88c87 00000000 01 000000 7dd88c87 0000003d 02 000000
	    0b000002 00001000 1002 0000 c6336401 $(printf %040x 0) 00000007
	    0000000100000000 32 05 0000
	    00001001 1c1c 0000 00000000 20010db8$(printf %023x 0)9 00000000
	    00000008 0000000000000009 33 06 0000
	    $eof" | tr -d ' \n\t')")
	cat >expected <<'END'
	CLR ifname em0 creatorid 7dd88c87
	CLR ifname "" creatorid 00000000
	INS_ACK id 0102030405060708 creatorid 7dd88c87
	DEL_C id 0102030405060708 creatorid 7dd88c88
	DEL id 0102030405060708 creatorid 0000002a em1 udp 2001:db8::2[5001] <- 2001:db8::1[53] NO_TRAFFIC:NO_TRAFFIC
	BUS status start creatorid 7dd88c87 endtime 00:00:00
	BUS status end creatorid 7dd88c87 endtime 00:01:01
	TDB spi 00001000 dst 198.51.100.1 proto esp rpl 7 cur_bytes 4294967296 updates 5
	TDB spi 00001001 dst 2001:db8::9 proto ah rpl 8 cur_bytes 9 updates 6
END
	print_packet "$packet" -v >out || atf_fail "pfsyncdump failed"
	atf_check -o file:expected sed 1,2d out
	print_packet "$packet" -vv >out || atf_fail "pfsyncdump failed"
	atf_check -o match:"timeout udp.multiple, state_flags 0x01 .allow-opts" \
	    cat out
}

atf_test_case states
states_head()
{
	atf_set descr "how far peers are, by protocol, direction and timeout"
}
states_body()
{
	need_pfsyncdump
	# Protocol, direction, source, destination: what follows the hosts
	while read -r proto dir src dst text; do
		m=$(printf '%0192x%048x%02x%014x%048x%02x%014x%0144x%02x%02x%02x' \
		    0 0 "$src" 0 0 "$dst" 0 0 2 "$proto" "$dir")
		print_packet "$(v5 "01000001$m$(printf %014x 0)$eof")" -v >out ||
		    atf_fail "pfsyncdump failed"
		sed -n 's/.* 0.0.0.0 //p' out >state
		atf_check -o inline:"$text\n" cat state
	done <<'END'
6 2 4 10 ESTABLISHED:TIME_WAIT
6 1 4 10 TIME_WAIT:ESTABLISHED
6 0 0 1 LISTEN:CLOSED
6 2 11 4 PROXY:SRC
6 2 2 11 PROXY:SRC
6 2 4 12 PROXY:DST
6 2 4 13 4:13 [invalid state]
17 2 2 1 MULTIPLE:SINGLE
17 1 2 3 3:2
1 2 1 2 1:2
58 2 1 0 SINGLE:NO_TRAFFIC
47 1 2 0 NO_TRAFFIC:MULTIPLE
END
	# UPD_C has but a timeout: its last of TCP, UDP and ICMP; of others
	while read -r timeout src dst text; do
		m=$(printf '%064x%02x%062x%02x%014x%016x%02x000000' \
		    0 "$src" 0 "$dst" 0 0 "$timeout")
		print_packet "$(v5 "04000001$m$eof")" -v >out ||
		    atf_fail "pfsyncdump failed"
		sed -n 's/.* creatorid 00000000 //p' out >state
		atf_check -o inline:"$text\n" cat state
	done <<'END'
0 2 0 SYN_SENT:CLOSED
5 10 9 TIME_WAIT:FIN_WAIT_2
6 1 0 SINGLE:NO_TRAFFIC
8 2 2 MULTIPLE:MULTIPLE
9 0 1 0:1
13 2 1 2:1
END
}

atf_test_case other_versions
other_versions_head()
{
	atf_set descr "versions that are not decoded are told with their length"
}
other_versions_body()
{
	need_pfsyncdump
	for version in 1 2 4 0 7 255; do
		case $version in
		[124])	mark= ;;
		*)	mark=' [invalid: version]' ;;
		esac
		print_packet "$(printf '%02x%078x' $version 0)" >out
		atf_check -o inline:"IP 192.0.2.1 > 224.0.0.240: \
PFSYNCv$version, length 40$mark
" cat out
	done
}

atf_init_test_cases()
{
	atf_add_test_case format_1400
	atf_add_test_case format_1500
	atf_add_test_case version_6
	atf_add_test_case all_fields
	atf_add_test_case small_messages
	atf_add_test_case states
	atf_add_test_case other_versions
}
