/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory of the simulated firewalls.  The programs are linked with --wrap for
 * the allocators, so that every allocation of a firewall is counted, can be
 * made to fail, and must be given back when the firewall is gone.
 */

#ifndef _SIM_FAULT_H_
#define _SIM_FAULT_H_

#include <stdbool.h>
#include <stddef.h>

#include "tests/sim/rng.h"

struct fault {
	struct rng	rng;
	unsigned	calls;		/* allocations asked for so far */
	unsigned	fail_at;	/* this one of them fails; 0: none */
	unsigned	fail_from;	/* this and all after it; 0: none */
	unsigned	fail_every;	/* each so many-th one; 0: none */
	unsigned	permille;	/* of them fail, by chance */
	unsigned	failed;		/* so many have */
	long		live;		/* blocks not given back yet */
};

/* What is allocated from here on is that firewall's; calls may be nested. */
struct fault *fault_enter(struct fault *);	/* returns the one before */
void	fault_leave(struct fault *before);
struct fault *fault_current(void);	/* NULL: the simulator itself */

/* The simulator's own memory: not counted, never fails. */
void	*sim_malloc(size_t);
void	*sim_calloc(size_t n, size_t size);
void	*sim_realloc(void *, size_t);
void	sim_free(void *);

#endif /* _SIM_FAULT_H_ */
