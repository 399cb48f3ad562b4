/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Newer or stale: every pair of TCP states with every direction of every
 * number, sequence numbers around the circle, other protocols, and the laws
 * that firewalls rely on to end up alike.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/merge.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define TCP	 6

/* The states of a TCP peer in the order in which a connection goes through
 * them: first pf's proxy speaks for it, and hands it over. */
static const uint8_t order[] = { PSYNC_TCPS_PROXY_SRC, PSYNC_TCPS_PROXY_DST,
	PSYNC_TCPS_CLOSED, PSYNC_TCPS_LISTEN, PSYNC_TCPS_SYN_SENT,
	PSYNC_TCPS_SYN_RECEIVED, PSYNC_TCPS_ESTABLISHED, PSYNC_TCPS_CLOSE_WAIT,
	PSYNC_TCPS_FIN_WAIT_1, PSYNC_TCPS_CLOSING, PSYNC_TCPS_LAST_ACK,
	PSYNC_TCPS_FIN_WAIT_2, PSYNC_TCPS_TIME_WAIT };

static enum psync_verdict
verdict(bool behind, bool ahead)
{
	return (behind ? (ahead ? PSYNC_JOIN : PSYNC_TAKE) :
		ahead  ? PSYNC_KEEP :
			 PSYNC_EQUAL);
}

static struct psync_peer
peer(uint8_t state, uint32_t seqlo, uint32_t seqhi, uint16_t win)
{
	struct psync_peer p;

	memset(&p, 0, sizeof(p));
	p.state = state;
	p.seqlo = seqlo;
	p.seqhi = seqhi;
	p.max_win = win;
	return (p);
}

/* Without the padding, which assignments need not copy. */
#define PEER_LEN (offsetof(struct psync_peer, wscale) + 1)

/* The four things that only grow; seqhi, where it means anything. */
static bool
same(const struct psync_peer *a, const struct psync_peer *b)
{
	return (a->state == b->state && a->seqlo == b->seqlo &&
	    (a->seqhi == b->seqhi || a->seqlo == 0) &&
	    a->max_win == b->max_win);
}

/*
 * Local state number i of order[], remote state number j; lo, hi and win: the
 * local number is behind (-1), level with (0) or ahead (1) of the remote one.
 */
static void
check_tcp(unsigned i, unsigned j, int lo, int hi, int win, uint32_t at,
    uint32_t step)
{
	struct psync_peer local, out, remote, want;
	enum psync_verdict got;
	bool ahead, behind;

	local = peer(order[i], at, at + 4000, 500);
	remote = peer(order[j], at - (uint32_t)lo * step,
	    at + 4000 - (uint32_t)hi * step, (uint16_t)(500 - win));
	if (local.seqlo == 0 || remote.seqlo == 0)
		return;
	local.mss = 1;
	remote.mss = 2;

	behind = i < j || lo < 0 || hi < 0 || win < 0;
	ahead = i > j || lo > 0 || hi > 0 || win > 0;
	want = peer(i < j ? order[j] : order[i],
	    lo < 0 ? remote.seqlo : local.seqlo,
	    hi < 0 ? remote.seqhi : local.seqhi,
	    win < 0 ? remote.max_win : local.max_win);
	/* The MSS of the view that is ahead in the first difference. */
	if (i != j)
		want.mss = i < j ? 2 : 1;
	else if (lo != 0)
		want.mss = lo < 0 ? 2 : 1;
	else
		want.mss = hi < 0 ? 2 : 1;

	memset(&out, 0xee, sizeof(out));
	got = psync_merge(&local, &remote, TCP, &out);
	ATF_CHECK_EQ_MSG(verdict(behind, ahead), got,
	    "local %u remote %u lo %d hi %d win %d: %d", order[i], order[j], lo,
	    hi, win, got);
	ATF_CHECK_MSG(memcmp(&out, &want, PEER_LEN) == 0,
	    "local %u remote %u lo %d hi %d win %d: wrong result", order[i],
	    order[j], lo, hi, win);
	/* The result may overwrite the local view. */
	ATF_CHECK_EQ(got, psync_merge(&local, &remote, TCP, &local));
	ATF_CHECK(memcmp(&local, &want, PEER_LEN) == 0);
}

