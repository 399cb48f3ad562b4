/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Building and parsing packets.  Offsets are those of RFC 791, 8200, 9293, 768,
 * 792 and 4443.
 */

#include <string.h>

#include "tests/demo/packet.h"

#define IP4_HLEN  20
#define IP6_HLEN  40
#define TCP_HLEN  20
#define UDP_HLEN  8
#define ICMP_HLEN 8
#define IP6_ICMP  58 /* ICMPv6's protocol number */
#define IP_TTL	  64

enum { TCPOPT_EOL, TCPOPT_NOP, TCPOPT_MSS, TCPOPT_WSCALE };

/* Echo request and reply. */
static const uint8_t icmp4_type[2] = { 8, 0 };
static const uint8_t icmp6_type[2] = { 128, 129 };

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint16_t
get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static uint32_t
get32(const uint8_t *p)
{
	return ((uint32_t)get16(p) << 16 | get16(p + 2));
}

static uint32_t
sum(const uint8_t *p, size_t len, uint32_t acc)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		acc += get16(p + i);
	if (len & 1)
		acc += (uint32_t)p[len - 1] << 8;
	return (acc);
}

static uint16_t
fold(uint32_t acc)
{
	while (acc >> 16 != 0)
		acc = (acc & 0xffff) + (acc >> 16);
	return ((uint16_t)~acc);
}

/*
 * The checksum of a transport header with its data: 0 if the one in it is
 * right.  ICMP over IPv4 alone has no pseudo header.
 */
static uint16_t
transport_cksum(const struct packet *p, const uint8_t *th, size_t len)
{
	size_t alen = p->version == 4 ? 4 : 16;
	uint32_t acc = 0;

	if (p->version == 6 || p->proto != PACKET_ICMP) {
		acc = sum(p->src.addr, alen, acc);
		acc = sum(p->dst.addr, alen, acc);
		acc += (uint32_t)len;
		acc += p->proto == PACKET_ICMP ? IP6_ICMP : p->proto;
	}
	return (fold(sum(th, len, acc)));
}

static size_t
build_tcp(const struct packet *p, uint8_t *th)
{
	size_t hlen = TCP_HLEN;

	put16(th, p->src.port);
	put16(th + 2, p->dst.port);
	put32(th + 4, p->seq);
	put32(th + 8, p->ack);
	th[13] = p->flags;
	put16(th + 14, p->window);
	if ((p->flags & TH_SYN) != 0 && p->mss != 0) {
		th[hlen++] = TCPOPT_MSS;
		th[hlen++] = 4;
		put16(th + hlen, p->mss);
		hlen += 2;
	}
	if ((p->flags & TH_SYN) != 0 && p->wscale >= 0) {
		th[hlen++] = TCPOPT_NOP;
		th[hlen++] = TCPOPT_WSCALE;
		th[hlen++] = 3;
		th[hlen++] = (uint8_t)p->wscale;
	}
	th[12] = (uint8_t)(hlen / 4 << 4);
	return (hlen);
}

static size_t
build_udp(const struct packet *p, uint8_t *th)
{
	put16(th, p->src.port);
	put16(th + 2, p->dst.port);
	put16(th + 4, (uint32_t)(UDP_HLEN + p->len));
	return (UDP_HLEN);
}

static size_t
build_icmp(const struct packet *p, uint8_t *th)
{
	th[0] = (p->version == 4 ? icmp4_type : icmp6_type)[p->reply];
	put16(th + 4, p->src.port);
	put16(th + 6, p->seq);
	return (ICMP_HLEN);
}

static void
build_ip4(const struct packet *p, uint8_t *ip, size_t len)
{
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)len);
	ip[6] = 0x40; /* do not fragment */
	ip[8] = IP_TTL;
	ip[9] = p->proto;
	memcpy(ip + 12, p->src.addr, 4);
	memcpy(ip + 16, p->dst.addr, 4);
	put16(ip + 10, fold(sum(ip, IP4_HLEN, 0)));
}

static void
build_ip6(const struct packet *p, uint8_t *ip, size_t len)
{
	ip[0] = 0x60;
	put16(ip + 4, (uint32_t)(len - IP6_HLEN));
	ip[6] = p->proto == PACKET_ICMP ? IP6_ICMP : p->proto;
	ip[7] = IP_TTL;
	memcpy(ip + 8, p->src.addr, 16);
	memcpy(ip + 24, p->dst.addr, 16);
}

