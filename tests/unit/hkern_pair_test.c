/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Two hosted kernels and a wire: what pfsync is for.  Connections are real
 * packets through pf on one side, and what is looked at is the table of the
 * other.
 *
 * A forwarded connection has two states: in on em0 and out on em2.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/twohk.h"

static void
pair(struct twohk *two, unsigned slices, const char *rules)
{
	twohk_open(two, slices, rules);
	twohk_pfsync(two, A);
	twohk_pfsync(two, B);
	twohk_quiet(two);
}

static struct pf_kill
kill_client(void)
{
	struct pf_kill k;

	memset(&k, 0, sizeof(k));
	k.src = rig_addr("10.1.1.2");
	return (k);
}

/* Both tables have n states, and they are the same. */
static void
alike(struct twohk *two, size_t n)
{
	ATF_CHECK_EQ_MSG(n, twohk_count(two, A), "A has %zu",
	    twohk_count(two, A));
	ATF_CHECK_EQ_MSG(n, twohk_count(two, B), "B has %zu",
	    twohk_count(two, B));
	ATF_CHECK_EQ(n, twohk_common(two));
}

static void
connections(struct twohk *two, unsigned side, unsigned first, unsigned n)
{
	struct twohk_tcp c;
	unsigned i;

	for (i = 0; i < n; i++)
		ATF_REQUIRE(
		    twohk_connect(two, side, &c, (uint16_t)(first + i)));
}

ATF_TC_WITHOUT_HEAD(learns);
ATF_TC_BODY(learns, tc)
{
	struct psync_state *a, *b;
	struct twohk_tcp c;
	struct twohk two;
	size_t i, j, na, nb;
	unsigned asked;

	pair(&two, 1, TWOHK_PASS);
	asked = two.side[B].acts[PFSYNC_ACT_UPD_REQ];
	ATF_REQUIRE(twohk_connect(&two, A, &c, 1000));
	twohk_quiet(&two);
	alike(&two, 2);
	a = twohk_states(&two, A, 1, &na);
	b = twohk_states(&two, B, 1, &nb);
	ATF_REQUIRE_EQ(2, na);
	ATF_REQUIRE_EQ(2, nb);
	for (i = 0; i < 2; i++) {
		for (j = 0; j < 2 && a[i].id != b[j].id; j++)
			;
		ATF_REQUIRE(j < 2);
		ATF_CHECK_EQ(htonl(0x0a), b[j].creatorid);
		ATF_CHECK_EQ(0, memcmp(a[i].key, b[j].key, sizeof(a[i].key)));
		ATF_CHECK_EQ(a[i].direction, b[j].direction);
		ATF_CHECK_EQ(a[i].src.state, b[j].src.state);
		ATF_CHECK_EQ(a[i].src.seqlo, b[j].src.seqlo);
		ATF_CHECK_EQ(a[i].dst.seqlo, b[j].dst.seqlo);
		ATF_CHECK_EQ(a[i].timeout, b[j].timeout);
	}
	/* It was told, and had not to ask. */
	ATF_CHECK_EQ(2, two.side[A].acts[PFSYNC_ACT_INS_1500]);
	ATF_CHECK_EQ(asked, two.side[B].acts[PFSYNC_ACT_UPD_REQ]);
	free(a);
	free(b);
	twohk_close(&two);
}

/* B says nothing of its own accord about what it was told. */
ATF_TC_WITHOUT_HEAD(no_echo);
ATF_TC_BODY(no_echo, tc)
{
	struct twohk_tcp c;
	struct twohk two;
	unsigned i, sent;

	pair(&two, 1, TWOHK_PASS);
	sent = two.side[B].sent;
	ATF_REQUIRE(twohk_connect(&two, A, &c, 1000));
	for (i = 0; i < 20; i++) {
		ATF_REQUIRE(twohk_talk(&two, A, &c, 500));
		twohk_wait(&two, 150);
	}
	twohk_quiet(&two);
	alike(&two, 2);
	ATF_CHECK_EQ_MSG(sent, two.side[B].sent, "B sent %u packets",
	    two.side[B].sent - sent);
	ATF_CHECK(two.side[B].seen > 10);
	twohk_close(&two);
}

static bool
b_is_up_to_date(struct twohk *two, void *arg)
{
	const struct twohk_tcp *c = arg;
	struct psync_state *st;
	size_t i, n, good = 0;

	st = twohk_states(two, B, 4096, &n);
	for (i = 0; i < n; i++)
		if (st[i].src.seqlo == c->there || st[i].dst.seqlo == c->there)
			good++;
	free(st);
	return (good == 2);
}

