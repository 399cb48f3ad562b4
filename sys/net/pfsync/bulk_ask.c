/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Asking for whole tables, as a const state machine.  See bulk.h.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"

enum ask_event {
	ASK,	  /* we want it */
	PROGRESS, /* see bulk.h */
	END,	  /* END of a transfer that is for us */
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
	if (sc->ask.demoted == on)
		return;
	sc->ask.demoted = on;
	sc->os->demote(sc->ctx, (on ? 1 : -1) * PSYNC_BULK_DEMOTION, why);
}

static void
wait(struct psync_ask *a, uint64_t now)
{
	const uint64_t longest = a->asked_at + PSYNC_BULK_LONGEST;

	a->silent_at = now + PSYNC_BULK_SILENCE;
	if (a->silent_at > longest)
		a->silent_at = longest;
}

static bool
may_request(const struct psync_ask *a, uint64_t now)
{
	return (a->tries < PSYNC_BULK_TRIES &&
	    now - a->asked_at < PSYNC_BULK_LONGEST);
}

static void
request(struct psync *sc, uint64_t now)
{
	uint8_t everything[PSYNC_KEY12_LEN];

	sc->ask.tries++;
	sc->ask.requested_at = now;
	sc->ask.missed = false;
	wait(&sc->ask, now);
	psync_peers_bulk_asked(&sc->peers);
	psync_encode_key(everything, 0, 0);
	psync_control(sc, PSYNC_M_UPD_REQ, PSYNC_ALL_VERSIONS, everything,
	    sizeof(everything));
}

static void
finish(struct psync *sc, enum psync_bulk_result result, uint64_t now,
    const char *why)
{
	struct psync_ask *a = &sc->ask;

	a->state = PSYNC_ASK_IDLE;
	a->result = result;
	a->took = now - a->asked_at;
	a->silent_at = PSYNC_NEVER;
	demote(sc, false, why);
}

static void
begin(struct psync *sc, uint64_t now)
{
	struct psync_ask *a = &sc->ask;

	a->result = PSYNC_BULK_RUNNING;
	a->tries = a->again = 0;
	a->states = 0;
	a->from_af = 0;
	a->signs = 0;
	a->asked_at = now;
	a->later = false;
	psync_peers_bulk_reset(&sc->peers);
	if (!a->quiet)
		demote(sc, true, "pfsync bulk start");
	request(sc, now);
}

/* All have ended. */
static void
done(struct psync *sc, uint64_t now)
{
	struct psync_ask *a = &sc->ask;

	if (!a->missed || a->again == PSYNC_BULK_AGAIN ||
	    !may_request(a, now)) {
		finish(sc, PSYNC_BULK_OK, now, "pfsync bulk done");
		return;
	}
	a->again++;
	a->states = 0;
	a->state = PSYNC_ASK_ASKED;
	psync_peers_bulk_reset(&sc->peers);
	request(sc, now);
}

/* Nothing for a while: once more, or that was all. */
static void
retry(struct psync *sc, uint64_t now)
{
	const struct psync_left left = psync_peers_left(&sc->peers, now);
	bool ended = left.ended > 0 && left.started == 0;

	if (may_request(&sc->ask, now) && !(ended && left.hopeful == 0)) {
		psync_peers_bulk_stalled(&sc->peers);
		request(sc, now);
	} else if (ended)
		done(sc, now);
	else
		finish(sc, PSYNC_BULK_FAILED, now, "pfsync bulk fail");
}

