/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the hosted kernel's ifconfig(8) prints.
 */

#ifndef _IFCONFIG_SHOW_H_
#define _IFCONFIG_SHOW_H_

#include "common/json.h"
#include "ifconfig/status.h"
#include "os/hosted/ctl.h"

struct if_flag {
	unsigned	 bit;
	const char	*name;
};

extern const struct if_flag if_flags[];	/* ends with name NULL */

unsigned if_flags_of(const struct ctl_ifreq *);

/* An interface, on stdout; pfsync is NULL unless it is one. */
void	 show_if(const struct ctl_ifreq *, const struct report *pfsync,
	    bool verbose);

/* The same, all of it, as a member of a list. */
void	 json_if(struct json *, const struct ctl_ifreq *,
	    const struct report *pfsync);

#endif /* _IFCONFIG_SHOW_H_ */
