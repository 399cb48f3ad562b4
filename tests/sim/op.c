/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What can happen in a simulation: one row of a const table each.
 */

#include <errno.h>
#include <string.h>

#include "tests/sim/plan.h"

/* What an argument is, and between what bounds it is drawn. */
enum what { NOTHING, HOST, FLOW, HOSTS, NUMBER };

struct arg {
	enum what what;
	unsigned lo;
	unsigned hi;
	const char *unit;
};

static const int send_errors[] = { ENOBUFS, ENETDOWN, EMSGSIZE };
static const unsigned mtus[] = { 576, 1000, 1500, 9000 };
static const char *const ifnames[] = { "", "em0", "em2" };
static const unsigned formats[] = { PFSYNC_FORMAT_1301, PFSYNC_FORMAT_1400 };

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

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

static void
later(struct sim *sim, unsigned ms, clock_fn *fn, void *arg)
{
	clock_at(&sim->clock, sim->clock.now + ms * CLOCK_MS, fn, arg, 0, NULL,
	    0);
}

static void
mend(void *arg, uint64_t data, uint8_t *pkt, size_t len)
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
	later(sim, arg[1], mend, &sim->net.loss);
}

static void
do_dup(struct sim *sim, const unsigned *arg)
{
	sim->net.dup = arg[0];
	later(sim, arg[1], mend, &sim->net.dup);
}

static void
do_jitter(struct sim *sim, const unsigned *arg)
{
	sim->net.jitter_us = arg[0];
	later(sim, arg[1], mend, &sim->net.jitter_us);
}

static void
do_lan_loss(struct sim *sim, const unsigned *arg)
{
	sim->net.lan_loss = arg[0];
	later(sim, arg[1], mend, &sim->net.lan_loss);
}

static void
do_part(struct sim *sim, const unsigned *arg)
{
	sim->net.parted = arg[0];
	later(sim, arg[1], mend, &sim->net.parted);
}

/*
 * Firewalls
 */

static void
do_crash(struct sim *sim, const unsigned *arg)
{
	if (sim->host[arg[0]].hk != NULL)
		sim_host_crash(&sim->host[arg[0]]);
}

static void
do_boot(struct sim *sim, const unsigned *arg)
{
	sim_host_boot(&sim->host[arg[0]]);
}

static void
resume(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	struct sim_host *h = arg;

	(void)data;
	(void)pkt;
	(void)len;
	h->progress_at = h->sim->clock.now;
	sim_host_pause(h, false);
}

static void
do_pause(struct sim *sim, const unsigned *arg)
{
	sim_host_pause(&sim->host[arg[0]], true);
	later(sim, arg[1], resume, &sim->host[arg[0]]);
}

static void
do_sendfail(struct sim *sim, const unsigned *arg)
{
	struct sim_port *p = &sim->host[arg[0]].port[EM_SYNC];

	p->failing = arg[1];
	p->error = send_errors[arg[2]];
	sim_check_allow(sim, 1);
}

static void
do_nomem(struct sim *sim, const unsigned *arg)
{
	sim->host[arg[0]].fault.permille = arg[1];
	later(sim, arg[2], mend, &sim->host[arg[0]].fault.permille);
}

static void
plug_in(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	struct sim_host *h = arg;

	(void)data;
	(void)pkt;
	(void)len;
	h->port[EM_SYNC].carrier = true;
	sim_check_allow(h->sim, 2);
}

static void
do_cable(struct sim *sim, const unsigned *arg)
{
	sim->host[arg[0]].port[EM_SYNC].carrier = false;
	later(sim, arg[1], plug_in, &sim->host[arg[0]]);
}

/* pfsync0 has been told something: it may ask for everything. */
static void
configured(struct sim_host *h)
{
	h->progress_at = h->sim->clock.now;
	sim_check_allow(h->sim, 2);
	sim_host_run(h);
}

static void
up(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	(void)data;
	(void)pkt;
	(void)len;
	(void)sim_host_updown(arg, "pfsync0", true);
	configured(arg);
}

static void
do_down(struct sim *sim, const unsigned *arg)
{
	(void)sim_host_updown(&sim->host[arg[0]], "pfsync0", false);
	later(sim, arg[1], up, &sim->host[arg[0]]);
}

static void
do_detach(struct sim *sim, const unsigned *arg)
{
	sim_host_detach(&sim->host[arg[0]]);
	later(sim, arg[1], sim_host_reattach, &sim->host[arg[0]]);
}

static void
do_recreate(struct sim *sim, const unsigned *arg)
{
	struct sim_host *h = &sim->host[arg[0]];

	(void)sim_host_create(h, false);
	sim_host_repair(h);
	configured(h);
}

static void
do_mtu(struct sim *sim, const unsigned *arg)
{
	(void)sim_host_mtu(&sim->host[arg[0]], arg[2] ? "em1" : "pfsync0",
	    mtus[arg[1]]);
	configured(&sim->host[arg[0]]);
}

static void
do_maxupd(struct sim *sim, const unsigned *arg)
{
	const struct pfsync_drv_config config = { .set = PFSYNC_CONFIG_MAXUPD,
		.maxupd = arg[1] };

	(void)sim_host_set(&sim->host[arg[0]], &config);
	configured(&sim->host[arg[0]]);
}

