/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Receiving: IP protocol 240.  The engine wants one flat buffer and judges the
 * packet itself.
 *
 * pf's rules change under KERNEL_LOCK only, so that the checksum that vouches
 * for a packet's rule numbers holds until the last of its states is made.
 */

#include "os/netbsd/softc.h"

#include <sys/kmem.h>
#include <netinet/in_systm.h>
#include <netinet/ip.h>
#include <net/pfvar.h>

#include "os/netbsd/if_pfsync.h"

static bool
on_syncdev(struct pfsync_dev *dev, const struct mbuf *m)
{
	if_index_t syncdev;

	mutex_enter(&dev->queue_lock);
	syncdev = dev->syncdev;
	mutex_exit(&dev->queue_lock);
	return (syncdev != 0 && m->m_pkthdr.rcvif_index == syncdev);
}

static void
judge(struct pfsync_dev *dev, struct mbuf *m, int hlen)
{
	const struct ip *ip = mtod(m, const struct ip *);
	struct ifnet *ifp = &dev->ifnet;
	struct psync_packet pkt;
	uint8_t *copy = NULL;
	size_t len = (size_t)(m->m_pkthdr.len - hlen);

	pkt.len = len;
	pkt.src = (const uint8_t *)&ip->ip_src;
	pkt.af = PSYNC_AF_INET;
	pkt.ttl = ip->ip_ttl;
	pkt.on_syncdev = on_syncdev(dev, m);
	if (m->m_len == m->m_pkthdr.len)
		pkt.frame = mtod(m, const uint8_t *) + hlen;
	else {
		copy = kmem_intr_alloc(len + 1, KM_NOSLEEP);
		if (copy == NULL) {
			ifp->if_iqdrops++;
			return;
		}
		m_copydata(m, hlen, (int)len, copy);
		pkt.frame = copy;
	}
	ifp->if_ipackets++;
	ifp->if_ibytes += m->m_pkthdr.len;
	if (psync_input(dev->engine, &pkt) != PFSYNC_OK)
		ifp->if_ierrors++;
	if (copy != NULL)
		kmem_intr_free(copy, len + 1);
}

/*
 * Whoever has KERNEL_LOCK and waits for softnet_lock sleeps, and lets go of the
 * former: so it may be taken here.
 */
void
pfsync_input(struct mbuf *m, ...)
{
	struct pfsync_dev *dev;
	int hlen;

	KASSERT(mutex_owned(softnet_lock));
	hlen = mtod(m, const struct ip *)->ip_hl << 2;
	if (m->m_pkthdr.len < hlen ||
	    (m->m_len < hlen && (m = m_pullup(m, hlen)) == NULL)) {
		m_freem(m);
		return;
	}
	dev = pfsync_enter();
	if (dev != NULL) {
		KERNEL_LOCK(1, NULL);
		if (pf_status.running)
			judge(dev, m, hlen);
		KERNEL_UNLOCK_ONE(NULL);
		pfsync_leave(dev);
	}
	m_freem(m);
}
