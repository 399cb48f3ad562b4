/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Views of a state that differ, through whole packets: what is in the table
 * then, and what is said in answer.  What must come out is written down here
 * once more, apart from the engine's tables.
 */

#include <string.h>

#include "net/pfsync/codec.h"
#include "net/pfsync/merge.h"
#include "tests/sim/cluster.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define TCP	 6
#define SEQ	 0xfffffc00U /* numbers wrap between two views */
#define STEP	 1460
#define LOCAL	 0x11111111U /* ts_mod of each view */
#define REMOTE	 0x22222222U

/* In the order in which a connection goes through them: pf's proxy first. */
static const uint8_t order[] = { PSYNC_TCPS_PROXY_SRC, PSYNC_TCPS_PROXY_DST,
	PSYNC_TCPS_CLOSED, PSYNC_TCPS_LISTEN, PSYNC_TCPS_SYN_SENT,
	PSYNC_TCPS_SYN_RECEIVED, PSYNC_TCPS_ESTABLISHED, PSYNC_TCPS_CLOSE_WAIT,
	PSYNC_TCPS_FIN_WAIT_1, PSYNC_TCPS_CLOSING, PSYNC_TCPS_LAST_ACK,
	PSYNC_TCPS_FIN_WAIT_2, PSYNC_TCPS_TIME_WAIT };

/* How two views of one side differ. */
struct difference {
	uint8_t local; /* states */
	uint8_t remote;
	int state; /* the local one is behind (-1), level, ahead (1) */
	int seq;
	unsigned scrub; /* 1: the local view has scrubbing data, 2: theirs */
};

static unsigned cases;

static struct psync_peer
view(const struct difference *d, bool local)
{
	struct psync_peer p = { 0 };

	p.state = local ? d->local : d->remote;
	p.seqlo = SEQ;
	if (local ? d->seq > 0 : d->seq < 0)
		p.seqlo += STEP;
	p.seqhi = p.seqlo + 4000;
	p.max_win = 500;
	p.scrub = (d->scrub & (local ? 1 : 2)) != 0;
	if (p.scrub) {
		p.pfss_flags = PFSYNC_SCRUB_TIMESTAMP;
		p.pfss_ttl = local ? 63 : 64;
		p.ts_mod = local ? LOCAL : REMOTE;
	}
	return (p);
}

/* What must be here then, of a TCP connection. */
static struct psync_peer
joined(const struct difference *d)
{
	int first = d->state != 0 ? d->state : d->seq;
	struct psync_peer p = view(d, first >= 0);

	p.state = d->state < 0 ? d->remote : d->local;
	p.seqlo = SEQ + (d->seq != 0 ? STEP : 0);
	p.seqhi = p.seqlo + 4000;
	if (d->scrub == 1 || d->scrub == 2) {
		p.scrub = 1;
		p.pfss_flags = PFSYNC_SCRUB_TIMESTAMP;
		p.pfss_ttl = d->scrub == 1 ? 63 : 64;
		p.ts_mod = d->scrub == 1 ? LOCAL : REMOTE;
	}
	return (p);
}

static bool
same(const struct psync_peer *a, const struct psync_peer *b)
{
	return (a->state == b->state && a->seqlo == b->seqlo &&
	    a->seqhi == b->seqhi && a->max_win == b->max_win &&
	    a->scrub == b->scrub && a->pfss_flags == b->pfss_flags &&
	    a->pfss_ttl == b->pfss_ttl && a->ts_mod == b->ts_mod);
}

static bool
behind(const struct difference *d)
{
	return (d->state < 0 || d->seq < 0);
}

static bool
ahead(const struct difference *d)
{
	return (d->state > 0 || d->seq > 0);
}

/* A peer tells of a state that is here. */
static void
tell(const struct psync_state *local, const struct psync_state *remote,
    uint8_t action)
{
	uint8_t w[PFSYNC_STATE_1500_LEN];

	ATF_REQUIRE_EQ(PFSYNC_OK, plant(0, local));
	if (action == PFSYNC_ACT_UPD_C)
		fixture_upd_c(w, remote);
	else
		(void)psync_encode(action == PFSYNC_ACT_UPD_1301 ?
			&psync_layout_1301 :
			&psync_layout_1500,
		    w, remote);
	tape_begin();
	hear(0, 0, action, 1, w);
	ok();
	cases++;
}

