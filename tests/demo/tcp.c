/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One end of a TCP connection.  Sequence numbers: the SYN is iss, byte n of the
 * stream is iss + 1 + n, the FIN is iss + 1 + total.  They are compared by
 * their signed difference.
 *
 * Invariants: snd_una <= snd_nxt <= snd_max; the timer runs exactly while
 * snd_una != snd_max.
 */

#include <string.h>

#include "tests/demo/stream.h"
#include "tests/demo/tcp.h"

#define INITIAL_SEGMENTS 10

static int32_t
diff(uint32_t a, uint32_t b)
{
	return ((int32_t)(a - b));
}

static uint32_t
min(uint32_t a, uint32_t b)
{
	return (a < b ? a : b);
}

void
tcp_init(struct tcp *t, bool client, uint32_t iss, uint32_t total)
{
	memset(t, 0, sizeof(*t));
	t->state = client ? TCP_SYN_SENT : TCP_LISTEN;
	t->total = total;
	t->iss = t->snd_una = t->snd_nxt = t->snd_max = iss;
	t->mss = 536;
	rto_init(&t->rto);
}

static uint32_t
fin_seq(const struct tcp *t)
{
	return (t->iss + 1 + t->total);
}

/*
 * Input
 */

static void
options(struct tcp *t, const struct packet *p)
{
	if (p->mss != 0)
		t->mss = (uint16_t)min(p->mss, PACKET_MSS);
	t->snd_scale = p->wscale > 0 ? (uint8_t)min((uint32_t)p->wscale, 14) :
				       0;
	t->cwnd = INITIAL_SEGMENTS * (uint32_t)t->mss;
	t->irs = p->seq;
	t->rcv_nxt = p->seq + 1;
}

static void
acknowledged(struct tcp *t, uint64_t now, const struct packet *p)
{
	uint32_t acked = p->ack - t->snd_una;

	if (diff(p->ack, t->snd_max) > 0)
		return;
	if (diff(p->ack, t->snd_una) > 0) {
		t->snd_una = p->ack;
		if (diff(t->snd_nxt, t->snd_una) < 0)
			t->snd_nxt = t->snd_una;
		t->cwnd = min(t->cwnd + acked, TCP_WINDOW);
		if (t->timed_at != 0 && diff(p->ack, t->timed_seq) > 0) {
			rto_sample(&t->rto, (uint32_t)(now - t->timed_at));
			t->timed_at = 0;
		}
		rto_stop(&t->rto);
		if (t->snd_una != t->snd_max)
			rto_start(&t->rto, now);
	}
	t->snd_wnd = p->window << ((p->flags & TH_SYN) ? 0 : t->snd_scale);
}

/* What is new in a segment that begins at or before rcv_nxt. */
static void
deliver(struct tcp *t, const struct packet *p)
{
	uint32_t skip = t->rcv_nxt - p->seq;
	uint32_t len = (uint32_t)p->len;

	if (diff(t->rcv_nxt, p->seq) < 0 || skip > len)
		return;
	len -= skip;
	if (len > t->total - tcp_received(t) ||
	    !stream_check(t->stream_in, tcp_received(t), p->data + skip, len)) {
		t->corrupt = true;
		t->state = TCP_DEAD;
		return;
	}
	t->rcv_nxt += len;
	if ((p->flags & TH_FIN) != 0 && !t->fin_received) {
		t->fin_received = true;
		t->rcv_nxt++;
	}
}

void
tcp_input(struct tcp *t, uint64_t now, const struct packet *p)
{
	uint8_t kind = p->flags & (TH_SYN | TH_ACK | TH_RST);

	if (t->state == TCP_DEAD)
		return;
	if ((kind & TH_RST) != 0) {
		if (t->state != TCP_LISTEN && p->seq == t->rcv_nxt)
			t->state = TCP_DEAD;
		return;
	}
	switch (t->state) {
	case TCP_LISTEN:
		if (kind != TH_SYN)
			return;
		options(t, p);
		t->state = TCP_SYN_RECEIVED;
		return;
	case TCP_SYN_SENT:
		if (kind != (TH_SYN | TH_ACK) || p->ack != t->iss + 1)
			return;
		options(t, p);
		t->state = TCP_OPEN;
		t->ack_due = true;
		acknowledged(t, now, p);
		return;
	default:
		break;
	}
	if ((kind & TH_SYN) != 0) {
		/* The peer has missed our answer: the timer repeats ours. */
		t->ack_due = t->state == TCP_OPEN;
		return;
	}
	if (kind != TH_ACK)
		return;
	if (t->state == TCP_SYN_RECEIVED && p->ack == t->iss + 1)
		t->state = TCP_OPEN;
	acknowledged(t, now, p);
	if (p->len > 0 || (p->flags & TH_FIN) != 0) {
		t->ack_due = true;
		deliver(t, p);
	}
}

