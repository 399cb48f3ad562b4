/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Changes waiting to be sent.  A slice holds one frame in the making: every
 * hook encodes its message into it at once, and a later change of the same
 * state rewrites that message in place.  No pointer to a state is kept.
 *
 * Invariants, with the slice locked:
 *  - a state (id, creatorid) has at most one message in its slice;
 *  - used is what the frame would take, EOF included, and <= budget;
 *  - entries[region[k].owner[slot]] is the entry of the message in that slot.
 */

#ifndef _NET_PFSYNC_QUEUE_H_
#define _NET_PFSYNC_QUEUE_H_

#include "net/pfsync/batch.h"
#include "net/pfsync/bytes.h"
#include "net/pfsync/pfsync_os.h"

struct psync;

/* What may happen to a state: rows of what is pending decide what follows. */
enum psync_event {
	PSYNC_E_INSERT,		/* pf made it */
	PSYNC_E_CHANGE,		/* pf changed it */
	PSYNC_E_FULL,		/* a peer wants all of it */
	PSYNC_E_DELETE,		/* pf removed it */
	PSYNC_E_ACK,		/* a peer wants to know it is here */
	PSYNC_E_ASK,		/* a peer has it, we do not */
	PSYNC_E_TDB,		/* of a security association, not a state */
	PSYNC_EVENTS
};

/* When a message must leave, at the latest: milliseconds. */
#define PSYNC_AT_ONCE		0
#define PSYNC_SOON		1	/* insert, delete, new TCP state */
#define PSYNC_LATER		100	/* sequence numbers moved on */

/*
 * A firewall that takes over drops a segment that is further ahead than the
 * window it knows of, or an acknowledgement more than 67,035 bytes ahead (pf's
 * MAXACKWINDOW), and then the connection stalls.  So an update leaves at the
 * latest when a sequence number has moved on by half a window, or by this.
 */
#define PSYNC_LEEWAY	32768
#define PSYNC_SEGMENT	1460

/* A frame that could not be sent is tried again after so long, doubling. */
#define PSYNC_RETRY_MIN		1
#define PSYNC_RETRY_MAX		64

#define PSYNC_NO_ENTRY		0

struct psync_entry {		/* all [S]: guarded by the slice's lock */
	uint64_t	id;
	uint32_t	creatorid;
	uint16_t	next;		/* in its hash chain, or free list */
	uint16_t	slot;		/* in the region of its kind */
	uint8_t		kind;		/* enum psync_kind */
	uint8_t		updates;	/* collapsed into the message */
	uint32_t	limit[2];	/* UPD_C: how far src's and dst's seqlo
					   may move on */
};

/*
 * What is on its way: some frames of it were sent when the link got stuck.
 * Nothing of it changes any more.
 */
struct psync_leaving {		/* all [S] */
	const struct psync_layout *layout;
	struct psync_region region[PSYNC_KINDS];	/* no owners */
	struct psync_progress at;	/* no dialects: there is nothing */
};

/* How long messages waited. */
struct psync_lag {			/* all [S] */
	uint64_t	since;		/* ms; when the frame's first came; 0 */
	uint64_t	sent_at;	/* ms; of the last frame that waited */
	uint64_t	last;		/* ms its first waited */
	uint64_t	max;		/* ms; the most */
};

struct psync_slice {
	struct psync	*sc;		/* [I] */
	const struct psync_layout *layout; /* [S] of full states that wait */
	uint8_t		 dialects;	/* [S] set of what is spoken */
	uint8_t		*mem;		/* [S] what the next three point into */
	size_t		 memlen;	/* [S] */
	uint8_t		*frame;		/* [S] where frames are put together */
	uint16_t	*chain;		/* [S] hash heads */
	struct psync_entry *entries;	/* [S] entry 0 is "none" */
	struct psync_region region[PSYNC_KINDS];	/* [S] */
	struct psync_leaving leaving;	/* [S] */
	uint64_t	 deadline;	/* [S] of the frame; PSYNC_NEVER */
	uint64_t	 retry_at;	/* [S] the link is stuck until then */
	uint64_t	 lost_at;	/* [S] ms; a change found no room, and
					   is made good then.  PSYNC_NEVER */
	bool		 lost_again;	/* [S] of what made it good */
	uint32_t	 used;		/* [S] bytes of the frame */
	uint32_t	 retry_ms;	/* [S] how long the next wait will be */
	uint32_t	 budget;	/* [S] most bytes of a frame */
	uint32_t	 mask;		/* [S] hash heads - 1 */
	uint16_t	 nentries;	/* [S] handed out, 0 included */
	uint16_t	 free;		/* [S] list of returned entries */
	uint16_t	 max;		/* [S] entries, 0 included */
	uint16_t	 number;	/* [I] */
	uint8_t		 maxupd;	/* [S] updates collapsed into one */
	bool		 active;	/* [S] messages are taken */
	bool		 now;		/* [S] an answer is pending */
	struct psync_lag lag;		/* [S] */
	struct pfsyncxstats stats;	/* [S] */
};

