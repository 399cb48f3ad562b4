/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Several peers ask for the whole table while it is being sent.  Here stand
 * receivers as the kernels have them, which all hear all: whenever one takes an
 * END for its own, it must have been sent every state since it asked.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/bytes.h"
#include "net/pfsync/wire.h"
#include "tests/lib/fixture.h"
#include "tests/lib/stock.h"

#define STATES	  1000
#define PEERS_MAX 4
#define NEVER	  UINT64_MAX
#define SILENCE	  2000 /* ms; then ours asks again */

enum kind {
	FREEBSD, /* an END that is not older than the request, in seconds */
	NETBSD,	 /* the same */
	OURS,	 /* as bulk_ask.c has it */
	OPENBSD, /* whichever comes first after a START; version 6 only */
	KINDS
};

struct peer {
	enum kind kind;
	uint64_t asks_at;  /* ms, of our clock */
	uint64_t uptime;   /* ms, that its own clock is ahead */
	uint64_t asked_at; /* NEVER: not yet */
	uint64_t done_at;  /* NEVER: not yet */
	uint64_t heard_at; /* the last START or state since it asked */
	uint64_t gap;	   /* ms, the longest between those */
	bool started;
	uint8_t round; /* the first whose START it has heard; 0: none */
	bool got[STATES];
};

static struct fakeos os;
static struct psync_config config;
static struct peer peers[PEERS_MAX];
static unsigned npeers, full_updates, ends;

/* At rate states a second; one slice, so that nothing waits long. */
static void
up(unsigned format, unsigned rate)
{
	struct psync_state st;
	unsigned n;

	config = fixture_config(format, 1500, 128);
	config.bulk_rate = rate;
	fixture_up(&os, 1, &config);
	for (n = 0; n < STATES; n++) {
		st = fixture_state(n, os.hostid);
		(void)fakeos_add(&os, &st);
	}
	memset(peers, 0, sizeof(peers));
	npeers = full_updates = ends = 0;
}

static struct peer *
peer(enum kind kind, uint64_t asks_at)
{
	struct peer *p = &peers[npeers++];

	p->kind = kind;
	p->asks_at = asks_at;
	p->uptime = 100000 + (uint64_t)rand() % 1000;
	p->asked_at = p->done_at = NEVER;
	return (p);
}

static void
ask(struct peer *p)
{
	static const uint8_t everything[12];
	struct stock_frame f;

	if (p->asked_at == NEVER)
		p->asked_at = os.now;
	p->heard_at = os.now;
	stock_frame(&f,
	    p->kind == OPENBSD || config.format == PFSYNC_FORMAT_V6 ? 6 : 5,
	    p->kind == OURS ? PFSYNC_SPEAKS_1500 : PFSYNC_SPEAKS_STOCK,
	    PFSYNC_ACT_UPD_REQ, everything, sizeof(everything));
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    stock_say(&os, (uint8_t)(10 + (p - peers)), f.bytes, f.len));
}

static void
sign_of_life(struct peer *p, uint64_t at)
{
	if (at - p->heard_at > p->gap)
		p->gap = at - p->heard_at;
	p->heard_at = at;
}

static bool
is_own_end(const struct peer *p, uint64_t at, uint32_t age, uint8_t round)
{
	if (p->kind == OPENBSD)
		return (p->started);
	if (p->kind == OURS)
		return (p->round != 0 && (uint8_t)(round - p->round) < 128);
	return (
	    (at + p->uptime) / 1000 - age >= (p->asked_at + p->uptime) / 1000);
}

static void
hear_bus(struct peer *p, uint64_t at, const uint8_t *w)
{
	unsigned n, missing = 0;

	if (w[8] == PFSYNC_BUS_START) {
		p->started = true;
		if (p->round == 0)
			p->round = w[9];
		sign_of_life(p, at);
	} else if (is_own_end(p, at, psync_get32(w + 4), w[9])) {
		p->done_at = at;
		for (n = 0; n < STATES; n++)
			missing += !p->got[n];
		ATF_CHECK_EQ_MSG(0, missing,
		    "peer %u of kind %u, that asked at %u, takes the END at %u "
		    "for its own and misses %u states",
		    (unsigned)(p - peers), p->kind, (unsigned)p->asked_at,
		    (unsigned)at, missing);
	}
}

