/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A seed made into a plan: a cluster, and what happens to it and when.  A run
 * may leave steps out, which is how a plan that fails is made short.
 */

#ifndef _SIM_PLAN_H_
#define _SIM_PLAN_H_

#include <stdio.h>

#include "tests/sim/sim.h"

struct sim_op {
	uint64_t	at;		/* us */
	unsigned	kind;		/* of the table in op.c */
	unsigned	arg[3];
};

#define SIM_OPS_MAX	256

struct sim_plan {
	struct sim_config config;
	uint64_t	end;		/* us; then all is mended */
	unsigned	nops;
	struct sim_op	op[SIM_OPS_MAX];
	bool		leave[SIM_OPS_MAX];	/* out */
};

/* How a run ended. */
struct sim_verdict {
	bool		failed;
	char		checker[32];
	char		why[400];
	uint64_t	steps;
	uint64_t	packets;
	unsigned	harm;		/* SIM_HARM_* */
};

/* plan.c */
void	sim_plan_make(struct sim_plan *, uint64_t seed);
/* Keeps the steps of a list like "1,4,17" only. */
bool	sim_plan_keep(struct sim_plan *, const char *list);
unsigned sim_plan_left(const struct sim_plan *);

/*
 * How firewall nr of nhosts reaches the others.  What is between two of them
 * alone is the group's way where there are more.
 */
#define SIM_TRANSPORTS	5
void	sim_plan_transport(struct pfsync_drv_config *, unsigned transport,
	    unsigned nhosts, unsigned nr);

/* op.c: what can happen, what it is called, and doing it. */
unsigned sim_op_kinds(void);
unsigned sim_op_weight(unsigned kind);
unsigned sim_op_harm(unsigned kind);	/* SIM_HARM_* */
void	sim_op_draw(struct sim_op *, const struct sim_config *, struct rng *);
void	sim_op_show(const struct sim_op *, FILE *);
void	sim_op_do(struct sim *, const struct sim_op *);
unsigned sim_op_open(void);		/* the kind that opens a connection */
unsigned sim_op_close(void);
/*
 * From now on every step of this kind fails, so that it can be seen what
 * becomes of what fails; false if there is no such kind.  And which one that
 * is, or NULL.
 */
bool	sim_op_pretend(const char *name);
const char *sim_op_pretended(void);

/* run.c */
void	sim_run(const struct sim_plan *, bool verbose, struct sim_verdict *);
/* The same in a process of its own: a crash is a failure like others. */
void	sim_run_apart(const struct sim_plan *, struct sim_verdict *);

/* shrink.c: leaves out whatever is not needed to fail in the same way. */
void	sim_shrink(struct sim_plan *, struct sim_verdict *);

/*
 * report.c: runs a seed; if it fails, may shrink it, says on out what is left
 * and how to replay it.  Whether it passed.
 */
bool	sim_seed(uint64_t seed, bool shrink, FILE *out);
/* How much was promised in those till now; see check_table.c. */
void	sim_seeds_promised(FILE *out);

#endif /* _SIM_PLAN_H_ */
