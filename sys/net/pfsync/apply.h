/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What each kind of message does to the state table: one row of a const table.
 */

#ifndef _NET_PFSYNC_APPLY_H_
#define _NET_PFSYNC_APPLY_H_

#include "net/pfsync/engine.h"
#include "net/pfsync/wire.h"

/* One packet on its way through.  All with the main lock held. */
struct psync_input {
	struct psync	*sc;
	struct psync_node *from;
	uint64_t	now;		/* ms */
	bool		same_rules;	/* the sender has our ruleset */
	struct psync_group g;		/* the messages at hand */
};

/* How messages are checked, if by no layout, and those of in->g applied. */
struct psync_handler {
	bool		(*check)(const struct psync_group *,
			    const uint8_t *message);
	void		(*apply)(struct psync_input *, const uint8_t *messages,
			    unsigned count);
};

extern const struct psync_handler psync_handlers[PSYNC_MESSAGES];

/* Whether its sender may have it done; refused and counted if not. */
bool	psync_allowed(struct psync_input *, enum psync_limit);

#endif /* _NET_PFSYNC_APPLY_H_ */
