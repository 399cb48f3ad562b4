/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whole-table transfer.  Two roles, independent of each other:
 *
 *  - asking (bulk_ask.c): UPD_REQ 0/0 goes out, BUS START, full updates and BUS
 *    END come back.  CARP stays demoted meanwhile.  A peer that falls silent is
 *    asked again, and given up at last.
 *  - sending (bulk_send.c): a cursor goes over the table; each state goes
 *    through its slice as a full update, so that nothing it does meanwhile is
 *    overtaken.
 *
 * Progress is a START, and full updates from a peer between its START and its
 * END.  Others do not count: a peer answers single requests with full updates,
 * whether or not it will ever send its table.  As all of it can be forged,
 * PSYNC_BULK_LONGEST is the end in any case.
 *
 * Whoever asks in mid-transfer joins it where it is: the cursor goes round, and
 * ends where the last has joined.  Requests, START and END name no requester,
 * and all hear all.
 *
 * So each round has a number, in a byte that other kernels send at random and
 * do not look at.  START says that all of the table comes from here to the END
 * of this round, and END that of a round and all before it.  Hence an END is
 * one's own if a START of its round, or of an earlier one, has come since the
 * request, whoever it was for, whether the request itself was obeyed, refused
 * or lost.  A START of no round promises nothing but life.
 *
 * Other kernels know only the age that END tells of the transfer: who asked
 * after that passes over it, and waits for the next one.  As ages are in whole
 * seconds, the END of a round that others have joined within PSYNC_BULK_BLUR
 * tells so much more that all pass over it: that of the others is for all of
 * them.  Who asks is never refused while a transfer is under way, or it would
 * take an END for its own: instead those who have joined wait for the limit.
 */

#ifndef _NET_PFSYNC_BULK_H_
#define _NET_PFSYNC_BULK_H_

#include "net/pfsync/pfsync.h"

#define PSYNC_BULK_TRIES	12
#define PSYNC_BULK_SILENCE	2000	/* ms without progress: ask again */
#define PSYNC_BULK_DEMOTION	240	/* as net.pfsync.carp_demotion_factor */

/*
 * However much comes.  OpenBSD, the slowest, sends 900,000 states in that time.
 */
#define PSYNC_BULK_LONGEST	3600000	/* ms */

/*
 * If this host dropped some of it, it is asked for again, so often; and also if
 * that is noticed so long after it has ended.
 */
#define PSYNC_BULK_AGAIN	3
#define PSYNC_BULK_FRESH	2000	/* ms */

/* A peer that has been asked so often and never began has nothing to say. */
#define PSYNC_BULK_CHANCES	2

#define PSYNC_BULK_BLUR		2000	/* ms; see above */

/*
 * So many may join at once, and then those who do within this together.  And
 * those who have joined wait so long until the limit is looked at again.
 */
#define PSYNC_BULK_MEMBERS	PFSYNC_PEERS_MAX
#define PSYNC_BULK_JOIN		500	/* ms */
#define PSYNC_BULK_HELD		100	/* ms */

#define PSYNC_PACE_BURST	16	/* ms that a late timer makes up for */
#define PSYNC_BULK_DONE		32

/*
 * So many states in a second that a peer updates and we do not have: we have
 * missed more than single requests make good.  And whoever is first heard once
 * nothing is asked for any more may have what we never heard of.  Both no
 * oftener than once a minute.
 */
#define PSYNC_BULK_UNKNOWN	200
#define PSYNC_BULK_LOSS		60000	/* ms */

/* A peer first heard while we ask is asked at once, not in two seconds. */
#define PSYNC_BULK_NEWCOMER	200	/* ms since the last request */

enum psync_ask_state {
	PSYNC_ASK_IDLE,		/* nothing wanted */
	PSYNC_ASK_ASKED,	/* UPD_REQ sent */
	PSYNC_ASK_RECEIVING,	/* progress seen */
	PSYNC_ASK_STATES
};

