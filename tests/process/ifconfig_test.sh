#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# ifconfig against running hkerns: what it shows and sets, and that a mistake
# anywhere in a line changes nothing.

. "$(atf_get_srcdir)/ifconfig.subr"

#
# Without a hosted kernel
#
atf_test_case unreachable cleanup
unreachable_head()
{
	atf_set descr "Usage; HKERN unset, empty, or naming a dead socket"
}
unreachable_body()
{
	[ -x "$BINDIR/ifconfig" ] || atf_skip "ifconfig is not built"
	unset HKERN
	atf_check -o save:usage "$BINDIR/ifconfig" -h
	atf_check -o match:"^usage: ifconfig" cat usage
	for verb in up down "mtu n" "syncdev interface" -syncdev \
	    "syncif interface" -syncif "syncpeer address" -syncpeer \
	    "maxupd n" "version n" defer -defer "deferdelay ms" "bulkrate n" \
	    "bulkbytes n" "ifmap local=remote" -ifmap resync; do
		atf_check -o ignore grep -E -e " $verb(,|$)" usage
	done
	atf_check_equal "" "$(grep '.\{80\}' usage)"
	atf_check -s exit:1 -e match:"^usage: ifconfig" "$BINDIR/ifconfig" -x
	atf_check -s exit:1 -e match:"^usage: ifconfig" \
	    "$BINDIR/ifconfig" -a em1
	unset_line="ifconfig: HKERN is not set: name the control socket of an hkern(8)\n"
	atf_check -s exit:1 -e inline:"$unset_line" "$BINDIR/ifconfig"
	atf_check -s exit:1 -e inline:"$unset_line" \
	    env HKERN= "$BINDIR/ifconfig" pfsync0 create
	atf_check -s exit:1 \
	    -e inline:"ifconfig: no.ctl: No such file or directory\n" \
	    env HKERN=no.ctl "$BINDIR/ifconfig" -l
	for style in xml "" json,x jso "json pretty"; do
		atf_check -s exit:1 \
		    -e match:"^ifconfig: --libxo .*: not text, json or json,pretty$" \
		    "$BINDIR/ifconfig" --libxo "$style" -a
	done
	atf_check -s exit:1 \
	    -e inline:"ifconfig: --libxo: needs text, json or json,pretty\n" \
	    "$BINDIR/ifconfig" -a --libxo
	# A mistake is told first.
	atf_check -s exit:1 -e inline:"ifconfig: foo: bad value\n" \
	    "$BINDIR/ifconfig" pfsync0 foo
	start_hkern a b
	kill -9 "$(cat a.pid)"
	wait "$(cat a.pid)" 2>/dev/null
	atf_check -s exit:1 -e inline:"ifconfig: a.ctl: Connection refused\n" \
	    env HKERN=a.ctl "$BINDIR/ifconfig" pfsync0 create
}
unreachable_cleanup()
{
	stop_hkerns
}

#
# With one
#
atf_test_case interfaces cleanup
interfaces_head()
{
	atf_set descr "Interfaces are listed, taken up and down, given an mtu"
}
interfaces_body()
{
	start_hkern a b
	printf '%s\n' \
	    "em1: flags=8041<UP,RUNNING,MULTICAST> metric 0 mtu 1500" \
	    "${tab}link: unix:a.em1,b.em1" \
	    "em0: flags=8041<UP,RUNNING,MULTICAST> metric 0 mtu 1500" \
	    "${tab}link: unix:a.em0,a.behind" >expected
	atf_check -o file:expected -x "HKERN=a.ctl \"$BINDIR/ifconfig\""
	atf_check -o file:expected -x "HKERN=a.ctl \"$BINDIR/ifconfig\" -a"
	atf_check -o inline:"em1 em0\n" \
	    -x "HKERN=a.ctl \"$BINDIR/ifconfig\" -l"
	ok em1 down mtu 1400
	atf_check -o inline:"em1: flags=8000<MULTICAST> metric 0 mtu 1400\n\tlink: unix:a.em1,b.em1\n" \
	    -x "HKERN=a.ctl \"$BINDIR/ifconfig\" em1"
	ok em1 up
	atf_check -o inline:"em1: flags=8041<UP,RUNNING,MULTICAST> metric 0 mtu 1400\n\tlink: unix:a.em1,b.em1\n" \
	    -x "HKERN=a.ctl \"$BINDIR/ifconfig\" em1"

	refused "interface em9 does not exist" em9 up
	refused "interface em9 does not exist" em9
	refused "interface pfsync0 does not exist" pfsync0
	refused "interface pfsync0 does not exist" pfsync0 destroy
	refused "interface a234567890123456 does not exist" a234567890123456
	refused "mtu 10: SIOCSIFMTU (em1): Invalid argument" em1 down mtu 10
	refused "SIOCIFDESTROY (em1): Invalid argument" em1 destroy
	refused "SIOCIFCREATE2 (em1): File exists" em1 create
	refused "SIOCIFCREATE2 (pfsync1): Invalid argument" pfsync1 create
	refused "syncdev: only pfsync interfaces have it, not em1" \
	    em1 down syncdev em0
}
interfaces_cleanup()
{
	stop_hkerns
}

