#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# pfsyncdump against packets that were cut, damaged or made wrong: none may
# make it fail, and each is marked as what it is.

. "$(atf_get_srcdir)/pfsyncdump.subr"

atf_test_case ip_headers
ip_headers_head()
{
	atf_set descr "what -v tells of IPv4 and IPv6 headers, good and bad"
}
ip_headers_body()
{
	need_pfsyncdump
	p=$(v5 "$eof")
	good=$(ip4 "$p")
	v6=$(ip6 "$p")
	{
		savefile 101
		frame "4511002c${good#????????}"		# ECN, cksum
		frame "4f1000${good#??????}"			# hlen > len
		frame "421000${good#??????}"			# hlen 8
		frame "45100040${good#????????}"		# longer
		frame "6120000a${v6#????????}"			# class, flow
		frame "600000000fff${v6#????????????}"		# longer
	} | unhex >ip.pcap
	dump -tv -r ip.pcap >out || atf_fail "pfsyncdump failed"
	for text in ',ECT(1), ttl 255' 'bad cksum d7df (->d7de)!' \
	    '^IP bad-len 44$' '^IP bad-hlen 8$' \
	    '^IP truncated-ip - 20 bytes missing! (tos' \
	    '^IP6 (class 0x12, flowlabel 0x0000a, hlim 255, next-header PFS' \
	    '^IP6 truncated-ip6 - 4071 bytes missing!'; do
		atf_check -o ignore grep -e "$text" out
	done
}

# A frame that has full states, compressed updates and requests
mixed_frame()
{
	get_frame 'INS_1301 4, UPD_C 1, UPD_REQ 1' "$freebsd.pcap"
}

# Each packet's lines as one
join_lines()
{
	awk '/^IP/ { if (NR > 1) print line; line = ""; } { line = line " " $0 }
	    END { if (NR > 0) print line }'
}

# Frames as hex on stdin -> a savefile of Ethernet; with $1 = cut, each frame
# is one of as many bytes as the longest of them, cut by the capture
frames()
{
	savefile 1
	awk -v cut="$1" '
	{ f[NR] = $0; if (length($0) > max) max = length($0) }
	END {
		for (i = 1; i <= NR; i++)
			printf "0000000000000000%08x%08x%s\n", length(f[i]) / 2,
			    (cut == "cut" ? max : length(f[i])) / 2, f[i]
	}'
}

atf_test_case captured_short
captured_short_head()
{
	atf_set descr "every snapshot length is marked as such, versions 3 and 5"
}
captured_short_body()
{
	need_pfsyncdump
	mixed_frame >mixed
	get_frame 'INS 2$' "$netbsd.pcap" >v3
	mac=01005e0000f00200000000010800
	echo "$mac$(ip4 "$(every_v5)")" >v5
	echo "$mac$(ip4 "$(every_v6)")" >v6
	for f in mixed v3 v5 v6; do
		# Behind byte 24 the frame is known to be one of protocol 240.
		awk '{ for (i = 24; i <= length($0) / 2; i++)
		    print substr($0, 1, 2 * i) }' $f >cut
		frames cut <cut | unhex >cut.pcap
		n=$(($(wc -c <$f) / 2 - 24))
		[ $n -gt 400 ] || atf_fail "$f: only $n cuts"
		for v in '' v vv vvv; do
			dump -t$v -r cut.pcap >out || atf_fail "failed: -t$v"
			join_lines <out >lines
			atf_check -o inline:"$((n + 1))\n" grep -c . lines
			atf_check -o inline:"$n\n" \
			    grep -c -e '\[|pfsync\]$' -e '\[|ip\]$' lines
			# Only the last is whole.
			tail -n 1 lines >last
			atf_check -s exit:1 grep -e '\[|' last
		done
	done
}

atf_test_case sent_short
sent_short_head()
{
	atf_set descr "a packet cut before it was sent is marked as invalid"
}
sent_short_body()
{
	need_pfsyncdump
	{
		mixed_frame
		echo "01005e0000f00200000000010800$(ip4 "$(every_v5)")"
	} >mixed
	# IP's length, at byte 16, follows the cut.
	awk '{ for (i = 34; i < length($0) / 2; i++)
	    print substr($0, 1, 32) sprintf("%04x", i - 14) \
		substr($0, 37, 2 * i - 36) }' mixed >cut
	frames <cut | unhex >cut.pcap
	n=$(wc -l <cut)
	for v in '' v vv vvv; do
		dump -t$v -r cut.pcap >out || atf_fail "failed: -t$v"
		join_lines <out >lines
		atf_check -o inline:"$n\n" grep -c ' \[invalid: ' lines
		atf_check -s exit:1 grep -e '\[|' lines
	done
}

atf_test_case damaged
damaged_head()
{
	atf_set descr "no byte of a packet can make pfsyncdump fail"
}
damaged_body()
{
	need_pfsyncdump
	{
		get_frame 'INS_1301 1, UPD_C 1' "$freebsd.pcap"
		echo "01005e0000f00200000000010800$(ip4 "$(every_v5)")"
		echo "01005e0000f00200000000010800$(ip4 "$(every_v6)")"
	} >frame
	# Each byte of the pfsync packet in turn, as two other values.
	awk '{
		for (i = 34; i < length($0) / 2; i++)
			for (v = 0; v < 2; v++)
				print substr($0, 1, 2 * i) (v ? "ff" : "00") \
				    substr($0, 2 * i + 3)
	}' frame >damaged
	frames <damaged | unhex >damaged.pcap
	n=$(wc -l <damaged)
	[ "$n" -gt 600 ] || atf_fail "only $n packets"
	for v in '' v vv; do
		dump -t$v -r damaged.pcap >out || atf_fail "failed: -t$v"
		join_lines <out >lines
		atf_check -o inline:"$n\n" grep -c PFSYNC lines
		# Whatever stands there: no control character gets out.
		tr -d '\n\t -~' <out >odd
		atf_check cat odd
	done
}

