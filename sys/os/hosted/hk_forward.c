/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packets that arrive at a hosted kernel: pfsync's go to the engine, others
 * through pf, to the next hop and through pf again.  There is no local stack:
 * what is addressed to the host itself, and is not pfsync, ends here.
 *
 * Every packet is hostile.  Past ip_check() its header is whole and its length
 * fields agree with the buffer.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/hosted/hk_impl.h"

/* Where the two families keep what a router looks at. */
struct ip_view {
	uint8_t af;
	uint8_t proto;
	uint8_t ttl;
	bool fragment;
	size_t hlen;
	size_t len; /* of the packet, by its header */
	const uint8_t *src;
	const uint8_t *dst;
};

uint16_t
hk_cksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += (uint32_t)p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ((uint16_t)~sum);
}

static bool
ip4_check(const uint8_t *p, size_t len, struct ip_view *v)
{
	if (len < HK_IP4_HLEN)
		return (false);
	v->af = PSYNC_AF_INET;
	v->hlen = (size_t)(p[0] & 0x0f) * 4;
	v->len = (size_t)p[2] << 8 | p[3];
	v->fragment = ((p[6] & 0x3f) | p[7]) != 0;
	v->ttl = p[8];
	v->proto = p[9];
	v->src = p + 12;
	v->dst = p + 16;
	return (v->hlen >= HK_IP4_HLEN && v->len >= v->hlen && v->len <= len &&
	    hk_cksum(p, v->hlen) == 0);
}

static bool
ip6_check(const uint8_t *p, size_t len, struct ip_view *v)
{
	if (len < HK_IP6_HLEN)
		return (false);
	v->af = PSYNC_AF_INET6;
	v->hlen = HK_IP6_HLEN;
	v->len = HK_IP6_HLEN + ((size_t)p[4] << 8 | p[5]);
	v->fragment = false;
	v->ttl = p[7];
	v->proto = p[6];
	v->src = p + 8;
	v->dst = p + 24;
	return (v->len <= len);
}

static bool
ip_check(const uint8_t *p, size_t len, struct ip_view *v)
{
	if (len == 0)
		return (false);
	switch (p[0] >> 4) {
	case 4:
		return (ip4_check(p, len, v));
	case 6:
		return (ip6_check(p, len, v));
	default:
		return (false);
	}
}

/*
 * Routes
 */

static void
mask(uint8_t *addr, size_t alen, unsigned plen)
{
	size_t i;

	for (i = plen / 8; i < alen; i++)
		addr[i] &= i == plen / 8 ? (uint8_t) ~(0xff >> plen % 8) : 0;
}

static bool
covers(const struct hk_route *rt, const uint8_t *dst)
{
	unsigned rest = rt->plen % 8;
	size_t whole = rt->plen / 8;

	if (memcmp(rt->dst, dst, whole) != 0)
		return (false);
	return (rest == 0 ||
	    ((rt->dst[whole] ^ dst[whole]) & (uint8_t) ~(0xff >> rest)) == 0);
}

int
hk_route(struct hk *hk, uint8_t af, const uint8_t *dst, unsigned plen,
    const char *ifname)
{
	size_t alen = af == PSYNC_AF_INET6 ? 16 : 4;
	struct hk_route new;
	unsigned i;

	if ((af != PSYNC_AF_INET && af != PSYNC_AF_INET6) || plen > alen * 8)
		return (EINVAL);
	if (hk_if_find(hk, ifname) == NULL)
		return (ENXIO);
	memset(&new, 0, sizeof(new));
	memcpy(new.dst, dst, alen);
	mask(new.dst, alen, plen);
	new.af = af;
	new.plen = (uint8_t)plen;
	(void)snprintf(new.ifname, sizeof(new.ifname), "%s", ifname);
	for (i = 0; i < hk->nroutes; i++)
		if (hk->routes[i].af == af && hk->routes[i].plen == plen &&
		    memcmp(hk->routes[i].dst, new.dst, alen) == 0)
			break;
	if (i == HK_ROUTES_MAX)
		return (ENOMEM);
	if (i == hk->nroutes)
		hk->nroutes++;
	hk->routes[i] = new;
	return (0);
}

static struct hk_if *
route_lookup(struct hk *hk, uint8_t af, const uint8_t *dst)
{
	const struct hk_route *best = NULL, *rt;
	unsigned i;

	for (i = 0; i < hk->nroutes; i++) {
		rt = &hk->routes[i];
		if (rt->af == af && (best == NULL || rt->plen > best->plen) &&
		    covers(rt, dst))
			best = rt;
	}
	return (best == NULL ? NULL : hk_if_find(hk, best->ifname));
}

/*
 * Packets
 */

static bool
is_own(const struct link *l, uint8_t af, const uint8_t *dst)
{
	if (l->af == af &&
	    memcmp(l->addr, dst, af == PSYNC_AF_INET6 ? 16 : 4) == 0)
		return (true);
	return (af == PSYNC_AF_INET6 && memcmp(l->addr6, dst, 16) == 0);
}

