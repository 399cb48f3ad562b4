/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Links of the hosted kernel that are wires of the simulation.
 */

#include <errno.h>
#include <string.h>

#include "tests/sim/sim.h"

/* Whether a packet on the segment is for this host. */
static bool
is_for(const struct sim_port *p, const uint8_t *pkt)
{
	uint8_t af = pkt[0] >> 4 == 6 ? PSYNC_AF_INET6 : PSYNC_AF_INET;
	const uint8_t *dst = pkt + (af == PSYNC_AF_INET6 ? 24 : 16);
	size_t len = af == PSYNC_AF_INET6 ? 16 : 4;
	unsigned i;

	for (i = 0; i < 2; i++)
		if (p->group[i].af == af &&
		    memcmp(p->group[i].addr, dst, len) == 0)
			return (true);
	return (memcmp(dst, af == PSYNC_AF_INET6 ? p->link.addr6 : p->link.addr,
		    len) == 0);
}

/*
 * Stock kernels: what they send says nothing of what they understand, and they
 * understand no other version, nor a later format of version 5.
 */

static void
as_stock(uint8_t *pkt)
{
	pkt[(pkt[0] >> 4 == 6 ? 40 : 20) + 1] = 0;
}

static bool
understands(unsigned stock, const uint8_t *pkt, size_t len)
{
	static const struct {
		unsigned format;
		uint8_t version;
		uint8_t action; /* the last it knows */
	} kinds[] = { { PFSYNC_FORMAT_1301, 5, 12 },
		{ PFSYNC_FORMAT_1400, 5, 14 }, { PFSYNC_FORMAT_1500, 5, 16 },
		{ PFSYNC_FORMAT_V6, 6, 15 }, { PFSYNC_FORMAT_V3, 3, 10 } };
	const uint8_t *frame = sim_packet_frame(pkt, &len);
	struct sim_reading r = { .at = 0 };
	struct sim_message m;
	unsigned i;

	for (i = 0; kinds[i].format != stock; i++)
		;
	if (frame[0] != kinds[i].version)
		return (false);
	while (sim_message_next(frame, len, &r, &m))
		if (m.action > kinds[i].action)
			return (false);
	return (true);
}

static void
arrive_sync(void *arg, uint64_t from, uint8_t *pkt, size_t len)
{
	struct sim_host *h = arg;
	struct sim_port *p = &h->port[EM_SYNC];

	if (h->hk == NULL)
		return;
	if (h->sim->net.parted != 0 &&
	    ((h->sim->net.parted >> from ^ h->sim->net.parted >> h->nr) & 1))
		return;
	if (!p->open || !p->carrier || !is_for(p, pkt))
		return;
	if (p->count == SIM_RING)
		h->sim->harm |= SIM_HARM_ALL;
	if (h->config.stock != 0 || h->sim->host[from].config.stock != 0)
		as_stock(pkt);
	sim_port_arrive(p, pkt, len);
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
		if (to == from ||
		    (to->config.stock != 0 &&
			!understands(to->config.stock, pkt, len)))
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
	struct sim_port *p = (struct sim_port *)l;
	size_t len = af == PSYNC_AF_INET6 ? 16 : 4;
	unsigned i;

	for (i = 0; i < 2; i++)
		if (join ? p->group[i].af == 0 :
			   p->group[i].af == af &&
			    memcmp(p->group[i].addr, group, len) == 0) {
			p->group[i].af = join ? af : 0;
			memcpy(p->group[i].addr, group, len);
			return (0);
		}
	return (EADDRNOTAVAIL);
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
