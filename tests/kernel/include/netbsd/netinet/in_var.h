/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IN_VAR_H_
#define _STANDIN_NETINET_IN_VAR_H_

#include <net/if.h>
#include <net/pktqueue.h>
#include <netinet/in.h>

struct in_multi {
	struct in_addr	inm_addr;
};

extern pktqueue_t *ip_pktq;

struct in_multi *in_addmulti(struct in_addr *, struct ifnet *);
void	in_delmulti(struct in_multi *);

#endif /* _STANDIN_NETINET_IN_VAR_H_ */