ATF_TC_WITHOUT_HEAD(tcp_table);
ATF_TC_BODY(tcp_table, tc)
{
	static const uint32_t at[] = { 1000000, 1, 0xffffffff, 0x80000000,
		0x7fffffff, 0xfffff060 };
	static const uint32_t steps[] = { 1, 1460, 0x7fffffff };
	unsigned a, i, j, s;
	int hi, lo, win;

	(void)tc;
	ATF_REQUIRE_EQ(13, NELEM(order));
	for (i = 0; i < 13; i++)
		for (j = 0; j < 13; j++)
			for (lo = -1; lo <= 1; lo++)
				for (hi = -1; hi <= 1; hi++)
					for (win = -1; win <= 1; win++)
						for (a = 0; a < 6; a++)
							for (s = 0; s < 3; s++)
								check_tcp(i, j,
								    lo, hi, win,
								    at[a],
								    steps[s]);
}

/* A view whose seqlo is 0 knows no number yet, whatever stands in it. */
ATF_TC_WITHOUT_HEAD(seqlo_zero);
ATF_TC_BODY(seqlo_zero, tc)
{
	static const uint32_t seqs[] = { 1, 0x7fffffff, 0x80000000,
		0xffffffff };
	struct psync_peer blank, known, out;
	unsigned i, s;

	(void)tc;
	for (s = 0; s < 13; s++)
		for (i = 0; i < NELEM(seqs); i++) {
			/* seqhi and max_win of the blank one are greater */
			blank = peer(order[s], 0, seqs[i] + 9000, 65535);
			known = peer(order[s], seqs[i], seqs[i] + 10, 1);
			ATF_CHECK_EQ(PSYNC_TAKE,
			    psync_merge(&blank, &known, TCP, &out));
			ATF_CHECK(same(&out, &known));
			ATF_CHECK_EQ(PSYNC_KEEP,
			    psync_merge(&known, &blank, TCP, &out));
			ATF_CHECK(same(&out, &known));
		}

	/* The state counts all the same. */
	blank = peer(PSYNC_TCPS_TIME_WAIT, 0, 7, 7);
	known = peer(PSYNC_TCPS_ESTABLISHED, 5, 6, 1);
	ATF_CHECK_EQ(PSYNC_JOIN, psync_merge(&blank, &known, TCP, &out));
	ATF_CHECK_EQ(PSYNC_TCPS_TIME_WAIT, out.state);
	ATF_CHECK_EQ(5, out.seqlo);
	ATF_CHECK_EQ(6, out.seqhi);
	ATF_CHECK_EQ(1, out.max_win);

	/* Two blank ones: nobody needs to know of another seqhi. */
	blank = peer(PSYNC_TCPS_SYN_SENT, 0, 10, 5);
	known = peer(PSYNC_TCPS_SYN_SENT, 0, 20, 4);
	ATF_CHECK_EQ(PSYNC_KEEP, psync_merge(&blank, &known, TCP, &out));
	ATF_CHECK_EQ(20, out.seqhi);
	ATF_CHECK_EQ(5, out.max_win);
	ATF_CHECK_EQ(PSYNC_EQUAL, psync_merge(&blank, &blank, TCP, &out));
}

/* Scrubbing data is not lost with the view that lacks it. */
ATF_TC_WITHOUT_HEAD(scrub);
ATF_TC_BODY(scrub, tc)
{
	struct psync_peer a, b, out;

	(void)tc;
	a = peer(PSYNC_TCPS_ESTABLISHED, 10, 20, 1);
	b = peer(PSYNC_TCPS_ESTABLISHED, 11, 20, 1);
	a.scrub = 1;
	a.pfss_flags = 1;
	a.pfss_ttl = 64;
	a.ts_mod = 0x12345678;
	ATF_CHECK_EQ(PSYNC_TAKE, psync_merge(&a, &b, TCP, &out));
	ATF_CHECK_EQ(1, out.scrub);
	ATF_CHECK_EQ(1, out.pfss_flags);
	ATF_CHECK_EQ(64, out.pfss_ttl);
	ATF_CHECK_EQ(0x12345678, out.ts_mod);
	ATF_CHECK_EQ(PSYNC_KEEP, psync_merge(&b, &a, TCP, &out));
	ATF_CHECK_EQ(0x12345678, out.ts_mod);
	ATF_CHECK_EQ(64, out.pfss_ttl);
	ATF_CHECK_EQ(11, out.seqlo);

	/* Both have it: that of the view ahead. */
	b.scrub = 1;
	b.pfss_ttl = 63;
	b.ts_mod = 7;
	psync_merge(&a, &b, TCP, &out);
	ATF_CHECK_EQ(7, out.ts_mod);
	ATF_CHECK_EQ(63, out.pfss_ttl);
	psync_merge(&b, &a, TCP, &out);
	ATF_CHECK_EQ(7, out.ts_mod);
}

