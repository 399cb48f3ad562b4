/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * UPD_REQ: who asks for what, how often, and how much it can be made to cost.
 */

#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/sim/cluster.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define PEER	 0x77U
#define IN_ONE	 17 /* UPD_C of a packet */
#define SOURCES	 10
#define A_SOURCE 4000 /* requests a second that one peer causes */

static struct sim_host *const h = &sim.host[0];

static uint64_t before;

/* Refused since here() for being too many. */
static uint64_t
rated(void)
{
	return (sim_host_stats(h).refused[PFSYNC_R_RATE] - before);
}

/* One packet of updates: of states first to last - 1, each so many times. */
static void
updates(unsigned from, unsigned first, unsigned last, unsigned times)
{
	static uint8_t w[IN_ONE][84];
	struct psync_state st;
	unsigned i, n = 0;

	for (; times > 0; times--)
		for (i = first; i < last; i++) {
			ATF_REQUIRE(n < IN_ONE);
			st = fixture_state(i, PEER);
			fixture_upd_c(w[n++], &st);
		}
	hear(0, from, PFSYNC_ACT_UPD_C, n, w);
}

static void
requests(unsigned from, uint64_t id, uint32_t creatorid, unsigned times)
{
	static uint8_t w[100][12];
	unsigned i;

	for (i = 0; i < times; i++)
		fixture_key(w[i], id, creatorid);
	hear(0, from, PFSYNC_ACT_UPD_REQ, times, w);
}

/* Up, and acquainted with whoever will ask. */
static void
here(void)
{
	unsigned i;

	setup(2, SIM_ONE_ACTIVE);
	config.rules = ONE_STATE;
	begin();
	alone();
	for (i = 1; i < SOURCES; i++)
		requests(i, 0, 0, 1);
	wait_us(60 * CLOCK_S); /* rate limits have recovered */
	before = sim_host_stats(h).refused[PFSYNC_R_RATE];
	tape_begin();
}

/* Requests sent for single states, and whether each names the right one. */
static unsigned
asked(unsigned first)
{
	struct psync_state st;
	const uint8_t *w;
	unsigned i, n = 0;
	uint8_t key[12];

	for (i = 0; (w = tape_message(0, PFSYNC_ACT_UPD_REQ, i)) != NULL; i++) {
		if (w[8] == 0)
			continue; /* for everything */
		st = fixture_state(first + n++, PEER);
		fixture_key(key, st.id, st.creatorid);
		ATF_CHECK(memcmp(w, key, sizeof(key)) == 0);
	}
	return (n);
}

/*
 * At once; once a packet; and again after 125 ms, 250, 500, and each second, at
 * the next update.
 */
ATF_TC_WITHOUT_HEAD(e3_06_unknown_update_is_asked_for);
ATF_TC_BODY(e3_06_unknown_update_is_asked_for, tc)
{
	static const unsigned at[] = { 0, 125, 375, 875, 1875, 2875 }; /* ms */
	unsigned i, n = 0;

	here();
	updates(0, 1, 2, 1);
	ATF_CHECK_EQ(1, asked(1));
	ATF_CHECK_EQ(1, tape.n);
	ATF_CHECK_EQ(sim.clock.now, tape.frame[0].at);
	for (i = 25; i <= at[NELEM(at) - 1]; i += 25, n++) {
		wait_us(25 * CLOCK_MS);
		updates(n % SOURCES, 1, 2, IN_ONE);
	}
	ATF_REQUIRE_EQ(NELEM(at), tape_frames(0, ONLY(UPD_REQ)));
	ATF_CHECK_EQ(NELEM(at), tape_messages(0, ONLY(UPD_REQ)));
	for (i = 0; i < NELEM(at); i++)
		ATF_CHECK_EQ(at[i] * CLOCK_MS,
		    tape.frame[i].at - tape.frame[0].at);
	ATF_CHECK_EQ(n * IN_ONE - (NELEM(at) - 1), rated());
	ATF_CHECK_EQ(1 + n * IN_ONE,
	    sim_host_stats(h).refused[PFSYNC_R_UNKNOWN]);

	/* Of one packet: each of them, once. */
	tape_begin();
	updates(0, 10, 15, 3);
	ATF_CHECK_EQ(5, tape_messages(0, ONLY(UPD_REQ)));
	tape_begin();
	updates(0, 100, 100 + IN_ONE, 1);
	ATF_CHECK_EQ(IN_ONE, tape_messages(0, ONLY(UPD_REQ)));
	ATF_CHECK(tape.n <= config.slices);
	end();
}

