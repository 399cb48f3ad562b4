/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What can happen in a simulation: one row of a const table each, and what
 * happens to connections and to wires.
 */

#include <string.h>

#include "tests/sim/op.h"

/* What an argument is, and between what bounds it is drawn. */
enum what { NOTHING, HOST, FLOW, HOSTS, ANY, NUMBER };

struct arg {
	enum what what;
	unsigned lo;
	unsigned hi;
	const char *unit;
};

/*
 * Connections
 */

static void
do_open(struct sim *sim, const unsigned *arg)
{
	sim_client_open(sim, arg[0]);
	sim_client_limit(sim, arg[0], arg[1]);
}

static void
do_more(struct sim *sim, const unsigned *arg)
{
	sim_client_limit(sim, arg[0], arg[1]);
}

static void
do_close(struct sim *sim, const unsigned *arg)
{
	sim_client_limit(sim, arg[0], 100);
}

/*
 * The wire.  Each is mended after some ms.
 */

void
sim_later(struct sim *sim, unsigned ms, clock_fn *fn, void *arg)
{
	clock_at(&sim->clock, sim->clock.now + ms * CLOCK_MS, fn, arg, 0, NULL,
	    0);
}

void
sim_mend_one(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	(void)data;
	(void)pkt;
	(void)len;
	*(unsigned *)arg = 0;
}

static void
do_loss(struct sim *sim, const unsigned *arg)
{
	sim->net.loss = arg[0];
	sim_later(sim, arg[1], sim_mend_one, &sim->net.loss);
}

static void
do_dup(struct sim *sim, const unsigned *arg)
{
	sim->net.dup = arg[0];
	sim_later(sim, arg[1], sim_mend_one, &sim->net.dup);
}

static void
do_jitter(struct sim *sim, const unsigned *arg)
{
	sim->late = true;
	sim->net.jitter_us = arg[0];
	sim_later(sim, arg[1], sim_mend_one, &sim->net.jitter_us);
}

static void
do_lan_loss(struct sim *sim, const unsigned *arg)
{
	sim->net.lan_loss = arg[0];
	sim_later(sim, arg[1], sim_mend_one, &sim->net.lan_loss);
}

static void
do_part(struct sim *sim, const unsigned *arg)
{
	sim->net.parted = arg[0];
	sim_later(sim, arg[1], sim_mend_one, &sim->net.parted);
}

/* clang-format off */
#define H_DELETES (SIM_HARM_DELETES | SIM_HARM_CLIENTS)
#define H_CLIENTS SIM_HARM_CLIENTS

static const struct kind {
	const char *name;
	unsigned weight;	/* how often it is drawn */
	unsigned harm;		/* SIM_HARM_* */
	sim_op_fn *fn;
	struct arg arg[3];
} kinds[] = {
	{ "open", 0, 0, do_open,
	    { { FLOW, 0, 0, "" }, { NUMBER, 1, 90, "%" } } },
	{ "close", 0, 0, do_close, { { FLOW, 0, 0, "" } } },
	{ "more", 30, 0, do_more,
	    { { FLOW, 0, 0, "" }, { NUMBER, 20, 95, "%" } } },
	{ "loss", 4, SIM_HARM_ALL, do_loss,
	    { { NUMBER, 1, 500, "permille" }, { NUMBER, 10, 5000, "ms" } } },
	{ "dup", 3, 0, do_dup,
	    { { NUMBER, 50, 1000, "permille" }, { NUMBER, 10, 5000, "ms" } } },
	{ "jitter", 4, SIM_HARM_SHUFFLE, do_jitter,
	    { { NUMBER, 100, 30000, "us" }, { NUMBER, 10, 5000, "ms" } } },
	{ "lan-loss", 2, H_CLIENTS, do_lan_loss,
	    { { NUMBER, 1, 200, "permille" }, { NUMBER, 10, 3000, "ms" } } },
	{ "part", 3, SIM_HARM_ALL, do_part,
	    { { HOSTS, 0, 0, "" }, { NUMBER, 10, 5000, "ms" } } },
	{ "crash", 3, H_CLIENTS, sim_op_crash, { { HOST, 0, 0, "" } } },
	{ "boot", 5, 0, sim_op_boot, { { HOST, 0, 0, "" } } },
	{ "pause", 3, H_CLIENTS, sim_op_pause,
	    { { HOST, 0, 0, "" }, { NUMBER, 5, 4000, "ms" } } },
	{ "sendfail", 4, H_DELETES, sim_op_sendfail, { { HOST, 0, 0, "" },
	    { NUMBER, 1, 300, "packets" },
	    { NUMBER, 0, SIM_SEND_ERRORS - 1, "errno" } } },
	{ "nomem", 3, SIM_HARM_ALL, sim_op_nomem, { { HOST, 0, 0, "" },
	    { NUMBER, 50, 1000, "permille" }, { NUMBER, 10, 3000, "ms" } } },
	{ "cable", 2, SIM_HARM_ALL, sim_op_cable,
	    { { HOST, 0, 0, "" }, { NUMBER, 10, 4000, "ms" } } },
	{ "down", 3, H_DELETES, sim_op_down, { { HOST, 0, 0, "" },
	    { NUMBER, 1, 3000, "ms" }, { NUMBER, 0, 1, "" } } },
	{ "detach", 2, H_DELETES, sim_op_detach,
	    { { HOST, 0, 0, "" }, { NUMBER, 1, 3000, "ms" } } },
	{ "recreate", 2, H_DELETES, sim_op_recreate,
	    { { HOST, 0, 0, "" } } },
	{ "mtu", 3, 0, sim_op_mtu, { { HOST, 0, 0, "" },
	    { NUMBER, 0, SIM_MTUS - 1, "" }, { NUMBER, 0, 1, "" } } },
	{ "maxupd", 2, 0, sim_op_maxupd,
	    { { HOST, 0, 0, "" }, { NUMBER, 0, 255, "" } } },
	{ "version", 4, 0, sim_op_version,
	    { { HOST, 0, 0, "" }, { NUMBER, 0, SIM_FORMATS - 1, "" } } },
	{ "defer", 3, 0, sim_op_defer, { { HOST, 0, 0, "" },
	    { NUMBER, 0, 1, "" }, { NUMBER, 1, 200, "ms" } } },
	{ "bulk", 2, 0, sim_op_bulk, { { HOST, 0, 0, "" },
	    { NUMBER, 0, SIM_RATES - 1, "" },
	    { NUMBER, 0, SIM_RATES - 1, "" } } },
	{ "transport", 1, H_DELETES, sim_op_transport,
	    { { NUMBER, 0, SIM_TRANSPORTS - 1, "" } } },
	{ "resync", 3, 0, sim_op_resync, { { HOST, 0, 0, "" } } },
	{ "kill", 3, H_CLIENTS, sim_op_kill,
	    { { HOST, 0, 0, "" }, { FLOW, 0, 0, "" } } },
	{ "clear", 3, H_CLIENTS | SIM_HARM_CLEAR, sim_op_clear,
	    { { HOST, 0, 0, "" }, { NUMBER, 0, SIM_IFNAMES - 1, "ifname" },
	    { ANY, 0, 0, "" } } },
};
/* clang-format on */

