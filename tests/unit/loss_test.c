/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What could not be told is made good by the whole table, even if nothing
 * happens any more that would set a timer.
 */

#include <atf-c.h>
#include <string.h>

#include "tests/lib/fixture.h"
#include "tests/lib/stock.h"

static struct fakeos os;
static struct psync_config config;

static void
up(unsigned slices, unsigned maxupd, unsigned states)
{
	struct psync_state st;
	unsigned n;

	config = fixture_config(1400, 1500, maxupd);
	fixture_up(&os, slices, &config);
	for (n = 0; n < states; n++) {
		st = fixture_state(n, os.hostid);
		(void)fakeos_add(&os, &st);
	}
}

static struct fakeos_state *
state(unsigned n)
{
	return (fakeos_find(&os, fixture_state(n, 0).id, os.hostid));
}

static unsigned
full_updates(void)
{
	return (fakeos_sent(&os, PFSYNC_ACT_UPD_1400));
}

/* The last change leaves at once, and cannot be sent; then there is silence. */
ATF_TC_WITHOUT_HEAD(at_once_then_silence);
ATF_TC_BODY(at_once_then_silence, tc)
{
	(void)tc;
	up(4, 0, 20);
	fakeos_fail_output(&os, PSYNC_UNSENDABLE, 1);
	state(7)->st.dst.seqlo += 10;
	fakeos_pf_change(&os, state(7));
	ATF_CHECK_EQ(1, os.attempts);
	ATF_CHECK_EQ(0, os.nframes);
	fakeos_run_until(&os, os.now + 100);
	ATF_CHECK_EQ(20, full_updates());
	fakeos_run_until(&os, os.now + 60000);
	ATF_CHECK_EQ(20, full_updates());
	fixture_down(&os);
}

/*
 * All of our states are removed while the link is stuck, and new ones made: the
 * CLR comes late, and takes those with it.
 */
ATF_TC_WITHOUT_HEAD(clear_comes_late);
ATF_TC_BODY(clear_comes_late, tc)
{
	struct psync_state st;
	unsigned slices, n, cleared = 0;
	size_t i;

	(void)tc;
	for (slices = 1; slices <= 64; slices *= 4) {
		up(slices, 128, 0);
		fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
		psync_clear(os.sc, os.hostid, "");
		st = fixture_state(5, os.hostid);
		(void)fakeos_pf_insert(&os, &st);
		fakeos_run_until(&os, os.now + 500);
		fakeos_fail_output(&os, PSYNC_SENT, 0);
		fakeos_run_until(&os, os.now + 1000);
		/* At the peer it is there in the end. */
		for (i = n = 0; i < os.nframes; i++) {
			cleared = frame_messages(os.frame[i].bytes,
			    os.frame[i].len, PFSYNC_ACT_CLR);
			n += frame_messages(os.frame[i].bytes, os.frame[i].len,
			    PFSYNC_ACT_UPD_1400);
			n += frame_messages(os.frame[i].bytes, os.frame[i].len,
			    PFSYNC_ACT_INS_1400);
			n = cleared > 0 ? 0 : n;
		}
		ATF_CHECK_EQ(1, fakeos_sent(&os, PFSYNC_ACT_CLR));
		ATF_CHECK_EQ_MSG(1, n, "%u slices: %u times", slices, n);
		fixture_down(&os);
	}
}

static bool
was_sent(const struct psync_state *st)
{
	unsigned i;

	for (i = 0; i < full_updates(); i++)
		if (memcmp(fakeos_message(&os, PFSYNC_ACT_UPD_1400, i), &st->id,
			sizeof(st->id)) == 0)
			return (true);
	return (false);
}

/*
 * While the table is sent a packet cannot be sent, of nothing but that or of a
 * change, too.  It joins the transfer, which goes on to that place.
 */
ATF_TC_WITHOUT_HEAD(in_mid_transfer);
ATF_TC_BODY(in_mid_transfer, tc)
{
	static const uint8_t everything[12];
	struct psync_state st;
	unsigned change;

	(void)tc;
	for (change = 0; change < 2; change++) {
		up(1, 128, 500);
		config.bulk_rate = 1000;
		ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
		ATF_REQUIRE_EQ(PFSYNC_OK,
		    fixture_receive(&os, PFSYNC_ACT_UPD_REQ, 1, everything));
		fakeos_run_until(&os, os.now + 200);
		if (change) {
			st = fixture_state(1000, os.hostid);
			(void)fakeos_pf_insert(&os, &st);
		}
		fakeos_fail_output(&os, PSYNC_UNSENDABLE, 1);
		fakeos_run_until(&os, os.now + 12000);
		ATF_CHECK_EQ(0, os.outcomes);
		ATF_CHECK(full_updates() > 600);
		if (change)
			ATF_CHECK(was_sent(&st));
		fixture_down(&os);
	}
}

static unsigned allocs_left;

/* Another thread hears of a peer while memory for new frames is looked for. */
static void
meet_meanwhile(struct fakeos *meanwhile)
{
	if (allocs_left > 0 && --allocs_left == 0)
		stock_meet(meanwhile, 9, 6, 0);
}

/* Frames of a new size speak as the old ones did when they were exchanged. */
ATF_TC_WITHOUT_HEAD(new_frames_speak_the_same);
ATF_TC_BODY(new_frames_speak_the_same, tc)
{
	struct psync_state st;
	unsigned n, allocs, v5, v6;
	size_t i;

	(void)tc;
	for (allocs = 1; allocs <= 3; allocs++) {
		up(2, 128, 0);
		config.format = PFSYNC_FORMAT_AUTO;
		ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
		allocs_left = allocs;
		os.on_alloc = meet_meanwhile;
		config.mtu = 1400;
		ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
		ATF_CHECK_EQ(0, allocs_left);
		fakeos_run_until(&os, os.now + 1000);
		fakeos_forget(&os);
		/* Some for each slice. */
		for (n = 0; n < 20; n++) {
			st = fixture_state(n, os.hostid);
			(void)fakeos_pf_insert(&os, &st);
		}
		fakeos_run_until(&os, os.now + 100);
		for (i = v5 = v6 = 0; i < os.nframes; i++)
			if (os.frame[i].bytes[0] == 6)
				v6++;
			else
				v5++;
		ATF_CHECK(v5 >= 2);
		ATF_CHECK_EQ(v5, v6);
		fixture_down(&os);
	}
}

/* States from before there was an engine are told of when it begins to work. */
ATF_TC_WITHOUT_HEAD(from_before);
ATF_TC_BODY(from_before, tc)
{
	struct psync_state st;
	unsigned n, states;

	(void)tc;
	for (states = 0; states <= 10; states += 5) {
		fakeos_init(&os);
		os.sc = psync_create(&fakeos_ops, &os, 2);
		ATF_REQUIRE(os.sc != NULL);
		for (n = 0; n < states; n++) {
			st = fixture_state(n, os.hostid);
			(void)fakeos_add(&os, &st);
		}
		config = fixture_config(1400, 1500, 128);
		ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
		fakeos_run_until(&os, os.now + 1000);
		ATF_CHECK_EQ(states, full_updates());
		ATF_CHECK_EQ(states > 0 ? 2 : 0,
		    fakeos_sent(&os, PFSYNC_ACT_BUS));
		fixture_down(&os);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, at_once_then_silence);
	ATF_TP_ADD_TC(tp, clear_comes_late);
	ATF_TP_ADD_TC(tp, in_mid_transfer);
	ATF_TP_ADD_TC(tp, new_frames_speak_the_same);
	ATF_TP_ADD_TC(tp, from_before);
	return (atf_no_error());
}