/* Other protocols have only their state, and it is the whole view's. */
ATF_TC_WITHOUT_HEAD(other_protocols);
ATF_TC_BODY(other_protocols, tc)
{
	static const uint8_t protos[] = { 0, 1, 17, 47, 58, 132, 255 };
	struct psync_peer l, out, r;
	unsigned i, j, p, states;
	enum psync_verdict got;

	(void)tc;
	for (p = 0; p < NELEM(protos); p++) {
		states = protos[p] == 132 ? 13 : 3;
		for (i = 0; i < states; i++)
			for (j = 0; j < states; j++) {
				l = peer((uint8_t)i, 10, 20, 30);
				r = peer((uint8_t)j, 99, 9, 31);
				got = psync_merge(&l, &r, protos[p], &out);
				ATF_CHECK_EQ(verdict(i<j, i> j), got);
				ATF_CHECK(memcmp(&out, i < j ? &r : &l,
					      sizeof(out)) == 0);
			}
	}
}

/* Any view of one connection: near its start on the circle, or blank. */
static struct psync_peer
random_view(uint32_t start)
{
	return (peer(order[rand() % 13],
	    rand() % 8 == 0 ? 0 : (start + (uint32_t)(rand() % 6)) | 1,
	    start + (uint32_t)(rand() % 6), (uint16_t)(rand() % 5)));
}

static struct psync_peer
join(struct psync_peer a, const struct psync_peer *b)
{
	struct psync_peer out;

	psync_merge(&a, b, TCP, &out);
	return (out);
}

static bool
went_back(const struct psync_peer *from, const struct psync_peer *to)
{
	unsigned i, j;

	for (i = 0; order[i] != from->state; i++)
		;
	for (j = 0; order[j] != to->state; j++)
		;
	if (j < i || (from->seqlo != 0 && to->seqlo == 0))
		return (true);
	if (from->seqlo == 0 && to->seqlo != 0)
		return (false);
	return ((int32_t)(to->seqlo - from->seqlo) < 0 ||
	    (int32_t)(to->seqhi - from->seqhi) < 0 ||
	    to->max_win < from->max_win);
}

ATF_TC_WITHOUT_HEAD(laws);
ATF_TC_BODY(laws, tc)
{
	static const uint32_t starts[] = { 100, 0xfffffffd, 0x7ffffffd };
	static const enum psync_verdict mirror[] = {
		[PSYNC_EQUAL] = PSYNC_EQUAL,
		[PSYNC_TAKE] = PSYNC_KEEP,
		[PSYNC_KEEP] = PSYNC_TAKE,
		[PSYNC_JOIN] = PSYNC_JOIN,
	};
	struct psync_peer a, ab, b, ba, bc, c, x, y;
	enum psync_verdict v;
	unsigned i;

	(void)tc;
	srand(4);
	for (i = 0; i < 300000; i++) {
		a = random_view(starts[i % 3]);
		b = random_view(starts[i % 3]);
		c = random_view(starts[i % 3]);

		v = psync_merge(&a, &b, TCP, &ab);
		ATF_REQUIRE_EQ(mirror[v], psync_merge(&b, &a, TCP, &ba));
		ATF_REQUIRE(same(&ab, &ba));
		ATF_REQUIRE(!went_back(&a, &ab) && !went_back(&b, &ab));
		ATF_REQUIRE_EQ(v == PSYNC_EQUAL, same(&a, &b));
		if (v == PSYNC_TAKE || v == PSYNC_EQUAL)
			ATF_REQUIRE(same(&ab, &b));
		if (v == PSYNC_KEEP || v == PSYNC_EQUAL)
			ATF_REQUIRE(same(&ab, &a));

		/* idempotent: nobody learns anything from it again */
		ATF_REQUIRE_EQ(PSYNC_EQUAL, psync_merge(&ab, &ab, TCP, &x));
		v = psync_merge(&ab, &a, TCP, &x);
		ATF_REQUIRE(v == PSYNC_KEEP || v == PSYNC_EQUAL);
		ATF_REQUIRE(same(&x, &ab));
		v = psync_merge(&ab, &b, TCP, &x);
		ATF_REQUIRE(v == PSYNC_KEEP || v == PSYNC_EQUAL);
		ATF_REQUIRE(same(&x, &ab));

		/* associative */
		bc = join(b, &c);
		x = join(ab, &c);
		y = join(a, &bc);
		ATF_REQUIRE(same(&x, &y));
	}
}