/* Here comes the state: it is not asked for any more. */
ATF_TC_WITHOUT_HEAD(e3_06_answer_ends_the_question);
ATF_TC_BODY(e3_06_answer_ends_the_question, tc)
{
	struct psync_state st = fixture_state(1, PEER), got;
	uint8_t w[PFSYNC_STATE_1500_LEN];

	here();
	updates(0, 1, 2, 1);
	ATF_CHECK_EQ(1, asked(1));
	(void)psync_encode(&psync_layout_1500, w, &st);
	hear(0, 0, PFSYNC_ACT_UPD_1500, 1, w);
	ATF_CHECK(lookup(0, st.id, st.creatorid, &got));
	wait_us(2 * CLOCK_S);
	updates(0, 1, 2, 1);
	ATF_CHECK_EQ(1, tape.n);
	end();
}

/* A request: the whole state at once; nothing for what is not here. */
ATF_TC_WITHOUT_HEAD(e3_06_request_is_answered);
ATF_TC_BODY(e3_06_request_is_answered, tc)
{
	struct psync_state st = fixture_state(1, PEER), got;
	uint64_t unknown;

	here();
	ATF_REQUIRE_EQ(PFSYNC_OK, plant(0, &st));
	requests(0, st.id, st.creatorid, 1);
	ATF_REQUIRE_EQ(1, tape.n);
	ATF_CHECK_EQ(sim.clock.now, tape.frame[0].at);
	ATF_REQUIRE_EQ(1, tape_messages(0, ONLY(UPD_1500)));
	(void)psync_decode(&psync_layout_1500,
	    tape_message(0, PFSYNC_ACT_UPD_1500, 0), &got);
	ATF_CHECK(got.id == st.id && got.creatorid == st.creatorid);
	ATF_CHECK(memcmp(got.key, st.key, sizeof(st.key)) == 0);
	ATF_CHECK_EQ(st.src.seqlo, got.src.seqlo);

	tape_begin();
	requests(0, st.id, st.creatorid, 50);
	ATF_CHECK_EQ(1, tape.n);
	ATF_CHECK_EQ(1, tape_messages(0, ONLY(UPD_1500)));

	tape_begin();
	unknown = sim_host_stats(h).refused[PFSYNC_R_UNKNOWN];
	requests(0, st.id + 1, st.creatorid, 1);
	requests(0, st.id, st.creatorid + 1, 1);
	ATF_CHECK_EQ(0, tape.n);
	ATF_CHECK_EQ(unknown + 2, sim_host_stats(h).refused[PFSYNC_R_UNKNOWN]);
	end();
}

static uint64_t
bytes_sent(void)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < tape.n; i++)
		sum += tape.frame[i].len;
	return (sum);
}

/* Updates of what nobody has: what is said is less than what was heard. */
ATF_TC_WITHOUT_HEAD(e3_06_flood_of_updates);
ATF_TC_BODY(e3_06_flood_of_updates, tc)
{
	unsigned i, n = 0, packets = 300;

	here();
	for (i = 0; i < packets; i++)
		updates(0, i * IN_ONE, (i + 1) * IN_ONE, 1);
	for (i = 0; i < tape_messages(0, ONLY(UPD_REQ)); i++)
		n += tape_message(0, PFSYNC_ACT_UPD_REQ, i)[8] != 0;
	ATF_CHECK_EQ(A_SOURCE, n);
	ATF_CHECK_EQ(packets * IN_ONE - A_SOURCE, rated());
	/* So many unknown states are a loss: everything is asked for, once. */
	ATF_CHECK_EQ(A_SOURCE + 1, tape_messages(0, ONLY(UPD_REQ)));
	ATF_CHECK_EQ(0, hk_demotion(h->hk));
	ATF_CHECK(bytes_sent() < packets * (20 + 28 + IN_ONE * 84));
	end();
}

