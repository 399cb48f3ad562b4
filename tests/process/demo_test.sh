#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The failover demonstration: what its generator measures, what it says, and
# that nothing of it stays.
#
# "alive" is a FIFO that every process of the demonstration holds open for
# writing: its reader ends when the last of them does.

: "${BINDIR:=$(atf_get_srcdir)/../../obj/bin}"
demo_sh=$(cd "$(atf_get_srcdir)/../captures" && pwd -P)/../demo/demo.sh
O=$(cd "$BINDIR/.." && pwd)
export O

need_demo()
{
	[ -x "$O/tests/demo/demo" ] || atf_skip "demo is not built"
}

# Watches the processes that are started with 9>alive.
watch()
{
	mkfifo alive
	mkdir tmp
	timeout 550 cat alive &
	watcher=$!
}

nothing_stays()
{
	wait "$watcher" || atf_fail "a process is still there"
	atf_check find tmp -mindepth 1
}

atf_test_case generator
generator_head()
{
	atf_set descr "The generator: all survive behind a firewall that" \
	    "forwards, though it loses packets; none where only pings pass"
	atf_set timeout 600
}
generator_body()
{
	need_demo
	mkdir dir
	atf_check -o save:out "$O/tests/demo/demo" -n 100 -d dir --self
	atf_check -o inline:"demo: self-test passed\n" tail -n 1 out
	atf_check -o match:"^100 of 100 connections went on" \
	    -o match:"^0 of 100 connections went on" \
	    -o match:"80 TCP, 15 UDP, 5 ICMP" cat out
}

atf_test_case failover
failover_head()
{
	atf_set descr "All connections survive with pfsync, none without"
	atf_set timeout 600
}
failover_body()
{
	need_demo
	watch
	# shellcheck disable=SC2016
	atf_check -o save:out -e save:err env TMPDIR="$PWD/tmp" \
	    DEMO_CONNECTIONS=100 sh -c 'sh "$0" 9>alive' "$demo_sh"
	atf_check -o inline:"demo: with pfsync 100/100 connections survived, \
without 0/100\n" tail -n 1 out
	# Every connection has a state on each of two interfaces, the ping too.
	atf_check -o match:"^A holds 202 states, B 202$" \
	    -o match:"^A holds 202 states, B 0$" cat out
	atf_check -o match:"20 of them over IPv6, 40 translated" cat out
	atf_check test -s demo.pcap
	nothing_stays
}

atf_test_case interrupted
interrupted_head()
{
	atf_set descr "Interrupted, it cleans up"
	atf_set timeout 600
}
interrupted_body()
{
	need_demo
	watch
	mkfifo out
	TMPDIR=$PWD/tmp sh "$demo_sh" >out 2>err 9>alive &
	pid=$!
	exec 3<out
	# Not before the generator is at work.
	while read -r line <&3; do
		case $line in
		*"connections are open"*) break ;;
		esac
	done
	kill -TERM "$pid"
	cat <&3 >rest
	wait "$pid"
	atf_check_equal 143 $?
	nothing_stays
}

atf_test_case no_kernel
no_kernel_head()
{
	atf_set descr "A hosted kernel that does not come up is named"
}
no_kernel_body()
{
	need_demo
	watch
	mkdir -p fake/bin fake/tests/demo
	ln -s "$O/tests/demo/demo" fake/tests/demo/demo
	printf '#!/bin/sh\necho no memory >&2\nexit 1\n' >fake/bin/hkern
	chmod +x fake/bin/hkern
	# shellcheck disable=SC2016
	atf_check -s exit:1 -o ignore \
	    -e inline:"A: no memory\ndemo: hkern A did not come up\n" \
	    env O=fake TMPDIR="$PWD/tmp" sh -c 'sh "$0" 9>alive' "$demo_sh"
	nothing_stays
}

atf_init_test_cases()
{
	atf_add_test_case generator
	atf_add_test_case failover
	atf_add_test_case interrupted
	atf_add_test_case no_kernel
}
