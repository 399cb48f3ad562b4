#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# share/wireshark/pfsync.lua in tshark against pfsyncdump: two decoders, written
# apart, that have to read the same in every field and find the same packets
# malformed.

. "$(atf_get_srcdir)/pfsyncdump.subr"

lua=$(readlink -f "$(atf_get_srcdir)/../captures")/../../share/wireshark/pfsync.lua

need_tshark()
{
	need_pfsyncdump
	command -v tshark >/dev/null || atf_skip "tshark is missing"
	[ -f "$lua" ] || atf_fail "$lua is missing"
	export HOME="$PWD" WIRESHARK_CONFIG_DIR="$PWD"
}

shark()
{
	tshark -n -X "lua_script:$lua" "$@" 2>shark.err || {
		cat shark.err >&2
		return 1
	}
	# An error in the script is told, but does not stop tshark.
	! grep -i 'lua' shark.err >&2
}

# Every field of the pfsync packets in $1, a "name value" a line
fields_dump()
{
	dump -n -vvv -r "$1" | awk '
	/^\t\t/ {
		n = split(substr($0, 3), list, ", ")
		for (i = 1; i <= n; i++)
			print list[i]
	}'
}

# The same as tshark has them: its tree is in the order of the wire.  Bytes and
# hexadecimal numbers are written as pfsyncdump writes them.
fields_shark()
{
	shark -r "$1" -T pdml -Y pfsync | awk '
	function value(key) {
		if (!match($0, " " key "=\"[^\"]*\""))
			return ""
		return substr($0, RSTART + length(key) + 3,
		    RLENGTH - length(key) - 4)
	}
	/<field name="pfsync\./ {
		name = substr(value("name"), 8)
		show = value("show")
		if (name ~ /^(malformed|range|skipped)/)
			next
		raw = sub(/\.raw$/, "", name)
		sub(/\.v6$/, "", name)
		if (raw || name ~ /^(id|creatorid|cksum|pad|spi)$/)
			gsub(/:/, "", show)
		sub(/^0x/, "", show)
		if (show == "")
			show = "\"\""
		print name, show
	}'
}

same_fields()
{
	fields_dump "$1" >dump || atf_fail "pfsyncdump failed on $1"
	fields_shark "$1" >shark || atf_fail "tshark failed on $1"
	[ -s dump ] || atf_fail "$1 has no field"
	atf_check -o file:dump cat shark
}

atf_test_case captures
captures_head()
{
	atf_set descr "every field of the captures of FreeBSD and NetBSD"
	atf_set timeout 600
}
captures_body()
{
	need_tshark
	same_fields "$freebsd.pcap"
	same_fields "$netbsd.pcap"
}

# Packets with every message of a version, every field its own value, two of
# each so that the second is not aligned
every_v5()
{
	v5 "$(printf '00000002%s%s' "$(name 16 em0)7dd88c87" \
	    "$(name 16 '')7dd88c88"
	    for m in 02 05 07; do
		printf '%s000002%s%s' $m "$(bytes 12 1)" "$(bytes 12 2)"
	    done
	    printf '04000002%s%s' "$(upd_c 84 3)" "$(upd_c 84 4)"
	    printf '0a000002%s%s' "$(bytes 12 5 8=01)" "$(bytes 12 6 8=02)"
	    printf '0b000002%s%s' "$(tdb 48 7 02)" "$(tdb 48 8 1c)")$eof"
}

states_v5()
{
	local m

	for m in "01 1301" "03 1301" "06 1301" "0d 1400" "0e 1400" "0f 1500" \
	    "10 1500"; do
		v5 "${m% *}000002$("state_${m#* }" 9)$(
		    "state_${m#* }" 10)$eof"
		echo
	done
}

every_v6()
{
	v6 "$(printf '00050001%s7dd88c87' "$(name 16 em0)"
	    for m in 02 05 07; do
		printf '%s030002%s%s' $m "$(bytes 12 1)" "$(bytes 12 2)"
	    done
	    # Skipped: an old insert, an action of the future; and a longer one
	    printf '01420001%s' "$(bytes 264 3)"
	    printf '63020003%s' "$(bytes 24 4)"
	    printf '07040001%s' "$(bytes 16 5)"
	    printf '04150002%s%s' "$(upd_c 84 3)" "$(upd_c 84 4)"
	    printf '0a030001%s' "$(bytes 12 5 8=01)"
	    printf '0f0d0002%s%s' "$(tdb 52 7 02)" "$(tdb 52 8 18)"
	    for m in 06 0d 0e; do
		printf '%s420002%s%s' $m "$(state_v6 9)" "$(state_v6 10)"
	    done)"
}

# One packet of version 3: action $1, count $2, messages $3
v3()
{
	printf '0300%02x%02xc143696e0ef218c7f45e531a38a66ae8%s' "$@"
}

