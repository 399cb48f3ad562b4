/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whole-table transfer: asking as a const state machine, sending as a cursor.
 * See bulk.h.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"

/*
 * Asking.
 */

enum ask_event {
	ASK,	  /* we want it */
	PROGRESS, /* START, or a full update */
	END,	  /* END of a transfer younger than our request */
	SILENCE,  /* PSYNC_BULK_SILENCE without progress */
	STOP,	  /* pfsync0 goes down */
	ASK_EVENTS
};

enum ask_action {
	NOTHING,
	BEGIN, /* demote, first request */
	WAIT,  /* the peer is alive: wait on */
	RETRY, /* request again, or give up */
	DONE,
	DROP /* forget it */
};

static const struct {
	uint8_t action; /* enum ask_action */
	uint8_t next;	/* enum psync_ask_state */
} ask_table[PSYNC_ASK_STATES][ASK_EVENTS] = {
	[PSYNC_ASK_IDLE] = {
		[ASK] = { BEGIN, PSYNC_ASK_ASKED },
		[PROGRESS] = { NOTHING, PSYNC_ASK_IDLE },
		[END] = { NOTHING, PSYNC_ASK_IDLE },
		[SILENCE] = { NOTHING, PSYNC_ASK_IDLE },
		[STOP] = { NOTHING, PSYNC_ASK_IDLE },
	},
	[PSYNC_ASK_ASKED] = {
		[ASK] = { BEGIN, PSYNC_ASK_ASKED },
		[PROGRESS] = { WAIT, PSYNC_ASK_RECEIVING },
		[END] = { DONE, PSYNC_ASK_IDLE },
		[SILENCE] = { RETRY, PSYNC_ASK_ASKED },
		[STOP] = { DROP, PSYNC_ASK_IDLE },
	},
	[PSYNC_ASK_RECEIVING] = {
		[ASK] = { BEGIN, PSYNC_ASK_ASKED },
		[PROGRESS] = { WAIT, PSYNC_ASK_RECEIVING },
		[END] = { DONE, PSYNC_ASK_IDLE },
		[SILENCE] = { RETRY, PSYNC_ASK_ASKED },
		[STOP] = { DROP, PSYNC_ASK_IDLE },
	},
};

static void
demote(struct psync *sc, bool on, const char *why)
{
	if (sc->bulk.demoted == on)
		return;
	sc->bulk.demoted = on;
	sc->os->demote(sc->ctx, (on ? 1 : -1) * PSYNC_BULK_DEMOTION, why);
}

static void
request(struct psync *sc, uint64_t now)
{
	uint8_t everything[PSYNC_KEY12_LEN];

	sc->bulk.tries++;
	sc->bulk.requested_at = now;
	sc->bulk.silent_at = now + PSYNC_BULK_SILENCE;
	psync_encode_key(everything, 0, 0);
	psync_control(sc, PSYNC_M_UPD_REQ, everything, sizeof(everything));
}

static void
finish(struct psync *sc, enum psync_bulk_result result, uint64_t now,
    const char *why)
{
	struct psync_bulk *b = &sc->bulk;

	b->ask = PSYNC_ASK_IDLE;
	b->result = result;
	b->took = now - b->asked_at;
	b->silent_at = PSYNC_NEVER;
	demote(sc, false, why);
}

static void
ask_event(struct psync *sc, enum ask_event event)
{
	struct psync_bulk *b = &sc->bulk;
	uint8_t action = ask_table[b->ask][event].action;
	uint64_t now = psync_now(sc);

	b->ask = ask_table[b->ask][event].next;
	switch (action) {
	case BEGIN:
		b->result = PSYNC_BULK_RUNNING;
		b->tries = 0;
		b->states = 0;
		b->from_af = 0;
		b->signs = 0;
		b->asked_at = now;
		psync_peers_bulk_reset(&sc->peers);
		if (!b->quiet)
			demote(sc, true, "pfsync bulk start");
		request(sc, now);
		break;
	case WAIT:
		b->silent_at = now + PSYNC_BULK_SILENCE;
		break;
	case RETRY:
		if (b->tries < PSYNC_BULK_TRIES)
			request(sc, now);
		else
			finish(sc, PSYNC_BULK_FAILED, now, "pfsync bulk fail");
		break;
	case DONE:
		finish(sc, PSYNC_BULK_OK, now, "pfsync bulk done");
		break;
	case DROP:
		finish(sc, PSYNC_BULK_FAILED, now, "pfsync down");
		break;
	default:
		break;
	}
	psync_main_timer(sc);
}

