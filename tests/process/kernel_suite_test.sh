#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The suite for real kernels (tests/kernel) where there is none: every script is
# in its Kyuafile, and every case is skipped and says why.

suite=$(cd "$(atf_get_srcdir)/../captures" && pwd -P)/../kernel

atf_test_case listed
listed_head()
{
	atf_set descr "Every script is executable and in the Kyuafile"
	atf_set require.progs kyua
}
listed_body()
{
	(cd "$suite" && ls *_test.sh) >there
	kyua list -k "$suite/Kyuafile" >list ||
	    atf_fail "kyua does not understand the Kyuafile"
	sed 's/:.*//' list | sort -u >listed
	atf_check diff there listed
}

atf_test_case skipped
skipped_head()
{
	atf_set descr "No case runs here, and each says why"
	atf_set require.progs atf-sh
}
skipped_body()
{
	case $(uname -s) in
	FreeBSD | NetBSD) atf_skip "here they may run" ;;
	esac
	cases=0
	for script in "$suite"/*_test.sh; do
		for case in $(atf-sh "$script" -s"$suite" -l |
		    sed -n 's/^ident: //p'); do
			atf-sh "$script" -s"$suite" -r result "$case" \
			    >out 2>&1
			atf_check -o match:"^skipped: .*(not FreeBSD|README)" \
			    cat result
			cases=$((cases + 1))
		done
	done
	atf_check test $cases -gt 20
}

atf_init_test_cases()
{
	atf_add_test_case listed
	atf_add_test_case skipped
}
