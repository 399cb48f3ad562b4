#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# netstat against a running hkern: every counter after an exchange that is
# known to the packet.  The peer is written here, in Perl.

: "${BINDIR:=$(atf_get_srcdir)/../../obj/bin}"

start_hkern()
{
	[ -x "$BINDIR/hkern" ] || atf_skip "$BINDIR/hkern is not built"
	"$BINDIR/hkern" -c a.ctl -i em1=unix:a.em1,b.em1 \
	    -i em0=unix:a.em0,b.em0 >a.log 2>&1 &
	echo $! >a.pid
	until grep -q "^hkern: ready" a.log; do
		kill -0 "$(cat a.pid)" 2>/dev/null ||
		    atf_fail "hkern did not come up: $(cat a.log)"
	done
	HKERN=a.ctl
	export HKERN
}

stop_hkern()
{
	[ -f a.pid ] || return 0
	kill "$(cat a.pid)" 2>/dev/null
	wait "$(cat a.pid)" 2>/dev/null
	rm -f a.pid
}

atf_test_case mistakes cleanup
mistakes_head()
{
	atf_set descr "Usage, other protocols, no hkern, no pfsync0"
}
mistakes_body()
{
	[ -x "$BINDIR/netstat" ] || atf_skip "netstat is not built"
	usage="usage: netstat [--libxo style] -s [-s] [-p pfsync]\n"
	unset HKERN
	atf_check -o inline:"$usage" "$BINDIR/netstat" -h
	for args in "" "-p pfsync" "-s pfsync" "-ss em1"; do
		atf_check -s exit:1 -e inline:"$usage" \
		    -x "\"$BINDIR/netstat\" $args"
	done
	atf_check -s exit:1 -e match:"usage: netstat" "$BINDIR/netstat" -s -r
	atf_check -s exit:1 -e match:"usage: netstat" "$BINDIR/netstat" -sp
	for p in tcp carp pfsync0 PFSYNC; do
		atf_check -s exit:1 \
		    -e inline:"netstat: $p: only pfsync is known here\n" \
		    "$BINDIR/netstat" -s -p $p
	done
	atf_check -s exit:1 -e inline:"netstat: HKERN is not set: name the control socket of an hkern(8)\n" \
	    "$BINDIR/netstat" -s
	atf_check -s exit:1 \
	    -e inline:"netstat: no.ctl: No such file or directory\n" \
	    env HKERN=no.ctl "$BINDIR/netstat" -s
	start_hkern
	atf_check -s exit:1 \
	    -e inline:"netstat: interface pfsync0 does not exist\n" \
	    "$BINDIR/netstat" -s
	atf_check "$BINDIR/ifconfig" pfsync0 create
	atf_check -o inline:"pfsync:\n" "$BINDIR/netstat" -ssp pfsync
	kill -9 "$(cat a.pid)"
	wait "$(cat a.pid)" 2>/dev/null
	atf_check -s exit:1 -e inline:"netstat: a.ctl: Connection refused\n" \
	    "$BINDIR/netstat" -s
}
mistakes_cleanup()
{
	stop_hkern
}

