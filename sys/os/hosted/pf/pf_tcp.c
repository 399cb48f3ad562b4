/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * TCP: follows both ends of a connection and tells whether a segment can belong
 * to it.  After G. van Rooij, "Real Stateful TCP Packet Filtering in IP Filter"
 * (2001), RFC 793 and RFC 7323, with pf's allowances for streams picked up in
 * the middle and for SYNs sent before an answer.
 *
 * For each peer: seqlo is the end of what it sent, seqhi the end of what the
 * other one lets it send, max_win the largest window it offered (unscaled).
 * seqlo 0 means that it has not been heard.
 */

#include "os/hosted/pf/pf_impl.h"

/* How far behind or ahead a segment may be: a window and a bit. */
#define MAX_SKEW (0xffff + 1500)

#define TCPOPT_EOL    0
#define TCPOPT_NOP    1
#define TCPOPT_WSCALE 3
#define WSCALE_MAX    14 /* RFC 7323, 2.3 */

/* Whether a is b or comes after b. */
static bool
seq_geq(uint32_t a, uint32_t b)
{

	return ((int32_t)(a - b) >= 0);
}

static uint32_t
max32(uint32_t a, uint32_t b)
{

	return (a > b ? a : b);
}

/* The window scale option of a SYN with PF_WSCALE_FLAG, or 0. */
static uint8_t
tcp_wscale(const struct pf_pdesc *pd)
{
	const uint8_t *p = pd->l4 + 20;
	const uint8_t *end = pd->l4 + (pd->l4[12] >> 4) * 4;

	while (p < end && *p != TCPOPT_EOL) {
		if (*p == TCPOPT_NOP) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || p[1] > end - p)
			break;
		if (p[0] == TCPOPT_WSCALE && p[1] == 3)
			return (PF_WSCALE_FLAG |
			    (p[2] > WSCALE_MAX ? WSCALE_MAX : p[2]));
		p += p[1];
	}
	return (0);
}

/* A window in units of 1 << shift, rounded up. */
static uint32_t
scale_down(uint32_t win, unsigned shift)
{

	return ((win + (1U << shift) - 1) >> shift);
}

/* Both ends are done: the key may be used for a new connection. */
bool
pf_tcp_closed(const struct pf_state *st)
{

	return (st->src.state >= PSYNC_TCPS_FIN_WAIT_2 &&
	    st->dst.state >= PSYNC_TCPS_FIN_WAIT_2);
}

/* The peers of a new state, from its first segment. */
void
pf_tcp_open(struct pf_state *st, const struct pf_pdesc *pd)
{
	struct psync_peer *src = &st->src;

	src->seqlo = pd->seq;
	src->seqhi = pd->seq + pd->p_len + 1;
	src->max_win = pd->win > 0 ? pd->win : 1;
	if (pd->tcp_flags & PF_TH_SYN) {
		src->seqhi++;
		src->wscale = tcp_wscale(pd);
		src->max_win = (uint16_t)scale_down(src->max_win,
		    src->wscale & PF_WSCALE_MASK);
	}
	if (pd->tcp_flags & PF_TH_FIN)
		src->seqhi++;
	src->state = PSYNC_TCPS_SYN_SENT;
	st->dst.seqhi = 1;
	st->dst.max_win = 1;
	st->dst.state = PSYNC_TCPS_CLOSED;
	st->timeout = PFTM_TCP_FIRST_PACKET;
}

/* The timeout of a pair of states. */
static uint8_t
tcp_timeout(const struct psync_peer *a, const struct psync_peer *b)
{
	uint8_t lo = a->state < b->state ? a->state : b->state;
	uint8_t hi = a->state < b->state ? b->state : a->state;

	if (lo >= PSYNC_TCPS_FIN_WAIT_2)
		return (PFTM_TCP_CLOSED);
	if (lo >= PSYNC_TCPS_CLOSING)
		return (PFTM_TCP_FIN_WAIT);
	if (lo < PSYNC_TCPS_ESTABLISHED)
		return (PFTM_TCP_OPENING);
	if (hi >= PSYNC_TCPS_CLOSING)
		return (PFTM_TCP_CLOSING);
	return (PFTM_TCP_ESTABLISHED);
}

static void
raise_state(struct psync_peer *peer, uint8_t state)
{

	if (peer->state < state)
		peer->state = state;
}

/* SYN, FIN and RST move on the sender, RST both. */
static void
flags_sent(struct psync_peer *src, struct psync_peer *dst, uint8_t flags)
{

	if (flags & PF_TH_SYN)
		raise_state(src, PSYNC_TCPS_SYN_SENT);
	if (flags & PF_TH_FIN)
		raise_state(src, PSYNC_TCPS_CLOSING);
	if (flags & PF_TH_RST)
		src->state = dst->state = PSYNC_TCPS_TIME_WAIT;
}

