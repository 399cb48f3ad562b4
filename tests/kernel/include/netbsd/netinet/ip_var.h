/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IP_VAR_H_
#define _STANDIN_NETINET_IP_VAR_H_

#include <sys/mbuf.h>
#include <netinet/in.h>

struct route;
struct socket;
typedef struct ip_id_state ip_id_state_t;

struct ip_moptions {
	if_index_t	imo_multicast_if_index;
	struct in_addr	imo_multicast_addr;
	u_int8_t	imo_multicast_ttl;
	u_int8_t	imo_multicast_loop;
};

#define IP_FORWARDING	0x1
#define IP_RAWOUTPUT	0x2

extern ip_id_state_t *ip_ids;

uint16_t ip_randomid(ip_id_state_t *, uint16_t salt);
int	ip_output(struct mbuf *, struct mbuf *opt, struct route *, int flags,
	    struct ip_moptions *, struct socket *);

#endif /* _STANDIN_NETINET_IP_VAR_H_ */