every_v3()
{
	v3 0 0 "$(name 16 em0)7dd88c8700000000"; echo
	v3 1 2 "$(state_v3 1)$(state_v3 2)"; echo
	v3 2 1 "$(state_v3 3)"; echo
	v3 3 1 "$(state_v3 4)"; echo
	v3 4 2 "$(upd_c 88 5)$(upd_c 88 6)"; echo
	v3 5 2 "$(bytes 16 7 12=0406)$(bytes 16 8 12=0001)"; echo
	v3 8 1 "$(bytes 16 9)"; echo
	v3 9 0 "$(bytes 16 10 8=01)"; echo
	v3 10 1 "$(tdb 48 11 02)"; echo
}

# A capture of raw IP from pfsync packets, one a line
capture()
{
	local packet

	{
		savefile 101
		while read -r packet; do
			frame "$("${1:-ip4}" "$packet")"
		done
	} | unhex
}

atf_test_case dialects
dialects_head()
{
	atf_set descr "every field of every message of every version and format"
	atf_set timeout 600
}
dialects_body()
{
	need_tshark
	{ every_v5; echo; states_v5; every_v6; echo; every_v3; } >packets
	capture <packets >all.pcap
	same_fields all.pcap
	# All names are there: what is compared is not little.
	for f in tagname orig_ifname rtableid1 lan.port stack.proto rpl \
	    dst.addr src.wscale wire.rdomain allow_opts dnrpipe endtime; do
		grep -q "^$f " dump || atf_fail "no packet has $f"
	done
	# And nothing of it is malformed.
	atf_check -o empty -e ignore tshark -X "lua_script:$lua" \
	    -r all.pcap -Y pfsync.malformed -T fields -e frame.number
	# By IPv6 as well
	capture ip6 <packets >six.pcap
	same_fields six.pcap
}

# The numbers of packets in $1 that each finds malformed
malformed_dump()
{
	dump -n -r "$1" | awk '/\[invalid/ { print NR }'
}

malformed_shark()
{
	shark -r "$1" -Y pfsync.malformed -T fields -e frame.number
}

# The packet $1, every shorter one but the empty, longer ones, and every byte of the first
# 32, where the headers are, in turn another
spoilt()
{
	printf '%s\n' "$1" | awk '{
		for (n = 2; n < length($0); n += 2)
			print substr($0, 1, n)
		print
		print $0 "00"
		print $0 "0000000000"
		for (i = 1; i < 64; i += 2)
			for (v = 0; v < 4; v++)
				print substr($0, 1, i - 1) \
				    substr("0002147f", 2 * v + 1, 2) \
				    substr($0, i + 2)
	}'
}

atf_test_case malformed
malformed_head()
{
	atf_set descr "packets cut off at every byte, and with wrong lengths"
	atf_set timeout 600
}
malformed_body()
{
	need_tshark
	{
		spoilt "$(v5 "05000001$(bytes 12 1)0b000001$(tdb 48 2 02)$eof")"
		spoilt "$(v6 "05030001$(bytes 12 1)63020001$(bytes 8 2)")"
		spoilt "$(v3 8 2 "$(bytes 16 1)$(bytes 16 2)")"
	} >packets
	capture <packets >bad.pcap
	malformed_dump bad.pcap >dump || atf_fail "pfsyncdump failed"
	malformed_shark bad.pcap >shark || atf_fail "tshark failed"
	# Most of them are, but for each version not all.
	[ "$(wc -l <dump)" -gt 100 ] || atf_fail "too few are malformed"
	[ "$(wc -l <dump)" -lt "$(wc -l <packets)" ] || atf_fail "all are"
	atf_check -o file:dump cat shark
}

atf_test_case ranges
ranges_head()
{
	atf_set descr "values that receivers refuse, and a TTL below 255"
}
ranges_body()
{
	need_tshark
	{
		echo "$(v5 "04000001$(bytes 84 1 32=0486 64=0d07 80=02)$eof")"
		echo "$(v5 "04000001$(bytes 84 1 32=0486 64=0407 80=19)$eof")"
		echo "$(v5 "0a000001$(bytes 12 1 8=03)$eof")"
		echo "$(v5 "01000001$(state_1301 1 232=05)$eof")"
		echo "$(v5 "01000001$(state_1301 1 234=03)$eof")"
		echo "$(v5 "07000001$(bytes 12 1 8=00000000)$eof")"
		echo "$(v5 "$bulk_request$eof")"
		echo "$(v5 "04000001$(upd_c 84 1)$eof")"
	} | capture >ranges.pcap
	atf_check -o inline:"1\n2\n3\n4\n5\n6\n" \
	    -e ignore tshark -X "lua_script:$lua" -r ranges.pcap \
	    -Y pfsync.range -T fields -e frame.number
	ip4 "$(v5 "$bulk_request$eof")" | sed 's/fff0/fef0/' >packet
	{ savefile 101; frame "$(cat packet)"; } | unhex >ttl.pcap
	atf_check -o inline:"TTL is not 255\n" -e ignore \
	    tshark -X "lua_script:$lua" -r ttl.pcap -Y pfsync.range \
	    -T fields -e _ws.expert.message -E occurrence=l
}

atf_init_test_cases()
{
	atf_add_test_case captures
	atf_add_test_case dialects
	atf_add_test_case malformed
	atf_add_test_case ranges
}
