/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Newer or stale?  Two firewalls each have a view of a connection; this joins
 * them, one peer of the connection at a time.  Pure functions.
 *
 * What a peer has done only grows: its state advances, seqlo (sent) and seqhi
 * (allowed to be sent) advance, max_win grows.  Taking the greater of each is
 * commutative, associative and idempotent, so that firewalls which exchange
 * views in any order end up with the same one, and no window ever goes back.
 */

#ifndef _NET_PFSYNC_MERGE_H_
#define _NET_PFSYNC_MERGE_H_

#include "net/pfsync/state.h"

enum psync_verdict {
	PSYNC_EQUAL,	/* nothing to do */
	PSYNC_TAKE,	/* the remote view is newer in all it differs in */
	PSYNC_KEEP,	/* the remote view is stale: say so to the sender */
	PSYNC_JOIN	/* each is newer in something: do both */
};

/*
 * Joins the local and remote view of one side of a connection of IP protocol
 * proto into *out (which may be local itself).  Both must have legal states.
 */
enum psync_verdict psync_merge(const struct psync_peer *local,
    const struct psync_peer *remote, uint8_t proto, struct psync_peer *out);

/*
 * The timeout that a TCP connection with peers in these states has, as pf
 * chooses it.  Enum psync_timeout.
 */
uint8_t	psync_tcp_timeout(uint8_t src, uint8_t dst);

/*
 * a - b on the circle of sequence numbers.  Opposite points of it are each
 * ahead of the other; then the greater number is, so that both firewalls think
 * the same.
 */
static inline int32_t
psync_seq_cmp(uint32_t a, uint32_t b)
{
	if (a - b == 0x80000000U)
		return (a > b ? 1 : -1);
	return ((int32_t)(a - b));
}

#endif /* _NET_PFSYNC_MERGE_H_ */
