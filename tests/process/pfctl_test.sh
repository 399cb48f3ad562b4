#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# pfctl against a running hkern: rules and states that are loaded, shown,
# killed and flushed, and what a mistake leaves as it was.

: "${BINDIR:=$(atf_get_srcdir)/../../obj/bin}"
. "$(atf_get_srcdir)/udp.subr"
examples=$(cd "$(atf_get_srcdir)/../captures" && pwd -P)/../../share/examples

start_hkern()
{
	[ -x "$BINDIR/hkern" ] || atf_skip "$BINDIR/hkern is not built"
	PATH=$BINDIR:$PATH HKERN=ctl
	export PATH HKERN
	"$BINDIR/hkern" -c ctl -i em0=unix:em0.here,em0.there >hkern.log 2>&1 &
	echo $! >hkern.pid
	until pfctl -s info >/dev/null 2>&1; do
		kill -0 "$(cat hkern.pid)" 2>/dev/null ||
		    atf_fail "hkern did not come up: $(cat hkern.log)"
	done
}

# -9: it has no time to remove its socket.
stop_hkern()
{
	[ -f hkern.pid ] || return 0
	kill $1 "$(cat hkern.pid)" 2>/dev/null
	wait "$(cat hkern.pid)" 2>/dev/null
	rm -f hkern.pid
}

# Waits until there are so many states: hkern reads packets when it likes.
await_states()
{
	n=0
	until [ "$(pfctl -s states | grep -c udp)" -eq "$1" ]; do
		n=$((n + 1))
		[ $n -lt 500 ] ||
		    atf_fail "not $1 states: $(pfctl -s states)"
	done
}

#
# Without a hosted kernel
#
atf_test_case noaction
noaction_head()
{
	atf_set descr "-n reads a ruleset and needs no kernel"
}
noaction_body()
{
	cat >pf.conf <<-'CONF'
	set skip on lo0
	set limit states 77
	if = "{ em0 em1 }"
	block return on $if
	pass proto tcp from 10/8 to any port { 22 80 }
	CONF
	unset HKERN
	atf_check -e inline:"pf.conf:4:7: warning: no answer is sent: \"block return\" is loaded as \"block drop\"\n" \
	    "$BINDIR/pfctl" -nf pf.conf
	cat >expected <<-'RULES'
	set skip on { lo0 }
	set limit states 77
	@0 block drop on em0 all
	@1 block drop on em1 all
	@2 pass inet proto tcp from 10.0.0.0/8 to any port = ssh flags S/SA keep state
	@3 pass inet proto tcp from 10.0.0.0/8 to any port = http flags S/SA keep state
	RULES
	atf_check -e ignore -o file:expected "$BINDIR/pfctl" -nvvf pf.conf
	atf_check -e match:"^stdin:4:7: warning" -o file:expected \
	    -x "\"$BINDIR/pfctl\" -nvv -f - <pf.conf"
	# Nothing else that is asked for is done either.
	atf_check "$BINDIR/pfctl" -n -d -e -F all -k 10.0.0.1
}

atf_test_case mistakes
mistakes_head()
{
	atf_set descr "Mistakes in arguments and files"
}
mistakes_body()
{
	usage="usage: pfctl [-dehnqv] [-F modifier] [-f file] [-i interface]\n\t[-k host | network] [-s modifier]\n"
	unset HKERN
	pfctl=$BINDIR/pfctl
	atf_check -s exit:1 -e inline:"$usage" "$pfctl"
	atf_check -s exit:1 -e inline:"$usage" "$pfctl" -h
	atf_check -s exit:1 -e inline:"$usage" "$pfctl" -v
	atf_check -s exit:1 -e inline:"pfctl: Unknown show modifier 'nat'\n$usage" \
	    "$pfctl" -s nat
	atf_check -s exit:1 -e inline:"pfctl: Unknown show modifier ''\n$usage" \
	    "$pfctl" -s ''
	atf_check -s exit:1 -e inline:"pfctl: Unknown flush modifier 'statesx'\n$usage" \
	    "$pfctl" -F statesx
	atf_check -s exit:1 -e inline:"pfctl: unknown command line argument: x\n$usage" \
	    "$pfctl" -e x
	atf_check -s exit:1 -e inline:"pfctl: can only specify -k twice\n$usage" \
	    "$pfctl" -k ::1 -k ::2 -k ::3
	atf_check -s exit:1 -e inline:"pfctl: -k label: not an address or network\n" \
	    "$pfctl" -k label -k foo
	atf_check -s exit:1 -e inline:"pfctl: -i a234567890123456: name is too long\n" \
	    "$pfctl" -i a234567890123456 -F states
	atf_check -s exit:1 -e inline:"pfctl: no.conf: No such file or directory\n" \
	    "$pfctl" -nf no.conf
	atf_check -s exit:1 -e inline:"pfctl: .: Is a directory\n" \
	    "$pfctl" -nf .
	printf 'pass in\nblock foo\npass all' >bad.conf
	cat >expected <<-'ERRORS'
	bad.conf:2:7: syntax error near "foo"
	bad.conf:3:9: no newline: is the file cut short? near end of file
	pfctl: Syntax error in config file: pf rules not loaded
	ERRORS
	atf_check -s exit:1 -e file:expected "$pfctl" -nvf bad.conf
	atf_check -s exit:1 -e inline:"pfctl: HKERN is not set: name the control socket of an hkern(8)\n" \
	    "$pfctl" -s info
	atf_check -s exit:1 -e inline:"pfctl: ./none: No such file or directory\n" \
	    env HKERN=./none "$pfctl" -s info
}

