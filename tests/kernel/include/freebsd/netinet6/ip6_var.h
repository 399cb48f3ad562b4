/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET6_IP6_VAR_H_
#define _STANDIN_NETINET6_IP6_VAR_H_

struct ifnet;
struct inpcb;
struct ip6_moptions;
struct ip6_pktopts;
struct mbuf;
struct route_in6;

#define IPV6_FORWARDING	0x02

int	ip6_output(struct mbuf *, struct ip6_pktopts *, struct route_in6 *,
	    int flags, struct ip6_moptions *, struct ifnet **, struct inpcb *);

#endif /* _STANDIN_NETINET6_IP6_VAR_H_ */
