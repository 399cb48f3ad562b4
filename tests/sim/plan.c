/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Draws a cluster and a plan from a seed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/plan.h"

#define LENGTH (20 * CLOCK_S)
#define LATE \
	30000 /* us: users' packets take 600, to be held as long as 20 ms */
#define WRAP 0x100000000ULL

/* Clients open connections, servers do not. */
#define TIMEOUTS                                                    \
	"set timeout { tcp.first 5, tcp.opening 5, tcp.closing 5, " \
	"tcp.finwait 5, tcp.closed 3, udp.first 5, udp.single 5, "  \
	"udp.multiple 8, icmp.first 5, icmp.error 5, interval 1 }\n"
#define FILTER "block all\npass in on em0\npass out on em2\n"

static const char *const rules[] = {
	TIMEOUTS FILTER,
	TIMEOUTS FILTER,
	TIMEOUTS "set state-policy if-bound\n" FILTER,
	TIMEOUTS FILTER
	"pass out on em2 inet from 10.0.0.0/24 nat-to 198.51.100.1\n",
	TIMEOUTS "set state-policy if-bound\n" FILTER
		 "pass in on em0 proto icmp keep state (no-sync)\n"
		 "pass out on em2 proto icmp keep state (no-sync)\n",
};

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

static const unsigned formats[] = { PFSYNC_FORMAT_V3, PFSYNC_FORMAT_V6,
	PFSYNC_FORMAT_1301, PFSYNC_FORMAT_1400, PFSYNC_FORMAT_1500 };

#define PICK(r, a) ((a)[rng_below((r), sizeof(a) / sizeof((a)[0]))])

static void
set_version(struct pfsync_drv_config *c, unsigned format)
{
	c->set |= PFSYNC_CONFIG_VERSION;
	c->version = format;
}

static void
draw_host(struct sim_host_config *h, unsigned nr, struct rng *r)
{
	static const unsigned hz[] = { 100, 1000, 1000 };
	static const uint32_t maxupd[] = { 0, 1, 2, 128, 255 };

	h->uptime = draw_uptime(r);
	h->hz = PICK(r, hz);
	h->hostid = rng_chance(r, 500) ? PSYNC_BE32(0xa0 + nr) : 0;
	if (rng_chance(r, 400)) {
		h->pfsync.set |= PFSYNC_CONFIG_MAXUPD;
		h->pfsync.maxupd = PICK(r, maxupd);
	}
	if (rng_chance(r, 400)) {
		h->pfsync.set |= PFSYNC_CONFIG_DEFER | PFSYNC_CONFIG_DELAY;
		h->pfsync.defer = 1;
		h->pfsync.defer_delay = (uint32_t)rng_between(r, 1, 100);
	}
	if (rng_chance(r, 200)) {
		h->pfsync.set |= PFSYNC_CONFIG_BULKRATE;
		h->pfsync.bulk_rate = (uint32_t)rng_between(r,
		    PFSYNC_BULK_RATE_MIN, 1000);
	}
	h->names = rng_chance(r, 150);
	snprintf(h->pfsync.syncdev, sizeof(h->pfsync.syncdev), "%s1",
	    h->names ? "igb" : "em");
}

/*
 * What is spoken: by most clusters what they agree on; by others what each is
 * set to; and by some what one stock kernel, or all but one, understand.
 */
static void
draw_dialects(struct sim_config *c, struct rng *r)
{
	unsigned i, one = (unsigned)rng_below(r, c->nhosts);
	unsigned format = PICK(r, formats);
	bool rest = rng_chance(r, 300);

	switch (rng_below(r, 5)) {
	case 0:
		for (i = 0; i < c->nhosts; i++)
			if (rng_chance(r, 600))
				set_version(&c->host[i].pfsync,
				    PICK(r, formats));
		break;
	case 1:
		for (i = 0; i < c->nhosts; i++)
			if ((i == one) != rest) {
				c->host[i].stock = format;
				set_version(&c->host[i].pfsync, format);
			}
		break;
	default:
		break;
	}
}