static void
check_tcp(const struct difference *src, const struct difference *dst,
    uint8_t action)
{
	struct psync_peer want[2] = { joined(src), joined(dst) }, peer[2];
	bool stale = ahead(src) || ahead(dst);
	bool newer = behind(src) || behind(dst);
	struct psync_state local, remote, got;
	struct psync_change c;
	unsigned timeout;

	local = fixture_state(cases, 0x77);
	remote = local;
	local.src = view(src, true);
	local.dst = view(dst, true);
	remote.src = view(src, false);
	remote.dst = view(dst, false);
	local.timeout = PSYNC_TM_TCP_ESTABLISHED;
	remote.timeout = PSYNC_TM_TCP_FIRST;
	timeout = !stale ? remote.timeout : local.timeout;
	if (stale && newer)
		timeout = psync_tcp_timeout(want[0].state, want[1].state);

	tell(&local, &remote, action);
	ATF_REQUIRE(lookup(0, local.id, local.creatorid, &got));
	ATF_CHECK_MSG(same(&got.src, &want[0]) && same(&got.dst, &want[1]) &&
		got.timeout == timeout,
	    "action %u: src %u:%u seq %d scrub %u, dst %u:%u seq %d scrub %u: "
	    "%u %u, %u %u, timeout %u",
	    action, src->local, src->remote, src->seq, src->scrub, dst->local,
	    dst->remote, dst->seq, dst->scrub, got.src.state, got.src.seqlo,
	    got.dst.state, got.dst.seqlo, got.timeout);
	/* An answer if we know more, of all that we know then. */
	ATF_CHECK_EQ_MSG(stale, tape.n, "src %u:%u seq %d, dst %u:%u seq %d",
	    src->local, src->remote, src->seq, dst->local, dst->remote,
	    dst->seq);
	ATF_CHECK_EQ(stale, tape_messages(0, ONLY(UPD_C)));
	if (stale && tape.n == 1) {
		psync_decode_change(&psync_layout_upd_c,
		    tape_message(0, PFSYNC_ACT_UPD_C, 0), &peer[0], &peer[1],
		    &c);
		ATF_CHECK(same(&peer[0], &want[0]) && same(&peer[1], &want[1]));
		ATF_CHECK_EQ(timeout, c.timeout);
		ATF_CHECK(c.id == local.id && c.creatorid == local.creatorid);
	}
	uproot(0, &local);
}

static struct difference
differ(unsigned i, unsigned j, int seq, unsigned scrub)
{
	return ((struct difference) { order[i], order[j], (i > j) - (i < j),
	    seq, scrub });
}

static void
here(void)
{
	setup(2, SIM_ONE_ACTIVE);
	begin();
	alone();
}

static void
tcp_table(bool on_dst, uint8_t action)
{
	struct difference one, other;
	unsigned i, j, scrub;
	int seq, level;

	here();
	for (i = 0; i < NELEM(order); i++)
		for (j = 0; j < NELEM(order); j++)
			for (seq = -1; seq <= 1; seq++)
				for (level = -1; level <= 1; level++)
					for (scrub = 0; scrub < 4; scrub++) {
						one = differ(i, j, seq, scrub);
						other = differ(6, 6, level,
						    scrub);
						check_tcp(on_dst ? &other :
								   &one,
						    on_dst ? &one : &other,
						    action);
					}
	ATF_CHECK_EQ(13 * 13 * 3 * 3 * 4, cases);
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[0]));
	end();
}

ATF_TC_WITHOUT_HEAD(e3_02_merge_table_src);
ATF_TC_BODY(e3_02_merge_table_src, tc)
{
	tcp_table(false, PFSYNC_ACT_UPD_C);
}

ATF_TC_WITHOUT_HEAD(e3_02_merge_table_dst);
ATF_TC_BODY(e3_02_merge_table_dst, tc)
{
	tcp_table(true, PFSYNC_ACT_UPD_C);
}

ATF_TC_WITHOUT_HEAD(e3_02_merge_table_src_full);
ATF_TC_BODY(e3_02_merge_table_src_full, tc)
{
	tcp_table(false, PFSYNC_ACT_UPD_1500);
}

ATF_TC_WITHOUT_HEAD(e3_02_merge_table_dst_full);
ATF_TC_BODY(e3_02_merge_table_dst_full, tc)
{
	tcp_table(true, PFSYNC_ACT_UPD_1301);
}

