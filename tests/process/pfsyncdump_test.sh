#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# pfsyncdump against packets of real kernels (what pfctl and netstat said there
# is the expectation), and how it is used.

. "$(atf_get_srcdir)/pfsyncdump.subr"

#
# Against FreeBSD 12.2
#

# What pfctl and netstat printed there
told()
{
	tr -d '\r' <"$freebsd.txt"
}

# pfctl's states of section $1, one a line, of what can be compared: id,
# creatorid, and the connection, its blanks single.
pfctl_states()
{
	told | awk -v section="$1" '
	/^==/ { on = index($0, section) == 4 }
	on && /^all / { sub(/ +[^ ]+$/, ""); flow = $0 }
	on && /^   id: / { print $2, $4, flow }' | sort -u
}

atf_test_case freebsd_states
freebsd_states_head()
{
	atf_set descr "addresses, NAT and ids are those that pfctl printed"
}
freebsd_states_body()
{
	need_pfsyncdump
	dump -v -r "$freebsd.pcap" >out || atf_fail "pfsyncdump failed"
	awk '$1 ~ /^(INS|UPD)_1301$/ {
		id = $3; creator = $5
		sub(/^\t.* creatorid [0-9a-f]+ /, "")
		sub(/ [^ ]+$/, "")
		print id, creator, $0
	}' out | sort -u >printed

	# Rule 1 has no-sync: its two states stay at home.
	pfctl_states "one states (mid)" >one
	grep '10.1.1.2:57502' one >secret
	atf_check -o inline:"2\n" grep -c . secret
	atf_check comm -12 secret printed
	atf_check -o file:secret comm -23 one printed

	for section in "two states (mid)" "two states (after bulk)"; do
		pfctl_states "$section" >two
		[ -s two ] || atf_fail "no states in section $section"
		atf_check comm -23 two printed
	done
}

