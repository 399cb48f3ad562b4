/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pf's hooks: what pf does to its states becomes messages in their slices.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"

/* A peer updated a state less than so long ago: tell it at once, it works on
 * the same connection. */
#define RECENT 2 /* seconds */

uint32_t
psync_now_s(struct psync *sc)
{
	uint32_t s = (uint32_t)(psync_now(sc) / 1000);

	return (s == 0 ? 1 : s);	/* 0 stands for never */
}

/* A change that found no room: the peers will need the whole table. */
static void
hook_done(struct psync_slice *s, bool queued, unsigned ms)
{
	if (queued)
		psync_slice_urge(s, ms);
	else {
		s->stats.overflows++;
		s->lost = true;
	}
}

void
psync_insert(struct psync *sc, const struct psync_state *st)
{
	struct psync_slice *s;

	if (!sc->active || (st->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	s = psync_slice_of(sc, st->id);
	psync_lock(sc, s->number);
	if (s->active)
		hook_done(s, psync_queue_state(s, PSYNC_E_INSERT, st),
		    PSYNC_SOON);
	psync_unlock(sc, s->number);
}

/* How soon the peers must know of a change. */
static unsigned
change_urgency(struct psync *sc, const struct psync_change *c)
{
	uint8_t pair = (uint8_t)(c->src->state << 4 | c->dst->state);
	unsigned ms = PSYNC_LATER;

	if (c->told == NULL) {
		if (c->timeout != PSYNC_TM_TCP_ESTABLISHED)
			ms = PSYNC_SOON;
	} else if (*c->told != pair) {
		*c->told = pair;
		ms = PSYNC_SOON;
	}
	if (c->peer_time != 0 && psync_now_s(sc) - c->peer_time < RECENT)
		ms = PSYNC_AT_ONCE;
	return (ms);
}

void
psync_update(struct psync *sc, const struct psync_change *c)
{
	struct psync_slice *s;
	unsigned ms;

	if (!sc->active || (c->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	s = psync_slice_of(sc, c->id);
	psync_lock(sc, s->number);
	if (s->active) {
		ms = s->maxupd <= 1 ? PSYNC_AT_ONCE : change_urgency(sc, c);
		hook_done(s, psync_queue_change(s, c), ms);
	}
	psync_unlock(sc, s->number);
}

void
psync_delete(struct psync *sc, const struct psync_change *c, bool expired)
{
	struct psync_slice *s;

	if (!sc->active || (c->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	if (expired && c->told != NULL && *c->told == PSYNC_TOLD_PEER)
		return;
	s = psync_slice_of(sc, c->id);
	psync_lock(sc, s->number);
	if (s->active)
		hook_done(s,
		    psync_queue_key(s, PSYNC_E_DELETE, c->id, c->creatorid),
		    PSYNC_SOON);
	psync_unlock(sc, s->number);
}

void
psync_clear(struct psync *sc, uint32_t creatorid, const char *ifname)
{
	uint8_t message[sizeof(struct pfsync_clr)] = { 0 };
	unsigned i;

	for (i = 0; i < PSYNC_IFNAMSIZ - 1 && ifname[i] != '\0'; i++)
		message[i] = (uint8_t)ifname[i];
	psync_copy(message + PSYNC_IFNAMSIZ, &creatorid, sizeof(creatorid));
	psync_lock(sc, PSYNC_LOCK_MAIN);
	if (sc->active)
		psync_control(sc, PFSYNC_ACT_CLR, message, sizeof(message));
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}
