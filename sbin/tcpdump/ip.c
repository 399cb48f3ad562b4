/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * IPv4 and IPv6 headers in front of pfsync, told as tcpdump tells them.
 */

#include "netdissect-stdinc.h"

#include "netdissect.h"
#include "extract.h"
#include "ip.h"
#include "print-pfsync.h"

#define IPPROTO_PFSYNC 240

/* Offsets in an IPv4 header, which is 20 bytes long without options. */
#define IP4_MINLEN 20
#define IP4_TOS	   1
#define IP4_TOTLEN 2
#define IP4_ID	   4
#define IP4_FRAG   6
#define IP4_TTL	   8
#define IP4_PROTO  9
#define IP4_SUM	   10
#define IP4_SRC	   12
#define IP4_DST	   16

#define FRAG_DF	     0x4000
#define FRAG_MF	     0x2000
#define FRAG_OFFMASK 0x1fff

/* Offsets in an IPv6 header, and the extension headers that may follow. */
#define IP6_LEN	    40
#define IP6_PAYLOAD 4
#define IP6_NEXT    6
#define IP6_HLIM    7
#define IP6_SRC	    8
#define IP6_DST	    24

#define EXT_HOPOPTS  0
#define EXT_ROUTING  43
#define EXT_FRAGMENT 44
#define EXT_DSTOPTS  60
#define EXT_UNIT     8 /* their length is a multiple of this */
#define EXT_OFFMASK  0xfff8

/* clang-format off */
static const struct tok protocols[] = {
	{ IPPROTO_PFSYNC, "PFSYNC" }, { 0, NULL }
};

static const struct tok fragment_flags[] = {
	{ FRAG_MF, "+" }, { FRAG_DF, "DF" }, { 0x8000, "rsvd" }, { 0, NULL }
};

static const struct tok ecn[] = {
	{ 0, "" }, { 1, ",ECT(1)" }, { 2, ",ECT(0)" }, { 3, ",CE" },
	{ 0, NULL }
};
/* clang-format on */

/*
 * The offset behind the IPv6 headers of a pfsync packet, and whether that is
 * inside of it, because this is a later fragment.  False if pfsync does not
 * follow them, or it cannot be told from what was captured.
 */
static bool
ip6_find_payload(const u_char *p, u_int caplen, u_int *off, bool *later)
{
	const u_char *ext;
	u_int next;

	if (caplen < IP6_LEN)
		return (false);
	next = p[IP6_NEXT];
	*off = IP6_LEN;
	*later = false;
	while (next == EXT_HOPOPTS || next == EXT_ROUTING ||
	    next == EXT_FRAGMENT || next == EXT_DSTOPTS) {
		if (*off > caplen || caplen - *off < EXT_UNIT)
			return (false);
		ext = p + *off;
		*off += EXT_UNIT;
		if (next != EXT_FRAGMENT)
			*off += ext[1] * EXT_UNIT;
		else if (((ext[2] << 8 | ext[3]) & EXT_OFFMASK) != 0)
			*later = true;
		next = ext[0];
	}
	return (next == IPPROTO_PFSYNC);
}

bool
ip_is_pfsync(u_int version, const u_char *p, u_int caplen)
{
	u_int off;
	bool later;

	if (version == 4)
		return (caplen > IP4_PROTO && p[IP4_PROTO] == IPPROTO_PFSYNC);
	return (ip6_find_payload(p, caplen, &off, &later));
}