ATF_TC_WITHOUT_HEAD(updates);
ATF_TC_BODY(updates, tc)
{
	struct twohk_tcp c;
	struct twohk two;
	unsigned i;

	pair(&two, 1, TWOHK_PASS);
	ATF_REQUIRE(twohk_connect(&two, A, &c, 1000));
	twohk_quiet(&two);
	for (i = 0; i < 10; i++) {
		ATF_REQUIRE(twohk_talk(&two, A, &c, 1000));
		ATF_CHECK(!b_is_up_to_date(&two, &c));
		ATF_CHECK(twohk_until(&two, b_is_up_to_date, &c, 1000));
	}
	ATF_CHECK(two.side[A].acts[PFSYNC_ACT_UPD_C] >= 10);
	twohk_close(&two);
}

ATF_TC_WITHOUT_HEAD(deletes);
ATF_TC_BODY(deletes, tc)
{
	struct pf_kill k = kill_client();
	struct twohk two;

	pair(&two, 1, TWOHK_PASS);
	connections(&two, A, 1000, 30);
	twohk_quiet(&two);
	alike(&two, 60);
	ATF_REQUIRE_EQ(0,
	    twohk_control(&two, A, CTL_KILLSTATES, &k, sizeof(k)));
	twohk_quiet(&two);
	alike(&two, 0);
	ATF_CHECK_EQ(60, two.side[A].acts[PFSYNC_ACT_DEL_C]);
	ATF_CHECK_EQ(0, two.side[B].acts[PFSYNC_ACT_DEL_C]);
	twohk_close(&two);
}

/* A clears what it made; what B made goes on there. */
ATF_TC_WITHOUT_HEAD(clears);
ATF_TC_BODY(clears, tc)
{
	struct pf_kill k;
	struct twohk two;

	memset(&k, 0, sizeof(k));
	pair(&two, 1, TWOHK_PASS);
	connections(&two, A, 1000, 5);
	connections(&two, B, 2000, 7);
	twohk_quiet(&two);
	alike(&two, 24);
	ATF_REQUIRE_EQ(0, twohk_control(&two, A, CTL_CLRSTATES, &k, sizeof(k)));
	twohk_quiet(&two);
	ATF_CHECK_EQ(0, twohk_count(&two, A));
	ATF_CHECK_EQ(14, twohk_count(&two, B));
	ATF_CHECK_EQ(1, two.side[A].acts[PFSYNC_ACT_CLR]);
	twohk_close(&two);
}

ATF_TC_WITHOUT_HEAD(no_sync);
ATF_TC_BODY(no_sync, tc)
{
	struct pf_kill k = kill_client();
	struct twohk_tcp c;
	struct twohk two;

	pair(&two, 1,
	    "block all\npass all\n"
	    "pass proto udp keep state (no-sync)\n");
	ATF_REQUIRE(twohk_udp(&two, A, 500));
	ATF_REQUIRE(twohk_connect(&two, A, &c, 1000));
	twohk_quiet(&two);
	ATF_CHECK_EQ(4, twohk_count(&two, A));
	ATF_CHECK_EQ(2, twohk_count(&two, B));
	ATF_CHECK_EQ(2, twohk_common(&two));

	/* Nor by a bulk update, nor is its end announced. */
	ATF_REQUIRE_EQ(0, twohk_set(&two, B, PFSYNC_CONFIG_RESYNC, NULL));
	twohk_quiet(&two);
	ATF_CHECK_EQ(2, twohk_count(&two, B));
	ATF_REQUIRE_EQ(0,
	    twohk_control(&two, A, CTL_KILLSTATES, &k, sizeof(k)));
	twohk_quiet(&two);
	alike(&two, 0);
	ATF_CHECK_EQ(2, two.side[A].acts[PFSYNC_ACT_DEL_C]);
	ATF_CHECK_EQ(0, twohk_stats(&two, B).refused[PFSYNC_R_UNKNOWN]);
	twohk_close(&two);
}

/* A dies in mid-transfer and B carries on, if it has been told. */
static unsigned
failover(bool pfsync)
{
	struct twohk_tcp c[10];
	struct twohk two;
	unsigned alive = 0, i;

	twohk_open(&two, 1, TWOHK_PASS);
	if (pfsync) {
		twohk_pfsync(&two, A);
		twohk_pfsync(&two, B);
		twohk_quiet(&two);
	}
	for (i = 0; i < 10; i++) {
		ATF_REQUIRE(
		    twohk_connect(&two, A, &c[i], (uint16_t)(1000 + i)));
		ATF_REQUIRE(twohk_talk(&two, A, &c[i], 1000));
	}
	twohk_wait(&two, 200);
	twohk_kill(&two, A);
	for (i = 0; i < 10; i++)
		if (twohk_talk(&two, B, &c[i], 1400) &&
		    twohk_talk(&two, B, &c[i], 1400))
			alive++;
	twohk_close(&two);
	return (alive);
}

