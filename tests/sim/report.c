/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a seed has come to, and how to see it again.
 */

#include "tests/sim/plan.h"

static void
show_cluster(const struct sim_config *c, FILE *out)
{
	static const char *const routing[] = { "one active", "symmetric",
		"asymmetric" };
	const struct sim_host_config *h;
	unsigned i;

	fprintf(out, "  %u firewalls of %u slices, %s\n", c->nhosts, c->slices,
	    routing[c->routing]);
	for (i = 0; i < c->nhosts; i++) {
		h = &c->host[i];
		fprintf(out, "  fw%u: up for %llu ms, hz %u", i,
		    (unsigned long long)h->uptime, h->hz);
		if (h->pfsync.set & PFSYNC_CONFIG_VERSION)
			fprintf(out, ", version %u", h->pfsync.version);
		if (h->pfsync.set & PFSYNC_CONFIG_MAXUPD)
			fprintf(out, ", maxupd %u", h->pfsync.maxupd);
		if (h->pfsync.set & PFSYNC_CONFIG_SYNCPEER)
			fprintf(out, ", unicast");
		fprintf(out, "\n");
	}
}

bool
sim_seed(uint64_t seed, bool shrink, FILE *out)
{
	static struct sim_plan plan;
	struct sim_verdict v;
	const char *comma = "";
	unsigned i;

	sim_plan_make(&plan, seed);
	sim_run_apart(&plan, &v);
	if (!v.failed)
		return (true);
	fprintf(out, "seed %llu failed: %s: %s\n", (unsigned long long)seed,
	    v.checker, v.why);
	if (!shrink)
		return (false);
	sim_shrink(&plan, &v);
	fprintf(out, "  shrunk from %u steps to %u: %s: %s\n", plan.nops,
	    sim_plan_left(&plan), v.checker, v.why);
	show_cluster(&plan.config, out);
	for (i = 0; i < plan.nops; i++)
		if (!plan.leave[i])
			sim_op_show(&plan.op[i], out);
	fprintf(out, "  replay: obj/tests/sim/soak -v -s %llu -k '",
	    (unsigned long long)seed);
	for (i = 0; i < plan.nops; i++)
		if (!plan.leave[i]) {
			fprintf(out, "%s%u", comma, i);
			comma = ",";
		}
	fprintf(out, "'\n");
	(void)fflush(out);
	return (false);
}
