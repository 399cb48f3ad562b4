/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A firewall as its neighbours see it: a socket on each side of it.
 *
 * The queues of datagram sockets are short (10 packets on Linux), and a
 * firewall drops what finds the next one full, as a router does.  So no more
 * packets are sent than fit.  To know how many are under way though some may
 * have been dropped, a ping goes through from time to time: when it has
 * arrived, everything before it has arrived or never will.
 */

#ifndef _DEMO_FIREWALL_H_
#define _DEMO_FIREWALL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "tests/demo/flow.h"
#include "tests/demo/packet.h"

struct firewall {
	char		name;		/* 'A' or 'B' */
	int		fd[2];		/* by enum side; -1: closed */
	struct sockaddr_un peer[2];
	uint64_t	sent[2];	/* packets */
	unsigned	flight[2];	/* of them, under way */
	uint8_t		held[2][PACKET_MAX];	/* the socket was full */
	size_t		held_len[2];
	uint16_t	ping_seq;
	bool		ping_waits;	/* for the answer to the last one */
	uint64_t	ping_at;	/* when that left, ms of real time */
	uint64_t	answered_at;	/* when the latest answered left */
	uint64_t	answers;
};

/*
 * Opens the sockets gen.lanX and gen.wanX in the working directory, X being the
 * name, to talk to X.lan and X.wan.  Exits with a message if it cannot.
 */
void	firewall_open(struct firewall *, char name);
void	firewall_close(struct firewall *);

/* Whether a packet may be sent now into a side. */
bool	firewall_ready(const struct firewall *, enum side);
/* Sends it now or later.  Exits with a message if nobody is there. */
void	firewall_send(struct firewall *, enum side, const uint8_t *buf,
	    size_t len);
/* The next packet that came out on a side, into buf[PACKET_MAX]; or 0. */
size_t	firewall_receive(struct firewall *, enum side, uint8_t *buf);
/* Sends what was held, and pings if it is time; now: ms of real time. */
void	firewall_run(struct firewall *, uint64_t now);

/* Whether a packet is a ping of ours, or the answer. */
bool	firewall_is_ping(const struct packet *);

#endif /* _DEMO_FIREWALL_H_ */
