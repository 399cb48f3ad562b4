/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How much others may make us do.  Source addresses are forged easily, so each
 * thing has a limit for one source and one for all together.
 *
 * A bucket fills at a steady rate up to a burst; what is asked for is taken out
 * of it.  Pure but for the bucket.
 */

#ifndef _NET_PFSYNC_LIMIT_H_
#define _NET_PFSYNC_LIMIT_H_

#include <stdbool.h>
#include <stdint.h>

enum psync_limit {
	PSYNC_LIMIT_TABLE,	/* whole tables */
	PSYNC_LIMIT_STATE,	/* single states */
	PSYNC_LIMIT_CLEAR,	/* CLR: walks of the table */
	PSYNC_LIMIT_ASK,	/* requests for states that are not here */
	PSYNC_LIMIT_CORRECT,	/* answers to what is stale */
	PSYNC_LIMITS
};

/* All zero: as if it had just been filled. */
struct psync_bucket {
	uint64_t	at;		/* ms; left is of then; 0: full */
	uint32_t	left;		/* in thousandths */
};

struct psync_buckets {
	struct psync_bucket of[PSYNC_LIMITS];
};

/*
 * Takes one out of both; false, and out of neither, if one is empty.  source
 * may be NULL: then that of all alone counts.
 */
bool	psync_limit_take(struct psync_buckets *source,
	    struct psync_buckets *all, enum psync_limit, uint64_t now);

#endif /* _NET_PFSYNC_LIMIT_H_ */
