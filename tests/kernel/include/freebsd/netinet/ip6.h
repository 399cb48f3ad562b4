/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IP6_H_
#define _STANDIN_NETINET_IP6_H_

#include <netinet/in.h>

struct ip6_hdr {
	uint32_t	ip6_flow;
	uint16_t	ip6_plen;
	uint8_t		ip6_nxt;
	uint8_t		ip6_hlim;
	struct in6_addr	ip6_src, ip6_dst;
};

#endif /* _STANDIN_NETINET_IP6_H_ */