void
sim_plan_transport(struct pfsync_drv_config *c, unsigned transport,
    unsigned nhosts, unsigned nr)
{
	static const struct {
		uint8_t af;
		uint8_t addr[16];
		uint8_t last; /* this byte is the other's number */
	} ways[SIM_TRANSPORTS] = {
		{ 0, { 0 }, 0 },
		{ PSYNC_AF_INET, { 224, 0, 0, 240 }, 0 },
		{ PSYNC_AF_INET6, { 0xff, 0x12, [15] = 0xf0 }, 0 },
		{ PSYNC_AF_INET, { 203, 0, 113 }, 3 },
		{ PSYNC_AF_INET6, { 0xfd, 0x2c }, 15 },
	};

	if (nhosts > 2)
		transport %= 3;
	c->set |= PFSYNC_CONFIG_SYNCPEER;
	c->syncpeer_af = ways[transport].af;
	memcpy(c->syncpeer, ways[transport].addr, sizeof(c->syncpeer));
	if (ways[transport].last != 0)
		c->syncpeer[ways[transport].last] = (uint8_t)(2 - nr);
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
weight(unsigned kind, unsigned harm)
{
	return ((sim_op_harm(kind) & ~harm) != 0 ? 0 : sim_op_weight(kind));
}

/* One of those that do no other harm. */
static unsigned
draw_kind(struct rng *r, unsigned harm)
{
	unsigned kind, sum = 0;
	uint64_t at;

	for (kind = 0; kind < sim_op_kinds(); kind++)
		sum += weight(kind, harm);
	at = rng_below(r, sum);
	for (kind = 0; at >= weight(kind, harm); kind++)
		at -= weight(kind, harm);
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
		/* Some come to rest at once. */
		if (rng_chance(r, 500))
			p->op[p->nops - 1].arg[1] %= 5;
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
	static const unsigned mtus[] = { 1500, 1500, 1500, 9000, 16384 };
	struct sim_config *c = &p->config;
	static const unsigned harms[] = { 0, SIM_HARM_SHUFFLE,
		SIM_HARM_CLIENTS | SIM_HARM_SHUFFLE,
		SIM_HARM_CLIENTS | SIM_HARM_CLEAR,
		SIM_HARM_CLIENTS | SIM_HARM_DELETES | SIM_HARM_SHUFFLE,
		SIM_HARM_CLIENTS | SIM_HARM_DELETES | SIM_HARM_CLEAR,
		SIM_HARM_ALL, SIM_HARM_ALL };
	static const unsigned many[] = { 8, 30, 100 };
	unsigned i, mishaps, transport, harm;
	uint64_t at;
	struct rng r;

	memset(p, 0, sizeof(*p));
	rng_init(&r, seed, 2);
	sim_config_default(c);
	c->seed = seed;
	c->routing = seed % SIM_ROUTINGS;
	c->nhosts = (unsigned)rng_between(&r, 2, 4);
	c->nflows = (unsigned)rng_between(&r, 5, 40);
	c->slices = (unsigned)rng_between(&r, 1, 4);
	/* The less harm is done the stricter are the checkers. */
	harm = PICK(&r, harms);
	if (harm & SIM_HARM_SHUFFLE)
		c->jitter_us = seed / SIM_ROUTINGS % 2 == 0 ? LATE : 50;
	c->mtu = PICK(&r, mtus);
	c->rules = PICK(&r, rules);
	for (i = 0; i < c->nhosts; i++)
		draw_host(&c->host[i], i, &r);
	draw_dialects(c, &r);
	transport = (unsigned)rng_below(&r, SIM_TRANSPORTS);
	for (i = 0; i < c->nhosts; i++)
		sim_plan_transport(&c->host[i].pfsync, transport, c->nhosts, i);
	p->end = LENGTH + CLOCK_S;
	draw_connections(p, &r);
	mishaps = (unsigned)rng_below(&r, PICK(&r, many));
	for (i = 0; i < mishaps; i++) {
		at = CLOCK_S + rng_below(&r, LENGTH);
		/* Many come when something else happens. */
		if (rng_chance(&r, 500))
			at = p->op[rng_below(&r, p->nops)].at +
			    rng_below(&r, 20 * CLOCK_MS) - 10 * CLOCK_MS;
		add(p, &r, at, draw_kind(&r, harm));
	}
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