/* An ACK of a SYN or FIN moves on who sent that. */
static void
ack_sent(struct psync_peer *dst)
{

	if (dst->state == PSYNC_TCPS_SYN_SENT)
		dst->state = PSYNC_TCPS_ESTABLISHED;
	else if (dst->state == PSYNC_TCPS_CLOSING)
		dst->state = PSYNC_TCPS_FIN_WAIT_2;
}

/* sloppy: states by flags alone; maybe only one direction passes here. */
static void
track_sloppy(struct psync_peer *src, struct psync_peer *dst,
    const struct pf_pdesc *pd)
{
	uint8_t flags = pd->tcp_flags;

	flags_sent(src, dst, flags & (PF_TH_SYN | PF_TH_FIN));
	if (flags & PF_TH_ACK) {
		if (dst->state == PSYNC_TCPS_SYN_SENT ||
		    dst->state == PSYNC_TCPS_CLOSING)
			ack_sent(dst);
		else if (src->state == PSYNC_TCPS_SYN_SENT &&
		    dst->state < PSYNC_TCPS_SYN_SENT)
			src->state = dst->state = PSYNC_TCPS_ESTABLISHED;
		else if (src->state == PSYNC_TCPS_CLOSING &&
		    dst->state == PSYNC_TCPS_ESTABLISHED && dst->seqlo == 0)
			dst->state = PSYNC_TCPS_CLOSING;
	}
	flags_sent(src, dst, flags & PF_TH_RST);
}

/* A segment in the terms of the window. */
struct segment {
	uint32_t seq;
	uint32_t end;	   /* behind data, SYN and FIN */
	uint32_t data_end; /* behind data and SYN */
	uint32_t ack;
	uint32_t win; /* in units of 1 << sws */
	unsigned sws; /* shift of the sender's windows */
	unsigned dws; /* ... and of the receiver's */
};

/* The answer to a SYN: do windows scale from now on? */
static void
negotiate_wscale(struct psync_peer *src, struct psync_peer *dst,
    struct segment *seg, const struct pf_pdesc *pd)
{
	uint32_t win;

	if ((dst->wscale & PF_WSCALE_FLAG) == 0)
		return;
	src->wscale = tcp_wscale(pd);
	if (src->wscale & PF_WSCALE_FLAG) {
		seg->sws = src->wscale & PF_WSCALE_MASK;
		seg->dws = dst->wscale & PF_WSCALE_MASK;
		seg->win = scale_down(seg->win, seg->sws);
		return;
	}
	/* They do not: the window of the SYN was in bytes after all. */
	win = (uint32_t)dst->max_win << (dst->wscale & PF_WSCALE_MASK);
	dst->max_win = win > UINT16_MAX ? UINT16_MAX : (uint16_t)win;
	dst->wscale = 0;
}

/* The first segment of this end sets it up. */
static void
first_heard(struct psync_peer *src, const struct psync_peer *dst,
    const struct segment *seg)
{
	uint32_t hi;

	src->seqlo = seg->seq;
	raise_state(src, PSYNC_TCPS_SYN_SENT);
	hi = seg->end + max32(1, (uint32_t)dst->max_win << seg->dws);
	if (src->seqhi == 1 || seq_geq(hi, src->seqhi))
		src->seqhi = hi;
	if (seg->win > src->max_win)
		src->max_win = (uint16_t)seg->win;
}

static void
segment_read(struct segment *seg, struct psync_peer *src,
    struct psync_peer *dst, const struct pf_pdesc *pd)
{
	bool syn = (pd->tcp_flags & PF_TH_SYN) != 0;

	*seg = (struct segment) { .seq = pd->seq,
		.ack = pd->ack,
		.win = pd->win };
	if (src->wscale != 0 && (syn || dst->wscale != 0))
		seg->sws = src->wscale & PF_WSCALE_MASK;
	if (src->wscale != 0 && dst->wscale != 0)
		seg->dws = dst->wscale & PF_WSCALE_MASK;
	/* A SYN sent again: its window is in bytes, max_win is not. */
	if (syn)
		seg->win = scale_down(seg->win, seg->sws);
	seg->data_end = pd->seq + pd->p_len + syn;
	seg->end = seg->data_end + ((pd->tcp_flags & PF_TH_FIN) != 0);
	if (src->seqlo == 0) {
		if (syn)
			negotiate_wscale(src, dst, seg, pd);
		first_heard(src, dst, seg);
	}
	/* No ACK, or nothing known to measure it by. */
	if ((pd->tcp_flags & PF_TH_ACK) == 0 ||
	    dst->state < PSYNC_TCPS_SYN_SENT ||
	    (seg->ack == 0 && (pd->tcp_flags & PF_TH_RST)))
		seg->ack = dst->seqlo;
	/* A segment of nothing takes no place in the window. */
	if (seg->seq == seg->end)
		seg->seq = seg->data_end = seg->end = src->seqlo;
}

