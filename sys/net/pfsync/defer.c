/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packets that wait until a peer has their state.  See defer.h.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"

#define RECORDS (1 + PSYNC_DEFER_HELD + PSYNC_DEFER_LEAVING)
#define MEMORY                                     \
	(RECORDS * sizeof(struct psync_deferral) + \
	    PSYNC_DEFER_RECENT * sizeof(struct psync_recent))

/*
 * Lists
 */

static struct psync_deferral *
append(struct psync_deferrals *d, uint16_t i, uint16_t *first, uint16_t *last)
{
	struct psync_deferral *r = &d->record[i];

	r->next = 0;
	r->prev = *last;
	if (*last != 0)
		d->record[*last].next = i;
	else
		*first = i;
	*last = i;
	return (r);
}

static void
take_out(struct psync_deferrals *d, uint16_t i, uint16_t *first, uint16_t *last)
{
	const struct psync_deferral *r = &d->record[i];

	if (r->prev != 0)
		d->record[r->prev].next = r->next;
	else
		*first = r->next;
	if (r->next != 0)
		d->record[r->next].prev = r->prev;
	else
		*last = r->prev;
}

static void
put_back(struct psync_deferrals *d, uint16_t i)
{
	d->record[i].pkt = NULL;
	d->record[i].waits = 0;
	d->record[i].next = d->free;
	d->free = i;
}

static void
unhold(struct psync_deferrals *d, uint16_t i)
{
	take_out(d, i, &d->held, &d->held_last);
	d->nheld--;
	d->npackets -= d->record[i].pkt != NULL;
}

/* A held packet may go on. */
static void
release(struct psync_deferrals *d, uint16_t i)
{
	unhold(d, i);
	if (d->record[i].pkt == NULL)
		put_back(d, i);
	else
		(void)append(d, i, &d->leaving, &d->leaving_last);
}

static uint16_t
find(const struct psync_deferrals *d, uint64_t id, uint32_t creatorid)
{
	uint16_t i = d->held;

	while (i != 0 &&
	    (d->record[i].id != id || d->record[i].creatorid != creatorid))
		i = d->record[i].next;
	return (i);
}

/*
 * When the first is due.  The slice's timer follows if that is earlier; if it
 * is later, the timer finds nothing to do and is set anew.
 */
static void
reckon(struct psync *sc, struct psync_slice *s, struct psync_deferrals *d)
{
	const uint64_t was = d->at;

	d->at = PSYNC_NEVER;
	if (d->leaving != 0)
		d->at = 0;
	else if (d->held != 0) {
		d->at = d->record[d->held].since + d->delay;
		if (d->resend_at < d->at)
			d->at = d->resend_at;
	}
	if (d->at < was)
		psync_slice_arm(sc, s);
}

/*
 * Holding
 */

/* Is anybody there who may answer? */
static bool
anybody(struct psync *sc, struct psync_deferrals *d)
{
	if (d->heard != sc->heard) {
		d->heard = sc->heard;
		d->unanswered = 0;
	}
	return (d->heard != 0 && d->unanswered < PSYNC_DEFER_PATIENCE);
}

/* A new record; NULL if there is no room. */
static struct psync_deferral *
hold(struct psync *sc, struct psync_slice *s, struct psync_deferrals *d,
    uint64_t id, uint32_t creatorid, void *pkt)
{
	struct psync_deferral *r;
	uint16_t i;

	if ((i = d->free) == 0)
		return (NULL);
	if (d->nheld == PSYNC_DEFER_HELD) {
		s->stats.defer_overflows += d->record[d->held].pkt != NULL;
		release(d, d->held);
		i = d->free;
	}
	d->free = d->record[i].next;
	r = append(d, i, &d->held, &d->held_last);
	r->id = id;
	r->creatorid = creatorid;
	r->pkt = pkt;
	r->since = psync_now(sc);
	r->resent = 0;
	r->waits = PSYNC_DEFER_OWN;
	d->npackets += pkt != NULL;
	if (d->nheld++ == 0)
		d->resend_at = r->since + psync_defer_interval(d);
	reckon(sc, s, d);
	return (r);
}

