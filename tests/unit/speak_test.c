/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which dialects are spoken, and what goes out in each of them once.
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "net/pfsync/wire.h"
#include "tests/lib/fixture.h"
#include "tests/lib/stock.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define S1500 PFSYNC_SPOKEN_1500
#define S1400 PFSYNC_SPOKEN_1400
#define S1301 PFSYNC_SPOKEN_1301
#define SV6   PFSYNC_SPOKEN_V6
#define SV3   PFSYNC_SPOKEN_V3

static struct fakeos os;
static struct psync_config config;

static void
up(unsigned format)
{
	config = fixture_config(format, 1500, 128);
	fixture_alone(&os, 1, &config);
}

static unsigned
spoken(void)
{
	struct psync_status st;

	psync_status(os.sc, &st);
	return (st.dialects);
}

/* How many frames of a version were sent. */
static unsigned
frames_of(uint8_t version)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < os.nframes; i++)
		n += os.frame[i].bytes[0] == version;
	return (n);
}

ATF_TC_WITHOUT_HEAD(chosen);
ATF_TC_BODY(chosen, tc)
{
	unsigned i;

	(void)tc;
	/* What is configured is spoken, whoever is there. */
	static const struct {
		unsigned format, spoken;
	} pinned[] = { { 1301, S1301 }, { 1400, S1400 }, { 1500, S1500 },
		{ 6, SV6 }, { 3, SV3 } };

	for (i = 0; i < NELEM(pinned); i++) {
		up(pinned[i].format);
		ATF_CHECK_EQ(pinned[i].spoken, spoken());
		stock_meet(&os, 2, 3, 0);
		stock_meet(&os, 3, 6, 0);
		stock_meet_format(&os, 4, 1301);
		stock_meet(&os, 5, 5, PFSYNC_SPEAKS_1500);
		ATF_CHECK_EQ(pinned[i].spoken, spoken());
		fixture_down(&os);
	}

	up(0);
	ATF_CHECK_EQ(S1301, spoken());
	stock_meet(&os, 2, 5, PFSYNC_SPEAKS_1500);
	ATF_CHECK_EQ(S1500, spoken());
	/* A stock one: not known, then known by its states, then upgraded. */
	stock_meet(&os, 3, 5, 0);
	ATF_CHECK_EQ(S1301, spoken());
	stock_meet_format(&os, 3, 1400);
	ATF_CHECK_EQ(S1400, spoken());
	/* What says nothing of a format changes nothing. */
	stock_meet(&os, 3, 5, 0);
	ATF_CHECK_EQ(S1400, spoken());
	stock_meet_format(&os, 3, 1500);
	ATF_CHECK_EQ(S1500, spoken());
	stock_meet_format(&os, 4, 1400);
	ATF_CHECK_EQ(S1400, spoken());
	stock_meet_format(&os, 3, 1301);
	ATF_CHECK_EQ(S1301, spoken());
	/* Others beside them. */
	stock_meet(&os, 5, 6, 0);
	ATF_CHECK_EQ(S1301 | SV6, spoken());
	stock_meet(&os, 6, 3, 0);
	ATF_CHECK_EQ(S1301 | SV6 | SV3, spoken());
	/* The same ones, upgraded to something else. */
	stock_meet(&os, 5, 5, PFSYNC_SPEAKS_1500);
	ATF_CHECK_EQ(S1301 | SV3, spoken());
	stock_meet(&os, 3, 5, PFSYNC_SPEAKS_1500);
	stock_meet_format(&os, 4, 1500);
	stock_meet(&os, 6, 6, PFSYNC_SPEAKS_1500); /* ours, told to speak 6 */
	ATF_CHECK_EQ(S1500, spoken());
	/* Silence is no sign: that one may be the one to take over. */
	fakeos_run_until(&os, os.now + 3600000);
	ATF_CHECK_EQ(S1500, spoken());
	/* All is forgotten with the path, and then all are asked. */
	memcpy(config.syncpeer, "\300\0\2\11", 4);
	config.syncpeer_af = PSYNC_AF_INET;
	fakeos_forget(&os);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ATF_CHECK_EQ(S1301, spoken());
	ATF_CHECK_EQ(1, frames_of(6));
	ATF_CHECK_EQ(1, frames_of(3));
	fixture_down(&os);

	/* So is a format, when pfsync0 was down meanwhile. */
	up(0);
	stock_meet_format(&os, 3, 1400);
	ATF_CHECK_EQ(S1400, spoken());
	config.up = false;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	config.up = true;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	stock_meet(&os, 3, 5, 0);
	ATF_CHECK_EQ(S1301, spoken());
	fixture_down(&os);

	/* No peer of version 5: it is not spoken. */
	up(0);
	stock_meet(&os, 2, 6, 0);
	ATF_CHECK_EQ(SV6, spoken());
	stock_meet(&os, 3, 3, 0);
	ATF_CHECK_EQ(SV6 | SV3, spoken());
	fixture_down(&os);
}

