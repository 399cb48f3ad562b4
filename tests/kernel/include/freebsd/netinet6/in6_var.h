/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET6_IN6_VAR_H_
#define _STANDIN_NETINET6_IN6_VAR_H_

#include <net/if_var.h>
#include <netinet/in.h>

struct in6_mfilter;
struct in6_multi;

int	in6_joingroup(struct ifnet *, const struct in6_addr *,
	    struct in6_mfilter *, struct in6_multi **, int delay);
int	in6_leavegroup(struct in6_multi *, struct in6_mfilter *);

#endif /* _STANDIN_NETINET6_IN6_VAR_H_ */
