/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A connection's addresses, as NetBSD's pf has them and as peers do.  Pure: no
 * kernel header, so that it is tested in user space.
 *
 * NetBSD's pf knows three hosts of a connection: lan, on this side, as the
 * inner network knows it; gwy, the same after translation; and ext, on the
 * other side.  Peers know two keys: packets on the wire, and packets as the
 * local stack sees them, each with a remote ([0]) and a local ([1]) end.
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

#ifndef _NETBSD_KEYMAP_H_
#define _NETBSD_KEYMAP_H_

#include "net/if_pfsync.h"
#include "net/pfsync/state.h"

struct keymap_host {
	uint8_t		addr[16];	/* IPv4 in the first 4 bytes */
	uint16_t	port;		/* network order */
};

struct keymap {
	struct keymap_host lan;
	struct keymap_host gwy;
	struct keymap_host ext;
};

/*
 * Fills in the keys, families and protocols of a state.  af is a PSYNC_AF_*.
 * Bytes of an address that its family does not use become 0.
 */
void	keymap_export(const struct keymap *, uint8_t af, uint8_t proto,
	    struct psync_state *);

/*
 * The other way.  PFSYNC_OK, or PFSYNC_R_PROTO if three hosts of one family
 * cannot hold the keys.
 */
enum pfsync_refusal keymap_import(const struct psync_state *, struct keymap *);

#endif /* _NETBSD_KEYMAP_H_ */
