/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_PFIL_H_
#define _STANDIN_NET_PFIL_H_

#include <net/if.h>

#define PFIL_IN			0x00000001
#define PFIL_OUT		0x00000002
#define PFIL_IFADDR		0x00000008
#define PFIL_IFNET		0x00000010
#define PFIL_IFNET_ATTACH	0
#define PFIL_IFNET_DETACH	1

typedef int (*pfil_func_t)(void *, struct mbuf **, struct ifnet *, int);

int	pfil_add_hook(pfil_func_t, void *, int flags, pfil_head_t *);
int	pfil_remove_hook(pfil_func_t, void *, int flags, pfil_head_t *);

#endif /* _STANDIN_NET_PFIL_H_ */
