#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# hkern as a process: how it starts and ends, what it leaves behind, what it
# says of an option it cannot use, and clients that do not play by the rules.

: "${BINDIR:=$(atf_get_srcdir)/../../obj/bin}"

need_hkern()
{
	for tool in hkern pfctl "$@"; do
		[ -x "$BINDIR/$tool" ] || atf_skip "$BINDIR/$tool is not built"
	done
	PATH=$BINDIR:$PATH
	export PATH
}

# start NAME OPTION...: an hkern with the control socket NAME.ctl.  Comes back
# when it has said that it is ready.
start()
{
	name=$1
	shift
	: >"$name.out"
	hkern -c "$name.ctl" "$@" >"$name.out" 2>"$name.err" &
	echo $! >"$name.pid"
	until grep -q ready "$name.out"; do
		kill -0 "$(cat "$name.pid")" 2>/dev/null ||
		    atf_fail "hkern did not come up: $(cat "$name.err")"
	done
}

# stop NAME SIGNAL STATUS: and the status it ends with.
stop()
{
	kill "-$2" "$(cat "$1.pid")"
	wait "$(cat "$1.pid")"
	atf_check_equal "$3" $?
	rm "$1.pid"
}

stop_all()
{
	for f in *.pid; do
		[ ! -f "$f" ] || kill -KILL "$(cat "$f")" 2>/dev/null
	done
	:
}

alive()
{
	HKERN=$1.ctl atf_check -o match:"^Status: " pfctl -s info
}

# refused MESSAGE OPTION...: one line, status 1, and nothing left behind.
refused()
{
	message=$1
	shift
	mkdir -p empty
	(cd empty && atf_check -s exit:1 -e inline:"hkern: $message\n" \
	    hkern -c ctl "$@") || atf_fail "hkern $*"
	atf_check find empty -mindepth 1
}

# As somebody who may do nothing.
nobody()
{
	[ "$(id -u)" -ne 0 ] || set -- setpriv --reuid=65534 --regid=65534 \
	    --clear-groups "$@"
	"$@"
}

