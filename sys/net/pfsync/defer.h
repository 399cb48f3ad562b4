/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The first packet of a new connection waits until a peer has the state: the
 * answer may come by way of that peer.  The insert leaves at once and asks for
 * INS_ACK; it is sent again while there is no answer, and when the packet has
 * waited long enough it goes on regardless.
 *
 * A forwarded packet makes two states, one on its way in and one on its way
 * out, and its answer needs both.  pf asks only on the way out; the other
 * state, its mate, is known by the addresses that both have on the inside.
 *
 * Held packets are opaque: the kernel sends or drops them (os->defer_send,
 * os->defer_drop), each of them exactly once.
 *
 * Invariants, with the slice locked: a record is free, held or leaving, in
 * exactly one of these lists; held is oldest first.  Leaving ones wait only for
 * a moment without locks.  A record is in the slice of its state; that of a
 * mate has no packet, but the id of the state that has.
 */

#ifndef _NET_PFSYNC_DEFER_H_
#define _NET_PFSYNC_DEFER_H_

#include "net/pfsync/queue.h"

#define PSYNC_DEFER_HELD	256	/* packets that a slice holds */
#define PSYNC_DEFER_LEAVING	64	/* and more that are on their way */
#define PSYNC_DEFER_RESENDS	3	/* times an insert is sent again */

/*
 * So many packets that nobody answered for, and not a word from any peer since:
 * nobody is there, and nothing is held until somebody is heard again.
 */
#define PSYNC_DEFER_PATIENCE	8

/* What a record waits for. */
#define PSYNC_DEFER_OWN		0x1	/* INS_ACK of its own state */
#define PSYNC_DEFER_MATE	0x2	/* INS_ACK of the mate */

struct psync_deferral {			/* all [S] */
	uint64_t	id;
	uint64_t	mate;		/* id of who waits for this one */
	uint64_t	since;		/* ms */
	void		*pkt;		/* the kernel's; NULL: a mate */
	uint32_t	creatorid;	/* of both */
	uint16_t	next;		/* in its list; 0: none */
	uint16_t	prev;
	uint8_t		resent;		/* times */
	uint8_t		waits;		/* PSYNC_DEFER_*; 0: a free record */
};

/*
 * States made on the way in, by the hash of their connection: in the slice of
 * that hash, not of their id.
 */
#define PSYNC_DEFER_RECENT	64
#define PSYNC_DEFER_RECENT_MS	100

struct psync_recent {			/* all [S] */
	uint64_t	id;
	uint64_t	at;		/* ms */
	uint32_t	connection;
	uint32_t	creatorid;	/* 0: none */
};

struct psync_deferrals {		/* all [S], of its slice */
	struct psync_deferral *record;	/* [0] is "none"; or NULL */
	struct psync_recent *recent;	/* or NULL */
	uint64_t	at;		/* ms; something is due.  PSYNC_NEVER */
	uint64_t	resend_at;	/* ms; inserts are sent again */
	uint32_t	heard;		/* what sc->heard was */
	uint16_t	delay;		/* ms a packet is held; 0: none is */
	uint16_t	unanswered;	/* since heard */
	uint16_t	nheld;
	uint16_t	npackets;	/* of those with one */
	uint16_t	free;		/* a list, and two with both ends */
	uint16_t	held, held_last;
	uint16_t	leaving, leaving_last;
};

struct psync;

/* ms until an insert is sent again */
static inline unsigned
psync_defer_interval(const struct psync_deferrals *d)
{
	unsigned ms = d->delay / (PSYNC_DEFER_RESENDS + 1);

	return (ms == 0 ? 1 : ms);
}

/* Memory for every slice, once.  False without.  May sleep; no locks. */
bool	psync_defer_alloc(struct psync *);

/*
 * Puts a delay in force for slice i (0: off).  What is held goes on, unless the
 * delay stays the same; psync_defer_leave() must follow.  Slice locked.
 */
void	psync_defer_set(struct psync *, unsigned i, unsigned delay);

/* pf has made a state, on whatever way.  No slice locked. */
void	psync_defer_made(struct psync *, const struct psync_state *);

/*
 * The id of the state that the packet which made this one has made on its way
 * in; false if there is none.  Found once.  No slice locked.
 */
bool	psync_defer_mate(struct psync *, const struct psync_state *,
	    uint64_t *id);

/* A peer has the state.  psync_defer_leave() must follow.  Main lock held. */
void	psync_defer_acked(struct psync *, uint64_t id, uint32_t creatorid);

/*
 * A peer removed the state: its packet is dropped.  Main lock held at most, or
 * the state.
 */
void	psync_defer_forget(struct psync *, uint64_t id, uint32_t creatorid);

/* The same for all of creatorid whose states are not there any more. */
void	psync_defer_sweep(struct psync *, uint32_t creatorid);

/* Does what is due for slice i, and sets its timer.  No locks held. */
void	psync_defer_run(struct psync *, unsigned i);

/* Sends again what is due in slice i, and says when that is next.  No locks. */
void	psync_defer_resend(struct psync *, unsigned i, uint64_t now);

/* Sends on what is leaving.  No locks held. */
void	psync_defer_leave(struct psync *);

/* Drops all, and frees the memory.  No locks, and nobody else is there. */
void	psync_defer_fini(struct psync *);

#endif /* _NET_PFSYNC_DEFER_H_ */
