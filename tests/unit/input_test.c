/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Received packets: what each message does to the table, and what is answered.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/lib/capture.h"
#include "tests/lib/fixture.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct fakeos os;
static struct frame frame;

static void
up(void)
{
	const struct psync_config c = fixture_config(1400, 1500, 128);

	fixture_up(&os, 4, &c);
}

static struct fakeos_state *
peer_state(unsigned n)
{
	struct psync_state st = fixture_state(n, FIXTURE_PEER);

	return (fakeos_add(&os, &st));
}

static const struct psync_layout *
layout(uint8_t action)
{
	return (action >= 13 ? &psync_layout_1400 : &psync_layout_1301);
}

/* A full state, by this action. */
static void
receive_full(uint8_t action, const struct psync_state *st)
{
	uint8_t w[277];

	psync_encode(layout(action), w, st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, action, 1, w));
}

static void
receive_upd_c(const struct psync_state *st)
{
	uint8_t w[84];

	fixture_upd_c(w, st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, 4, 1, w));
}

static void
receive_key(uint8_t action, uint64_t id, uint32_t creatorid)
{
	uint8_t w[12];

	fixture_key(w, id, creatorid);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, action, 1, w));
}

/* All that travels is alike. */
static bool
same(const struct psync_state *a, const struct psync_state *b)
{
	uint8_t wa[277], wb[277];

	psync_encode(&psync_layout_1400, wa, a);
	psync_encode(&psync_layout_1400, wb, b);
	return (memcmp(wa, wb, sizeof(wa)) == 0);
}

/* Nothing was sent, nor will be. */
static void
quiet(void)
{
	fakeos_run_until(&os, os.now + 10000);
	ATF_CHECK_EQ(0, os.attempts);
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
		receive_full(actions[i], &st);
		fs = fakeos_find(&os, st.id, FIXTURE_PEER);
		ATF_REQUIRE(fs != NULL);
		ATF_CHECK(os.same_rules);
		st.state_flags = PSYNC_STATE_SLOPPY;
		ATF_CHECK(memcmp(&st, &fs->st, sizeof(st)) == 0);
		ATF_CHECK_EQ(PSYNC_TOLD_PEER, fs->told);
	}
	ATF_CHECK_EQ(4, os.nstates);
	/* A learned state is nobody's news. */
	quiet();

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
		receive_full(13, &st);
		after = fixture_stats(&os);
		before.refused[why]++;
		before.base.pfsyncs_badstate++;
		before.base.pfsyncs_ipackets++;
		before.base.pfsyncs_iacts[13]++;
		before.base.pfsyncs_iacts[12]++;
		ATF_CHECK_EQ(0, fixture_changed(&before, &after));
		ATF_CHECK_EQ(0, os.nstates);
	}
	quiet();
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
	receive_full(13, &st);
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
	receive_full(13, &st);
	ATF_CHECK_EQ(1, fakeos_sent(&os, 2));
	fakeos_forget(&os);
	/* what acknowledges ours is good, and changes nothing */
	receive_key(2, st.id, st.creatorid);
	quiet();
	fixture_down(&os);
}

/* Newer, equal or stale, by UPD_C, INS and UPD, on either side. */
static void
receive_view(unsigned how, const struct psync_state *st)
{
	static const uint8_t actions[] = { 13, 14, 1, 3 };

	if (how == 4)
		receive_upd_c(st);
	else
		receive_full(actions[how], st);
}

ATF_TC_WITHOUT_HEAD(newer);
ATF_TC_BODY(newer, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;
	unsigned how, side;

	(void)tc;
	for (how = 0; how < 5; how++)
		for (side = 0; side < 2; side++) {
			up();
			fs = peer_state(1);
			st = fs->st;
			(side ? &st.dst : &st.src)->state =
			    PSYNC_TCPS_FIN_WAIT_2;
			(side ? &st.dst : &st.src)->seqlo++;
			st.timeout = PSYNC_TM_TCP_CLOSING;
			receive_view(how, &st);
			ATF_CHECK(same(&fs->st, &st));
			ATF_CHECK_EQ(psync_now_s(os.sc), fs->peer_time);
			ATF_CHECK_EQ(PSYNC_TOLD_PEER, fs->told);
			ATF_CHECK_EQ(0,
			    fixture_stats(&os).refused[PFSYNC_R_STALE]);
			quiet();
			/* the same again: it lives, and that is all */
			receive_view(how, &st);
			ATF_CHECK_EQ(2, os.updates);
			ATF_CHECK(same(&fs->st, &st));
			quiet();
			fixture_down(&os);
		}
}

