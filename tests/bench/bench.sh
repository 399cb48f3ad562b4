#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Measures, prints a table and writes bench.tsv (name, value, unit).  Times are
# of this machine and noisy; instructions are counted by callgrind and repeat.

: "${O:=obj}"
bench=$O/tests/bench/bench
out=bench.tsv
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
command -v valgrind >/dev/null || {
	echo "bench: valgrind is missing; 'make check' as root installs it" >&2
	exit 1
}

# native args: runs a benchmark and keeps what it prints.
native() {
	$bench "$@" >>"$work/rows" || {
		echo "bench: '$bench $*' failed" >&2
		exit 1
	}
}

# counted name n args: instructions of one of n steps in bench_hot().
counted() {
	name=$1 n=$2
	shift 2
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
	    --toggle-collect=bench_hot "$bench" "$@" >/dev/null \
	    2>"$work/callgrind" || {
		cat "$work/callgrind" >&2
		exit 1
	}
	total=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/callgrind")
	awk -v name="$name" -v total="$total" -v n="$n" 'BEGIN {
		printf "%s\t%.1f\tinstructions\n", name, total / n
	}' >>"$work/rows"
}

for flows in 1 6 10 100 10000 1000000; do
	native update $flows 2000000
done
counted update.coalesced.instructions 200000 update 1 200000
counted update.flows_6.instructions 200000 update 6 200000
counted update.flows_10.instructions 200000 update 10 200000
counted update.flows_100.instructions 200000 update 100 200000
counted update.spread.instructions 200000 update 10000 200000
counted update.flows_1000000.instructions 1000000 update 1000000 1000000
native insert 500000
counted insert.instructions 100000 insert 100000
native import 300000
counted import.instructions 100000 import 100000
native table 1000000
native bulk 1000000

# The figure that is compared with other drivers: ten flows.
sed -n 's/^update.flows_10.wire_bytes/update.wire_bytes/p' "$work/rows" \
    >>"$work/rows.more"
cat "$work/rows" "$work/rows.more" >$out
awk -F '\t' '{ printf "%-42s %14s %s\n", $1, $2, $3 }' $out
