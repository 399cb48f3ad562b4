/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IP_CARP_H_
#define _STANDIN_NETINET_IP_CARP_H_

#define CARP_MAXSKEW	240

extern void (*carp_demote_adj_p)(int, char *);

#endif /* _STANDIN_NETINET_IP_CARP_H_ */
