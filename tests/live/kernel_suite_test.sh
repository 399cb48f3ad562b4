#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# pair_test.sh of the suite for real kernels (tests/kernel), with two hosted
# kernels for its firewalls.

. "$(atf_get_srcdir)/live.subr"
suite=$(cd "$(atf_get_srcdir)/../captures" && pwd -P)/../kernel

atf_test_case pair_test cleanup
pair_test_head()
{
	live_head "Every case of pair_test.sh passes with hkern"
}
pair_test_body()
{
	need ping nc
	pair
	# A itself may open connections, too.
	for host in A B; do
		{
			pf_conf
			echo "pass out on em2 inet from 198.51.100.2"
		} | rules $host
	done
	ns server nc -lk 5001 >/dev/null 2>&1 &
	echo $! >nc.pid
	wait_for "the server" listens server tcp 5001
	for host in A B; do
		cat >on.$host <<-EOT
		#!/bin/sh
		export HKERN="$PWD/$host.ctl" PATH="$BINDIR:$PATH"
		exec ip netns exec "$net-$host" "\$@"
		EOT
		chmod +x on.$host
	done
	for case in $(atf-sh "$suite/pair_test.sh" -s"$suite" -l |
	    sed -n 's/^ident: //p'); do
		atf-sh "$suite/pair_test.sh" -s"$suite" -r result \
		    -v a="$PWD/on.A" -v b="$PWD/on.B" -v syncdev=em1 \
		    -v target=198.51.100.10 -v port=5001 "$case" >out 2>&1
		atf_check_equal "$case passed" "$case $(cat result)"
	done
	kill "$(cat nc.pid)"
}
pair_test_cleanup()
{
	net_down
}

atf_init_test_cases()
{
	atf_add_test_case pair_test
}
