/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sending the whole table: a cursor that goes round, at a pace.  See bulk.h.
 */

#include <stddef.h>

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/speak.h"

static void
send_status(struct psync *sc, uint8_t status, uint8_t round, unsigned versions,
    uint64_t ms)
{
	uint32_t hostid = sc->os->hostid(sc->ctx);
	uint8_t message[sizeof(struct pfsync_bus)] = { 0 };

	psync_copy(message, &hostid, sizeof(hostid));
	psync_put32(message + 4, (uint32_t)(ms / 1000));
	message[8] = status;
	message[9] = round;
	psync_control(sc, PSYNC_M_BUS, versions, message, sizeof(message));
}

/*
 * For who has just joined.  OpenBSD would take the next END for its own, and is
 * told when that has passed.
 */
static void
send_start_to_joined(struct psync *sc)
{
	unsigned versions = PSYNC_ALL_VERSIONS;

	if (psync_peers_stock(&sc->peers, PFSYNC_VERSION_6))
		versions &= ~(1U << PSYNC_V_6);
	send_status(sc, PFSYNC_BUS_START, sc->bulk.next.number, versions, 0);
}

/* The first is another in each of our lives. */
static uint8_t
new_number(struct psync_bulk *b, uint64_t now)
{
	if (b->number == 0)
		b->number = (uint8_t)now;
	if (++b->number == 0)
		b->number = 1;
	return (b->number);
}

/* The bucket at the cursor is begun anew, or another one is. */
static void
forget_bucket(struct psync_bulk *b)
{
	b->ndone = 0;
	b->crowded = false;
	b->last.creatorid = 0;
}

static void
begin(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;

	b->sending = true;
	b->joined = b->joining = b->over = false;
	b->next_at = b->left_at = now;
	b->states_left = sc->config.bulk_rate;
	b->bytes_left = (int64_t)sc->config.bulk_bytes;
	forget_bucket(b);
	b->lap = 0;
	psync_zero(&b->cursor, sizeof(b->cursor));
	b->now = (struct psync_bulk_round) { .lap = 1,
		.number = new_number(b, now),
		.first_at = now,
		.last_at = now };
	send_status(sc, PFSYNC_BUS_START, b->now.number, PSYNC_ALL_VERSIONS, 0);
	psync_main_timer(sc);
}

bool
psync_bulk_has_begun(const struct psync *sc)
{
	const struct psync_bulk *b = &sc->bulk;

	return (b->sending &&
	    (b->lap > 0 || b->cursor.a != 0 || b->cursor.b != 0 ||
		b->ndone > 0));
}

/* What was sent of the bucket at the cursor is sent again: others were told. */
static void
join(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;

	if (!b->joined) {
		b->next.number = new_number(b, now);
		b->next.members = 0;
	}
	if (b->next.members < PSYNC_BULK_MEMBERS)
		b->next.members++;
	b->joined = true;
	b->joining = false;
	b->next.last_at = now;
	b->next.lap = b->lap + 1;
	b->next.stop = b->cursor;
	forget_bucket(b);
	send_start_to_joined(sc);
}

/* At once, unless there are too many: those join together. */
static void
join_soon(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;
	uint64_t at = b->next.last_at + PSYNC_BULK_JOIN;

	if (!b->joined)
		b->next.first_at = now;
	if (!b->joined || b->next.members < PSYNC_BULK_MEMBERS || now >= at) {
		join(sc, now);
		return;
	}
	b->joining = true;
	if (at < b->next_at)
		b->next_at = at;
	psync_main_timer(sc);
}

static void
begin_or_join(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;

	if (psync_bulk_has_begun(sc))
		join_soon(sc, now);
	else if (!b->sending)
		begin(sc, now);
	else {
		b->now.last_at = now;
		send_status(sc, PFSYNC_BUS_START, b->now.number,
		    PSYNC_ALL_VERSIONS, 0);
	}
}

void
psync_bulk_send(struct psync *sc)
{
	begin_or_join(sc, psync_now(sc));
}

static void
note(void *arg, const struct psync_state *st)
{
	(void)st;
	*(bool *)arg = true;
}

void
psync_bulk_send_any(struct psync *sc)
{
	struct psync_cursor cursor = { 0, 0 };
	bool any = false, more;

	more = sc->os->state_walk(sc->ctx, &cursor, 1, note, &any);
	if (any || more)
		psync_bulk_send(sc);
}

