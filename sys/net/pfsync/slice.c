/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A slice as a whole: its memory, its deadline, its frame on the way out.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/tdb.h"
#include "net/pfsync/wire.h"

/* The least of all full states, of which a frame holds most. */
#define STATE_MIN PFSYNC_STATE_1301_LEN

/* From now on full states wait in the layout that fits what is spoken. */
static void
adopt_layout(struct psync_slice *s)
{
	s->layout = psync_batch_layout(s->dialects);
	s->region[PSYNC_K_INS].size = s->layout->size;
	s->region[PSYNC_K_UPD].size = s->layout->size;
}

/* What waits has left, or is forgotten. */
static void
forget_waiting(struct psync_slice *s)
{
	unsigned k;

	psync_zero(s->chain, (s->mask + 1) * sizeof(*s->chain));
	for (k = 0; k < PSYNC_KINDS; k++)
		s->region[k].count = 0;
	s->nentries = 1;
	s->free = PSYNC_NO_ENTRY;
	s->used = PSYNC_HEADER_LEN + PSYNC_SUBHEADER_LEN;
	adopt_layout(s);
}

void
psync_slice_reset(struct psync_slice *s)
{
	forget_waiting(s);
	psync_zero(&s->leaving.at, sizeof(s->leaving.at));
	s->deadline = PSYNC_NEVER;
	s->retry_at = 0;
	s->retry_ms = PSYNC_RETRY_MIN;
	s->now = false;
	s->lag.since = 0;
}

void
psync_slice_speak(struct psync_slice *s, unsigned dialects)
{
	s->dialects = (uint8_t)dialects;
	if (s->nentries == 1)
		adopt_layout(s);
}

/* Cuts len bytes off the slice's memory, aligned for any type. */
static void *
carve(struct psync_slice *s, size_t *offset, size_t len)
{
	void *p = s->mem == NULL ? NULL : s->mem + *offset;

	*offset += (len + 15) & ~(size_t)15;
	return (p);
}

bool
psync_slice_init(struct psync_slice *s, struct psync *sc, unsigned number,
    unsigned dialects, unsigned budget)
{
	static const uint16_t size[PSYNC_KINDS] = {
		[PSYNC_K_INS] = STATE_MIN,
		[PSYNC_K_IACK] = PSYNC_KEY12_LEN,
		[PSYNC_K_UPD] = STATE_MIN,
		[PSYNC_K_UPD_C] = PSYNC_UPD_C_LEN,
		[PSYNC_K_DEL_C] = PSYNC_KEY12_LEN,
		[PSYNC_K_UPD_REQ] = PSYNC_KEY12_LEN,
		[PSYNC_K_TDB] = PSYNC_TDB_V6_LEN,
	};
	struct psync_region *l, *r;
	unsigned heads, k;
	size_t offset;

	psync_zero(s, sizeof(*s));
	s->sc = sc;
	s->dialects = (uint8_t)dialects;
	s->budget = budget;
	s->number = (uint16_t)number;
	s->lost_at = PSYNC_NEVER;
	s->max = (uint16_t)(budget / PSYNC_KEY12_LEN + 1);
	for (heads = 16; heads < s->max; heads *= 2)
		;
	s->mask = heads - 1;

	/* Twice: first to learn how much, then to hand it out. */
	do {
		offset = 0;
		s->frame = carve(s, &offset, budget);
		s->chain = carve(s, &offset, heads * sizeof(*s->chain));
		s->entries = carve(s, &offset, s->max * sizeof(*s->entries));
		for (k = 0; k < PSYNC_KINDS; k++) {
			r = &s->region[k];
			l = &s->leaving.region[k];
			r->size = l->size = size[k];
			r->buf = carve(s, &offset, budget);
			l->buf = carve(s, &offset, budget);
			r->owner = carve(s, &offset,
			    budget / size[k] * sizeof(*r->owner));
		}
		if (s->mem != NULL)
			break;
		s->memlen = offset;
		s->mem = sc->os->alloc(sc->ctx, s->memlen);
	} while (s->mem != NULL);
	if (s->mem == NULL)
		return (false);
	psync_slice_reset(s);
	return (true);
}

void
psync_slice_fini(struct psync_slice *s)
{
	if (s->mem != NULL)
		s->sc->os->free(s->sc->ctx, s->mem, s->memlen);
	s->mem = NULL;
}

void
psync_slice_urge(struct psync_slice *s, unsigned ms)
{
	uint64_t deadline, now;

	if (s->nentries == 1)
		return;
	if (ms == PSYNC_AT_ONCE) {
		(void)psync_slice_flush(s);
		return;
	}
	now = psync_now(s->sc);
	if (s->lag.since == 0)
		s->lag.since = now;
	deadline = now + ms;
	if (deadline < s->deadline) {
		s->deadline = deadline;
		psync_slice_arm(s->sc, s);
	}
}

