/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Answers to what a packet says.  They leave before psync_input() returns.  One
 * that finds no room is lost and counted: whoever asked will ask again.
 */

#ifndef _NET_PFSYNC_ANSWER_H_
#define _NET_PFSYNC_ANSWER_H_

#include "net/pfsync/queue.h"

/* All with the main lock held and no slice locked. */

/* INS_ACK or UPD_REQ: PSYNC_E_ACK, PSYNC_E_ASK. */
void	psync_answer_key(struct psync *, enum psync_event, uint64_t id,
	    uint32_t creatorid);

/* A full update; an update, unless the state is not to be told of. */
void	psync_answer_state(struct psync *, const struct psync_state *);
void	psync_answer_change(struct psync *, const struct psync_change *);

/*
 * As that, and PSYNC_LATER once more: nothing else may happen by which a loss
 * of it would be made good.  All answers till now leave.
 */
void	psync_answer_change_twice(struct psync *, const struct psync_change *);

/* Sends all of them. */
void	psync_answer_flush(struct psync *);

#endif /* _NET_PFSYNC_ANSWER_H_ */