/*
 * Makes an empty slice for frames of at most budget bytes, inactive.  False
 * without memory.  May sleep.
 */
bool	psync_slice_init(struct psync_slice *, struct psync *,
	    unsigned number, unsigned dialects, unsigned budget);
void	psync_slice_fini(struct psync_slice *);

/*
 * Speaks these dialects from the next frame on, what waits for it included.
 * Locked.
 */
void	psync_slice_speak(struct psync_slice *, unsigned dialects);

/* Forgets what is pending.  Locked. */
void	psync_slice_reset(struct psync_slice *);

/* Ids are counters, big endian; the middle of the product depends on all. */
static inline uint32_t
psync_hash(uint64_t id)
{
	return ((uint32_t)((PSYNC_BE64(id) * 0x9e3779b97f4a7c15ULL) >> 32));
}


/* The entry of a state, by the hash of its id. */
static inline uint16_t
psync_entry_find(const struct psync_slice *s, uint32_t hash, uint64_t id,
    uint32_t creatorid)
{
	uint16_t e = s->chain[hash & s->mask];

	while (e != PSYNC_NO_ENTRY && (s->entries[e].id != id ||
	    s->entries[e].creatorid != creatorid))
		e = s->entries[e].next;
	return (e);
}

/*
 * Queue a message.  The slice is locked.  Each returns false if there was no
 * room: the frame is full and the link stuck.
 */
bool	psync_queue_state(struct psync_slice *, enum psync_event,
	    const struct psync_state *);
bool	psync_queue_change(struct psync_slice *, const struct psync_change *);
bool	psync_queue_key(struct psync_slice *, enum psync_event, uint64_t id,
	    uint32_t creatorid);
bool	psync_queue_tdb(struct psync_slice *, uint64_t id,
	    const struct psync_tdb *);

/*
 * The compressed update that is pending for a state, to be patched in place and
 * then counted by psync_queue_coalesced(); NULL if there is none.
 */
static inline uint8_t *
psync_queue_pending(struct psync_slice *s, uint32_t hash,
    const struct psync_change *c, struct psync_entry **entry)
{
	uint16_t e = psync_entry_find(s, hash, c->id, c->creatorid);

	*entry = &s->entries[e];
	if (e == PSYNC_NO_ENTRY || (*entry)->kind != PSYNC_K_UPD_C)
		return (NULL);
	return (s->region[PSYNC_K_UPD_C].buf +
	    (size_t)(*entry)->slot * PSYNC_UPD_C_LEN);
}

/*
 * As psync_queue_key() for PSYNC_E_DELETE, but never for want of room while
 * anything but deletes is pending: that a state has changed can be told again,
 * that it is gone cannot.
 */
bool	psync_queue_delete(struct psync_slice *, uint64_t id,
	    uint32_t creatorid);

/*
 * A peer removed a state, or all of a creator's on ifname ("": anywhere): what
 * is pending for them must not bring them back.  Locked.
 */
void	psync_queue_forget(struct psync_slice *, uint64_t id,
	    uint32_t creatorid);
void	psync_queue_forget_all(struct psync_slice *, uint32_t creatorid,
	    const char *ifname);

/*
 * Makes the insert that is pending for a state ask for INS_ACK, and says what
 * is in it.  False if none is pending.  Locked.
 */
bool	psync_queue_want_ack(struct psync_slice *, uint64_t id,
	    uint32_t creatorid, struct psync_state *);

/* The frame must leave within ms (PSYNC_AT_ONCE and so on).  Locked. */
void	psync_slice_urge(struct psync_slice *, unsigned ms);

/*
 * Has a state moved on so far that its pending update, which it is about to
 * join, must leave?
 */
static inline bool
psync_queue_strayed(const struct psync_entry *entry,
    const struct psync_change *c)
{
	return ((int32_t)(c->src->seqlo - entry->limit[0]) > 0 ||
	    (int32_t)(c->dst->seqlo - entry->limit[1]) > 0);
}

/*
 * A change will never be told of: the whole table is to be sent, as soon as the
 * link is not stuck.  Locked.
 */
void	psync_slice_lose(struct psync_slice *);

/* Another update is in a message that was pending.  Locked. */
static inline void
psync_queue_coalesced(struct psync_slice *s, struct psync_entry *entry,
    bool strayed)
{
	s->stats.coalesced++;
	if (++entry->updates >= s->maxupd || strayed)
		psync_slice_urge(s, PSYNC_AT_ONCE);
}

/*
 * Sends what is pending, unless the link is stuck.  Locked.  True if nothing is
 * left.
 */
bool	psync_slice_flush(struct psync_slice *);

#endif /* _NET_PFSYNC_QUEUE_H_ */
