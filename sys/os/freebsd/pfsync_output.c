/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sending.  The engine hands over a frame with a lock held, so it is only made
 * a packet and queued here; a task, with no lock, shows it to bpf and gives it
 * to ip_output() or ip6_output().
 */

#include "opt_inet6.h"

#include "os/freebsd/softc.h"

#include <net/bpf.h>
#include <netinet/in_systm.h>
#include <netinet/in_var.h>
#include <netinet/ip.h>
#include <netinet/ip_var.h>
#include <netinet/ip6.h>
#ifdef INET6
#include <netinet6/in6_var.h>
#include <netinet6/ip6_var.h>
#endif

static size_t
header_len(uint8_t af)
{
	return (af == AF_INET6 ? sizeof(struct ip6_hdr) : sizeof(struct ip));
}

/*
 * A packet of frame with room before it for a link's header, or NULL.  Frames
 * may be larger than a cluster.
 */
static struct mbuf *
packet(uint8_t af, const uint8_t *frame, size_t len)
{
	const size_t hlen = header_len(af);
	struct mbuf *m, *n;
	size_t chunk;

	m = m_getm2(NULL, (int)(max_linkhdr + hlen + len), M_NOWAIT, MT_DATA,
	    M_PKTHDR);
	if (m == NULL)
		return (NULL);
	m->m_data += max_linkhdr;
	m->m_len = (int)hlen;
	m->m_pkthdr.len = (int)(hlen + len);
	for (n = m; len > 0; n = n->m_next) {
		chunk = MIN(len, (size_t)M_TRAILINGSPACE(n));
		memcpy(mtod(n, uint8_t *) + n->m_len, frame, chunk);
		n->m_len += (int)chunk;
		frame += chunk;
		len -= chunk;
	}
	return (m);
}

/* ip_output() adds the source address and the checksum. */
static void
ip_header(const struct pfsync_dst *dst, struct mbuf *m)
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
	ip->ip_dst = dst->in4;
	pfsync_ip_fillid(ip);
}

/* The rest of it when it is sent: the source address, the length. */
static void
ip6_header(const struct pfsync_dst *dst, struct mbuf *m)
{
	struct ip6_hdr *ip6 = mtod(m, struct ip6_hdr *);

	memset(ip6, 0, sizeof(*ip6));
	ip6->ip6_vfc = IPV6_VERSION;
	ip6->ip6_nxt = IPPROTO_PFSYNC;
	ip6->ip6_hlim = PFSYNC_TTL;
	ip6->ip6_dst = dst->in6;
}

static enum psync_sent
enqueue(struct pfsync_softc *sc, const uint8_t *frame, size_t len)
{
	const uint8_t af = sc->dst.af;
	struct mbuf *m;

	mtx_assert(&sc->queue_lock, MA_OWNED);
	if (sc->syncdev == NULL && !sc->tap_only)
		return (PSYNC_UNREACHABLE);
	if (sc->syncdev != NULL &&
	    header_len(af) + len > (size_t)if_getmtu(sc->syncdev)) {
		/* It was larger once. */
		(void)taskqueue_enqueue_timeout(pfsync_path_tq, &sc->path_task,
		    0);
		return (PSYNC_UNSENDABLE);
	}
	if (mbufq_full(&sc->queue) || (m = packet(af, frame, len)) == NULL) {
		sc->stuck = true;
		return (PSYNC_NOBUFS);
	}
	if (af == AF_INET6)
		ip6_header(&sc->dst, m);
	else
		ip_header(&sc->dst, m);
	if (sc->syncdev != NULL)
		M_SETFIB(m, if_getfib(sc->syncdev));
	(void)mbufq_enqueue(&sc->queue, m);
	return (sc->tap_only ? PSYNC_TAPPED : PSYNC_SENT);
}

enum psync_sent
pfsync_output(void *ctx, const uint8_t *frame, size_t len)
{
	struct pfsync_softc *sc = ctx;
	enum psync_sent sent;

	mtx_lock(&sc->queue_lock);
	sent = enqueue(sc, frame, len);
	mtx_unlock(&sc->queue_lock);
	if (sent != PSYNC_UNREACHABLE && sent != PSYNC_UNSENDABLE)
		taskqueue_enqueue(pfsync_tq, &sc->send_task);
	return (sent);
}

static uint8_t
family(const struct mbuf *m)
{
	return (
	    mtod(m, const struct ip *)->ip_v == IPVERSION ? AF_INET : AF_INET6);
}

/* bpf gets the packet from the pfsync header on. */
static void
tap(struct pfsync_softc *sc, struct mbuf *m)
{
	int len = (int)header_len(family(m));

	if (!pfsync_bpf_attached(sc->ifp))
		return;
	m->m_data += len;
	m->m_len -= len;
	m->m_pkthdr.len -= len;
	pfsync_bpf_mtap(sc->ifp, m);
	m->m_data -= len;
	m->m_len += len;
	m->m_pkthdr.len += len;
}

/* errno. */
static int
send4(struct mbuf *m, struct ifnet *syncdev)
{
	struct ip_moptions imo;

	memset(&imo, 0, sizeof(imo));
	imo.imo_multicast_ifp = syncdev;
	imo.imo_multicast_vif = -1;
	imo.imo_multicast_ttl = PFSYNC_TTL;
	return (ip_output(m, NULL, NULL, IP_RAWOUTPUT, &imo, NULL));
}

