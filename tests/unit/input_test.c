/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Received packets: what each message does to the table, and what is answered.
 * Views of a state that is here: merging_test.c.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/lib/capture.h"
#include "tests/lib/receive.h"
#include "tests/lib/same.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct fakeos os;
static struct frame frame;

static void
up(void)
{
	const struct psync_config c = fixture_config(1400, 1500, 128);

	fixture_up(&os, 4, &c);
}

ATF_TC_WITHOUT_HEAD(insert);
ATF_TC_BODY(insert, tc)
{
	static const uint8_t actions[] = { 1, 3, 13, 14 };
	struct psync_state st;
	struct fakeos_state *fs;
	unsigned i;

	(void)tc;
	up();
	for (i = 0; i < NELEM(actions); i++) {
		st = fixture_state(i, FIXTURE_PEER);
		st.state_flags = PSYNC_STATE_SLOPPY | PSYNC_STATE_NOSYNC;
		receive_full(&os, actions[i], &st);
		fs = fakeos_find(&os, st.id, FIXTURE_PEER);
		ATF_REQUIRE(fs != NULL);
		ATF_CHECK(os.same_rules);
		st.state_flags = PSYNC_STATE_SLOPPY;
		ATF_CHECK(same_state(&st, &fs->st));
		ATF_CHECK_EQ(PSYNC_TOLD_PEER, fs->told);
	}
	ATF_CHECK_EQ(4, os.nstates);
	/* A learned state is nobody's news. */
	receive_quiet(&os);

	/* Another ruleset at the sender: its rule numbers are not ours. */
	st = fixture_state(9, FIXTURE_PEER);
	os.checksum[15] ^= 1;
	{
		uint8_t w[277], theirs[16];

		memcpy(theirs, os.checksum, 16);
		theirs[0] ^= 1;
		psync_encode(&psync_layout_1400, w, &st);
		frame_one(&frame, theirs, 13, 1, w);
		ATF_CHECK_EQ(PFSYNC_OK, fixture_input(&os, &frame));
		ATF_CHECK(!os.same_rules);
	}
	fixture_down(&os);
}