static void
print_addresses(netdissect_options *ndo, int af, const u_char *src,
    const u_char *dst, u_int len)
{
	u_char copy[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	GET_CPY_BYTES(copy, src, len);
	if (inet_ntop(af, copy, text, sizeof(text)) != NULL)
		ND_PRINT("%s > ", text);
	GET_CPY_BYTES(copy, dst, len);
	if (inet_ntop(af, copy, text, sizeof(text)) != NULL)
		ND_PRINT("%s:", text);
}

/* What follows the addresses: a later fragment has no header of pfsync. */
static void
print_payload(netdissect_options *ndo, const u_char *p, u_int len, bool later)
{
	if (later) {
		ND_PRINT(" ip-proto-%d", IPPROTO_PFSYNC);
		return;
	}
	ND_PRINT(" ");
	pfsync_print(ndo, p, len);
}

/* The checksum of a header of hlen bytes, over all of it but the sum. */
static u_int
ip4_sum(netdissect_options *ndo, const u_char *p, u_int hlen)
{
	uint32_t sum = 0;
	u_int i;

	for (i = 0; i < hlen; i += 2)
		if (i != IP4_SUM)
			sum += GET_BE_U_2(p + i);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (~sum & 0xffff);
}

static void
print_ip4_header(netdissect_options *ndo, const u_char *p, u_int hlen)
{
	u_int tos = GET_U_1(p + IP4_TOS), ttl = GET_U_1(p + IP4_TTL);
	u_int frag = GET_BE_U_2(p + IP4_FRAG), sum = GET_BE_U_2(p + IP4_SUM);

	ND_PRINT("(tos 0x%x%s", tos, tok2str(ecn, "", tos & 3));
	if (ttl != 0)
		ND_PRINT(", ttl %u", ttl);
	ND_PRINT(", id %u, offset %u, flags [%s], proto %s (%u), length %u",
	    GET_BE_U_2(p + IP4_ID), (frag & FRAG_OFFMASK) * 8,
	    bittok2str(fragment_flags, "none", frag & ~FRAG_OFFMASK),
	    tok2str(protocols, "unknown", GET_U_1(p + IP4_PROTO)),
	    GET_U_1(p + IP4_PROTO), GET_BE_U_2(p + IP4_TOTLEN));
	if (hlen > IP4_MINLEN)
		ND_PRINT(", options (%u bytes)", hlen - IP4_MINLEN);
	if (ND_TTEST_LEN(p, hlen) && ip4_sum(ndo, p, hlen) != sum)
		ND_PRINT(", bad cksum %x (->%x)!", sum, ip4_sum(ndo, p, hlen));
	ND_PRINT(")\n    ");
}

void
ip_print(netdissect_options *ndo, const u_char *p, u_int len)
{
	u_int hlen, totlen;

	ndo->ndo_protocol = "ip";
	if (!ndo->ndo_eflag)
		ND_PRINT("IP ");
	if (!ND_TTEST_LEN(p, IP4_MINLEN)) {
		nd_print_trunc(ndo);
		return;
	}
	hlen = (GET_U_1(p) & 0x0f) * 4;
	if (hlen < IP4_MINLEN) {
		ND_PRINT("bad-hlen %u", hlen);
		return;
	}
	totlen = GET_BE_U_2(p + IP4_TOTLEN);
	if (len < totlen)
		ND_PRINT("truncated-ip - %u bytes missing! ", totlen - len);
	if (totlen < hlen) {
		ND_PRINT("bad-len %u", totlen);
		return;
	}
	if (ndo->ndo_vflag)
		print_ip4_header(ndo, p, hlen);
	print_addresses(ndo, AF_INET, p + IP4_SRC, p + IP4_DST, 4);
	ND_TCHECK_LEN(p, hlen);
	print_payload(ndo, p + hlen, totlen - hlen,
	    (GET_BE_U_2(p + IP4_FRAG) & FRAG_OFFMASK) != 0);
}

void
ip6_print(netdissect_options *ndo, const u_char *p, u_int len)
{
	u_int flow, off, payload;
	bool later;

	ndo->ndo_protocol = "ip6";
	if (!ndo->ndo_eflag)
		ND_PRINT("IP6 ");
	if (!ND_TTEST_LEN(p, IP6_LEN)) {
		nd_print_trunc(ndo);
		return;
	}
	payload = GET_BE_U_2(p + IP6_PAYLOAD);
	if (len - IP6_LEN < payload)
		ND_PRINT("truncated-ip6 - %u bytes missing!",
		    payload - (len - IP6_LEN));
	if (ndo->ndo_vflag) {
		flow = GET_BE_U_4(p);
		ND_PRINT("(");
		if (flow & 0x0ff00000)
			ND_PRINT("class 0x%02x, ", flow >> 20 & 0xff);
		if (flow & 0x000fffff)
			ND_PRINT("flowlabel 0x%05x, ", flow & 0xfffff);
		ND_PRINT("hlim %u, next-header %s (%u) payload length: %u) ",
		    GET_U_1(p + IP6_HLIM),
		    tok2str(protocols, "unknown", GET_U_1(p + IP6_NEXT)),
		    GET_U_1(p + IP6_NEXT), payload);
	}
	print_addresses(ndo, AF_INET6, p + IP6_SRC, p + IP6_DST, 16);
	if (!ip6_find_payload(p, (u_int)(ndo->ndo_snapend - p), &off, &later) ||
	    off > IP6_LEN + payload) {
		ND_PRINT(" [invalid: headers longer than the packet]");
		return;
	}
	print_payload(ndo, p + off, IP6_LEN + payload - off, later);
}
