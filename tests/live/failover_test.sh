#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The demonstration with real packets: what it comes to, and that it leaves
# nothing behind.

. "$(atf_get_srcdir)/live.subr"
demo_sh=$(cd "$(atf_get_srcdir)/../captures" && pwd -P)/../live/demo-live.sh
O=$(cd "$BINDIR/.." && pwd)
export O

# Namespaces and directories of the demonstration; its namespaces' names hold
# its process id.
nothing_stays()
{
	atf_check find tmp -mindepth 1
	ip netns list | grep -q "^pfsync$1-" &&
	    atf_fail "namespaces are left: $(ip netns list)"
	return 0
}

atf_test_case failover
failover_head()
{
	live_head "A long transfer survives with pfsync, and without it breaks"
}
failover_body()
{
	need keepalived
	mkdir tmp
	TMPDIR=$PWD/tmp DEMO_MB=80 sh "$demo_sh" >seen 2>seen.err &
	pid=$!
	wait $pid || atf_fail "$(tail -n 3 seen.err) after: $(tail -n 20 seen)"
	atf_check -o match:"^demo-live: with pfsync the transfer of 80 MB went \
on after [0-9]+ ms, checksums equal; without pfsync it broke\$" tail -n 1 seen
	atf_check -o match:'A holds 2 states of the connection, B 2' \
	    -o match:'A holds 2 states of the connection, B 0' cat seen
	nothing_stays $pid
}

under_way()
{
	grep -q 'states of the connection' seen
}

atf_test_case interrupted
interrupted_head()
{
	live_head "Interrupted in mid-transfer, it cleans up"
}
interrupted_body()
{
	need keepalived
	mkdir tmp
	TMPDIR=$PWD/tmp sh "$demo_sh" >seen 2>&1 &
	pid=$!
	wait_for "the transfer" under_way
	kill -TERM $pid
	wait $pid
	atf_check_equal 143 $?
	nothing_stays $pid
}

atf_test_case refused
refused_head()
{
	live_head "Without privilege, one clear line"
}
refused_body()
{
	need keepalived setpriv
	mkdir tmp
	chmod 777 tmp
	cp "$(dirname "$demo_sh")/demo-live.sh" \
	    "$(dirname "$demo_sh")/netns.subr" tmp
	mkdir -p tmp/O/bin
	chmod 755 . tmp/O tmp/O/bin
	atf_check -s exit:1 -e inline:"demo-live: this needs root\n" \
	    env O=tmp/O TMPDIR="$PWD/tmp" setpriv --reuid=65534 \
	    --regid=65534 --clear-groups sh tmp/demo-live.sh
}

atf_init_test_cases()
{
	atf_add_test_case failover
	atf_add_test_case interrupted
	atf_add_test_case refused
}
