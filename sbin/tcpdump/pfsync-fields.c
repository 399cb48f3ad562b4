/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Prints what stands in the fields of pfsync(4) messages: numbers and names as
 * they are, states as pfctl -s states writes them.
 *
 * Invariant: bytes of the packet are read only behind a check against the
 * capture's end, which gives up there.
 */

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "netdissect-stdinc.h"

#include <string.h>

#define ND_LONGJMP_FROM_TCHECK
#include "netdissect.h"
#include "extract.h"

#include "pfsync-layout.h"
#include "pfsync-fields.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

#define ADDR_LEN    16	 /* room of an address; IPv4 uses the first 4 */
#define DIR_OUT	    2	 /* 1 is in, 0 both */
#define WSCALE_MASK 0x0f /* above it, flags */

#define PROTO_ICMP   1
#define PROTO_TCP    6
#define PROTO_UDP    17
#define PROTO_ICMPV6 58

/* Timeouts are numbered by protocol; these are the last of two of them. */
#define TIMEOUT_TCP_MAX 5
#define TIMEOUT_UDP_MAX 8

/* clang-format off */
static const struct tok protocols[] = {
	{ PROTO_ICMP, "icmp" }, { 2, "igmp" }, { 4, "ipencap" },
	{ PROTO_TCP, "tcp" }, { PROTO_UDP, "udp" }, { 41, "ipv6" },
	{ 47, "gre" }, { 50, "esp" }, { 51, "ah" },
	{ PROTO_ICMPV6, "ipv6-icmp" }, { 89, "ospf" }, { 103, "pim" },
	{ 108, "ipcomp" }, { 112, "carp" }, { 132, "sctp" }, { 0, NULL }
};

static const char *const tcp_states[] = {
	"CLOSED", "LISTEN", "SYN_SENT", "SYN_RCVD", "ESTABLISHED",
	"CLOSE_WAIT", "FIN_WAIT_1", "CLOSING", "LAST_ACK", "FIN_WAIT_2",
	"TIME_WAIT"
};
#define PROXY_SRC	11
#define PROXY_DST	12

static const char *const other_states[] = {
	"NO_TRAFFIC", "SINGLE", "MULTIPLE"
};
/* clang-format on */

/* Where a field is, all of which was captured. */
static const u_char *
field(netdissect_options *ndo, const struct pfs_msg *m, u_int id)
{
	u_int off = 0, width = pfs_find(m->layout, id, &off);

	ND_TCHECK_LEN(m->p + off, width);
	return (m->p + off);
}

/*
 * What stands in a field.
 */
void
pfs_uint(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	ND_PRINT("%" PRIu64, pfs_get(ndo, m, i->id));
}

void
pfs_hex(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	ND_PRINT("%0*" PRIx64, (int)pfs_find(m->layout, i->id, NULL) * 2,
	    pfs_get(ndo, m, i->id));
}

void
pfs_pair(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	ND_PRINT("%" PRIu64 ":%" PRIu64, pfs_get(ndo, m, i->id),
	    pfs_get(ndo, m, i->id + 1));
}

static void
put_number(netdissect_options *ndo, const struct pfs_msg *m, u_int id)
{
	uint32_t nr = (uint32_t)pfs_get(ndo, m, id);

	if (nr == UINT32_MAX)
		ND_PRINT("none");
	else
		ND_PRINT("%u", nr);
}

void
pfs_number(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	put_number(ndo, m, i->id);
}

void
pfs_numbers(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	put_number(ndo, m, i->id);
	ND_PRINT(":");
	put_number(ndo, m, i->id + 1);
}

void
pfs_seconds(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	uint32_t sec = (uint32_t)pfs_get(ndo, m, i->id);

	ND_PRINT("%02u:%02u:%02u", sec / 3600, sec / 60 % 60, sec % 60);
}

void
pfs_bits(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	u_int v = (u_int)pfs_get(ndo, m, i->id);

	ND_PRINT("0x%0*x [%s]", (int)pfs_find(m->layout, i->id, NULL) * 2, v,
	    bittok2str(i->toks, "none", v));
}

void
pfs_name(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	u_int v = (u_int)pfs_get(ndo, m, i->id);
	const char *name = tok2str(i->toks, "", v);

	if (*name != '\0')
		ND_PRINT("%s", name);
	else
		ND_PRINT("%u [invalid %s]", v, i->name);
}

void
pfs_put_string(netdissect_options *ndo, const u_char *p, u_int width)
{
	if (GET_U_1(p) == '\0')
		ND_PRINT("\"\"");
	else
		nd_printjnp(ndo, p, width);
}

void
pfs_string(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	u_int off = 0, width = pfs_find(m->layout, i->id, &off);

	pfs_put_string(ndo, m->p + off, width);
}

u_int
pfs_addr_len(u_int af)
{
	switch (af) {
	case 2:
		return (4);
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
		return (16);
	default:
		return (0);
	}
}

