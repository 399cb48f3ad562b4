/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Counters.  Slices count what they send under their own locks, everything
 * else counts under the main lock; psync_stats() adds them up.
 */

#ifndef _NET_PFSYNC_STATS_H_
#define _NET_PFSYNC_STATS_H_

#include "net/if_pfsync.h"

/* Counts a refusal, and the counter of FreeBSD's that it falls under. */
void	psync_refuse(struct pfsyncxstats *, enum pfsync_refusal);

/* to += from, every counter. */
void	psync_stats_add(struct pfsyncxstats *to,
	    const struct pfsyncxstats *from);

#endif /* _NET_PFSYNC_STATS_H_ */
