/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_ROUTE_H_
#define _STANDIN_NET_ROUTE_H_

#include <net/vnet.h>

VNET_DECLARE(uint32_t, _rt_numfibs);
#define rt_numfibs	VNET(_rt_numfibs)

#endif /* _STANDIN_NET_ROUTE_H_ */