size_t
packet_build(const struct packet *p, uint8_t *buf)
{
	size_t iplen = p->version == 4 ? IP4_HLEN : IP6_HLEN;
	size_t cksum_at, hlen, len;
	uint8_t *th = buf + iplen;
	uint16_t cksum;

	memset(buf, 0, iplen + TCP_HLEN);
	switch (p->proto) {
	case PACKET_TCP:
		hlen = build_tcp(p, th);
		cksum_at = 16;
		break;
	case PACKET_UDP:
		hlen = build_udp(p, th);
		cksum_at = 6;
		break;
	default:
		hlen = build_icmp(p, th);
		cksum_at = 2;
	}
	if (p->len > 0)
		memcpy(th + hlen, p->data, p->len);
	len = hlen + p->len;
	cksum = transport_cksum(p, th, len);
	if (cksum == 0 && p->proto == PACKET_UDP)
		cksum = 0xffff;
	put16(th + cksum_at, cksum);
	if (p->version == 4)
		build_ip4(p, buf, iplen + len);
	else
		build_ip6(p, buf, iplen + len);
	return (iplen + len);
}

static bool
parse_tcp_options(const uint8_t *opt, size_t len, struct packet *p)
{
	size_t i, n;

	for (i = 0; i < len && opt[i] != TCPOPT_EOL; i += n) {
		if (opt[i] == TCPOPT_NOP) {
			n = 1;
			continue;
		}
		if (i + 1 >= len || (n = opt[i + 1]) < 2 || n > len - i)
			return (false);
		if (opt[i] == TCPOPT_MSS && n == 4)
			p->mss = get16(opt + i + 2);
		else if (opt[i] == TCPOPT_WSCALE && n == 3)
			p->wscale = opt[i + 2];
	}
	return (true);
}

static bool
parse_tcp(const uint8_t *th, size_t len, struct packet *p)
{
	size_t hlen;

	if (len < TCP_HLEN)
		return (false);
	hlen = (size_t)(th[12] >> 4) * 4;
	if (hlen < TCP_HLEN || hlen > len)
		return (false);
	p->src.port = get16(th);
	p->dst.port = get16(th + 2);
	p->seq = get32(th + 4);
	p->ack = get32(th + 8);
	p->flags = th[13];
	p->window = get16(th + 14);
	p->data = th + hlen;
	p->len = len - hlen;
	return (parse_tcp_options(th + TCP_HLEN, hlen - TCP_HLEN, p));
}

static bool
parse_udp(const uint8_t *th, size_t len, struct packet *p)
{
	if (len < UDP_HLEN || get16(th + 4) != len || get16(th + 6) == 0)
		return (false);
	p->src.port = get16(th);
	p->dst.port = get16(th + 2);
	p->data = th + UDP_HLEN;
	p->len = len - UDP_HLEN;
	return (true);
}

static bool
parse_icmp(const uint8_t *th, size_t len, struct packet *p)
{
	const uint8_t *type = p->version == 4 ? icmp4_type : icmp6_type;

	if (len < ICMP_HLEN || (th[0] != type[0] && th[0] != type[1]))
		return (false);
	p->reply = th[0] == type[1];
	p->src.port = p->dst.port = get16(th + 4);
	p->seq = get16(th + 6);
	p->data = th + ICMP_HLEN;
	p->len = len - ICMP_HLEN;
	return (true);
}

bool
packet_parse(const uint8_t *buf, size_t len, struct packet *p)
{
	size_t iplen;

	memset(p, 0, sizeof(*p));
	p->wscale = -1;
	if (len >= IP4_HLEN && buf[0] == 0x45) {
		iplen = IP4_HLEN;
		p->version = 4;
		p->proto = buf[9];
		memcpy(p->src.addr, buf + 12, 4);
		memcpy(p->dst.addr, buf + 16, 4);
		if (get16(buf + 2) != len || fold(sum(buf, IP4_HLEN, 0)) != 0)
			return (false);
	} else if (len >= IP6_HLEN && buf[0] >> 4 == 6) {
		iplen = IP6_HLEN;
		p->version = 6;
		p->proto = buf[6] == IP6_ICMP ? PACKET_ICMP : buf[6];
		memcpy(p->src.addr, buf + 8, 16);
		memcpy(p->dst.addr, buf + 24, 16);
		if ((size_t)get16(buf + 4) != len - IP6_HLEN)
			return (false);
	} else
		return (false);
	if (transport_cksum(p, buf + iplen, len - iplen) != 0)
		return (false);
	switch (p->proto) {
	case PACKET_TCP:
		return (parse_tcp(buf + iplen, len - iplen, p));
	case PACKET_UDP:
		return (parse_udp(buf + iplen, len - iplen, p));
	case PACKET_ICMP:
		return (parse_icmp(buf + iplen, len - iplen, p));
	default:
		return (false);
	}
}