/* Both sides' states differ, each in its own way. */
ATF_TC_WITHOUT_HEAD(e3_02_merge_table_both_sides);
ATF_TC_BODY(e3_02_merge_table_both_sides, tc)
{
	struct difference src, dst;
	unsigned i, j, k, l;

	here();
	for (i = 0; i < NELEM(order); i++)
		for (j = 0; j < NELEM(order); j++)
			for (k = 0; k < NELEM(order); k++)
				for (l = 0; l < NELEM(order); l += 3) {
					src = differ(i, j, 0, 0);
					dst = differ(k, l, 0, 0);
					check_tcp(&src, &dst, PFSYNC_ACT_UPD_C);
				}
	ATF_CHECK_EQ(13 * 13 * 13 * 5, cases);
	end();
}

static void
check_other(uint8_t proto, uint8_t timeout, const uint8_t l[2],
    const uint8_t r[2])
{
	struct psync_state local, remote, got;
	bool stale = l[0] > r[0] || l[1] > r[1];

	local = fixture_state(cases, 0x77);
	local.proto[0] = local.proto[1] = proto;
	local.timeout = timeout;
	remote = local;
	local.src.state = l[0];
	local.dst.state = l[1];
	remote.src.state = r[0];
	remote.dst.state = r[1];
	/* Numbers mean nothing: whatever stands there decides nothing. */
	remote.src.seqlo -= 500;
	remote.dst.seqlo += 500;
	tell(&local, &remote, PFSYNC_ACT_UPD_C);
	ATF_REQUIRE(lookup(0, local.id, local.creatorid, &got));
	ATF_CHECK_EQ(l[0] > r[0] ? l[0] : r[0], got.src.state);
	ATF_CHECK_EQ(l[1] > r[1] ? l[1] : r[1], got.dst.state);
	ATF_CHECK_EQ(l[0] < r[0] ? remote.src.seqlo : local.src.seqlo,
	    got.src.seqlo);
	ATF_CHECK_EQ(l[1] < r[1] ? remote.dst.seqlo : local.dst.seqlo,
	    got.dst.seqlo);
	ATF_CHECK_EQ_MSG(stale, tape_messages(0, ONLY(UPD_C)),
	    "proto %u: %u:%u, they %u:%u", proto, l[0], l[1], r[0], r[1]);
	uproot(0, &local);
}

/* A TCP state is none of UDP: refused, and nothing is said. */
static void
wrong_state(void)
{
	struct psync_state local = fixture_state(cases, 0x77), remote, got;
	uint64_t refused = sim_host_stats(&sim.host[0]).refused[PFSYNC_R_PEER];

	local.proto[0] = local.proto[1] = 17;
	local.timeout = PSYNC_TM_UDP_MULTIPLE;
	local.src.state = local.dst.state = 1;
	remote = local;
	remote.dst.state = PSYNC_TCPS_ESTABLISHED;
	tell(&local, &remote, PFSYNC_ACT_UPD_C);
	ATF_REQUIRE(lookup(0, local.id, local.creatorid, &got));
	ATF_CHECK_EQ(1, got.dst.state);
	ATF_CHECK_EQ(0, tape.n);
	ATF_CHECK_EQ(refused + 1,
	    sim_host_stats(&sim.host[0]).refused[PFSYNC_R_PEER]);
}

ATF_TC_WITHOUT_HEAD(e3_02_merge_table_other_protocols);
ATF_TC_BODY(e3_02_merge_table_other_protocols, tc)
{
	static const struct {
		uint8_t proto, timeout;
	} protocols[] = {
		{ 17, PSYNC_TM_UDP_MULTIPLE },
		{ 1, PSYNC_TM_ICMP_REPLY },
		{ 47, PSYNC_TM_OTHER_MULTIPLE },
	};
	uint8_t l[2], r[2];
	unsigned i;

	here();
	for (i = 0; i < NELEM(protocols); i++)
		for (l[0] = 0; l[0] < 3; l[0]++)
			for (l[1] = 0; l[1] < 3; l[1]++)
				for (r[0] = 0; r[0] < 3; r[0]++)
					for (r[1] = 0; r[1] < 3; r[1]++)
						check_other(protocols[i].proto,
						    protocols[i].timeout, l, r);
	ATF_CHECK_EQ(3 * 81, cases);
	wrong_state();
	end();
}

/* One active, three that listen: updates that overtake each other. */
ATF_TC_WITHOUT_HEAD(e3_02_stale_views_do_not_go_back);
ATF_TC_BODY(e3_02_stale_views_do_not_go_back, tc)
{
	uint64_t stale = 0;
	unsigned i;

	setup(4, SIM_ASYMMETRIC);
	begin();
	sim.net.jitter_us = 20000;
	connections(0, 40, 50);
	wait_us(10 * CLOCK_S);
	for (i = 0; i < 4; i++)
		stale += sim_host_stats(&sim.host[i]).refused[PFSYNC_R_STALE];
	ATF_CHECK_MSG(stale > 0, "no view was stale");
	sim_mend(&sim);
	wait_us(20 * CLOCK_S);
	settled();
	end();
}

