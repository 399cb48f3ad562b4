/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A connection of the demonstration, both of its ends: who talks to whom, and
 * how far they have come.
 *
 * Each connection has a server address of its own, by which the server's side
 * finds it, whatever the firewall has translated the client to; and a client
 * port of its own, by which the client's side does.
 */

#ifndef _DEMO_FLOW_H_
#define _DEMO_FLOW_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/demo/exchange.h"
#include "tests/demo/packet.h"
#include "tests/demo/tcp.h"

#define FLOWS_MAX	20000
#define FLOW_BYTES	65536	/* of a TCP connection in each direction */
#define FLOW_ROUNDS	20	/* of UDP and ICMP */

enum side { CLIENT, SERVER };

enum flow_end { FLOW_RUNS, FLOW_WHOLE, FLOW_DEAD };

struct flow {
	uint8_t		version;	/* 4 or 6 */
	uint8_t		proto;		/* PACKET_* */
	bool		behind_nat;	/* the firewall should translate it */
	bool		met;		/* the server has heard of it */
	struct packet_addr client;
	struct packet_addr server;
	struct packet_addr seen;	/* the client, as the server sees it */
	union {
		struct tcp	tcp[2];		/* by enum side */
		struct exchange	exchange;
	};
};

/* The connection of that number; always the same one. */
void	flow_init(struct flow *, unsigned number);

/* Which of n connections a packet that arrived at a side is for, or NULL. */
struct flow *flow_find(struct flow *, size_t n, enum side,
	    const struct packet *);

void	flow_input(struct flow *, enum side, uint64_t now,
	    const struct packet *);
/* Takes a packet that the side is to send; data in buf[PACKET_MSS]. */
bool	flow_output(struct flow *, enum side, uint64_t now, struct packet *,
	    uint8_t *buf);

/* Its users have given it that many percent of what it is to carry. */
void	flow_limit(struct flow *, unsigned percent);
/* Both sides know that the connection is there. */
bool	flow_open(const struct flow *);
/* Bytes that have arrived, and will have at that limit, in both directions. */
uint32_t flow_arrived(const struct flow *);
uint32_t flow_share(const struct flow *, unsigned percent);
/* Bytes sent that the sender does not know to have arrived. */
uint32_t flow_in_flight(const struct flow *);
uint64_t flow_repeated(const struct flow *);	/* packets */
bool	flow_translated(const struct flow *);
enum flow_end flow_end(const struct flow *);
/* Says in buf[FLOW_EXPLAIN_MAX] what it is and how far it has come. */
#define FLOW_EXPLAIN_MAX 160
const char *flow_explain(const struct flow *, char *buf);
/* Something arrived that had not been sent. */
bool	flow_corrupt(const struct flow *);
/* What lay in the client's hands when the firewall died is lost. */
void	flow_failover(struct flow *);

#endif /* _DEMO_FLOW_H_ */
