/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The tape: what firewalls of a cluster tell each other.  See cluster.h.
 */

#include <string.h>

#include "tests/sim/cluster.h"

struct tape tape;

static void
record(struct tape_frame *f, unsigned from, const uint8_t *pkt, size_t len)
{
	size_t hlen = pkt[0] >> 4 == 6 ? 40 : 20;
	unsigned action;

	memset(f, 0, sizeof(*f));
	f->at = sim.clock.now;
	f->ms = sim_host_ms(&sim.host[from]);
	f->from = from;
	f->version = pkt[hlen];
	f->len = len;
	f->bytes = sim_malloc(len - hlen);
	memcpy(f->bytes, pkt + hlen, len - hlen);
	for (action = 0; action < PFSYNC_ACT_MAX; action++)
		if (f->version == PFSYNC_VERSION)
			f->count[action] = frame_messages(f->bytes, len - hlen,
			    (uint8_t)action);
}

/* Called for each copy: that to the first of the others is recorded. */
static bool
hear_copy(void *arg, unsigned from, unsigned to, const uint8_t *pkt, size_t len)
{
	struct tape_frame f;
	bool lost;

	(void)arg;
	record(&f, from, pkt, len);
	lost = tape.lose != NULL && tape.lose(from, to, &f);
	if (to != (from == 0) || tape.stopped) {
		sim_free(f.bytes);
		return (lost);
	}
	if (tape.n == tape.max) {
		tape.max = tape.max == 0 ? 64 : 2 * tape.max;
		tape.frame = sim_realloc(tape.frame,
		    tape.max * sizeof(*tape.frame));
	}
	tape.frame[tape.n++] = f;
	return (lost);
}

void
tape_begin(void)
{
	for (; tape.n > 0; tape.n--)
		sim_free(tape.frame[tape.n - 1].bytes);
	sim.net.drop = hear_copy;
}

static unsigned
messages(const struct tape_frame *f, uint32_t actions)
{
	unsigned action, n = 0;

	for (action = 0; action < PFSYNC_ACT_MAX; action++)
		if ((actions & 1U << action) != 0)
			n += f->count[action];
	return (n);
}

bool
tape_has(const struct tape_frame *f, uint32_t actions)
{
	return (messages(f, actions) > 0);
}

bool
tape_bus(const struct tape_frame *f, uint8_t status)
{
	return (f->count[PFSYNC_ACT_BUS] > 0 &&
	    frame_message(f->bytes, f->len - 20, PFSYNC_ACT_BUS, 0)[8] ==
		status);
}

bool
lose_inserts(unsigned from, unsigned to, const struct tape_frame *f)
{
	(void)from;
	(void)to;
	return (tape_has(f, ANY_INS));
}

bool
lose_acks(unsigned from, unsigned to, const struct tape_frame *f)
{
	(void)from;
	(void)to;
	return (tape_has(f, ONLY(INS_ACK)));
}

static bool
is_from(const struct tape_frame *f, int from)
{
	return (from == ANYBODY || f->from == (unsigned)from);
}

unsigned
tape_messages(int from, uint32_t actions)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < tape.n; i++)
		if (is_from(&tape.frame[i], from))
			n += messages(&tape.frame[i], actions);
	return (n);
}

unsigned
tape_frames(int from, uint32_t actions)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < tape.n; i++)
		n += is_from(&tape.frame[i], from) &&
		    tape_has(&tape.frame[i], actions);
	return (n);
}

const uint8_t *
tape_message(unsigned from, uint8_t action, unsigned i)
{
	const struct tape_frame *f;

	for (f = tape.frame; f < tape.frame + tape.n; f++) {
		if (f->from != from)
			continue;
		if (i < f->count[action])
			return (
			    frame_message(f->bytes, f->len - 20, action, i));
		i -= f->count[action];
	}
	return (NULL);
}
