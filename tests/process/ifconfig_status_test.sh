#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# What ifconfig tells of a firewall alone, of a pair and of three: who is there,
# what has been agreed, and whether the tables are alike.

. "$(atf_get_srcdir)/ifconfig.subr"
. "$(atf_get_srcdir)/udp.subr"

atf_test_case alone cleanup
alone_head()
{
	atf_set descr "Status without a peer: demoted while asking, then not"
}
alone_body()
{
	start_hkern a b
	ok pfsync0 create syncdev em1 up
	ifc pfsync0 >shown
	atf_check -o save:status -x "sed -n 4p shown"
	atf_check grep -qx "${tab}status: syncing, 0 peers heard, bulk update running (0 states in [0-9]* ms), 0 messages pending, demoted by 240" status
	ok em1 down
	shows "pfsync0: flags=41<UP,RUNNING> metric 0 mtu 1500" \
	    "${tab}pfsync: syncdev: em1 syncpeer: 224.0.0.240 maxupd: 128 defer: off version: auto" \
	    "${tab}syncok: 0" \
	    "${tab}status: syncdev is down, 0 peers heard, bulk update failed, 0 messages pending"
	ok em1 up
	await 100 a "bulk update failed"
	shows "pfsync0: flags=41<UP,RUNNING> metric 0 mtu 1500" \
	    "${tab}pfsync: syncdev: em1 syncpeer: 224.0.0.240 maxupd: 128 defer: off version: auto" \
	    "${tab}syncok: 0" \
	    "${tab}status: out of sync, 0 peers heard, bulk update failed (no peer answered), 0 messages pending"
}
alone_cleanup()
{
	stop_hkerns
}

# await_states host number
await_states()
{
	end=$(($(date +%s) + 60))
	until [ "$(on "$1" pfctl -s states | grep -c udp)" -eq "$2" ]; do
		[ "$(date +%s)" -lt $end ] ||
		    atf_fail "$1: not $2: $(on "$1" pfctl -s states)"
		sleep 0.05
	done
}

requests_sent()
{
	on a netstat -s -p pfsync |
	    awk '/ uncompressed state requests? sent$/ { print $1 }'
}

