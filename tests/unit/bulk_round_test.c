/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The numbers of rounds: which END of a bulk update is whose.  Both sides of
 * the rules in bulk.h.
 */

#include <atf-c.h>

#include "tests/lib/fixture.h"
#include "tests/lib/stock.h"

enum { REQ = 5, BUS = 10, UPD = 14 };

#define START  1
#define END    2
#define OURS   PFSYNC_SPEAKS_1500
#define STOCK  PFSYNC_SPEAKS_STOCK
#define B      2
#define STATES 1000

static struct fakeos os;
static struct psync_config config;

/*
 * Asking
 */

/* What a peer says; byte 9 is the round, in what another kernel sends noise. */
static void
bus(uint8_t from, uint8_t speaks, uint8_t status, uint32_t endtime,
    uint8_t round)
{
	struct stock_frame f;
	uint8_t w[12];

	fixture_bus(w, status, endtime);
	w[9] = round;
	stock_frame(&f, 5, speaks, BUS, w, sizeof(w));
	ATF_REQUIRE_EQ(PFSYNC_OK, stock_say(&os, from, f.bytes, f.len));
}

static void
ours(uint8_t status, uint8_t round)
{
	bus(B, OURS, status, 0, round);
}

static void
asked(void)
{
	config = fixture_config(1400, 1500, 128);
	fixture_alone(&os, 1, &config);
}

static void
ended(bool yes)
{
	struct psync_status s;

	psync_status(os.sc, &s);
	ATF_CHECK_EQ(yes ? PSYNC_BULK_OK : PSYNC_BULK_RUNNING, s.bulk);
	ATF_CHECK_EQ(yes ? 0 : 240, os.demotion);
	if (yes)
		fixture_down(&os);
}

/* Of a transfer that we did not ask for, or it was lost on us. */
ATF_TC_WITHOUT_HEAD(end_without_start);
ATF_TC_BODY(end_without_start, tc)
{
	(void)tc;
	asked();
	ours(END, 5);
	ended(false);
	fakeos_run_until(&os, os.now + 1999);
	ATF_CHECK_EQ(1, fakeos_sent(&os, REQ));
	fakeos_run_until(&os, os.now + 1);
	ATF_CHECK_EQ(2, fakeos_sent(&os, REQ));
	ours(START, 6);
	ended(false);
	ours(END, 6);
	ended(true);
}

/* START is for who has joined, and the END of before comes first. */
ATF_TC_WITHOUT_HEAD(end_of_an_earlier_round);
ATF_TC_BODY(end_of_an_earlier_round, tc)
{
	(void)tc;
	asked();
	ours(START, 6);
	ours(END, 5);
	ended(false);
	ours(START, 0);
	ended(false);
	ours(END, 6);
	ended(true);
}

/* That of ours was lost, or left out for the sake of others. */
ATF_TC_WITHOUT_HEAD(end_of_a_later_round);
ATF_TC_BODY(end_of_a_later_round, tc)
{
	(void)tc;
	asked();
	ours(START, 6);
	ours(START, 7);
	ours(END, 7);
	ended(true);
	/* What others are told does not put it off. */
	asked();
	ours(START, 6);
	ours(START, 7);
	ours(START, 0);
	ours(END, 6);
	ended(true);
}

ATF_TC_WITHOUT_HEAD(start_of_no_round);
ATF_TC_BODY(start_of_no_round, tc)
{
	(void)tc;
	asked();
	ours(START, 0);
	fakeos_run_until(&os, os.now + 100);
	ours(END, 6);
	ended(false);
	ours(START, 7);
	ours(END, 7);
	ended(true);
}

ATF_TC_WITHOUT_HEAD(numbers_go_round);
ATF_TC_BODY(numbers_go_round, tc)
{
	unsigned round;

	(void)tc;
	for (round = 1; round <= 255; round++) {
		asked();
		ours(START, (uint8_t)round);
		ours(END, (uint8_t)(round == 1 ? 255 : round - 1));
		ended(false);
		ours(END, (uint8_t)(round == 255 ? 1 : round + 1));
		ended(true);
	}
}

/* The peer is restarted, and begins at another number. */
ATF_TC_WITHOUT_HEAD(another_life);
ATF_TC_BODY(another_life, tc)
{
	unsigned round;

	(void)tc;
	for (round = 1; round <= 255; round++) {
		asked();
		ours(START, 100);
		ours(START, (uint8_t)round);
		ours(END, (uint8_t)round);
		ended(true);
	}
}

ATF_TC_WITHOUT_HEAD(end_overtakes_start);
ATF_TC_BODY(end_overtakes_start, tc)
{
	(void)tc;
	asked();
	ours(END, 5);
	ours(END, 6);
	ended(false);
	ours(START, 6);
	ended(true);

	/* But that of another round. */
	asked();
	ours(END, 6);
	ours(START, 7);
	ended(false);
	ours(END, 7);
	ended(true);
}

