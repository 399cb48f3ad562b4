/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IN_VAR_H_
#define _STANDIN_NETINET_IN_VAR_H_

#include <net/if_var.h>
#include <netinet/in.h>

struct in_multi {
	struct in_addr	inm_addr;
};
struct in_mfilter;

#define IN_MULTI_LIST_LOCK()	standin_in_multi_list_lock()
#define IN_MULTI_LIST_UNLOCK()	standin_in_multi_list_unlock()
void	standin_in_multi_list_lock(void);
void	standin_in_multi_list_unlock(void);

struct in_multi *inm_lookup(struct ifnet *, const struct in_addr);
int	in_joingroup(struct ifnet *, const struct in_addr *,
	    struct in_mfilter *, struct in_multi **);
int	in_leavegroup(struct in_multi *, struct in_mfilter *);

#endif /* _STANDIN_NETINET_IN_VAR_H_ */
