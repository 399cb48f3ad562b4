#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# Two firewalls that are there already: see README.  States are those of A's own
# connections to the target.

. "$(atf_get_srcdir)/kernel.subr"

pair_head()
{
	atf_set descr "$*"
	atf_set timeout 300
}

# Skips unless the two firewalls were told of and are up.
pair_need()
{
	for name in a b syncdev target port; do
		atf_config_has $name ||
		    atf_skip "no test_suites.pfsync.$name: see README"
		eval "$name=\$(atf_config_get $name)"
	done
	for host in A B; do
		on $host ifconfig pfsync0 >/dev/null 2>&1 ||
		    atf_skip "$host has no pfsync0"
		on $host pfctl -s info 2>/dev/null |
		    grep -q '^Status: Enabled' ||
		    atf_skip "pf of $host is not enabled"
	done
}

on()
{
	case $1 in
	A) prefix=$a ;;
	B) prefix=$b ;;
	esac
	shift
	$prefix "$@"
}

ping_target()
{
	on A ping -q -c 1 "$target"
}

# A connection to the target, which ends when it says so.
call_target()
{
	on A nc -w 2 "$target" "$port" </dev/null >/dev/null
}

atf_test_case icmp
icmp_head()
{
	pair_head "A ping of A is on B"
}
icmp_body()
{
	pair_need
	wait_for "a ping" ping_target
	wait_alike "icmp.* $target"
	made_by A "icmp.* $target"
}

atf_test_case tcp
tcp_head()
{
	pair_head "A TCP connection of A is on B"
}
tcp_body()
{
	pair_need
	call_target
	wait_alike "tcp .* $target:$port "
	made_by A "tcp .* $target:$port "
}

atf_test_case kill
kill_head()
{
	pair_head "What A kills is killed on B"
}
kill_body()
{
	pair_need
	wait_for "a ping" ping_target
	wait_alike "icmp.* $target"
	on A pfctl -q -k 0.0.0.0/0 -k "$target"
	wait_for "B to kill it" not has B "icmp.* $target"
}

atf_test_case clear
clear_head()
{
	pair_head "What A clears is cleared on B"
}
clear_body()
{
	pair_need
	wait_for "a ping" ping_target
	wait_alike "icmp.* $target"
	on A pfctl -q -F states
	wait_for "B to clear it" not has B "icmp.* $target"
}

# pfsync0 of a host is no more; one that FreeBSD will not destroy is down.
gone()
{
	on "$1" ifconfig pfsync0 destroy 2>/dev/null ||
	    on "$1" ifconfig pfsync0 down
}

# It is made anew, unless it was only down.
back()
{
	on "$1" ifconfig pfsync0 create 2>/dev/null
	on "$1" ifconfig pfsync0 syncdev "$syncdev" up
}

atf_test_case bulk
bulk_head()
{
	pair_head "B gets the states of A when its pfsync0 comes back"
}
bulk_body()
{
	pair_need
	gone B
	wait_for "a ping" ping_target
	back B
	wait_alike "icmp.* $target"
}

atf_test_case destroy
destroy_head()
{
	pair_head "pfsync0 goes and comes under traffic"
}
destroy_body()
{
	pair_need
	begun sh -c 'while :; do '"$a ping -q -c 1 $target"'; done >/dev/null'
	for round in 1 2 3 4 5 6 7 8 9 10; do
		gone A
		back A
		gone B
		back B
	done
	end_all
	wait_for "a ping" ping_target
	wait_alike "icmp.* $target"
}

atf_init_test_cases()
{
	for case in icmp tcp kill clear bulk destroy; do
		atf_add_test_case $case
	done
}
