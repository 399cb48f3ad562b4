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

	return (s == 0 ? 1 : s); /* 0 stands for never */
}

/* A change that found no room: the peers will need the whole table. */
static void
hook_done(struct psync_slice *s, bool queued, unsigned ms)
{
	if (!queued) {
		s->stats.overflows++;
		psync_slice_lose(s);
	} else if (ms != PSYNC_LATER || s->deadline == PSYNC_NEVER)
		psync_slice_urge(s, ms);
}

void
psync_insert(struct psync *sc, const struct psync_state *st)
{
	struct psync_slice *s;
	bool defer;

	if (!sc->active || (st->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	s = psync_slice_of(sc, st->id);
	psync_slice_lock(sc, s);
	if (s->active)
		hook_done(s, psync_queue_state(s, PSYNC_E_INSERT, st),
		    PSYNC_SOON);
	defer = sc->deferrals[s->number].delay != 0;
	psync_slice_unlock(sc, s);
	if (defer)
		psync_defer_made(sc, st);
}

/*
 * Have the peers been told of this pair of peer states?  From now on they have.
 * Without a byte to remember it by, they never have.
 */
static inline bool
told(const struct psync_change *c)
{
	uint8_t pair = (uint8_t)(c->src->state << 4 | c->dst->state);

	if (c->told == NULL)
		return (false);
	if (*c->told == pair)
		return (true);
	*c->told = pair;
	return (false);
}

/*
 * How soon the peers must know of a change; known: only numbers have moved.  A
 * peer that updated the state just now sees the same connection's packets, so
 * it must not wait long for any change.
 */
static unsigned
urgency(struct psync *sc, const struct psync_change *c, bool known)
{
	if (c->peer_time != 0 && psync_now_s(sc) - c->peer_time < RECENT)
		return (known ? PSYNC_SOON : PSYNC_AT_ONCE);
	if (known ||
	    (c->told == NULL && c->timeout == PSYNC_TM_TCP_ESTABLISHED))
		return (PSYNC_LATER);
	return (PSYNC_SOON);
}

void
psync_update(struct psync *sc, const struct psync_change *c)
{
	struct psync_entry *entry;
	struct psync_slice *s;
	uint8_t *message;
	uint32_t hash;
	bool known, strayed;

	if (!sc->active || (c->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	hash = psync_hash(c->id);
	s = psync_slice_at(sc, hash);
	psync_slice_lock(sc, s);
	if (s->active) {
		known = told(c);
		/* The way of nearly every packet of every connection. */
		if (known && c->peer_time == 0 &&
		    (message = psync_queue_pending(s, hash, c, &entry)) !=
			NULL) {
			strayed = psync_queue_strayed(entry, c);
			psync_patch_moved(message, c);
			psync_queue_coalesced(s, entry, strayed);
		} else
			hook_done(s, psync_queue_change(s, c),
			    urgency(sc, c, known));
	}
	psync_slice_unlock(sc, s);
}

void
psync_delete(struct psync *sc, const struct psync_change *c, bool expired)
{
	struct psync_slice *s;
	bool held;

	if (!sc->active || (c->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	if (expired && c->told != NULL && *c->told == PSYNC_TOLD_PEER)
		return;
	s = psync_slice_of(sc, c->id);
	psync_slice_lock(sc, s);
	psync_gone(sc, s, c->id, c->creatorid);
	if (s->active)
		hook_done(s, psync_queue_delete(s, c->id, c->creatorid),
		    PSYNC_SOON);
	held = sc->deferrals[s->number].nheld != 0;
	psync_slice_unlock(sc, s);
	if (held)
		psync_defer_forget(sc, c->id, c->creatorid);
}

/*
 * An association has no id: this stands for its SPI, protocol and address.  Of
 * two that meet in it the latter is told; states have creators, and never do.
 */
static uint64_t
tdb_id(const struct psync_tdb *tdb)
{
	uint32_t h = tdb->sproto;
	unsigned i;

	for (i = 0; i < sizeof(tdb->dst); i++)
		h = (h ^ tdb->dst[i]) * 0x01000193U;
	return ((uint64_t)tdb->spi << 32 | h);
}

void
psync_tdb_update(struct psync *sc, const struct psync_tdb *tdb)
{
	const uint64_t id = tdb_id(tdb);
	struct psync_slice *s = psync_slice_of(sc, id);

	if (!sc->active)
		return;
	psync_slice_lock(sc, s);
	if (s->active && psync_queue_tdb(s, id, tdb))
		psync_slice_urge(s, PSYNC_LATER);
	else if (s->active)
		s->stats.overflows++;
	psync_slice_unlock(sc, s);
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
	if (sc->active) {
		for (i = 0; i < sc->nslices; i++) {
			psync_lock(sc, i);
			psync_queue_forget_all(&sc->slices[i], creatorid,
			    (const char *)message);
			psync_unlock(sc, i);
		}
		psync_control(sc, PSYNC_M_CLR, PSYNC_ALL_VERSIONS, message,
		    sizeof(message));
		/* New states would overtake one that has to wait, and go. */
		if (sc->ncontrol > 0)
			psync_send_later(sc);
		psync_defer_sweep(sc, creatorid);
	}
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}
