#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Fuzzes the engine, and its layouts alone, for $SECONDS seconds with libFuzzer,
# ASan and UBSan.  Builds into $O/fuzz; seeds are made from tests/captures.
# Fails on any crash and leaves what caused it there.

# Some shells count SECONDS on by themselves, from 0: take it at once.
time=${SECONDS:-60}
[ "$time" -gt 0 ] || time=60
: "${O:=obj}"
: "${CLANG:=clang}"

cd "$(dirname "$0")/../.." || exit 1
dir=$O/fuzz
mkdir -p "$dir/corpus" "$dir/codecs" "$dir/seeds" || exit 1

sanitize=-fsanitize=fuzzer,address,undefined
flags="-std=gnu11 -g -O2 -Isys -I. -D_GNU_SOURCE -DFAKEOS_BUCKETS=64
    -fno-sanitize-recover=all"

echo 'int LLVMFuzzerTestOneInput(const unsigned char *, unsigned long);
int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n)
{ return (d == 0 && n != 0); }' >"$dir/probe.c"
if ! "$CLANG" $sanitize -o "$dir/probe" "$dir/probe.c" 2>/dev/null; then
	echo "fuzz: no clang with libFuzzer:" \
	    "apt-get install clang-14 libclang-rt-14-dev (or CLANG=...)" >&2
	exit 1
fi

lib="tests/lib/fakeos.c tests/lib/fakeos_state.c tests/lib/fixture.c
    tests/lib/frame.c"
"$CLANG" $flags $sanitize -o "$dir/input_fuzz" tests/fuzz/input_fuzz.c $lib \
    sys/net/pfsync/*.c || exit 1
"$CLANG" $flags $sanitize -o "$dir/codec_fuzz" tests/fuzz/codec_fuzz.c \
    tests/lib/spell.c $lib sys/net/pfsync/*.c || exit 1
printer=
if pkg-config --exists libpcap 2>/dev/null; then
	printer=print_fuzz
	"$CLANG" $flags $sanitize -Isbin/tcpdump/shim -Isbin/tcpdump \
	    -o "$dir/print_fuzz" tests/fuzz/print_fuzz.c sbin/tcpdump/p[fr]*-*.c \
	    sbin/tcpdump/frame.c sbin/tcpdump/ip.c sbin/tcpdump/netdissect.c ||
	    exit 1
fi
"$CLANG" $flags -o "$dir/make-seeds" tests/fuzz/seeds.c tests/lib/capture.c ||
    exit 1
"$dir/make-seeds" "$dir/seeds" tests/captures/*.pcap || exit 1

rm -f "$dir"/crash-* "$dir"/leak-* "$dir"/oom-* "$dir"/timeout-* \
    "$dir"/fuzz-*.log
here=$PWD
case $dir in
/*) ;;
*) dir=$here/$dir ;;
esac

# Two processes with one corpus, one for the layouts and, where libpcap is, one
# for tcpdump's printer; a log for each.  An input that takes for ever is a
# crash; one that takes as long as this machine may stand still is not.
cd "$dir" || exit 1
pids=
for job in 0 1; do
	./input_fuzz -max_total_time="$time" -max_len=8192 -timeout=300 \
	    -reload=1 -print_final_stats=1 -artifact_prefix="$dir/" \
	    corpus seeds >"fuzz-$job.log" 2>&1 &
	pids="$pids $!"
done
./codec_fuzz -max_total_time="$time" -max_len=256 -timeout=300 \
    -print_final_stats=1 -artifact_prefix="$dir/" codecs >fuzz-codec.log 2>&1 &
pids="$pids $!"
[ -z "$printer" ] || {
	mkdir -p printed
	./print_fuzz -max_total_time="$time" -max_len=4096 -timeout=300 \
	    -print_final_stats=1 -artifact_prefix="$dir/" printed seeds \
	    >fuzz-print.log 2>&1 &
	pids="$pids $!"
}
trap 'kill $pids 2>/dev/null' INT TERM
status=0
for pid in $pids; do
	wait "$pid" || status=1
done

runs=$(sed -n 's/^stat::number_of_executed_units: *//p' fuzz-*.log |
    awk '{ sum += $1 } END { print sum + 0 }')
if [ $status -ne 0 ] || [ "$runs" -eq 0 ]; then
	for log in fuzz-*.log; do
		grep -E '^fakeos:|ERROR:|runtime error|SUMMARY|Test unit' \
		    "$log" >&2
	done
	echo "fuzz: $runs runs, FAILED; see $dir" >&2
	exit 1
fi
echo "fuzz: $runs runs, no crash"
