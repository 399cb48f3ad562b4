/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sending.  The engine hands over a frame with a lock held, so it is only made
 * a packet and queued here; a soft interrupt, with the big locks, shows it to
 * bpf and gives it to ip_output().
 */

#include "os/netbsd/softc.h"

#include <sys/intr.h>
#include <net/bpf.h>
#include <netinet/in_systm.h>
#include <netinet/in_var.h>
#include <netinet/ip.h>
#include <netinet/ip_var.h>

#define QUEUE_MAX 256 /* packets */

static void send(void *);

int
pfsync_output_init(struct pfsync_dev *dev)
{
	mutex_init(&dev->queue_lock, MUTEX_DEFAULT, IPL_VM);
	dev->queue.ifq_maxlen = QUEUE_MAX;
	dev->tap_only = true;
	dev->peer.s_addr = htonl(PFSYNC_GROUP);
	dev->send_softint = softint_establish(SOFTINT_NET, send, dev);
	if (dev->send_softint == NULL) {
		mutex_destroy(&dev->queue_lock);
		return (ENOMEM);
	}
	return (0);
}

void
pfsync_output_fini(struct pfsync_dev *dev)
{
	struct mbuf *m;

	softint_disestablish(dev->send_softint);
	for (;;) {
		IF_DEQUEUE(&dev->queue, m);
		if (m == NULL)
			break;
		m_freem(m);
	}
	mutex_destroy(&dev->queue_lock);
}

/* An mbuf with a cluster, if so much is wanted and there is one. */
static struct mbuf *
buffer(struct mbuf *m, size_t want)
{
	if (m != NULL && want > (size_t)M_TRAILINGSPACE(m)) {
		MCLGET(m, M_DONTWAIT);
		if ((m->m_flags & M_EXT) == 0) {
			m_freem(m);
			return (NULL);
		}
	}
	return (m);
}

/*
 * A packet of frame with room before it for a link's header, or NULL.  Frames
 * may be larger than a cluster.
 */
static struct mbuf *
packet(const uint8_t *frame, size_t len)
{
	size_t chunk, total = sizeof(struct ip) + len;
	struct mbuf *m, *n;

	n = m = buffer(m_gethdr(M_DONTWAIT, MT_DATA), max_linkhdr + total);
	if (m == NULL)
		return (NULL);
	m->m_data += max_linkhdr;
	m->m_len = sizeof(struct ip);
	m->m_pkthdr.len = (int)total;
	m_reset_rcvif(m);
	for (;;) {
		chunk = MIN(len, (size_t)M_TRAILINGSPACE(n));
		memcpy(mtod(n, uint8_t *) + n->m_len, frame, chunk);
		n->m_len += (int)chunk;
		frame += chunk;
		len -= chunk;
		if (len == 0)
			return (m);
		n->m_next = buffer(m_get(M_DONTWAIT, MT_DATA), len);
		if (n->m_next == NULL) {
			m_freem(m);
			return (NULL);
		}
		n = n->m_next;
		n->m_len = 0;
	}
}

/* send_one() adds the id, ip_output() the source address and the checksum. */
static void
ip_header(const struct pfsync_dev *dev, struct mbuf *m)
{
	struct ip *ip = mtod(m, struct ip *);

	memset(ip, 0, sizeof(*ip));
	ip->ip_v = IPVERSION;
	ip->ip_hl = sizeof(*ip) >> 2;
	ip->ip_tos = PFSYNC_TOS;
	ip->ip_len = htons((uint16_t)m->m_pkthdr.len);
	ip->ip_off = htons(IP_DF);
	ip->ip_ttl = PFSYNC_TTL;
	ip->ip_p = IPPROTO_PFSYNC;
	ip->ip_dst = dev->peer;
	if (IN_MULTICAST(dev->peer.s_addr))
		m->m_flags |= M_MCAST;
}

static enum psync_sent
enqueue(struct pfsync_dev *dev, const uint8_t *frame, size_t len)
{
	struct mbuf *m;

	if (dev->syncdev == 0 && !dev->tap_only)
		return (PSYNC_UNREACHABLE);
	if (dev->syncdev != 0 && sizeof(struct ip) + len > dev->syncdev_mtu)
		return (PSYNC_UNSENDABLE);
	if (IF_QFULL(&dev->queue)) {
		dev->stuck = true;
		return (PSYNC_NOBUFS);
	}
	m = packet(frame, len);
	if (m == NULL)
		return (PSYNC_NOBUFS);
	ip_header(dev, m);
	IF_ENQUEUE(&dev->queue, m);
	return (dev->tap_only ? PSYNC_TAPPED : PSYNC_SENT);
}

enum psync_sent
pfsync_output(void *arg, const uint8_t *frame, size_t len)
{
	struct pfsync_dev *dev = arg;
	enum psync_sent sent;

	mutex_enter(&dev->queue_lock);
	sent = enqueue(dev, frame, len);
	if (!IF_IS_EMPTY(&dev->queue))
		softint_schedule(dev->send_softint);
	mutex_exit(&dev->queue_lock);
	return (sent);
}

/* bpf gets the packet from the pfsync header on. */
static void
tap(struct ifnet *ifp, struct mbuf *m)
{
	int len = sizeof(struct ip);

	if (ifp->if_bpf == NULL)
		return;
	m->m_data += len;
	m->m_len -= len;
	m->m_pkthdr.len -= len;
	bpf_mtap(ifp, m);
	m->m_data -= len;
	m->m_len += len;
	m->m_pkthdr.len += len;
}

/* False if it was lost. */
static bool
send_one(struct pfsync_dev *dev, struct mbuf *m, if_index_t syncdev)
{
	struct ifnet *ifp = &dev->ifnet;
	struct ip_moptions imo;
	int len = m->m_pkthdr.len;

	tap(ifp, m);
	if (syncdev == 0) {
		m_freem(m);
		return (true);
	}
	memset(&imo, 0, sizeof(imo));
	imo.imo_multicast_if_index = syncdev;
	imo.imo_multicast_ttl = PFSYNC_TTL;
	/* Not before: the lock of the ids may sleep. */
	mtod(m, struct ip *)->ip_id = htons(ip_randomid(ip_ids, 0));
	if (ip_output(m, NULL, NULL, IP_RAWOUTPUT, &imo, NULL) != 0) {
		dev->send_errors++;
		ifp->if_oerrors++;
		return (false);
	}
	ifp->if_opackets++;
	ifp->if_obytes += len;
	return (true);
}

static void
send(void *arg)
{
	struct pfsync_dev *dev = arg;
	if_index_t syncdev;
	struct mbuf *m;
	bool stuck, lost = false;

	pfsync_big_lock();
	do {
		mutex_enter(&dev->queue_lock);
		IF_DEQUEUE(&dev->queue, m);
		syncdev = dev->syncdev;
		stuck = m == NULL && dev->stuck;
		if (stuck)
			dev->stuck = false;
		mutex_exit(&dev->queue_lock);
		if (m != NULL && !send_one(dev, m, syncdev))
			lost = true;
	} while (m != NULL);
	if (lost && !dev->dying)
		psync_lost(dev->engine);
	if (stuck && !dev->dying)
		psync_writable(dev->engine);
	pfsync_big_unlock();
}