atf_test_case freebsd_windows
freebsd_windows_head()
{
	atf_set descr "TCP states and windows are those that pfctl printed"
}
freebsd_windows_body()
{
	need_pfsyncdump
	# Of each TCP state: id, creatorid, what either peer is and has.  pfctl
	# tells the peers in the order of the arrow.
	told | awk '
	/^== / { on = /states \(mid\)/ }
	on && /^all tcp / {
		split($NF, level, ":")
		out = / -> /
	}
	on && /^   \[/ {
		sub(/^ +/, "")
		split($0, peer, "  ")
	}
	on && /^   id: / && peer[1] != "" {
		l = level[1] " " peer[1]
		r = level[2] " " peer[2]
		print $2, $4, out ? l : r, out ? r : l
		peer[1] = ""
	}' | sort -u >pfctl

	dump -vv -r "$freebsd.pcap" >out || atf_fail "pfsyncdump failed"
	awk '
	$1 ~ /^(INS_1301|UPD_1301|UPD_C)$/ {
		id = $3; creator = $5
		split($NF, level, ":")
		swap = / <- /
	}
	$1 == "src" || $1 == "dst" {
		name = $1
		sub(/^[ \t]+.../, "")
		sub(/,.*/, "")
		peer[name] = $0
	}
	name == "dst" {
		# Like pfctl: a scale counts if both peers have one.
		if (peer["src"] !~ /wscale/ || peer["dst"] !~ /wscale/) {
			sub(/ wscale .*/, "", peer["src"])
			sub(/ wscale .*/, "", peer["dst"])
		}
		print id, creator, level[swap ? 2 : 1] peer["src"],
		    level[swap ? 1 : 2] peer["dst"]
		name = ""
	}' out | sort -u >printed
	atf_check -o inline:"38\n" grep -c . pfctl
	atf_check comm -23 pfctl printed
}

atf_test_case freebsd_counts
freebsd_counts_head()
{
	atf_set descr "messages by action are those that netstat counted"
}
freebsd_counts_body()
{
	need_pfsyncdump
	for host in one:192.0.2.1 two:192.0.2.2; do
		told | awk -v host="== ${host%:*} netstat" '
		BEGIN {
			name["packets sent"] = "packets"
			name["clear all requests sent"] = "CLR"
			name["state inserts sent"] = "INS_1301"
			name["state updates sent"] = "UPD_1301"
			name["compressed state updates sent"] = "UPD_C"
			name["uncompressed state requests sent"] = "UPD_REQ"
			name["compressed state deletes sent"] = "DEL_C"
			name["bulk update marks sent"] = "BUS"
			name["end of frame marks sent"] = "EOF"
		}
		/^==/ { on = $0 == host }
		on && /[0-9] .* sent/ {
			n = $1
			sub(/^[ \t]*[0-9]+ /, "")
			sub(/ \(IPv4\)/, "")
			sub(/insert sent/, "inserts sent")
			print ($0 in name ? name[$0] : "unknown: " $0), n
		}' | sort >"${host%:*}.netstat"
		dump -r "$freebsd.pcap" src "${host#*:}" >out ||
		    atf_fail "pfsyncdump failed"
		sed 's/.*: //' out | awk -F', ' '
		{
			n["packets"]++
			for (i = 1; i <= NF; i++) {
				split($i, run, " ")
				n[run[1]] += run[2]
			}
		}
		END { for (a in n) print a, n[a] }' | sort >"${host%:*}.printed"
	done
	atf_check -o file:two.netstat cat two.printed
	# The capture ended before the last packet of "one", which netstat,
	# asked later, has counted: a frame of one insert.
	awk '$1 == "packets" || $1 == "INS_1301" || $1 == "EOF" { $2-- }
	    { print }' one.netstat >one.expected
	atf_check -o file:one.expected cat one.printed
}

atf_test_case freebsd_header
freebsd_header_head()
{
	atf_set descr "IP header, time, ruleset checksum; no other protocol"
}
freebsd_header_body()
{
	need_pfsyncdump
	cksum=$(told | sed -n 's/^Checksum: //p' | sort -u)
	dump -v -n -c 1 -r "$freebsd.pcap" >out || atf_fail "pfsyncdump failed"
	{
		printf '03:07:45.858517 IP (tos 0x10, ttl 255, id 0, offset 0,'
		printf ' flags [DF], proto PFSYNC (240), length 60)\n'
		printf '    192.0.2.1 > 224.0.0.240: PFSYNCv5, length 40,'
		printf ' cksum %s: UPD_REQ 1, EOF 1\n' "$cksum"
		printf '\tUPD_REQ id 0000000000000000 creatorid 00000000\n'
	} >expected
	atf_check -o file:expected cat out
	# Two more hosts' worth of IGMP and ICMPv6 is in the capture.
	dump -r "$freebsd.pcap" >out || atf_fail "pfsyncdump failed"
	atf_check -o inline:"65\n" grep -c 'PFSYNCv5, length' out
	atf_check -s exit:1 grep -v 'PFSYNCv5, length' out
	dump -v -r "$freebsd.pcap" >out || atf_fail "pfsyncdump failed"
	atf_check -o inline:"65\n" grep -c ", cksum $cksum: " out
	atf_check -s exit:1 grep -e invalid -e '\[|' -e 'bad cksum' out
}

#
# Against NetBSD 7.99
#
atf_test_case netbsd
netbsd_head()
{
	atf_set descr "version 3: every packet is understood"
}
netbsd_body()
{
	need_pfsyncdump
	dump -vv -r "$netbsd.pcap" >out || atf_fail "pfsyncdump failed"
	atf_check -s exit:1 grep -e invalid -e '\[|' out
	sed -n 's/.*PFSYNCv3, .*: \([A-Z_]*\) .*/\1/p' out | sort -u >actions
	atf_check -o inline:"BUS\nCLR\nDEL_C\nINS\nUPD\nUPD_C\nUREQ\n" \
	    cat actions
	# Both states of a connection, as the firewall made them ...
	atf_check -o inline:"\
tcp 10.1.0.100:7 <- 10.0.0.100:63796 CLOSED:SYN_SENT
tcp 10.0.0.100:63796 -> 10.1.0.100:7 SYN_SENT:CLOSED
" sed -n 's/^	INS .* all tcp/tcp/p' out
	# ... and whatever was inserted is known when it is updated.
	awk '$1 == "INS" { known[$3] = 1 }
	    $1 == "UPD_C" && !($3 in known) { print "unknown", $3 }' out >unknown
	atf_check cat unknown
}

#
# Where a packet may stand
#
atf_test_case links
links_head()
{
	atf_set descr "link types, VLANs, IPv4 and IPv6"
}
links_body()
{
	need_pfsyncdump
	p=$(v5 "$bulk_request$eof")
	p4=$(ip4 "$p")
	p6=$(ip6 "$p")
	what="PFSYNCv5, length 40: UPD_REQ 1, EOF 1"
	v4="IP 192.0.2.1 > 224.0.0.240: $what"
	v6="IP6 fe80::1 > ff12::f0: $what"
	mac=01005e0000f0020000000001
	opts=$(printf '%02x01%028x' 240 0)	# 16 bytes
	later=$(printf 'f000%04x%08x' 8 1)
	# LINKTYPE_, frame, what is printed
	cat >cases <<END
101 $p4 $v4
101 $p6 $v6
228 $p4 $v4
229 $p6 $v6
1 ${mac}0800$p4 $v4
1 ${mac}0800${p4}0000000000000000 $v4
1 ${mac}86dd$p6 $v6
1 ${mac}810000050800$p4 $v4
1 ${mac}88a80007810060050800$p4 $v4
0 02000000$p4 $v4
108 0000001c$p6 $v6
113 000000010006${mac#????????????}00000800$p4 $v4
276 080000000000000000010400$(printf %016x 0)$p4 ?     Out $v4
246 $p $what
18 $p $what
121 $p $what
18 $p4 $v4
18 $p6 $v6
246 $p4 $v4
101 $(ip6 "$p" "$opts" 0) $v6
101 $(ip6 "$p" "$opts" 60) $v6
101 $(ip6 "$p" "$later" 44) IP6 fe80::1 > ff12::f0: ip-proto-240
101 4500003c00000001fff00000c0000201e00000f0$p IP 192.0.2.1 > 224.0.0.240: ip-proto-240
END
	while read -r type frame text; do
		{ savefile "$type"; frame "$frame"; } | unhex >link.pcap
		atf_check -e ignore -o inline:"$text\n" \
		    "$BINDIR/pfsyncdump" -t -r link.pcap
	done <cases

	# -e tells the link header, with all VLANs.
	{ savefile 1; frame "${mac}810060050800$p4"; } | unhex >link.pcap
	atf_check -e ignore -o inline:"02:00:00:00:00:01 > 01:00:5e:00:00:f0, \
ethertype 802.1Q (0x8100), length 78: vlan 5, p 3, \
ethertype IPv4 (0x0800), 192.0.2.1 > 224.0.0.240: $what
" "$BINDIR/pfsyncdump" -te -r link.pcap
}

#
# The command
#
atf_test_case options
options_head()
{
	atf_set descr "-c, -t, -x, -h, - for stdin, and a filter expression"
}
options_body()
{
	need_pfsyncdump
	atf_check -e ignore -o save:out "$BINDIR/pfsyncdump" -c 3 \
	    -r "$freebsd.pcap"
	atf_check -o inline:"3\n" grep -c . out
	atf_check -e ignore -o file:out "$BINDIR/pfsyncdump" -l -n -p -s 0 -c 3 \
	    -r - <"$freebsd.pcap"
	sed 's/^[^ ]* //' out >untimed
	atf_check -e ignore -o file:untimed "$BINDIR/pfsyncdump" -t -c 3 \
	    -r "$freebsd.pcap"
	atf_check -e ignore -o match:"^[0-9]{10}\.858517 IP 192" \
	    "$BINDIR/pfsyncdump" -tt -c 1 -r "$freebsd.pcap"
	atf_check -e ignore -o not-match:"192.0.2.1 >" -o match:"192.0.2.2 >" \
	    "$BINDIR/pfsyncdump" -r "$freebsd.pcap" ip and src 192.0.2.2
	atf_check -o match:"^usage: pfsyncdump" "$BINDIR/pfsyncdump" -h

	{ savefile 1; frame "${e=01005e0000f00200000000010800}$(
	    ip4 "$(v5 "$eof")")"; } | unhex >x.pcap
	cat >expected <<'END'
IP 192.0.2.1 > 224.0.0.240: PFSYNCv5, length 24: EOF 1
	0x0000:  4510 002c 0000 4000 fff0 d7df c000 0201
	0x0010:  e000 00f0 0500 0018 c143 696e 0ef2 18c7
	0x0020:  f45e 531a 38a6 6ae8 0c00 0001
END
	atf_check -e ignore -o file:expected "$BINDIR/pfsyncdump" -tx -r x.pcap
	atf_check -e ignore -o match:"0x0000:  0100 5e00 00f0 0200" \
	    "$BINDIR/pfsyncdump" -txx -r x.pcap
}

atf_test_case errors
errors_head()
{
	atf_set descr "errors are one line that names the thing, and status 1"
}
errors_body()
{
	need_pfsyncdump
	head -c 1000 "$netbsd.pcap" >short.pcap
	savefile 147 | unhex >link.pcap
	echo no capture, but long enough to be one >text
	# A line that is expected, and the arguments
	while read -r args; do
		read -r text
		# shellcheck disable=SC2086
		"$BINDIR/pfsyncdump" $args >out 2>err && atf_fail "$args: passed"
		atf_check_equal 1 $?
		grep -v '^reading from' err >line
		atf_check -o inline:"pfsyncdump: $text\n" cat line
	done <<END
-r nowhere.pcap
nowhere.pcap: No such file or directory
-r text
text: unknown file format
-r short.pcap
short.pcap: truncated dump file; tried to read 78 captured bytes, only got 26
-r link.pcap
link.pcap: link-type 147 is not supported
-c 0 -r text
invalid packet count 0
-c -1 -r text
invalid packet count -1
-s 1x -r text
invalid snaplen 1x
-ttt -r text
only -t and -tt are supported
-r $netbsd.pcap no filter
can't parse filter expression: syntax error
END
	# Who may not capture is told that instead.
	atf_check -s exit:1 -e match:"^pfsyncdump: nowhere0: " \
	    "$BINDIR/pfsyncdump" -i nowhere0
	atf_check -s exit:1 -o empty -e match:"^usage: pfsyncdump" \
	    "$BINDIR/pfsyncdump" -Q
	[ -w /dev/full ] || return 0
	"$BINDIR/pfsyncdump" -r "$netbsd.pcap" >/dev/full 2>err &&
	    atf_fail "a full disk went unnoticed"
	atf_check -o match:"^pfsyncdump: stdout: " cat err
}

atf_test_case listen
listen_head()
{
	atf_set descr "listens until it is interrupted, then tells statistics"
	atf_set require.user root
	atf_set require.progs "unshare ip"
}
listen_body()
{
	need_pfsyncdump
	unshare -n true || atf_skip "no network namespaces here"
	cat >listen.sh <<'END'
ip link set lo up
"$BINDIR/pfsyncdump" -i lo >out 2>err &
pid=$!
while kill -0 $pid && ! grep -qs '^listening on lo, ' err; do
	sleep 0.1
done
kill -INT $pid
wait $pid
END
	# A shell without job control has background jobs ignore SIGINT, but
	# pfsyncdump asks for it.
	BINDIR=$BINDIR atf_check unshare -n sh listen.sh
	atf_check -o match:"^0 pfsync packets captured" \
	    -o match:"packets? dropped by kernel" cat err
}

atf_init_test_cases()
{
	atf_add_test_case freebsd_states
	atf_add_test_case freebsd_windows
	atf_add_test_case freebsd_counts
	atf_add_test_case freebsd_header
	atf_add_test_case netbsd
	atf_add_test_case links
	atf_add_test_case options
	atf_add_test_case errors
	atf_add_test_case listen
}