need_nobody()
{
	[ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null ||
	    atf_skip "root cannot put its privilege aside: no setpriv"
	mkdir -m 777 open
	cp "$BINDIR/hkern" open/hkern
	(cd open && nobody ./hkern -h >/dev/null 2>&1) ||
	    atf_skip "nobody cannot run programs in $PWD"
}

atf_test_case lifetime cleanup
lifetime_head()
{
	atf_set descr "It says when it is ready, and cleans up when told to end"
}
lifetime_body()
{
	need_hkern
	for signal in TERM INT; do
		start a -i em1=unix:a.em1,b.em1 -w a.pcap
		atf_check -o inline:"hkern: ready, control socket a.ctl\n" \
		    cat a.out
		atf_check test -S a.ctl
		atf_check test -S a.em1
		alive a
		stop a $signal 0
		atf_check test ! -e a.ctl
		atf_check test ! -e a.em1
		atf_check cat a.err
	done
	# The environment names it as well.
	HKERN=e.ctl atf_check -s exit:1 \
	    -e inline:"hkern: em1: unknown kind of link \"x\"\n" \
	    hkern -i em1=x
}
lifetime_cleanup()
{
	stop_all
}

atf_test_case in_use cleanup
in_use_head()
{
	atf_set descr "A second one is refused, and the first loses nothing"
}
in_use_body()
{
	need_hkern
	start a -i em1=unix:a.em1,b.em1 -w a.pcap
	atf_check test -s a.pcap
	cp a.pcap before
	echo more >>a.pcap
	atf_check -s exit:1 -e inline:"hkern: a.ctl: control socket in use\n" \
	    hkern -c a.ctl -i em1=unix:c.em1,b.em1 -w a.pcap
	atf_check test "$(wc -c <a.pcap)" -gt "$(wc -c <before)"
	atf_check test ! -e c.em1
	alive a
	atf_check -s exit:1 \
	    -e inline:"hkern: em1: unix:a.em1,b.em1: Address already in use\n" \
	    hkern -c c.ctl -i em1=unix:a.em1,b.em1
	atf_check test -S a.em1
	atf_check test ! -e c.ctl
	alive a
	stop a TERM 0
	echo mine >file
	atf_check -s exit:1 -e inline:"hkern: file: File exists\n" \
	    hkern -c file
	atf_check -o inline:"mine\n" cat file
}
in_use_cleanup()
{
	stop_all
}

atf_test_case killed cleanup
killed_head()
{
	atf_set descr "What one that was killed left behind is replaced"
}
killed_body()
{
	need_hkern
	start a -i em1=unix:a.em1,b.em1
	stop a KILL 137
	atf_check test -S a.ctl
	atf_check test -S a.em1
	start a -i em1=unix:a.em1,b.em1
	alive a
	stop a TERM 0
	atf_check test ! -e a.ctl
}
killed_cleanup()
{
	stop_all
}

atf_test_case capture cleanup
capture_head()
{
	atf_set descr "-w writes what pfsync sends, as pfsyncdump reads it"
}
capture_body()
{
	need_hkern ifconfig pfsyncdump
	start a -i em1=unix:a.em1,b.em1 -w a.pcap
	start b -i em1=unix:b.em1,a.em1 -w b.pcap
	HKERN=a.ctl atf_check ifconfig pfsync0 create syncdev em1 up
	HKERN=b.ctl atf_check ifconfig pfsync0 create syncdev em1 up
	until pfsyncdump -vr b.pcap 2>/dev/null | grep -q "BUS status end"; do
		kill -0 "$(cat a.pid)" "$(cat b.pid)" ||
		    atf_fail "an hkern has died"
	done
	stop a TERM 0
	stop b TERM 0
	atf_check -e ignore -o match:"224.0.0.240" pfsyncdump -r a.pcap
	atf_check -e ignore -o match:"224.0.0.240" pfsyncdump -r b.pcap
}
capture_cleanup()
{
	stop_all
}

atf_test_case hostid cleanup
hostid_head()
{
	atf_set descr "-H, decimal and hexadecimal; drawn without it"
}
hostid_body()
{
	need_hkern pfctl
	for id in 0x1234abcd:0x1234abcd 10:0x0000000a; do
		start a -H "${id%:*}"
		HKERN=a.ctl atf_check -o match:"${id#*:}" pfctl -v -s info
		stop a TERM 0
	done
	for n in 1 2; do
		start a
		HKERN=a.ctl pfctl -v -s info | grep -i hostid >$n.id
		stop a TERM 0
		atf_check -o match:"0x[0-9a-f]{8}" cat $n.id
	done
	atf_check -s exit:1 cmp -s 1.id 2.id
}
hostid_cleanup()
{
	stop_all
}

atf_test_case mistakes
mistakes_head()
{
	atf_set descr "Each bad option gets one line that names it"
}
mistakes_body()
{
	need_hkern
	refused "-i em1: not interface=link" -i em1
	refused "-i =unix:a,b: no interface name of 1 to 15 characters" \
	    -i =unix:a,b
	refused "-i abcdefghijklmnop=unix:a,b: no interface name of 1 to 15 characters" \
	    -i abcdefghijklmnop=unix:a,b
	refused 'em1: unknown kind of link "tap"' -i em1=tap
	refused "em1: unix:a: no peer" -i em1=unix:a
	refused "em1: unix:no/a,b: No such file or directory" \
	    -i em1=unix:no/a,b
	refused "raw link on nonesuch0: No such device" -i em1=raw:nonesuch0
	refused "pfsync0: Invalid argument" -i pfsync0=unix:a,b
	refused "em1: File exists" -i em1=unix:a,b -i em1=unix:c,d
	refused "-r 10.0.0.0/8: not prefix=interface" -r 10.0.0.0/8
	refused "-r 10/8=em1: 10 is not an address" -r 10/8=em1
	refused "-r: prefix length 33: not a number from 0 to 32" \
	    -r 10.0.0.0/33=em1
	refused "-r: route to em1: No such device or address" \
	    -r 10.0.0.0/8=em1
	refused "-n 0: not a number from 1 to 64" -n 0
	refused "-n 65: not a number from 1 to 64" -n 65
	refused "-n -1: not a number from 1 to 64" -n -1
	refused "-n  2: not a number from 1 to 64" -n " 2"
	refused "-n 2x: not a number from 1 to 64" -n 2x
	refused "-q 65536: not a number from 0 to 65535" -q 65536
	refused "-H 0: not a number from 1 to 4294967295" -H 0
	refused "no/file: No such file or directory" -w no/file
	unset HKERN
	atf_check -s exit:1 \
	    -e inline:"hkern: no control socket: use -c or set HKERN\n" hkern
	atf_check -s exit:1 \
	    -e inline:"hkern: no/ctl: No such file or directory\n" \
	    hkern -c no/ctl
	long=$(printf '%0120d' 0)
	atf_check -s exit:1 -e inline:"hkern: $long: File name too long\n" \
	    hkern -c "$long"
	atf_check -s exit:1 -e match:"^usage: hkern " hkern -x
	atf_check -s exit:1 -e match:"^usage: hkern " hkern -c ctl extra
	atf_check -o match:"^usage: hkern " hkern -h
}

atf_test_case unprivileged cleanup
unprivileged_head()
{
	atf_set descr "What needs root says so"
}
unprivileged_body()
{
	need_hkern
	need_nobody
	cd open || exit 1
	atf_check -s exit:1 \
	    -e inline:"hkern: raw link on lo: Operation not permitted (needs root or CAP_NET_RAW)\n" \
	    -x "$(nobody_command) ./hkern -c ctl -i em1=raw:lo"
	atf_check -s exit:1 -e match:"^hkern: queue 0: (Operation not permitted \
\(needs root, and nobody else on the queue\)|this hkern was built without \
libnetfilter_queue)$" \
	    -x "$(nobody_command) ./hkern -c ctl -q 0"
	atf_check test ! -e ctl
	atf_check -s exit:1 -e match:"^hkern: TUN device pfsync0: \
(Operation not permitted|Permission denied|No such file or directory)$" \
	    -x "$(nobody_command) ./hkern -c ctl -T"
	atf_check test ! -e ctl
}
unprivileged_cleanup()
{
	stop_all
}
nobody_command()
{
	[ "$(id -u)" -ne 0 ] || echo "setpriv --reuid=65534 --regid=65534" \
	    --clear-groups
}

atf_test_case bad_clients cleanup
bad_clients_head()
{
	atf_set descr "Garbage and half requests on the control socket harm" \
	    "nobody else"
}
bad_clients_body()
{
	need_hkern
	command -v perl >/dev/null || atf_skip "perl is missing"
	start a -i em1=unix:a.em1,b.em1
	mkfifo held
	perl -e '
		use Socket;
		my @keep;
		for my $n (0 .. 39) {
			socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
			connect($s, sockaddr_un("a.ctl")) or die "connect: $!";
			my $junk = $n % 4 == 0 ? "x" x 1000 :
			    $n % 4 == 1 ? "\1" :
			    $n % 4 == 2 ? pack("L3", 0x686b3032, 12, 8 << 20) :
			    pack("L3", 0x686b3032, 0xffffffff, 0);
			send($s, $junk, MSG_NOSIGNAL);
			push @keep, $s;
		}
		open(my $f, ">", "held") or die;
		sleep 600;' 2>perl.err &
	echo $! >perl.pid
	# They are connected when the other end of the FIFO opens.
	: <held
	for i in 1 2 3; do
		alive a
	done
	# One that asks until no more is taken, and reads none of the answers.
	mkfifo stuck
	perl -e '
		use Socket;
		socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
		connect($s, sockaddr_un("a.ctl")) or die "connect: $!";
		my $w = "";
		vec($w, fileno($s), 1) = 1;
		send($s, pack("L3", 0x686b3032, 0, 0), MSG_NOSIGNAL) or last
		    while select(undef, my $r = $w, undef, 1) > 0;
		open(my $f, ">", "stuck") or die;
		sleep 600;' 2>perl2.err &
	echo $! >perl2.pid
	: <stuck
	alive a
	kill "$(cat perl2.pid)"
	kill "$(cat perl.pid)"
	alive a
	stop a TERM 0
	atf_check cat a.err
}
bad_clients_cleanup()
{
	stop_all
}

atf_init_test_cases()
{
	atf_add_test_case lifetime
	atf_add_test_case in_use
	atf_add_test_case killed
	atf_add_test_case capture
	atf_add_test_case hostid
	atf_add_test_case mistakes
	atf_add_test_case unprivileged
	atf_add_test_case bad_clients
}
