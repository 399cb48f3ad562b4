/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Links of the hosted kernel that are wires of the simulation.
 */

#include <errno.h>
#include <string.h>

#include "tests/sim/sim.h"

static const uint8_t group6[2] = { 0xff, 0x12 };

/* Whether a packet on the segment is for this host. */
static bool
is_for(const struct sim_port *p, const uint8_t *pkt)
{
	if (pkt[0] >> 4 == 6)
		return (memcmp(pkt + 24, group6, sizeof(group6)) == 0 ||
		    memcmp(pkt + 24, p->link.addr6, 16) == 0);
	return (
	    (pkt[16] & 0xf0) == 0xe0 || memcmp(pkt + 16, p->link.addr, 4) == 0);
}

static void
arrive_sync(void *arg, uint64_t from, uint8_t *pkt, size_t len)
{
	struct sim_host *h = arg;

	if (h->sim->net.parted != 0 &&
	    ((h->sim->net.parted >> from ^ h->sim->net.parted >> h->nr) & 1))
		return;
	if (h->hk == NULL || !h->port[EM_SYNC].open ||
	    !h->port[EM_SYNC].carrier)
		return;
	sim_port_arrive(&h->port[EM_SYNC], pkt, len);
	sim_host_run(h);
}

static void
send_copy(struct sim_net *net, struct sim_host *from, struct sim_host *to,
    const uint8_t *pkt, size_t len)
{
	uint64_t at = from->sim->clock.now + net->delay_us +
	    rng_below(&net->rng, net->jitter_us + 1);

	if (rng_chance(&net->rng, net->loss) ||
	    (net->drop != NULL &&
		net->drop(net->drop_arg, from->nr, to->nr, pkt, len))) {
		net->lost++;
		return;
	}
	clock_at(&from->sim->clock, at, arrive_sync, to, from->nr, pkt, len);
}

static void
send_sync(struct sim_host *from, const uint8_t *pkt, size_t len)
{
	struct sim *sim = from->sim;
	struct sim_host *to;

	sim->net.sent++;
	sim_check_sent(from, pkt, len);
	for (to = sim->host; to < sim->host + sim->nhosts; to++) {
		if (to == from || !is_for(&to->port[EM_SYNC], pkt))
			continue;
		send_copy(&sim->net, from, to, pkt, len);
		if (rng_chance(&sim->net.rng, sim->net.dup))
			send_copy(&sim->net, from, to, pkt, len);
	}
}

/* The n-th packet, or the next few, cannot be sent. */
static bool
send_fails(struct sim_port *p)
{
	p->frames++;
	if (p->failing > 0) {
		p->failing--;
		return (true);
	}
	return (p->frames == p->fail_at);
}

static int
port_send(struct link *l, const uint8_t *pkt, size_t len)
{
	struct sim_port *p = (struct sim_port *)l;
	struct sim_host *h = p->host;

	if (len > l->mtu)
		return (EMSGSIZE);
	if (h->dying)
		return (0);
	if (!p->carrier)
		return (ENETDOWN);
	if (p->em == EM_SYNC)
		sim_check_offered(h, pkt, len);
	if (send_fails(p))
		return (p->error);
	if (p->em == EM_SYNC)
		send_sync(h, pkt, len);
	else
		sim_clients_receive(h->sim,
		    p->em == EM_CLIENTS ? CLIENT : SERVER, pkt, len);
	return (0);
}

static unsigned
port_poll(struct link *l, unsigned max, link_input_fn *input, void *arg)
{
	struct sim_port *p = (struct sim_port *)l;
	struct sim_slot slot;
	unsigned n;

	for (n = 0; n < max && p->count > 0; n++) {
		slot = p->ring[p->head];
		p->head = (p->head + 1) % SIM_RING;
		p->count--;
		input(arg, slot.pkt, slot.len);
		sim_free(slot.pkt);
	}
	return (n);
}

static int
port_group(struct link *l, uint8_t af, const uint8_t *group, bool join)
{
	(void)l;
	(void)af;
	(void)group;
	(void)join;
	return (0);
}

static void
port_close(struct link *l)
{
	struct sim_port *p = (struct sim_port *)l;

	for (; p->count > 0; p->count--) {
		sim_free(p->ring[p->head].pkt);
		p->head = (p->head + 1) % SIM_RING;
	}
	p->open = false;
}

static bool
port_running(struct link *l)
{
	return (((struct sim_port *)l)->carrier);
}

static const struct link_ops port_ops = {
	.send = port_send,
	.poll = port_poll,
	.group = port_group,
	.close = port_close,
	.running = port_running,
};

void
sim_port_open(struct sim_port *p, struct sim_host *h, unsigned em, unsigned mtu)
{
	static const uint8_t net4[4] = { 203, 0, 113, 0 };
	static const uint8_t net6[2] = { 0xfd, 0x2c };

	memset(p, 0, sizeof(*p));
	p->host = h;
	p->em = em;
	p->open = p->carrier = true;
	p->error = ENOBUFS;
	p->link.ops = &port_ops;
	p->link.fd = p->link.blocked = -1;
	p->link.mtu = p->link.mtu_max = mtu;
	p->link.multicast = true;
	strcpy(p->link.name, "sim");
	if (em != EM_SYNC)
		return;
	p->link.af = PSYNC_AF_INET;
	p->link.plen = 24;
	memcpy(p->link.addr, net4, sizeof(net4));
	p->link.addr[3] = (uint8_t)(1 + h->nr);
	memcpy(p->link.addr6, net6, sizeof(net6));
	p->link.addr6[15] = (uint8_t)(1 + h->nr);
}

void
sim_port_arrive(struct sim_port *p, const uint8_t *pkt, size_t len)
{
	struct sim_slot *slot;

	if (!p->open || p->count == SIM_RING)
		return;
	slot = &p->ring[(p->head + p->count++) % SIM_RING];
	slot->pkt = sim_malloc(len);
	slot->len = len;
	memcpy(slot->pkt, pkt, len);
}
