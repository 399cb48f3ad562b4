/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs seeds of the simulator, many of them or one:
 *
 *	soak [-q] [-p KIND] [-s FIRST] [-n SEEDS | -t SECONDS]
 *	soak -v [-p KIND] -s SEED [-k STEPS]
 *
 * -q does not shrink what fails.  -p has steps of a kind fail, for tests of
 * this program.  The second shows what happens.  STEPS, as a failure prints
 * them, are the only ones of the plan that are taken.  Exit status 0 only if
 * nothing failed.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/plan.h"

static void
usage(void)
{
	fprintf(stderr,
	    "usage: soak [-q] [-p kind] [-s first] [-n seeds | -t seconds]\n"
	    "       soak -v [-p kind] -s seed [-k steps]\n");
	exit(2);
}

static double
seconds(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

static int
replay(uint64_t seed, const char *keep)
{
	static struct sim_plan plan;
	struct sim_verdict v;

	sim_plan_make(&plan, seed);
	if (keep != NULL && !sim_plan_keep(&plan, keep))
		errx(2, "-k: %s", keep);
	sim_run(&plan, true, &v);
	printf("seed %llu: %s%s%s\n", (unsigned long long)seed,
	    v.failed ? v.checker : "passed", v.failed ? ": " : "",
	    v.failed ? v.why : "");
	return (v.failed);
}

static uint64_t
number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (*text == '\0' || *end != '\0')
		usage();
	return (n);
}

int
main(int argc, char **argv)
{
	uint64_t first = 1, want = UINT64_MAX, limit = 0, done = 0;
	unsigned failures = 0;
	const char *keep = NULL;
	bool verbose = false, shrink = true;
	double began, took;
	int ch;

	while ((ch = getopt(argc, argv, "k:n:p:qs:t:v")) != -1)
		switch (ch) {
		case 'k':
			keep = optarg;
			break;
		case 'n':
			want = number(optarg);
			break;
		case 'p':
			if (!sim_op_pretend(optarg))
				errx(2, "-p: %s", optarg);
			break;
		case 'q':
			shrink = false;
			break;
		case 's':
			first = number(optarg);
			break;
		case 't':
			limit = number(optarg);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage();
		}
	if (optind != argc)
		usage();
	if (verbose)
		return (replay(first, keep));
	if (want == UINT64_MAX && limit == 0)
		limit = 60;
	began = seconds();
	do {
		failures += !sim_seed(first + done++, shrink, stdout);
		took = seconds() - began;
	} while (done < want && (limit == 0 || took < (double)limit));
	sim_seeds_promised(stdout);
	printf("soak: %llu seeds, %u failures, %.1f seeds/s\n",
	    (unsigned long long)done, failures, (double)done / took);
	return (failures != 0);
}