/* A state that cannot be placed is counted by its reason, and is no error. */
ATF_TC_WITHOUT_HEAD(insert_fails);
ATF_TC_BODY(insert_fails, tc)
{
	struct pfsyncxstats after, before;
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	unsigned why;

	(void)tc;
	up();
	st.state_flags = PSYNC_STATE_ACK;
	for (why = PFSYNC_R_INTERFACE; why <= PFSYNC_R_NOMEM; why++) {
		os.insert_refusal = why;
		before = fixture_stats(&os);
		receive_full(&os, 13, &st);
		after = fixture_stats(&os);
		before.refused[why]++;
		before.base.pfsyncs_badstate++;
		before.base.pfsyncs_ipackets++;
		before.base.pfsyncs_iacts[13]++;
		before.base.pfsyncs_iacts[12]++;
		ATF_CHECK_EQ(0, fixture_changed(&before, &after));
		ATF_CHECK_EQ(0, os.nstates);
	}
	receive_quiet(&os);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(ack);
ATF_TC_BODY(ack, tc)
{
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	uint8_t want[12];

	(void)tc;
	up();
	st.state_flags = PSYNC_STATE_ACK | PSYNC_STATE_ALLOWOPTS;
	receive_full(&os, 13, &st);
	/* before psync_input() returned */
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(20 + 4 + 12 + 4, os.frame[0].len);
	ATF_REQUIRE_EQ(1, fakeos_sent(&os, 2));
	fixture_key(want, st.id, st.creatorid);
	ATF_CHECK(memcmp(fakeos_message(&os, 2, 0), want, 12) == 0);
	ATF_CHECK_EQ(PSYNC_STATE_ALLOWOPTS,
	    fakeos_find(&os, st.id, FIXTURE_PEER)->st.state_flags);
	fakeos_forget(&os);
	/* again, as the first answer may have been lost */
	receive_full(&os, 13, &st);
	ATF_CHECK_EQ(1, fakeos_sent(&os, 2));
	fakeos_forget(&os);
	/* what acknowledges ours is good, and changes nothing */
	receive_key(&os, 2, st.id, st.creatorid);
	receive_quiet(&os);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(unknown_is_asked_for);
ATF_TC_BODY(unknown_is_asked_for, tc)
{
	struct psync_state a = fixture_state(1, FIXTURE_PEER);
	struct psync_state b = fixture_state(2, FIXTURE_PEER);
	uint8_t w[4 * 84], want[12];

	(void)tc;
	up();
	fixture_upd_c(w, &a);
	fixture_upd_c(w + 84, &a);
	fixture_upd_c(w + 168, &b);
	fixture_upd_c(w + 252, &a);
	ATF_CHECK_EQ(PFSYNC_OK, fixture_receive(&os, 4, 4, w));
	ATF_CHECK_EQ(2, fakeos_sent(&os, 5));
	ATF_CHECK_EQ(4, fixture_stats(&os).refused[PFSYNC_R_UNKNOWN]);
	ATF_CHECK_EQ(0, os.nstates);
	fakeos_forget(&os);
	receive_quiet(&os);
	receive_upd_c(&os, &a);
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(40, os.frame[0].len);
	fixture_key(want, a.id, a.creatorid);
	ATF_CHECK(memcmp(fakeos_message(&os, 5, 0), want, 12) == 0);

	/* Not once it comes in the same packet. */
	fakeos_forget(&os);
	frame_begin(&frame, os.checksum);
	frame_group(&frame, 4, 1, w, 84);
	psync_encode(&psync_layout_1400, w, &a);
	frame_group(&frame, 13, 1, w, 277);
	frame_end(&frame);
	ATF_CHECK_EQ(PFSYNC_OK, fixture_input(&os, &frame));
	ATF_CHECK_EQ(1, os.nstates);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(request);
ATF_TC_BODY(request, tc)
{
	struct fakeos_state *fs;
	uint8_t want[277];

	(void)tc;
	up();
	fs = receive_known(&os, 1);
	receive_key(&os, 5, fs->st.id, FIXTURE_PEER);
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(20 + 4 + 277 + 4, os.frame[0].len);
	psync_encode(&psync_layout_1400, want, &fs->st);
	ATF_CHECK(memcmp(fakeos_message(&os, 14, 0), want, 277) == 0);
	fakeos_forget(&os);

	/* One of another creator, or of no one, is not here. */
	receive_key(&os, 5, fs->st.id, os.hostid);
	receive_key(&os, 5, fs->st.id + 1, FIXTURE_PEER);
	ATF_CHECK_EQ(2, fixture_stats(&os).refused[PFSYNC_R_UNKNOWN]);
	ATF_CHECK_EQ(2, fixture_stats(&os).base.pfsyncs_badstate);
	receive_quiet(&os);
	fixture_down(&os);
}

/* keep state (no-sync) stays here, whoever asks, and however. */
ATF_TC_WITHOUT_HEAD(no_sync);
ATF_TC_BODY(no_sync, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;

	(void)tc;
	up();
	st = fixture_state(1, os.hostid);
	st.state_flags = PSYNC_STATE_NOSYNC;
	fs = fakeos_pf_insert(&os, &st);
	fakeos_pf_change(&os, fs);
	receive_quiet(&os);
	receive_key(&os, 5, st.id, st.creatorid);
	receive_quiet(&os);
	st.src.seqlo -= 10; /* a stale view of it */
	receive_upd_c(&os, &st);
	receive_full(&os, 13, &st);
	receive_quiet(&os);
	fakeos_pf_remove(&os, fs, false);
	receive_quiet(&os);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(removal);
ATF_TC_BODY(removal, tc)
{
	struct psync_state st;
	uint8_t w[24];

	(void)tc;
	up();
	receive_known(&os, 1);
	st = receive_known(&os, 2)->st;
	receive_known(&os, 3);
	receive_key(&os, 7, fixture_state(1, 0).id, FIXTURE_PEER);
	ATF_CHECK_EQ(2, os.nstates);
	ATF_CHECK(
	    fakeos_find(&os, fixture_state(1, 0).id, FIXTURE_PEER) == NULL);
	receive_full(&os, 6, &st);
	ATF_CHECK_EQ(1, os.nstates);
	ATF_CHECK(fakeos_find(&os, st.id, FIXTURE_PEER) == NULL);

	/* Of another creator, or gone already: twice in one packet. */
	receive_key(&os, 7, fixture_state(3, 0).id, os.hostid);
	ATF_CHECK_EQ(1, os.nstates);
	fixture_key(w, fixture_state(3, 0).id, FIXTURE_PEER);
	memcpy(w + 12, w, 12);
	ATF_CHECK_EQ(PFSYNC_OK, fixture_receive(&os, 7, 2, w));
	ATF_CHECK_EQ(0, os.nstates);
	ATF_CHECK_EQ(2, fixture_stats(&os).refused[PFSYNC_R_UNKNOWN]);
	receive_quiet(&os);
	fixture_down(&os);
}

/*
 * Who has not heard of a delete yet speaks of the state: it does not come back,
 * whether a peer has deleted it or pf here.
 */
ATF_TC_WITHOUT_HEAD(removed_for_good);
ATF_TC_BODY(removed_for_good, tc)
{
	struct psync_state st;
	unsigned by;

	for (by = 0; by < 2; by++) {
		up();
		st = receive_known(&os, 5)->st;
		if (by == 0)
			receive_key(&os, 7, st.id, st.creatorid);
		else
			fakeos_pf_remove(&os,
			    fakeos_find(&os, st.id, st.creatorid), false);
		ATF_CHECK_EQ(0, os.nstates);
		/* A packet that was begun before is no exception. */
		os.now -= 5;
		receive_full(&os, 13, &st);
		os.now += 5;
		ATF_CHECK_EQ(0, os.nstates);
		fakeos_run_until(&os, os.now + 1000);
		fakeos_forget(&os);
		receive_upd_c(&os, &st);
		receive_full(&os, 14, &st);
		receive_full(&os, 13, &st);
		ATF_CHECK_EQ(0, os.nstates);
		receive_quiet(&os);

		/* Packets are not late for ever. */
		receive_upd_c(&os, &st);
		ATF_CHECK_EQ(1, fakeos_sent(&os, 5));
		receive_full(&os, 14, &st);
		ATF_CHECK_EQ(1, os.nstates);
		fixture_down(&os);
	}
	(void)tc;
}

static void
receive_clr(uint32_t creatorid, const char *ifname)
{
	uint8_t w[20];

	memset(w, 0, sizeof(w));
	memcpy(w, ifname, strlen(ifname));
	memcpy(w + 16, &creatorid, 4);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, 0, 1, w));
}

ATF_TC_WITHOUT_HEAD(clear);
ATF_TC_BODY(clear, tc)
{
	struct psync_state st;
	unsigned n;

	(void)tc;
	up();
	for (n = 0; n < 40; n++) {
		st = fixture_state(n, n % 2 ? FIXTURE_PEER : os.hostid);
		memcpy(st.ifname, n % 4 < 2 ? "em0" : "em1", 4);
		fakeos_add(&os, &st);
	}
	receive_clr(FIXTURE_PEER, "em7");
	ATF_CHECK_EQ(40, os.nstates);
	receive_clr(0x01010101, "");
	ATF_CHECK_EQ(40, os.nstates);
	receive_clr(FIXTURE_PEER, "em1");
	ATF_CHECK_EQ(30, os.nstates);
	receive_clr(FIXTURE_PEER, "");
	ATF_CHECK_EQ(20, os.nstates);
	for (n = 0; n < 40; n += 2)
		ATF_CHECK(fakeos_find(&os, fixture_state(n, 0).id, os.hostid) !=
		    NULL);
	receive_quiet(&os);
	fixture_down(&os);
}

/* What a FreeBSD kernel sent one firewall, from the first packet on. */
ATF_TC_WITHOUT_HEAD(captured);
ATF_TC_BODY(captured, tc)
{
	struct pfsyncxstats after;
	struct capture c;
	unsigned i;
	char path[1024];

	snprintf(path, sizeof(path), "%s/../captures/freebsd-12.2-v5-1301.pcap",
	    atf_tc_get_config_var(tc, "srcdir"));
	ATF_REQUIRE(capture_read(&c, path) == NULL);
	up();
	for (i = 0; i < c.count; i++) {
		frame.len = c.packet[i].len;
		memcpy(frame.bytes, c.packet[i].payload, frame.len);
		ATF_CHECK_EQ_MSG(PFSYNC_OK, fixture_input(&os, &frame),
		    "packet %u", i);
	}
	after = fixture_stats(&os);
	ATF_CHECK_EQ(57, after.base.pfsyncs_iacts[1]);
	ATF_CHECK_EQ(24, after.base.pfsyncs_iacts[3]);
	ATF_CHECK_EQ(16, after.base.pfsyncs_iacts[4]);
	ATF_CHECK_EQ(23, after.base.pfsyncs_iacts[7]);
	ATF_CHECK_EQ(2, after.base.pfsyncs_iacts[0]);
	capture_free(&c);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, insert);
	ATF_TP_ADD_TC(tp, insert_fails);
	ATF_TP_ADD_TC(tp, ack);
	ATF_TP_ADD_TC(tp, unknown_is_asked_for);
	ATF_TP_ADD_TC(tp, request);
	ATF_TP_ADD_TC(tp, no_sync);
	ATF_TP_ADD_TC(tp, removal);
	ATF_TP_ADD_TC(tp, removed_for_good);
	ATF_TP_ADD_TC(tp, clear);
	ATF_TP_ADD_TC(tp, captured);
	return (atf_no_error());
}
