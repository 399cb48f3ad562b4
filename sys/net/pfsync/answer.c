/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Answers.  See answer.h.
 */

#include "net/pfsync/answer.h"
#include "net/pfsync/engine.h"

static void
answered(struct psync_slice *s, bool queued)
{
	if (queued)
		s->now = s->sc->answers = true;
	else
		s->stats.overflows++;
}

void
psync_answer_key(struct psync *sc, enum psync_event event, uint64_t id,
    uint32_t creatorid)
{
	struct psync_slice *s = psync_slice_of(sc, id);

	psync_slice_lock(sc, s);
	if (s->active)
		answered(s, psync_queue_key(s, event, id, creatorid));
	psync_slice_unlock(sc, s);
}

void
psync_answer_state(struct psync *sc, const struct psync_state *st)
{
	struct psync_slice *s = psync_slice_of(sc, st->id);

	psync_slice_lock(sc, s);
	if (s->active)
		answered(s, psync_queue_state(s, PSYNC_E_FULL, st));
	psync_slice_unlock(sc, s);
}

void
psync_answer_change(struct psync *sc, const struct psync_change *c)
{
	struct psync_slice *s = psync_slice_of(sc, c->id);

	if ((c->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	psync_slice_lock(sc, s);
	if (s->active)
		answered(s, psync_queue_change(s, c));
	psync_slice_unlock(sc, s);
}

void
psync_answer_change_twice(struct psync *sc, const struct psync_change *c)
{
	struct psync_slice *s = psync_slice_of(sc, c->id);

	psync_answer_change(sc, c);
	psync_answer_flush(sc);
	if ((c->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	psync_slice_lock(sc, s);
	if (s->active && psync_queue_change(s, c))
		psync_slice_urge(s, PSYNC_LATER);
	psync_slice_unlock(sc, s);
}

void
psync_answer_flush(struct psync *sc)
{
	struct psync_slice *s;

	if (!sc->answers)
		return;
	sc->answers = false;
	for (s = sc->slices; s < sc->slices + sc->nslices; s++) {
		psync_slice_lock(sc, s);
		if (s->now) {
			s->now = false;
			(void)psync_slice_flush(s);
		}
		psync_slice_unlock(sc, s);
	}
}
