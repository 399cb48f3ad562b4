/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What ifconfig(8) does to a pfsync interface and asks of it, whichever the
 * kernel.
 */

#ifndef _IFCONFIG_APPLY_H_
#define _IFCONFIG_APPLY_H_

#include "ifconfig/verbs.h"

/* The way to a kernel's pfsync interface.  All calls return 0 or an errno. */
struct kernel {
	void		*ctx;
	const char	*ifname;

	/* SIOCGDRVSPEC and SIOCSDRVSPEC: cmd is enum pfsync_drv. */
	int		(*drv_get)(void *ctx, unsigned cmd, void *, size_t);
	int		(*drv_set)(void *ctx, unsigned cmd, const void *,
			    size_t);

	/*
	 * SIOCGETPFSYNC and SIOCSETPFSYNC; NULL where every pfsync has the
	 * above.  Of pfsyncr_defer only PFSYNCF_DEFER counts.
	 */
	int		(*stock_get)(void *ctx, struct pfsyncreq *);
	int		(*stock_set)(void *ctx, const struct pfsyncreq *);
	bool		stock_defers;	/* that one can defer */
};

/*
 * Does to the interface what want says of pfsync, all of it or nothing.  A
 * pfsync that does not know SIOCSDRVSPEC, the system's own, is told by the
 * stock ioctls what these can say.  False, and why.
 */
bool	 kernel_apply(const struct kernel *, const struct want *,
	    struct complaint *);

#endif /* _IFCONFIG_APPLY_H_ */