/*
 * A stale view of one side leaves that side alone and is answered once, by
 * ours; what is newer on the other side is taken.
 */
ATF_TC_WITHOUT_HEAD(stale);
ATF_TC_BODY(stale, tc)
{
	struct pfsyncxstats after, before;
	struct psync_state old, st;
	struct fakeos_state *fs;
	struct psync_peer *ahead, *behind;
	unsigned how, join, side;
	uint8_t want[84];

	(void)tc;
	for (how = 0; how < 5; how++)
		for (side = 0; side < 2; side++)
			for (join = 0; join < 2; join++) {
				up();
				fs = peer_state(1);
				old = st = fs->st;
				behind = side ? &st.dst : &st.src;
				ahead = side ? &st.src : &st.dst;
				behind->seqlo -= 10;
				behind->max_win -= 1;
				if (join)
					ahead->seqhi += 7;
				before = fixture_stats(&os);
				receive_view(how, &st);
				after = fixture_stats(&os);
				if (join) {
					ahead = side ? &old.src : &old.dst;
					ahead->seqhi += 7;
				}
				ATF_CHECK(same(&fs->st, &old));
				ATF_CHECK_EQ(join, os.updates);
				ATF_CHECK_EQ(1,
				    after.refused[PFSYNC_R_STALE] -
					before.refused[PFSYNC_R_STALE]);
				ATF_CHECK_EQ(1,
				    after.base.pfsyncs_stale -
					before.base.pfsyncs_stale);
				ATF_REQUIRE_EQ(1, os.nframes);
				ATF_CHECK_EQ(112, os.frame[0].len);
				fixture_upd_c(want, &old);
				ATF_CHECK(memcmp(fakeos_message(&os, 4, 0),
					      want, 84) == 0);
				fakeos_forget(&os);
				quiet();
				fixture_down(&os);
			}
}

/* The same stale view twice in one packet is one answer. */
ATF_TC_WITHOUT_HEAD(stale_twice);
ATF_TC_BODY(stale_twice, tc)
{
	struct psync_state st;
	uint8_t w[168];

	(void)tc;
	up();
	st = peer_state(1)->st;
	st.src.seqlo--;
	fixture_upd_c(w, &st);
	memcpy(w + 84, w, 84);
	ATF_CHECK_EQ(PFSYNC_OK, fixture_receive(&os, 4, 2, w));
	ATF_CHECK_EQ(2, fixture_stats(&os).refused[PFSYNC_R_STALE]);
	ATF_CHECK_EQ(1, fakeos_sent(&os, 4));
	fakeos_forget(&os);
	quiet();
	fixture_down(&os);
}

/* Peers further than either knew get the timeout of that pair. */
ATF_TC_WITHOUT_HEAD(join_timeout);
ATF_TC_BODY(join_timeout, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;

	(void)tc;
	up();
	fs = peer_state(1);
	st = fs->st;
	fs->st.src.state = PSYNC_TCPS_TIME_WAIT;
	fs->st.timeout = PSYNC_TM_TCP_CLOSING;
	st.dst.state = PSYNC_TCPS_TIME_WAIT;
	st.timeout = PSYNC_TM_TCP_CLOSING;
	receive_upd_c(&st);
	ATF_CHECK_EQ(PSYNC_TCPS_TIME_WAIT, fs->st.src.state);
	ATF_CHECK_EQ(PSYNC_TCPS_TIME_WAIT, fs->st.dst.state);
	ATF_CHECK_EQ(PSYNC_TM_TCP_CLOSED, fs->st.timeout);
	ATF_CHECK_EQ(PSYNC_TM_TCP_CLOSED, fakeos_message(&os, 4, 0)[80]);
	fixture_down(&os);
}

