/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interfaces that the peers call otherwise.  Names on the wire are the
 * sender's: whoever receives knows what it calls them.
 */

#ifndef _NET_PFSYNC_IFMAP_H_
#define _NET_PFSYNC_IFMAP_H_

#include <stdbool.h>

#include "net/pfsync/state.h"

/*
 * Is it a map?  Each name is legal, and no remote name leads to two local
 * ones.  Two remote names may lead to the same.
 */
bool	 psync_ifmap_ok(const struct pfsync_drv_ifmap *);

/*
 * Puts the local name in the place of a remote one, if the map has it.  The
 * rest of the field becomes zero.
 */
void	 psync_ifmap_name(const struct pfsync_drv_ifmap *,
	    char name[PSYNC_IFNAMSIZ]);

/* The same for every name in a received state. */
void	 psync_ifmap_state(const struct pfsync_drv_ifmap *,
	    struct psync_state *);

#endif /* _NET_PFSYNC_IFMAP_H_ */
