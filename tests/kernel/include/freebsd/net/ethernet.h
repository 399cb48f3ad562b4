/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_ETHERNET_H_
#define _STANDIN_NET_ETHERNET_H_

#define ETHERMTU	1500

#endif /* _STANDIN_NET_ETHERNET_H_ */
