/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A slice as a whole: its memory, its deadline, its frame on the way out.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/wire.h"

void
psync_slice_reset(struct psync_slice *s)
{
	unsigned k;

	psync_zero(s->chain, (s->mask + 1) * sizeof(*s->chain));
	for (k = 0; k < PSYNC_KINDS; k++)
		s->region[k].count = 0;
	s->nentries = 1;
	s->free = PSYNC_NO_ENTRY;
	s->used = PSYNC_HEADER_LEN + PSYNC_SUBHEADER_LEN;
	s->deadline = PSYNC_NEVER;
	s->retry_at = 0;
	s->retry_ms = PSYNC_RETRY_MIN;
	s->now = false;
	s->lag.since = 0;
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
    const struct psync_dialect *f, unsigned budget)
{
	const struct kind {
		uint16_t size;
		uint8_t action;
	} kinds[PSYNC_KINDS] = {
		[PSYNC_K_INS] = { f->state->size, f->act_ins },
		[PSYNC_K_IACK] = { PSYNC_KEY12_LEN, PFSYNC_ACT_INS_ACK },
		[PSYNC_K_UPD] = { f->state->size, f->act_upd },
		[PSYNC_K_UPD_C] = { PSYNC_UPD_C_LEN, PFSYNC_ACT_UPD_C },
		[PSYNC_K_DEL_C] = { PSYNC_KEY12_LEN, PFSYNC_ACT_DEL_C },
		[PSYNC_K_UPD_REQ] = { PSYNC_KEY12_LEN, PFSYNC_ACT_UPD_REQ },
	};
	struct psync_region *r;
	unsigned heads, k, max;
	size_t offset;

	psync_zero(s, sizeof(*s));
	s->sc = sc;
	s->format = f;
	s->budget = budget;
	s->number = (uint16_t)number;
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
			r->size = kinds[k].size;
			r->action = kinds[k].action;
			max = budget / r->size;
			r->buf = carve(s, &offset, max * (size_t)r->size);
			r->owner = carve(s, &offset, max * sizeof(*r->owner));
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

static size_t
assemble(struct psync_slice *s)
{
	const struct psync_region *r;
	uint8_t *w = s->frame + PSYNC_HEADER_LEN;

	for (r = s->region; r < s->region + PSYNC_KINDS; r++) {
		if (r->count == 0)
			continue;
		w += psync_put_subheader(w, r->action, r->count);
		psync_copy(w, r->buf, (size_t)r->count * r->size);
		w += (size_t)r->count * r->size;
	}
	w += psync_put_subheader(w, PFSYNC_ACT_EOF, 1);
	(void)psync_put_header(s->frame, (size_t)(w - s->frame),
	    s->sc->os->checksum(s->sc->ctx));
	return ((size_t)(w - s->frame));
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

bool
psync_slice_flush(struct psync_slice *s)
{
	struct psync *sc = s->sc;
	struct psync_region *r;
	enum psync_sent sent;
	uint64_t now;

	if (s->used == PSYNC_HEADER_LEN + PSYNC_SUBHEADER_LEN) {
		/* Empty; what it held may have been cancelled. */
		psync_slice_reset(s);
		return (true);
	}
	now = s->retry_at == 0 ? 0 : psync_now(sc);
	if (now < s->retry_at)
		return (false);
	if (s->retry_at != 0)
		s->stats.retries++;

	sent = psync_output(sc, &s->stats, s->frame, assemble(s));
	if (sent == PSYNC_NOBUFS || sent == PSYNC_UNREACHABLE) {
		now = psync_now(sc);
		s->retry_at = s->deadline = now + s->retry_ms;
		if (s->retry_ms < PSYNC_RETRY_MAX)
			s->retry_ms *= 2;
		psync_slice_arm(sc, s);
		return (false);
	}
	/* One whole table makes it good, unless that is what cannot be sent. */
	if (sent == PSYNC_UNSENDABLE && !sc->bulk.sending)
		s->lost = true;
	if (sent == PSYNC_SENT) {
		for (r = s->region; r < s->region + PSYNC_KINDS; r++)
			s->stats.base.pfsyncs_oacts[r->action] += r->count;
		s->stats.base.pfsyncs_oacts[PFSYNC_ACT_EOF]++;
		if (s->lag.since != 0)
			lag_sent(&s->lag, psync_now(sc));
	}
	psync_slice_reset(s);
	return (true);
}