static void
do_version(struct sim *sim, const unsigned *arg)
{
	const struct pfsync_drv_config config = { .set = PFSYNC_CONFIG_VERSION,
		.version = formats[arg[1]] };

	(void)sim_host_set(&sim->host[arg[0]], &config);
	configured(&sim->host[arg[0]]);
}

static void
do_resync(struct sim *sim, const unsigned *arg)
{
	const struct pfsync_drv_config config = { .set = PFSYNC_CONFIG_RESYNC };

	(void)sim_host_set(&sim->host[arg[0]], &config);
	configured(&sim->host[arg[0]]);
}

static void
do_kill(struct sim *sim, const unsigned *arg)
{
	struct sim_host *h = &sim->host[arg[0]];
	struct flow f;

	flow_init(&f, arg[1]);
	if (h->hk != NULL)
		(void)sim_host_kill(h, &f);
	sim_host_run(h);
}

static void
do_clear(struct sim *sim, const unsigned *arg)
{
	struct sim_host *h = &sim->host[arg[0]];

	sim_check_allow(sim, 1);
	if (h->hk != NULL)
		(void)sim_host_clear(h, ifnames[arg[1]]);
	sim_host_run(h);
}

/* clang-format off */
static const struct kind {
	const char *name;
	unsigned weight;	/* how often it is drawn */
	void (*fn)(struct sim *, const unsigned *);
	struct arg arg[3];
} kinds[] = {
	{ "open", 0, do_open,
	    { { FLOW, 0, 0, "" }, { NUMBER, 1, 90, "%" } } },
	{ "close", 0, do_close, { { FLOW, 0, 0, "" } } },
	{ "more", 30, do_more,
	    { { FLOW, 0, 0, "" }, { NUMBER, 20, 95, "%" } } },
	{ "loss", 4, do_loss,
	    { { NUMBER, 1, 500, "permille" }, { NUMBER, 10, 5000, "ms" } } },
	{ "dup", 3, do_dup,
	    { { NUMBER, 50, 1000, "permille" }, { NUMBER, 10, 5000, "ms" } } },
	{ "jitter", 4, do_jitter,
	    { { NUMBER, 100, 30000, "us" }, { NUMBER, 10, 5000, "ms" } } },
	{ "lan-loss", 2, do_lan_loss,
	    { { NUMBER, 1, 200, "permille" }, { NUMBER, 10, 3000, "ms" } } },
	{ "part", 3, do_part,
	    { { HOSTS, 0, 0, "" }, { NUMBER, 10, 5000, "ms" } } },
	{ "crash", 3, do_crash, { { HOST, 0, 0, "" } } },
	{ "boot", 5, do_boot, { { HOST, 0, 0, "" } } },
	{ "pause", 3, do_pause,
	    { { HOST, 0, 0, "" }, { NUMBER, 5, 4000, "ms" } } },
	{ "sendfail", 4, do_sendfail, { { HOST, 0, 0, "" },
	    { NUMBER, 1, 60, "packets" }, { NUMBER, 0, 2, "errno" } } },
	{ "nomem", 3, do_nomem, { { HOST, 0, 0, "" },
	    { NUMBER, 50, 1000, "permille" }, { NUMBER, 10, 3000, "ms" } } },
	{ "cable", 2, do_cable,
	    { { HOST, 0, 0, "" }, { NUMBER, 10, 4000, "ms" } } },
	{ "down", 2, do_down,
	    { { HOST, 0, 0, "" }, { NUMBER, 1, 3000, "ms" } } },
	{ "detach", 2, do_detach,
	    { { HOST, 0, 0, "" }, { NUMBER, 1, 3000, "ms" } } },
	{ "recreate", 2, do_recreate, { { HOST, 0, 0, "" } } },
	{ "mtu", 3, do_mtu, { { HOST, 0, 0, "" },
	    { NUMBER, 0, NELEM(mtus) - 1, "" }, { NUMBER, 0, 1, "" } } },
	{ "maxupd", 2, do_maxupd,
	    { { HOST, 0, 0, "" }, { NUMBER, 0, 255, "" } } },
	{ "version", 2, do_version,
	    { { HOST, 0, 0, "" }, { NUMBER, 0, NELEM(formats) - 1, "" } } },
	{ "resync", 3, do_resync, { { HOST, 0, 0, "" } } },
	{ "kill", 3, do_kill, { { HOST, 0, 0, "" }, { FLOW, 0, 0, "" } } },
	{ "clear", 2, do_clear, { { HOST, 0, 0, "" },
	    { NUMBER, 0, NELEM(ifnames) - 1, "ifname" } } },
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
		"hosts 0x", "" };
	const struct kind *k = &kinds[op->kind];
	unsigned i;

	fprintf(f, "%9.3f s  %s", (double)op->at / CLOCK_S, k->name);
	for (i = 0; i < 3 && k->arg[i].what != NOTHING; i++)
		fprintf(f, k->arg[i].what == HOSTS ? " %s%x%s" : " %s%u%s",
		    prefix[k->arg[i].what], op->arg[i], k->arg[i].unit);
	fprintf(f, "\n");
}

void
sim_op_do(struct sim *sim, const struct sim_op *op)
{
	kinds[op->kind].fn(sim, op->arg);
}