void
psync_bulk_ask(struct psync *sc)
{
	sc->bulk.quiet = false;
	ask_event(sc, ASK);
}

void
psync_bulk_unknown(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;

	if (now - b->unknown_at >= 1000) {
		b->unknown_at = now;
		b->unknown = 0;
	}
	if (++b->unknown < PSYNC_BULK_UNKNOWN || b->ask != PSYNC_ASK_IDLE ||
	    now < b->loss_at)
		return;
	b->loss_at = now + PSYNC_BULK_LOSS;
	b->quiet = true;
	ask_event(sc, ASK);
}

void
psync_bulk_newcomer(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;

	if (b->ask == PSYNC_ASK_ASKED && b->tries < PSYNC_BULK_TRIES &&
	    now - b->requested_at >= PSYNC_BULK_NEWCOMER) {
		request(sc, now);
		psync_main_timer(sc);
	}
}

/*
 * A sign of life that costs its sender nothing: each peer's counts once for a
 * try, and only so many for all.
 */
static void
sign_of(struct psync *sc, struct psync_node *from, enum psync_node_bulk bulk)
{
	bool news = from->bulk != bulk;

	from->bulk = bulk;
	if (news && sc->bulk.signs < 2 * PSYNC_PEERS_MAX) {
		sc->bulk.signs++;
		ask_event(sc, PROGRESS);
	}
}

static void
heard_from(struct psync_bulk *b, const struct psync_node *from)
{
	psync_copy(b->from, from->addr, sizeof(b->from));
	b->from_af = from->af;
}

void
psync_bulk_progress(struct psync *sc, struct psync_node *from, unsigned states)
{
	if (sc->bulk.ask != PSYNC_ASK_IDLE) {
		sc->bulk.states += states;
		from->bulk_states += states;
		heard_from(&sc->bulk, from);
		ask_event(sc, PROGRESS);
	}
}

/*
 * A peer that has nothing ends at once; another may have a million states yet.
 * So all that are alive must have ended.
 */
void
psync_bulk_status(struct psync *sc, struct psync_node *from, uint8_t status,
    uint32_t endtime)
{
	struct psync_bulk *b = &sc->bulk;
	uint64_t now = psync_now(sc);

	if (b->ask == PSYNC_ASK_IDLE)
		return;
	if (status == PFSYNC_BUS_START) {
		heard_from(b, from);
		sign_of(sc, from, PSYNC_NODE_STARTED);
		return;
	}
	/*
	 * The transfer began endtime seconds ago by its sender's clock.  One
	 * that began before we asked may have passed our states already.  The
	 * sender cuts seconds, hence one more.
	 */
	if ((uint64_t)endtime * 1000 > now - b->asked_at + 1000)
		return;
	heard_from(b, from);
	sign_of(sc, from, PSYNC_NODE_ENDED);
	if (psync_peers_all_ended(&sc->peers, now))
		ask_event(sc, END);
}

/*
 * Sending.
 */

static void
send_status(struct psync *sc, uint8_t status, uint64_t ms)
{
	uint32_t hostid = sc->os->hostid(sc->ctx);
	uint8_t message[sizeof(struct pfsync_bus)] = { 0 };

	psync_copy(message, &hostid, sizeof(hostid));
	psync_put32(message + 4, (uint32_t)(ms / 1000));
	message[8] = status;
	psync_control(sc, PSYNC_M_BUS, message, sizeof(message));
}

void
psync_bulk_send(struct psync *sc)
{
	struct psync_bulk *b = &sc->bulk;

	if (b->sending) {
		/* Who asks before the first state gets all of them anyway. */
		if (b->cursor.a != 0 || b->cursor.b != 0 ||
		    psync_now(sc) - b->began_at >= 1000)
			b->again = true;
		return;
	}
	b->sending = true;
	b->again = false;
	b->began_at = b->next_at = psync_now(sc);
	b->states_left = sc->config.bulk_rate;
	b->bytes_left = (int64_t)sc->config.bulk_bytes;
	b->left_at = b->began_at;
	b->ndone = 0;
	psync_zero(&b->cursor, sizeof(b->cursor));
	send_status(sc, PFSYNC_BUS_START, 0);
	psync_main_timer(sc);
}

