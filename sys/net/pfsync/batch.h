/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a slice has gathered, made into frames: one or more in each dialect that
 * is in use.  Messages wait in one form (below) and are written down in another
 * where a dialect has another.
 *
 *	full states	in the layout that the batch names, of version 5
 *	TDB		52 bytes, as in version 6
 *	all others	as in version 5
 *
 * A pure function over what waits: the link may get stuck between two frames,
 * and then it goes on from there.
 */

#ifndef _NET_PFSYNC_BATCH_H_
#define _NET_PFSYNC_BATCH_H_

#include <stddef.h>

#include "net/pfsync/dialect.h"

/*
 * Kinds of messages that wait, in the order they stand in a frame: deletes
 * first, because a state may be gone whose key a new one has.
 */
enum psync_kind {
	PSYNC_K_DEL_C,
	PSYNC_K_INS,
	PSYNC_K_IACK,
	PSYNC_K_UPD,
	PSYNC_K_UPD_C,
	PSYNC_K_UPD_REQ,
	PSYNC_K_TDB,
	PSYNC_KINDS,
	PSYNC_K_NONE = PSYNC_KINDS	/* the state has no message yet */
};

/* What waits of a kind. */
struct psync_region {
	uint8_t		*buf;		/* room for as many as fit a frame */
	uint16_t	*owner;		/* entry of each slot */
	uint16_t	count;		/* messages */
	uint16_t	size;		/* of one message */
};

struct psync_batch {
	const struct psync_layout *layout;	/* of full states */
	const struct psync_region *region;	/* PSYNC_KINDS of them */
	const uint8_t	*cksum;		/* of the ruleset, for the headers */
	unsigned	budget;		/* most bytes of a frame */
};

/* How far a batch has got.  It begins with kind and slot 0. */
struct psync_progress {
	uint8_t		dialects;	/* set of enum psync_dialect_index that
					   it is still to be said in */
	bool		repeats;	/* some of it is said in version 5 */
	uint8_t		kind;		/* ... of the first of them */
	uint16_t	slot;
};

/* A frame. */
struct psync_made {
	size_t		len;
	uint16_t	count[PSYNC_KINDS];	/* messages by kind */
	unsigned	untold;		/* that the dialect has no words for */
	unsigned	unmapped;	/* values left out */
	const struct psync_dialect *dialect;
};

#define PSYNC_DIALECT_BIT(i)	(1U << (i))
#define PSYNC_DIALECTS_V5	(PSYNC_DIALECT_BIT(PSYNC_D_1500) |	\
	PSYNC_DIALECT_BIT(PSYNC_D_1400) | PSYNC_DIALECT_BIT(PSYNC_D_1301))

/*
 * Writes the next frame, at most budget bytes of it, and moves on.  False if
 * nothing is left in any dialect; made then counts what could not be told.  A
 * budget holds one message of every kind in every dialect.
 */
bool	psync_batch_next(const struct psync_batch *, struct psync_progress *,
	    uint8_t *frame, struct psync_made *);

/* Which message a kind is. */
extern const uint8_t psync_kind_message[PSYNC_KINDS];

/* The layout in which states wait that are told in these dialects. */
const struct psync_layout *psync_batch_layout(unsigned dialects);

#endif /* _NET_PFSYNC_BATCH_H_ */