ATF_TC_WITHOUT_HEAD(failover);
ATF_TC_BODY(failover, tc)
{
	ATF_CHECK_EQ(10, failover(true));
	ATF_CHECK_EQ(0, failover(false));
}

/* States from before there was a pfsync0, more than one packet of them. */
ATF_TC_WITHOUT_HEAD(bulk);
ATF_TC_BODY(bulk, tc)
{
	struct psync_status status;
	struct twohk two;

	twohk_open(&two, 1, TWOHK_PASS);
	connections(&two, A, 1000, 100);
	twohk_pfsync(&two, A);
	twohk_quiet(&two);
	ATF_CHECK_EQ(0, twohk_count(&two, B));
	twohk_pfsync(&two, B);
	twohk_quiet(&two);
	alike(&two, 200);
	status = twohk_status(&two, B);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status.bulk);
	ATF_CHECK_EQ(200, status.bulk_states);
	ATF_CHECK(status.syncok);
	ATF_CHECK_EQ(1, status.npeers);
	ATF_CHECK_EQ(0, hk_demotion(two.side[B].hk));
	/* And once to nobody, when pfsync0 came up. */
	ATF_CHECK_EQ(4, two.side[A].acts[PFSYNC_ACT_BUS]);
	twohk_close(&two);
}

/* What happened on either side while the cable was out, is made up for. */
ATF_TC_WITHOUT_HEAD(syncdev_down);
ATF_TC_BODY(syncdev_down, tc)
{
	struct twohk two;
	unsigned sent;

	pair(&two, 1, TWOHK_PASS);
	connections(&two, A, 1000, 3);
	twohk_quiet(&two);
	alike(&two, 6);
	ATF_REQUIRE_EQ(0, twohk_updown(&two, A, "em1", false));
	sent = two.side[A].sent;
	connections(&two, A, 2000, 4);
	connections(&two, B, 3000, 5);
	twohk_quiet(&two);
	ATF_CHECK_EQ(sent, two.side[A].sent);
	ATF_CHECK_EQ(14, twohk_count(&two, A));
	ATF_CHECK_EQ(16, twohk_count(&two, B));
	ATF_CHECK_EQ(6, twohk_common(&two));
	ATF_REQUIRE_EQ(0, twohk_updown(&two, A, "em1", true));
	twohk_quiet(&two);
	alike(&two, 24);
	twohk_close(&two);
}

/* pfsync0 itself down and up: the same. */
ATF_TC_WITHOUT_HEAD(pfsync_down);
ATF_TC_BODY(pfsync_down, tc)
{
	struct twohk two;

	pair(&two, 1, TWOHK_PASS);
	ATF_REQUIRE_EQ(0, twohk_updown(&two, A, "pfsync0", false));
	connections(&two, A, 2000, 4);
	connections(&two, B, 3000, 5);
	twohk_quiet(&two);
	ATF_CHECK_EQ(0, twohk_common(&two));
	ATF_REQUIRE_EQ(0, twohk_updown(&two, A, "pfsync0", true));
	twohk_quiet(&two);
	alike(&two, 18);
	twohk_close(&two);
}

ATF_TC_WITHOUT_HEAD(mixed_formats);
ATF_TC_BODY(mixed_formats, tc)
{
	const struct psync_config old = { .format = PFSYNC_FORMAT_1301 };
	struct twohk two;

	pair(&two, 1, TWOHK_PASS);
	ATF_REQUIRE_EQ(0, twohk_set(&two, A, PFSYNC_CONFIG_VERSION, &old));
	connections(&two, A, 1000, 20);
	connections(&two, B, 2000, 20);
	twohk_quiet(&two);
	alike(&two, 80);
	ATF_CHECK_EQ(40, two.side[A].acts[PFSYNC_ACT_INS_1301]);
	ATF_CHECK_EQ(0, two.side[A].acts[PFSYNC_ACT_INS_1500]);
	ATF_CHECK_EQ(40, two.side[B].acts[PFSYNC_ACT_INS_1500]);
	ATF_CHECK_EQ(0, two.side[B].acts[PFSYNC_ACT_INS_1301]);
	twohk_close(&two);
}