/* RFC 793's and van Rooij's conditions; RSTs to within one octet. */
static bool
in_window(const struct segment *seg, const struct psync_peer *src,
    const struct psync_peer *dst, const struct pf_pdesc *pd)
{
	int64_t skew = (int32_t)(dst->seqlo - seg->ack);
	uint32_t off = pd->seq - src->seqlo + 1;

	return (seq_geq(src->seqhi, seg->data_end) &&
	    seq_geq(seg->seq,
		src->seqlo - ((uint32_t)dst->max_win << seg->dws)) &&
	    skew >= -MAX_SKEW && skew <= (int64_t)MAX_SKEW << seg->sws &&
	    ((pd->tcp_flags & PF_TH_RST) == 0 || off <= 2));
}

/* Streams picked up in the middle, and ends that hang on after the close. */
static bool
near_window(const struct segment *seg, const struct psync_peer *src,
    const struct psync_peer *dst)
{

	return ((dst->state < PSYNC_TCPS_SYN_SENT ||
		    dst->state >= PSYNC_TCPS_FIN_WAIT_2 ||
		    src->state >= PSYNC_TCPS_FIN_WAIT_2) &&
	    seq_geq(src->seqhi + MAX_SKEW, seg->data_end) &&
	    seq_geq(seg->seq, src->seqlo - MAX_SKEW));
}

/*
 * Takes a good segment's numbers over.  As pf: the window of an end that has
 * not been heard slides from 0, the only acknowledgement known of it.
 */
static void
advance(const struct segment *seg, struct psync_peer *src,
    struct psync_peer *dst)
{
	uint32_t win = seg->win << seg->sws;

	if (seg->win > src->max_win)
		src->max_win = (uint16_t)seg->win;
	if (seq_geq(seg->end, src->seqlo))
		src->seqlo = seg->end;
	if (seq_geq(seg->ack + win, dst->seqhi))
		dst->seqhi = seg->ack + max32(win, 1);
}

enum verdict { OUTSIDE, NEAR, INSIDE };

/* Follows a segment by its numbers. */
static enum verdict
track_full(struct psync_peer *src, struct psync_peer *dst,
    const struct pf_pdesc *pd)
{
	uint8_t flags = pd->tcp_flags;
	struct segment seg;

	segment_read(&seg, src, dst, pd);
	if (in_window(&seg, src, dst, pd)) {
		advance(&seg, src, dst);
		flags_sent(src, dst, flags & (PF_TH_SYN | PF_TH_FIN));
		if (flags & PF_TH_ACK)
			ack_sent(dst);
		flags_sent(src, dst, flags & PF_TH_RST);
		return (INSIDE);
	}
	if (near_window(&seg, src, dst)) {
		advance(&seg, src, dst);
		flags_sent(src, dst, flags & (PF_TH_FIN | PF_TH_RST));
		return (NEAR);
	}
	return (OUTSIDE);
}

/*
 * Follows a segment that has the state's key.  False: it is outside the window
 * and to be dropped; the state is as it was.
 */
bool
pf_tcp_track(struct pf_state *st, const struct pf_pdesc *pd, int64_t now)
{
	bool forward = pd->dir == st->direction;
	struct psync_peer src = forward ? st->src : st->dst;
	struct psync_peer dst = forward ? st->dst : st->src;
	enum verdict verdict = INSIDE;

	if (st->state_flags & PSYNC_STATE_SLOPPY)
		track_sloppy(&src, &dst, pd);
	else
		verdict = track_full(&src, &dst, pd);
	if (verdict == OUTSIDE)
		return (false);
	/* What is only near the window gives the state no more time. */
	if (verdict == INSIDE)
		st->expire = now;
	st->src = forward ? src : dst;
	st->dst = forward ? dst : src;
	st->timeout = tcp_timeout(&src, &dst);
	return (true);
}

/*
 * Whether seq can be of a segment that was sent.  dir: of the ICMP error that
 * quotes it, hence opposite to the segment's.
 */
bool
pf_tcp_quoted(const struct pf_state *st, unsigned dir, uint32_t seq)
{
	bool forward = dir != st->direction;
	const struct psync_peer *src = forward ? &st->src : &st->dst;
	const struct psync_peer *dst = forward ? &st->dst : &st->src;
	unsigned dws = 0;

	if (st->state_flags & PSYNC_STATE_SLOPPY)
		return (true);
	if (src->wscale != 0 && dst->wscale != 0)
		dws = dst->wscale & PF_WSCALE_MASK;
	return (seq_geq(src->seqhi, seq) &&
	    seq_geq(seq, src->seqlo - ((uint32_t)dst->max_win << dws)));
}
