/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Draws a cluster and a plan from a seed.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/sim/plan.h"

#define LENGTH (20 * CLOCK_S)
#define WRAP   0x100000000ULL

/* Uptimes: young, any, and such that a counter wraps within the run. */
static uint64_t
draw_uptime(struct rng *r)
{
	switch (rng_below(r, 5)) {
	case 0:
		return (rng_between(r, 0, 3000));
	case 1:
		return (WRAP - rng_between(r, 1000, 30000));
	case 2:
		return (WRAP * 1000 - rng_between(r, 1000, 30000));
	case 3:
		return (WRAP / 2 - rng_between(r, 1000, 30000));
	default:
		return (rng_between(r, 10000, 100000000));
	}
}

static void
draw_host(struct sim_host_config *h, unsigned nr, struct rng *r)
{
	static const unsigned hz[] = { 100, 1000, 1000 };
	static const uint32_t maxupd[] = { 0, 1, 2, 128, 255 };

	h->uptime = draw_uptime(r);
	h->hz = hz[rng_below(r, 3)];
	h->hostid = rng_chance(r, 500) ? PSYNC_BE32(0xa0 + nr) : 0;
	if (rng_chance(r, 400)) {
		h->pfsync.set |= PFSYNC_CONFIG_MAXUPD;
		h->pfsync.maxupd = maxupd[rng_below(r, 5)];
	}
	if (rng_chance(r, 400)) {
		h->pfsync.set |= PFSYNC_CONFIG_VERSION;
		h->pfsync.version = PFSYNC_FORMAT_1301;
	}
}

/* Two firewalls may speak to each other alone. */
static void
draw_unicast(struct sim_config *c)
{
	static const uint8_t net[3] = { 203, 0, 113 };
	unsigned i;

	for (i = 0; i < 2; i++) {
		c->host[i].pfsync.set |= PFSYNC_CONFIG_SYNCPEER;
		c->host[i].pfsync.syncpeer_af = PFSYNC_AF_INET;
		memcpy(c->host[i].pfsync.syncpeer, net, sizeof(net));
		c->host[i].pfsync.syncpeer[3] = (uint8_t)(2 - i);
	}
}

static void
add(struct sim_plan *p, struct rng *r, uint64_t at, unsigned kind)
{
	struct sim_op *op = &p->op[p->nops++];

	op->at = at;
	op->kind = kind;
	sim_op_draw(op, &p->config, r);
}

static unsigned
draw_kind(struct rng *r)
{
	unsigned kind, sum = 0;
	uint64_t at;

	for (kind = 0; kind < sim_op_kinds(); kind++)
		sum += sim_op_weight(kind);
	at = rng_below(r, sum);
	for (kind = 0; at >= sim_op_weight(kind); kind++)
		at -= sim_op_weight(kind);
	return (kind);
}

static int
by_time(const void *a, const void *b)
{
	const struct sim_op *x = a, *y = b;

	return (x->at < y->at ? -1 : x->at > y->at);
}

/* Every connection is opened at least once; most are closed. */
static void
draw_connections(struct sim_plan *p, struct rng *r)
{
	uint64_t at;
	unsigned i;

	for (i = 0; i < p->config.nflows; i++) {
		at = 2 * CLOCK_S + rng_below(r, LENGTH - 3 * CLOCK_S);
		add(p, r, at, sim_op_open());
		p->op[p->nops - 1].arg[0] = i;
		if (rng_chance(r, 600)) {
			at += rng_below(r, LENGTH - at);
			add(p, r, at, sim_op_close());
			p->op[p->nops - 1].arg[0] = i;
		}
		if (rng_chance(r, 200)) {
			at += rng_below(r, LENGTH - at);
			add(p, r, at, sim_op_open());
			p->op[p->nops - 1].arg[0] = i;
		}
	}
}

void
sim_plan_make(struct sim_plan *p, uint64_t seed)
{
	struct sim_config *c = &p->config;
	unsigned i, mishaps;
	struct rng r;

	memset(p, 0, sizeof(*p));
	rng_init(&r, seed, 2);
	sim_config_default(c);
	c->seed = seed;
	c->routing = seed % SIM_ROUTINGS;
	c->nhosts = (unsigned)rng_between(&r, 2, 4);
	c->nflows = (unsigned)rng_between(&r, 5, 40);
	c->slices = (unsigned)rng_between(&r, 1, 4);
	c->mtu = rng_chance(&r, 200) ? 9000 : 1500;
	for (i = 0; i < c->nhosts; i++)
		draw_host(&c->host[i], i, &r);
	if (c->nhosts == 2 && rng_chance(&r, 300))
		draw_unicast(c);
	p->end = LENGTH + CLOCK_S;
	draw_connections(p, &r);
	/* Some plans have no mishaps: then everything is strict. */
	mishaps = (unsigned)rng_below(&r, 100);
	for (i = 0; i < mishaps; i++)
		add(p, &r, CLOCK_S + rng_below(&r, LENGTH), draw_kind(&r));
	qsort(p->op, p->nops, sizeof(p->op[0]), by_time);
}

bool
sim_plan_keep(struct sim_plan *p, const char *list)
{
	unsigned long n;
	char *end;

	memset(p->leave, true, sizeof(p->leave));
	while (*list != '\0') {
		n = strtoul(list, &end, 10);
		if (end == list || n >= p->nops)
			return (false);
		p->leave[n] = false;
		list = *end == ',' ? end + 1 : end;
	}
	return (true);
}

unsigned
sim_plan_left(const struct sim_plan *p)
{
	unsigned i, n = 0;

	for (i = 0; i < p->nops; i++)
		n += !p->leave[i];
	return (n);
}
