/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which firewall a packet goes by.  The routers around do not send to a dead
 * one; that one is paused or cut off from the others they do not see.
 */

#include "tests/sim/sim.h"

/* As carp(4) chooses: the least demoted, then the one of most priority. */
static struct sim_host *
master(struct sim *sim)
{
	struct sim_host *best = NULL, *h;

	for (h = sim->host; h < sim->host + sim->nhosts; h++)
		if (h->hk != NULL &&
		    (best == NULL ||
			hk_demotion(h->hk) < hk_demotion(best->hk)))
			best = h;
	return (best);
}

struct sim_host *
sim_route(struct sim *sim, unsigned flow, enum side side)
{
	unsigned first, i;
	struct sim_host *h;

	if (sim->config.routing == SIM_ONE_ACTIVE)
		return (master(sim));
	first = flow % sim->nhosts;
	if (sim->config.routing == SIM_ASYMMETRIC && side == SERVER)
		first++;
	for (i = 0; i < sim->nhosts; i++) {
		h = &sim->host[(first + i) % sim->nhosts];
		if (h->hk != NULL)
			return (h);
	}
	return (NULL);
}
