#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# A connection goes on through the other firewall when carp(4) hands over, and
# would not without pfsync.

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

# Both firewalls on all networks, A the master.  The client's source is
# translated.  pfsync0 is up unless "alone" is said.
redundant()
{
	vnet_need carp if_bridge
	jails_up
	cable A B
	sync_A=$near sync_B=$far
	address A "$sync_A" sync 1
	address B "$sync_B" sync 2
	net_of LAN 1 client
	lan_A=$a_if
	net_of WAN 2 server
	wan_A=$a_if wan_B=$b_if
	on client route -q add default 192.0.2.254
	on server route -q add default 198.51.100.254
	for host in A B; do
		forwards $host
		eval "wan=\$wan_$host"
		filters $host "nat on $wan inet from 192.0.2.0/24 to any \
		    -> 198.51.100.254"
		on $host sysctl net.inet.carp.preempt=1 >/dev/null
		[ "$1" = alone ] || pfsync_up $host
	done
	[ "$1" = alone ] || in_sync
	wait_for "A to be master" is A MASTER
	wait_for "B to be backup" is B BACKUP
	connect 198.51.100.10 5001
	talk before
	[ "$1" = alone ] || wait_alike \
	    'tcp 198.51.100.254:.*(192.0.2.10:.*ESTABLISHED:ESTABLISHED' 1
}

# B is the master, and the connection goes on through it.
taken_over()
{
	wait_for "B to be master" is B MASTER
	talk after
	talk "and on"
	wait_for "a ping" ping_server
	undemoted B
}

# A is the master, and the connection goes on through it.
taken_back()
{
	wait_for "A to be master again" is A MASTER
	talk again
	undemoted A
	undemoted B
}

# Nothing keeps the firewall from being master.
undemoted()
{
	atf_check_equal 0 "$(on "$1" sysctl -n net.inet.carp.demotion)"
}

atf_test_case cut_off cleanup
cut_off_head()
{
	vnet_head "A connection survives when the master's networks go, and come"
}
cut_off_body()
{
	redundant
	for if in $lan_A $wan_A; do
		on A ifconfig $if down
	done
	taken_over
	for if in $lan_A $wan_A; do
		on A ifconfig $if up
	done
	taken_back
}
cut_off_cleanup()
{
	vnet_down
}

atf_test_case demoted cleanup
demoted_head()
{
	vnet_head "A connection survives when the master steps back"
}
demoted_body()
{
	redundant
	on A sysctl net.inet.carp.demotion=240 >/dev/null
	taken_over
	on A sysctl net.inet.carp.demotion=-240 >/dev/null
	taken_back
}
demoted_cleanup()
{
	vnet_down
}

atf_test_case gone cleanup
gone_head()
{
	vnet_head "A connection survives when the master is no more"
}
gone_body()
{
	redundant
	atf_check jail -r "${net}A"
	taken_over
}
gone_cleanup()
{
	vnet_down
}

connected()
{
	on client netstat -an -p tcp | grep -q '[.]5001 .*ESTABLISHED'
}

atf_test_case without cleanup
without_head()
{
	vnet_head "Without pfsync the connection breaks, so that the rest says \
something"
}
without_body()
{
	redundant alone
	connected || atf_fail "no connection"
	atf_check jail -r "${net}A"
	wait_for "B to be master" is B MASTER
	echo after >&3
	wait_for "the connection to break" not connected
	atf_check_equal 0 "$(grep -c after heard)"
	wait_for "a ping" ping_server
}
without_cleanup()
{
	vnet_down
}

atf_init_test_cases()
{
	for case in cut_off demoted gone without; do
		atf_add_test_case $case
	done
}
