/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A retransmission timer (RFC 6298): smoothed round trip time, exponential
 * backoff, and giving up after a number of retransmissions, so that a dead
 * connection is noticed.  Times are ms of the connections' own clock; see
 * run.c.
 */

#ifndef _DEMO_RTO_H_
#define _DEMO_RTO_H_

#include <stdbool.h>
#include <stdint.h>

#define RTO_MIN		200
#define RTO_MAX		600
#define RTO_RETRIES	5	/* unanswered in a row: the peer is gone */

struct rto {
	uint64_t	at;		/* when it fires; 0: not running */
	uint32_t	interval;
	uint32_t	srtt;		/* 0: not measured yet */
	uint32_t	rttvar;
	unsigned	retries;
};

enum rto_event { RTO_WAIT, RTO_RESEND, RTO_GIVE_UP };

void	rto_init(struct rto *);
/* Starts it if it does not run. */
void	rto_start(struct rto *, uint64_t now);
/* The peer has answered: the backoff is over, and it stops. */
void	rto_stop(struct rto *);
/* A round trip, of something that was sent once (Karn). */
void	rto_sample(struct rto *, uint32_t ms);
/* What is due; RTO_RESEND backs off and starts anew. */
enum rto_event rto_check(struct rto *, uint64_t now);

#endif /* _DEMO_RTO_H_ */
