/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packets made to measure, and what is in them.  See pf_rig.h.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

static void
put16(uint8_t *p, unsigned v)
{

	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static unsigned
get16(const uint8_t *p)
{

	return ((unsigned)p[0] << 8 | p[1]);
}

static void
put32(uint8_t *p, uint32_t v)
{

	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* Begins a packet: IP header for len bytes to come.  Returns these. */
static uint8_t *
begin(struct rig_packet *p, const char *src, const char *dst, uint8_t proto,
    size_t len)
{
	bool v6 = strchr(src, ':') != NULL;
	size_t hlen = v6 ? 40 : 20;

	memset(p->b, 0, sizeof(p->b));
	p->len = hlen + len;
	if (p->len > sizeof(p->b))
		abort();
	if (v6) {
		p->b[0] = 0x60;
		put16(p->b + 4, (unsigned)len);
		p->b[6] = proto;
		p->b[7] = 64;
	} else {
		p->b[0] = 0x45;
		put16(p->b + 2, (unsigned)p->len);
		p->b[8] = 64;
		p->b[9] = proto;
	}
	if (inet_pton(v6 ? AF_INET6 : AF_INET, src, p->b + (v6 ? 8 : 12)) !=
		1 ||
	    inet_pton(v6 ? AF_INET6 : AF_INET, dst, p->b + (v6 ? 24 : 16)) != 1)
		abort();
	return (p->b + hlen);
}

void
rig_tcp(struct rig_packet *p, const char *src, uint16_t sport, const char *dst,
    uint16_t dport, const struct rig_tcp *t)
{
	size_t opts = t->wscale >= 0 ? 4 : 0, i;
	uint8_t *th = begin(p, src, dst, 6, 20 + opts + t->len);

	put16(th, sport);
	put16(th + 2, dport);
	put32(th + 4, t->seq);
	put32(th + 8, t->ack);
	th[12] = (uint8_t)((20 + opts) / 4 << 4);
	th[13] = t->flags;
	put16(th + 14, t->win);
	if (opts != 0) {
		th[20] = 1;
		th[21] = 3;
		th[22] = 3;
		th[23] = (uint8_t)t->wscale;
	}
	for (i = 0; i < t->len; i++)
		th[20 + opts + i] = (uint8_t)(i * 7);
	rig_sums_set(p);
}

void
rig_udp(struct rig_packet *p, const char *src, uint16_t sport, const char *dst,
    uint16_t dport, size_t len)
{
	uint8_t *uh = begin(p, src, dst, 17, 8 + len);
	size_t i;

	put16(uh, sport);
	put16(uh + 2, dport);
	put16(uh + 4, (unsigned)(8 + len));
	for (i = 0; i < len; i++)
		uh[8 + i] = (uint8_t)(i * 3 + 1);
	rig_sums_set(p);
}

void
rig_icmp(struct rig_packet *p, const char *src, const char *dst, uint8_t type,
    uint8_t code, uint16_t id)
{
	uint8_t *ih = begin(p, src, dst, strchr(src, ':') != NULL ? 58 : 1,
	    8 + 56);

	ih[0] = type;
	ih[1] = code;
	put16(ih + 4, id);
	memset(ih + 8, 0xa5, 56);
	rig_sums_set(p);
}

void
rig_other(struct rig_packet *p, const char *src, const char *dst, uint8_t proto,
    size_t len)
{

	memset(begin(p, src, dst, proto, len), 0x3c, len);
	rig_sums_set(p);
}

void
rig_error(struct rig_packet *p, const char *src, const char *dst, uint8_t type,
    uint8_t code, const struct rig_packet *quoted, size_t qlen)
{
	uint8_t *ih;

	if (qlen > quoted->len)
		qlen = quoted->len;
	ih = begin(p, src, dst, strchr(src, ':') != NULL ? 58 : 1, 8 + qlen);
	ih[0] = type;
	ih[1] = code;
	memcpy(ih + 8, quoted->b, qlen);
	rig_sums_set(p);
}

void
rig_push(struct rig_packet *p, size_t hlen, const uint8_t *bytes, size_t len)
{

	if (p->len + len > sizeof(p->b))
		abort();
	memmove(p->b + hlen + len, p->b + hlen, p->len - hlen);
	memcpy(p->b + hlen, bytes, len);
	p->len += len;
	if (p->b[0] >> 4 == 6)
		put16(p->b + 4, (unsigned)p->len - 40);
	else
		put16(p->b + 2, (unsigned)p->len);
}

/* The plain sum over bytes, the last odd one padded. */
static uint32_t
sum(uint32_t s, const uint8_t *p, size_t len)
{

	for (; len > 1; len -= 2, p += 2)
		s += get16(p);
	if (len == 1)
		s += (uint32_t)p[0] << 8;
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return (s);
}

struct layout {
	const uint8_t *ip;
	size_t hlen;
	size_t l4_len;
	uint8_t proto;
	bool v6;
	bool whole; /* all it claims is there */
	bool fragment;
};

static struct layout
layout(const uint8_t *ip, size_t len)
{
	struct layout l = { .ip = ip, .v6 = ip[0] >> 4 == 6 };
	size_t total;

	if (l.v6) {
		total = 40 + get16(ip + 4);
		l.hlen = 40;
		l.proto = ip[6];
		while (l.proto == 0 || l.proto == 43 || l.proto == 60) {
			l.proto = ip[l.hlen];
			l.hlen += (ip[l.hlen + 1] + 1U) * 8;
		}
		l.fragment = l.proto == 44;
	} else {
		total = get16(ip + 2);
		l.hlen = (ip[0] & 15U) * 4;
		l.proto = ip[9];
		l.fragment = (get16(ip + 6) & 0x3fff) != 0;
	}
	l.whole = total <= len;
	l.l4_len = (l.whole ? total : len) - l.hlen;
	return (l);
}

/* Where the transport checksum is; 0: nowhere. */
static size_t
sum_offset(uint8_t proto)
{

	return (proto == 6		  ? 16 :
		proto == 17		  ? 6 :
		proto == 1 || proto == 58 ? 2 :
					    0);
}

static uint32_t
transport_sum(const struct layout *l)
{
	uint32_t s = 0;

	if (l->proto != 1) {
		s = sum(0, l->ip + (l->v6 ? 8 : 12), l->v6 ? 32 : 8);
		s += l->proto + (uint32_t)l->l4_len;
	}
	return (sum(s, l->ip + l->hlen, l->l4_len));
}

static bool
sums_ok(const uint8_t *ip, size_t len)
{
	struct layout l = layout(ip, len);
	size_t at = sum_offset(l.proto);
	bool v4_error, v6_error;

	if (!l.v6 && sum(0, ip, l.hlen) != 0xffff)
		return (false);
	if (at == 0 || l.fragment || !l.whole)
		return (true);
	if (l.proto == 17 && get16(ip + l.hlen + 6) == 0)
		return (!l.v6);
	if (transport_sum(&l) != 0xffff)
		return (false);
	v4_error = l.proto == 1 && (ip[l.hlen] == 3 || ip[l.hlen] == 11);
	v6_error = l.proto == 58 && ip[l.hlen] < 128;
	return (
	    !(v4_error || v6_error) || sums_ok(ip + l.hlen + 8, l.l4_len - 8));
}

bool
rig_sums_ok(const struct rig_packet *p)
{

	return (sums_ok(p->b, p->len));
}

void
rig_sums_set(struct rig_packet *p)
{
	struct layout l = layout(p->b, p->len);
	size_t at = sum_offset(l.proto);
	uint32_t s;

	if (!l.v6) {
		put16(p->b + 10, 0);
		put16(p->b + 10, 0xffff & ~sum(0, p->b, l.hlen));
	}
	if (at == 0)
		return;
	put16(p->b + l.hlen + at, 0);
	s = 0xffff & ~transport_sum(&l);
	put16(p->b + l.hlen + at, s == 0 && l.proto == 17 ? 0xffff : s);
}

static const char *
show(const uint8_t *ip, size_t len)
{
	static char text[160];
	char src[64], dst[64];
	struct layout l = layout(ip, len);
	const uint8_t *t = ip + l.hlen;
	int af = l.v6 ? AF_INET6 : AF_INET;

	inet_ntop(af, ip + (l.v6 ? 8 : 12), src, sizeof(src));
	inet_ntop(af, ip + (l.v6 ? 24 : 16), dst, sizeof(dst));
	if (l.proto == 6 || l.proto == 17)
		snprintf(text, sizeof(text), "%s:%u > %s:%u", src, get16(t),
		    dst, get16(t + 2));
	else if (l.proto == 1 || l.proto == 58)
		snprintf(text, sizeof(text), "%s > %s [%u]", src, dst,
		    get16(t + 4));
	else
		snprintf(text, sizeof(text), "%s > %s", src, dst);
	return (text);
}

const char *
rig_show(const struct rig_packet *p)
{

	return (show(p->b, p->len));
}

const char *
rig_show_quoted(const struct rig_packet *p)
{
	struct layout l = layout(p->b, p->len);

	return (show(p->b + l.hlen + 8, l.l4_len - 8));
}
