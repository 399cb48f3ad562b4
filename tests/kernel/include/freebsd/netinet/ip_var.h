/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IP_VAR_H_
#define _STANDIN_NETINET_IP_VAR_H_

#include <sys/param.h>
#include <net/vnet.h>

struct icmp;
struct ifnet;
struct inpcb;
struct ip;
struct mbuf;
struct route;
struct socket;
struct sockopt;

struct ip_moptions {
	struct ifnet	*imo_multicast_ifp;
	u_long		imo_multicast_vif;
	u_char		imo_multicast_ttl;
	u_char		imo_multicast_loop;
};

#define IP_FORWARDING	0x1
#define IP_RAWOUTPUT	0x2

int	ip_output(struct mbuf *, struct mbuf *opt, struct route *, int flags,
	    struct ip_moptions *, struct inpcb *);
#if __FreeBSD_version < 1500000
void	ip_fillid(struct ip *);
#else
void	ip_fillid(struct ip *, bool at_random);
VNET_DECLARE(int, ip_random_id);
#define V_ip_random_id	VNET(ip_random_id)
#endif

#if __FreeBSD_version < 1400000
struct pr_usrreqs;
extern struct pr_usrreqs rip_usrreqs;
int	rip_output(struct mbuf *, struct socket *, ...);
int	rip_ctloutput(struct socket *, struct sockopt *);
int	ipproto_register(short);
int	ipproto_unregister(short);
#else
typedef int ipproto_input_t(struct mbuf **, int *, int);
typedef void ipproto_ctlinput_t(struct icmp *);
int	ipproto_register(uint8_t, ipproto_input_t, ipproto_ctlinput_t);
int	ipproto_unregister(uint8_t);
#endif

#endif /* _STANDIN_NETINET_IP_VAR_H_ */