/* The same, and a mark in the output if it is neither IPv4 nor IPv6. */
static u_int
addr_len(netdissect_options *ndo, u_int af)
{
	u_int len = pfs_addr_len(af);

	if (len == 0)
		ND_PRINT("[invalid af %u]", af);
	return (len);
}

void
pfs_put_host(netdissect_options *ndo, const u_char *addr, u_int len, u_int port)
{
	u_char copy[ADDR_LEN];
	char text[INET6_ADDRSTRLEN];

	GET_CPY_BYTES(copy, addr, len);
	if (inet_ntop(len == 4 ? AF_INET : AF_INET6, copy, text,
		sizeof(text)) != NULL)
		ND_PRINT("%s", text);
	if (port != 0 && len == 4)
		ND_PRINT(":%u", port);
	else if (port != 0)
		ND_PRINT("[%u]", port);
}

/* With a family of its own, which is 0 where there is no address. */
void
pfs_addr(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	static const u_char none[ADDR_LEN];
	const u_char *p = field(ndo, m, i->id);
	u_int af = pfs_family(ndo, m, i->id), len;

	if (af == 0 && memcmp(p, none, sizeof(none)) == 0) {
		ND_PRINT("none");
		return;
	}
	len = addr_len(ndo, af);
	if (len != 0)
		pfs_put_host(ndo, p, len, 0);
}

/* Behind its length and its family, it is as the family says. */
void
pfs_sockaddr(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	const u_char *family = field(ndo, m, i->id);
	u_int len = addr_len(ndo, GET_U_1(family));

	if (len != 0)
		pfs_put_host(ndo, family + (len == 4 ? 3 : 7), len, 0);
}

/*
 * A peer, without its state: [window], what was added to its sequence numbers,
 * and what is known of its TCP options.
 */
void
pfs_peer(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *m)
{
	const u_char *scrub = field(ndo, m, i->id + PFS_SCRUB_FLAGS);
	uint32_t lo = (uint32_t)pfs_get(ndo, m, i->id + PFS_SEQLO);
	uint32_t hi = (uint32_t)pfs_get(ndo, m, i->id + PFS_SEQHI);
	uint32_t diff = (uint32_t)pfs_get(ndo, m, i->id + PFS_SEQDIFF);
	u_int wscale = (u_int)pfs_get(ndo, m, i->id + PFS_WSCALE);

	ND_PRINT("[%u + %u]", lo, hi - lo);
	if (diff != 0)
		ND_PRINT("(+%u)", diff);
	if (wscale != 0)
		ND_PRINT(" wscale %u", wscale & WSCALE_MASK);
	ND_PRINT(", max_win %u, mss %u",
	    (u_int)pfs_get(ndo, m, i->id + PFS_MAX_WIN),
	    (u_int)pfs_get(ndo, m, i->id + PFS_MSS));
	if (GET_BE_U_8(scrub) != 0)
		ND_PRINT(", scrub flags 0x%04x ttl %u valid %u ts_mod %u",
		    GET_BE_U_2(scrub), GET_U_1(scrub + 2), GET_U_1(scrub + 3),
		    GET_BE_U_4(scrub + 4));
}

/*
 * How far the two peers of a state have come.
 */
static void
put_levels(netdissect_options *ndo, u_int proto, u_int left, u_int right)
{
	u_int max = left > right ? left : right;

	if (max > PROXY_DST)
		ND_PRINT("%u:%u [invalid state]", left, right);
	else if (proto == PROTO_TCP && max >= PROXY_SRC)
		ND_PRINT("PROXY:%s",
		    left == PROXY_SRC || right == PROXY_SRC ? "SRC" : "DST");
	else if (proto == PROTO_TCP)
		ND_PRINT("%s:%s", tcp_states[left], tcp_states[right]);
	else if (proto != PROTO_ICMP && max < NELEMS(other_states))
		ND_PRINT("%s:%s", other_states[left], other_states[right]);
	else
		ND_PRINT("%u:%u", left, right);
}

/* UPD_C names no protocol, but often a timeout that only one protocol has. */
void
pfs_levels(netdissect_options *ndo, const struct pfs_item *i _U_,
    const struct pfs_msg *m)
{
	u_int timeout = (u_int)pfs_get(ndo, m, PFS_TIMEOUT), proto = PROTO_ICMP;

	if (timeout <= TIMEOUT_TCP_MAX)
		proto = PROTO_TCP;
	else if (timeout <= TIMEOUT_UDP_MAX)
		proto = PROTO_UDP;
	put_levels(ndo, proto, (u_int)pfs_get(ndo, m, PFS_SRC + PFS_LEVEL),
	    (u_int)pfs_get(ndo, m, PFS_DST + PFS_LEVEL));
}

/*
 * The key by which the network knows the connection on that side of the
 * firewall to which the state belongs, and the other one.
 */