#ifdef INET6
/*
 * The source address is the syncdev's at this moment: it may have had none yet
 * when it was configured.  Without being told otherwise, ip6_output() makes
 * fragments of 1280 bytes of what goes to a group.  errno.
 */
static int
send6(struct mbuf *m, struct ifnet *syncdev)
{
	struct ip6_hdr *ip6 = mtod(m, struct ip6_hdr *);
	struct in6_addr dst = ip6->ip6_dst, src;
	struct ip6_moptions im6o;
	struct ip6_pktopts opts;
	int error;

	error = in6_selectsrc_addr(M_GETFIB(m), &dst, 0, syncdev, &src, NULL);
	if (error != 0) {
		m_freem(m);
		return (error);
	}
	ip6->ip6_src = src;
	memset(&im6o, 0, sizeof(im6o));
	im6o.im6o_multicast_ifp = syncdev;
	im6o.im6o_multicast_hlim = PFSYNC_TTL;
	ip6_initpktopts(&opts);
	opts.ip6po_minmtu = IP6PO_MINMTU_DISABLE;
	return (ip6_output(m, &opts, NULL, 0, &im6o, NULL, NULL));
}
#else
static int
send6(struct mbuf *m, struct ifnet *syncdev)
{
	(void)syncdev;
	m_freem(m);
	return (EAFNOSUPPORT);
}
#endif

/* False if it was lost. */
static bool
send_one(struct pfsync_softc *sc, struct mbuf *m, struct ifnet *syncdev)
{
	const uint8_t af = family(m);
	int error, len = m->m_pkthdr.len;

	tap(sc, m);
	if (syncdev == NULL) {
		m_freem(m);
		return (true);
	}
	error = af == AF_INET ? send4(m, syncdev) : send6(m, syncdev);
	if (error != 0) {
		sc->send_errors[af == AF_INET6]++;
		if_inc_counter(sc->ifp, IFCOUNTER_OERRORS, 1);
		return (false);
	}
	if_inc_counter(sc->ifp, IFCOUNTER_OPACKETS, 1);
	if_inc_counter(sc->ifp, IFCOUNTER_OBYTES, len);
	return (true);
}

/*
 * To wait for the task would be to wait for a moment without traffic.
 */
void
pfsync_send_wait(struct pfsync_softc *sc, struct ifnet *ifp)
{
	mtx_lock(&sc->queue_lock);
	while (sc->sending == ifp)
		(void)msleep(&sc->sending, &sc->queue_lock, 0, "pfsyncif", 0);
	mtx_unlock(&sc->queue_lock);
}

/* Just as it left pf: with its own id and options, and not past pf again. */
static void
resume_one(struct mbuf *m)
{
	if (family(m) == AF_INET)
		(void)ip_output(m, NULL, NULL, IP_FORWARDING, NULL, NULL);
#ifdef INET6
	else
		(void)ip6_output(m, NULL, NULL, IPV6_FORWARDING, NULL, NULL,
		    NULL);
#else
	else
		m_freem(m);
#endif
}

static void
resume_held(struct pfsync_softc *sc)
{
	struct mbuf *m;

	do {
		mtx_lock(&sc->queue_lock);
		m = mbufq_dequeue(&sc->resumed);
		mtx_unlock(&sc->queue_lock);
		if (m != NULL)
			resume_one(m);
	} while (m != NULL);
}

/*
 * The engine may be inside a lock of pf's or of a socket's now: the task sends,
 * and after the frames that wait, so that a peer hears of the state first.
 */
void
pfsync_defer_send(void *ctx, void *pkt)
{
	struct pfsync_softc *sc = ctx;
	struct mbuf *m = pkt;
	bool taken;

	mtx_lock(&sc->queue_lock);
	taken = mbufq_enqueue(&sc->resumed, m) == 0;
	mtx_unlock(&sc->queue_lock);
	if (taken)
		taskqueue_enqueue(pfsync_tq, &sc->send_task);
	else
		m_freem(m);
}

void
pfsync_defer_drop(void *ctx, void *pkt)
{
	(void)ctx;
	m_freem(pkt);
}

/*
 * Sends what is queued.  Whoever takes a syncdev away waits until it is not
 * used here any more.
 */
void
pfsync_send(void *arg, int pending)
{
	struct pfsync_softc *sc = arg;
	struct epoch_tracker et;
	struct ifnet *syncdev;
	struct mbuf *m;
	bool stuck, lost = false;

	(void)pending;
	CURVNET_SET(sc->vnet);
	NET_EPOCH_ENTER(et);
	do {
		mtx_lock(&sc->queue_lock);
		m = mbufq_dequeue(&sc->queue);
		syncdev = m != NULL ? sc->syncdev : NULL;
		if (sc->sending != syncdev) {
			sc->sending = syncdev;
			wakeup(&sc->sending);
		}
		stuck = m == NULL && sc->stuck;
		if (stuck)
			sc->stuck = false;
		mtx_unlock(&sc->queue_lock);
		if (m != NULL && !send_one(sc, m, syncdev))
			lost = true;
	} while (m != NULL);
	resume_held(sc);
	NET_EPOCH_EXIT(et);
	if (lost)
		psync_lost(sc->engine);
	if (stuck)
		psync_writable(sc->engine);
	CURVNET_RESTORE();
}
