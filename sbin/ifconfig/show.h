/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What ifconfig(8) prints.
 */

#ifndef _IFCONFIG_SHOW_H_
#define _IFCONFIG_SHOW_H_

#include "os/hosted/ctl.h"

/* An interface, on stdout; pfsync is NULL unless it is one. */
void	show_if(const struct ctl_ifreq *,
	    const struct pfsync_drv_status *pfsync);

#endif /* _IFCONFIG_SHOW_H_ */
