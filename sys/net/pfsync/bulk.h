/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whole-table transfer.  Two roles, independent of each other:
 *
 *  - asking: UPD_REQ 0/0 goes out, BUS START, full updates and BUS END come
 *    back.  CARP stays demoted meanwhile.  A peer that falls silent is asked
 *    again, and given up at last.
 *  - sending: a cursor goes over the table; each state goes through its slice
 *    as a full update, so that nothing it does meanwhile is overtaken.
 */

#ifndef _NET_PFSYNC_BULK_H_
#define _NET_PFSYNC_BULK_H_

#include "net/pfsync/pfsync.h"

#define PSYNC_BULK_TRIES	12
#define PSYNC_BULK_SILENCE	2000	/* ms without progress: ask again */
#define PSYNC_BULK_DEMOTION	240	/* as net.pfsync.carp_demotion_factor */

#define PSYNC_PACE_BURST	16	/* ms that a late timer makes up for */
#define PSYNC_BULK_DONE		32

/*
 * So many states in a second that a peer updates and we do not have: we have
 * missed more than single requests make good.  No oftener than once a minute.
 */
#define PSYNC_BULK_UNKNOWN	200
#define PSYNC_BULK_LOSS		60000	/* ms */

/* A peer first heard while we ask is asked at once, not in two seconds. */
#define PSYNC_BULK_NEWCOMER	200	/* ms since the last request */

enum psync_ask_state {
	PSYNC_ASK_IDLE,		/* nothing wanted */
	PSYNC_ASK_ASKED,	/* UPD_REQ sent */
	PSYNC_ASK_RECEIVING,	/* START or first progress seen */
	PSYNC_ASK_STATES
};

struct psync_bulk {			/* all [M] */
	/* asking */
	enum psync_ask_state ask;
	enum psync_bulk_result result;
	unsigned	tries;
	uint64_t	silent_at;	/* ms; then ask again.  PSYNC_NEVER */
	uint64_t	asked_at;	/* ms; the first try */
	uint64_t	states;		/* full updates since then */
	uint64_t	took;		/* ms, once it has ended */
	bool		demoted;
	bool		quiet;		/* for a loss: CARP is left alone */
	unsigned	signs;		/* STARTs and ENDs taken for progress:
					   forged ones do not go on for ever */
	uint64_t	requested_at;	/* ms; the last try */
	uint64_t	unknown_at;	/* ms; since then, */
	unsigned	unknown;	/* states that were not here */
	uint64_t	loss_at;	/* ms; not for a loss before then */
	uint8_t		from[16];	/* who sent the last of it */
	uint8_t		from_af;	/* PSYNC_AF_*; 0: nobody yet */

	/* sending */
	bool		sending;
	bool		again;		/* asked for once more meanwhile */
	bool		missed;		/* a state found no room */
	uint64_t	next_at;	/* ms; PSYNC_NEVER */
	uint64_t	began_at;	/* ms */
	unsigned	visited;	/* states in this step */
	int64_t		states_left;	/* that may be sent, thousandths */
	int64_t		bytes_left;	/* thousandths */
	uint64_t	left_at;	/* ms; when those were reckoned */
	uint64_t	done[PSYNC_BULK_DONE];	/* ids of the bucket at the
					   cursor that found room */
	unsigned	ndone;
	struct psync_cursor cursor;
};

struct psync;
struct psync_node;

/* All with the main lock held. */

/* Asks for the whole table, anew if that is under way. */
void	psync_bulk_ask(struct psync *);

/* Gives up sending; if asking too, that as well, and any demotion. */
void	psync_bulk_stop(struct psync *, bool asking_too);

/* Full updates arrived: the peer is alive. */
void	psync_bulk_progress(struct psync *, struct psync_node *from,
	    unsigned states);

/* A BUS message arrived. */
void	psync_bulk_status(struct psync *, struct psync_node *from,
	    uint8_t status, uint32_t endtime);

/* A peer told of a state that is not here, and it was asked for. */
void	psync_bulk_unknown(struct psync *, uint64_t now);

/* A good packet came from somebody who was not known. */
void	psync_bulk_newcomer(struct psync *, uint64_t now);

/* Sends the whole table to whoever listens. */
void	psync_bulk_send(struct psync *);

/* Goes on sending: the link has room again. */
void	psync_bulk_go_on(struct psync *);

/* Does what is due.  psync_bulk_due() says when that is next. */
void	psync_bulk_run(struct psync *, uint64_t now);
uint64_t psync_bulk_due(const struct psync *);

#endif /* _NET_PFSYNC_BULK_H_ */