atf_test_case parameters cleanup
parameters_head()
{
	atf_set descr "Every parameter of pfsync0 is set and shown"
}
parameters_body()
{
	status="${tab}status: down, 0 peers heard, no bulk update, 0 messages pending"
	start_hkern a b
	ok pfsync0 create
	shows "pfsync0: flags=0<> metric 0 mtu 1500" \
	    "${tab}pfsync: syncpeer: 224.0.0.240 maxupd: 128 defer: off version: auto" \
	    "${tab}syncok: 0" "$status"
	ok pfsync0 syncdev em0 syncpeer 192.0.2.2 maxupd 64 -defer
	ok pfsync0 version 1301 mtu 310
	shows "pfsync0: flags=0<> metric 0 mtu 310" \
	    "${tab}pfsync: syncdev: em0 syncpeer: 192.0.2.2 maxupd: 64 defer: off version: 1301" \
	    "${tab}syncok: 0" "$status"
	# The mtu and the version together, neither of which would do alone.
	ok pfsync0 mtu 345 version 1400 maxupd 255 syncpeer 2001:db8::2
	ok pfsync0 syncif em1
	shows "pfsync0: flags=0<> metric 0 mtu 345" \
	    "${tab}pfsync: syncdev: em1 syncpeer: 2001:db8::2 maxupd: 255 defer: off version: 1400" \
	    "${tab}syncok: 0" "$status"
	ok pfsync0 -syncif -syncpeer maxupd 0
	shows "pfsync0: flags=0<> metric 0 mtu 345" \
	    "${tab}pfsync: syncpeer: 224.0.0.240 maxupd: 0 defer: off version: 1400" \
	    "${tab}syncok: 0" "$status"
	# Without a syncdev pfsync0 is up, and there is no one to ask.
	ok pfsync0 up
	shows "pfsync0: flags=41<UP,RUNNING> metric 0 mtu 345" \
	    "${tab}pfsync: syncpeer: 224.0.0.240 maxupd: 0 defer: off version: 1400" \
	    "${tab}syncok: 0" \
	    "${tab}status: no syncdev, 0 peers heard, no bulk update, 0 messages pending"
	ok pfsync0 syncdev em1 down -syncdev syncpeer 0.0.0.0 maxupd 1 maxupd 2
	shows "pfsync0: flags=0<> metric 0 mtu 345" \
	    "${tab}pfsync: syncpeer: 224.0.0.240 maxupd: 2 defer: off version: 1400" \
	    "${tab}syncok: 0" "$status"
	# An mtu that is too large for a new syncdev shrinks.
	ok em0 mtu 1000
	ok pfsync0 mtu 1500
	ok pfsync0 syncdev em0 version 6
	shows "pfsync0: flags=0<> metric 0 mtu 1000" \
	    "${tab}pfsync: syncdev: em0 syncpeer: 224.0.0.240 maxupd: 2 defer: off version: 6" \
	    "${tab}syncok: 0" "$status"
	ok pfsync0 destroy
	atf_check -o inline:"em1 em0\n" \
	    -x "HKERN=a.ctl \"$BINDIR/ifconfig\" -l"
	# A new one has nothing of the old.
	ok pfsync0 create syncdev em1 syncpeer 192.0.2.2 maxupd 64
	shows "pfsync0: flags=0<> metric 0 mtu 1500" \
	    "${tab}pfsync: syncdev: em1 syncpeer: 192.0.2.2 maxupd: 64 defer: off version: auto" \
	    "${tab}syncok: 0" "$status"
}
parameters_cleanup()
{
	stop_hkerns
}

atf_test_case ifmap cleanup
ifmap_head()
{
	atf_set descr "Interfaces that peers call otherwise: set, changed, forgotten"
}
ifmap_body()
{
	start_hkern a b
	ok pfsync0 create ifmap em0=igb0 ifmap em1=igb1
	atf_check -o match:"^${tab}ifmap: em0=igb0 em1=igb1$" \
	    env HKERN=a.ctl "$BINDIR/ifconfig" pfsync0
	# One more; and a peer's name leads to one here.
	ok pfsync0 ifmap em0=lagg0 maxupd 7 ifmap vlan1=igb1
	atf_check -o match:"^${tab}ifmap: em0=igb0 vlan1=igb1 em0=lagg0$" \
	    -o match:"maxupd: 7 " env HKERN=a.ctl "$BINDIR/ifconfig" pfsync0
	ok pfsync0 ifmap a=b -ifmap ifmap em0=x
	atf_check -o match:"^${tab}ifmap: em0=x$" \
	    env HKERN=a.ctl "$BINDIR/ifconfig" pfsync0
	ok pfsync0 -ifmap
	atf_check -o not-match:ifmap \
	    env HKERN=a.ctl "$BINDIR/ifconfig" pfsync0
}
ifmap_cleanup()
{
	stop_hkerns
}

