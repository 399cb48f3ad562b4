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
 * Of a TCP connection whose first segment went by here: has dst sent more than
 * its SYN although nobody knows of an acknowledgement of that?  Then some went
 * by here before this was told what they acknowledge.  pf passes them and takes
 * them for acknowledgements of 0; whoever hears dst and not src would drop what
 * is outside dst's first window, each time that it is sent again.
 *
 * local and remote are the two views of dst, out is what they were joined to
 * and src the joined view of the other end.  If they differ dst has sent, and
 * could have sent up to seqhi.  That may have been acknowledged; so out is
 * ESTABLISHED and may send a window of src's more.  This happens once.  If dst
 * is only now heard of, out may send a window more than it has, as pf has it
 * with the first segment of an end; but nothing proves an acknowledgement.
 * True if that has changed out: the peers must be told.
 */
bool psync_merge_unacked(const struct psync_peer *local,
    const struct psync_peer *remote, const struct psync_peer *src,
    struct psync_peer *out);

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
