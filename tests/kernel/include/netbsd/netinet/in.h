/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IN_H_
#define _STANDIN_NETINET_IN_H_

#include <sys/types.h>
#include <sys/socket.h>

typedef uint32_t in_addr_t;

struct in_addr {
	in_addr_t	s_addr;
};
struct in6_addr {
	uint8_t		s6_addr[16];
};

#define IPPROTO_PFSYNC	240
#define __IPADDR(x)	((uint32_t)__builtin_bswap32((uint32_t)(x)))
/* Network order, in the kernel. */
#define IN_MULTICAST(i)	(((i) & __IPADDR(0xf0000000)) == __IPADDR(0xe0000000))
#define IN6_IS_ADDR_MULTICAST(a)	((a)->s6_addr[0] == 0xff)

#endif /* _STANDIN_NETINET_IN_H_ */
