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

# collect args: the instructions that bench_hot() took.
collect() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
	    --toggle-collect=bench_hot "$bench" "$@" 2>&1 >/dev/null |
	    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# counted name n own args: instructions of each of n steps, less the harness's
# own, of n steps as well.
counted() {
	name=$1 n=$2 own=$3
	shift 3
	total=$(collect "$@")
	[ -n "$total" ] || {
		echo "bench: no instructions counted for '$*'" >&2
		exit 1
	}
	awk -v name="$name" -v total="$total" -v n="$n" -v own="$own" 'BEGIN {
		printf "%s\t%.1f\tinstructions\n", name, (total - own) / n
	}' >>"$work/rows"
}

# updates name flows n: the connections' own work is taken off.
updates() {
	counted "$1" "$3" "$(collect idle "$2" "$3")" update "$2" "$3"
}

for flows in 1 6 10 100 10000 1000000; do
	native update $flows 2000000
done
updates update.coalesced.instructions 1 200000
updates update.flows_6.instructions 6 200000
updates update.flows_10.instructions 10 200000
updates update.flows_100.instructions 100 200000
updates update.spread.instructions 10000 200000
updates update.flows_1000000.instructions 1000000 1000000
native insert 500000
counted insert.instructions 100000 0 insert 100000
native import 300000
counted import.instructions 100000 0 import 100000
native table 1000000
native bulk 1000000

# The figure that is compared with other drivers: ten flows.
sed -n 's/^update.flows_10.wire_bytes/update.wire_bytes/p' "$work/rows" \
    >>"$work/rows.more"
cat "$work/rows" "$work/rows.more" >$out
awk -F '\t' '{ printf "%-42s %14s %s\n", $1, $2, $3 }' $out