atf_test_case malformed
malformed_head()
{
	atf_set descr "each kind of malformed packet has its mark"
}
malformed_body()
{
	need_pfsyncdump
	key=000000000000000100000002
	cat >cases <<END
$(v5 '') PFSYNCv5, length 20 [invalid: no EOF]
$(v5 '0c00') PFSYNCv5, length 22 [invalid: no EOF]
$(v5 "07000001$key") PFSYNCv5, length 36: DEL_C 1 [invalid: no EOF]
$(v5 "07000002$key$eof") PFSYNCv5, length 40: DEL_C 2 [invalid: 16 bytes left]
$(v5 "0700ffff$key$eof") PFSYNCv5, length 40: DEL_C 65535 [invalid: 16 bytes left]
$(v5 "0100ffff$eof") PFSYNCv5, length 28: INS_1301 65535 [invalid: 4 bytes left]
$(v5 "08000001$key$eof") PFSYNCv5, length 40: [invalid: action 8]
$(v5 "07000001${key}11000001$eof") PFSYNCv5, length 44: DEL_C 1, [invalid: action 17]
$(v5 "0f000001$eof") PFSYNCv5, length 28: INS_1500 1 [invalid: 4 bytes left]
$(v6 "") PFSYNCv6, length 20
$(v6 "07030001${key}0000") PFSYNCv6, length 38: DEL_C 1 [invalid: 2 bytes after the last message]
$(v6 "07030002$key") PFSYNCv6, length 36: DEL_C 2 [invalid: 12 bytes left]
$(v6 "07020001$key") PFSYNCv6, length 36: DEL_C 1 [skipped: size 8], CLR 2 [invalid: size 0]
$(v6 "07000001") PFSYNCv6, length 24: DEL_C 1 [invalid: size 0]
$(v6 "63000001") PFSYNCv6, length 24: [invalid: action 99]
$(v6 "63030000") PFSYNCv6, length 24: [invalid: action 99]
$(v6 "63ffffff$key") PFSYNCv6, length 36: action 99 65535 [invalid: 12 bytes left]
06000015${p=$(printf %032x 0)}00000000 PFSYNCv6, length 24 [invalid: length 21 in header]: CLR 0 [invalid: size 0]
$(v5 "ff000001$eof") PFSYNCv5, length 28: [invalid: action 255]
$(v5 "${eof}000000") PFSYNCv5, length 27: EOF 1 [invalid: 3 bytes after EOF]
$(v5 "0c000000") PFSYNCv5, length 24: EOF 0 [invalid: count]
$(v5 "0c000002") PFSYNCv5, length 24: EOF 2 [invalid: count]
$(v5 "07000000$eof") PFSYNCv5, length 28: DEL_C 0, EOF 1
05000017${p=$(printf %032x 0)}$eof PFSYNCv5, length 24 [invalid: length 23 in header]: EOF 1
0500ffff$p$eof PFSYNCv5, length 24 [invalid: length 65535 in header]: EOF 1
05 PFSYNC, length 1 [invalid: no header]
03000400$p PFSYNCv3, length 20: UPD_C 0
03000401$p PFSYNCv3, length 20: UPD_C 1 [invalid: 0 bytes left]
03000601$p PFSYNCv3, length 20: [invalid: action 6]
03000900$p PFSYNCv3, length 20: BUS 1 [invalid: 0 bytes left]
03000500${p}00000000 PFSYNCv3, length 24: DEL_C 0 [invalid: 4 bytes left]
END
	while read -r packet text; do
		print_packet "$packet" >out
		atf_check -o inline:"IP 192.0.2.1 > 224.0.0.240: $text\n" \
		    cat out
		print_packet "$packet" -vv >out || atf_fail "failed: $packet"
	done <cases

	# An unknown action, of which nothing but its number was captured
	p=$(ip4 "$(v5 "07000001${key}c8000001$eof")")
	{ savefile 101; frame "${p%??????$eof}" $((${#p} / 2)); } |
	    unhex >cut.pcap
	for v in '' v vv; do
		dump -t$v -r cut.pcap >out || atf_fail "failed: -t$v"
		atf_check -o match:"[ ,	].*\[\|pfsync\]$" tail -n 1 out
	done

	# Values out of range, in an insert and elsewhere
	peer0=$(printf %064x 0)
	peer13=$(printf %048x%02x%014x 0 13 0)
	bad=0000000000000001$(printf '\033[2J' | hex)$(printf %024x 0)
	bad=$bad$(printf %0144x 0)$peer13$peer0$(printf %072x 0)
	bad=$bad$(printf %064x 0)0000002a63060300000000630000
	atf_check_equal 242 $((${#bad} / 2))
	print_packet "$(v5 "01000001${bad}0a0000010000000000000000090000000b000001$(
	    printf %096x 0)$eof")" -vv >out || atf_fail "pfsyncdump failed"
	for mark in ' ^\[\[2J ' '\[invalid af 99\]' '0:13 \[invalid state\]' \
	    ' 3 \[invalid direction\]' ' 99 \[invalid timeout\]' \
	    'BUS status 9 \[invalid status\]' 'dst \[invalid af 0\]' \
	    'proto 0 \[invalid proto\]'; do
		atf_check -o ignore grep -e "$mark" out
	done
}

atf_init_test_cases()
{
	atf_add_test_case ip_headers
	atf_add_test_case captured_short
	atf_add_test_case sent_short
	atf_add_test_case damaged
	atf_add_test_case malformed
}
