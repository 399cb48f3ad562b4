/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Takes IPv4 and IPv6 packets apart: headers, extension headers and options,
 * TCP, UDP, ICMP, ICMPv6.  Every length in a packet is a claim: nothing is read
 * before it is known to be there.  What does not add up is malformed.
 */

#include <string.h>

#include "os/hosted/pf/pf_impl.h"

#define IP4_HLEN    20
#define IP4_MF	    0x2000
#define IP4_OFFMASK 0x1fff
#define IP6_HLEN    40
#define IP6_OFFMASK 0xfff8
#define IP6_MORE    0x0001

/* IPv6 extension headers */
#define EXT_HOPOPTS  0
#define EXT_ROUTING  43
#define EXT_FRAGMENT 44
#define EXT_AH	     51
#define EXT_DSTOPTS  60

#define TCP_HLEN  20
#define UDP_HLEN  8
#define ICMP_HLEN 8

static bool
packet_ip4(struct pf_pdesc *pd, uint8_t *pkt, size_t len, bool quoted)
{
	size_t hlen, total;
	uint16_t off;

	if (len < IP4_HLEN)
		return (false);
	hlen = (pkt[0] & 0x0fU) * 4;
	total = pf_get16(pkt + 2);
	if (hlen < IP4_HLEN || hlen > len || total < hlen)
		return (false);
	if (total > len) {
		if (!quoted)
			return (false);
		total = len;
	}
	off = pf_get16(pkt + 6);
	pd->af = PF_AF_INET;
	pd->proto = pkt[9];
	pd->src = pkt + 12;
	pd->dst = pkt + 16;
	pd->ip_sum = pkt + 10;
	pd->fragment = (off & IP4_OFFMASK) != 0;
	pd->more = (off & IP4_MF) != 0;
	pd->badopts = hlen > IP4_HLEN;
	pd->len = total;
	pd->l4 = pkt + hlen;
	pd->l4_len = total - hlen;
	return (true);
}

/* Steps over one extension header.  0: it is none; else its length. */
static size_t
ext_len(unsigned proto, const uint8_t *p, size_t have)
{

	switch (proto) {
	case EXT_HOPOPTS:
	case EXT_ROUTING:
	case EXT_DSTOPTS:
		return (have < 2 ? SIZE_MAX : (p[1] + 1U) * 8);
	case EXT_FRAGMENT:
		return (8);
	case EXT_AH:
		return (have < 2 ? SIZE_MAX : (p[1] + 2U) * 4);
	default:
		return (0);
	}
}

static bool
packet_ip6(struct pf_pdesc *pd, uint8_t *pkt, size_t len, bool quoted)
{
	uint8_t *p = pkt + IP6_HLEN;
	size_t have, n;
	uint8_t next;

	if (len < IP6_HLEN)
		return (false);
	have = pf_get16(pkt + 4);
	if (have > len - IP6_HLEN) {
		if (!quoted)
			return (false);
		have = len - IP6_HLEN;
	}
	pd->af = PF_AF_INET6;
	pd->src = pkt + 8;
	pd->dst = pkt + 24;
	pd->len = IP6_HLEN + have;
	next = pkt[6];
	while (!pd->fragment && (n = ext_len(next, p, have)) != 0) {
		if (n > have)
			return (false);
		if (next == EXT_ROUTING)
			pd->badopts = true;
		if (next == EXT_FRAGMENT) {
			if (pd->more)
				return (false);
			pd->fragment = (pf_get16(p + 2) & IP6_OFFMASK) != 0;
			pd->more = (pf_get16(p + 2) & IP6_MORE) != 0;
		}
		next = p[0];
		p += n;
		have -= n;
	}
	pd->proto = next;
	pd->l4 = p;
	pd->l4_len = have;
	return (true);
}

/*
 * Fills in what the IP headers say.  quoted: the packet is a beginning, as an
 * ICMP error quotes one, so it may claim to be longer than it is.
 */