/* Some states, and nothing waits to be sent. */
static void
up_with_states(unsigned format)
{
	struct psync_state st;
	unsigned n;

	config = fixture_config(format, 1500, 128);
	fixture_up(&os, 1, &config);
	for (n = 0; n < 20; n++) {
		st = fixture_state(n, os.hostid);
		(void)fakeos_add(&os, &st);
	}
}

static unsigned
tables_in(unsigned ms)
{
	unsigned n;

	fakeos_run_until(&os, os.now + ms);
	n = fixture_tables(&os, PFSYNC_BUS_START);
	fakeos_forget(&os);
	return (n);
}

/*
 * The table is sent where somebody understands what is spoken now and did not
 * before; and once, though that one asks for it.
 */
ATF_TC_WITHOUT_HEAD(who_needs_the_table);
ATF_TC_BODY(who_needs_the_table, tc)
{
	static const uint8_t everything[12];
	struct stock_frame f;
	unsigned asks;

	(void)tc;
	/* Nobody is there who would understand. */
	up_with_states(1301);
	stock_meet(&os, 2, 5, 0);
	config.format = 6;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ATF_CHECK_EQ(0, tables_in(10000));
	/* Somebody is. */
	config.format = 1301;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ATF_CHECK(tables_in(10000) > 0);
	fixture_down(&os);

	/* Richer for one that has understood the poorer, and the reverse. */
	up_with_states(0);
	stock_meet(&os, 2, 5, 0);
	stock_meet_format(&os, 2, 1400);
	ATF_CHECK_EQ(S1400, spoken());
	ATF_CHECK_EQ(0, tables_in(10000));
	stock_meet_format(&os, 3, 1301);
	ATF_CHECK_EQ(S1301, spoken());
	/* The new one did not understand 1400. */
	ATF_CHECK(tables_in(10000) > 0);

	/* A new one gets it, in each version that is spoken. */
	for (asks = 0; asks < 2; asks++) {
		stock_frame(&f, 6, 0, PFSYNC_ACT_UPD_REQ, everything,
		    sizeof(everything));
		if (asks)
			ATF_CHECK_EQ(PFSYNC_OK,
			    stock_say(&os, 4, f.bytes, f.len));
		else
			stock_meet(&os, 4, 6, 0);
		ATF_CHECK_EQ(S1301 | SV6, spoken());
		ATF_CHECK_EQ(2, tables_in(10000));
		/* An old friend again, so that 6 is new the next time. */
		stock_meet(&os, 4, 5, 0);
		ATF_CHECK_EQ(S1301, spoken());
		(void)tables_in(10000);
	}
	fixture_down(&os);
}

/* A stranger that has just had its share gets the table later. */
ATF_TC_WITHOUT_HEAD(stranger_too_soon);
ATF_TC_BODY(stranger_too_soon, tc)
{
	static const uint8_t everything[12];

	(void)tc;
	up_with_states(0);
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive(&os, PFSYNC_ACT_UPD_REQ, 1, everything));
	ATF_CHECK(tables_in(100) > 0);
	stock_meet(&os, 2, 6, 0);
	ATF_CHECK_EQ(1, tables_in(10000));
	fixture_down(&os);
}

/* Control messages: every version that is spoken, once, marked if repeated. */
ATF_TC_WITHOUT_HEAD(control);
ATF_TC_BODY(control, tc)
{
	size_t i;

	(void)tc;
	/* The first request is for whoever is there. */
	up(0);
	ATF_REQUIRE_EQ(3, os.nframes);
	ATF_CHECK_EQ(1, frames_of(5));
	ATF_CHECK_EQ(1, frames_of(6));
	ATF_CHECK_EQ(1, frames_of(3));
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ(PFSYNC_OK,
		    psync_frame_check(os.frame[i].bytes, os.frame[i].len));
		ATF_CHECK_EQ(os.frame[i].bytes[0] == 5 ? 3 : 0x83,
		    os.frame[i].bytes[1]);
	}
	fakeos_forget(&os);
	stock_meet(&os, 2, 6, 0);
	fakeos_run_until(&os, os.now + 3000);
	fakeos_forget(&os);
	/* So is any other: who lost the first may never have said a word. */
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	ATF_CHECK_EQ(3, os.nframes);
	ATF_CHECK_EQ(1, frames_of(3));
	fakeos_forget(&os);
	psync_clear(os.sc, os.hostid, "em0");
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(6, os.frame[0].bytes[0]);
	/* Nobody hears it in version 5: nobody shall look away. */
	ATF_CHECK_EQ(3, os.frame[0].bytes[1]);
	stock_meet(&os, 3, 3, 0);
	stock_meet(&os, 4, 5, 0);
	fakeos_run_until(&os, os.now + 3000);
	fakeos_forget(&os);

	/* Stuck between two of them, the rest follows, and only that. */
	os.grace = 1;
	fakeos_fail_output(&os, PSYNC_NOBUFS, 2);
	psync_clear(os.sc, os.hostid, "em0");
	psync_clear(os.sc, os.hostid, "");
	ATF_CHECK_EQ(1, os.nframes);
	fakeos_run_until(&os, os.now + 100);
	/* And the table, START and END: CLR came late for new states. */
	ATF_CHECK_EQ(12, os.nframes);
	ATF_CHECK_EQ(4, frames_of(5));
	ATF_CHECK_EQ(4, frames_of(6));
	ATF_CHECK_EQ(4, frames_of(3));
	for (i = 0; i < 6; i++)
		ATF_CHECK_EQ(i < 3 ? 'e' : 0,
		    os.frame[i].bytes[os.frame[i].bytes[0] == 3 ? 20 : 24]);
	fixture_down(&os);
}