/*
 * One state of the table, locked by pf.  While the link is stuck the frame's
 * room is left to changes.
 */
static void
send_state(void *arg, const struct psync_state *st)
{
	struct psync *sc = arg;
	struct psync_slice *s = psync_slice_of(sc, st->id);
	struct psync_bulk *b = &sc->bulk;
	unsigned i;

	for (i = 0; i < b->ndone; i++)
		if (b->done[i] == st->id)
			return;
	b->visited++;
	psync_slice_lock(sc, s);
	if (s->active &&
	    (s->retry_at != 0 || !psync_queue_state(s, PSYNC_E_FULL, st)))
		b->missed = true;
	else if (b->ndone < PSYNC_BULK_DONE)
		b->done[b->ndone++] = st->id;
	/* However slow the pace is, whoever waits hears of us. */
	if (s->deadline == PSYNC_NEVER)
		psync_slice_urge(s, PSYNC_LATER);
	psync_slice_unlock(sc, s);
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
 * Sends what the time that has passed allows.  A state that found no room is
 * visited again.
 */
static void
send_some(struct psync *sc, uint64_t now)
{
	struct psync_bulk *b = &sc->bulk;
	const struct psync_config *c = &sc->config;
	uint64_t passed = now - b->left_at, wait;
	unsigned size = state_bytes(sc);
	struct psync_cursor begin;
	bool more = true;

	if (passed > 1000)
		passed = 1000;
	b->states_left = more_of(b->states_left, c->bulk_rate, passed, 1);
	b->bytes_left = more_of(b->bytes_left, c->bulk_bytes, passed, size);
	b->left_at = now;
	b->next_at = now + 1;
	/* START leads, and no CLR may come behind what it must not clear. */
	if (sc->ncontrol > 0)
		return;
	while (more && b->states_left > 0 && b->bytes_left > 0) {
		begin = b->cursor;
		b->missed = false;
		b->visited = 0;
		more = sc->os->state_walk(sc->ctx, &b->cursor, 1, send_state,
		    sc);
		if (b->missed) {
			b->cursor = begin;
			return;
		}
		b->ndone = 0;
		b->bytes_left -= (int64_t)b->visited * size * 1000;
		/* A walk past states that are not to be synchronised counts. */
		if (b->visited == 0)
			b->visited = 1;
		b->states_left -= (int64_t)b->visited * 1000;
	}
	if (more) {
		wait = wait_for(b->bytes_left, c->bulk_bytes);
		b->next_at = now + wait_for(b->states_left, c->bulk_rate);
		if (b->next_at < now + wait)
			b->next_at = now + wait;
		return;
	}

	(void)psync_flush_slices(sc);
	b->sending = false;
	b->next_at = PSYNC_NEVER;
	send_status(sc, PFSYNC_BUS_END, now - b->began_at);
	if (b->again)
		psync_bulk_send(sc);
}

void
psync_bulk_go_on(struct psync *sc)
{
	if (sc->bulk.sending)
		send_some(sc, psync_now(sc));
	psync_main_timer(sc);
}

void
psync_bulk_stop(struct psync *sc, bool asking_too)
{
	struct psync_bulk *b = &sc->bulk;

	b->sending = b->again = false;
	b->next_at = PSYNC_NEVER;
	if (asking_too)
		ask_event(sc, STOP);
}

void
psync_bulk_run(struct psync *sc, uint64_t now)
{
	if (now >= sc->bulk.next_at)
		send_some(sc, now);
	/* Some have ended, and the others never began: that was all. */
	if (now >= sc->bulk.silent_at)
		ask_event(sc,
		    psync_peers_some_ended(&sc->peers) ? END : SILENCE);
}

uint64_t
psync_bulk_due(const struct psync *sc)
{
	const struct psync_bulk *b = &sc->bulk;

	return (b->next_at < b->silent_at ? b->next_at : b->silent_at);
}
