/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A forwarded packet makes two states; this finds the first when pf asks about
 * the second.  See defer.h.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"

/*
 * The same for both directions, and for both states of a forwarded packet.
 */
static uint32_t
connection_of(const struct psync_state *st)
{
	const struct psync_key *k = &st->key[PSYNC_STACK];
	uint64_t end[2], high, low;
	unsigned i;

	for (i = 0; i < 2; i++) {
		psync_copy(&high, k->addr[i], sizeof(high));
		psync_copy(&low, k->addr[i] + sizeof(high), sizeof(low));
		end[i] = psync_hash(high * 31 + low * 17 + k->port[i]);
	}
	return (psync_hash(end[0] + end[1] + st->proto[PSYNC_STACK]));
}

static struct psync_recent *
recent_of(struct psync_deferrals *d, uint32_t connection)
{
	return (&d->recent[connection % PSYNC_DEFER_RECENT]);
}

void
psync_defer_made(struct psync *sc, const struct psync_state *st)
{
	uint32_t connection = connection_of(st);
	struct psync_slice *s = psync_slice_at(sc, connection);
	struct psync_deferrals *d = &sc->deferrals[s->number];
	struct psync_recent *r;

	if (st->direction != PSYNC_DIR_IN)
		return;
	psync_slice_lock(sc, s);
	if (d->delay != 0) {
		r = recent_of(d, connection);
		r->id = st->id;
		r->creatorid = st->creatorid;
		r->connection = connection;
		r->at = psync_now(sc);
	}
	psync_slice_unlock(sc, s);
}

bool
psync_defer_mate(struct psync *sc, const struct psync_state *st, uint64_t *id)
{
	uint32_t connection = connection_of(st);
	struct psync_slice *s = psync_slice_at(sc, connection);
	struct psync_deferrals *d = &sc->deferrals[s->number];
	struct psync_recent *r;
	bool found;

	psync_slice_lock(sc, s);
	r = recent_of(d, connection);
	found = r->creatorid == st->creatorid && r->connection == connection &&
	    r->id != st->id && psync_now(sc) - r->at <= PSYNC_DEFER_RECENT_MS;
	*id = r->id;
	if (found)
		r->creatorid = 0;
	psync_slice_unlock(sc, s);
	return (found);
}