/* One of ours hears its own version 5, and looks away from the rest. */
ATF_TC_WITHOUT_HEAD(repeated);
ATF_TC_BODY(repeated, tc)
{
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	struct pfsyncxstats after, before;
	struct stock_frame f;
	uint8_t w[264];

	(void)tc;
	up(0);
	(void)psync_encode(&psync_layout_v6, w, &st);
	stock_frame(&f, 6, 0x83, 13, w, sizeof(w));
	before = fixture_stats(&os);
	ATF_CHECK_EQ(PFSYNC_OK, stock_say(&os, 2, f.bytes, f.len));
	after = fixture_stats(&os);
	ATF_CHECK_EQ(0, os.nstates);
	before.repeated++;
	before.base.pfsyncs_ipackets++;
	ATF_CHECK_EQ(0, fixture_changed(&before, &after));
	/* It says nothing about how that peer speaks. */
	ATF_CHECK_EQ(S1301, spoken());
	f.bytes[1] = 3;
	ATF_CHECK_EQ(PFSYNC_OK, stock_say(&os, 2, f.bytes, f.len));
	ATF_CHECK_EQ(1, os.nstates);
	fixture_down(&os);
}

/* What has been sent of a frame is not sent again. */
ATF_TC_WITHOUT_HEAD(half_way);
ATF_TC_BODY(half_way, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;
	unsigned i;

	(void)tc;
	up(0);
	stock_meet(&os, 2, 5, 0);
	stock_meet(&os, 3, 6, 0);
	stock_meet(&os, 4, 3, 0);
	fakeos_run_until(&os, os.now + 3000);
	fakeos_forget(&os);
	os.grace = 1;
	fakeos_fail_output(&os, PSYNC_NOBUFS, 3);
	for (i = 0; i < 3; i++) {
		st = fixture_state(i, os.hostid);
		fakeos_pf_insert(&os, &st);
	}
	fakeos_run_until(&os, os.now + 1);
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(5, os.frame[0].bytes[0]);
	ATF_CHECK_EQ(2, os.attempts);
	ATF_CHECK_EQ(3, fixture_pending(&os));
	/* What happens now goes in another frame, to all of them. */
	fs = fakeos_find(&os, fixture_state(0, 0).id, os.hostid);
	fs->st.dst.state = PSYNC_TCPS_TIME_WAIT;
	fakeos_pf_change(&os, fs);
	fakeos_pf_remove(&os,
	    fakeos_find(&os, fixture_state(1, 0).id, os.hostid), false);
	ATF_CHECK_EQ(5, fixture_pending(&os));
	fakeos_run_until(&os, os.now + 200);
	ATF_CHECK_EQ(0, fixture_pending(&os));
	/* 5: INS, DEL_C UPD_C; 6: the same; 3: INS, DEL_C, UPD_C. */
	ATF_CHECK_EQ(2, frames_of(5));
	ATF_CHECK_EQ(2, frames_of(6));
	ATF_CHECK_EQ(3, frames_of(3));
	ATF_CHECK_EQ(7, os.nframes);
	ATF_CHECK_EQ(6, os.frame[1].bytes[0]);
	ATF_CHECK_EQ(13, os.frame[1].bytes[20]);
	ATF_CHECK_EQ(3, os.frame[1].bytes[23]);
	ATF_CHECK_EQ(3, os.frame[2].bytes[0]);
	ATF_CHECK_EQ(1, os.frame[2].bytes[2]);
	ATF_CHECK_EQ(3, os.frame[2].bytes[3]);
	ATF_CHECK_EQ(3, fixture_stats(&os).retries);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, chosen);
	ATF_TP_ADD_TC(tp, who_needs_the_table);
	ATF_TP_ADD_TC(tp, stranger_too_soon);
	ATF_TP_ADD_TC(tp, control);
	ATF_TP_ADD_TC(tp, repeated);
	ATF_TP_ADD_TC(tp, half_way);
	return (atf_no_error());
}
