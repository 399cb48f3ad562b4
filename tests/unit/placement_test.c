/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where received states go: interfaces that are called otherwise by the peer,
 * what cannot be placed, by its reason, and the rule a state belongs to.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "net/pfsync/drv.h"
#include "tests/lib/fixture.h"
#include "tests/lib/twohk.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct frame frame;

/* A packet of one message for a side, as if from a peer. */
static void
receive(struct twohk *two, unsigned side, uint8_t action, const void *message)
{
	const uint8_t src[4] = { 203, 0, 113, 77 };
	struct psync_packet pkt = { .frame = frame.bytes,
		.src = src,
		.af = PSYNC_AF_INET,
		.ttl = 255,
		.on_syncdev = true };
	uint8_t checksum[16] = { 1 };

	frame_one(&frame, checksum, action, 1, message);
	pkt.len = frame.len;
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    psync_input(hk_psync(two->side[side].hk), &pkt));
}

/* In format 1500, which has words for all of it. */
static void
insert(struct twohk *two, unsigned side, const struct psync_state *st)
{
	uint8_t w[PFSYNC_STATE_1500_LEN];

	(void)psync_encode(&psync_layout_1500, w, st);
	receive(two, side, PFSYNC_ACT_INS_1500, w);
}

static void
clear(struct twohk *two, unsigned side, const char *ifname)
{
	struct pfsync_clr clr = { .creatorid = FIXTURE_PEER };

	strcpy(clr.ifname, ifname);
	receive(two, side, PFSYNC_ACT_CLR, &clr);
}

static int
set_ifmap(struct twohk *two, unsigned side, const struct pfsync_drv_ifmap *map)
{
	struct {
		struct ctl_ifdrv ifd;
		struct pfsync_drv_ifmap map;
	} rq = { .ifd = { .cmd = PFSYNC_DRV_IFMAP }, .map = *map };

	return (twohk_control(two, side, CTL_SDRVSPEC, &rq, sizeof(rq)));
}

/* How many states a side has, and on how many of them ifname is. */
static size_t
bound_to(struct twohk *two, unsigned side, const char *ifname)
{
	struct psync_state *st;
	size_t i, n, on = 0;

	st = twohk_states(two, side, 64, &n);
	for (i = 0; i < n; i++)
		on += strcmp(st[i].ifname, ifname) == 0;
	free(st);
	return (on);
}

static struct psync_state
state_on(unsigned n, const char *ifname)
{
	struct psync_state st = fixture_state(n, FIXTURE_PEER);

	memset(st.ifname, 0, sizeof(st.ifname));
	strcpy(st.ifname, ifname);
	strcpy(st.orig_ifname, ifname);
	return (st);
}

/* The peer's igb0 and lagg0 are em0 here, its em0 is em2. */
static const struct pfsync_drv_ifmap map = { .count = 3,
	.pair = { { "em0", "igb0" }, { "em2", "em0" }, { "em0", "lagg0" } } };

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	const struct pfsync_drv_ifmap none = { .count = 0 };
	struct psync_state st, *here;
	struct twohk two;
	size_t n;

	twohk_open(&two, 1, TWOHK_PASS);
	twohk_pfsync(&two, A);
	st = state_on(1, "igb0");
	insert(&two, A, &st);
	ATF_CHECK_EQ(1, twohk_stats(&two, A).refused[PFSYNC_R_INTERFACE]);
	ATF_CHECK_EQ(0, twohk_count(&two, A));

	ATF_REQUIRE_EQ(0, set_ifmap(&two, A, &map));
	insert(&two, A, &st);
	ATF_CHECK_EQ(1, bound_to(&two, A, "em0"));
	here = twohk_states(&two, A, 64, &n);
	ATF_REQUIRE_EQ(1, n);
	ATF_CHECK_STREQ("em0", here[0].orig_ifname);
	free(here);
	st = state_on(2, "lagg0");
	insert(&two, A, &st);
	ATF_CHECK_EQ(2, bound_to(&two, A, "em0"));
	/* A name is mapped once: em0 of theirs is not led on from em2. */
	st = state_on(3, "em0");
	insert(&two, A, &st);
	ATF_CHECK_EQ(1, bound_to(&two, A, "em2"));
	/* What the map does not name is the same on both. */
	st = state_on(4, "em1");
	insert(&two, A, &st);
	ATF_CHECK_EQ(1, bound_to(&two, A, "em1"));
	st = state_on(5, "igb");
	insert(&two, A, &st);
	st = state_on(6, "igb01");
	insert(&two, A, &st);
	ATF_CHECK_EQ(3, twohk_stats(&two, A).refused[PFSYNC_R_INTERFACE]);
	ATF_CHECK_EQ(4, twohk_count(&two, A));

	ATF_REQUIRE_EQ(0, set_ifmap(&two, A, &none));
	st = state_on(7, "igb0");
	insert(&two, A, &st);
	ATF_CHECK_EQ(4, twohk_stats(&two, A).refused[PFSYNC_R_INTERFACE]);
	twohk_close(&two);
}

/* A state is routed by an interface of the peer's, too. */
ATF_TC_WITHOUT_HEAD(route_names);
ATF_TC_BODY(route_names, tc)
{
	const struct psync_config c = fixture_config(1400, 1500, 128);
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	static struct fakeos os;
	uint8_t w[PFSYNC_STATE_1500_LEN];
	const struct psync_state *here;

	fixture_up(&os, 1, &c);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE,
	    psync_drv_set(os.sc, PFSYNC_DRV_IFMAP, &map, sizeof(map)));
	strcpy(st.ifname, "em0");
	strcpy(st.orig_ifname, "lagg0");
	strcpy(st.rt_ifname, "igb0");
	(void)psync_encode(&psync_layout_1500, w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive(&os, PFSYNC_ACT_INS_1500, 1, w));
	here = &fakeos_find(&os, st.id, st.creatorid)->st;
	ATF_CHECK_STREQ("em2", here->ifname);
	ATF_CHECK_STREQ("em0", here->orig_ifname);
	ATF_CHECK_STREQ("em0", here->rt_ifname);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(clear_by_name);
