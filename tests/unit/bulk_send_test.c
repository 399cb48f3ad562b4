/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The whole table to a peer: each state once, END after the last, whatever
 * happens to the table, the link and the requests meanwhile.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/fixture.h"

#define BUS 10

static struct fakeos os, peer;
static struct psync_config config;
static const uint8_t one[4] = { 192, 0, 2, 2 }, two[4] = { 192, 0, 2, 3 };
static uint8_t six[16] = { 0xfe, 0x80, 1 };

static void
up(unsigned nslices, unsigned format, unsigned nstates)
{
	struct psync_state st;
	unsigned n;

	config = fixture_config(format, 1500, 128);
	fixture_up(&os, nslices, &config);
	for (n = 0; n < nstates; n++) {
		st = fixture_state(n, n % 3 ? os.hostid : FIXTURE_PEER);
		fakeos_add(&os, &st);
	}
	fakeos_init(&peer);
}

static void
down(void)
{
	fixture_down(&os);
	fakeos_fini(&peer);
}

static enum pfsync_refusal
ask(const uint8_t *src, uint8_t af)
{
	static const uint8_t everything[12];

	return (fixture_receive_from(&os, src, af, 5, 1, everything));
}

/* Hands the frames recorded so far to the peer's table. */
static unsigned
deliver(void)
{
	unsigned unknown = 0;
	size_t i;

	for (i = 0; i < os.nframes; i++)
		unknown += fixture_apply(&peer, os.frame[i].bytes,
		    os.frame[i].len);
	fakeos_forget(&os);
	return (unknown);
}

static void
finish(void)
{
	unsigned i;

	for (i = 0; i < 100000 && fixture_sending(&os); i++)
		fakeos_run_until(&os, os.now + 1);
	ATF_REQUIRE(!fixture_sending(&os));
}

/* The message of a BUS that stands alone in frame i. */
static void
check_bus(size_t i, uint8_t status, uint32_t endtime)
{
	const uint8_t *w;

	ATF_REQUIRE(i < os.nframes);
	ATF_CHECK_EQ(40, os.frame[i].len);
	w = frame_message(os.frame[i].bytes, os.frame[i].len, BUS, 0);
	ATF_REQUIRE(w != NULL);
	ATF_CHECK(memcmp(w, &os.hostid, 4) == 0);
	ATF_CHECK_EQ(endtime,
	    (uint32_t)w[4] << 24 | (uint32_t)w[5] << 16 | (uint32_t)w[6] << 8 |
		w[7]);
	ATF_CHECK_EQ(status, w[8]);
}

static void
check_once(unsigned nslices, unsigned format, unsigned nstates)
{
	const uint8_t upd = format == 1301 ? 3 : 14;
	struct fakeos_state *secret;
	struct psync_state st;
	uint64_t begin;
	size_t last;

	up(nslices, format, nstates);
	st = fixture_state(999999, os.hostid);
	st.state_flags = PSYNC_STATE_NOSYNC;
	secret = fakeos_add(&os, &st);
	begin = os.now;
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	check_bus(0, 1, 0);
	finish();
	last = os.nframes - 1;
	check_bus(0, 1, 0);
	check_bus(last, 2, (uint32_t)((os.frame[last].at - begin) / 1000));
	ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
	/* As many messages as states, and every state: each of them once. */
	ATF_CHECK_EQ(nstates, fakeos_sent(&os, upd));
	ATF_CHECK_EQ(nstates, fixture_stats(&os).base.pfsyncs_oacts[upd]);
	fakeos_remove(&os, secret);
	ATF_CHECK_EQ(0, deliver());
	ATF_CHECK(fixture_alike(&os, &peer));
	/* 100,000 states a second at least, by the engine's clock. */
	ATF_CHECK(os.now - begin <= nstates / 100 + 100);
	fakeos_run_until(&os, os.now + 60000);
	ATF_CHECK_EQ(0, os.attempts);
	down();
}

ATF_TC_WITHOUT_HEAD(each_once);
ATF_TC_BODY(each_once, tc)
{
	(void)tc;
	check_once(1, 1400, 0);
	check_once(1, 1400, 1);
	check_once(1, 1400, 1000);
	check_once(4, 1400, 1000);
	check_once(64, 1400, 5000);
}

