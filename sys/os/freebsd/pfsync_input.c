/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Receiving: IP protocol 240.  The engine wants one flat buffer and judges the
 * packet itself.
 *
 * pf's rules stay as they are while a packet is taken in, so that the checksum
 * that vouches for its rule numbers holds until the last of its states is made.
 */

#include "opt_inet.h"

#include "os/freebsd/softc.h"

#include <sys/domain.h>
#include <sys/protosw.h>
#include <netinet/in_systm.h>
#include <netinet/ip.h>
#include <netinet/ip_var.h>

static void
judge(struct pfsync_softc *sc, struct mbuf *m, int hlen)
{
	const struct ip *ip = mtod(m, const struct ip *);
	struct psync_packet pkt;
	uint8_t *copy = NULL;

	pkt.len = (size_t)(m->m_pkthdr.len - hlen);
	pkt.src = (const uint8_t *)&ip->ip_src;
	pkt.af = PSYNC_AF_INET;
	pkt.ttl = ip->ip_ttl;
	pkt.on_syncdev = m->m_pkthdr.rcvif != NULL &&
	    m->m_pkthdr.rcvif == sc->syncdev;
	if (m->m_next == NULL)
		pkt.frame = mtod(m, const uint8_t *) + hlen;
	else {
		copy = malloc(pkt.len + 1, M_PFSYNC, M_NOWAIT);
		if (copy == NULL) {
			if_inc_counter(sc->ifp, IFCOUNTER_IQDROPS, 1);
			return;
		}
		m_copydata(m, hlen, (int)pkt.len, (caddr_t)copy);
		pkt.frame = copy;
	}
	if_inc_counter(sc->ifp, IFCOUNTER_IPACKETS, 1);
	if_inc_counter(sc->ifp, IFCOUNTER_IBYTES, m->m_pkthdr.len);
	if (psync_input(sc->engine, &pkt) != PFSYNC_OK)
		if_inc_counter(sc->ifp, IFCOUNTER_IERRORS, 1);
	if (copy != NULL)
		free(copy, M_PFSYNC);
}

static int
input4(struct mbuf **mp, int *offp, int proto)
{
	struct pfsync_softc *sc;
	struct mbuf *m = *mp;
	int hlen = *offp;
	PF_RULES_RLOCK_TRACKER;

	(void)proto;
	*mp = NULL;
	if (m->m_pkthdr.len < hlen) {
		m_freem(m);
		return (IPPROTO_DONE);
	}
	if (m->m_len < hlen && (m = m_pullup(m, hlen)) == NULL)
		return (IPPROTO_DONE);
	PF_RULES_RLOCK();
	sc = V_pfsyncif;
	if (sc != NULL)
		judge(sc, m, hlen);
	PF_RULES_RUNLOCK();
	m_freem(m);
	return (IPPROTO_DONE);
}

#ifdef PFSYNC_PROTOSW
extern struct domain inetdomain;

static struct protosw protosw = {
	.pr_type = SOCK_RAW,
	.pr_domain = &inetdomain,
	.pr_protocol = IPPROTO_PFSYNC,
	.pr_flags = PR_ATOMIC | PR_ADDR,
	.pr_input = input4,
	.pr_output = rip_output,
	.pr_ctloutput = rip_ctloutput,
	.pr_usrreqs = &rip_usrreqs,
};

int
pfsync_proto_register(void)
{
	int error;

	error = pf_proto_register(PF_INET, &protosw);
	if (error != 0)
		return (error);
	error = ipproto_register(IPPROTO_PFSYNC);
	if (error != 0)
		(void)pf_proto_unregister(PF_INET, IPPROTO_PFSYNC, SOCK_RAW);
	return (error);
}

void
pfsync_proto_unregister(void)
{
	(void)ipproto_unregister(IPPROTO_PFSYNC);
	(void)pf_proto_unregister(PF_INET, IPPROTO_PFSYNC, SOCK_RAW);
}
#else
int
pfsync_proto_register(void)
{
	return (ipproto_register(IPPROTO_PFSYNC, input4, NULL));
}

void
pfsync_proto_unregister(void)
{
	(void)ipproto_unregister(IPPROTO_PFSYNC);
}
#endif