void
psync_slice_lose(struct psync_slice *s)
{
	if (s->lost_at != PSYNC_NEVER)
		return;
	s->lost_at = psync_now(s->sc);
	psync_slice_arm(s->sc, s);
}

/* Counts a frame that was sent. */
static void
count_sent(struct psync_slice *s, const struct psync_made *made)
{
	const struct psync_version *v = made->dialect->version;
	uint64_t *oacts = s->stats.base.pfsyncs_oacts;
	uint8_t action;
	unsigned k;

	for (k = 0; k < PSYNC_KINDS; k++) {
		if (made->count[k] == 0)
			continue;
		action = psync_action_of(made->dialect, psync_kind_message[k]);
		oacts[v->actions[action].counter] += made->count[k];
	}
	if (v->framing == PSYNC_FRAME_EOF)
		oacts[PFSYNC_ACT_EOF]++;
}

/* A frame has left.  What never had to wait is not looked at. */
static void
lag_sent(struct psync_lag *lag, uint64_t now)
{
	lag->sent_at = now;
	lag->last = now - lag->since;
	if (lag->last > lag->max)
		lag->max = lag->last;
}

/*
 * Sends a batch from where it has got to.  PSYNC_NOBUFS or PSYNC_UNREACHABLE if
 * the link is stuck; frames says how many have gone.
 */
static enum psync_sent
send_batch(struct psync_slice *s, const struct psync_layout *layout,
    const struct psync_region *region, struct psync_progress *at,
    unsigned *frames)
{
	struct psync *sc = s->sc;
	const struct psync_batch b = {
		.layout = layout,
		.region = region,
		.cksum = sc->os->checksum(sc->ctx),
		.budget = s->budget,
	};
	struct psync_progress next;
	struct psync_made made;
	enum psync_sent sent;

	while (at->dialects != 0) {
		next = *at;
		if (psync_batch_next(&b, &next, s->frame, &made)) {
			sent = psync_output(sc, &s->stats, s->frame, made.len);
			if (sent == PSYNC_NOBUFS || sent == PSYNC_UNREACHABLE)
				return (sent);
			if (sent == PSYNC_SENT) {
				count_sent(s, &made);
				if (s->lag.since != 0)
					lag_sent(&s->lag, psync_now(sc));
			}
			if (sent == PSYNC_UNSENDABLE) {
				s->lost_again |= sc->bulk.sending;
				psync_slice_lose(s);
			}
			++*frames;
		}
		s->stats.untold += made.untold;
		s->stats.unmapped += made.unmapped;
		*at = next;
	}
	return (PSYNC_SENT);
}

/* Sends what got stuck half-way before.  True if nothing of it is left. */
static bool
send_leaving(struct psync_slice *s)
{
	struct psync_leaving *l = &s->leaving;
	unsigned frames = 0;

	if (l->at.dialects == 0)
		return (true);
	return (
	    send_batch(s, l->layout, l->region, &l->at, &frames) == PSYNC_SENT);
}

/* The link got stuck at these: they wait apart, and a new frame begins. */
static void
set_leaving(struct psync_slice *s, const struct psync_progress *at)
{
	struct psync_leaving *l = &s->leaving;
	struct psync_region *r = s->region;
	uint8_t *buf;
	unsigned k;

	l->at = *at;
	l->layout = s->layout;
	for (k = 0; k < PSYNC_KINDS; k++) {
		buf = l->region[k].buf;
		l->region[k].buf = r[k].buf;
		l->region[k].count = r[k].count;
		l->region[k].size = r[k].size;
		r[k].buf = buf;
	}
	forget_waiting(s);
}

/* As send_leaving(), for what waits. */
static bool
send_waiting(struct psync_slice *s)
{
	struct psync_progress at = {
		.dialects = s->dialects,
		.repeats = (s->dialects & PSYNC_DIALECTS_V5) != 0,
	};
	unsigned frames = 0;

	if (send_batch(s, s->layout, s->region, &at, &frames) == PSYNC_SENT)
		return (true);
	if (frames > 0)
		set_leaving(s, &at);
	return (false);
}

bool
psync_slice_flush(struct psync_slice *s)
{
	struct psync *sc = s->sc;
	bool waiting = s->used != PSYNC_HEADER_LEN + PSYNC_SUBHEADER_LEN;

	if (!waiting && s->leaving.at.dialects == 0) {
		/* Empty; what it held may have been cancelled. */
		psync_slice_reset(s);
		return (true);
	}
	if (s->retry_at != 0) {
		if (psync_now(sc) < s->retry_at)
			return (false);
		s->stats.retries++;
	}
	if (!send_leaving(s) || (waiting && !send_waiting(s))) {
		s->retry_at = s->deadline = psync_now(sc) + s->retry_ms;
		if (s->retry_ms < PSYNC_RETRY_MAX)
			s->retry_ms *= 2;
		psync_slice_arm(sc, s);
		return (false);
	}
	psync_slice_reset(s);
	return (true);
}
