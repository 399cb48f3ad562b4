#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The real tcpdump with the printer of pfsync: Debian's sources, fetched by apt
# and built once, into $O/tcpdump.

. "$(atf_get_srcdir)/pfsyncdump.subr"

top=$(readlink -f "$(atf_get_srcdir)/../captures")/../..
built=$BINDIR/../tcpdump

# apt-get with lists of its own, of source packages: the system's are left
source_get()
{
	apt-get -q -o Dir::Etc::sourcelist="$PWD/apt/list" \
	    -o Dir::Etc::sourceparts="$PWD/apt/parts" \
	    -o Dir::State::lists="$PWD/apt/lists" \
	    -o Dir::Cache="$PWD/apt/cache" -o APT::Sandbox::User=root "$@"
}

# The system's sources, as those of source packages
source_lists()
{
	local f

	mkdir -p apt/parts apt/lists/partial apt/cache/archives/partial
	: >apt/list
	[ ! -f /etc/apt/sources.list ] ||
	    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >apt/list
	for f in /etc/apt/sources.list.d/*.list; do
		[ ! -f "$f" ] ||
		    sed -n 's/^deb /deb-src /p' "$f" >>apt/list
	done
	for f in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$f" ] || sed 's/^Types:.*/Types: deb-src/' "$f" \
		    >"apt/parts/${f##*/}"
	done
}

# Two tests may ask at once: who comes second waits.  What the tree is made of
# is remembered, so that a changed printer is built anew.
build_tcpdump()
{
	local stamp

	stamp=$(cat "$top"/sbin/tcpdump/* 2>/dev/null | cksum)
	mkdir -p "$built"
	exec 9>"$built/lock"
	flock 9
	if [ -x "$built/src/tcpdump" ] &&
	    [ "$(cat "$built/stamp" 2>/dev/null)" = "$stamp" ]; then
		exec 9>&-
		return
	fi
	[ -d "$built/pristine" ] || fetch_tcpdump
	rm -rf "$built/src"
	cp -R "$built/pristine" "$built/src"
	atf_check sh "$top/sbin/tcpdump/hook.sh" "$built/src"
	(cd "$built/src" && ./configure --quiet CFLAGS=-O1 &&
	    make -s -j2) >build.log 2>&1 9>&- || {
		tail -n 30 build.log >&2
		atf_fail "tcpdump does not build with the printer"
	}
	echo "$stamp" >"$built/stamp"
	exec 9>&-
}

fetch_tcpdump()
{
	command -v apt-get >/dev/null || atf_skip "no apt-get here"
	command -v dpkg-source >/dev/null || atf_skip "no dpkg-source here"
	source_lists
	source_get update >apt.log 2>&1 9>&- ||
	    atf_skip "apt-get has no source packages: $(tail -n 1 apt.log)"
	source_get source tcpdump >apt.log 2>&1 9>&- ||
	    atf_skip "no source package of tcpdump: $(tail -n 1 apt.log)"
	mv tcpdump-[0-9]*/ "$built/pristine" || atf_fail "where is the source?"
}

# One savefile per link type: Ethernet, and what pfsync0 itself is.  On Linux
# libpcap has no filter, not even none, for 18, and tcpdump always asks for one.
make_captures()
{
	local mac type p

	mac=01005e0000f00200000000010800
	{
		savefile 1
		for p in "$(every_v5)" "$(every_v6)" $(every_v3) $(bad_frames); do
			frame "$mac$(ip4 "$p")"
			frame "${mac%0800}86dd$(ip6 "$p")"
		done
	} | unhex >every.pcap
	for type in 121 246; do
		{
			savefile $type
			for p in "$(every_v5)" "$(every_v6)" $(every_v3); do
				frame "$p"
			done
			frame "$(ip4 "$(every_v6)")"
		} | unhex >if$type.pcap
	done
}

atf_test_case prints
prints_head()
{
	atf_set descr "tcpdump prints every packet as pfsyncdump does"
	atf_set timeout 600
}
prints_body()
{
	need_pfsyncdump
	build_tcpdump
	make_captures
	for f in "$freebsd.pcap" "$netbsd.pcap" every.pcap if121.pcap \
	    if246.pcap; do
		for v in '' -v -vv -vvv -e -x; do
			dump -tn $v -r "$f" >ours || atf_fail "pfsyncdump failed"
			"$built/src/tcpdump" -tn $v -r "$f" >all 2>err ||
			    atf_fail "tcpdump failed: $(cat err)"
			# Other packets are in the captures, too.
			awk '/^[^\t ]/ { if (p ~ /PFSYNC/) printf "%s", p; p = "" }
			    { p = p $0 "\n" }
			    END { if (p ~ /PFSYNC/) printf "%s", p }' all >theirs
			[ -s theirs ] || atf_fail "nothing printed of $f"
			atf_check -o file:ours cat theirs
		done
	done
}

atf_test_case own_tests
own_tests_head()
{
	atf_set descr "tcpdump passes its own tests, but of protocol 240"
	atf_set timeout 600
}
own_tests_body()
{
	need_pfsyncdump
	build_tcpdump
	cp -R "$built/src" own
	cd own || atf_fail "no copy"
	make -s check >../log 2>&1
	cd ..
	grep -q '[1-9][0-9]* tests passed' log || {
		tail -n 20 log >&2
		atf_fail "the tests did not run"
	}
	# A failure must be one of a sample in which there is protocol 240, and
	# nothing else may differ.
	sed -n 's/^ *\([^ ]*\) *: TEST FAILED.*/\1/p' log >failed
	while read -r name; do
		grep '^[-+] ' "own/tests/DIFF/$name.out.diff" >diff ||
		    atf_fail "$name failed"
		atf_check -s exit:1 grep -v -e ' (240), ' -e 'ip-proto-240 ' \
		    -e 'PFSYNCv[0-9]' diff
	done <failed
	n=$(sed -n 's/^ *\([0-9]*\) tests failed.*/\1/p' log)
	atf_check_equal "$n" "$(grep -c . failed)"
}

atf_init_test_cases()
{
	atf_add_test_case prints
	atf_add_test_case own_tests
}
