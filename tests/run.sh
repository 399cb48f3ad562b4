#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs the tests built in $O under kyua.  Prints what failed or was skipped and
# why, and leaves "passed failed skipped" in $O/tests/result.

: "${O:=obj}"
top=$(cd "$(dirname "$0")/.." && pwd)
case $O in
/*) ;;
*) O=$top/$O ;;
esac
export BINDIR="$O/bin"
export LSAN_OPTIONS="suppressions=$top/tests/lsan.supp:print_suppressions=0"

command -v kyua >/dev/null || {
	echo "test: kyua is missing; 'make check' as root installs it" >&2
	exit 1
}

# The scripts stand beside the programs, with the captures where both look.
mkdir -p "$O/tests"
ln -sfn "$top/tests/captures" "$O/tests/captures"
dirs="unit sim process live"
[ -z "${SKIP_LIVE:-}" ] || dirs="unit sim process"

head() {
	echo 'syntax(2)'
	echo 'test_suite("pfsync")'
}
head >"$O/tests/Kyuafile"
for dir in $dirs; do
	mkdir -p "$O/tests/$dir"
	echo "include('$dir/Kyuafile')" >>"$O/tests/Kyuafile"
	head >"$O/tests/$dir/Kyuafile"
	for t in "$top/tests/$dir"/*_test.c "$top/tests/$dir"/*_test.sh \
	    "$top/tests/$dir"/*.subr; do
		[ -f "$t" ] || continue
		name=$(basename "$t")
		name=${name%.c}
		exclusive=
		case $name in
		*.subr)
			cp "$t" "$O/tests/$dir/"
			continue
			;;
		*.sh)
			name=${name%.sh}
			cp "$t" "$O/tests/$dir/$name"
			chmod +x "$O/tests/$dir/$name"
			# Live ones compete for the processor: one at a time.
			[ "$dir" = live ] && exclusive=", is_exclusive=true"
			;;
		esac
		echo "atf_test_program{name='$name'$exclusive}"
	done >>"$O/tests/$dir/Kyuafile"
done

results=$O/tests/kyua.db
rm -f "$results"
kyua -v parallelism=2 test -k "$O/tests/Kyuafile" -r "$results" \
    >"$O/tests/kyua.log" 2>&1
status=$?
kyua report -r "$results" --results-filter=skipped,failed,broken,xfail
summary=$(kyua report -r "$results" --results-filter= | grep '^Test cases:')
count() {
	n=$(echo "$summary" | sed -n "s/.*[ :]\([0-9][0-9]*\) $1.*/\1/p")
	echo "${n:-0}"
}
total=$(count total)
skipped=$(count skipped)
failed=$(($(count failed) + $(count broken)))
passed=$((total - skipped - failed))
echo "$passed $failed $skipped" >"$O/tests/result"

if [ "$failed" -gt 0 ]; then
	kyua report -r "$results" --verbose --results-filter=failed,broken
fi
if [ "$total" -eq 0 ]; then
	cat "$O/tests/kyua.log"
	echo "test: nothing ran" >&2
	status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ]
