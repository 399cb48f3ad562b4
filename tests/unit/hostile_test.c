/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Well-formed packets of somebody who means harm, from as many addresses as he
 * likes: what each makes us do is bounded, and counted here.
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/lib/fixture.h"

enum { CLR, INS = 13, UPD = 14, UPD_C = 4, REQ = 5, BUS = 10 };

#define START 1
#define END   2

static struct fakeos os;
static struct psync_config config;
static uint32_t forged;

static void
up(unsigned slices, unsigned states)
{
	struct psync_state st;
	unsigned n;

	config = fixture_config(1400, 1500, 128);
	fixture_up(&os, slices, &config);
	for (n = 0; n < states; n++) {
		st = fixture_state(n, os.hostid);
		(void)fakeos_add(&os, &st);
	}
	fakeos_forget(&os);
}

/* A packet from an address that nobody had before. */
static void
forge(uint8_t action, unsigned count, const void *messages)
{
	const uint32_t src = ++forged;

	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive_from(&os, (const uint8_t *)&src, PSYNC_AF_INET,
		action, count, messages));
}

static unsigned
starts(void)
{
	unsigned i, n = 0;

	for (i = 0; i < fakeos_sent(&os, BUS); i++)
		n += fakeos_message(&os, BUS, i)[8] == START;
	return (n);
}

/* For a minute, a thousand a second: at most four, and one each 4 s. */
ATF_TC_WITHOUT_HEAD(table_requests);
ATF_TC_BODY(table_requests, tc)
{
	static const uint8_t zero[12];
	unsigned in = 60000, i;

	(void)tc;
	up(4, 100);
	for (i = 0; i < in; i++) {
		forge(REQ, 1, zero);
		fakeos_run_until(&os, os.now + 1);
	}
	ATF_CHECK_MSG(starts() >= 10, "%u tables", starts());
	ATF_CHECK_MSG(starts() <= 4 + 60 / 4 + 1, "%u tables", starts());
	ATF_CHECK_MSG(os.nframes < in / 20, "%zu packets for %u", os.nframes,
	    in);
	ATF_CHECK(fakeos_sent(&os, UPD) <= starts() * 100);
	ATF_CHECK(fixture_stats(&os).refused[PFSYNC_R_RATE] > in - 100);

	/* Who has a right to it is not locked out for long. */
	fakeos_run_until(&os, os.now + 4000);
	fakeos_forget(&os);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, REQ, 1, zero));
	fakeos_run_until(&os, os.now + 1000);
	ATF_CHECK_EQ(1, starts());
	ATF_CHECK_EQ(100, fakeos_sent(&os, UPD));
	fixture_down(&os);
}

/* Twelve bytes ask for a state of 277: 10,000 a second at most. */
ATF_TC_WITHOUT_HEAD(state_requests);
ATF_TC_BODY(state_requests, tc)
{
	struct psync_state st;
	static uint8_t w[120][12];
	unsigned i;

	(void)tc;
	up(64, 120);
	for (i = 0; i < 120; i++) {
		st = fixture_state(i, os.hostid);
		fixture_key(w[i], st.id, st.creatorid);
	}
	/* 360,000 in three seconds */
	for (i = 0; i < 3000; i++) {
		forge(REQ, 120, w);
		fakeos_run_until(&os, os.now + 1);
	}
	ATF_CHECK(fakeos_sent(&os, UPD) >= 10000);
	ATF_CHECK_MSG(fakeos_sent(&os, UPD) <= 10000 + 3 * 10000, "%u states",
	    fakeos_sent(&os, UPD));
	fixture_down(&os);

	/* One address alone gets less. */
	up(1, 120);
	for (i = 0; i < 1000; i++) {
		ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, REQ, 120, w));
		fakeos_run_until(&os, os.now + 1);
	}
	ATF_CHECK_MSG(fakeos_sent(&os, UPD) <= 4000 + 4000, "%u states",
	    fakeos_sent(&os, UPD));
	fixture_down(&os);
}