static void
hear(uint64_t at, const struct psync_group *g)
{
	const uint8_t *w = g->messages;
	struct peer *p;
	unsigned i, n;
	uint64_t id;

	for (i = 0; i < g->count; i++, w += g->size) {
		full_updates += g->action->message == PSYNC_M_UPD;
		if (g->action->message == PSYNC_M_BUS)
			ends += w[8] == PFSYNC_BUS_END;
		for (p = peers; p < peers + npeers; p++) {
			if (p->asked_at == NEVER || p->done_at != NEVER)
				continue;
			if (g->action->message == PSYNC_M_BUS)
				hear_bus(p, at, w);
			if (g->action->message != PSYNC_M_UPD)
				continue;
			memcpy(&id, w + g->action->layout->at.id, sizeof(id));
			n = (unsigned)(PSYNC_BE64(id) & 0xffffff);
			ATF_REQUIRE(n < STATES);
			p->got[n] = true;
			if (p->started)
				sign_of_life(p, at);
		}
	}
}

/* All hear what has been sent. */
static void
deliver(void)
{
	const struct fakeos_frame *f;
	struct psync_group g;
	size_t at, i;

	for (i = 0; i < os.nframes; i++) {
		f = &os.frame[i];
		at = PSYNC_HEADER_LEN;
		while (psync_frame_next(f->bytes, f->len, &at, &g))
			hear(f->at, &g);
	}
	fakeos_forget(&os);
}

/* Ours ask again when they have heard nothing, OpenBSD till it hears START. */
static void
ask_again(void)
{
	struct peer *p;

	for (p = peers; p < peers + npeers; p++)
		if ((p->kind == OURS || (p->kind == OPENBSD && !p->started)) &&
		    p->asked_at != NEVER && p->done_at == NEVER &&
		    os.now - p->heard_at >= SILENCE) {
			p->started = false;
			ask(p);
		}
}

static bool
all_done(void)
{
	unsigned i, done = 0;

	for (i = 0; i < npeers; i++)
		done += peers[i].done_at != NEVER;
	return (done == npeers);
}

/* Until all are done and nothing is sent any more, or long enough. */
static void
run(void)
{
	unsigned ms, i, asked = 0;
	const uint64_t begin = os.now;

	for (ms = 0; ms < 120000 && (!all_done() || fixture_sending(&os));
	     ms++) {
		for (i = 0; i < npeers; i++)
			if (begin + peers[i].asks_at == os.now) {
				ask(&peers[i]);
				asked++;
			}
		ask_again();
		deliver();
		fakeos_run_until(&os, os.now + 1);
		deliver();
	}
	ATF_REQUIRE(asked == npeers && !fixture_sending(&os));
	for (i = 0; i < npeers; i++)
		ATF_CHECK_MSG(peers[i].done_at != NEVER,
		    "peer %u of kind %u, that asked at %u, never heard an END",
		    i, peers[i].kind, (unsigned)peers[i].asked_at);
}

/*
 * The second waits until the cursor has gone round to where it was: what it has
 * heard already is not sent again.
 */
ATF_TC_WITHOUT_HEAD(the_second_joins);
ATF_TC_BODY(the_second_joins, tc)
{
	static const unsigned at[] = { 2000, 2500, 5000, 7777, 9900 };
	uint64_t begin;
	unsigned i;

	(void)tc;
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		up(1400, 100);
		(void)peer(OURS, 0);
		(void)peer(FREEBSD, at[i]);
		begin = os.now;
		run();
		/* Ten seconds each, and the first is not held up. */
		ATF_CHECK(peers[0].done_at - begin >= 9900 &&
		    peers[0].done_at - begin <= 10200);
		ATF_CHECK(peers[1].done_at - peers[1].asked_at <= 10200);
		ATF_CHECK_MSG(full_updates <= STATES + at[i] / 10 + 30,
		    "%u full updates", full_updates);
		ATF_CHECK_EQ(2, ends);
		fixture_down(&os);
	}
}