atf_test_case pair cleanup
pair_head()
{
	atf_set descr "Status of a pair: states come with a bulk update; resync"
	atf_set require.progs "perl jq"
}
pair_body()
{
	start_hkern a b
	start_hkern b a
	echo "pass keep state" >pf.conf
	for host in a b; do
		atf_check env HKERN=$host.ctl "$BINDIR/pfctl" -q -ef pf.conf
	done
	send_udp a.em0 1001 1002 1003
	await_states a 3

	ok pfsync0 create syncdev em1 up
	atf_check env HKERN=b.ctl "$BINDIR/ifconfig" pfsync0 create syncdev em1 up
	await 60 b "status: in sync"
	await 60 a "status: in sync"
	printf '%s\n' "pfsync0: flags=41<UP,RUNNING> metric 0 mtu 1500" \
	    "${tab}pfsync: syncdev: em1 syncpeer: 224.0.0.240 maxupd: 128 defer: off version: auto" \
	    "${tab}syncok: 1" \
	    "${tab}status: in sync, 1 peer heard, bulk update ok (3 states in N ms), 0 messages pending" \
	    >expected
	on b ifconfig pfsync0 >shown
	atf_check -o file:expected sed 's/in [0-9]* ms/in N ms/' shown
	atf_check_equal 3 "$(on b pfctl -s states | grep -c udp)"

	# Ages and times vary; nothing else does.
	printf '%s\n' \
	    "${tab}queue: 0 messages in 0 bytes, oldest waits 0 ms" \
	    "${tab}lag: sent after T ms, at most T ms; last change heard of T ago" \
	    "${tab}refused: nothing" \
	    "${tab}deferrals: delay 20 ms, 0 held, 0 in all: 0 acknowledged, 0 timed out, 0 for others, 0 dropped" \
	    "${tab}bulk pace: at most 200000 states and 100000000 bytes a second" \
	    "${tab}bulk update: asked for T ago, N, ok after T ms, 3 states, last from ADDR" \
	    "${tab}spoken: 1500" \
	    "${tab}peer ADDR: version 5 told 1500 (announced) heard T ago, last change T ago" \
	    "${tab}${tab}N, 3 states told, 0 refused, 0 of them unknown here" \
	    "${tab}${tab}its bulk update: ok, 3 states; asked for ours T ago" \
	    >expected
	on b ifconfig -v pfsync0 >shown
	addr=$(sed -En 's/.*peer (127[.0-9]+): .*/\1/p' shown)
	[ "$addr" ] || atf_fail "no peer in $(cat shown)"
	atf_check -o file:expected sed -E -e '1,/status:/d' \
	    -e "s/$addr/ADDR/" -e 's/[0-9]+ m?s ago/T ago/g' -e 's/ [0-9]+ (tries|try),/ N,/' \
	    -e 's/(after|most) [0-9]+ ms/\1 T ms/g' \
	    -e 's/[0-9]+ packets?,/N,/' -e 's/format [0-9]+ //' shown
	HKERN=b.ctl "$BINDIR/ifconfig" --libxo json >json ||
	    atf_fail "ifconfig --libxo json"
	atf_check -o inline:"1 [\"em1\",\"em0\",\"pfsync0\"]\n" jq -r \
	    '.__version + " " + ([.interface[].name] | tojson)' json
	# a=address b=bulk update f=flags: one line of what must be so.
	atf_check -o inline:'[["UP","RUNNING"],1500,"em1","224.0.0.240",128,false,"auto",["1500"],[],true,"in sync",1,0,[0,0,0],20,200000,100000000,[0,0,0,0,0,0],["ok",3,"'$addr'",false],["'$addr'","1500","announced",3,0,0,"ok",3]]\n' \
	    jq -c '.interface[2] | .flags as $f | .mtu as $m | .pfsync |
	    [$f, $m, .syncdev, .syncpeer, .maxupd, .defer, .version,
	    .spoken, .ifmap, .syncok,
	    .status, ."peers-heard", .demotion,
	    [.queue.messages, .queue.bytes, .queue.oldest],
	    .deferdelay, .bulkrate, .bulkbytes, [.deferrals[]],
	    (."bulk-update" | [.result, .states, .from, .sending]),
	    (.peer[0] | [.address, .told, ."told-why", .states, .refused, .unknown,
	    ."bulk-update", ."bulk-states"])]' json
	# Numbers where there is time.
	atf_check -o inline:"true\n" jq '.interface[2].pfsync |
	    [.lag.last, .lag.maximum, .lag."change-age", ."bulk-update".age,
	    ."bulk-update".duration, ."bulk-update".tries, .peer[0].age,
	    .peer[0]."change-age", .peer[0]."request-age", .peer[0].packets] |
	    all(type == "number" and . >= 0)' json
	HKERN=b.ctl "$BINDIR/ifconfig" --libxo json,pretty pfsync0 >pretty ||
	    atf_fail "ifconfig --libxo json,pretty"
	atf_check -o inline:"1 pfsync0\n" jq -r \
	    '"\(.interface | length) \(.interface[0].name)"' pretty
	[ "$(wc -l <pretty)" -gt 50 ] || atf_fail "not pretty"

	# Asked again, a is told of all three.
	ok pfsync0 resync
	await 60 a "in sync, 1 peer heard, bulk update ok (3 states in"
	# Nothing has changed, so nobody is asked.
	asked=$(requests_sent)
	ok pfsync0 syncdev em1 up maxupd 64
	ok em0 down
	atf_check_equal "$asked" "$(requests_sent)"
	ok pfsync0 resync
	[ "$(requests_sent)" -gt "$asked" ] || atf_fail "nobody was asked"
}
pair_cleanup()
{
	stop_hkerns
}