/* Each CLR walks the table. */
ATF_TC_WITHOUT_HEAD(clears);
ATF_TC_BODY(clears, tc)
{
	static uint8_t w[70][20];
	unsigned i;

	(void)tc;
	up(1, 3);
	for (i = 0; i < 70; i++)
		w[i][16] = (uint8_t)(i + 1);
	for (i = 0; i < 10000; i++) {
		forge(CLR, 70, w);
		fakeos_run_until(&os, os.now + 1);
	}
	ATF_CHECK_MSG(os.clears <= 64 + 10 * 16 + 1, "%u walks", os.clears);
	ATF_CHECK(os.clears >= 64);
	/* Whoever is new is asked what he has: once a minute, 12 tries. */
	ATF_CHECK_EQ(12, fakeos_sent(&os, REQ));
	ATF_CHECK_EQ(12, os.nframes);
	fixture_down(&os);
}

/* Updates of what is not here: a packet out for each in, at most. */
ATF_TC_WITHOUT_HEAD(unknown_updates);
ATF_TC_BODY(unknown_updates, tc)
{
	static uint8_t w[17][84];
	struct psync_state st;
	unsigned i, j;

	(void)tc;
	up(1, 0);
	for (i = 0; i < 3000; i++) {
		for (j = 0; j < 17; j++) {
			st = fixture_state(i * 17 + j, FIXTURE_PEER);
			fixture_upd_c(w[j], &st);
		}
		forge(UPD_C, 17, w);
		/* the same again: not asked for again */
		forge(UPD_C, 17, w);
		fakeos_run_until(&os, os.now + 1);
	}
	ATF_CHECK(os.nframes <= 3000 + 14);
	ATF_CHECK_MSG(fakeos_sent(&os, REQ) <= 10000 + 3 * 10000 + 12,
	    "%u requests", fakeos_sent(&os, REQ));
	ATF_CHECK_EQ(0, os.nstates);
	ATF_CHECK_EQ(0, os.demotion);
	fixture_down(&os);
}

/*
 * The same correction is not sent again at once; another is, and the same one
 * after a while, since it may have been lost.
 */
ATF_TC_WITHOUT_HEAD(corrected_once);
ATF_TC_BODY(corrected_once, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;
	uint8_t w[84];
	unsigned i;

	(void)tc;
	up(1, 1);
	st = fixture_state(0, os.hostid);
	fs = fakeos_find(&os, st.id, st.creatorid);
	st.src.seqlo -= 100;
	fixture_upd_c(w, &st);
	for (i = 0; i < 50; i++)
		forge(UPD_C, 1, w);
	ATF_CHECK_EQ(1, fakeos_sent(&os, UPD_C));
	fs->st.src.seqlo += 10;
	for (i = 0; i < 50; i++)
		forge(UPD_C, 1, w);
	ATF_CHECK_EQ(2, fakeos_sent(&os, UPD_C));
	fakeos_run_until(&os, os.now + 10);
	forge(UPD_C, 1, w);
	ATF_CHECK_EQ(3, fakeos_sent(&os, UPD_C));
	fixture_down(&os);
}

/* Stale views: the answer is not larger than the question. */
ATF_TC_WITHOUT_HEAD(stale_updates);
ATF_TC_BODY(stale_updates, tc)
{
	static uint8_t w[17][84];
	struct psync_state st;
	unsigned i;

	(void)tc;
	up(1, 17);
	for (i = 0; i < 17; i++) {
		st = fixture_state(i, os.hostid);
		st.src.seqlo -= 100;
		fixture_upd_c(w[i], &st);
	}
	for (i = 0; i < 1000; i++) {
		forge(UPD_C, 17, w);
		fakeos_run_until(&os, os.now + 1);
	}
	ATF_CHECK(fakeos_sent(&os, REQ) <= 12); /* see clears */
	ATF_CHECK_EQ(1000 / 10 + fakeos_sent(&os, REQ), os.nframes);
	ATF_CHECK_EQ(17 * 1000 / 10, fakeos_sent(&os, UPD_C));
	fixture_down(&os);
}

