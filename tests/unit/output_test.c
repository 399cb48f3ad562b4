/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames that cannot be sent: kept and offered again with patience, or dropped
 * and counted; and what happens when one is full and cannot leave.
 */

#include <atf-c.h>
#include <string.h>

#include "tests/lib/fixture.h"

#define CLR 0
#define INS 13
#define BUS 10
#define UPD 14

static struct fakeos os;
static struct psync_config config;

static void
up(unsigned nslices)
{
	config = fixture_config(1400, 1500, 128);
	fixture_up(&os, nslices, &config);
}

static void
insert(unsigned from, unsigned to)
{
	struct psync_state st;

	for (; from < to; from++) {
		st = fixture_state(from, os.hostid);
		fakeos_pf_insert(&os, &st);
	}
}

/* Offered at its deadline, then after 1, 2, 4, ... 64, 64 ms. */
ATF_TC_WITHOUT_HEAD(back_off);
ATF_TC_BODY(back_off, tc)
{
	static const unsigned waits[] = { 1, 1, 2, 4, 8, 16, 32, 64, 64, 64 };
	static const enum psync_sent outcomes[] = { PSYNC_NOBUFS,
		PSYNC_UNREACHABLE };
	struct pfsyncxstats after, before;
	unsigned i, k;

	(void)tc;
	for (k = 0; k < 2; k++) {
		up(1);
		before = fixture_stats(&os);
		fakeos_fail_output(&os, outcomes[k], 9);
		insert(0, 3);
		for (i = 0; i < 10; i++) {
			ATF_CHECK_EQ(i, os.attempts);
			fakeos_run_until(&os, os.now + waits[i] - 1);
			ATF_CHECK_EQ(i, os.attempts);
			ATF_CHECK_EQ(3, fixture_pending(&os));
			fakeos_run_until(&os, os.now + 1);
		}
		ATF_CHECK_EQ(10, os.attempts);
		ATF_CHECK_EQ(0, fixture_pending(&os));
		ATF_REQUIRE_EQ(1, os.nframes);
		ATF_CHECK_EQ(3, fakeos_sent(&os, INS));
		after = fixture_stats(&os);
		before.retries += 9;
		*(k == 0 ? &before.base.pfsyncs_onomem :
			   &before.base.pfsyncs_oerrors) += 9;
		before.base.pfsyncs_opackets++;
		before.base.pfsyncs_oacts[INS] += 3;
		before.base.pfsyncs_oacts[12]++;
		ATF_CHECK_EQ(0, fixture_changed(&before, &after));

		/* It works again: the next failure begins at 1 ms. */
		fakeos_fail_output(&os, PSYNC_NOBUFS, 1);
		insert(3, 4);
		fakeos_run_until(&os, os.now + 2);
		ATF_CHECK_EQ(2, os.nframes);
		fixture_down(&os);
	}
}

