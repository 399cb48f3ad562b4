/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Receiving: IP protocol 240, of IPv4 and of IPv6.  The engine wants one flat
 * buffer and judges the packet itself.
 *
 * pf's rules stay as they are while a packet is taken in, so that the checksum
 * that vouches for its rule numbers holds until the last of its states is made.
 */

#include "opt_inet.h"
#include "opt_inet6.h"

#include "os/freebsd/softc.h"

#include <sys/domain.h>
#include <sys/protosw.h>
#include <netinet/in_systm.h>
#include <netinet/ip.h>
#include <netinet/ip_var.h>
#ifdef INET6
#include <netinet/ip6.h>
#include <netinet6/ip6_var.h>
#include <netinet6/scope6_var.h>
#endif

/* pkt says what IP said; the frame begins after hlen bytes of m. */
static void
judge(struct pfsync_softc *sc, const struct mbuf *m, int hlen,
    struct psync_packet *pkt)
{
	uint8_t *copy = NULL;

	pkt->len = (size_t)(m->m_pkthdr.len - hlen);
	pkt->on_syncdev = m->m_pkthdr.rcvif != NULL &&
	    m->m_pkthdr.rcvif == sc->syncdev;
	if (m->m_next == NULL)
		pkt->frame = mtod(m, const uint8_t *) + hlen;
	else {
		copy = malloc(pkt->len + 1, M_PFSYNC, M_NOWAIT);
		if (copy == NULL) {
			if_inc_counter(sc->ifp, IFCOUNTER_IQDROPS, 1);
			return;
		}
		m_copydata(m, hlen, (int)pkt->len, (caddr_t)copy);
		pkt->frame = copy;
	}
	if_inc_counter(sc->ifp, IFCOUNTER_IPACKETS, 1);
	if_inc_counter(sc->ifp, IFCOUNTER_IBYTES, m->m_pkthdr.len);
	if (psync_input(sc->engine, pkt) != PFSYNC_OK)
		if_inc_counter(sc->ifp, IFCOUNTER_IERRORS, 1);
	if (copy != NULL)
		free(copy, M_PFSYNC);
}

/* Takes m, if pkt can say what is before its frame. */
static int
take(struct mbuf *m, int hlen, struct psync_packet *pkt)
{
	struct pfsync_softc *sc;
	PF_RULES_RLOCK_TRACKER;

	if (m->m_pkthdr.len >= hlen) {
		PF_RULES_RLOCK();
		sc = V_pfsyncif;
		if (sc != NULL)
			judge(sc, m, hlen, pkt);
		PF_RULES_RUNLOCK();
	}
	m_freem(m);
	return (IPPROTO_DONE);
}

static int
input4(struct mbuf **mp, int *offp, int proto)
{
	struct mbuf *m = *mp;
	const struct ip *ip = mtod(m, const struct ip *);
	struct psync_packet pkt = {
		.src = (const uint8_t *)&ip->ip_src,
		.af = PSYNC_AF_INET,
		.ttl = ip->ip_ttl,
	};

	(void)proto;
	*mp = NULL;
	return (take(m, *offp, &pkt));
}

#ifdef INET6
static int
input6(struct mbuf **mp, int *offp, int proto)
{
	struct mbuf *m = *mp;
	const struct ip6_hdr *ip6 = mtod(m, const struct ip6_hdr *);
	struct in6_addr src = ip6->ip6_src;
	struct psync_packet pkt = {
		.src = (const uint8_t *)&src,
		.af = PSYNC_AF_INET6,
		.ttl = ip6->ip6_hlim,
	};

	(void)proto;
	*mp = NULL;
	/* There is one link, and the peers do not know our number of it. */
	(void)in6_clearscope(&src);
	return (take(m, *offp, &pkt));
}
#endif

#ifdef PFSYNC_PROTOSW
static int
sw_register(int family, struct protosw *sw, int (*ip_register)(short))
{
	int error;

	error = pf_proto_register(family, sw);
	if (error != 0)
		return (error);
	error = (*ip_register)(IPPROTO_PFSYNC);
	if (error != 0)
		(void)pf_proto_unregister(family, IPPROTO_PFSYNC, SOCK_RAW);
	return (error);
}

static void
sw_unregister(int family, int (*ip_unregister)(short))
{
	(void)(*ip_unregister)(IPPROTO_PFSYNC);
	(void)pf_proto_unregister(family, IPPROTO_PFSYNC, SOCK_RAW);
}

extern struct domain inetdomain;

static struct protosw sw4 = {
	.pr_type = SOCK_RAW,
	.pr_domain = &inetdomain,
	.pr_protocol = IPPROTO_PFSYNC,
	.pr_flags = PR_ATOMIC | PR_ADDR,
	.pr_input = input4,
	.pr_output = rip_output,
	.pr_ctloutput = rip_ctloutput,
	.pr_usrreqs = &rip_usrreqs,
};

#define register4()   sw_register(PF_INET, &sw4, ipproto_register)
#define unregister4() sw_unregister(PF_INET, ipproto_unregister)

#ifdef INET6
extern struct domain inet6domain;

static struct protosw sw6 = {
	.pr_type = SOCK_RAW,
	.pr_domain = &inet6domain,
	.pr_protocol = IPPROTO_PFSYNC,
	.pr_flags = PR_ATOMIC | PR_ADDR,
	.pr_input = input6,
	.pr_output = rip6_output,
	.pr_ctloutput = rip6_ctloutput,
	.pr_usrreqs = &rip6_usrreqs,
};

#define register6()   sw_register(PF_INET6, &sw6, ip6proto_register)
#define unregister6() sw_unregister(PF_INET6, ip6proto_unregister)
#endif
#else
#define register4()   ipproto_register(IPPROTO_PFSYNC, input4, NULL)
#define unregister4() ((void)ipproto_unregister(IPPROTO_PFSYNC))
#define register6()   ip6proto_register(IPPROTO_PFSYNC, input6, NULL)
#define unregister6() ((void)ip6proto_unregister(IPPROTO_PFSYNC))
#endif

#ifndef INET6
#undef register6
#undef unregister6
#define register6()   0
#define unregister6() ((void)0)
#endif

int
pfsync_proto_register(void)
{
	int error;

	error = register4();
	if (error != 0)
		return (error);
	error = register6();
	if (error != 0)
		unregister4();
	return (error);
}

void
pfsync_proto_unregister(void)
{
	unregister6();
	unregister4();
}