static u_int
net_key(u_int dir)
{
	return (dir == DIR_OUT ? PFS_WIRE : PFS_STACK);
}

static u_int
other_key(u_int dir)
{
	return (dir == DIR_OUT ? PFS_STACK : PFS_WIRE);
}

static u_int
protocol(netdissect_options *ndo, const struct pfs_msg *m, u_int key)
{
	if (pfs_find(m->layout, key + PFS_KEY_PROTO, NULL) != 0)
		return ((u_int)pfs_get(ndo, m, key + PFS_KEY_PROTO));
	return ((u_int)pfs_get(ndo, m, PFS_PROTO));
}

/*
 * One end, 0 or 1, of a connection: as the network sees it, and in parentheses
 * before translation, if that differs.
 */
static void
put_end(netdissect_options *ndo, const struct pfs_msg *m, u_int end, u_int dir)
{
	u_int addr = end == 0 ? PFS_ADDR0 : PFS_ADDR1;
	u_int port = end == 0 ? PFS_PORT0 : PFS_PORT1;
	u_int net = net_key(dir), other = other_key(dir);
	const u_char *p = field(ndo, m, net + addr);
	const u_char *op = field(ndo, m, other + addr);
	u_int nr = (u_int)pfs_get(ndo, m, net + port);
	u_int onr = (u_int)pfs_get(ndo, m, other + port);
	u_int proto = protocol(ndo, m, net);
	u_int len = addr_len(ndo, pfs_family(ndo, m, net + addr));
	u_int olen = pfs_addr_len(pfs_family(ndo, m, other + addr));

	if (len == 0)
		return;
	/* An echo has one id, in both ports: show its translation once. */
	if ((proto == PROTO_ICMP || proto == PROTO_ICMPV6) &&
	    end == (dir != DIR_OUT))
		onr = nr;
	pfs_put_host(ndo, p, len, nr);
	if (len == olen && memcmp(p, op, len) == 0 && nr == onr)
		return;
	ND_PRINT(" (");
	if (addr_len(ndo, pfs_family(ndo, m, other + addr)) != 0)
		pfs_put_host(ndo, op, olen, onr);
	ND_PRINT(")");
}

static void
put_ends(netdissect_options *ndo, const struct pfs_msg *m, u_int dir,
    const char *arrow)
{
	put_end(ndo, m, 1, dir);
	ND_PRINT("%s", arrow);
	put_end(ndo, m, 0, dir);
}

/* Version 3: the inner host, how the outside sees it, and the outer host. */
static void
put_hosts(netdissect_options *ndo, const struct pfs_msg *m, const char *arrow)
{
	const u_char *lan = field(ndo, m, PFS_LAN + PFS_ADDR0);
	const u_char *gwy = field(ndo, m, PFS_GWY + PFS_ADDR0);
	const u_char *ext = field(ndo, m, PFS_EXT + PFS_ADDR0);
	u_int lanport = (u_int)pfs_get(ndo, m, PFS_LAN + PFS_PORT0);
	u_int gwyport = (u_int)pfs_get(ndo, m, PFS_GWY + PFS_PORT0);
	u_int len = addr_len(ndo, (u_int)pfs_get(ndo, m, PFS_AF));

	if (len == 0)
		return;
	if (memcmp(lan, gwy, len) != 0 || lanport != gwyport) {
		pfs_put_host(ndo, lan, len, lanport);
		ND_PRINT("%s", arrow);
	}
	pfs_put_host(ndo, gwy, len, gwyport);
	ND_PRINT("%s", arrow);
	pfs_put_host(ndo, ext, len,
	    (u_int)pfs_get(ndo, m, PFS_EXT + PFS_PORT0));
}

/*
 * A full state.  Like the arrow, the order of its peers follows the direction.
 */
void
pfs_state(netdissect_options *ndo, const struct pfs_item *i _U_,
    const struct pfs_msg *m)
{
	u_int dir = (u_int)pfs_get(ndo, m, PFS_DIRECTION);
	u_int src = (u_int)pfs_get(ndo, m, PFS_SRC + PFS_LEVEL);
	u_int dst = (u_int)pfs_get(ndo, m, PFS_DST + PFS_LEVEL);
	u_int proto = protocol(ndo, m, net_key(dir));
	const char *arrow = dir == DIR_OUT ? " -> " : " <- ";

	ND_PRINT("%s ", tok2str(protocols, "%u", proto));
	if (pfs_find(m->layout, PFS_LAN + PFS_ADDR0, NULL) != 0)
		put_hosts(ndo, m, arrow);
	else
		put_ends(ndo, m, dir, arrow);
	ND_PRINT(" ");
	put_levels(ndo, proto, dir == DIR_OUT ? src : dst,
	    dir == DIR_OUT ? dst : src);
	if (dir > DIR_OUT)
		ND_PRINT(" %u [invalid direction]", dir);
}
