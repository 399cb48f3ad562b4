/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A UDP or ICMP connection: the client asks, the server answers, and so on for
 * a number of rounds.  Once the first answer has come, the client only ever
 * sends because a packet of the server has reached it; what gets lost the
 * server repeats.  So behind a firewall that only clients may open, a
 * connection goes on only if the firewall knows its state.
 *
 * Packets carry the round as their sequence number: ICMP in its header, UDP in
 * the first four bytes of data.
 */

#ifndef _DEMO_EXCHANGE_H_
#define _DEMO_EXCHANGE_H_

#include <stdbool.h>
#include <stdint.h>

#include "tests/demo/packet.h"
#include "tests/demo/rto.h"

#define EXCHANGE_DATA	200	/* bytes of data in a packet */

struct exchange {
	uint32_t	stream[2];	/* of questions, of answers */
	uint32_t	rounds;
	uint32_t	limit;		/* the server answers rounds < limit */
	uint32_t	answers;	/* that have reached the client */
	uint32_t	questions;	/* that have reached the server */
	uint32_t	answered;	/* rounds that were answered, once */
	bool		ask;		/* the client has something to send */
	bool		dead;
	bool		corrupt;
	struct rto	client_rto;	/* for the first question only */
	struct rto	server_rto;
	uint64_t	repeated;	/* packets */
};

void	exchange_init(struct exchange *, uint32_t rounds);

void	exchange_input_client(struct exchange *, const struct packet *);
void	exchange_input_server(struct exchange *, const struct packet *);

/*
 * Takes one packet that is to be sent, if there is one: its data, in
 * buf[EXCHANGE_DATA], sequence number and whether it is a reply.
 */
bool	exchange_output_client(struct exchange *, uint64_t now,
	    struct packet *, uint8_t *buf);
bool	exchange_output_server(struct exchange *, uint64_t now,
	    struct packet *, uint8_t *buf);

/* What the client was about to send is lost. */
void	exchange_lose(struct exchange *);
bool	exchange_finished(const struct exchange *);

#endif /* _DEMO_EXCHANGE_H_ */
