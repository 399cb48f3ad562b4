/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A connection's addresses, as NetBSD's pf and version 3 have them, and as
 * newer pfs and versions do.
 *
 * The old way is three hosts: lan, on this side, as the inner network knows it;
 * gwy, the same after translation; and ext, on the other side.  The new way is
 * two keys: packets on the wire, and packets as the local stack sees them, each
 * with a remote ([0]) and a local ([1]) end.
 *
 *			remote [0]	local [1]
 *	wire		ext		gwy
 *	stack		ext		lan
 *
 * This holds for both directions: translating an outgoing connection's source
 * (nat, binat) and an incoming one's destination (rdr, binat) both change the
 * local end.  What changes the remote end, or the family, has no place in three
 * hosts.
 */

#ifndef _NET_PFSYNC_KEYMAP_H_
#define _NET_PFSYNC_KEYMAP_H_

#include "net/if_pfsync.h"
#include "net/pfsync/state.h"

struct psync_host {
	uint8_t		addr[16];	/* IPv4 in the first 4 bytes */
	uint16_t	port;		/* network order */
};

struct psync_hosts {
	struct psync_host lan;
	struct psync_host gwy;
	struct psync_host ext;
};

/*
 * Fills in the keys, families and protocols of a state.  af is a PSYNC_AF_*.
 * Bytes of an address that its family does not use become 0.
 */
void	psync_hosts_to_keys(const struct psync_hosts *, uint8_t af,
	    uint8_t proto, struct psync_state *);

/*
 * The other way.  PFSYNC_OK, or PFSYNC_R_PROTO if three hosts of one family
 * cannot hold the keys.
 */
enum pfsync_refusal psync_keys_to_hosts(const struct psync_state *,
	    struct psync_hosts *);

#endif /* _NET_PFSYNC_KEYMAP_H_ */