/* Who has joined and asks again may have been restarted. */
void
psync_bulk_requested(struct psync *sc, struct psync_node *from, uint64_t now)
{
	from->bulk_at = now;
	begin_or_join(sc, now);
}

/*
 * Sends a state, locked by pf, through its slice.  While the link is stuck the
 * frame's room is left to changes.  False: it found no room.
 */
static bool
send_state(struct psync *sc, const struct psync_state *st)
{
	struct psync_slice *s = psync_slice_of(sc, st->id);
	bool sent;

	psync_slice_lock(sc, s);
	sent = !s->active ||
	    (s->retry_at == 0 && psync_queue_state(s, PSYNC_E_FULL, st));
	/* However slow the pace is, whoever waits hears of us. */
	if (s->deadline == PSYNC_NEVER)
		psync_slice_urge(s, PSYNC_LATER);
	psync_slice_unlock(sc, s);
	sc->bulk.visited += sent;
	return (sent);
}

static int
compare(const struct psync_bulk_done *a, const struct psync_bulk_done *b)
{
	if (a->id != b->id)
		return (a->id < b->id ? -1 : 1);
	return ((a->creatorid > b->creatorid) - (a->creatorid < b->creatorid));
}

/*
 * A bucket with more states than can be remembered: of those that come after
 * the last one sent the first few are chosen, and sent by send_chosen().
 */
static void
choose(struct psync_bulk *b, const struct psync_bulk_done *key)
{
	unsigned i;

	if (b->last.creatorid != 0 && compare(key, &b->last) <= 0)
		return;
	if (b->nchosen == PSYNC_BULK_DONE) {
		b->rest = true;
		if (compare(key, &b->chosen[b->nchosen - 1]) > 0)
			return;
		b->nchosen--;
	}
	for (i = b->nchosen++; i > 0 && compare(key, &b->chosen[i - 1]) < 0;
	     i--)
		b->chosen[i] = b->chosen[i - 1];
	b->chosen[i] = *key;
}

/* One state of the table, locked by pf. */
static void
visit(void *arg, const struct psync_state *st)
{
	const struct psync_bulk_done key = { st->id, st->creatorid };
	struct psync *sc = arg;
	struct psync_bulk *b = &sc->bulk;
	unsigned i;

	for (i = 0; i < b->ndone; i++)
		if (compare(&b->done[i], &key) == 0)
			return;
	if (b->crowded)
		choose(b, &key);
	else if (b->ndone == PSYNC_BULK_DONE)
		b->rest = true;
	else if (send_state(sc, st))
		b->done[b->ndone++] = key;
	else
		b->missed = true;
}

/* Those that have been chosen, as far as they find room. */
static void
send_chosen(struct psync *sc)
{
	struct psync_bulk *b = &sc->bulk;
	struct psync_state st;
	unsigned i;
	void *local;

	for (i = 0; i < b->nchosen && !b->missed; i++) {
		local = sc->os->state_find(sc->ctx, b->chosen[i].id,
		    b->chosen[i].creatorid);
		if (local != NULL) {
			sc->os->state_export(sc->ctx, local, &st);
			b->missed = !send_state(sc, &st);
			sc->os->state_release(sc->ctx, local);
		}
		if (!b->missed)
			b->last = b->chosen[i];
	}
}

/* What a state takes on the wire, with its share of the headers. */
static unsigned
state_bytes(const struct psync *sc)
{
	const struct psync_slice *s = &sc->slices[0];
	unsigned fit = s->budget / s->region[PSYNC_K_UPD].size;

	return (sc->config.mtu / (fit == 0 ? 1 : fit));
}

static int64_t
more_of(int64_t left, uint64_t per_s, uint64_t ms, uint64_t least)
{
	uint64_t most = per_s * PSYNC_PACE_BURST;

	if (most < least * 1000)
		most = least * 1000;
	left += (int64_t)(per_s * ms);
	return (left < (int64_t)most ? left : (int64_t)most);
}

/* Milliseconds until there is something left again. */
static uint64_t
wait_for(int64_t left, uint64_t per_s)
{
	return (left > 0 ? 1 : 1 + (uint64_t)-left / per_s);
}

/*
 * One step of the walk: a bucket, or some of a crowded one.  False if a state
 * found no room: it comes again.
 */
