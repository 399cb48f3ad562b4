/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IP_H_
#define _STANDIN_NETINET_IP_H_

#include <netinet/in.h>

#define IPVERSION	4
#define IP_DF		0x4000

struct ip {
	uint8_t		ip_hl:4, ip_v:4;
	uint8_t		ip_tos;
	uint16_t	ip_len;
	uint16_t	ip_id;
	uint16_t	ip_off;
	uint8_t		ip_ttl;
	uint8_t		ip_p;
	uint16_t	ip_sum;
	struct in_addr	ip_src, ip_dst;
} __packed;

#endif /* _STANDIN_NETINET_IP_H_ */
