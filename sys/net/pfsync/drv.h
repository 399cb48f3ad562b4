/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What SIOCGDRVSPEC and SIOCSDRVSPEC ask of pfsync0 (enum pfsync_drv), for all
 * kernels.  The glue checks who asks, copies in and out, and asks the engine:
 *
 *	get			psync_drv_get()
 *	set, CONFIG		psync_drv_config(), which says what the
 *				configuration is to be; the glue looks for the
 *				syncdev, tells psync_configure(), and then
 *				psync_resync() for PFSYNC_CONFIG_RESYNC
 *	set, anything else	psync_drv_set()
 */

#ifndef _NET_PFSYNC_DRV_H_
#define _NET_PFSYNC_DRV_H_

#include "net/pfsync/pfsync.h"

/* The size of a command's structure, which is ifd_len; 0: no such command. */
size_t		 psync_drv_size(unsigned long cmd);

/*
 * Fills in data, of psync_drv_size() bytes, aligned as malloc(9) does.  Takes
 * the main lock.  PSYNC_ERR_COMMAND, or PSYNC_ERR_VALUE for another size.
 */
enum psync_error psync_drv_get(struct psync *, unsigned long cmd, void *data,
		    size_t len);

/*
 * The same for what is set, without PFSYNC_DRV_CONFIG.  Also PSYNC_ERR_VALUE
 * for a value that cannot be; then nothing has changed.
 */
enum psync_error psync_drv_set(struct psync *, unsigned long cmd,
		    const void *data, size_t len);

/*
 * What becomes of a configuration by PFSYNC_DRV_CONFIG: want is now with what
 * req sets, or, on an error, undefined.  Bounds that need a format or an
 * interface are left to psync_configure() and the glue.  want->syncdev is a
 * legal name and the rest of it zero.  Pure.
 */
enum psync_error psync_drv_config(const struct pfsync_drv_config *req,
		    const struct psync_config *now, struct psync_config *want);

/*
 * The mtu of pfsync0: that of its syncdev (0: there is none), or what was asked
 * for (0: nothing) if that is less.  Pure.
 */
uint16_t	 psync_drv_mtu(unsigned want, unsigned syncdev);

#endif /* _NET_PFSYNC_DRV_H_ */