ATF_TC_BODY(clear_by_name, tc)
{
	struct psync_state st;
	struct twohk two;

	twohk_open(&two, 1, TWOHK_PASS);
	twohk_pfsync(&two, A);
	ATF_REQUIRE_EQ(0, set_ifmap(&two, A, &map));
	st = state_on(1, "igb0");
	insert(&two, A, &st);
	st = state_on(2, "em0");
	insert(&two, A, &st);
	st = state_on(3, "em1");
	insert(&two, A, &st);
	/* Theirs, which is em2 here. */
	clear(&two, A, "em0");
	ATF_CHECK_EQ(2, twohk_count(&two, A));
	ATF_CHECK_EQ(0, bound_to(&two, A, "em2"));
	clear(&two, A, "lagg0");
	ATF_CHECK_EQ(1, twohk_count(&two, A));
	ATF_CHECK_EQ(1, bound_to(&two, A, "em1"));
	clear(&two, A, "");
	ATF_CHECK_EQ(0, twohk_count(&two, A));
	twohk_close(&two);
}

/* Each reason by itself, and nothing else counted. */
ATF_TC_WITHOUT_HEAD(reasons);
ATF_TC_BODY(reasons, tc)
{
	static const struct {
		enum pfsync_refusal why;
		const char *ifname;
		const char *tag;
		int32_t rtable;
		uint8_t rt;
	} rows[] = {
		{ PFSYNC_R_INTERFACE, "em9", "", -1, 0 },
		{ PFSYNC_R_TAG, "em0", "blue", -1, 0 },
		{ PFSYNC_R_RTABLE, "em0", "", 3, 0 },
		{ PFSYNC_R_ROUTE, "em0", "", -1, 1 },
	};
	struct pfsyncxstats before, after;
	struct psync_state st;
	struct twohk two;
	unsigned r;
	size_t i;

	twohk_open(&two, 1, TWOHK_PASS);
	twohk_pfsync(&two, A);
	for (i = 0; i < NELEM(rows); i++) {
		st = state_on((unsigned)(1 + i), rows[i].ifname);
		strcpy(st.tagname, rows[i].tag);
		st.rtableid = rows[i].rtable;
		st.rt = rows[i].rt;
		strcpy(st.rt_ifname, rows[i].rt != 0 ? "em2" : "");
		before = twohk_stats(&two, A);
		insert(&two, A, &st);
		after = twohk_stats(&two, A);
		for (r = 0; r < PFSYNC_R_MAX; r++)
			ATF_CHECK_EQ_MSG(before.refused[r] + (r == rows[i].why),
			    after.refused[r], "row %zu, reason %u", i, r);
		ATF_CHECK_EQ(before.base.pfsyncs_badstate + 1,
		    after.base.pfsyncs_badstate);
		ATF_CHECK_EQ(0, twohk_count(&two, A));
	}
	twohk_close(&two);
}

/* The rules that the states of a side belong to: the number of each is n. */
static bool
all_of_rule(struct twohk *two, unsigned side, uint32_t n)
{
	struct psync_state *st;
	size_t i, count;
	bool all;

	st = twohk_states(two, side, 64, &count);
	all = count > 0;
	for (i = 0; i < count; i++)
		all &= st[i].rule == n;
	free(st);
	return (all);
}

ATF_TC_WITHOUT_HEAD(rules);
ATF_TC_BODY(rules, tc)
{
	static const char same[] = "block all\npass inet6\npass inet\n";
	static const char other[] =
	    "block all\npass inet6\npass inet # and\nblock inet proto ospf\n";
	struct twohk_tcp conn;
	struct twohk two;

	twohk_open(&two, 1, same);
	twohk_pfsync(&two, A);
	twohk_pfsync(&two, B);
	twohk_quiet(&two);
	ATF_REQUIRE(twohk_connect(&two, A, &conn, 1000));
	twohk_quiet(&two);
	ATF_CHECK(all_of_rule(&two, A, 2));
	ATF_CHECK_EQ(2, twohk_count(&two, B));
	ATF_CHECK(all_of_rule(&two, B, 2));

	/* Rule 2 means something else, or may: it is not said. */
	twohk_rules(&two, B, other);
	ATF_REQUIRE(twohk_connect(&two, A, &conn, 1001));
	twohk_quiet(&two);
	ATF_CHECK_EQ(4, twohk_count(&two, B));
	ATF_CHECK(!all_of_rule(&two, B, 2));
	twohk_close(&two);

	twohk_open(&two, 1, same);
	twohk_rules(&two, B, other);
	twohk_pfsync(&two, A);
	twohk_pfsync(&two, B);
	twohk_quiet(&two);
	ATF_REQUIRE(twohk_connect(&two, A, &conn, 1000));
	twohk_quiet(&two);
	ATF_CHECK(all_of_rule(&two, A, 2));
	ATF_CHECK(all_of_rule(&two, B, UINT32_MAX));
	twohk_close(&two);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, route_names);
	ATF_TP_ADD_TC(tp, clear_by_name);
	ATF_TP_ADD_TC(tp, reasons);
	ATF_TP_ADD_TC(tp, rules);
	return (atf_no_error());
}