/* Asking again does not make the transfer that is under way another's. */
ATF_TC_WITHOUT_HEAD(asked_again_midway);
ATF_TC_BODY(asked_again_midway, tc)
{
	(void)tc;
	asked();
	ours(START, 6);
	fakeos_run_until(&os, os.now + 2000);
	ATF_CHECK_EQ(2, fakeos_sent(&os, REQ));
	ours(END, 6);
	ended(true);
}

/* But asking for everything anew does. */
ATF_TC_WITHOUT_HEAD(resync_midway);
ATF_TC_BODY(resync_midway, tc)
{
	(void)tc;
	asked();
	ours(START, 6);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	ours(END, 6);
	ended(false);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	ours(START, 6);
	ended(false);
	ours(START, 7);
	ours(END, 7);
	ended(true);
}

/* Who has ended and begins again does so for others: it is not waited for. */
ATF_TC_WITHOUT_HEAD(begins_for_others);
ATF_TC_BODY(begins_for_others, tc)
{
	(void)tc;
	asked();
	bus(B + 1, STOCK, START, 0, 0);
	ours(START, 6);
	ours(END, 6);
	ended(false);
	ours(START, 7);
	ours(START, 0);
	bus(B + 1, STOCK, END, 0, 0);
	ended(true);
}

/* Other kernels leave in that byte what was there before, in either message. */
ATF_TC_WITHOUT_HEAD(other_kernels_tell_none);
ATF_TC_BODY(other_kernels_tell_none, tc)
{
	unsigned noise;

	(void)tc;
	for (noise = 0; noise <= 255; noise++) {
		asked();
		bus(B, STOCK, END, 2, (uint8_t)noise);
		ended(false);
		bus(B, STOCK, END, 1, (uint8_t)noise);
		ended(true);

		asked();
		bus(B, STOCK, START, 0, (uint8_t)noise);
		bus(B, STOCK, END, 0, (uint8_t)(255 - noise));
		ended(true);
	}
}

/*
 * Sending
 */

/* At 100 states a second. */
static void
filled(unsigned format)
{
	struct psync_state st;
	unsigned n;

	config = fixture_config(format, 1500, 128);
	config.bulk_rate = 100;
	fixture_up(&os, 1, &config);
	for (n = 0; n < STATES; n++) {
		st = fixture_state(n, os.hostid);
		(void)fakeos_add(&os, &st);
	}
}

static void
request(uint8_t from, uint8_t version, uint8_t speaks)
{
	static const uint8_t everything[12];
	struct stock_frame f;

	stock_frame(&f, version, speaks, REQ, everything, sizeof(everything));
	ATF_REQUIRE_EQ(PFSYNC_OK, stock_say(&os, from, f.bytes, f.len));
}

/* The n-th START or END that was sent is of a round; -1: of any but none. */
static uint8_t
sent(unsigned n, uint8_t status, int round)
{
	const uint8_t *w = fakeos_message(&os, BUS, n);

	ATF_REQUIRE_MSG(w != NULL, "only %u of BUS", fakeos_sent(&os, BUS));
	ATF_CHECK_EQ_MSG(status, w[8], "BUS %u is %u", n, w[8]);
	if (round < 0)
		ATF_CHECK(w[9] != 0);
	else
		ATF_CHECK_EQ_MSG(round, w[9], "BUS %u is of round %u", n, w[9]);
	return (w[9]);
}

static uint8_t
after(uint8_t round)
{
	return (round == 255 ? 1 : round + 1);
}

/* It is being sent to one of ours: the number of its round. */
static uint8_t
begun(unsigned format, uint8_t version)
{
	filled(format);
	request(B, version, OURS);
	return (sent(0, START, -1));
}

/* START tells the round that is for who joins, and END the one that is over. */
ATF_TC_WITHOUT_HEAD(numbers_of_rounds);
ATF_TC_BODY(numbers_of_rounds, tc)
{
	uint8_t round;

	(void)tc;
	round = begun(1400, 5);
	fakeos_run_until(&os, os.now + 3000);
	request(B + 1, 5, OURS);
	(void)sent(1, START, after(round));
	fakeos_run_until(&os, os.now + 2000);
	request(B + 2, 5, OURS);
	(void)sent(2, START, after(round));
	fakeos_run_until(&os, os.now + 5100);
	(void)sent(3, END, round);
	/* Some of it was sent before. */
	(void)sent(4, START, 0);
	fakeos_run_until(&os, os.now + 5000);
	(void)sent(5, END, after(round));
	ATF_CHECK_EQ(6, fakeos_sent(&os, BUS));
	/* The next transfer. */
	request(B, 5, OURS);
	(void)sent(6, START, after(after(round)));
	fixture_down(&os);
}

/* Never 0, that would be none. */
ATF_TC_WITHOUT_HEAD(no_round_is_none);
ATF_TC_BODY(no_round_is_none, tc)
{
	uint8_t round = 0;
	unsigned i;

	(void)tc;
	config = fixture_config(1400, 1500, 128);
	fixture_up(&os, 1, &config);
	for (i = 0; i < 300; i++) {
		request(B, 5, OURS);
		fakeos_run_until(&os, os.now + 10000);
		round = i == 0 ? sent(0, START, -1) : after(round);
		(void)sent(2 * i, START, round);
		(void)sent(2 * i + 1, END, round);
	}
	fixture_down(&os);
}