/* 1301 carries less of a state, but these states have no more. */
ATF_TC_WITHOUT_HEAD(each_once_1301);
ATF_TC_BODY(each_once_1301, tc)
{
	(void)tc;
	check_once(1, 1301, 7);
	check_once(4, 1301, 1000);
}

ATF_TC_WITHOUT_HEAD(hundred_thousand);
ATF_TC_BODY(hundred_thousand, tc)
{
	(void)tc;
	check_once(4, 1400, 100000);
}

/* The pace as it is set by default allows as much in every dialect. */
ATF_TC_WITHOUT_HEAD(a_hundred_thousand_a_second);
ATF_TC_BODY(a_hundred_thousand_a_second, tc)
{
	static const unsigned formats[] = { 1301, 1400, 1500, 6, 3 };
	uint64_t begin;
	unsigned i;

	(void)tc;
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		up(4, formats[i], 50000);
		begin = os.now;
		ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
		finish();
		ATF_CHECK_MSG(os.now - begin <= 500, "version %u: %u ms",
		    formats[i], (unsigned)(os.now - begin));
		ATF_CHECK(os.nframes >= 50000 / 7);
		down();
	}
}

/* Full frames but the last of each slice: 5 of 1400 in 1500 bytes. */
ATF_TC_WITHOUT_HEAD(full_frames);
ATF_TC_BODY(full_frames, tc)
{
	(void)tc;
	up(1, 1400, 1003);
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	finish();
	ATF_CHECK_EQ(1 + 200 + 1 + 1, os.nframes);
	down();
}

/* Whoever asks while it goes on joins it.  See bulk_join_test.c. */
ATF_TC_WITHOUT_HEAD(asked_again_meanwhile);
ATF_TC_BODY(asked_again_meanwhile, tc)
{
	unsigned i, ends = 0;
	size_t last = 0;

	(void)tc;
	up(4, 1400, 3000);
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	fakeos_run_until(&os, os.now + 5);
	ATF_REQUIRE(fixture_sending(&os));
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(two, PSYNC_AF_INET));
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(six, PSYNC_AF_INET6));
	ATF_CHECK_EQ(3, fakeos_sent(&os, BUS));
	finish();
	ATF_CHECK_EQ(6, fakeos_sent(&os, BUS));
	ATF_CHECK(fakeos_sent(&os, 14) < 3000 + 1500);
	for (i = 0; i < os.nframes; i++)
		if (frame_messages(os.frame[i].bytes, os.frame[i].len, BUS)) {
			ends += frame_message(os.frame[i].bytes,
				    os.frame[i].len, BUS, 0)[8] == 2;
			last = i;
		}
	ATF_CHECK_EQ(2, ends);
	ATF_CHECK_EQ(os.nframes - 1, last);
	ATF_CHECK_EQ(0, fixture_stats(&os).refused[PFSYNC_R_RATE]);
	down();
}

ATF_TC_WITHOUT_HEAD(rate_limit);
ATF_TC_BODY(rate_limit, tc)
{
	uint8_t three[36];

	(void)tc;
	up(1, 1400, 10);
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	finish();
	ATF_CHECK_EQ(10, fakeos_sent(&os, 14));
	fakeos_run_until(&os, 1000 + 999);
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	finish();
	ATF_CHECK_EQ(10, fakeos_sent(&os, 14));
	ATF_CHECK_EQ(1, fixture_stats(&os).refused[PFSYNC_R_RATE]);
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(two, PSYNC_AF_INET));
	finish();
	ATF_CHECK_EQ(20, fakeos_sent(&os, 14));
	fakeos_run_until(&os, 1000 + 1000);
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	finish();
	ATF_CHECK_EQ(30, fakeos_sent(&os, 14));
	ATF_CHECK_EQ(1, fixture_stats(&os).refused[PFSYNC_R_RATE]);

	/* Three in one packet are one. */
	fakeos_run_until(&os, os.now + 5000);
	memset(three, 0, sizeof(three));
	ATF_CHECK_EQ(PFSYNC_OK, fixture_receive(&os, 5, 3, three));
	finish();
	ATF_CHECK_EQ(40, fakeos_sent(&os, 14));
	ATF_CHECK_EQ(3, fixture_stats(&os).refused[PFSYNC_R_RATE]);
	down();
}

