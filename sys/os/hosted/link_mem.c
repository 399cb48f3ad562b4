/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A wire in memory: two ends, a ring of packets for each direction.  A full
 * ring is a full transmit queue: ENOBUFS.  The wire lives until both ends are
 * closed; what is sent to an end that is closed is gone.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/hosted/link.h"

struct slot {
	size_t len;
	uint8_t *pkt; /* room for mtu bytes */
};

struct ring {
	struct slot *slot;
	uint8_t *mem;
	unsigned max;
	unsigned head; /* next to be taken */
	unsigned count;
};

struct wire;

struct end {
	struct link link;
	struct wire *wire;
	struct ring *in;
	struct ring *out;
};

struct wire {
	struct end end[2];
	struct ring ring[2];
	unsigned open;
};

static int
mem_send(struct link *l, const uint8_t *pkt, size_t len)
{
	struct end *end = (struct end *)l;
	struct ring *r = end->out;
	struct slot *slot;

	if (len > l->mtu)
		return (EMSGSIZE);
	if (end->wire->open < 2)
		return (0);
	if (r->count == r->max)
		return (ENOBUFS);
	slot = &r->slot[(r->head + r->count++) % r->max];
	memcpy(slot->pkt, pkt, len);
	slot->len = len;
	return (0);
}

static unsigned
mem_poll(struct link *l, unsigned max, link_input_fn *input, void *arg)
{
	struct ring *r = ((struct end *)l)->in;
	struct slot *slot;
	unsigned n;

	for (n = 0; n < max && r->count > 0; n++) {
		slot = &r->slot[r->head];
		input(arg, slot->pkt, slot->len);
		r->head = (r->head + 1) % r->max;
		r->count--;
	}
	return (n);
}

static int
mem_group(struct link *l, uint8_t af, const uint8_t *group, bool join)
{
	(void)l;
	(void)af;
	(void)group;
	(void)join;
	return (0);
}

static void
wire_free(struct wire *w)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		free(w->ring[i].slot);
		free(w->ring[i].mem);
	}
	free(w);
}

static void
mem_close(struct link *l)
{
	struct wire *w = ((struct end *)l)->wire;

	if (--w->open == 0)
		wire_free(w);
}

static const struct link_ops mem_ops = {
	.send = mem_send,
	.poll = mem_poll,
	.group = mem_group,
	.close = mem_close,
};

static bool
ring_init(struct ring *r, unsigned mtu, unsigned max)
{
	unsigned i;

	r->max = max;
	r->slot = calloc(max, sizeof(*r->slot));
	r->mem = calloc(max, mtu);
	for (i = 0; i < max && r->slot != NULL && r->mem != NULL; i++)
		r->slot[i].pkt = r->mem + (size_t)i * mtu;
	return (r->slot != NULL && r->mem != NULL);
}

int
link_mem_pair(struct link *end[2], unsigned mtu, unsigned max)
{
	struct wire *w;
	unsigned i;

	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return (ENOMEM);
	if (!ring_init(&w->ring[0], mtu, max) ||
	    !ring_init(&w->ring[1], mtu, max)) {
		wire_free(w);
		return (ENOMEM);
	}
	w->open = 2;
	for (i = 0; i < 2; i++) {
		w->end[i].wire = w;
		w->end[i].in = &w->ring[i];
		w->end[i].out = &w->ring[1 - i];
		w->end[i].link.ops = &mem_ops;
		w->end[i].link.fd = w->end[i].link.blocked = -1;
		w->end[i].link.mtu = w->end[i].link.mtu_max = mtu;
		w->end[i].link.multicast = true;
		strcpy(w->end[i].link.name, "mem");
		end[i] = &w->end[i].link;
	}
	return (0);
}
