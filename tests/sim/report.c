/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a seed has come to, and how to see it again.
 */

#include <arpa/inet.h>

#include "tests/sim/plan.h"

static void
show_cluster(const struct sim_config *c, FILE *out)
{
	static const char *const routing[] = { "one active", "symmetric",
		"asymmetric" };
	const struct sim_host_config *h = c->host;
	char peer[INET6_ADDRSTRLEN] = "224.0.0.240";
	unsigned i;

	if (h->pfsync.syncpeer_af != 0)
		(void)inet_ntop(h->pfsync.syncpeer_af == PSYNC_AF_INET6 ?
			AF_INET6 :
			AF_INET,
		    h->pfsync.syncpeer, peer, sizeof(peer));
	fprintf(out, "  %u firewalls of %u slices, %s, mtu %u, fw0 to %s\n",
	    c->nhosts, c->slices, routing[c->routing], c->mtu, peer);
	for (i = 0; i < c->nhosts; i++) {
		h = &c->host[i];
		fprintf(out, "  fw%u: up for %llu ms, hz %u", i,
		    (unsigned long long)h->uptime, h->hz);
		if (h->pfsync.set & PFSYNC_CONFIG_VERSION)
			fprintf(out, ", version %u", h->pfsync.version);
		if (h->pfsync.set & PFSYNC_CONFIG_MAXUPD)
			fprintf(out, ", maxupd %u", h->pfsync.maxupd);
		if (h->stock != 0)
			fprintf(out, " (stock)");
		if (h->pfsync.set & PFSYNC_CONFIG_DEFER)
			fprintf(out, ", defer %u ms", h->pfsync.defer_delay);
		if (h->pfsync.set & PFSYNC_CONFIG_BULKRATE)
			fprintf(out, ", bulk %u/s", h->pfsync.bulk_rate);
		fprintf(out, "\n");
	}
}

static unsigned promised[3];

void
sim_seeds_promised(FILE *out)
{
	fprintf(out,
	    "tables equal before anybody asked for everything: %u "
	    "seeds in full, %u but for deletes, %u what was used\n",
	    promised[0], promised[1], promised[2]);
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
	if (!v.failed) {
		promised[v.harm & SIM_HARM_CHANGES ? 2 :
			v.harm & SIM_HARM_DELETES  ? 1 :
						     0]++;
		return (true);
	}
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
	fprintf(out, "  replay: obj/tests/sim/soak -v%s%s -s %llu -k '",
	    sim_op_pretended() != NULL ? " -p " : "",
	    sim_op_pretended() != NULL ? sim_op_pretended() : "",
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
