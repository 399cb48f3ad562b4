/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Benchmarks of the engine in the hosted kernel.  Each prints lines of
 * "name value unit" on stdout.
 *
 * What is measured runs inside bench_hot(), and only there: bench.sh lets
 * callgrind count the instructions of that function and what it calls.
 */

#ifndef _TESTS_BENCH_BENCH_H_
#define _TESTS_BENCH_BENCH_H_

#include <stdint.h>

#include "os/hosted/hk.h"

/* A hosted kernel with a virtual clock, pfsync0 up over em1, its far end. */
struct station {
	struct hk	*hk;
	struct link	*far;		/* what em1 is plugged into */
	uint64_t	now;		/* ms */
	uint32_t	random;
	uint64_t	packets;	/* that came out of far */
	uint64_t	bytes;		/* with an Ethernet header each */
};

/* Exits with a message on any failure. */
void	station_open(struct station *, const char *peer);
void	station_close(struct station *);

/* Takes what was sent off the wire and counts it. */
void	station_drain(struct station *);

/* Runs step(arg, i) for i from first to first + n - 1; this is measured. */
typedef void bench_step(void *arg, uint64_t i);
void	bench_hot(bench_step *, void *arg, uint64_t first, uint64_t n);

/* By the clock, and what this thread has used: others may be busy here. */
double	seconds(void);
double	cpu_seconds(void);
void	die(const char *, ...) __attribute__((__format__(__printf__, 1, 2),
	    __noreturn__));

/* A TCP state of its own for every i, established, from creatorid. */
void	synthetic_state(struct psync_state *, uint64_t i, uint32_t creatorid);

/* Each argument is what stands behind the name on the command line. */
int	bench_update(uint64_t flows, uint64_t n);
int	bench_idle(uint64_t flows, uint64_t n);
int	bench_insert(uint64_t n);
int	bench_import(uint64_t n);
int	bench_bulk(uint64_t states);
int	bench_table(uint64_t states);

#endif /* _TESTS_BENCH_BENCH_H_ */