/* The mate's insert shall be acknowledged too, to the state of that id. */
static bool
hold_mate(struct psync *sc, uint64_t mate, uint64_t id, uint32_t creatorid)
{
	struct psync_slice *s = psync_slice_of(sc, mate);
	struct psync_deferrals *d = &sc->deferrals[s->number];
	struct psync_deferral *r = NULL;
	struct psync_state st;

	psync_slice_lock(sc, s);
	if (s->active && d->delay != 0)
		r = hold(sc, s, d, mate, creatorid, NULL);
	if (r != NULL) {
		r->mate = id;
		(void)psync_queue_want_ack(s, mate, creatorid, &st);
	}
	psync_slice_unlock(sc, s);
	return (r != NULL);
}

static void
flush(struct psync *sc, uint64_t id)
{
	struct psync_slice *s = psync_slice_of(sc, id);

	psync_slice_lock(sc, s);
	psync_slice_urge(s, PSYNC_AT_ONCE);
	psync_slice_unlock(sc, s);
}

/*
 * An insert that has left already is sent again, see resend(); its mate is not
 * looked for.
 */
bool
psync_defer(struct psync *sc, const struct psync_change *c, void *pkt)
{
	struct psync_slice *s;
	struct psync_deferrals *d;
	struct psync_deferral *r = NULL;
	struct psync_state st;
	uint64_t mate = 0;
	bool wanted, pending;

	if (!sc->active || (c->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return (false);
	s = psync_slice_of(sc, c->id);
	d = &sc->deferrals[s->number];
	psync_slice_lock(sc, s);
	wanted = s->active && d->delay != 0 && anybody(sc, d);
	pending = wanted && psync_queue_want_ack(s, c->id, c->creatorid, &st);
	psync_slice_unlock(sc, s);
	if (!wanted)
		return (false);

	pending = pending && psync_defer_mate(sc, &st, &mate) &&
	    hold_mate(sc, mate, c->id, c->creatorid);
	psync_slice_lock(sc, s);
	if (s->active && d->delay != 0)
		r = hold(sc, s, d, c->id, c->creatorid, pkt);
	if (r != NULL) {
		s->stats.deferrals++;
		if (pending)
			r->waits |= PSYNC_DEFER_MATE;
	}
	psync_slice_unlock(sc, s);
	flush(sc, c->id);
	if (pending)
		flush(sc, mate);
	return (r != NULL);
}

/*
 * Letting go
 */

/*
 * The record of a state waits for one thing less.  Returns the id of who waits
 * for it in turn, or 0.
 */
static uint64_t
satisfy(struct psync *sc, uint64_t id, uint32_t creatorid, uint8_t what)
{
	struct psync_slice *s = psync_slice_of(sc, id);
	struct psync_deferrals *d = &sc->deferrals[s->number];
	struct psync_deferral *r;
	uint64_t mate = 0;
	uint16_t i;

	psync_slice_lock(sc, s);
	if ((i = find(d, id, creatorid)) != 0) {
		r = &d->record[i];
		r->waits &= (uint8_t)~what;
		if (r->pkt == NULL)
			mate = r->mate;
		if (r->waits == 0) {
			s->stats.defer_acks += r->pkt != NULL;
			sc->leaving |= r->pkt != NULL;
			release(d, i);
			reckon(sc, s, d);
		}
	}
	psync_slice_unlock(sc, s);
	return (mate);
}

void
psync_defer_acked(struct psync *sc, uint64_t id, uint32_t creatorid)
{
	uint64_t mate;

	sc->acks = true;
	mate = satisfy(sc, id, creatorid, PSYNC_DEFER_OWN);
	if (mate != 0)
		(void)satisfy(sc, mate, creatorid, PSYNC_DEFER_MATE);
}

void
psync_defer_forget(struct psync *sc, uint64_t id, uint32_t creatorid)
{
	struct psync_slice *s = psync_slice_of(sc, id);
	struct psync_deferrals *d = &sc->deferrals[s->number];
	void *pkt = NULL;
	uint16_t i;

	psync_slice_lock(sc, s);
	if ((i = find(d, id, creatorid)) != 0) {
		pkt = d->record[i].pkt;
		s->stats.defer_drops += pkt != NULL;
		unhold(d, i);
		put_back(d, i);
		reckon(sc, s, d);
	}
	psync_slice_unlock(sc, s);
	if (pkt != NULL)
		sc->os->defer_drop(sc->ctx, pkt);
}

static bool
is_gone(struct psync *sc, uint64_t id, uint32_t creatorid)
{
	void *st = sc->os->state_find(sc->ctx, id, creatorid);

	if (st == NULL)
		return (true);
	sc->os->state_release(sc->ctx, st);
	return (false);
}

void
psync_defer_sweep(struct psync *sc, uint32_t creatorid)
{
	struct psync_deferrals *d = sc->deferrals;
	struct psync_deferral r;
	unsigned i, n;

	for (i = 0; i < sc->nslices; i++, d++) {
		psync_lock(sc, i);
		n = d->nheld == 0 ? RECORDS : 1;
		psync_unlock(sc, i);
		for (; n < RECORDS; n++) {
			psync_lock(sc, i);
			r = d->record[n];
			psync_unlock(sc, i);
			if (r.waits != 0 && r.creatorid == creatorid &&
			    is_gone(sc, r.id, r.creatorid))
				psync_defer_forget(sc, r.id, r.creatorid);
		}
	}
}

void
psync_defer_leave(struct psync *sc)
{
	struct psync_deferrals *d = sc->deferrals;
	void *pkt;
	uint16_t n;
	unsigned i;

	for (i = 0; i < sc->nslices; i++, d++)
		do {
			psync_lock(sc, i);
			pkt = NULL;
			if ((n = d->leaving) != 0) {
				pkt = d->record[n].pkt;
				take_out(d, n, &d->leaving, &d->leaving_last);
				put_back(d, n);
				if (d->leaving == 0)
					reckon(sc, &sc->slices[i], d);
			}
			psync_unlock(sc, i);
			if (pkt != NULL)
				sc->os->defer_send(sc->ctx, pkt);
		} while (pkt != NULL);
}

/*
 * Time
 */

void
psync_defer_run(struct psync *sc, unsigned i)
{
	struct psync_deferrals *d = &sc->deferrals[i];
	struct psync_slice *s = &sc->slices[i];
	uint64_t now = psync_now(sc);
	bool again;

	psync_lock(sc, i);
	again = d->held != 0 && now >= d->resend_at;
	psync_unlock(sc, i);
	if (again)
		psync_defer_resend(sc, i, now);

	psync_lock(sc, i);
	while (d->held != 0 && now - d->record[d->held].since >= d->delay) {
		if (d->record[d->held].pkt != NULL) {
			s->stats.defer_timeouts++;
			if (d->unanswered < PSYNC_DEFER_PATIENCE)
				d->unanswered++;
		}
		release(d, d->held);
	}
	reckon(sc, s, d);
	psync_slice_arm(sc, s);
	psync_unlock(sc, i);
	psync_defer_leave(sc);
}

/*
 * Life
 */

bool
psync_defer_alloc(struct psync *sc)
{
	struct psync_deferral *record;
	struct psync_deferrals *d;
	unsigned i;
	uint16_t n;

	for (i = 0; i < sc->nslices; i++) {
		d = &sc->deferrals[i];
		if (d->record != NULL)
			continue;
		record = sc->os->alloc(sc->ctx, MEMORY);
		if (record == NULL)
			return (false);
		psync_lock(sc, i);
		d->record = record;
		d->recent = (void *)(record + RECORDS);
		for (n = 1; n < RECORDS; n++)
			put_back(d, n);
		psync_unlock(sc, i);
	}
	return (true);
}

void
psync_defer_set(struct psync *sc, unsigned i, unsigned delay)
{
	struct psync_deferrals *d = &sc->deferrals[i];

	if (delay == d->delay)
		return;
	d->delay = (uint16_t)delay;
	while (d->held != 0)
		release(d, d->held);
	reckon(sc, &sc->slices[i], d);
}

void
psync_defer_fini(struct psync *sc)
{
	struct psync_deferrals *d = sc->deferrals;
	unsigned i, n;

	for (i = 0; i < sc->nslices; i++, d++) {
		if (d->record == NULL)
			continue;
		for (n = 1; n < RECORDS; n++)
			if (d->record[n].pkt != NULL)
				sc->os->defer_drop(sc->ctx, d->record[n].pkt);
		sc->os->free(sc->ctx, d->record, MEMORY);
		d->record = NULL;
	}
}