ATF_TC_WITHOUT_HEAD(slices);
ATF_TC_BODY(slices, tc)
{
	struct pf_kill k = kill_client();
	struct twohk two;

	pair(&two, 4, TWOHK_PASS);
	connections(&two, A, 1000, 200);
	twohk_quiet(&two);
	alike(&two, 400);
	ATF_REQUIRE_EQ(0, twohk_set(&two, B, PFSYNC_CONFIG_RESYNC, NULL));
	twohk_quiet(&two);
	alike(&two, 400);
	ATF_REQUIRE_EQ(0,
	    twohk_control(&two, A, CTL_KILLSTATES, &k, sizeof(k)));
	twohk_quiet(&two);
	alike(&two, 0);
	twohk_close(&two);
}

/*
 * One state, updated at one instant: with maxupd n a packet goes out whenever n
 * updates have been collapsed into the pending one, and one for the rest.
 */
static unsigned
packets_of(uint16_t maxupd)
{
	const struct psync_config config = { .maxupd = maxupd };
	struct twohk_tcp c;
	struct twohk two;
	unsigned i, sent;

	pair(&two, 1, TWOHK_PASS);
	ATF_REQUIRE_EQ(0, twohk_set(&two, A, PFSYNC_CONFIG_MAXUPD, &config));
	ATF_REQUIRE(twohk_connect(&two, A, &c, 1000));
	twohk_quiet(&two);
	sent = two.side[A].sent;
	for (i = 0; i < 40; i++)
		ATF_REQUIRE(twohk_talk(&two, A, &c, 100));
	twohk_quiet(&two);
	alike(&two, 2);
	sent = two.side[A].sent - sent;
	twohk_close(&two);
	return (sent);
}

ATF_TC_WITHOUT_HEAD(maxupd);
ATF_TC_BODY(maxupd, tc)
{
	unsigned many = packets_of(255), some = packets_of(10);

	/* 40 exchanges are 80 updates of each of the two states. */
	ATF_CHECK_EQ_MSG(1, many, "255: %u", many);
	ATF_CHECK_MSG(some >= 7 && some <= 16, "10: %u", some);
	ATF_CHECK_MSG(packets_of(0) > 60, "0 is at once");
}

/* Not on the syncdev, not for us, or not with a TTL of 255: not applied. */
ATF_TC_WITHOUT_HEAD(foreign);
ATF_TC_BODY(foreign, tc)
{
	static const uint8_t clr[] = { 5, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a, 12, 0, 0, 1 };
	static const struct {
		const char *ifname;
		const char *dst;
		uint8_t ttl;
		size_t states;
		enum pfsync_refusal reason;
	} rows[] = {
		{ "em1", "224.0.0.240", 254, 2, PFSYNC_R_TTL },
		{ "em0", "224.0.0.240", 255, 2, PFSYNC_R_IFACE },
		{ "em1", "203.0.113.77", 255, 2, PFSYNC_OK },
		{ "em1", "224.0.0.18", 255, 2, PFSYNC_OK },
		{ "em1", "224.0.0.240", 255, 0, PFSYNC_OK },
	};
	struct rig_packet p;
	struct pfsyncxstats before, after;
	struct twohk_tcp c;
	struct twohk two;
	size_t i;

	pair(&two, 1, TWOHK_PASS);
	ATF_REQUIRE(twohk_connect(&two, A, &c, 1000));
	twohk_quiet(&two);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig_other(&p, "203.0.113.9", rows[i].dst, PFSYNC_IPPROTO,
		    sizeof(clr));
		memcpy(p.b + 20, clr, sizeof(clr));
		p.b[8] = rows[i].ttl;
		rig_sums_set(&p);
		before = twohk_stats(&two, B);
		hk_input(two.side[B].hk, rows[i].ifname, p.b, p.len);
		after = twohk_stats(&two, B);
		ATF_CHECK_EQ_MSG(rows[i].states, twohk_count(&two, B),
		    "row %zu: %zu states", i, twohk_count(&two, B));
		if (rows[i].reason != PFSYNC_OK)
			ATF_CHECK_EQ(before.refused[rows[i].reason] + 1,
			    after.refused[rows[i].reason]);
	}
	twohk_close(&two);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, learns);
	ATF_TP_ADD_TC(tp, no_echo);
	ATF_TP_ADD_TC(tp, updates);
	ATF_TP_ADD_TC(tp, deletes);
	ATF_TP_ADD_TC(tp, clears);
	ATF_TP_ADD_TC(tp, no_sync);
	ATF_TP_ADD_TC(tp, failover);
	ATF_TP_ADD_TC(tp, bulk);
	ATF_TP_ADD_TC(tp, syncdev_down);
	ATF_TP_ADD_TC(tp, pfsync_down);
	ATF_TP_ADD_TC(tp, mixed_formats);
	ATF_TP_ADD_TC(tp, slices);
	ATF_TP_ADD_TC(tp, maxupd);
	ATF_TP_ADD_TC(tp, foreign);
	return (atf_no_error());
}