/* Requests for one state, or for many: so many a second, from anybody. */
ATF_TC_WITHOUT_HEAD(e3_06_flood_of_requests);
ATF_TC_BODY(e3_06_flood_of_requests, tc)
{
	struct psync_state st;
	unsigned i;

	here();
	fill(0, 0, 1);
	st = fixture_state(0, h->config.hostid);
	for (i = 0; i < A_SOURCE + 500; i++)
		requests(0, st.id, st.creatorid, 1);
	ATF_CHECK_EQ(A_SOURCE, tape_messages(0, ONLY(UPD_1500)));
	ATF_CHECK_EQ(500, rated());
	sim_check_allow(&sim, 10000);
	/* They recover: four in a ms. */
	tape_begin();
	wait_us(10 * CLOCK_MS);
	for (i = 0; i < 100; i++)
		requests(0, st.id, st.creatorid, 1);
	ATF_CHECK_EQ(40, tape_messages(0, ONLY(UPD_1500)));
	/* Whoever they are from: 10,000 in all. */
	wait_us(CLOCK_S);
	tape_begin();
	for (i = 0; i < 14000; i++)
		requests(i % SOURCES, st.id, st.creatorid, 1);
	ATF_CHECK_EQ(10000, tape_messages(0, ONLY(UPD_1500)));
	end();
}

/* Requests for everything: one table a second, four in a row from all. */
ATF_TC_WITHOUT_HEAD(e3_06_flood_of_requests_for_everything);
ATF_TC_BODY(e3_06_flood_of_requests_for_everything, tc)
{
	unsigned i, starts, s;

	here();
	fill(0, 0, 100);
	for (s = 1; s <= 4; s++) {
		for (i = 0; i < 500; i++)
			requests(0, 0, 0, 1);
		wait_us(CLOCK_S);
		ATF_CHECK_EQ(100 * s, tape_messages(0, ONLY(UPD_1500)));
		ATF_CHECK_EQ(2 * s, tape_messages(0, ONLY(BUS)));
	}
	wait_us(40 * CLOCK_S);
	tape_begin();
	for (i = 0; i < 1000; i++) {
		requests(i % 50, 0, 0, 1);
		wait_us(2 * CLOCK_MS);
	}
	starts = tape_messages(0, ONLY(BUS)) / 2;
	ATF_CHECK_EQ_MSG(4, starts, "%u tables", starts);
	ATF_CHECK_EQ(4 * 100, tape_messages(0, ONLY(UPD_1500)));
	end();
}

ATF_TC_WITHOUT_HEAD(e3_06_lost_inserts_are_made_good);
ATF_TC_BODY(e3_06_lost_inserts_are_made_good, tc)
{
	unsigned n;

	setup(2, SIM_ONE_ACTIVE);
	begin();
	tape.lose = lose_inserts;
	connections(0, 20, 20);
	wait_us(CLOCK_S);
	tape.lose = NULL;
	more(20, 40);
	n = tape_messages(1, ONLY(UPD_REQ));
	ATF_CHECK_MSG(n >= 20 && n <= 60, "asked %u times", n);
	settled();
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_06_unknown_update_is_asked_for);
	ATF_TP_ADD_TC(tp, e3_06_answer_ends_the_question);
	ATF_TP_ADD_TC(tp, e3_06_request_is_answered);
	ATF_TP_ADD_TC(tp, e3_06_flood_of_updates);
	ATF_TP_ADD_TC(tp, e3_06_flood_of_requests);
	ATF_TP_ADD_TC(tp, e3_06_flood_of_requests_for_everything);
	ATF_TP_ADD_TC(tp, e3_06_lost_inserts_are_made_good);
	return (atf_no_error());
}
