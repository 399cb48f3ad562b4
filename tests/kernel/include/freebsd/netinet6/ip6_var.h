/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET6_IP6_VAR_H_
#define _STANDIN_NETINET6_IP6_VAR_H_

#include <netinet/in.h>

struct ifnet;
struct inpcb;
struct mbuf;
struct route_in6;
struct socket;
struct sockopt;

struct ip6_pktopts {
	int		ip6po_hlim;
	int		ip6po_minmtu;
};
#define IP6PO_MINMTU_DISABLE	0

struct ip6_moptions {
	struct ifnet	*im6o_multicast_ifp;
	u_char		im6o_multicast_hlim;
	u_char		im6o_multicast_loop;
};

#define IPV6_FORWARDING	0x02

void	ip6_initpktopts(struct ip6_pktopts *);
int	ip6_output(struct mbuf *, struct ip6_pktopts *, struct route_in6 *,
	    int flags, struct ip6_moptions *, struct ifnet **, struct inpcb *);
int	in6_selectsrc_addr(uint32_t fibnum, const struct in6_addr *dst,
	    uint32_t scopeid, struct ifnet *, struct in6_addr *src, int *hlim);

#if __FreeBSD_version < 1400000
struct pr_usrreqs;
extern struct pr_usrreqs rip6_usrreqs;
int	rip6_output(struct mbuf *, struct socket *, ...);
int	rip6_ctloutput(struct socket *, struct sockopt *);
int	ip6proto_register(short);
int	ip6proto_unregister(short);
#else
struct ip6ctlparam;
typedef int ip6proto_input_t(struct mbuf **, int *, int);
typedef void ip6proto_ctlinput_t(struct ip6ctlparam *);
int	ip6proto_register(uint8_t, ip6proto_input_t, ip6proto_ctlinput_t);
int	ip6proto_unregister(uint8_t);
#endif

#endif /* _STANDIN_NETINET6_IP6_VAR_H_ */
