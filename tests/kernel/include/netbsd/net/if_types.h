/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_IF_TYPES_H_
#define _STANDIN_NET_IF_TYPES_H_

#define IFT_PFSYNC	0xf6

#endif /* _STANDIN_NET_IF_TYPES_H_ */
