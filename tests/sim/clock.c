/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The event queue: a binary heap.
 */

#include <string.h>

#include "tests/sim/clock.h"
#include "tests/sim/fault.h"

static bool
before(const struct clock_event *a, const struct clock_event *b)
{
	return (a->at != b->at ? a->at < b->at : a->seq < b->seq);
}

static void
swap(struct clock *c, size_t i, size_t j)
{
	struct clock_event e = c->heap[i];

	c->heap[i] = c->heap[j];
	c->heap[j] = e;
}

void
clock_init(struct clock *c)
{
	memset(c, 0, sizeof(*c));
}

void
clock_fini(struct clock *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		sim_free(c->heap[i].pkt);
	sim_free(c->heap);
	memset(c, 0, sizeof(*c));
}

void
clock_at(struct clock *c, uint64_t at, clock_fn *fn, void *arg, uint64_t data,
    const uint8_t *pkt, size_t len)
{
	struct clock_event *e;
	size_t i;

	if (c->count == c->max) {
		c->max = c->max == 0 ? 1024 : c->max * 2;
		c->heap = sim_realloc(c->heap, c->max * sizeof(*c->heap));
	}
	e = &c->heap[c->count];
	*e = (struct clock_event) { .at = at < c->now ? c->now : at,
		.seq = c->seq++,
		.fn = fn,
		.arg = arg,
		.data = data,
		.len = len };
	if (pkt != NULL) {
		e->pkt = sim_malloc(len);
		memcpy(e->pkt, pkt, len);
	}
	for (i = c->count++;
	     i > 0 && before(&c->heap[i], &c->heap[(i - 1) / 2]);
	     i = (i - 1) / 2)
		swap(c, i, (i - 1) / 2);
}

static void
sink(struct clock *c, size_t i)
{
	size_t child;

	for (; (child = 2 * i + 1) < c->count; i = child) {
		if (child + 1 < c->count &&
		    before(&c->heap[child + 1], &c->heap[child]))
			child++;
		if (!before(&c->heap[child], &c->heap[i]))
			break;
		swap(c, i, child);
	}
}

bool
clock_step(struct clock *c, uint64_t then)
{
	struct clock_event e;

	if (c->count == 0 || c->heap[0].at > then) {
		c->now = then;
		return (false);
	}
	e = c->heap[0];
	c->heap[0] = c->heap[--c->count];
	sink(c, 0);
	c->now = e.at;
	e.fn(e.arg, e.data, e.pkt, e.len);
	sim_free(e.pkt);
	return (true);
}
