#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# share/examples/hkern-pair and pf.conf.fw as two hosts would run them.

. "$(atf_get_srcdir)/live.subr"
examples=$(cd "$(atf_get_srcdir)/../captures" && pwd -P)/../../share/examples

# pair_does a|b HOST start|stop
pair_does()
{
	RUN_DIR=$PWD/run.$1 PF_CONF=$examples/pf.conf.fw HKERN_BIN=$BINDIR \
	    ip netns exec "$net-$2" sh "$examples/hkern-pair" "$1" "$3" \
	    >"$1.$3" 2>&1 || atf_fail "$1 $3: $(cat "$1.$3")"
}

# The example's addresses in place of those of netns.subr.
readdress()
{
	for host in A B; do
		for if in em0 em1 em2; do
			ns $host ip addr flush dev $if
		done
		ns $host sysctl -qw net.ipv4.ip_forward=0
	done
	ns client ip addr flush dev eth0
	ns server ip addr flush dev eth0
	ns client ip addr add 192.0.2.254/24 dev eth0
	ns client ip route add default via 192.0.2.1
	ns server ip addr add 203.0.113.80/24 dev eth0
	ns server ip route add default via 203.0.113.1
}

master()
{
	ns "$1" ip -o addr show dev em0 | grep -q ' 192\.0\.2\.1/' &&
	    ns "$1" ip -o addr show dev em2 | grep -q ' 203\.0\.113\.1/'
}

inside_pings()
{
	ns server ping -n -c 1 -W 1 192.0.2.254
}

pair_has()
{
	HKERN=run.$1/hkern.sock "$BINDIR/pfctl" -s states | grep -q -e "$2"
}

atf_test_case pair cleanup
pair_head()
{
	live_head "Addresses and states move to B when A's hkern dies"
}
pair_body()
{
	need keepalived ping
	net_up
	readdress
	# A waits for B as long as there is none; so B comes meanwhile.
	pair_does a A start &
	pid=$!
	wait_for "hkern of A" test -S run.a/hkern.sock
	pair_does b B start
	wait $pid || atf_fail "a start: $(cat a.start)"
	patience=40
	wait_for "A to be master" master A
	wait_for "B to be backup" not master B
	wait_for "a ping from inside" inside_pings
	wait_for "its state on B" pair_has b \
	    'icmp 203.0.113.80:[0-9]* -> 192.0.2.254'
	kill -9 "$(cat run.a/hkern.pid)"
	wait_for "B to be master" master B
	wait_for "A to give the addresses up" not master A
	wait_for "a ping through B" inside_pings

	pair_does a A stop
	pair_does b B stop
	for host in A B; do
		atf_check ip netns pids "$net-$host"
		atf_check -o not-match:NFQUEUE \
		    ip netns exec "$net-$host" iptables -t mangle -S
	done
	atf_check test ! -e run.a -a ! -e run.b
}
pair_cleanup()
{
	net_down
}

atf_init_test_cases()
{
	atf_add_test_case pair
}