/* What waits for the link is kept up to date, and takes in more. */
ATF_TC_WITHOUT_HEAD(stuck_frame_grows);
ATF_TC_BODY(stuck_frame_grows, tc)
{
	struct fakeos_state *fs;
	const uint8_t *w;
	unsigned i, n;

	(void)tc;
	up(1);
	fakeos_fail_output(&os, PSYNC_NOBUFS, 1);
	insert(0, 2);
	fakeos_run_until(&os, os.now + 1);
	ATF_CHECK_EQ(1, os.attempts);
	fs = fakeos_find(&os, fixture_state(0, 0).id, os.hostid);
	fs->st.dst.state = PSYNC_TCPS_TIME_WAIT;
	fakeos_pf_change(&os, fs);
	insert(2, 4);
	fakeos_pf_remove(&os,
	    fakeos_find(&os, fixture_state(1, 0).id, os.hostid), false);
	psync_flush(os.sc);
	ATF_CHECK_EQ(1, os.attempts);
	/* the one that moved into the place of the one removed */
	fs = fakeos_find(&os, fixture_state(3, 0).id, os.hostid);
	fs->st.dst.state = PSYNC_TCPS_FIN_WAIT_2;
	fakeos_pf_change(&os, fs);
	fakeos_run_until(&os, os.now + 1);
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(3, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(20 + 4 + 3 * 277 + 4, os.frame[0].len);
	for (i = 0; i < 3; i++) {
		w = fakeos_message(&os, INS, i);
		for (n = 0;
		     memcmp(w, &(uint64_t) { fixture_state(n, 0).id }, 8) != 0;
		     n++)
			;
		ATF_CHECK_EQ(n == 0 ? PSYNC_TCPS_TIME_WAIT :
			n == 3	    ? PSYNC_TCPS_FIN_WAIT_2 :
				      PSYNC_TCPS_ESTABLISHED,
		    w[152]);
	}
	ATF_CHECK_EQ(0, fixture_stats(&os).overflows);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(unsendable);
ATF_TC_BODY(unsendable, tc)
{
	struct pfsyncxstats after, before;

	(void)tc;
	up(1);
	before = fixture_stats(&os);
	fakeos_fail_output(&os, PSYNC_UNSENDABLE, 1);
	insert(0, 3);
	fakeos_run_until(&os, os.now + 10000);
	ATF_CHECK_EQ(0, fixture_pending(&os));
	after = fixture_stats(&os);
	ATF_CHECK_EQ(1,
	    after.base.pfsyncs_oerrors - before.base.pfsyncs_oerrors);
	ATF_CHECK_EQ(before.retries, after.retries);
	/* What was in it is told again, with all the rest. */
	ATF_CHECK_EQ(0, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(3, fakeos_sent(&os, UPD));
	ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
	fixture_down(&os);
}

/* Runs for so long, and nothing is offered to the link. */
static void
nothing_tried(unsigned ms)
{
	size_t attempts = os.attempts;

	fakeos_run_until(&os, os.now + ms);
	ATF_CHECK_EQ_MSG(attempts, os.attempts, "at %u ms", (unsigned)os.now);
}

/* Nor can the table be sent that makes it good: that is tried ever less. */
ATF_TC_WITHOUT_HEAD(unsendable_again_and_again);
ATF_TC_BODY(unsendable_again_and_again, tc)
{
	static const unsigned s[] = { 5, 10, 20, 40, 60, 60, 60 };
	size_t attempts;
	unsigned i;

	(void)tc;
	up(1);
	fakeos_fail_output(&os, PSYNC_UNSENDABLE, FAKEOS_ALWAYS);
	insert(3, 6);
	fakeos_run_until(&os, os.now + 100);
	for (i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		ATF_CHECK_EQ(0, fixture_pending(&os));
		nothing_tried(s[i] * 1000 - 200);
		attempts = os.attempts;
		fakeos_run_until(&os, os.now + 200);
		/* START, states, END. */
		ATF_CHECK_EQ(attempts + 3, os.attempts);
	}
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	fakeos_run_until(&os, os.now + 60000);
	ATF_CHECK_EQ(3, fakeos_sent(&os, UPD));
	nothing_tried(600000);

	/* The next time it begins anew, at once. */
	fakeos_fail_output(&os, PSYNC_UNSENDABLE, 4);
	insert(6, 7);
	fakeos_run_until(&os, os.now + 100);
	ATF_CHECK_EQ(0, os.outcomes);
	fakeos_forget(&os);
	nothing_tried(4800);
	fakeos_run_until(&os, os.now + 200);
	ATF_CHECK_EQ(4, fakeos_sent(&os, UPD));
	nothing_tried(600000);
	fixture_down(&os);
}

/* The link stays stuck until a frame is full: then the peers get it all. */
ATF_TC_WITHOUT_HEAD(overflow);
ATF_TC_BODY(overflow, tc)
{
	struct fakeos peer;
	size_t i;

	(void)tc;
	up(1);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	insert(0, 5);
	ATF_CHECK_EQ(5, fixture_pending(&os));
	ATF_CHECK_EQ(0, fixture_stats(&os).overflows);
	insert(5, 8);
	ATF_CHECK_EQ(3, fixture_stats(&os).overflows);
	ATF_CHECK_EQ(5, fixture_pending(&os));
	fakeos_run_until(&os, os.now + 5000);
	ATF_CHECK_EQ(0, os.nframes);
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	fakeos_run_until(&os, os.now + 200);
	ATF_CHECK_EQ(5, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(8, fakeos_sent(&os, UPD));
	ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
	fakeos_init(&peer);
	for (i = 0; i < os.nframes; i++)
		ATF_CHECK_EQ(0,
		    fixture_apply(&peer, os.frame[i].bytes, os.frame[i].len));
	ATF_CHECK(fixture_alike(&os, &peer));
	fakeos_fini(&peer);

	/* Once: not again at the next failure that loses nothing. */
	fakeos_forget(&os);
	fakeos_fail_output(&os, PSYNC_NOBUFS, 3);
	insert(8, 9);
	fakeos_run_until(&os, os.now + 1000);
	ATF_CHECK_EQ(1, os.nframes);
	fixture_down(&os);
}

/* Control messages wait for a stuck link in their order; there is room for
 * 64 of them. */
ATF_TC_WITHOUT_HEAD(control_messages_wait);
ATF_TC_BODY(control_messages_wait, tc)
{
	unsigned first, i;

	(void)tc;
	up(2);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	insert(0, 3);
	for (i = 1; i <= 65; i++)
		psync_clear(os.sc, i, "");
	ATF_CHECK_EQ(3 + 64, fixture_pending(&os));
	ATF_CHECK_EQ(1, fixture_stats(&os).overflows);
	fakeos_run_until(&os, os.now + 1000);
	/* Some leave, then it is stuck again for a moment. */
	fakeos_fail_output(&os, PSYNC_NOBUFS, 2);
	os.grace = 6;
	fakeos_run_until(&os, os.now + 100);
	ATF_CHECK_EQ(0, os.outcomes);
	ATF_CHECK_EQ(0, fixture_pending(&os));
	ATF_CHECK_EQ(64, fakeos_sent(&os, CLR));
	for (i = 0; i < 64; i++) {
		const uint8_t *w = fakeos_message(&os, CLR, i);
		const uint32_t creatorid = i + 1;

		ATF_CHECK(memcmp(w + 16, &creatorid, 4) == 0);
	}
	/* What was pending is of states that live on: it goes before them. */
	for (i = 0; i < os.nframes && os.frame[i].bytes[20] != CLR; i++)
		continue;
	ATF_CHECK_EQ(3, fakeos_sent(&os, INS));
	for (first = i; i < first + 64; i++) {
		ATF_REQUIRE(i < os.nframes);
		ATF_CHECK_EQ(CLR, os.frame[i].bytes[20]);
		ATF_CHECK_EQ(48, os.frame[i].len);
	}
	/* What came meanwhile may have gone before: it is told again. */
	for (i = 0; i < first; i++)
		ATF_CHECK_EQ(INS, os.frame[i].bytes[20]);
	for (i = first + 64; i < os.nframes; i++)
		ATF_CHECK(os.frame[i].bytes[20] != INS);
	fixture_down(&os);
}

/* What a later one says too, the earlier one need not. */
ATF_TC_WITHOUT_HEAD(control_messages_merge);
ATF_TC_BODY(control_messages_merge, tc)
{
	const uint8_t *w;
	unsigned i;

	(void)tc;
	up(1);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	for (i = 0; i < 1000; i++) {
		psync_clear(os.sc, 1, i % 2 ? "em0" : "em1");
		psync_clear(os.sc, 2, "em0");
		ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	}
	ATF_CHECK_EQ(4, fixture_pending(&os));
	psync_clear(os.sc, 1, "");
	ATF_CHECK_EQ(3, fixture_pending(&os));
	psync_clear(os.sc, 1, "em0");
	ATF_CHECK_EQ(4, fixture_pending(&os));
	ATF_CHECK_EQ(0, fixture_stats(&os).overflows);
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	fakeos_run_until(&os, os.now + 100);
	ATF_REQUIRE_EQ(3, fakeos_sent(&os, CLR));
	w = fakeos_message(&os, CLR, 0);
	ATF_CHECK(memcmp(w, "em0", 4) == 0 && w[16] == 2);
	w = fakeos_message(&os, CLR, 1);
	ATF_CHECK(w[0] == 0 && w[16] == 1);
	w = fakeos_message(&os, CLR, 2);
	ATF_CHECK(memcmp(w, "em0", 4) == 0 && w[16] == 1);
	fixture_down(&os);
}

/* The kernel tells of a loss: the whole table, but not again and again. */
ATF_TC_WITHOUT_HEAD(loss);
ATF_TC_BODY(loss, tc)
{
	unsigned i;

	(void)tc;
	up(2);
	insert(0, 9);
	fakeos_run_until(&os, os.now + 1000);
	fakeos_forget(&os);
	psync_lost(os.sc);
	fakeos_run_until(&os, os.now + 1000);
	ATF_CHECK_EQ(9, fakeos_sent(&os, UPD));
	ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
	for (i = 0; i < 1000; i++) {
		psync_lost(os.sc);
		fakeos_run_until(&os, os.now + 10);
	}
	fakeos_run_until(&os, os.now + 10000);
	ATF_CHECK(fakeos_sent(&os, BUS) >= 2 + 2 * 2);
	ATF_CHECK(fakeos_sent(&os, BUS) <= 2 + 2 * 3);
	ATF_CHECK_EQ(1001, fixture_stats(&os).losses);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, back_off);
	ATF_TP_ADD_TC(tp, stuck_frame_grows);
	ATF_TP_ADD_TC(tp, unsendable);
	ATF_TP_ADD_TC(tp, unsendable_again_and_again);
	ATF_TP_ADD_TC(tp, overflow);
	ATF_TP_ADD_TC(tp, control_messages_wait);
	ATF_TP_ADD_TC(tp, control_messages_merge);
	ATF_TP_ADD_TC(tp, loss);
	return (atf_no_error());
}