/* Whoever asks when nothing was sent yet gets the same: one pass, one END. */
ATF_TC_WITHOUT_HEAD(before_the_first_state);
ATF_TC_BODY(before_the_first_state, tc)
{
	unsigned kind;

	(void)tc;
	for (kind = 0; kind < KINDS; kind++) {
		up(kind == OPENBSD ? 6 : 1400, 1000);
		(void)peer(FREEBSD, 0);
		(void)peer(kind, 0);
		run();
		ATF_CHECK_EQ(STATES, full_updates);
		ATF_CHECK_EQ(1, ends);
		fixture_down(&os);
	}
}

/* Any kinds, at any times. */
static unsigned
any_kinds(unsigned format, enum kind first, enum kind last, unsigned seed)
{
	unsigned i, n;

	srand(seed);
	up(format, 100 + (unsigned)rand() % 500);
	n = 2 + (unsigned)rand() % (PEERS_MAX - 1);
	for (i = 0; i < n; i++)
		(void)peer(first + (unsigned)rand() % (last - first + 1),
		    i == 0 ? 0 : (unsigned)rand() % 6000);
	run();
	return (n);
}

/*
 * Each is heard of often enough not to ask again, and costs a pass at most.
 */
static void
check_any(unsigned format, enum kind first, unsigned seed)
{
	unsigned n = any_kinds(format, first, OURS, seed), i;

	for (i = 0; i < n; i++)
		ATF_CHECK_MSG(peers[i].gap <= 500, "silent for %u ms",
		    (unsigned)peers[i].gap);
	ATF_CHECK(full_updates <= STATES * n + 10 * n);
	ATF_CHECK(ends >= 1 && ends <= n);
	fixture_down(&os);
}

/*
 * OpenBSD hears version 6, in which who joins is told when the END before is
 * past.  Of ours, who hears nothing but version 6 as well has to ask again.
 */
