/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packets that are not as they should be, through a whole firewall.  Each would
 * insert one state and delete another; none does anything, and each counts
 * under its reason.
 */

#include <stdio.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/sim/cluster.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define PEER	 0x77U

static struct sim_host *const h = &sim.host[0];
static struct frame frame;

/* Where things are in it. */
#define INS_AT 20 /* subheader, message */
#define DEL_AT (INS_AT + 4 + 360)
#define EOF_AT (DEL_AT + 4 + 12)
#define WHOLE  (EOF_AT + 4)

static void
tempting(void)
{
	struct psync_state st = fixture_state(50, PEER);
	uint8_t w[PFSYNC_STATE_1500_LEN];

	frame_begin(&frame, pf_checksum(hk_pf(h->hk)));
	frame.bytes[1] = PFSYNC_SPEAKS_1500;
	(void)psync_encode(&psync_layout_1500, w, &st);
	frame_group(&frame, PFSYNC_ACT_INS_1500, 1, w, sizeof(w));
	fixture_key(w, fixture_state(1, 0).id, PEER);
	frame_group(&frame, PFSYNC_ACT_DEL_C, 1, w, 12);
	frame_end(&frame);
	ATF_REQUIRE_EQ(WHOLE, frame.len);
}

static void
here(void)
{
	struct psync_state st = fixture_state(1, PEER);

	setup(2, SIM_ONE_ACTIVE);
	config.rules = ONE_STATE;
	config.strangers = true;
	begin();
	alone();
	ATF_REQUIRE_EQ(PFSYNC_OK, plant(0, &st));
	tempting();
}

static bool
untouched(void)
{
	struct psync_state st;

	return (sim_host_count(h) == 1 &&
	    lookup(0, fixture_state(1, 0).id, PEER, &st));
}

/* The packet counts as received, under its reason, and as nothing else. */
static void
refused(uint8_t ttl, size_t len, enum pfsync_refusal why, const char *what)
{
	struct pfsyncxstats before = sim_host_stats(h), after;
	unsigned i;

	hear_frame(0, 0, ttl, frame.bytes, len);
	ok();
	after = sim_host_stats(h);
	for (i = 1; i < PFSYNC_R_MAX; i++)
		ATF_CHECK_EQ_MSG(before.refused[i] + (i == why),
		    after.refused[i], "%s: refused by reason %u", what, i);
	ATF_CHECK_EQ(before.base.pfsyncs_ipackets + 1,
	    after.base.pfsyncs_ipackets);
	ATF_CHECK_EQ_MSG(0,
	    memcmp(before.base.pfsyncs_iacts, after.base.pfsyncs_iacts,
		sizeof(before.base.pfsyncs_iacts)),
	    "%s: its messages count", what);
	ATF_CHECK_MSG(untouched(), "%s: applied", what);
	ATF_CHECK_EQ(0, tape.n);
}

/* A byte that is another, or two. */
struct change {
	const char *what;
	unsigned at;
	int byte;
	int next; /* -1: as it was */
	enum pfsync_refusal why;
};