static void
ask_event(struct psync *sc, enum ask_event event)
{
	struct psync_ask *a = &sc->ask;
	uint8_t action = ask_table[a->state][event].action;
	uint64_t now = psync_now(sc);

	a->state = ask_table[a->state][event].next;
	switch (action) {
	case BEGIN:
		begin(sc, now);
		break;
	case WAIT:
		wait(a, now);
		break;
	case RETRY:
		retry(sc, now);
		break;
	case DONE:
		done(sc, now);
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
	sc->ask.quiet = false;
	ask_event(sc, ASK);
}

void
psync_bulk_give_up(struct psync *sc)
{
	sc->ask.later = false;
	ask_event(sc, STOP);
}

/*
 * When CARP is left alone.
 */

/* Now, or when enough time has passed since the last time. */
static void
ask_quietly(struct psync *sc, uint64_t now)
{
	struct psync_ask *a = &sc->ask;

	if (a->state != PSYNC_ASK_IDLE)
		return;
	if (now < a->loss_at) {
		a->later = true;
		psync_main_timer(sc);
		return;
	}
	a->loss_at = now + PSYNC_BULK_LOSS;
	a->quiet = true;
	ask_event(sc, ASK);
}

void
psync_bulk_unknown(struct psync *sc, uint64_t now)
{
	struct psync_ask *a = &sc->ask;

	if (now - a->unknown_at >= 1000) {
		a->unknown_at = now;
		a->unknown = 0;
	}
	if (++a->unknown == PSYNC_BULK_UNKNOWN)
		ask_quietly(sc, now);
}

void
psync_bulk_missed(struct psync *sc)
{
	struct psync_ask *a = &sc->ask;
	uint64_t now = psync_now(sc);

	if (a->state != PSYNC_ASK_IDLE)
		a->missed = true;
	else if (a->result == PSYNC_BULK_OK &&
	    now - (a->asked_at + a->took) < PSYNC_BULK_FRESH)
		ask_quietly(sc, now);
}

/* At once, unless the last request is so young that it may have heard it. */
static void
ask_again(struct psync *sc, uint64_t now)
{
	if (may_request(&sc->ask, now) &&
	    now - sc->ask.requested_at >= PSYNC_BULK_NEWCOMER) {
		request(sc, now);
		psync_main_timer(sc);
	}
}

/*
 * Who asks for everything has nothing yet, and who has begun was asked.  While
 * others are at it their end is waited for, see psync_bulk_status().
 */
void
psync_bulk_newcomer(struct psync *sc, const struct psync_node *n, uint64_t now)
{
	const struct psync_ask *a = &sc->ask;

	if (n->bulk != PSYNC_NODE_SILENT)
		return;
	if (a->state == PSYNC_ASK_ASKED)
		ask_again(sc, now);
	else if (n->bulk_at != now || a->result == PSYNC_BULK_FAILED)
		ask_quietly(sc, now);
}

/*
 * What comes back.
 */

/*
 * A sign of life that costs its sender nothing: each peer's counts once for a
 * try, and only so many for all.
 */
static void
sign_of(struct psync *sc, struct psync_node *from, enum psync_node_bulk bulk)
{
	bool news = from->bulk != bulk;

	from->bulk = bulk;
	if (news && sc->ask.signs < 2 * PSYNC_PEERS_MAX) {
		sc->ask.signs++;
		ask_event(sc, PROGRESS);
	}
}

static void
heard_from(struct psync_ask *a, const struct psync_node *from)
{
	psync_copy(a->from, from->addr, sizeof(a->from));
	a->from_af = from->af;
}

void
psync_bulk_progress(struct psync *sc, struct psync_node *from, unsigned states)
{
	if (sc->ask.state == PSYNC_ASK_IDLE)
		return;
	sc->ask.states += states;
	from->bulk_states += states;
	heard_from(&sc->ask, from);
	if (from->bulk == PSYNC_NODE_STARTED)
		ask_event(sc, PROGRESS);
}

/* Numbers go round. */
static bool
is_before(uint8_t round, uint8_t other)
{
	return ((uint8_t)(round - other) >= 0x80);
}

/*
 * START or END of a round: has it given us all now?  END may have overtaken its
 * START.
 */
static bool
completes(struct psync_node *from, bool end, uint8_t round)
{
	if (end) {
		from->ended = round;
		return (from->round != 0 && !is_before(round, from->round));
	}
	if (from->round == 0 || is_before(round, from->round))
		from->round = round;
	return (round == from->ended);
}

/*
 * The transfer began endtime seconds ago by its sender's clock.  One that began
 * before we asked may have passed our states already.  The sender cuts seconds,
 * hence one more.
 */
static bool
is_younger(const struct psync_ask *a, uint32_t endtime, uint64_t now)
{
	return ((uint64_t)endtime * 1000 <= now - a->asked_at + 1000);
}

/*
 * A peer that has nothing ends at once; another may have a million states yet.
 * So all that are alive must have ended.  Who has, and begins again, does so
 * for others.
 */
void
psync_bulk_status(struct psync *sc, struct psync_node *from, uint8_t status,
    uint32_t endtime, uint8_t round)
{
	const bool end = status == PFSYNC_BUS_END;
	struct psync_ask *a = &sc->ask;
	uint64_t now = psync_now(sc);
	struct psync_left left;
	bool complete;

	if (a->state == PSYNC_ASK_IDLE ||
	    (from->bulk == PSYNC_NODE_ENDED && !end))
		return;
	complete = round != 0 ? completes(from, end, round) :
				end && is_younger(a, endtime, now);
	if (end && !complete)
		return;
	heard_from(a, from);
	sign_of(sc, from, complete ? PSYNC_NODE_ENDED : PSYNC_NODE_STARTED);
	if (!complete)
		return;
	left = psync_peers_left(&sc->peers, now);
	if (left.started == 0 && left.silent == 0)
		ask_event(sc, END);
	else if (left.started == 0 && left.unasked > 0)
		ask_again(sc, now);
}

void
psync_bulk_ask_run(struct psync *sc, uint64_t now)
{
	struct psync_ask *a = &sc->ask;

	if (now >= a->silent_at)
		ask_event(sc, SILENCE);
	if (a->later && now >= a->loss_at) {
		a->later = false;
		ask_quietly(sc, now);
	}
}

uint64_t
psync_bulk_due(const struct psync *sc)
{
	const struct psync_ask *a = &sc->ask;
	uint64_t due = sc->bulk.next_at;

	if (a->silent_at < due)
		due = a->silent_at;
	if (a->later && a->loss_at < due)
		due = a->loss_at;
	return (due);
}
