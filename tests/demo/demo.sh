#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Two firewalls, A and B, as processes; many connections through A; A is killed
# in the middle of them, and B carries them on.  Then the same without pfsync.
# Needs no privilege: the networks are Unix datagram sockets.
#
#	clients --- em0 A em2 --- servers	(the generator is both of them)
#	   |         em1           |
#	   |          | pfsync     |
#	   |         em1           |
#	   `------- em0 B em2 -----'
#
# O=obj: where the programs are.  DEMO_CONNECTIONS=1000: how many.  Leaves
# demo.pcap in the current directory.  Exit status 0 if with pfsync all
# connections survived and without it none.

set -u

die()
{
	echo "demo: $*" >&2
	exit 1
}

# The tools, as on a firewall's console; the hosted kernel is HKERN's.
on()
{
	fw=$1
	shift
	echo "$fw# $*"
	tool=$1
	shift
	HKERN=$dir/$fw.ctl "$O/bin/$tool" "$@"
}

states()
{
	HKERN=$dir/$1.ctl "$O/bin/pfctl" -s states | wc -l | tr -d ' '
}

# What the generator has us show when half of everything has arrived.
show()
{
	for fw in A B; do
		on $fw pfctl -s info | grep -e '^.# ' -e 'current entries' ||
		    die "pfctl -s info: no current entries"
		on $fw pfctl -s states | sed -n 1,4p || exit 1
	done
	a=$(states A)
	b=$(states B)
	echo "A holds $a states, B $b"
}

# Their processes are $pid_A and $pid_B.
start()
{
	fw=$1
	peer=$2
	shift 2
	set -- -c "$fw.ctl" \
	    -i "em0=unix:$fw.lan,gen.lan$fw" -i "em2=unix:$fw.wan,gen.wan$fw" \
	    -i "em1=unix:$fw.sync,$peer.sync" \
	    -r 192.0.2.0/24=em0 -r 10.0.0.0/24=em0 -r 2001:db8:1::/48=em0 \
	    -r 198.18.0.0/15=em2 -r 2001:db8:2::/48=em2 "$@"
	echo "\$ hkern $*"
	(cd "$dir" && exec "$O/bin/hkern" "$@") >"$dir/$fw.log" 2>&1 &
	eval "pid_$fw=$!"
}

# Until it answers at its control socket.
await()
{
	fw=$1
	eval "pid=\$pid_$fw"
	tries=100
	until "$O/tests/demo/demo" -w "$dir/$fw.ctl"; do
		tries=$((tries - 1))
		if ! kill -0 "$pid" 2>/dev/null || [ $tries -eq 0 ]; then
			sed "s/^/$fw: /" "$dir/$fw.log" >&2
			die "hkern $fw did not come up"
		fi
	done
}

cleanup()
{
	for pid in "$pid_gen" "$pid_A" "$pid_B"; do
		if [ -n "$pid" ]; then
			kill -9 "$pid" 2>/dev/null
			wait "$pid" 2>/dev/null
		fi
	done
	rm -rf "$dir"
}

# One run: the options are B's.  Leaves what survived in $survived.
measure()
{
	pfsync=$1
	shift
	rm -f "$dir"/*.*
	# No connection ends because this machine stands still for a while.
	cat >"$dir/pf.conf" <<-'CONF'
	set timeout { udp.first 600, udp.single 600, udp.multiple 600 }
	set timeout { icmp.first 600, icmp.error 600, tcp.opening 600 }
	block all
	pass quick on em1 proto pfsync keep state (no-sync)
	pass in on em0
	pass out on em2
	pass out on em2 inet from 10.0.0.0/24 nat-to 203.0.113.1
	CONF
	start A B
	start B A "$@"
	await A
	await B
	[ "$pfsync" = no ] || {
		echo "pf.conf of both, only clients may open connections:"
		sed 's/^/    /' "$dir/pf.conf"
	}
	for fw in A B; do
		(cd "$dir" && on $fw pfctl -e -f pf.conf) 2>&1 ||
		    die "no rules in $fw"
		[ "$pfsync" = no ] ||
		    on $fw ifconfig pfsync0 create syncdev em1 up ||
		    die "no pfsync0 in $fw"
	done
	"$O/tests/demo/demo" -n "$n" -d "$dir" -k "$pid_A" -o "$dir/gen.result" \
	    -x "DEMO_DIR=\$PWD O='$O' sh '$self' show" &
	pid_gen=$!
	wait "$pid_gen" || die "the generator failed"
	pid_gen=
	read -r survived all <"$dir/gen.result"
	[ "$all" = "$n" ] || die "the generator ran $all connections, not $n"
	# The generator has killed A; B writes its capture out.
	wait "$pid_A" 2>/dev/null
	pid_A=
	kill "$pid_B" 2>/dev/null
	wait "$pid_B" 2>/dev/null
	pid_B=
}

given=${O:-obj}
O=$(cd "$given" && pwd) || exit 1
if [ "${1-}" = show ]; then
	dir=$DEMO_DIR
	show
	exit
fi

n=${DEMO_CONNECTIONS:-1000}
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
pid_A='' pid_B='' pid_gen=''
dir=$(mktemp -d "${TMPDIR:-/tmp}/demo.XXXXXX") || exit 1
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

echo "== With pfsync"
measure yes -w demo.pcap
with=$survived
cp "$dir/demo.pcap" demo.pcap || die "B left no capture"
echo
echo "== Without pfsync"
measure no
without=$survived
echo
echo "demo.pcap holds the pfsync packets that B saw.  To look at them:"
echo "    tcpdump -r demo.pcap"
[ ! -x "$O/bin/pfsyncdump" ] ||
    echo "    $given/bin/pfsyncdump -vr demo.pcap    # every field"
echo "    wireshark demo.pcap"
echo "demo: with pfsync $with/$n connections survived, without $without/$n"
[ "$with" -eq "$n" ] && [ "$without" -eq 0 ]