static const struct change changes[] = {
	{ "version 4", 0, 4, -1, PFSYNC_R_VERSION },
	{ "version 7", 0, 7, -1, PFSYNC_R_VERSION },
	{ "header length less", 2, (WHOLE - 1) >> 8, (WHOLE - 1) & 0xff,
	    PFSYNC_R_LENGTH },
	{ "header length more", 2, (WHOLE + 1) >> 8, (WHOLE + 1) & 0xff,
	    PFSYNC_R_LENGTH },
	{ "header length 0", 2, 0, 0, PFSYNC_R_LENGTH },
	{ "header length 65535", 2, 255, 255, PFSYNC_R_LENGTH },
	{ "count 0", INS_AT + 2, 0, 0, PFSYNC_R_COUNT },
	{ "count 2", INS_AT + 2, 0, 2, PFSYNC_R_COUNT },
	{ "count 65535", INS_AT + 2, 255, 255, PFSYNC_R_COUNT },
	/* 360 * 46604 is 2^24 and a little */
	{ "count times size wraps", INS_AT + 2, 182, 12, PFSYNC_R_COUNT },
	{ "deletes past the end", DEL_AT + 2, 0, 3, PFSYNC_R_COUNT },
	{ "EOF first", INS_AT, PFSYNC_ACT_EOF, -1, PFSYNC_R_EOF },
	{ "EOF in the middle", DEL_AT, PFSYNC_ACT_EOF, -1, PFSYNC_R_EOF },
	{ "EOF twice", EOF_AT + 2, 0, 2, PFSYNC_R_EOF },
	{ "EOF 0 times", EOF_AT + 2, 0, 0, PFSYNC_R_EOF },
	{ "fragments", DEL_AT, PFSYNC_ACT_INS_F, -1, PFSYNC_R_ACTION },
	{ "action 17", DEL_AT, PFSYNC_ACT_MAX, -1, PFSYNC_R_ACTION },
	{ "action 255", INS_AT, 255, -1, PFSYNC_R_ACTION },
	{ "no EOF", EOF_AT, 8, -1, PFSYNC_R_ACTION },
	{ "TCP state 13", INS_AT + 4 + 96 + 24, 13, -1, PFSYNC_R_VALUE },
	{ "no creator", INS_AT + 4 + 228, 0, 0, PFSYNC_R_VALUE },
	{ "no interface", INS_AT + 4 + 8, 0, -1, PFSYNC_R_VALUE },
};

ATF_TC_WITHOUT_HEAD(e3_11_malformed_packets);
ATF_TC_BODY(e3_11_malformed_packets, tc)
{
	const struct change *c;
	unsigned ttl;

	here();
	for (c = changes; c < changes + NELEM(changes); c++) {
		tempting();
		frame.bytes[c->at] = (uint8_t)c->byte;
		if (c->next >= 0)
			frame.bytes[c->at + 1] = (uint8_t)c->next;
		if (strcmp(c->what, "no creator") == 0)
			memset(frame.bytes + c->at, 0, 4);
		refused(PFSYNC_TTL, frame.len, c->why, c->what);
	}
	tempting();
	for (ttl = 0; ttl < 255; ttl++)
		refused((uint8_t)ttl, frame.len, PFSYNC_R_TTL, "ttl");
	/* It was tempting indeed. */
	hear_frame(0, 0, PFSYNC_TTL, frame.bytes, frame.len);
	ATF_CHECK(!untouched());
	ATF_CHECK_EQ(1, sim_host_count(h));
	end();
}

/* Cut off anywhere, whether the header says so or not. */
ATF_TC_WITHOUT_HEAD(e3_11_cut_off);
ATF_TC_BODY(e3_11_cut_off, tc)
{
	struct pfsyncxstats before;
	size_t len;
	unsigned i;
	uint64_t n;

	here();
	for (len = 0; len < WHOLE; len++) {
		tempting();
		refused(PFSYNC_TTL, len,
		    len < 20 ? PFSYNC_R_SHORT : PFSYNC_R_LENGTH, "cut off");
		if (len < 20)
			continue;
		frame.bytes[2] = (uint8_t)(len >> 8);
		frame.bytes[3] = (uint8_t)len;
		before = sim_host_stats(h);
		hear_frame(0, 0, PFSYNC_TTL, frame.bytes, len);
		ATF_CHECK_MSG(untouched(), "%zu bytes", len);
		for (i = 1, n = 0; i < PFSYNC_R_MAX; i++)
			n += sim_host_stats(h).refused[i] - before.refused[i];
		ATF_CHECK_EQ_MSG(1, n, "%zu bytes", len);
	}
	end();
}

