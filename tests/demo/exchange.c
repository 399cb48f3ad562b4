/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A UDP or ICMP connection.
 *
 * Invariants: answers <= answered <= questions <= answers + 1.
 */

#include <string.h>

#include "tests/demo/exchange.h"
#include "tests/demo/stream.h"

#define SEQ_LEN 4

enum { QUESTION, ANSWER };

void
exchange_init(struct exchange *x, uint32_t rounds)
{
	memset(x, 0, sizeof(*x));
	x->rounds = rounds;
	x->ask = true;
	rto_init(&x->client_rto);
	rto_init(&x->server_rto);
}

static void
compose(const struct exchange *x, unsigned side, uint32_t round,
    struct packet *p, uint8_t *buf)
{
	unsigned i;

	for (i = 0; i < SEQ_LEN; i++)
		buf[i] = (uint8_t)(round >> 8 * (SEQ_LEN - 1 - i));
	stream_fill(x->stream[side], (uint64_t)round * EXCHANGE_DATA,
	    buf + SEQ_LEN, EXCHANGE_DATA - SEQ_LEN);
	memset(p, 0, sizeof(*p));
	p->seq = round;
	p->reply = side == ANSWER;
	p->data = buf;
	p->len = EXCHANGE_DATA;
}

/* Whether p is a packet of that side, and of which round. */
static bool
understand(struct exchange *x, unsigned side, const struct packet *p,
    uint32_t *round)
{
	if (p->len != EXCHANGE_DATA)
		return (false);
	*round = (uint32_t)p->data[0] << 24 | (uint32_t)p->data[1] << 16 |
	    (uint32_t)p->data[2] << 8 | p->data[3];
	if (*round < x->rounds &&
	    (p->proto != PACKET_ICMP || p->seq == *round) &&
	    stream_check(x->stream[side], (uint64_t)*round * EXCHANGE_DATA,
		p->data + SEQ_LEN, EXCHANGE_DATA - SEQ_LEN))
		return (true);
	x->corrupt = true;
	x->dead = true;
	return (false);
}

void
exchange_input_client(struct exchange *x, const struct packet *p)
{
	uint32_t round;

	if (!understand(x, ANSWER, p, &round) || round > x->answers)
		return;
	if (round == x->answers)
		x->answers++;
	/* An old answer means that the next question was lost. */
	x->ask = x->answers < x->rounds;
	x->client_rto.at = 0;
	if (x->answers == x->rounds)
		rto_stop(&x->server_rto);
}

void
exchange_input_server(struct exchange *x, const struct packet *p)
{
	uint32_t round;

	if (!understand(x, QUESTION, p, &round) || round != x->questions)
		return;
	x->questions++;
	rto_stop(&x->server_rto);
}

bool
exchange_output_client(struct exchange *x, uint64_t now, struct packet *p,
    uint8_t *buf)
{
	if (x->dead)
		return (false);
	switch (rto_check(&x->client_rto, now)) {
	case RTO_GIVE_UP:
		x->dead = true;
		return (false);
	case RTO_RESEND:
		x->ask = true;
		x->repeated++;
		break;
	case RTO_WAIT:
		break;
	}
	if (!x->ask)
		return (false);
	x->ask = false;
	if (x->answers == 0)
		rto_start(&x->client_rto, now);
	compose(x, QUESTION, x->answers, p, buf);
	return (true);
}

bool
exchange_output_server(struct exchange *x, uint64_t now, struct packet *p,
    uint8_t *buf)
{
	if (x->dead)
		return (false);
	switch (rto_check(&x->server_rto, now)) {
	case RTO_GIVE_UP:
		x->dead = true;
		return (false);
	case RTO_RESEND:
		x->repeated++;
		break;
	case RTO_WAIT:
		if (x->answered == x->questions || x->answered >= x->limit)
			return (false);
		x->answered++;
		rto_start(&x->server_rto, now);
		break;
	}
	compose(x, ANSWER, x->answered - 1, p, buf);
	return (true);
}

void
exchange_lose(struct exchange *x)
{
	x->ask = false;
}

bool
exchange_finished(const struct exchange *x)
{
	return (x->answers == x->rounds && !x->dead);
}