/* What was before a restart is not taken for what comes after it. */
ATF_TC_WITHOUT_HEAD(each_life_has_its_own);
ATF_TC_BODY(each_life_has_its_own, tc)
{
	uint8_t round;

	(void)tc;
	round = begun(1400, 5);
	fixture_down(&os);
	filled(1400);
	fakeos_run_until(&os, os.now + 7);
	request(B, 5, OURS);
	ATF_CHECK(round != sent(0, START, -1));
	fixture_down(&os);
}

/* More join at once than there can be peers: they are told together. */
ATF_TC_WITHOUT_HEAD(too_many_join);
ATF_TC_BODY(too_many_join, tc)
{
	uint8_t round, i;

	(void)tc;
	round = begun(1400, 5);
	fakeos_run_until(&os, os.now + 9300);
	for (i = 1; i < 100; i++)
		request(B + i, 5, OURS);
	ATF_CHECK_EQ(1 + 16, fakeos_sent(&os, BUS));
	fakeos_run_until(&os, os.now + 499);
	ATF_CHECK_EQ(1 + 16, fakeos_sent(&os, BUS));
	fakeos_run_until(&os, os.now + 20);
	(void)sent(17, START, after(round));
	ATF_CHECK_EQ(1 + 16 + 1, fakeos_sent(&os, BUS));
	/* But before the END of what they have not heard all of. */
	fakeos_run_until(&os, os.now + 50);
	request(B + 1, 5, OURS);
	ATF_CHECK_EQ(1 + 16 + 1, fakeos_sent(&os, BUS));
	fakeos_run_until(&os, os.now + 200);
	(void)sent(18, START, after(round));
	(void)sent(19, END, round);
	fixture_down(&os);
}

/* Who joins and is asking anew has lost what it had: all is sent from there. */
ATF_TC_WITHOUT_HEAD(joined_and_restarted);
ATF_TC_BODY(joined_and_restarted, tc)
{
	uint8_t round;

	(void)tc;
	round = begun(1400, 5);
	fakeos_run_until(&os, os.now + 3000);
	request(B + 1, 5, OURS);
	fakeos_run_until(&os, os.now + 1500);
	request(B + 1, 5, OURS);
	(void)sent(2, START, after(round));
	fakeos_run_until(&os, os.now + 5600);
	(void)sent(3, END, round);
	fakeos_forget(&os);
	while (fixture_sending(&os))
		fakeos_run_until(&os, os.now + 10);
	(void)sent(0, END, after(round));
	/* A packet more or less. */
	ATF_CHECK_MSG(fakeos_sent(&os, UPD) >= 430 &&
		fakeos_sent(&os, UPD) <= 460,
	    "%u more", fakeos_sent(&os, UPD));
	fixture_down(&os);
}

/*
 * OpenBSD takes the first END after a START for its own, and must not be told
 * before the one of before; this driver is told at once, in every version.
 */
ATF_TC_WITHOUT_HEAD(joined_in_version_6);
ATF_TC_BODY(joined_in_version_6, tc)
{
	uint8_t round;

	(void)tc;
	round = begun(6, 6);
	fakeos_run_until(&os, os.now + 3000);
	request(B + 1, 6, OURS);
	(void)sent(1, START, after(round));
	fixture_down(&os);

	round = begun(6, 6);
	fakeos_run_until(&os, os.now + 3000);
	request(B + 1, 6, STOCK);
	ATF_CHECK_EQ(1, fakeos_sent(&os, BUS));
	fakeos_run_until(&os, os.now + 7100);
	(void)sent(1, END, round);
	(void)sent(2, START, 0);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, end_without_start);
	ATF_TP_ADD_TC(tp, end_of_an_earlier_round);
	ATF_TP_ADD_TC(tp, end_of_a_later_round);
	ATF_TP_ADD_TC(tp, start_of_no_round);
	ATF_TP_ADD_TC(tp, numbers_go_round);
	ATF_TP_ADD_TC(tp, another_life);
	ATF_TP_ADD_TC(tp, end_overtakes_start);
	ATF_TP_ADD_TC(tp, asked_again_midway);
	ATF_TP_ADD_TC(tp, resync_midway);
	ATF_TP_ADD_TC(tp, begins_for_others);
	ATF_TP_ADD_TC(tp, other_kernels_tell_none);
	ATF_TP_ADD_TC(tp, numbers_of_rounds);
	ATF_TP_ADD_TC(tp, no_round_is_none);
	ATF_TP_ADD_TC(tp, each_life_has_its_own);
	ATF_TP_ADD_TC(tp, too_many_join);
	ATF_TP_ADD_TC(tp, joined_and_restarted);
	ATF_TP_ADD_TC(tp, joined_in_version_6);
	return (atf_no_error());
}