/* Does something to some state that a connection does. */
static void
churn(unsigned *fresh, bool deletes)
{
	struct fakeos_state *fs;
	struct psync_state st;
	unsigned n = (unsigned)rand() % (*fresh + 1);

	st = fixture_state(n, n % 3 ? os.hostid : FIXTURE_PEER);
	fs = fakeos_find(&os, st.id, st.creatorid);
	if (fs == NULL) {
		if (n == *fresh) {
			++*fresh;
			fakeos_pf_insert(&os, &st);
		}
	} else if (deletes && rand() % 4 == 0)
		fakeos_pf_remove(&os, fs, false);
	else {
		fs->st.src.seqlo += 100;
		fs->st.dst.state = (uint8_t)(rand() % 11);
		fakeos_pf_change(&os, fs);
	}
}

static void
check_churn(unsigned nslices, unsigned failures)
{
	unsigned fresh = 4000, i;

	up(nslices, 1400, 4000);
	config.mtu = 9000;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	while (fixture_sending(&os)) {
		for (i = 0; i < 10; i++)
			churn(&fresh, failures == 0);
		if (failures > 0 && rand() % 8 == 0)
			fakeos_fail_output(&os,
			    rand() % 2 ? PSYNC_NOBUFS : PSYNC_UNREACHABLE,
			    (uint32_t)rand() % failures);
		fakeos_run_until(&os, os.now + 1);
		if (!fixture_sending(&os) || os.now > 3000)
			break;
	}
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	finish();
	/* What was lost is made good at most every 5 s. */
	fakeos_run_until(&os, os.now + 6000);
	if (failures == 0)
		ATF_CHECK_EQ(0, fixture_stats(&os).overflows);
	finish();
	(void)deliver();
	ATF_CHECK_EQ(os.nstates, peer.nstates);
	ATF_CHECK(fixture_alike(&os, &peer));
	down();
}

/* Inserts, changes and deletes go on: the peer ends up with the same table. */
ATF_TC_WITHOUT_HEAD(changes_meanwhile);
ATF_TC_BODY(changes_meanwhile, tc)
{
	unsigned i;

	(void)tc;
	for (i = 0; i < 20; i++) {
		srand(i);
		check_churn(i % 4 + 1, 0);
	}
}

/*
 * And on a link that fails now and then: what found no room is made good by
 * another transfer.
 */
ATF_TC_WITHOUT_HEAD(changes_and_failures);
ATF_TC_BODY(changes_and_failures, tc)
{
	unsigned i;

	(void)tc;
	for (i = 0; i < 20; i++) {
		srand(100 + i);
		check_churn(i % 4 + 1, 4);
	}
}

/* A peer deletes states: we must not give them back to it. */
ATF_TC_WITHOUT_HEAD(deleted_by_peer);
ATF_TC_BODY(deleted_by_peer, tc)
{
	uint8_t w[12];
	unsigned ms, n;

	(void)tc;
	for (ms = 1; ms < 8; ms++) {
		up(1, 1400, 2000);
		ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
		fakeos_run_until(&os, os.now + ms);
		ATF_REQUIRE(fixture_sending(&os));
		fakeos_forget(&os);
		for (n = 0; n < 2000; n++) {
			fixture_key(w, fixture_state(n, 0).id,
			    n % 3 ? os.hostid : FIXTURE_PEER);
			ATF_REQUIRE_EQ(PFSYNC_OK,
			    fixture_receive(&os, 7, 1, w));
		}
		ATF_CHECK_EQ(0, os.nstates);
		finish();
		(void)deliver();
		ATF_CHECK_EQ_MSG(0, peer.nstates, "%zu came back",
		    peer.nstates);
		down();
	}
}

/* The link is stuck for a while: it goes on where it was. */
ATF_TC_WITHOUT_HEAD(stuck_midway);
ATF_TC_BODY(stuck_midway, tc)
{
	static const unsigned nslices[] = { 1, 4 };
	unsigned k, sent;

	(void)tc;
	for (k = 0; k < 2; k++) {
		up(nslices[k], 1400, 5000);
		ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
		fakeos_run_until(&os, os.now + 8);
		sent = fakeos_sent(&os, 14);
		ATF_CHECK(sent > 0 && sent < 5000);
		fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
		fakeos_run_until(&os, os.now + 3000);
		ATF_CHECK_EQ(sent, fakeos_sent(&os, 14));
		ATF_CHECK(fixture_sending(&os));
		fakeos_fail_output(&os, PSYNC_SENT, 0);
		finish();
		/* The step that was cut short, of 8 states, is taken again. */
		sent = fakeos_sent(&os, 14);
		ATF_CHECK_MSG(sent >= 5000 && sent <= 5000 + 16, "%u sent",
		    sent);
		ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
		check_bus(os.nframes - 1, 2, 3);
		(void)deliver();
		ATF_CHECK(fixture_alike(&os, &peer));
		ATF_CHECK_EQ(0, fixture_stats(&os).overflows);
		down();
	}
}