/* A peer state that the local state's protocol does not have. */
ATF_TC_WITHOUT_HEAD(wrong_protocol);
ATF_TC_BODY(wrong_protocol, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;
	uint64_t digest;
	unsigned side, v;

	(void)tc;
	up();
	fs = peer_state(1);
	fs->st.proto[0] = fs->st.proto[1] = 17;
	fs->st.src.state = fs->st.dst.state = 1;
	digest = fakeos_digest(&os);
	for (side = 0; side < 2; side++)
		for (v = 3; v <= 12; v++) {
			st = fs->st;
			(side ? &st.dst : &st.src)->state = (uint8_t)v;
			receive_upd_c(&st);
			ATF_CHECK_EQ(digest, fakeos_digest(&os));
		}
	ATF_CHECK_EQ(20, fixture_stats(&os).refused[PFSYNC_R_PEER]);
	ATF_CHECK_EQ(20, fixture_stats(&os).base.pfsyncs_badval);
	quiet();
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
	quiet();
	receive_upd_c(&a);
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
	fs = peer_state(1);
	receive_key(5, fs->st.id, FIXTURE_PEER);
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(20 + 4 + 277 + 4, os.frame[0].len);
	psync_encode(&psync_layout_1400, want, &fs->st);
	ATF_CHECK(memcmp(fakeos_message(&os, 14, 0), want, 277) == 0);
	fakeos_forget(&os);

	/* One of another creator, or of no one, is not here. */
	receive_key(5, fs->st.id, os.hostid);
	receive_key(5, fs->st.id + 1, FIXTURE_PEER);
	ATF_CHECK_EQ(2, fixture_stats(&os).refused[PFSYNC_R_UNKNOWN]);
	ATF_CHECK_EQ(2, fixture_stats(&os).base.pfsyncs_badstate);
	quiet();
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
	quiet();
	receive_key(5, st.id, st.creatorid);
	quiet();
	st.src.seqlo -= 10; /* a stale view of it */
	receive_upd_c(&st);
	receive_full(13, &st);
	quiet();
	fakeos_pf_remove(&os, fs, false);
	quiet();
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(removal);
ATF_TC_BODY(removal, tc)
{
	struct psync_state st;
	uint8_t w[24];

	(void)tc;
	up();
	peer_state(1);
	st = peer_state(2)->st;
	peer_state(3);
	receive_key(7, fixture_state(1, 0).id, FIXTURE_PEER);
	ATF_CHECK_EQ(2, os.nstates);
	ATF_CHECK(
	    fakeos_find(&os, fixture_state(1, 0).id, FIXTURE_PEER) == NULL);
	receive_full(6, &st);
	ATF_CHECK_EQ(1, os.nstates);
	ATF_CHECK(fakeos_find(&os, st.id, FIXTURE_PEER) == NULL);

	/* Of another creator, or gone already: twice in one packet. */
	receive_key(7, fixture_state(3, 0).id, os.hostid);
	ATF_CHECK_EQ(1, os.nstates);
	fixture_key(w, fixture_state(3, 0).id, FIXTURE_PEER);
	memcpy(w + 12, w, 12);
	ATF_CHECK_EQ(PFSYNC_OK, fixture_receive(&os, 7, 2, w));
	ATF_CHECK_EQ(0, os.nstates);
	ATF_CHECK_EQ(2, fixture_stats(&os).refused[PFSYNC_R_UNKNOWN]);
	quiet();
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
		st = peer_state(5)->st;
		if (by == 0)
			receive_key(7, st.id, st.creatorid);
		else
			fakeos_pf_remove(&os,
			    fakeos_find(&os, st.id, st.creatorid), false);
		ATF_CHECK_EQ(0, os.nstates);
		fakeos_run_until(&os, os.now + 1000);
		fakeos_forget(&os);
		receive_upd_c(&st);
		receive_full(14, &st);
		receive_full(13, &st);
		ATF_CHECK_EQ(0, os.nstates);
		quiet();

		/* Packets are not late for ever. */
		receive_upd_c(&st);
		ATF_CHECK_EQ(1, fakeos_sent(&os, 5));
		receive_full(14, &st);
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
	quiet();
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
	ATF_TP_ADD_TC(tp, newer);
	ATF_TP_ADD_TC(tp, stale);
	ATF_TP_ADD_TC(tp, stale_twice);
	ATF_TP_ADD_TC(tp, join_timeout);
	ATF_TP_ADD_TC(tp, wrong_protocol);
	ATF_TP_ADD_TC(tp, unknown_is_asked_for);
	ATF_TP_ADD_TC(tp, request);
	ATF_TP_ADD_TC(tp, no_sync);
	ATF_TP_ADD_TC(tp, removal);
	ATF_TP_ADD_TC(tp, removed_for_good);
	ATF_TP_ADD_TC(tp, clear);
	ATF_TP_ADD_TC(tp, captured);
	return (atf_no_error());
}
