#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Two firewalls, A and B, that forward real packets in network namespaces (see
# netns.subr for a map); keepalived moves the addresses that everyone routes
# through.  A TCP connection carries bytes both ways through A, until A is cut
# off; B carries it on to its end.  Then the same without pfsync, where it
# breaks though B forwards new connections.
#
# O=obj: where the programs are.  DEMO_MB=200: how much the client sends.
# Root, Linux.  Exit status 0 if both runs came out as they should.

set -u

give_up()
{
	echo "demo-live: $*" >&2
	exit 1
}

cleanup()
{
	trap '' HUP INT TERM
	cd "$dir" && net_down
	cd / && rm -rf "$dir"
}

# A command as an admin would type it.
show()
{
	echo "$1# $(echo "$*" | cut -d' ' -f2-)"
	fw "$@"
}

#
# The firewalls
#

# keepalived HOST PRIORITY: advertises ten times a second, on both sides.
vrrp()
{
	cat >"$1.keepalived" <<-EOT
	vrrp_sync_group both {
	    group { lan wan }
	}
	vrrp_instance lan {
	    state BACKUP
	    interface em0
	    version 3
	    virtual_router_id 1
	    priority $2
	    advert_int 0.1
	    nopreempt
	    virtual_ipaddress { 192.0.2.1/24 }
	}
	vrrp_instance wan {
	    state BACKUP
	    interface em2
	    version 3
	    virtual_router_id 2
	    priority $2
	    advert_int 0.1
	    nopreempt
	    virtual_ipaddress { 198.51.100.1/24 }
	}
	EOT
	ip netns exec "$net-$1" keepalived -nlP -f "$PWD/$1.keepalived" \
	    -p "$PWD/$1.pid1" -r "$PWD/$1.pid2" >"$1.vrrp" 2>&1 &
}

is_master()
{
	ns "$1" ip -o addr show dev em0 | grep -q ' 192\.0\.2\.1/' &&
	    ns "$1" ip -o addr show dev em2 | grep -q ' 198\.51\.100\.1/'
}

is_backup()
{
	grep -q '(wan) Entering BACKUP' "$1.vrrp" && ! is_master "$1"
}

firewall()
{
	queue "$1"
	hkern_start "$1" -i em1=raw -q 0
	show "$1" pfctl -e -f pf.conf 2>&1 || give_up "no rules in $1"
	[ "$2" = no ] ||
	    show "$1" ifconfig pfsync0 create syncdev em1 up ||
	    give_up "no pfsync0 in $1"
}

# As if somebody had pulled its plugs.
cut_off()
{
	for pid in $(ip netns pids "$net-$1"); do
		kill -9 "$pid" 2>/dev/null
	done
	ns "$1" ip -batch - <<-EOT || give_up "$1 cannot be cut off"
	link set em0 down
	link set em2 down
	link set em1 down
	EOT
}

#
# The connection
#

listening()
{
	ns server cat /proc/net/tcp | grep -qi ":$(printf %04x "$1") 0*:0* 0A"
}

# begin PORT BYTES RATE: the server sends a quarter of what the client does.
begin()
{
	rm -f progress
	ip netns exec "$net-server" "$O/tests/live/transfer" -l -p progress \
	    -r $(($3 / 4)) 198.51.100.10 "$1" $(($2 / 4)) >server.out 2>&1 &
	server=$!
	wait_for "the server" listening "$1"
	ip netns exec "$net-client" "$O/tests/live/transfer" -c -r "$3" \
	    198.51.100.10 "$1" "$2" >client.out 2>&1 &
	client=$!
}

received()
{
	sed 's/^0*\([0-9]\)/\1/' progress 2>/dev/null || echo 0
}

received_most()
{
	[ "$(received)" -ge "$1" ]
}

over()
{
	! kill -0 "$client" 2>/dev/null && ! kill -0 "$server" 2>/dev/null
}

value()
{
	awk -v key="$2" -v n="$3" '$1 == key { print $n }' "$1"
}

same()
{
	[ "$(value "$1.out" sent 3)" = "$(value "$2.out" received 3)" ]
}

# Both ends agree, in both directions, on all that was sent.
intact()
{
	[ "$(value server.out received 2)" = "$1" ] &&
	    [ "$(value client.out received 2)" = $(($1 / 4)) ] &&
	    [ -n "$(value client.out sent 3)" ] &&
	    same client server && same server client
}

retransmitted()
{
	ns client awk '$1 == "Tcp:" && $13 ~ /[0-9]/ { print $13 }' \
	    /proc/net/snmp
}

retransmitted_since()
{
	[ "$(retransmitted)" -ge $(($1 + 5)) ]
}

#
# The runs
#

# Leaves the connection in mid-transfer, A cut off and B master.
run()
{
	rm -f ./*.log ./*.vrrp ./*.pid*
	net_up
	firewall A "$1"
	firewall B "$1"
	vrrp A 200
	wait_for "A to be master" is_master A
	vrrp B 100
	wait_for "B to be backup" is_backup B
	begin 22 "$bytes" "$rate"
	wait_for "a third of the transfer" received_most $((bytes / 3))
	echo "A holds $(states A ' tcp ') states of the connection," \
	    "B $(states B ' tcp ')"
	cut_off A
	at=$(received)
	[ "$at" -lt "$bytes" ] || give_up "the transfer was over too soon"
	echo "A is cut off after $((at / 1000000)) MB"
	wait_for "B to be master" is_master B
}

with_pfsync()
{
	run yes
	patience=120
	wait_for "the end of the transfer" over
	patience=20
	cat client.out server.out
	intact "$bytes" || give_up "with pfsync the transfer broke"
	gap=$(value server.out pause 2)
	on="the transfer of $mb MB went on after $gap ms, checksums equal"
}

without_pfsync()
{
	run no
	at=$(received)
	before=$(retransmitted)
	began=$(date +%s)
	wait_for "the client to try again" retransmitted_since "$before"
	[ "$(received)" = "$at" ] || give_up "without pfsync it went on"
	for_s=$(($(date +%s) - began))
	echo "B let no byte of it through for $for_s s, of 5 retransmissions"
	kill "$client" "$server"
	wait "$client" "$server" 2>/dev/null
	begin 80 1000000 10000000
	wait_for "a new connection through B" over
	intact 1000000 || give_up "B does not forward new connections either"
	echo "A new connection through B works"
}

given=${O:-obj}
here=$(cd "$(dirname "$0")" && pwd) || exit 1
O=$(cd "$given" 2>/dev/null && pwd) || give_up "$given is not built"
BINDIR=$O/bin
# shellcheck source=tests/live/netns.subr
. "$here/netns.subr"

mb=${DEMO_MB:-200}
bytes=$((mb * 1000000))
rate=25000000
dir=$(mktemp -d "${TMPDIR:-/tmp}/demo-live.XXXXXX") || exit 1
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$dir" || exit 1
missing=$(net_missing keepalived)
[ -z "$missing" ] || give_up "$missing"
[ -x "$O/tests/live/transfer" ] || give_up "$O/tests/live/transfer is not built"

cat >pf.conf <<-'EOT'
set skip on lo
block all
pass quick on { em0 em2 } proto carp keep state (no-sync)
pass in on em0 from 192.0.2.0/24
pass out on em2 from 192.0.2.0/24
EOT
echo "pf.conf of both, only the client may open connections:"
sed 's/^/    /' pf.conf

echo
echo "== With pfsync"
with_pfsync
net_down
echo
echo "== Without pfsync"
without_pfsync
net_down
echo
echo "demo-live: with pfsync $on; without pfsync it broke"