/*
 * Whether a pfsync packet is for this host: for the group it is a member of, or
 * for its address on that link.  A link without an address takes in all, as
 * does one that only gets what the host's own stack has let in.  Which
 * interface it came by is for the engine to judge and count.
 */
static bool
pfsync_for_us(const struct hk *hk, const struct hk_if *ifp,
    const struct ip_view *v)
{
	if (hk_is_multicast(v->af, v->dst))
		return (hk->group.link != NULL && hk->group.af == v->af &&
		    memcmp(hk->group.addr, v->dst,
			v->af == PSYNC_AF_INET6 ? 16 : 4) == 0);
	return (ifp->link->terminal || ifp->link->af == 0 ||
	    is_own(ifp->link, v->af, v->dst));
}

static void
pfsync_input(struct hk *hk, const struct hk_if *ifp, const uint8_t *pkt,
    const struct ip_view *v)
{
	struct psync_packet packet;

	if (hk->psync == NULL || v->fragment || !pfsync_for_us(hk, ifp, v))
		return;
	packet.frame = pkt + v->hlen;
	packet.len = v->len - v->hlen;
	packet.src = v->src;
	packet.af = v->af;
	packet.ttl = v->ttl;
	packet.on_syncdev = strcmp(ifp->name, hk->config.syncdev) == 0;
	if (packet.on_syncdev && hk->env.bpf != NULL)
		hk->env.bpf(hk->env.ctx, pkt, v->len);
	(void)psync_input(hk->psync, &packet);
}

/* Decrements the TTL and mends the checksum (RFC 1624). */
static void
ttl_decrement(uint8_t *pkt, uint8_t af)
{
	uint32_t sum;

	if (af == PSYNC_AF_INET6) {
		pkt[7]--;
		return;
	}
	pkt[8]--;
	sum = ((uint32_t)pkt[10] << 8 | pkt[11]) + 0x0100;
	sum = (sum & 0xffff) + (sum >> 16);
	pkt[10] = (uint8_t)(sum >> 8);
	pkt[11] = (uint8_t)sum;
}

/* A packet that waits, and where it goes then. */
struct waiting {
	struct hk_held held;
	struct hk *hk;
	char ifname[PSYNC_IFNAMSIZ];
	size_t len;
	uint8_t pkt[];
};

static void
waiting_send(struct hk_held *held)
{
	struct waiting *w = (struct waiting *)held;
	struct hk_if *out = hk_if_find(w->hk, w->ifname);

	if (out != NULL && out->up && out->running && w->len <= out->link->mtu)
		(void)out->link->ops->send(out->link, w->pkt, w->len);
	free(w);
}

static void
waiting_drop(struct hk_held *held)
{
	free(held);
}

/* Sends what pf has passed, now or when a peer knows of it. */
static void
send_out(struct hk *hk, struct hk_if *out, const uint8_t *pkt, size_t len)
{
	struct waiting *w;

	if (hk_may_hold(hk, pkt, len) &&
	    (w = malloc(sizeof(*w) + len)) != NULL) {
		w->held.send = waiting_send;
		w->held.drop = waiting_drop;
		w->hk = hk;
		memcpy(w->ifname, out->name, sizeof(w->ifname));
		w->len = len;
		memcpy(w->pkt, pkt, len);
		if (hk_hold(hk, &w->held))
			return;
		free(w);
	}
	(void)out->link->ops->send(out->link, pkt, len);
}

/* What has come through pf goes on, or ends here. */
static void
forward(struct hk *hk, const struct hk_if *in, uint8_t *pkt, size_t len)
{
	struct hk_if *out;
	struct ip_view v;

	if (!ip_check(pkt, len, &v) || hk_is_multicast(v.af, v.dst) ||
	    is_own(in->link, v.af, v.dst) || v.ttl <= 1)
		return;
	out = route_lookup(hk, v.af, v.dst);
	if (out == NULL || !out->up || !out->running || len > out->link->mtu)
		return;
	ttl_decrement(pkt, v.af);
	if (pf_test(hk->pf, PF_OUT, out->name, pkt, len, 0) == PF_PASS)
		send_out(hk, out, pkt, len);
}

void
hk_input(struct hk *hk, const char *ifname, uint8_t *pkt, size_t len)
{
	struct hk_if *ifp;
	struct ip_view v;

	ifp = hk_if_find(hk, ifname);
	if (ifp == NULL || !ifp->up || !ip_check(pkt, len, &v))
		return;
	if (v.proto == PFSYNC_IPPROTO)
		pfsync_input(hk, ifp, pkt, &v);
	else if (pf_test(hk->pf, PF_IN, ifp->name, pkt, v.len, 0) == PF_PASS)
		forward(hk, ifp, pkt, v.len);
}