struct psync_ask {			/* all [M] */
	enum psync_ask_state state;
	enum psync_bulk_result result;
	unsigned	tries;
	uint64_t	silent_at;	/* ms; then ask again.  PSYNC_NEVER */
	uint64_t	asked_at;	/* ms; the first try */
	uint64_t	requested_at;	/* ms; the last try */
	uint64_t	states;		/* full updates since then */
	uint64_t	took;		/* ms, once it has ended */
	bool		demoted;
	bool		quiet;		/* for a loss: CARP is left alone */
	bool		later;		/* ask again, quietly, at loss_at */
	bool		missed;		/* some of this try was dropped here */
	unsigned	again;		/* tries because of that */
	unsigned	signs;		/* STARTs and ENDs taken for progress:
					   forged ones do not go on for ever */
	uint64_t	unknown_at;	/* ms; since then, */
	unsigned	unknown;	/* states that were not here */
	uint64_t	loss_at;	/* ms; not for a loss before then */
	uint8_t		from[16];	/* who sent the last of it */
	uint8_t		from_af;	/* PSYNC_AF_*; 0: nobody yet */
};

/* Who shares an END: where the cursor has to come, and since when. */
struct psync_bulk_round {		/* all [M] */
	unsigned	lap;		/* of the cursor over the table */
	struct psync_cursor stop;
	uint8_t		number;		/* never 0 */
	uint8_t		members;	/* that have joined; not above
					   PSYNC_BULK_MEMBERS */
	uint64_t	first_at;	/* ms; when the first of them asked */
	uint64_t	last_at;	/* ms; when the last did */
};

struct psync_bulk_done {
	uint64_t	id;
	uint32_t	creatorid;
};

struct psync_bulk {			/* all [M] */
	bool		sending;
	bool		joined;		/* others have asked meanwhile: next */
	bool		joining;	/* more of them, at next.last_at +
					   PSYNC_BULK_JOIN or with END */
	bool		over;		/* the round; next has to wait */
	bool		missed;		/* a state found no room */
	uint64_t	next_at;	/* ms; PSYNC_NEVER */
	unsigned	visited;	/* states in this step */
	int64_t		states_left;	/* that may be sent, thousandths */
	int64_t		bytes_left;	/* thousandths */
	uint64_t	left_at;	/* ms; when those were reckoned */
	struct psync_bulk_done done[PSYNC_BULK_DONE]; /* of the bucket at the
					   cursor: they found room */
	unsigned	ndone;
	bool		crowded;	/* there are more: by order of ids, */
	struct psync_bulk_done last;	/* up to here; creatorid 0: none yet */
	struct psync_bulk_done chosen[PSYNC_BULK_DONE];	/* next, in order */
	unsigned	nchosen;
	bool		rest;		/* and there are more than those */
	unsigned	lap;
	struct psync_cursor cursor;
	uint8_t		number;		/* of the latest round */
	struct psync_bulk_round now, next;
};

struct psync;
struct psync_node;

/* All with the main lock held. */

/* Asks for the whole table, anew if that is under way. */
void	psync_bulk_ask(struct psync *);

/* Gives up asking, and any demotion. */
void	psync_bulk_give_up(struct psync *);

/* Full updates arrived. */
void	psync_bulk_progress(struct psync *, struct psync_node *from,
	    unsigned states);

/* A BUS message arrived; round is 0 if it tells none. */
void	psync_bulk_status(struct psync *, struct psync_node *from,
	    uint8_t status, uint32_t endtime, uint8_t round);

/* This host has dropped packets unread. */
void	psync_bulk_missed(struct psync *);

/* A peer told of a state that is not here, and it was asked for. */
void	psync_bulk_unknown(struct psync *, uint64_t now);

/* A good packet came from somebody who had not been heard; it is applied. */
void	psync_bulk_newcomer(struct psync *, const struct psync_node *,
	    uint64_t now);

/* Sends the whole table to whoever listens. */
void	psync_bulk_send(struct psync *);

/* The same unless there is none. */
void	psync_bulk_send_any(struct psync *);

/* The same for a peer that has asked for it. */
void	psync_bulk_requested(struct psync *, struct psync_node *, uint64_t now);

/* Is it being sent, and some of it has been? */
bool	psync_bulk_has_begun(const struct psync *);

/* Goes on sending: the link has room again. */
void	psync_bulk_go_on(struct psync *);

/* Gives up sending. */
void	psync_bulk_stop(struct psync *);

/* Each does what is due of its role.  psync_bulk_due() says when that is. */
void	psync_bulk_ask_run(struct psync *, uint64_t now);
void	psync_bulk_send_run(struct psync *, uint64_t now);
uint64_t psync_bulk_due(const struct psync *);

#endif /* _NET_PFSYNC_BULK_H_ */