static void
check_version_6(unsigned seed)
{
	unsigned n = any_kinds(PFSYNC_FORMAT_V6, OURS, OPENBSD, seed);

	ATF_CHECK(full_updates <= 2 * STATES * n);
	ATF_CHECK(ends >= 1 && ends <= 2 * n);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(any_of_them);
ATF_TC_BODY(any_of_them, tc)
{
	unsigned seed;

	(void)tc;
	for (seed = 0; seed < 300; seed++) {
		check_any(1400, FREEBSD, seed);
		check_any(PFSYNC_FORMAT_V6, OURS, seed);
		check_version_6(seed);
	}
}

/*
 * One that asks again while it waits may have been restarted: it waits for all
 * of it from there, and no longer.
 */
ATF_TC_WITHOUT_HEAD(asks_again);
ATF_TC_BODY(asks_again, tc)
{
	unsigned i;

	(void)tc;
	up(1400, 100);
	(void)peer(OURS, 0);
	ask(&peers[0]);
	fakeos_run_until(&os, os.now + 3000);
	deliver();
	(void)peer(OURS, 0);
	ask(&peers[1]);
	for (i = 0; i < 3; i++) {
		fakeos_run_until(&os, os.now + 2000);
		ask(&peers[1]);
	}
	while (fixture_sending(&os))
		fakeos_run_until(&os, os.now + 1);
	deliver();
	ATF_CHECK(peers[0].done_at != NEVER);
	ATF_CHECK(peers[1].done_at - peers[1].asked_at >= 6000 + 9900);
	ATF_CHECK(peers[1].done_at - peers[1].asked_at <= 6000 + 10200);
	ATF_CHECK_MSG(full_updates <= STATES + 900 + 30, "%u full updates",
	    full_updates);
	fixture_down(&os);
}

/*
 * One that is restarted and asks again at once must not take the END that it
 * was to have before for that of now.
 */
ATF_TC_WITHOUT_HEAD(restarted_and_asks_again);
ATF_TC_BODY(restarted_and_asks_again, tc)
{
	unsigned kind, after;

	(void)tc;
	for (kind = 0; kind < OPENBSD; kind++)
		for (after = 50; after < 2000; after += 150) {
			up(1400, 800);
			(void)peer((enum kind)kind, 0);
			ask(&peers[0]);
			fakeos_run_until(&os, os.now + after);
			deliver();
			if (peers[0].done_at == NEVER) {
				npeers = 0;
				memset(peers, 0, sizeof(peers));
				(void)peer((enum kind)kind, 0);
				ask(&peers[0]);
			}
			while (fixture_sending(&os)) {
				fakeos_run_until(&os, os.now + 1);
				deliver();
			}
			ATF_CHECK_MSG(peers[0].done_at != NEVER,
			    "kind %u, after %u ms", kind, after);
			fixture_down(&os);
		}
}

/* Requests without end: whoever asked first has its END after one pass. */
ATF_TC_WITHOUT_HEAD(endless_requests);
ATF_TC_BODY(endless_requests, tc)
{
	static const uint8_t everything[12];
	uint32_t forged;
	unsigned i;

	(void)tc;
	up(1400, 500);
	(void)peer(OURS, 0);
	(void)peer(FREEBSD, 0);
	fakeos_run_until(&os, os.now + 5000);
	ask(&peers[0]);
	for (i = 0; i < 60000; i += 10) {
		fakeos_run_until(&os, os.now + 10);
		deliver();
		if (i == 3000)
			ask(&peers[1]);
		forged = 0x0a000000 + i;
		ATF_REQUIRE_EQ(PFSYNC_OK,
		    fixture_receive_from(&os, (uint8_t *)&forged, PSYNC_AF_INET,
			PFSYNC_ACT_UPD_REQ, 1, everything));
	}
	ATF_CHECK(peers[0].done_at != NEVER);
	ATF_CHECK_MSG(peers[0].done_at - peers[0].asked_at <= 3 * 2200,
	    "after %u ms", (unsigned)(peers[0].done_at - peers[0].asked_at));
	ATF_CHECK_MSG(full_updates <= 60 * 500 + STATES, "%u full updates",
	    full_updates);
	fixture_down(&os);
}

/* Two states of the same id, of two creators, are two states. */
ATF_TC_WITHOUT_HEAD(same_id_of_two_creators);
ATF_TC_BODY(same_id_of_two_creators, tc)
{
	static const uint8_t everything[12];
	struct psync_state st;
	unsigned n;

	(void)tc;
	config = fixture_config(1400, 1500, 128);
	fixture_up(&os, 4, &config);
	for (n = 0; n < 200; n++) {
		st = fixture_state(n / 2, n % 2 ? os.hostid : FIXTURE_PEER);
		(void)fakeos_add(&os, &st);
	}
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive(&os, PFSYNC_ACT_UPD_REQ, 1, everything));
	fakeos_run_until(&os, os.now + 1000);
	ATF_CHECK_EQ(200, fakeos_sent(&os, PFSYNC_ACT_UPD_1400));
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_second_joins);
	ATF_TP_ADD_TC(tp, before_the_first_state);
	ATF_TP_ADD_TC(tp, any_of_them);
	ATF_TP_ADD_TC(tp, asks_again);
	ATF_TP_ADD_TC(tp, restarted_and_asks_again);
	ATF_TP_ADD_TC(tp, endless_requests);
	ATF_TP_ADD_TC(tp, same_id_of_two_creators);
	return (atf_no_error());
}