# The peer.  Prints how many packets it sent, how many it received, and the
# messages in these by action: "in N", "out N", "act A N".
write_peer()
{
	cat >peer.pl <<'PERL'
use strict;
use Socket;

my ($v4, $v6) = (0, 0);
my %got;
my $tool = $ENV{IFCONFIG};

sub sum {
	my $s = 0;
	$s += $_ for unpack("n*", $_[0]);
	$s = ($s & 0xffff) + ($s >> 16) while $s >> 16;
	return ~$s & 0xffff;
}

socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
bind($s, sockaddr_un("b.em1")) or die "bind: $!";

# Blocks while the receiver has no room.
sub out {
	my ($pkt, $to) = @_;
	send($s, $pkt, 0, sockaddr_un($to || "a.em1")) or die "send: $!";
}

sub raw {
	my ($frame, %o) = @_;
	my @ip = (0x45, 0x10, 20 + length($frame), 1, 0x4000,
	    $o{ttl} // 255, 240, 0, 192, 0, 2, 2, 224, 0, 0, 240);
	$ip[7] = sum(pack("CCnnnCCnC8", @ip));
	out(pack("CCnnnCCnC8", @ip) . $frame, $o{to});
	$v4++;
}

sub header { pack("CCna16", $_[1] // 5, 0, 20 + length($_[0]), "") . $_[0] }
sub msgs { my ($act, @m) = @_; pack("CCn", $act, 0, scalar(@m)) . join("", @m) }
my $eof = pack("CCn", 12, 0, 1);
sub frame { header(msgs(@_) . $eof) }
sub key { pack("NNa4", 0, $_[0], $_[0] ? "BBBB" : "") }
sub bus { pack("a4NCx3", "BBBB", 0, $_[0]) }
sub node { pack("x24 C x7", $_[0]) }
sub upd_c { pack("NN", 0, $_[0]) . node($_[1]) . node($_[2]) .
    pack("a4NCx3", "BBBB", 60, 8) }

# A UDP state: id, port, and what is not as usual.
sub state {
	my ($id, $port, %o) = @_;
	my $key = pack("C4x12C4x12nn", 10, 0, 0, 1, 192, 0, 2, 1, $port, 53);
	my $st = pack("NNa16", 0, $id, $o{ifname} // "em0") . $key . $key .
	    node($o{src} // 2) . node(1) . ("\0" x 16) .
	    pack("NNNNN", ~0 & 0xffffffff, ~0 & 0xffffffff,
	    ~0 & 0xffffffff, 1, 60) . ("\0" x 32) . ($o{by} // "BBBB") .
	    pack("CCCx4CCC", 2, $o{proto} // 17, 1, $o{timeout} // 8, 0, 0);
	die length($st) if length($st) != 242;
	return $st if $o{1301};
	return $st . pack("x8NCCnCCCa16", $o{rtable} // 0, 0, 0, 0, 0, 0,
	    $o{rt} // 0, "");
}

# Format 1500 begins as the others do, and has a tag.
sub tagged {
	my ($id, $port, $tag) = @_;
	my $st = substr(state($id, $port, 1301 => 1), 0, 232) .
	    pack("a64x16x16Nx12C8x8", $tag, 0, 2, 2, 2, 17, 17, 0, 8, 1);
	die length($st) if length($st) != 360;
	return $st;
}

# Takes in one packet of hkern's.
sub in {
	recv($s, my $pkt, 65536, 0) // die "recv: $!";
	$got{packets}++;
	my %size = (0, 20, 1, 242, 2, 12, 3, 242, 4, 84, 5, 12, 6, 242, 7, 12,
	    10, 12, 12, 0, 13, 277, 14, 277);
	for (my $at = 40; $at < length($pkt); ) {
		my ($act, $n) = unpack("Cxn", substr($pkt, $at, 4));
		$got{$act} += $n;
		$got{end} = 1 if $act == 10 &&
		    unpack("x12C", substr($pkt, $at, 16)) == 2;
		$at += 4 + $n * $size{$act};
	}
}

alarm(120);
raw(frame(5, key(0)));				# while it is down
system($tool, "pfsync0", "up") == 0 or die;
in() until $got{5};
raw(frame(10, bus(2)));				# hkern is in sync
raw(frame(5, key(0)), ttl => 254);
raw(frame(5, key(0)), ttl => 1);
raw("\5\0\0\12" . "\0" x 6);			# shorter than a header
raw(header($eof, 7));
raw(header($eof, 4));
raw(header($eof) . "x");			# length
raw(header(pack("CCn", 7, 0, 2) . key(1) . $eof . "\0" x 3));	# count
raw(header(pack("CCn", 7, 0, 0) . $eof));
raw(header(msgs(7, key(1))));			# no EOF
raw(header($eof . $eof));
raw(header(pack("CCn", 12, 0, 2)));
raw(frame(17, key(1)));				# actions
raw(frame(8, key(1)));
raw(frame(10, bus(3)));				# value
raw(frame(5, key(0)), to => "a.em0");		# not the syncdev
raw(frame(7, key(1), key(2)));			# unknown twice
raw(frame(5, key(0), key(0)));			# the second one too soon
in() until $got{end};
raw(frame(5, key(3)));				# unknown
raw(frame(2, key(4)));
raw(frame(13, state(10, 1000)));		# taken
raw(frame(13, state(11, 1000, by => "CCCC")));	# its key is taken
raw(frame(13, state(12, 1001)));		# beyond the limit of 1
raw(frame(1, state(13, 1002, ifname => "em9", 1301 => 1)));
raw(frame(13, state(14, 1003, rtable => 7)));
raw(frame(13, state(15, 1004, rt => 1)));
raw(frame(15, tagged(17, 1006, "blue")));
raw(frame(13, state(16, 1005, timeout => 20)));
raw(frame(14, state(10, 1000)));		# nothing new
raw(frame(3, state(10, 1000, src => 1, 1301 => 1)));	# stale: told so
in() until $got{4};
raw(frame(4, upd_c(10, 9, 1)));			# no such state of UDP
raw(frame(4, upd_c(20, 2, 1)));			# unknown: asked for
my $asked = $got{5};
in() until $got{5} > $asked;
raw(frame(7, key(10)));				# taken away
raw(frame(0, pack("a16a4", "", "BBBB")));
out(pack("NnCCx8a8x8a8", 0x60000000, length(frame(5, key(0))), 240, 255, "a",
    "b") . frame(5, key(0)));			# IPv6, to hkern itself
$v6++;
$got{end} = 0;
in() until $got{end};

print "in $v4\nin6 $v6\nout $got{packets}\n";
print "act $_ ", $got{$_} // 0, "\n" for 0 .. 16;
PERL
}

atf_test_case counters cleanup
counters_head()
{
	atf_set descr "Every counter after a known exchange"
	atf_set require.progs "perl jq"
}
counters_body()
{
	write_peer
	start_hkern
	echo "set limit states 1" >pf.conf
	atf_check "$BINDIR/pfctl" -q -f pf.conf
	atf_check "$BINDIR/ifconfig" pfsync0 create version 1400 syncdev em1
	IFCONFIG=$BINDIR/ifconfig perl peer.pl >peer.log || atf_fail "peer"
	cat peer.log

	# hkern reads packets when it likes.
	end=$(($(date +%s) + 60))
	until "$BINDIR/netstat" -s | awk -v n="$(awk '/^in / { print $2 }' peer.log)" '
		/ packets received \(IPv4\)$/ { four = $1 == n }
		/ packets? received \(IPv6\)$/ { six = $1 == 1 }
		END { exit !(four && six) }'; do
		[ "$(date +%s)" -lt $end ] ||
		    atf_fail "not all were read: $("$BINDIR/netstat" -ss)"
	done

	printf '%b' "$(cat <<-'LINES'
	pfsync:
	1 35 packets received (IPv4)
	1 1 packet received (IPv6)
	2 1 clear all request received
	2 1 state insert received
	2 1 state inserted ack received
	2 1 state update received
	2 2 compressed state updates received
	2 4 uncompressed state requests received
	2 0 state deletes received
	2 3 compressed state deletes received
	2 0 fragment inserts received
	2 0 fragment deletes received
	2 1 bulk update mark received
	2 0 TDB replay counter updates received
	2 20 end of frame marks received
	2 6 state inserts (1400) received
	2 1 state update (1400) received
	2 1 state insert (1500) received
	2 0 state updates (1500) received
	2 1 packet discarded while down
	2 1 packet discarded for bad interface
	2 2 packets discarded for bad ttl
	2 1 packet shorter than header
	2 2 packets discarded for bad version
	2 0 packets discarded for bad HMAC
	2 2 packets discarded for bad action
	2 6 packets discarded for short packet
	3 1 packet not as long as its header says
	3 2 packets too short for their messages
	3 3 packets without one end of frame mark at their ends
	2 2 states discarded for bad values
	3 1 packet with a value out of range
	3 1 state contradicting its protocol
	2 1 stale state
	2 11 failed state lookup/inserts
	3 4 unknown states
	3 1 state of an unknown interface
	3 1 state of an unknown routing table
	3 1 state of an unknown tag
	3 1 state of an unknown route
	3 1 state of an unknown protocol
	3 1 state with the key of another
	3 1 state beyond the state limit
	3 0 states without memory for them
	2 0 packets that said it again in another version
	2 1 request, clear or update ignored, too soon
	LINES
	)\n" >expected
	sed -i 's/^3 /\t\t\t/; s/^2 /\t\t/; s/^1 /\t/' expected
	# What hkern sent is what the peer received: a request that was not
	# answered soon enough is sent again.
	awk '
	function line(depth, n, one, many) {
		printf "%s%d %s\n", substr("\t\t\t", 1, depth), n,
		    n == 1 ? one : many
	}
	$1 == "out" { out = $2 }
	$1 == "act" { act[$2] = $3 }
	END {
		line(1, out, "packet sent (IPv4)", "packets sent (IPv4)")
		line(1, 0, "", "packets sent (IPv6)")
		split("clear all request,state insert,state inserted ack," \
		    "state update,compressed state update," \
		    "uncompressed state request,state delete," \
		    "compressed state delete,fragment insert," \
		    "fragment delete,bulk update mark," \
		    "TDB replay counter update,end of frame mark", name, ",")
		for (i = 0; i <= 12; i++)
			line(2, act[i], name[i + 1] " sent",
			    name[i + 1] "s sent")
		line(2, act[13], "state insert (1400) sent",
		    "state inserts (1400) sent")
		line(2, act[14], "state update (1400) sent",
		    "state updates (1400) sent")
		line(2, act[15], "state insert (1500) sent",
		    "state inserts (1500) sent")
		line(2, act[16], "state update (1500) sent",
		    "state updates (1500) sent")
		line(2, 0, "", "sends failed due to mbuf memory error")
		line(2, 0, "", "send errors")
		line(2, 0, "", "packets sent again after a failure")
		line(2, 0, "", "messages lost for want of room")
		line(2, 0, "", "updates merged into ones not yet sent")
		line(2, 0, "", "inserts deleted before they were sent")
		line(2, 0, "", "values left out that another system does not know")
		line(2, 0, "", "messages not sent in a version without words for them")
		line(2, 0, "", "messages of another host with our host id")
		line(2, 0, "", "losses that the network reported")
		line(2, 0, "", "packets held for their states")
		line(3, 0, "", "packets sent when a peer had it")
		line(3, 0, "", "packets sent when their time was up")
		line(3, 0, "", "packets sent to make room for others")
		line(3, 0, "", "packets dropped with their states")
		line(2, 0, "", "inserts sent again for held packets")
	}' peer.log >>expected
	atf_check -o file:expected "$BINDIR/netstat" -s
	atf_check -o file:expected "$BINDIR/netstat" -s -p pfsync
	awk '/^pfsync:/ || $1 != 0' expected >nonzero
	atf_check -o file:nonzero "$BINDIR/netstat" -ss
	atf_check -o file:nonzero "$BINDIR/netstat" -s -p pfsync -s
	# For machines: the same numbers in the same order, each with a name.
	"$BINDIR/netstat" --libxo json -s >json || atf_fail "--libxo json"
	awk '!/^pfsync:/ { print $1 }' expected >numbers
	atf_check -o file:numbers jq '.statistics.pfsync | .. | numbers' json
	atf_check -o inline:'["1",35,1,2,11,4,1,0]\n' jq -c '[.__version,
	    (.statistics.pfsync | ."received-inet-packets",
	    ."received-inet6-packets", ."dropped-bad-ttl",
	    ."dropped-failed-lookup", ."dropped-unknown-state",
	    ."dropped-unknown-interface", ."sent-again")]' json
	atf_check -o inline:'{"name":"compressed-state-delete","count":3}\n' \
	    jq -c '.statistics.pfsync."input-histogram"[7]' json
	"$BINDIR/netstat" -ss --libxo=json,pretty >json ||
	    atf_fail "--libxo=json,pretty"
	awk '!/^pfsync:/ { print $1 }' nonzero >numbers
	atf_check -o file:numbers jq '.statistics.pfsync | .. | numbers' json
	# The peer was answered in all the ways it asked for.
	atf_check -o inline:"act 4 1\nact 10 4\n" \
	    grep -E '^act (4|10) ' peer.log
}
counters_cleanup()
{
	stop_hkern
}

# counted pattern: how many, in the line that is like that.
counted()
{
	"$BINDIR/netstat" -s | awk -v re="$1" '$0 ~ re { print $1; exit }'
}

atf_test_case inet6 cleanup
inet6_head()
{
	atf_set descr "Packets over IPv6 are counted as such, on both ends"
}
inet6_body()
{
	start_hkern
	"$BINDIR/hkern" -c b.ctl -i em1=unix:b.em1,a.em1 >b.log 2>&1 &
	echo $! >b.pid
	until grep -q "^hkern: ready" b.log; do
		kill -0 "$(cat b.pid)" 2>/dev/null || atf_fail "$(cat b.log)"
	done
	for HKERN in a.ctl b.ctl; do
		atf_check "$BINDIR/ifconfig" pfsync0 create syncdev em1 \
		    syncpeer ff12::f0
	done
	for HKERN in a.ctl b.ctl; do
		atf_check "$BINDIR/ifconfig" pfsync0 up
	done
	end=$(($(date +%s) + 60))
	for HKERN in a.ctl b.ctl; do
		until "$BINDIR/ifconfig" pfsync0 | grep -q "in sync"; do
			[ "$(date +%s)" -lt $end ] || atf_fail "not in sync"
			sleep 0.1
		done
	done
	for HKERN in a.ctl b.ctl; do
		atf_check_equal 0 "$(counted "received .IPv4")"
		atf_check_equal 0 "$(counted "sent .IPv4")"
	done
	HKERN=a.ctl
	sent=$(counted "sent .IPv6")
	[ "$sent" -ge 3 ] || atf_fail "a request, a start and an end: $sent"
	HKERN=b.ctl
	# Nobody has anything more to say.
	atf_check_equal "$sent" "$(counted "received .IPv6")"
}
inet6_cleanup()
{
	stop_hkern
	[ ! -f b.pid ] || kill "$(cat b.pid)" 2>/dev/null
	:
}

atf_init_test_cases()
{
	atf_add_test_case mistakes
	atf_add_test_case counters
	atf_add_test_case inet6
}
