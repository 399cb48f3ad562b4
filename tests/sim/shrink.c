/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Makes a plan that fails short: leaves steps out, in ever smaller groups, as
 * long as the same checker still finds something (Zeller's ddmin).
 */

#include <string.h>

#include "tests/sim/plan.h"

/* Leaves out the steps from to from + n of those that are left. */
static void
leave_out(struct sim_plan *p, unsigned from, unsigned n)
{
	unsigned i, nr = 0;

	for (i = 0; i < p->nops; i++)
		if (!p->leave[i]) {
			if (nr >= from && nr < from + n)
				p->leave[i] = true;
			nr++;
		}
}

void
sim_shrink(struct sim_plan *p, struct sim_verdict *v)
{
	unsigned group = sim_plan_left(p), from;
	static struct sim_plan try;
	struct sim_verdict now;

	while (group > 0) {
		for (from = 0; from < sim_plan_left(p);) {
			try = *p;
			leave_out(&try, from, group);
			sim_run_apart(&try, &now);
			if (now.failed &&
			    strcmp(now.checker, v->checker) == 0) {
				*p = try;
				*v = now;
			} else
				from += group;
		}
		group = group > 8 ? group / 2 : group - 1;
	}
}
