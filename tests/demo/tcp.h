/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One end of a TCP connection (RFC 9293), as small as an honest one can be: it
 * sends one stream and receives another, with MSS and window scaling,
 * cumulative acknowledgments, slow start, going back to the first
 * unacknowledged byte on a timeout, and FIN.  What arrives out of order is not
 * kept.
 *
 * Addresses are not its business: the caller fills them in.
 */

#ifndef _DEMO_TCP_H_
#define _DEMO_TCP_H_

#include <stdbool.h>
#include <stdint.h>

#include "tests/demo/packet.h"
#include "tests/demo/rto.h"

/*
 * The window is larger than its field in the header says without the scale: a
 * firewall that does not know the scale stops these connections.
 */
#define TCP_WINDOW	32768
#define TCP_WSCALE	3

enum tcp_state {
	TCP_LISTEN, TCP_SYN_SENT, TCP_SYN_RECEIVED, TCP_OPEN, TCP_DEAD
};

struct tcp {
	enum tcp_state	state;
	uint32_t	stream_out;	/* see stream.h */
	uint32_t	stream_in;
	uint32_t	total;		/* bytes in each direction */
	uint32_t	limit;		/* the user has written this many */

	uint32_t	iss;
	uint32_t	snd_una;
	uint32_t	snd_nxt;
	uint32_t	snd_max;	/* highest snd_nxt ever */
	uint32_t	snd_wnd;
	uint32_t	cwnd;
	uint16_t	mss;
	uint8_t		snd_scale;

	uint32_t	irs;
	uint32_t	rcv_nxt;
	bool		fin_received;
	bool		ack_due;
	bool		corrupt;	/* received what was not sent */

	struct rto	rto;
	uint32_t	timed_seq;	/* the round trip that is measured: */
	uint64_t	timed_at;	/* when it began; 0: none */
	uint64_t	retransmitted;	/* segments */
};

/* A client that connects, or a server that listens. */
void	tcp_init(struct tcp *, bool client, uint32_t iss, uint32_t total);

void	tcp_input(struct tcp *, uint64_t now, const struct packet *);

/*
 * Takes one segment that is to be sent, if there is one: everything of *p but
 * its addresses.  Its data is in buf[PACKET_MSS].
 */
bool	tcp_output(struct tcp *, uint64_t now, struct packet *p, uint8_t *buf);

uint32_t tcp_received(const struct tcp *);	/* bytes, in order */
uint32_t tcp_unacked(const struct tcp *);	/* bytes sent, not acked */
/* Everything sent and received, and both FINs acknowledged. */
bool	tcp_finished(const struct tcp *);

#endif /* _DEMO_TCP_H_ */
