/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_IF_CLONE_H_
#define _STANDIN_NET_IF_CLONE_H_

#include <sys/types.h>

struct if_clone;
struct ifnet;

typedef int ifcs_create_t(struct if_clone *, int unit, caddr_t params);
typedef void ifcs_destroy_t(struct ifnet *);

struct if_clone *if_clone_simple(const char *name, ifcs_create_t,
	    ifcs_destroy_t, u_int minifs);
void	if_clone_detach(struct if_clone *);

#endif /* _STANDIN_NET_IF_CLONE_H_ */
