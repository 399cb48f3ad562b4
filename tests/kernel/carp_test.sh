#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# A connection goes on through the other firewall when carp(4) hands over.

. "$(atf_get_srcdir)/vnet.subr"

# bridge INTERFACE...: the host's ends of cables, on one wire.
bridge()
{
	wire=$(ifconfig bridge create) || atf_fail "no bridge"
	echo "$wire" >>interfaces
	for if in "$@"; do
		ifconfig "$wire" addm "$if"
		ifconfig "$if" up
	done
	ifconfig "$wire" up
}

# lead HOST: a cable from the host of the jails; $far is in the jail.
lead()
{
	near=$(ifconfig epair create) || atf_fail "no epair"
	echo "$near" >>interfaces
	far=${near%a}b
	plug "$far" "$1"
}

# shared HOST INTERFACE NETWORK VHID SKEW: an address that moves.
shared()
{
	case $3 in
	LAN) v4=192.0.2.254 ;;
	WAN) v4=198.51.100.254 ;;
	esac
	on "$1" ifconfig "$2" inet $v4/24 alias vhid "$4" advskew "$5" \
	    pass secret ||
	    atf_fail "no CARP on $2 of $1"
}

# net_of NETWORK VHID END: both firewalls and an end on one wire.
net_of()
{
	lead A; a=$near a_if=$far
	lead B; b=$near b_if=$far
	lead "$3"; e=$near e_if=$far
	bridge "$a" "$b" "$e"
	address A "$a_if" "$1" 1
	address B "$b_if" "$1" 2
	address "$3" "$e_if" "$1" 10
	shared A "$a_if" "$1" "$2" 0
	shared B "$b_if" "$1" "$2" 100
}

# is HOST MASTER|BACKUP: on both networks.
is()
{
	[ "$(on "$1" ifconfig | grep -c "carp: $2 ")" -eq 2 ]
}

atf_test_case failover cleanup
failover_head()
{
	vnet_head "A TCP connection and a ping survive the master"
}
failover_body()
{
	vnet_need carp if_bridge
	net=pfsync$$
	echo $net >net
	for host in client server A B; do
		jail_up $host
	done
	cable A B
	sync_A=$near sync_B=$far
	address A "$sync_A" sync 1
	address B "$sync_B" sync 2
	for host in A B; do
		forwards $host
		filters $host
		on $host sysctl net.inet.carp.preempt=1 >/dev/null
	done
	pfsync_up A
	pfsync_up B
	in_sync
	net_of LAN 1 client
	lan_A=$a_if
	net_of WAN 2 server
	wan_A=$a_if
	on client route -q add default 192.0.2.254
	on server route -q add default 198.51.100.254
	wait_for "A to be master" is A MASTER
	wait_for "B to be backup" is B BACKUP

	connect 198.51.100.10 5001
	talk before
	wait_alike 'tcp .*192.0.2.10:.*ESTABLISHED:ESTABLISHED' 2
	on A ifconfig "$lan_A" down
	on A ifconfig "$wan_A" down
	wait_for "B to be master" is B MASTER
	talk after
	talk "and on"
	wait_for "a ping" ping_server

	on A ifconfig "$lan_A" up
	on A ifconfig "$wan_A" up
	wait_for "A to be master again" is A MASTER
	talk again
}
failover_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	atf_add_test_case failover
}
