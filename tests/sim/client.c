/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Connections: both ends of each, with retransmission timers under virtual
 * time.  What they send arrives at a firewall of route.c's choice.
 */

#include <string.h>

#include "tests/sim/sim.h"

static void pump(struct sim *, unsigned nr, enum side);

void
sim_clients_init(struct sim *sim)
{
	unsigned n = sim->config.nflows;

	sim->flows = sim_calloc(n, sizeof(*sim->flows));
	sim->clients = sim_calloc(n, sizeof(*sim->clients));
}

void
sim_clients_fini(struct sim *sim)
{
	sim_free(sim->flows);
	sim_free(sim->clients);
}

/* Ports that are used again: the numbers go on elsewhere. */
static void
renumber(struct tcp *t, unsigned life)
{
	t->iss += life * 64009 * FLOW_BYTES / 64;
	t->snd_una = t->snd_nxt = t->snd_max = t->iss;
}

void
sim_client_open(struct sim *sim, unsigned nr)
{
	struct sim_client *c = &sim->clients[nr];
	struct flow *f = &sim->flows[nr];

	flow_init(f, nr);
	if (f->proto == PACKET_TCP) {
		renumber(&f->tcp[CLIENT], c->life);
		renumber(&f->tcp[SERVER], c->life);
	}
	c->open = true;
	c->life++;
	c->percent = 0;
	c->silent = true;
	c->opened = sim->clock.now;
	c->first = c->answered = 0;
	c->timer[CLIENT] = c->timer[SERVER] = 0;
	pump(sim, nr, CLIENT);
}

void
sim_client_limit(struct sim *sim, unsigned nr, unsigned percent)
{
	/* What has been written cannot be taken back. */
	if (!sim->clients[nr].open || percent < sim->clients[nr].percent)
		return;
	sim->clients[nr].percent = percent;
	if (sim->clock.now == sim->clients[nr].opened && percent > 0)
		sim->clients[nr].silent = false;
	flow_limit(&sim->flows[nr], percent);
	pump(sim, nr, CLIENT);
	pump(sim, nr, SERVER);
}

#define MORE 3 /* percent */

void
sim_clients_use(struct sim *sim)
{
	unsigned i, percent;

	for (i = 0; i < sim->config.nflows; i++) {
		percent = sim->clients[i].percent + MORE;
		if (percent < 100)
			sim_client_limit(sim, i, percent);
	}
}

void
sim_clients_check(struct sim *sim)
{
	const struct sim_client *c = sim->clients;
	const struct flow *f;
	unsigned i;

	for (i = 0; i < sim->config.nflows; i++, c++) {
		f = &sim->flows[i];
		/*
		 * States of others do not outlive a pause, and one of its life
		 * before may not let a connection begin.  Nor do those of a
		 * connection that does nothing once it is open, if what says
		 * so has gone by the one firewall before this knew from the
		 * other what it answers.
		 */
		if (c->open && f->proto == PACKET_TCP &&
		    (c->life == 1 || flow_arrived(f) != 0) &&
		    !(c->silent && sim->late) &&
		    flow_arrived(f) < flow_share(f, c->percent))
			sim_fail(sim, "stall",
			    "connection %u has got %u of %u bytes, %s", i,
			    flow_arrived(f), flow_share(f, c->percent),
			    flow_end(f) == FLOW_DEAD ? "and is dead" :
						       "and waits");
	}
}

bool
sim_clients_idle(const struct sim *sim)
{
	const struct sim_client *c;

	for (c = sim->clients; c < sim->clients + sim->config.nflows; c++)
		if (c->open && (c->timer[CLIENT] != 0 || c->timer[SERVER] != 0))
			return (false);
	return (true);
}

/* Which ends of which connection: the data of an event. */
static uint64_t
end_of(unsigned nr, enum side side)
{
	return ((uint64_t)nr << 1 | side);
}

static void
arrive_firewall(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	enum side side = data & 1;
	struct sim *sim = arg;
	struct sim_host *h = sim_route(sim, (unsigned)(data >> 1), side);

	if (h == NULL || rng_chance(&sim->net.rng, sim->net.lan_loss))
		return;
	sim_port_arrive(&h->port[side == CLIENT ? EM_CLIENTS : EM_SERVERS], pkt,
	    len);
	sim_host_run(h);
}

static uint64_t
rto_at(const struct flow *f, enum side side)
{
	if (f->proto == PACKET_TCP)
		return (
		    f->tcp[side].state == TCP_DEAD ? 0 : f->tcp[side].rto.at);
	if (f->exchange.dead)
		return (0);
	return (side == CLIENT ? f->exchange.client_rto.at :
				 f->exchange.server_rto.at);
}

static void
timer(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	unsigned nr = (unsigned)(data >> 1);
	enum side side = data & 1;
	struct sim *sim = arg;

	(void)pkt;
	(void)len;
	if (sim->clients[nr].timer[side] == sim->clock.now)
		pump(sim, nr, side);
}

/* Sends what an end has to send. */
static void
pump(struct sim *sim, unsigned nr, enum side side)
{
	uint8_t buf[PACKET_MAX], data[PACKET_MSS];
	struct sim_client *c = &sim->clients[nr];
	struct flow *f = &sim->flows[nr];
	uint64_t at, now = 1 + sim->clock.now / CLOCK_MS;
	struct packet p;

	while (flow_output(f, side, now, &p, data)) {
		clock_at(&sim->clock, sim->clock.now + sim->net.lan_delay_us,
		    arrive_firewall, sim, end_of(nr, side), buf,
		    packet_build(&p, buf));
	}
	at = rto_at(f, side);
	if (at == 0) {
		c->timer[side] = 0;
		return;
	}
	at = (at - 1) * CLOCK_MS;
	if (at <= sim->clock.now)
		at = sim->clock.now + CLOCK_MS;
	if (at != c->timer[side]) {
		c->timer[side] = at;
		clock_at(&sim->clock, at, timer, sim, end_of(nr, side), NULL,
		    0);
	}
}

static void
arrive_end(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	struct sim *sim = arg;
	enum side side = (enum side)data;
	struct sim_client *c;
	struct packet p;
	struct flow *f;
	unsigned nr;

	if (!packet_parse(pkt, len, &p)) {
		sim_fail(sim, "packet", "a firewall has damaged a packet");
		return;
	}
	f = flow_find(sim->flows, sim->config.nflows, side, &p);
	if (f == NULL)
		return;
	nr = (unsigned)(f - sim->flows);
	c = &sim->clients[nr];
	if (!c->open)
		return;
	if (side == SERVER && c->first == 0)
		c->first = sim->clock.now;
	if (side == CLIENT && c->answered == 0)
		c->answered = sim->clock.now;
	flow_input(f, side, 1 + sim->clock.now / CLOCK_MS, &p);
	pump(sim, nr, side);
}

void
sim_clients_receive(struct sim *sim, enum side side, const uint8_t *pkt,
    size_t len)
{
	if (rng_chance(&sim->net.rng, sim->net.lan_loss))
		return;
	clock_at(&sim->clock, sim->clock.now + sim->net.lan_delay_us,
	    arrive_end, sim, side, pkt, len);
}
