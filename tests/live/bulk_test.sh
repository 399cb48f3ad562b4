#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# Bulk updates between real interfaces: what a firewall gets that comes late.

. "$(atf_get_srcdir)/live.subr"

# As many connections as ports, refused by the server; each leaves two states.
connections()
{
	ns client nc -n -z -w 10 198.51.100.10 "2001-$((2000 + $1))"
	atf_check_equal $((2 * $1)) "$(states A ' tcp ')"
}

bulk_ok()
{
	fw "$1" ifconfig pfsync0 | grep -q "bulk update ok ($2 states"
}

same_states()
{
	for which in A B; do
		fw $which pfctl -s states | sort >states.$which
	done
	atf_check cmp states.A states.B
}

atf_test_case late cleanup
late_head()
{
	live_head "States made before pfsync0 was arrive, and ifconfig says so"
}
late_body()
{
	need nc
	firewalls
	connections 300
	pfsync0 A
	not has B tcp || atf_fail "B has states"
	pfsync0 B
	wait_for "the bulk update" bulk_ok B 600
	same_states
	in_sync
	atf_check -o match:'status: in sync, 1 peer heard' \
	    -o not-match:demoted $on_B ifconfig pfsync0
}
late_cleanup()
{
	net_down
}

atf_test_case again cleanup
again_head()
{
	live_head "A firewall that was switched off gets all of it again"
}
again_body()
{
	need nc
	pair
	connections 100
	wait_for "the states" has B ':2100 .*tcp\|tcp .*:2100 '
	hkern_kill B
	rm -f B.ctl B.log
	# It misses what happens meanwhile.
	ns client nc -n -z -w 10 198.51.100.10 3001
	hkern_start B -i em1=raw -q 0
	fw B pfctl -q -e -f B.conf || atf_fail "no rules in B"
	not has B tcp || atf_fail "B has states"
	pfsync0 B
	wait_for "the bulk update" bulk_ok B 202
	same_states
}
again_cleanup()
{
	net_down
}

atf_test_case unplugged cleanup
unplugged_head()
{
	live_head "Plugged in again, both have what they missed"
}
unplugged_body()
{
	need nc
	pair
	ns A ip link set em1 down
	for which in A B; do
		wait_for "$which to see it" status $which "syncdev is down"
	done
	connections 100
	not has B tcp || atf_fail "B has states"
	ns A ip link set em1 up
	wait_for "the bulk update" bulk_ok B 200
	same_states
	in_sync
}
unplugged_cleanup()
{
	net_down
}

status()
{
	fw "$1" ifconfig pfsync0 | grep -q "status: $2"
}

atf_init_test_cases()
{
	atf_add_test_case late
	atf_add_test_case again
	atf_add_test_case unplugged
}