atf_test_case mistakes cleanup
mistakes_head()
{
	atf_set descr "A mistake is named, and nothing of its line is done"
}
mistakes_body()
{
	start_hkern a b
	for line in "create syncdev em9" "create maxupd 256 up" \
	    "create syncdev em1 mtu 10" "create resync" "create destroy" \
	    "create up deferdelay 0"; do
		atf_check -s exit:1 -e match:"^ifconfig: " \
		    -x "HKERN=a.ctl \"$BINDIR/ifconfig\" pfsync0 $line"
		atf_check -o inline:"em1 em0\n" \
		    -x "HKERN=a.ctl \"$BINDIR/ifconfig\" -l"
	done

	ok pfsync0 create syncdev em1 syncpeer 192.0.2.2 maxupd 64
	set -- pfsync0 -syncdev -syncpeer version 1301 mtu 400 up maxupd 9
	refused "SIOCIFCREATE2 (pfsync0): File exists" \
	    pfsync0 create up maxupd 9
	refused "create: must come first" "$@" create
	refused "destroy: must stand alone" "$@" destroy
	refused "destroy: must stand alone" pfsync0 destroy up
	refused "foo: bad value" "$@" foo
	refused ": bad value" "$@" "''"
	refused "deferdelay 1001: not a number from 1 to 1000" \
	    "$@" deferdelay 1001
	refused "bulkrate 99: not a number from 100 to 10000000" \
	    "$@" bulkrate 99
	refused "bulkbytes 1: not a number from 10000 to 10000000000" \
	    "$@" bulkbytes 1
	refused "syncdev em9: Device not configured" "$@" syncdev em9
	refused "syncdev pfsync0: Device not configured" "$@" syncdev pfsync0
	refused "syncdev a234567890123456: not an interface name" \
	    "$@" syncdev a234567890123456
	refused "syncdev : not an interface name" "$@" syncdev "''"
	for peer in foo 192.0.2 192.0.2.256 2001:db8::g fe80::1%em1 ''; do
		refused "syncpeer ${peer}: not an address" \
		    "$@" syncpeer "'$peer'"
	done
	for peer in :: 255.255.255.255; do
		refused "syncpeer ${peer}: not a peer" "$@" syncpeer "$peer"
	done
	for map in em0 =em0 em0= a=b=a234567890123456 a234567890123456=b \
	    "em 0=em1" ""; do
		refused "ifmap $map: not local=remote, two interface names" \
		    "$@" ifmap "'$map'"
	done
	i=0
	maps=
	while [ $i -le 32 ]; do
		maps="$maps ifmap em0=igb$i"
		i=$((i + 1))
	done
	refused "ifmap em0=igb32: more than 32" "$@" $maps
	for n in 256 -1 +1 1x 0x10 18446744073709551616 ''; do
		refused "maxupd ${n}: not a number from 0 to 255" \
		    "$@" maxupd "'$n'"
	done
	for n in 9 5 0 1302 -1400 66936 1400x Auto ''; do
		refused "version ${n}: unknown; auto, 1301, 1400, 1500, 3 or 6" \
		    "$@" version "'$n'"
	done
	for n in 65536 -1 x ''; do
		refused "mtu ${n}: not a number from 0 to 65535" "$@" mtu "'$n'"
	done
	refused "mtu 10: not a number from 428 to 1500" pfsync0 up mtu 10
	refused "mtu 427: not a number from 428 to 1500" pfsync0 up mtu 427
	refused "mtu 309: not a number from 310 to 1500" "$@" syncdev em0 mtu 309
	refused "mtu 1501: not a number from 428 to 1500" pfsync0 mtu 1501 up
	refused "resync: pfsync0 is not up, or its syncdev is not" \
	    pfsync0 maxupd 9 resync
	refused "resync: pfsync0 is not up, or its syncdev is not" "$@" resync
	refused "resync: pfsync0 is not up, or its syncdev is not" \
	    pfsync0 ifmap em0=igb0 resync
	refused "ifmap: only pfsync interfaces have it, not em0" \
	    em0 ifmap em0=igb0
	# Those that are there count.
	ok pfsync0 ${maps% *} em0=igb31 ifmap em0=igb31
	refused "ifmap em0=igb99: more than 32" pfsync0 ifmap em0=igb99
	ok pfsync0 -ifmap
	for verb in syncdev syncif syncpeer maxupd version mtu ifmap; do
		refused "'$verb' requires argument" "$@" $verb
	done

	# A version that the mtu in force is too small for.
	ok pfsync0 version 1301 mtu 310
	refused "mtu 310: version 1400 needs at least 345" \
	    pfsync0 maxupd 9 version 1400
	refused "mtu 310: version auto needs at least 428" \
	    pfsync0 maxupd 9 version auto
}
mistakes_cleanup()
{
	stop_hkerns
}

atf_init_test_cases()
{
	atf_add_test_case unreachable
	atf_add_test_case interfaces
	atf_add_test_case parameters
	atf_add_test_case ifmap
	atf_add_test_case mistakes
}
