/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Inserts that a packet waits for and nobody has answered, told again.  See
 * defer.h.
 */

#include "net/pfsync/engine.h"

#define BATCH 8 /* states that are looked up for one turn of the lock */

/* One state whose insert nobody has answered: all of it, with the request. */
static void
resend_one(struct psync *sc, uint64_t id, uint32_t creatorid)
{
	struct psync_slice *s = psync_slice_of(sc, id);
	struct psync_state st;
	void *local;

	local = sc->os->state_find(sc->ctx, id, creatorid);
	if (local == NULL)
		return;
	sc->os->state_export(sc->ctx, local, &st);
	st.state_flags |= PSYNC_STATE_ACK;
	psync_slice_lock(sc, s);
	if (s->active && psync_queue_state(s, PSYNC_E_FULL, &st))
		s->stats.defer_resends++;
	psync_slice_unlock(sc, s);
	sc->os->state_release(sc->ctx, local);
}

/* Takes up to BATCH records whose turn it is.  Slice locked. */
static unsigned
resend_batch(struct psync_deferrals *d, uint64_t now,
    struct psync_deferral batch[BATCH])
{
	unsigned interval = psync_defer_interval(d), n = 0;
	struct psync_deferral *r;
	uint16_t i;

	for (i = d->held; i != 0 && n < BATCH; i = r->next) {
		r = &d->record[i];
		if (r->resent == PSYNC_DEFER_RESENDS ||
		    (r->waits & PSYNC_DEFER_OWN) == 0 ||
		    now - r->since < (r->resent + 1U) * interval)
			continue;
		r->resent++;
		batch[n++] = *r;
	}
	return (n);
}

/*
 * An insert may be lost on its way, its answer too.  A peer that never answers
 * (version 3 has no INS_ACK) is not told everything four times.
 */
void
psync_defer_resend(struct psync *sc, unsigned nr, uint64_t now)
{
	struct psync_deferrals *d = &sc->deferrals[nr];
	struct psync_slice *s = &sc->slices[nr];
	struct psync_deferral batch[BATCH];
	unsigned i, n;

	do {
		psync_slice_lock(sc, s);
		n = sc->acks ? resend_batch(d, now, batch) : 0;
		psync_slice_unlock(sc, s);
		for (i = 0; i < n; i++)
			resend_one(sc, batch[i].id, batch[i].creatorid);
	} while (n == BATCH);
	psync_slice_lock(sc, s);
	if (sc->acks)
		psync_slice_urge(s, PSYNC_AT_ONCE);
	d->resend_at = now + psync_defer_interval(d);
	psync_slice_unlock(sc, s);
}
