#! /usr/bin/env atf-sh
#
# SPDX-License-Identifier: BSD-2-Clause
#
# The simulator as make soak runs it: what it says at the end, and what of a
# seed that fails.

: "${BINDIR:=$(atf_get_srcdir)/../../obj/bin}"
soak=$BINDIR/../tests/sim/soak

need_soak()
{
	[ -x "$soak" ] || atf_skip "soak is not built"
}

atf_test_case passes
passes_head()
{
	atf_set descr "Seeds that pass: the last line counts them, status 0"
}
passes_body()
{
	need_soak
	atf_check -o save:out "$soak" -s 11 -n 3
	atf_check -o match:'^soak: 3 seeds, 0 failures, [0-9.]* seeds/s$' \
	    tail -n 1 out
}

atf_test_case fails
fails_head()
{
	atf_set descr "Seeds that fail: each shrinks to the step that does it," \
	    "and the command that is printed does the same again"
}
fails_body()
{
	need_soak
	atf_check -s exit:1 -o save:out "$soak" -p close -s 21 -n 2
	atf_check -o match:'^soak: 2 seeds, 2 failures, [0-9.]* seeds/s$' \
	    tail -n 1 out
	atf_check_equal 2 "$(grep -c '^seed [0-9]* failed: pretended: close$' \
	    out)"
	atf_check_equal 2 "$(grep -c \
	    'shrunk from [0-9]* steps to 1: pretended: close$' out)"
	sed -n 's/^  replay: obj\/tests\/sim\/soak //p' out >replays
	atf_check_equal 2 "$(grep -c . replays)"
	while read -r args; do
		seed=${args#*-s }
		atf_check -s exit:1 -o save:again \
		    sh -c "'$soak' $args"
		atf_check -o inline:"seed ${seed%% *}: pretended: close\n" \
		    tail -n 1 again
		# Of the plan one step is taken: what a replay shows as "---".
		atf_check_equal 1 "$(grep -c '^--- .* close ' again)"
		atf_check_equal 1 "$(grep -c '^---' again)"
	done <replays
	# What is not shrunk is only told.
	atf_check -s exit:1 -o not-match:replay -o match:'^seed 21 failed' \
	    "$soak" -q -p close -s 21 -n 1
}

atf_test_case same
same_head()
{
	atf_set descr "The same seed gives the same run, to the packet"
}
same_body()
{
	need_soak
	atf_check -o save:first "$soak" -v -s 5
	atf_check -o file:first "$soak" -v -s 5
	atf_check test "$(grep -c sends first)" -gt 100
}

atf_test_case mistakes
mistakes_head()
{
	atf_set descr "What it cannot do is status 2"
}
mistakes_body()
{
	need_soak
	atf_check -s exit:2 -e match:'^usage: soak' "$soak" -n x
	atf_check -s exit:2 -e match:'soak: -p: nothing' "$soak" -p nothing
	atf_check -s exit:2 -e match:'soak: -k: 1,x' "$soak" -v -s 1 -k 1,x
}

atf_init_test_cases()
{
	atf_add_test_case passes
	atf_add_test_case fails
	atf_add_test_case same
	atf_add_test_case mistakes
}