atf_test_case examples
examples_head()
{
	atf_set descr "The examples are rulesets, and print as what they are"
}
examples_body()
{
	n=0
	for f in "$examples"/pf.conf* "$examples"/*/pf.conf; do
		atf_check -o save:once "$BINDIR/pfctl" -nvf "$f"
		atf_check -o file:once "$BINDIR/pfctl" -nvf once
		[ -s once ] || atf_fail "$f comes to nothing"
		n=$((n + 1))
	done
	[ $n -ge 2 ] || atf_fail "$n examples in $examples"
}

#
# With one
#
atf_test_case enable cleanup
enable_head()
{
	atf_set descr "-e, -d and what they say"
}
enable_body()
{
	start_hkern
	atf_check -o match:"^Status: Disabled" pfctl -s info
	atf_check -e inline:"pf enabled\n" pfctl -e
	atf_check -o match:"^Status: Enabled for 0 days 00:" pfctl -s info
	atf_check -s exit:1 -e inline:"pfctl: pf already enabled\n" pfctl -e
	atf_check -e inline:"pf disabled\n" pfctl -d
	atf_check -s exit:1 -e inline:"pfctl: pf not enabled\n" pfctl -d
	atf_check pfctl -q -e
	atf_check -e inline:"pf disabled\npf enabled\n" pfctl -e -d
	# A socket that nobody listens on any more.
	stop_hkern -9
	atf_check -s exit:1 -e inline:"pfctl: ctl: Connection refused\n" \
	    pfctl -s info
}
enable_cleanup()
{
	stop_hkern -9
}

atf_test_case rules cleanup
rules_head()
{
	atf_set descr "Rules and settings are loaded, shown and flushed"
}
rules_body()
{
	start_hkern
	cat >pf.conf <<-'CONF'
	set limit states 1234
	set timeout { udp.first 11, tcp.established 3600 }
	block all
	pass in quick on em0 proto udp from 10.0.0.0/8 to any port domain label "dns"
	CONF
	cat >rules <<-'RULES'
	block drop all
	pass in quick on em0 inet proto udp from 10.0.0.0/8 to any port = domain keep state label "dns"
	RULES
	atf_check pfctl -s rules
	# Shown last, in whatever order it was asked for.
	atf_check -o file:rules -e inline:"pf enabled\n" \
	    pfctl -s rules -e -f pf.conf
	atf_check -o file:rules pfctl -s r
	atf_check -o match:"^@1 pass in quick on em0 " \
	    -o match:"^  \[ Evaluations: 0 .* States: 0     \]$" \
	    pfctl -vv -s rules
	atf_check -o inline:"states        hard limit     1234\n" pfctl -s mem
	atf_check -o match:"^tcp.established            3600s$" \
	    -o match:"^udp.first                    11s$" pfctl -s timeouts
	atf_check -o match:"^FILTER RULES:$" -o not-match:"^STATES:$" \
	    -o match:"^INFO:$" -o match:"^TIMEOUTS:$" -o match:"^LIMITS:$" \
	    pfctl -s all
	# What is shown can be loaded.
	pfctl -s rules >again
	atf_check pfctl -f again
	atf_check -o file:rules pfctl -s rules
	# Settings that it does not name are the defaults again.
	atf_check -o inline:"states        hard limit   100000\n" pfctl -s mem

	atf_check -e inline:"rules cleared\n" pfctl -F rules
	atf_check pfctl -s rules
	atf_check pfctl -f pf.conf
	atf_check pfctl -q -F r
	atf_check pfctl -s rules
}
rules_cleanup()
{
	stop_hkern -9
}

atf_test_case bad_file cleanup
bad_file_head()
{
	atf_set descr "A bad file changes nothing, whatever else is asked for"
	atf_set require.progs perl
}
bad_file_body()
{
	start_hkern
	printf 'set limit states 55\nblock\npass in on em0 proto udp\n' >good
	pfctl -q -e -f good || atf_fail "no rules"
	send_udp em0.here 1000 1001
	await_states 2
	pfctl -s rules >rules
	pfctl -s memory >memory
	pfctl -s states >states

	printf 'set limit states 99\npass\npass foo\n' >bad
	for arguments in "-f bad" "-F all -f bad" "-d -f bad" \
	    "-k 10.0.0.1 -f bad" "-n -f bad"; do
		atf_check -s exit:1 -o empty -e inline:'bad:3:6: syntax error near "foo"\npfctl: Syntax error in config file: pf rules not loaded\n' \
		    pfctl $arguments
	done
	# A good one that was cut short within a statement.
	printf 'pass in on em0 from 10.0.0.1' >bad
	atf_check -s exit:1 -o empty -e match:"^bad:1:29: no newline" \
	    pfctl -f bad
	atf_check -s exit:1 -e ignore pfctl -f no-such-file

	atf_check -o file:rules pfctl -s rules
	atf_check -o file:memory pfctl -s memory
	atf_check -o file:states pfctl -s states
	atf_check -o match:"^Status: Enabled" pfctl -s info
}
bad_file_cleanup()
{
	stop_hkern -9
}

atf_test_case states cleanup
states_head()
{
	atf_set descr "States are made, shown, killed and flushed"
	atf_set require.progs perl
}
states_body()
{
	start_hkern
	printf 'block\npass in on em0 proto udp to port 53\n' >pf.conf
	pfctl -q -e -f pf.conf || atf_fail "no rules"
	atf_check pfctl -s states
	send_udp em0.here 1000 1001 1002
	await_states 3
	atf_check -o match:"^all udp 192\.0\.2\.1:53 <- 10\.0\.0\.1:1000       NO_TRAFFIC:SINGLE$" \
	    pfctl -s states
	atf_check -o match:"^   age 00:0.:.., expires in 00:0[01]:.., 1:0 pkts, 32:0 bytes, rule 1$" \
	    -o not-match:"creatorid" pfctl -v -s states
	hostid=$(pfctl -v -s info | sed -n 's/^Hostid:   0x//p')
	atf_check -o match:"^   id: [0-9a-f]{16} creatorid: $hostid$" \
	    pfctl -vv -s states
	atf_check -o match:"^  current entries                        3 " \
	    pfctl -s info
	atf_check -o match:"Packets: 3 .*States: 3 " pfctl -v -s rules
	atf_check -o match:"udp" pfctl -i em0 -s states
	atf_check pfctl -i em9 -s states

	# Loading rules does not touch them.
	atf_check pfctl -f pf.conf
	await_states 3
	atf_check -e inline:"killed 0 states from 1 sources and 0 destinations\n" \
	    pfctl -k 10.0.0.2
	atf_check -e inline:"killed 0 states from 1 sources and 1 destinations\n" \
	    pfctl -k 10.0.0.1 -k 192.0.2.2
	atf_check -e inline:"killed 0 states from 1 sources and 0 destinations\n" \
	    pfctl -k ::1
	await_states 3
	atf_check -e inline:"killed 3 states from 1 sources and 1 destinations\n" \
	    pfctl -k 10.0.0.0/24 -k 192.0.2.0/24
	atf_check pfctl -s states

	send_udp em0.here 1000 1001
	await_states 2
	atf_check -e inline:"killed 2 states from 1 sources and 0 destinations\n" \
	    pfctl -k 0.0.0.0/0
	send_udp em0.here 2000 2001
	await_states 2
	atf_check -e inline:"2 states cleared\n" pfctl -F states
	atf_check pfctl -s states
	send_udp em0.here 3000
	await_states 1
	atf_check -e inline:"rules cleared\n1 states cleared\npf: statistics cleared\n" \
	    pfctl -F all
	atf_check pfctl -s states
	atf_check pfctl -s rules
	atf_check -o match:"^  inserts                                0 " \
	    pfctl -s info
}
states_cleanup()
{
	stop_hkern -9
}

atf_init_test_cases()
{
	atf_add_test_case noaction
	atf_add_test_case mistakes
	atf_add_test_case examples
	atf_add_test_case enable
	atf_add_test_case rules
	atf_add_test_case bad_file
	atf_add_test_case states
}
