/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The name-value lists of SIOCSETPFSYNCNV and SIOCGETPFSYNCNV:
 *
 *	syncdev		string; none: no syncdev
 *	syncpeer	list; none, or of family 0: the IPv4 group
 *	    af		number
 *	    address	binary: struct sockaddr_in or sockaddr_in6
 *	maxupdates	number
 *	flags		number: PFSYNCF_*
 *	version		number: PFSYNC_FORMAT_*; none: stays as it is
 *
 * Only libnv's interface is used here, which does not survive being asked for a
 * name that is not there or is of another type.
 */

#ifndef _FREEBSD_PFSYNC_NV_H_
#define _FREEBSD_PFSYNC_NV_H_

#include <sys/types.h>
#include <sys/nv.h>

#include "net/if_pfsync.h"

/*
 * What a list asks for, as PFSYNC_DRV_CONFIG would.  Values that need no more
 * than themselves to be wrong are refused.  0 or EINVAL.
 */
int	pfsync_nv_parse(const nvlist_t *, struct pfsync_drv_config *);

/*
 * Adds a configuration, and whether the last bulk update has ended.  A
 * link-local syncpeer gets the zone.  nvlist_error() tells if there was no
 * memory.
 */
void	pfsync_nv_fill(nvlist_t *, const struct pfsync_drv_config *,
	    bool syncok, uint32_t zone);

#endif /* _FREEBSD_PFSYNC_NV_H_ */