/*
 * Output
 */

/* How many bytes of data may go now; the window is not filled by crumbs. */
static uint32_t
sendable(const struct tcp *t)
{
	uint32_t sent = t->snd_nxt - t->iss - 1;
	uint32_t flight = t->snd_nxt - t->snd_una;
	uint32_t window = min(t->snd_wnd, t->cwnd);
	uint32_t n;

	if (sent >= t->limit || flight >= window)
		return (0);
	n = min(t->limit - sent, t->mss);
	return (n <= window - flight ? n : 0);
}

/* Notes that len of sequence space goes out at snd_nxt. */
static void
advance(struct tcp *t, uint64_t now, uint32_t len)
{
	bool again = t->snd_nxt != t->snd_max;

	if (again)
		t->retransmitted++;
	else if (t->timed_at == 0) {
		t->timed_at = now;
		t->timed_seq = t->snd_nxt;
	}
	t->snd_nxt += len;
	if (diff(t->snd_nxt, t->snd_max) > 0)
		t->snd_max = t->snd_nxt;
	rto_start(&t->rto, now);
}

static bool
output_syn(struct tcp *t, uint64_t now, struct packet *p)
{
	if (t->snd_nxt != t->iss)
		return (false);
	p->flags = t->state == TCP_SYN_SENT ? TH_SYN : TH_SYN | TH_ACK;
	p->mss = PACKET_MSS;
	p->wscale = TCP_WSCALE;
	p->window = TCP_WINDOW; /* never scaled in a SYN */
	p->seq = t->snd_nxt;
	p->ack = t->state == TCP_SYN_SENT ? 0 : t->rcv_nxt;
	advance(t, now, 1);
	return (true);
}

static bool
output_open(struct tcp *t, uint64_t now, struct packet *p, uint8_t *buf)
{
	uint32_t len = sendable(t);

	p->flags = TH_ACK;
	p->window = TCP_WINDOW >> TCP_WSCALE;
	p->seq = t->snd_nxt;
	p->ack = t->rcv_nxt;
	if (len > 0) {
		stream_fill(t->stream_out, t->snd_nxt - t->iss - 1, buf, len);
		p->flags |= TH_PUSH;
		p->data = buf;
		p->len = len;
		advance(t, now, len);
	} else if (t->snd_nxt == fin_seq(t)) {
		p->flags |= TH_FIN;
		advance(t, now, 1);
	} else if (!t->ack_due)
		return (false);
	t->ack_due = false;
	return (true);
}

bool
tcp_output(struct tcp *t, uint64_t now, struct packet *p, uint8_t *buf)
{
	switch (rto_check(&t->rto, now)) {
	case RTO_GIVE_UP:
		t->state = TCP_DEAD;
		break;
	case RTO_RESEND:
		t->snd_nxt = t->snd_una;
		t->cwnd = t->mss;
		t->timed_at = 0;
		break;
	case RTO_WAIT:
		break;
	}
	memset(p, 0, sizeof(*p));
	p->proto = PACKET_TCP;
	p->wscale = -1;
	switch (t->state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECEIVED:
		return (output_syn(t, now, p));
	case TCP_OPEN:
		return (output_open(t, now, p, buf));
	default:
		return (false);
	}
}

uint32_t
tcp_received(const struct tcp *t)
{
	const uint32_t taken = t->rcv_nxt - t->irs; /* 0: not even a SYN */

	return (taken == 0 ? 0 : taken - 1 - t->fin_received);
}

uint32_t
tcp_unacked(const struct tcp *t)
{
	return (t->snd_max - t->snd_una);
}

bool
tcp_finished(const struct tcp *t)
{
	return (t->state == TCP_OPEN && t->fin_received &&
	    tcp_received(t) == t->total && t->snd_una == fin_seq(t) + 1);
}
