/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bench: runs one benchmark, named on the command line.
 */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench.h"

void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verrx(1, fmt, ap);
	va_end(ap);
}

static double
clock_seconds(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

double
seconds(void)
{
	return (clock_seconds(CLOCK_MONOTONIC));
}

double
cpu_seconds(void)
{
	return (clock_seconds(CLOCK_THREAD_CPUTIME_ID));
}

__attribute__((__noinline__)) void
bench_hot(bench_step *step, void *arg, uint64_t first, uint64_t n)
{
	uint64_t i;

	for (i = first; i < first + n; i++)
		step(arg, i);
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: bench update|idle flows n | insert n | import n |\n"
	    "       bulk states | table states\n");
	return (1);
}

int
main(int argc, char **argv)
{
	uint64_t a, b;

	if (argc < 3)
		return (usage());
	a = strtoull(argv[2], NULL, 10);
	b = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	if (strcmp(argv[1], "update") == 0 && b > 0)
		return (bench_update(a, b));
	if (strcmp(argv[1], "idle") == 0 && b > 0)
		return (bench_idle(a, b));
	if (strcmp(argv[1], "insert") == 0)
		return (bench_insert(a));
	if (strcmp(argv[1], "import") == 0)
		return (bench_import(a));
	if (strcmp(argv[1], "bulk") == 0)
		return (bench_bulk(a));
	if (strcmp(argv[1], "table") == 0)
		return (bench_table(a));
	return (usage());
}
