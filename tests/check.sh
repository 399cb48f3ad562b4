#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Everything a change has to pass: lint, the tests as built by gcc, the tests
# again under clang's ASan and UBSan, a minute of fuzzing, and an installation.
# Ends with the count of test cases of both runs.

: "${O:=obj}" "${MAKE:=make}"
failed=0
jobs=-j$(getconf _NPROCESSORS_ONLN)

step() {
	echo "== $*"
	"$@" || {
		echo "check: '$*' failed" >&2
		failed=1
	}
}

sh tests/setup.sh || exit 1
rm -f "$O/tests/result" "$O/san/tests/result"
step $MAKE --no-print-directory O="$O" lint
step $MAKE --no-print-directory -s $jobs O="$O" CC=gcc tests
step env O="$O" sh tests/run.sh
step $MAKE --no-print-directory -s $jobs O="$O/san" CC=clang SAN=1 tests
step env O="$O/san" SKIP_LIVE=1 sh tests/run.sh
step $MAKE --no-print-directory -s O="$O" SECONDS="${SECONDS:-60}" fuzz
step $MAKE --no-print-directory -s O="$O" CC=gcc DESTDIR="$O/stage" install

cat "$O/tests/result" "$O/san/tests/result" 2>/dev/null | awk -v bad=$failed '
	{ p += $1; f += $2; s += $3 }
	END {
		# A step that is no test case counts as one failure.
		if (bad && f == 0) f = 1
		printf "%d passed, %d failed, %d skipped\n", p, f, s
		exit !(NR == 2 && p > 0 && f == 0)
	}'