atf_test_case refused cleanup
refused_head()
{
	atf_set descr "What a peer says and cannot be taken, by reason"
	atf_set require.progs "perl jq"
}
refused_body()
{
	start_hkern a b -i em7=unix:a.em7,a.behind7
	start_hkern b a
	printf '%s\n' "set state-policy if-bound" "pass keep state" >pf.conf
	atf_check env HKERN=a.ctl "$BINDIR/pfctl" -q -ef pf.conf
	for host in a b; do
		atf_check env HKERN=$host.ctl "$BINDIR/ifconfig" pfsync0 create \
		    syncdev em1 up
	done
	await 60 a "status: in sync"
	await 60 b "status: in sync"
	send_udp a.em7 1001 1002
	await_states a 2
	end=$(($(date +%s) + 60))
	until on b ifconfig -v pfsync0 | grep -qx "${tab}refused: 2 interface"; do
		[ "$(date +%s)" -lt $end ] || atf_fail "$(on b ifconfig -v)"
		sleep 0.05
	done
	HKERN=b.ctl "$BINDIR/ifconfig" --libxo json pfsync0 >json
	atf_check -o inline:'[22,2,0]\n' jq -c '.interface[0].pfsync.refused |
	    [length, .interface, .stale]' json
}
refused_cleanup()
{
	stop_hkerns
}

atf_test_case same_hostid cleanup
same_hostid_head()
{
	atf_set descr "Two with one host id are told so"
	atf_set require.progs "jq"
}
same_hostid_body()
{
	start_hkern a b -H 7
	start_hkern b a -H 7
	ok pfsync0 create syncdev em1 up
	atf_check -o inline:"false\n" -x "HKERN=a.ctl \"$BINDIR/ifconfig\" \
	    --libxo json pfsync0 | jq '.interface[0].pfsync.\"creatorid-collision\"'"
	atf_check env HKERN=b.ctl "$BINDIR/ifconfig" pfsync0 create syncdev em1 up
	await 60 a ", another host has our host id$"
	atf_check -o inline:"true\n" -x "HKERN=a.ctl \"$BINDIR/ifconfig\" \
	    --libxo json pfsync0 | jq '.interface[0].pfsync.\"creatorid-collision\"'"
}
same_hostid_cleanup()
{
	stop_hkerns
}

atf_test_case three cleanup
three_head()
{
	atf_set descr "Three firewalls know each other by their addresses"
	atf_set require.progs "perl"
}
three_body()
{
	start_hkern a b.em1,c
	start_hkern b a.em1,c
	start_hkern c a.em1,b
	echo "pass keep state" >pf.conf
	for host in a b c; do
		atf_check env HKERN=$host.ctl "$BINDIR/pfctl" -q -ef pf.conf
		atf_check env HKERN=$host.ctl "$BINDIR/ifconfig" pfsync0 \
		    create syncdev em1 up
	done
	for host in a b c; do
		await 60 $host "2 peers heard"
		on $host ifconfig -v pfsync0 |
		    sed -En 's/.*peer (127[.0-9]+): .*/\1/p' >$host.peers
	done
	# Each of three addresses is a peer of the two others.
	atf_check_equal "2 2 2" "$(sort ?.peers | uniq -c |
	    awk '{ printf "%s%s", sep, $1; sep = " " }')"
	send_udp a.em0 1001 1002 1003
	await_states b 3
	await_states c 3
	# Two ask at once.
	on b ifconfig pfsync0 resync & on c ifconfig pfsync0 resync
	wait $!
	for host in b c; do
		await 60 $host "in sync, 2 peers heard, bulk update ok"
		await_states $host 3
	done
}
three_cleanup()
{
	stop_hkerns
}

atf_init_test_cases()
{
	atf_add_test_case alone
	atf_add_test_case pair
	atf_add_test_case three
	atf_add_test_case refused
	atf_add_test_case same_hostid
}