/*
 * A state whose first packet went by a firewall.  A peer's update says that the
 * other end has sent its SYN, or more than that, and of no acknowledgement.
 */
static struct psync_state
opening(uint32_t creatorid, uint32_t sent)
{
	struct psync_state st = fixture_state(cases, creatorid);

	st.src.seqlo = st.src.seqhi = SEQ;
	st.src.state = PSYNC_TCPS_ESTABLISHED;
	st.src.max_win = 500;
	st.src.wscale = st.dst.wscale = 0x83;
	st.dst.seqlo = SEQ + sent;
	st.dst.seqhi = SEQ + 4000;
	st.dst.max_win = 100;
	st.dst.state = PSYNC_TCPS_SYN_SENT;
	st.timeout = PSYNC_TM_TCP_OPENING;
	return (st);
}

/* Is the i-th update that was sent such that dst goes on? */
static void
check_goes_on(unsigned i)
{
	const uint8_t *w = tape_message(0, PFSYNC_ACT_UPD_C, i);
	struct psync_peer src, dst;
	struct psync_change c;

	ATF_REQUIRE(w != NULL);
	psync_decode_change(&psync_layout_upd_c, w, &src, &dst, &c);
	ATF_CHECK_EQ(PSYNC_TCPS_ESTABLISHED, dst.state);
	ATF_CHECK_EQ(SEQ + 3000, dst.seqlo);
	ATF_CHECK_EQ(SEQ + 4000 + 4000, dst.seqhi);
	ATF_CHECK_EQ(PSYNC_TM_TCP_ESTABLISHED, c.timeout);
}

/* Who made the state says so, twice; nobody else does. */
ATF_TC_WITHOUT_HEAD(e3_02_acknowledged_before_it_was_heard);
ATF_TC_BODY(e3_02_acknowledged_before_it_was_heard, tc)
{
	struct psync_state local, remote, got;
	uint32_t hostid;
	uint64_t stale;

	here();
	hostid = pf_hostid(hk_pf(sim.host[0].hk));
	stale = sim_host_stats(&sim.host[0]).refused[PFSYNC_R_STALE];
	local = opening(hostid, 0);
	remote = opening(hostid, 3000);
	tell(&local, &remote, PFSYNC_ACT_UPD_C);
	ATF_CHECK_EQ(1, tape.n);
	check_goes_on(0);
	wait_us(200 * CLOCK_MS);
	ATF_CHECK_EQ(2, tape.n);
	check_goes_on(1);
	ATF_CHECK_EQ(100, tape.frame[1].ms - tape.frame[0].ms);
	ATF_CHECK_EQ(stale,
	    sim_host_stats(&sim.host[0]).refused[PFSYNC_R_STALE]);
	ATF_REQUIRE(lookup(0, local.id, local.creatorid, &got));
	ATF_CHECK_EQ(PSYNC_TCPS_ESTABLISHED, got.dst.state);
	ATF_CHECK_EQ(PSYNC_TM_TCP_ESTABLISHED, got.timeout);
	uproot(0, &local);

	local = opening(0x77, 0);
	remote = opening(0x77, 3000);
	tell(&local, &remote, PFSYNC_ACT_UPD_C);
	ATF_CHECK_EQ(0, tape.n);
	ATF_REQUIRE(lookup(0, local.id, local.creatorid, &got));
	ATF_CHECK_EQ(PSYNC_TCPS_SYN_SENT, got.dst.state);
	ATF_CHECK_EQ(SEQ + 4000, got.dst.seqhi);
	uproot(0, &local);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_02_merge_table_src);
	ATF_TP_ADD_TC(tp, e3_02_merge_table_dst);
	ATF_TP_ADD_TC(tp, e3_02_merge_table_src_full);
	ATF_TP_ADD_TC(tp, e3_02_merge_table_dst_full);
	ATF_TP_ADD_TC(tp, e3_02_merge_table_both_sides);
	ATF_TP_ADD_TC(tp, e3_02_merge_table_other_protocols);
	ATF_TP_ADD_TC(tp, e3_02_stale_views_do_not_go_back);
	ATF_TP_ADD_TC(tp, e3_02_acknowledged_before_it_was_heard);
	return (atf_no_error());
}