bool
pf_packet_ip(struct pf_pdesc *pd, uint8_t *pkt, size_t len, bool quoted)
{

	if (len < 1)
		return (false);
	switch (pkt[0] >> 4) {
	case 4:
		return (packet_ip4(pd, pkt, len, quoted));
	case 6:
		return (packet_ip6(pd, pkt, len, quoted));
	default:
		return (false);
	}
}

static bool
packet_tcp(struct pf_pdesc *pd)
{
	const uint8_t *th = pd->l4;
	size_t hlen;

	if (pd->l4_len < TCP_HLEN)
		return (false);
	hlen = (th[12] >> 4) * 4U;
	if (hlen < TCP_HLEN || hlen > pd->l4_len)
		return (false);
	memcpy(&pd->sport, th, 2);
	memcpy(&pd->dport, th + 2, 2);
	pd->seq = pf_get32(th + 4);
	pd->ack = pf_get32(th + 8);
	pd->tcp_flags = th[13];
	pd->win = pf_get16(th + 14);
	pd->p_len = (uint32_t)(pd->l4_len - hlen);
	pd->l4_sum = pd->l4 + 16;
	return (true);
}

static bool
packet_udp(struct pf_pdesc *pd)
{
	const uint8_t *uh = pd->l4;
	size_t ulen;

	if (pd->l4_len < UDP_HLEN)
		return (false);
	ulen = pf_get16(uh + 4);
	if (ulen < UDP_HLEN || (ulen > pd->l4_len && !pd->more))
		return (false);
	memcpy(&pd->sport, uh, 2);
	memcpy(&pd->dport, uh + 2, 2);
	if (pd->dport == 0)
		return (false);
	/* An IPv4 sender may leave the checksum out. */
	if (pf_get16(uh + 6) != 0)
		pd->l4_sum = pd->l4 + 6;
	return (true);
}

/* Types that quote a packet, and queries and their replies, which have ids. */
static const uint8_t icmp4_errors[] = { 3, 4, 5, 11, 12 };
static const uint8_t icmp4_queries[] = { 0, 8, 13, 14, 15, 16, 17, 18 };
static const uint8_t icmp6_errors[] = { 1, 2, 3, 4 };
static const uint8_t icmp6_queries[] = { 128, 129 };

static bool
packet_icmp(struct pf_pdesc *pd)
{
	bool v4 = pd->af == PF_AF_INET;
	const uint8_t *errors = v4 ? icmp4_errors : icmp6_errors;
	const uint8_t *queries = v4 ? icmp4_queries : icmp6_queries;
	size_t nerrors = v4 ? sizeof(icmp4_errors) : sizeof(icmp6_errors);
	size_t nqueries = v4 ? sizeof(icmp4_queries) : sizeof(icmp6_queries);

	if (pd->l4_len < ICMP_HLEN)
		return (false);
	pd->icmp_type = pd->l4[0];
	pd->icmp_code = pd->l4[1];
	pd->icmp_error = memchr(errors, pd->icmp_type, nerrors) != NULL;
	pd->icmp_query = memchr(queries, pd->icmp_type, nqueries) != NULL;
	pd->l4_sum = pd->l4 + 2;
	/* As FreeBSD: whatever the type, this is what tells flows apart. */
	memcpy(&pd->sport, pd->l4 + 4, 2);
	pd->dport = pd->sport;
	return (true);
}

/*
 * Takes a whole packet apart.  pd is zeroed but for what the caller has set:
 * dir, kif, partial.  False: malformed.
 */
bool
pf_packet_parse(struct pf_pdesc *pd, uint8_t *pkt, size_t len)
{

	if (!pf_packet_ip(pd, pkt, len, false))
		return (false);
	pd->sidx = pd->dir == PF_IN ? 0 : 1;
	pd->didx = !pd->sidx;
	if (pd->fragment)
		return (true);
	switch (pd->proto) {
	case PF_PROTO_TCP:
		return (packet_tcp(pd));
	case PF_PROTO_UDP:
		return (packet_udp(pd));
	case PF_PROTO_ICMP:
		return (pd->af == PF_AF_INET && packet_icmp(pd));
	case PF_PROTO_ICMP6:
		return (pd->af == PF_AF_INET6 && packet_icmp(pd));
	default:
		return (true);
	}
}
