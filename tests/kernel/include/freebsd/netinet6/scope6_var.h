/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET6_SCOPE6_VAR_H_
#define _STANDIN_NETINET6_SCOPE6_VAR_H_

#include <netinet/in.h>

struct ifnet;

int	in6_setscope(struct in6_addr *, struct ifnet *, uint32_t *zone);
int	in6_clearscope(struct in6_addr *);

#endif /* _STANDIN_NETINET6_SCOPE6_VAR_H_ */