/* START without end: CARP is demoted no longer than for nobody's answer. */
ATF_TC_WITHOUT_HEAD(endless_starts);
ATF_TC_BODY(endless_starts, tc)
{
	uint64_t begin;
	uint8_t w[12];

	(void)tc;
	up(1, 0);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	begin = os.now;
	fixture_bus(w, START, 0);
	while (os.demotion != 0 && os.now - begin < 600000) {
		forge(BUS, 1, w);
		fakeos_run_until(&os, os.now + 250);
	}
	ATF_CHECK_MSG(os.now - begin <= 12 * 2000 + 32 * 2000, "%u ms",
	    (unsigned)(os.now - begin));
	ATF_CHECK_EQ(0, os.demotion);
	fixture_down(&os);
}

/* Very many states that are not here: a loss, for which CARP is left alone. */
ATF_TC_WITHOUT_HEAD(loss_noticed);
ATF_TC_BODY(loss_noticed, tc)
{
	struct psync_state st;
	uint8_t end[12], w[84];
	unsigned i, all = 0, round;

	(void)tc;
	up(1, 0);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 300; i++) {
			st = fixture_state(1000 * round + i, FIXTURE_PEER);
			fixture_upd_c(w, &st);
			ATF_REQUIRE_EQ(PFSYNC_OK,
			    fixture_receive(&os, UPD_C, 1, w));
			/* not seen so fast: no loss */
			fakeos_run_until(&os, os.now + (round == 0 ? 10 : 1));
		}
		fakeos_run_until(&os, os.now + 1000);
		for (i = all = 0; i < fakeos_sent(&os, REQ); i++)
			all += fakeos_message(&os, REQ, i)[8] == 0 &&
			    fakeos_message(&os, REQ, i)[9] == 0;
		ATF_CHECK_EQ(round, all);
	}
	fixture_bus(end, END, 0);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, BUS, 1, end));
	ATF_CHECK_EQ(1, os.demoted);
	ATF_CHECK_EQ(0, os.demotion);
	fixture_down(&os);
}

/* Somebody with our host id: seen by its BUS and its inserts, told once. */
ATF_TC_WITHOUT_HEAD(creatorid_collision);
ATF_TC_BODY(creatorid_collision, tc)
{
	struct psync_state st;
	struct psync_status s;
	uint8_t bus[12], w[277];

	(void)tc;
	up(1, 1);
	/* Our own states come back to us whole, by a bulk update. */
	st = fixture_state(50, os.hostid);
	psync_encode(&psync_layout_1400, w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, UPD, 1, w));
	/* An insert of ours, heard as an echo. */
	st = fixture_state(0, os.hostid);
	psync_encode(&psync_layout_1400, w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, INS, 1, w));
	st = fixture_state(51, FIXTURE_PEER);
	psync_encode(&psync_layout_1400, w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, INS, 1, w));
	fixture_bus(bus, END, 0);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, BUS, 1, bus));
	psync_status(os.sc, &s);
	ATF_CHECK(!s.collision);
	ATF_CHECK_EQ(0, os.collisions);
	ATF_CHECK_EQ(0, fixture_stats(&os).collisions);

	st = fixture_state(52, os.hostid);
	psync_encode(&psync_layout_1400, w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, INS, 1, w));
	psync_status(os.sc, &s);
	ATF_CHECK(s.collision);
	ATF_CHECK_EQ(1, os.collisions);
	memcpy(bus, &os.hostid, 4);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, BUS, 1, bus));
	ATF_CHECK_EQ(1, os.collisions);
	ATF_CHECK_EQ(2, fixture_stats(&os).collisions);
	fakeos_run_until(&os, os.now + 60000);
	psync_status(os.sc, &s);
	ATF_CHECK(!s.collision);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, BUS, 1, bus));
	ATF_CHECK_EQ(2, os.collisions);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, table_requests);
	ATF_TP_ADD_TC(tp, state_requests);
	ATF_TP_ADD_TC(tp, clears);
	ATF_TP_ADD_TC(tp, unknown_updates);
	ATF_TP_ADD_TC(tp, stale_updates);
	ATF_TP_ADD_TC(tp, corrected_once);
	ATF_TP_ADD_TC(tp, endless_starts);
	ATF_TP_ADD_TC(tp, loss_noticed);
	ATF_TP_ADD_TC(tp, creatorid_collision);
	return (atf_no_error());
}