/* Version 6 tells sizes: what is not known is stepped over. */
ATF_TC_WITHOUT_HEAD(e3_11_version_6_steps_over);
ATF_TC_BODY(e3_11_version_6_steps_over, tc)
{
	uint8_t w[40 + 16] = { 0 };
	struct psync_state st;

	here();
	frame_begin(&frame, pf_checksum(hk_pf(h->hk)));
	frame.bytes[0] = PFSYNC_VERSION_6;
	frame_group(&frame, 40, 2, w, 40);
	frame.bytes[21] = 20 / 4;
	fixture_key(w, fixture_state(1, 0).id, PEER);
	frame_group(&frame, PFSYNC_ACT_DEL_C, 1, w, 12);
	frame.bytes[20 + 4 + 40 + 1] = 12 / 4;
	frame.bytes[2] = (uint8_t)(frame.len >> 8);
	frame.bytes[3] = (uint8_t)frame.len;
	/* One byte less of what is stepped over: nothing adds up. */
	frame.bytes[21]++;
	hear_frame(0, 0, PFSYNC_TTL, frame.bytes, frame.len);
	ATF_CHECK(untouched());
	frame.bytes[21]--;
	hear_frame(0, 0, PFSYNC_TTL, frame.bytes, frame.len);
	ATF_CHECK(!lookup(0, fixture_state(1, 0).id, PEER, &st));
	ATF_CHECK_EQ(0, sim_host_count(h));
	end();
}

/* Whatever got into the table could be told to others. */
static void
check_table(void)
{
	uint8_t w[PFSYNC_STATE_1500_LEN];
	struct psync_state *st;
	size_t n, i;

	st = sim_host_states(h, &n);
	for (i = 0; i < n; i++)
		ATF_CHECK_MSG(psync_encode(&psync_layout_1500, w, &st[i]) ==
			    0 &&
			psync_message_ok(&psync_layout_1500, w),
		    "a state that is none: %u:%u, timeout %u", st[i].src.state,
		    st[i].dst.state, st[i].timeout);
	sim_free(st);
}

/*
 * Anything, and a good packet all the while: bytes of it are changed at random.
 * Whatever is not refused is checked as every packet of the simulation is.
 */
ATF_TC_WITHOUT_HEAD(e3_11_fuzz);
ATF_TC_BODY(e3_11_fuzz, tc)
{
	struct pfsyncstats before, after;
	unsigned i, k, n, packets = 20000;
	struct rng rng;
	size_t len;

	rng_init(&rng, 4711, 0);
	here();
	before = sim_host_stats(h).base;
	for (i = 0; i < packets; i++) {
		tempting();
		len = rng_chance(&rng, 100) ? rng_below(&rng, WHOLE + 1) :
					      WHOLE;
		n = (unsigned)rng_below(&rng, 8);
		for (k = 0; k < n; k++)
			frame.bytes[rng_below(&rng, WHOLE)] = (uint8_t)rng_next(
			    &rng);
		if (rng_chance(&rng, 800))
			frame.bytes[0] = 5;
		frame.bytes[2] = (uint8_t)(len >> 8);
		frame.bytes[3] = (uint8_t)len;
		sim_check_allow(&sim, 2);
		hear_frame(0, (unsigned)rng_below(&rng, 20), PFSYNC_TTL,
		    frame.bytes, len);
		check_table();
		if (i % 100 == 99)
			wait_us(10 * CLOCK_MS);
		ok();
	}
	after = sim_host_stats(h).base;
	ATF_CHECK_EQ(before.pfsyncs_ipackets + packets, after.pfsyncs_ipackets);
	ATF_CHECK(after.pfsyncs_badlen > before.pfsyncs_badlen);
	ATF_CHECK(after.pfsyncs_badval > before.pfsyncs_badval);
	ATF_CHECK(after.pfsyncs_badact > before.pfsyncs_badact);
	ATF_CHECK(after.pfsyncs_iacts[PFSYNC_ACT_INS_1500] >
	    before.pfsyncs_iacts[PFSYNC_ACT_INS_1500]);
	wait_us(60 * CLOCK_S);
	ATF_CHECK_EQ(0, hk_demotion(h->hk));
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_11_malformed_packets);
	ATF_TP_ADD_TC(tp, e3_11_cut_off);
	ATF_TP_ADD_TC(tp, e3_11_version_6_steps_over);
	ATF_TP_ADD_TC(tp, e3_11_fuzz);
	return (atf_no_error());
}