/*
 * As pf chooses it: both peers past a state for the short timeouts, either of
 * them closing or not there yet for the others.
 */
ATF_TC_WITHOUT_HEAD(tcp_timeouts);
ATF_TC_BODY(tcp_timeouts, tc)
{
	static const struct {
		uint8_t a, b, timeout;
	} some[] = {
		{ PSYNC_TCPS_SYN_SENT, PSYNC_TCPS_CLOSED,
		    PSYNC_TM_TCP_OPENING },
		{ PSYNC_TCPS_ESTABLISHED, PSYNC_TCPS_SYN_SENT,
		    PSYNC_TM_TCP_OPENING },
		{ PSYNC_TCPS_ESTABLISHED, PSYNC_TCPS_ESTABLISHED,
		    PSYNC_TM_TCP_ESTABLISHED },
		{ PSYNC_TCPS_CLOSING, PSYNC_TCPS_ESTABLISHED,
		    PSYNC_TM_TCP_CLOSING },
		{ PSYNC_TCPS_CLOSING, PSYNC_TCPS_CLOSING,
		    PSYNC_TM_TCP_FIN_WAIT },
		{ PSYNC_TCPS_FIN_WAIT_2, PSYNC_TCPS_CLOSING,
		    PSYNC_TM_TCP_FIN_WAIT },
		{ PSYNC_TCPS_FIN_WAIT_2, PSYNC_TCPS_FIN_WAIT_2,
		    PSYNC_TM_TCP_CLOSED },
		{ PSYNC_TCPS_TIME_WAIT, PSYNC_TCPS_TIME_WAIT,
		    PSYNC_TM_TCP_CLOSED },
		{ PSYNC_TCPS_TIME_WAIT, PSYNC_TCPS_CLOSED,
		    PSYNC_TM_TCP_OPENING },
		{ PSYNC_TCPS_PROXY_SRC, PSYNC_TCPS_CLOSED,
		    PSYNC_TM_TCP_OPENING },
		{ PSYNC_TCPS_PROXY_DST, PSYNC_TCPS_ESTABLISHED,
		    PSYNC_TM_TCP_OPENING },
	};
	unsigned i, j, want;

	(void)tc;
	for (i = 0; i < NELEM(some); i++) {
		ATF_CHECK_EQ_MSG(some[i].timeout,
		    psync_tcp_timeout(some[i].a, some[i].b), "%u:%u is %u",
		    some[i].a, some[i].b,
		    psync_tcp_timeout(some[i].a, some[i].b));
		ATF_CHECK_EQ(some[i].timeout,
		    psync_tcp_timeout(some[i].b, some[i].a));
	}
	for (i = 0; i <= PSYNC_TCPS_TIME_WAIT; i++)
		for (j = 0; j <= PSYNC_TCPS_TIME_WAIT; j++) {
			if (i >= 9 && j >= 9)
				want = PSYNC_TM_TCP_CLOSED;
			else if (i >= 7 && j >= 7)
				want = PSYNC_TM_TCP_FIN_WAIT;
			else if (i < 4 || j < 4)
				want = PSYNC_TM_TCP_OPENING;
			else if (i >= 7 || j >= 7)
				want = PSYNC_TM_TCP_CLOSING;
			else
				want = PSYNC_TM_TCP_ESTABLISHED;
			ATF_CHECK_EQ_MSG(want,
			    psync_tcp_timeout((uint8_t)i, (uint8_t)j),
			    "%u:%u is %u, not %u", i, j,
			    psync_tcp_timeout((uint8_t)i, (uint8_t)j), want);
		}
}

