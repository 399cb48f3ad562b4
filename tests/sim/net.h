/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The wires of a simulation.  em1 of every firewall is on one segment, where
 * packets of pfsync are lost, delayed, reordered and doubled, and which can be
 * parted.  em0 and em2 lead to the clients and servers, where only packets of
 * the firewalls' users are lost.
 */

#ifndef _SIM_NET_H_
#define _SIM_NET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/hosted/link.h"
#include "tests/sim/rng.h"

struct sim;
struct sim_host;

struct sim_net {
	struct rng	rng;
	unsigned	loss;		/* permille, of each receiver's copy */
	unsigned	dup;		/* permille */
	unsigned	jitter_us;	/* delay differs by up to this: above
					   the time between packets it
					   reorders them */
	unsigned	delay_us;
	unsigned	lan_delay_us;	/* of em0 and em2 */
	unsigned	lan_loss;	/* permille */
	unsigned	parted;		/* these hosts (bits) and the others do
					   not hear each other */
	uint64_t	sent;		/* packets of pfsync */
	uint64_t	lost;
	/* Loses what this says; may be NULL. */
	bool		(*drop)(void *arg, unsigned from, unsigned to,
			    const uint8_t *frame, size_t len);
	void		*drop_arg;
};

enum { EM_CLIENTS, EM_SYNC, EM_SERVERS, EMS };

struct sim_slot {
	uint8_t		*pkt;
	size_t		len;
};

#define SIM_RING	512	/* packets an interface holds */

/* An interface's end of a wire. */
struct sim_port {
	struct link	link;
	struct sim_host	*host;
	unsigned	em;
	struct sim_slot	ring[SIM_RING];	/* arrived */
	unsigned	head;
	unsigned	count;
	bool		open;
	bool		carrier;
	struct {			/* groups that are joined */
		uint8_t		af;	/* PSYNC_AF_*; 0: none */
		uint8_t		addr[16];
	} group[2];
	unsigned	frames;		/* offered to send so far */
	unsigned	fail_at;	/* this one of them fails; 0: none */
	unsigned	failing;	/* so many more of them fail */
	int		error;		/* ... with this */
};

/* Plugs in a port of a host, that its hosted kernel can own. */
void	sim_port_open(struct sim_port *, struct sim_host *, unsigned em,
	    unsigned mtu);

/* A packet arrives; a full ring drops it. */
void	sim_port_arrive(struct sim_port *, const uint8_t *pkt, size_t len);

#endif /* _SIM_NET_H_ */
