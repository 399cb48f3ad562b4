/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IP6_H_
#define _STANDIN_NETINET_IP6_H_

#include <netinet/in.h>

#define IPV6_VERSION	0x60

/* The kernel has a union of the flow and the version. */
struct ip6_hdr {
	uint8_t		ip6_vfc;
	uint8_t		ip6_flow[3];
	uint16_t	ip6_plen;
	uint8_t		ip6_nxt;
	uint8_t		ip6_hlim;
	struct in6_addr	ip6_src, ip6_dst;
};

#endif /* _STANDIN_NETINET_IP6_H_ */
