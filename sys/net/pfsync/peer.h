/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who is out there: the firewalls that good packets came from.
 */

#ifndef _NET_PFSYNC_PEER_H_
#define _NET_PFSYNC_PEER_H_

#include "net/pfsync/limit.h"
#include "net/pfsync/pfsync.h"

#define PSYNC_PEERS_MAX		PFSYNC_PEERS_MAX
#define PSYNC_PEER_ALIVE	10000	/* ms since it was last heard */

/* How far its whole table has come since we asked for it. */
enum psync_node_bulk {
	PSYNC_NODE_SILENT,
	PSYNC_NODE_STARTED,
	PSYNC_NODE_ENDED
};

struct psync_node {			/* all [M] */
	uint8_t		addr[16];
	uint8_t		af;		/* PSYNC_AF_*; 0: unused */
	uint64_t	heard;		/* ms */
	uint64_t	bulk_at;	/* ms; when it last asked for all */
	enum psync_node_bulk bulk;
	uint8_t		round;		/* the earliest whose START has come
					   since we asked; 0: none */
	uint8_t		ended;		/* the latest whose END has */
	uint8_t		asked;		/* times, while it is silent */
	struct psync_buckets limits;	/* what it may ask for */
	uint64_t	told_at;	/* ms; its latest change; 0: none yet */
	uint64_t	packets;
	uint64_t	states;		/* inserts and updates */
	uint64_t	refused;	/* messages of good packets */
	uint64_t	missed;		/* ... of states that are not here */
	uint64_t	bulk_states;	/* full updates since we asked */
	uint8_t		version;	/* of its frames; 0: not heard since
					   pfsync0 came up */
	uint8_t		speaks;		/* PFSYNC_SPEAKS_FORMAT of them */
	uint16_t	format;		/* PFSYNC_FORMAT_* of its last full
					   state; 0: not seen */
};

struct psync_peers {
	struct psync_node node[PSYNC_PEERS_MAX];
};

/*
 * Notes that a good packet came from this address, if it is new and there is no
 * room in place of another.  Never NULL.
 */
struct psync_node *psync_peer_heard(struct psync_peers *,
	    const struct psync_packet *, uint64_t now);

/* It told of so many states. */
static inline void
psync_peer_told(struct psync_node *n, uint64_t now, unsigned states)
{
	n->told_at = now;
	n->states += states;
}

/* A message of a good packet of its was refused. */
void		 psync_peer_refused(struct psync_node *, enum pfsync_refusal);

/* Forgets how each of them speaks. */
void		 psync_peers_unlearn(struct psync_peers *);

/* We want whole tables: none has begun. */
void		 psync_peers_bulk_reset(struct psync_peers *);

/* All have been asked.  Those that had begun do not go on. */
void		 psync_peers_bulk_asked(struct psync_peers *);
void		 psync_peers_bulk_stalled(struct psync_peers *);

/* Is any known that speaks a version and is not of this driver? */
bool		 psync_peers_stock(const struct psync_peers *, uint8_t version);

/* How many have got how far.  But for those that have ended, of the living. */
struct psync_left {
	unsigned	ended;
	unsigned	started;
	unsigned	silent;
	unsigned	unasked;	/* of the silent: not asked yet */
	unsigned	hopeful;	/* asked less than PSYNC_BULK_CHANCES */
};

struct psync_left psync_peers_left(const struct psync_peers *, uint64_t now);

/* Peers heard within PSYNC_PEER_ALIVE. */
unsigned	 psync_peers_alive(const struct psync_peers *, uint64_t now);

/* When the latest change was heard of; 0: never. */
uint64_t	 psync_peers_told_at(const struct psync_peers *);

/* What ifconfig(8) shows of them. */
void		 psync_peers_get(const struct psync_peers *, uint64_t now,
		    struct pfsync_drv_peers *);

#endif /* _NET_PFSYNC_PEER_H_ */