ATF_TC_WITHOUT_HEAD(down_midway);
ATF_TC_BODY(down_midway, tc)
{
	unsigned frames;

	(void)tc;
	up(4, 1400, 5000);
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	fakeos_run_until(&os, os.now + 5);
	frames = os.attempts;
	config.up = false;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ATF_CHECK(!fixture_sending(&os));
	fakeos_run_until(&os, os.now + 60000);
	ATF_CHECK_EQ(frames, os.attempts);
	ATF_CHECK_EQ(1, fakeos_sent(&os, BUS));
	down();

	up(4, 1400, 5000);
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	fakeos_run_until(&os, os.now + 5);
	down();
}

/* As slow as is set, by states or by bytes; yet whoever waits hears of us. */
ATF_TC_WITHOUT_HEAD(pace);
ATF_TC_BODY(pace, tc)
{
	static const struct {
		uint32_t rate;
		uint64_t bytes;
		uint64_t least, most; /* ms for 1000 states of 300 bytes */
	} paces[] = {
		{ 1000, 0, 950, 1100 },
		{ 100, 0, 9800, 10300 },
		{ 0, 100000, 2900, 3100 },
		{ 0, 10000, 29000, 31000 },
		{ 10000000, 10000000000ULL, 0, 20 },
	};
	uint64_t begin, last, gap;
	unsigned i;
	size_t f;

	(void)tc;
	for (i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
		up(64, 1400, 1000);
		config.bulk_rate = paces[i].rate;
		config.bulk_bytes = paces[i].bytes;
		ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
		begin = os.now;
		ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
		fakeos_run_until(&os, os.now + 40000);
		last = begin;
		for (f = gap = 0; f < os.nframes; f++) {
			if (os.frame[f].at - last > gap)
				gap = os.frame[f].at - last;
			last = os.frame[f].at;
		}
		ATF_CHECK_MSG(last - begin >= paces[i].least &&
			last - begin <= paces[i].most,
		    "pace %u: %u ms", i, (unsigned)(last - begin));
		ATF_CHECK_MSG(gap <= 500, "pace %u: silent for %u ms", i,
		    (unsigned)gap);
		ATF_CHECK_EQ(1000, fakeos_sent(&os, 14));
		ATF_CHECK_EQ(0, deliver());
		ATF_CHECK(fixture_alike(&os, &peer));
		down();
	}
}

/* Two ask at once: one transfer is for both, and both hear the START. */
ATF_TC_WITHOUT_HEAD(both_at_once);
ATF_TC_BODY(both_at_once, tc)
{
	(void)tc;
	up(2, 1400, 1000);
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(one, PSYNC_AF_INET));
	ATF_REQUIRE_EQ(PFSYNC_OK, ask(two, PSYNC_AF_INET));
	fakeos_run_until(&os, os.now + 5000);
	ATF_CHECK_EQ(1000, fakeos_sent(&os, 14));
	ATF_CHECK_EQ(3, fakeos_sent(&os, BUS));
	down();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_once);
	ATF_TP_ADD_TC(tp, pace);
	ATF_TP_ADD_TC(tp, both_at_once);
	ATF_TP_ADD_TC(tp, each_once_1301);
	ATF_TP_ADD_TC(tp, hundred_thousand);
	ATF_TP_ADD_TC(tp, a_hundred_thousand_a_second);
	ATF_TP_ADD_TC(tp, full_frames);
	ATF_TP_ADD_TC(tp, asked_again_meanwhile);
	ATF_TP_ADD_TC(tp, rate_limit);
	ATF_TP_ADD_TC(tp, changes_meanwhile);
	ATF_TP_ADD_TC(tp, changes_and_failures);
	ATF_TP_ADD_TC(tp, deleted_by_peer);
	ATF_TP_ADD_TC(tp, stuck_midway);
	ATF_TP_ADD_TC(tp, down_midway);
	return (atf_no_error());
}