static bool
step(struct psync *sc)
{
	struct psync_bulk *b = &sc->bulk;
	const struct psync_cursor begin = b->cursor;
	bool more;

	b->missed = b->rest = false;
	b->visited = b->nchosen = 0;
	more = sc->os->state_walk(sc->ctx, &b->cursor, 1, visit, sc);
	if (b->crowded)
		send_chosen(sc);
	if (b->missed || b->rest)
		b->cursor = begin;
	else {
		forget_bucket(b);
		if (!more) {
			b->lap++;
			psync_zero(&b->cursor, sizeof(b->cursor));
		}
	}
	b->crowded |= b->rest;
	b->bytes_left -= (int64_t)b->visited * state_bytes(sc) * 1000;
	/* A walk past states that are not to be synchronised counts. */
	if (b->visited == 0)
		b->visited = 1;
	b->states_left -= (int64_t)b->visited * 1000;
	return (!b->missed);
}

static bool
has_ended(const struct psync_bulk *b)
{
	const struct psync_bulk_round *r = &b->now;

	if (b->lap != r->lap)
		return (b->lap > r->lap);
	if (b->cursor.a != r->stop.a)
		return (b->cursor.a > r->stop.a);
	return (b->cursor.b >= r->stop.b);
}

static bool
must_join(const struct psync_bulk *b, uint64_t now)
{
	return (b->joining &&
	    (now - b->next.last_at >= PSYNC_BULK_JOIN || has_ended(b)));
}

/* Who waits has all of it. */
static void
end_round(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;
	uint64_t age = now - b->now.last_at;

	b->over = true;
	(void)psync_flush_slices(sc);
	if (b->joined && b->next.first_at - b->now.last_at < PSYNC_BULK_BLUR)
		age += PSYNC_BULK_BLUR;
	send_status(sc, PFSYNC_BUS_END, b->now.number, PSYNC_ALL_VERSIONS, age);
}

/*
 * The others come next.  False if there are none, or they have to wait: as many
 * as want may join, but rounds are limited as single transfers are.
 */
static bool
next_round(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;

	b->sending = b->joined;
	b->next_at = b->joined ? now + PSYNC_BULK_HELD : PSYNC_NEVER;
	if (!b->joined ||
	    !psync_limit_take(NULL, &sc->limits, PSYNC_LIMIT_TABLE, now))
		return (false);
	b->now = b->next;
	b->joined = b->over = false;
	/* Of no round: some of this one was sent already. */
	send_status(sc, PFSYNC_BUS_START, 0, PSYNC_ALL_VERSIONS, 0);
	return (true);
}

/*
 * Sends what the time that has passed allows.  START leads, and no CLR may come
 * behind what it must not clear.
 */
static void
send_some(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;
	const struct psync_config *c = &sc->config;
	uint64_t passed = now - b->left_at, wait;

	if (passed > 1000)
		passed = 1000;
	b->states_left = more_of(b->states_left, c->bulk_rate, passed, 1);
	b->bytes_left = more_of(b->bytes_left, c->bulk_bytes, passed,
	    state_bytes(sc));
	b->left_at = now;
	b->next_at = now + 1;
	while (sc->ncontrol == 0) {
		if (must_join(b, now)) {
			join(sc, now);
			continue;
		}
		if (has_ended(b)) {
			if (!b->over)
				end_round(sc, now);
			if (!next_round(sc, now))
				return;
			continue;
		}
		if (b->states_left <= 0 || b->bytes_left <= 0) {
			wait = wait_for(b->bytes_left, c->bulk_bytes);
			b->next_at = now +
			    wait_for(b->states_left, c->bulk_rate);
			if (b->next_at < now + wait)
				b->next_at = now + wait;
			return;
		}
		if (!step(sc))
			return;
	}
}

void
psync_bulk_go_on(struct psync *sc)
{
	if (sc->bulk.sending)
		send_some(sc, psync_now(sc));
	psync_main_timer(sc);
}

void
psync_bulk_stop(struct psync *sc)
{
	sc->bulk.sending = sc->bulk.joined = sc->bulk.joining = false;
	sc->bulk.next_at = PSYNC_NEVER;
}

void
psync_bulk_send_run(struct psync *sc, uint64_t now)
{
	if (now >= sc->bulk.next_at)
		send_some(sc, now);
}