/*
 * dst has sent a SYN, and says how far it has got; nobody knows of an
 * acknowledgement.  Windows of 500 << 3.
 */
#define WIN 4000U

ATF_TC_WITHOUT_HEAD(unacked);
ATF_TC_BODY(unacked, tc)
{
	const uint32_t at[] = { 1000000, 0xffffff00, 0x7fffff00, 0x80000001 };
	struct psync_peer src, local, remote, out, was;
	unsigned i, s;

	(void)tc;
	src = peer(PSYNC_TCPS_ESTABLISHED, 1, 2, 500);
	src.wscale = 0x83;
	for (i = 0; i < NELEM(at); i++) {
		/* Just heard of, and that is its SYN: pf has done it. */
		local = peer(PSYNC_TCPS_CLOSED, 0, 1, 1);
		remote = peer(PSYNC_TCPS_SYN_SENT, at[i], at[i] + WIN, 1);
		remote.wscale = 0x82;
		psync_merge(&local, &remote, TCP, &out);
		ATF_CHECK(!psync_merge_unacked(&local, &remote, &src, &out));
		ATF_CHECK(same(&out, &remote));

		/* It has sent 3,000 bytes more. */
		remote.seqlo += 3000;
		psync_merge(&local, &remote, TCP, &out);
		ATF_CHECK(psync_merge_unacked(&local, &remote, &src, &out));
		ATF_CHECK_EQ(PSYNC_TCPS_SYN_SENT, out.state);
		ATF_CHECK_EQ(at[i] + 3000, out.seqlo);
		ATF_CHECK_EQ(at[i] + 3000 + WIN, out.seqhi);

		/* Now it has been heard twice, in whatever order. */
		local = remote;
		local.seqlo = at[i];
		for (s = 0; s < 2; s++) {
			psync_merge(&local, &remote, TCP, &out);
			ATF_CHECK(
			    psync_merge_unacked(&local, &remote, &src, &out));
			ATF_CHECK_EQ(PSYNC_TCPS_ESTABLISHED, out.state);
			ATF_CHECK_EQ(at[i] + 3000, out.seqlo);
			ATF_CHECK_EQ(at[i] + 2 * WIN, out.seqhi);
			was = local;
			local = remote;
			remote = was;
		}

		/* Once; and not of what has been acknowledged. */
		was = out;
		ATF_CHECK(!psync_merge_unacked(&local, &remote, &src, &out));
		ATF_CHECK(same(&was, &out));

		/* Nor of what says the same, or nothing. */
		psync_merge(&local, &local, TCP, &out);
		was = out;
		ATF_CHECK(!psync_merge_unacked(&local, &local, &src, &out));
		remote = peer(PSYNC_TCPS_CLOSED, 0, 1, 1);
		psync_merge(&local, &remote, TCP, &out);
		ATF_CHECK(!psync_merge_unacked(&local, &remote, &src, &out));
		ATF_CHECK(same(&was, &out));
	}

	/* Windows that do not scale. */
	local = peer(PSYNC_TCPS_SYN_SENT, 10, 510, 1);
	remote = peer(PSYNC_TCPS_SYN_SENT, 20, 510, 1);
	psync_merge(&local, &remote, TCP, &out);
	ATF_CHECK(psync_merge_unacked(&local, &remote, &src, &out));
	ATF_CHECK_EQ(1010, out.seqhi);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, tcp_table);
	ATF_TP_ADD_TC(tp, seqlo_zero);
	ATF_TP_ADD_TC(tp, scrub);
	ATF_TP_ADD_TC(tp, other_protocols);
	ATF_TP_ADD_TC(tp, laws);
	ATF_TP_ADD_TC(tp, unacked);
	ATF_TP_ADD_TC(tp, tcp_timeouts);
	return (atf_no_error());
}