enum { KIND_OPEN, KIND_CLOSE };

unsigned
sim_op_kinds(void)
{
	return (NELEM(kinds));
}

unsigned
sim_op_weight(unsigned kind)
{
	return (kinds[kind].weight);
}

unsigned
sim_op_harm(unsigned kind)
{
	return (kinds[kind].harm);
}

unsigned
sim_op_open(void)
{
	return (KIND_OPEN);
}

unsigned
sim_op_close(void)
{
	return (KIND_CLOSE);
}

static unsigned
draw(const struct arg *a, const struct sim_config *c, struct rng *r)
{
	switch (a->what) {
	case HOST:
		return ((unsigned)rng_below(r, c->nhosts));
	case FLOW:
		return ((unsigned)rng_below(r, c->nflows));
	case ANY: /* a host, or none of them */
		return ((unsigned)rng_below(r, c->nhosts + 1));
	case HOSTS:
		return ((unsigned)rng_between(r, 1, (1U << c->nhosts) - 2));
	case NUMBER:
		return ((unsigned)rng_between(r, a->lo, a->hi));
	default:
		return (0);
	}
}

void
sim_op_draw(struct sim_op *op, const struct sim_config *c, struct rng *r)
{
	unsigned i;

	for (i = 0; i < 3; i++)
		op->arg[i] = draw(&kinds[op->kind].arg[i], c, r);
}

void
sim_op_show(const struct sim_op *op, FILE *f)
{
	static const char *const prefix[] = { "", "fw", "connection ",
		"hosts 0x", "of fw", "" };
	const struct kind *k = &kinds[op->kind];
	unsigned i;

	fprintf(f, "%9.3f s  %s", (double)op->at / CLOCK_S, k->name);
	for (i = 0; i < 3 && k->arg[i].what != NOTHING; i++)
		fprintf(f, k->arg[i].what == HOSTS ? " %s%x%s" : " %s%u%s",
		    prefix[k->arg[i].what], op->arg[i], k->arg[i].unit);
	fprintf(f, "\n");
}

/* NELEM(kinds): none. */
static unsigned pretended = NELEM(kinds);

bool
sim_op_pretend(const char *name)
{
	for (pretended = 0; pretended < NELEM(kinds); pretended++)
		if (strcmp(kinds[pretended].name, name) == 0)
			return (true);
	return (false);
}

const char *
sim_op_pretended(void)
{
	return (pretended == NELEM(kinds) ? NULL : kinds[pretended].name);
}

void
sim_op_do(struct sim *sim, const struct sim_op *op)
{
	if (op->kind == pretended)
		sim_fail(sim, "pretended", "%s", kinds[op->kind].name);
	sim->harm |= kinds[op->kind].harm;
	kinds[op->kind].fn(sim, op->arg);
}
