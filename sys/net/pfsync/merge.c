/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Joins two views of one side of a connection.  See merge.h for the idea.
 */

#include "net/pfsync/merge.h"

#define PROTO_TCP   6
#define WSCALE_MASK 0x0f

/*
 * How far a peer's TCP state has come.  While pf's syn proxy speaks for a
 * connection its states come before all others: they are numbered last only
 * because TCPS_* were taken.
 */
static const uint8_t tcp_rank[PSYNC_PEER_STATE_MAX + 1] = {
	[PSYNC_TCPS_PROXY_SRC] = 0,
	[PSYNC_TCPS_PROXY_DST] = 1,
	[PSYNC_TCPS_CLOSED] = 2,
	[PSYNC_TCPS_LISTEN] = 3,
	[PSYNC_TCPS_SYN_SENT] = 4,
	[PSYNC_TCPS_SYN_RECEIVED] = 5,
	[PSYNC_TCPS_ESTABLISHED] = 6,
	[PSYNC_TCPS_CLOSE_WAIT] = 7,
	[PSYNC_TCPS_FIN_WAIT_1] = 8,
	[PSYNC_TCPS_CLOSING] = 9,
	[PSYNC_TCPS_LAST_ACK] = 10,
	[PSYNC_TCPS_FIN_WAIT_2] = 11,
	[PSYNC_TCPS_TIME_WAIT] = 12,
};

static int
sign(int32_t d)
{
	return ((d > 0) - (d < 0));
}

/*
 * Each cmp_*() is negative, 0 or positive as the local view is behind, level
 * with or ahead of the remote one.
 */
static int
cmp_state(const struct psync_peer *l, const struct psync_peer *r, uint8_t proto)
{
	if (proto == PROTO_TCP)
		return (sign(tcp_rank[l->state] - tcp_rank[r->state]));
	return (sign(l->state - r->state));
}

/*
 * pf leaves seqlo at 0 until it has seen the peer's first segment, and the
 * other numbers mean nothing until then: it slides seqhi from 0.
 */
static int
cmp_seq(const struct psync_peer *l, const struct psync_peer *r, uint32_t ls,
    uint32_t rs)
{
	if ((l->seqlo == 0) != (r->seqlo == 0))
		return (l->seqlo == 0 ? -1 : 1);
	return (sign(psync_seq_cmp(ls, rs)));
}

static enum psync_verdict
verdict(bool behind, bool ahead)
{
	if (behind)
		return (ahead ? PSYNC_JOIN : PSYNC_TAKE);
	return (ahead ? PSYNC_KEEP : PSYNC_EQUAL);
}

enum psync_verdict
psync_merge(const struct psync_peer *local, const struct psync_peer *remote,
    uint8_t proto, struct psync_peer *out)
{
	const struct psync_peer l = *local, *r = remote;
	int state, lo, hi, win, first;
	bool behind, ahead;

	state = cmp_state(&l, r, proto);
	if (proto != PROTO_TCP) {
		*out = state < 0 ? *r : l;
		return (verdict(state<0, state> 0));
	}

	lo = cmp_seq(&l, r, l.seqlo, r->seqlo);
	hi = cmp_seq(&l, r, l.seqhi, r->seqhi);
	win = cmp_seq(&l, r, 0, 0);
	if (win == 0)
		win = sign(l.max_win - r->max_win);

	/*
	 * What stays the same once it is known (window scale, MSS, modulators)
	 * comes from the view that is ahead in the first thing they differ in.
	 */
	first = state != 0 ? state : lo != 0 ? lo : hi;
	*out = first < 0 ? *r : l;
	if (!out->scrub && (l.scrub || r->scrub)) {
		const struct psync_peer *s = l.scrub ? &l : r;

		out->scrub = s->scrub;
		out->pfss_flags = s->pfss_flags;
		out->pfss_ttl = s->pfss_ttl;
		out->ts_mod = s->ts_mod;
	}
	out->state = state < 0 ? r->state : l.state;
	out->seqlo = lo < 0 ? r->seqlo : l.seqlo;
	out->seqhi = hi < 0 ? r->seqhi : l.seqhi;
	out->max_win = win < 0 ? r->max_win : l.max_win;

	/* That means nothing, and nobody needs to be told. */
	if (out->seqlo == 0)
		hi = 0;
	behind = state < 0 || lo < 0 || hi < 0 || win < 0;
	ahead = state > 0 || lo > 0 || hi > 0 || win > 0;
	return (verdict(behind, ahead));
}

bool
psync_merge_unacked(const struct psync_peer *local,
    const struct psync_peer *remote, const struct psync_peer *src,
    struct psync_peer *out)
{
	bool scales = src->wscale != 0 && out->wscale != 0;
	uint32_t win = (uint32_t)src->max_win
	    << (scales ? src->wscale & WSCALE_MASK : 0);

	if (out->state != PSYNC_TCPS_SYN_SENT || remote->seqlo == 0 ||
	    local->seqlo == remote->seqlo)
		return (false);
	if (local->seqlo != 0) {
		out->state = PSYNC_TCPS_ESTABLISHED;
		out->seqhi += win;
		return (true);
	}
	if (psync_seq_cmp(out->seqlo + win, out->seqhi) <= 0)
		return (false);
	out->seqhi = out->seqlo + win;
	return (true);
}

uint8_t
psync_tcp_timeout(uint8_t src, uint8_t dst)
{
	uint8_t s = tcp_rank[src], d = tcp_rank[dst];
	uint8_t low = s < d ? s : d, high = s < d ? d : s;

	if (low >= tcp_rank[PSYNC_TCPS_FIN_WAIT_2])
		return (PSYNC_TM_TCP_CLOSED);
	if (low >= tcp_rank[PSYNC_TCPS_CLOSING])
		return (PSYNC_TM_TCP_FIN_WAIT);
	if (low < tcp_rank[PSYNC_TCPS_ESTABLISHED])
		return (PSYNC_TM_TCP_OPENING);
	if (high >= tcp_rank[PSYNC_TCPS_CLOSING])
		return (PSYNC_TM_TCP_CLOSING);
	return (PSYNC_TM_TCP_ESTABLISHED);
}
