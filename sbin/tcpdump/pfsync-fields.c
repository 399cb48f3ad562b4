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

#include "pfsync-fields.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

#define IFNAME_LEN 16
#define ADDR_LEN   16 /* room of an address; IPv4 uses the first 4 */

#define DIR_OUT 2 /* 1 is in, 0 both */

#define PROTO_ICMP   1
#define PROTO_TCP    6
#define PROTO_UDP    17
#define PROTO_ICMPV6 58

/* Version 5: two keys of two addresses and two ports. */
#define ST_WIRE	  24
#define ST_STACK  60
#define KEY_PORTS 32

/* Version 3: three hosts of an address and a port. */
#define ST_LAN	  24
#define ST_GWY	  48
#define ST_EXT	  72
#define HOST_PORT 16

/* A peer.  Its first eight bytes are about normalization. */
#define PEER_SCRUB   0
#define PEER_SEQLO   8
#define PEER_SEQHI   12
#define PEER_SEQDIFF 16
#define PEER_MAX_WIN 20
#define PEER_MSS     22
#define PEER_STATE   24
#define PEER_WSCALE  25
#define WSCALE_MASK  0x0f /* above it, flags */

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

/*
 * What stands in a field.
 */
static uint64_t
get_uint(netdissect_options *ndo, const u_char *p, u_int width)
{
	uint64_t v = 0;

	while (width-- > 0)
		v = v << 8 | GET_U_1(p++);
	return (v);
}

void
pfs_uint(netdissect_options *ndo, const struct pfs_field *f, const u_char *msg)
{
	ND_PRINT("%" PRIu64, get_uint(ndo, msg + f->offset, f->width));
}

void
pfs_hex(netdissect_options *ndo, const struct pfs_field *f, const u_char *msg)
{
	ND_PRINT("%0*" PRIx64, (int)f->width * 2,
	    get_uint(ndo, msg + f->offset, f->width));
}

/* Two integers, one for each way of the connection. */
void
pfs_pair(netdissect_options *ndo, const struct pfs_field *f, const u_char *msg)
{
	const u_char *p = msg + f->offset;

	ND_PRINT("%" PRIu64 ":%" PRIu64, get_uint(ndo, p, f->width),
	    get_uint(ndo, p + f->width, f->width));
}

/* A number, or -1 for none. */
void
pfs_number(netdissect_options *ndo, const struct pfs_field *f,
    const u_char *msg)
{
	uint32_t nr = GET_BE_U_4(msg + f->offset);

	if (nr == UINT32_MAX)
		ND_PRINT("none");
	else
		ND_PRINT("%u", nr);
}

void
pfs_seconds(netdissect_options *ndo, const struct pfs_field *f,
    const u_char *msg)
{
	uint32_t sec = GET_BE_U_4(msg + f->offset);

	ND_PRINT("%02u:%02u:%02u", sec / 3600, sec / 60 % 60, sec % 60);
}

void
pfs_bits(netdissect_options *ndo, const struct pfs_field *f, const u_char *msg)
{
	u_int v = (u_int)get_uint(ndo, msg + f->offset, f->width);

	ND_PRINT("0x%0*x [%s]", (int)f->width * 2, v,
	    bittok2str(f->toks, "none", v));
}

void
pfs_name(netdissect_options *ndo, const struct pfs_field *f, const u_char *msg)
{
	u_int v = GET_U_1(msg + f->offset);
	const char *name = tok2str(f->toks, "", v);

	if (*name != '\0')
		ND_PRINT("%s", name);
	else
		ND_PRINT("%u [invalid %s]", v, f->name);
}

void
pfs_ifname(netdissect_options *ndo, const struct pfs_field *f,
    const u_char *msg)
{
	if (GET_U_1(msg + f->offset) == '\0')
		ND_PRINT("\"\"");
	else
		nd_printjnp(ndo, msg + f->offset, IFNAME_LEN);
}

/*
 * Address family af as any BSD numbers it: the length of an address, or 0 and
 * a mark in the output if it is neither IPv4 nor IPv6.
 */
static u_int
addr_len(netdissect_options *ndo, u_int af)
{
	switch (af) {
	case 2:
		return (4);
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
		return (16);
	default:
		ND_PRINT("[invalid af %u]", af);
		return (0);
	}
}

/* len is what addr_len() returned, and not 0; port 0 is not printed. */
static void
put_host(netdissect_options *ndo, const u_char *addr, u_int len, u_int port)
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

/* An address of the family of the state it is in. */
void
pfs_addr(netdissect_options *ndo, const struct pfs_field *f, const u_char *msg)
{
	u_int len = addr_len(ndo, GET_U_1(msg + ST_AF));

	if (len != 0)
		put_host(ndo, msg + f->offset, len, 0);
}

/* A BSD sockaddr in 28 bytes: sa_len, sa_family, then as the family says. */
void
pfs_sockaddr(netdissect_options *ndo, const struct pfs_field *f,
    const u_char *msg)
{
	const u_char *sa = msg + f->offset;
	u_int len = addr_len(ndo, GET_U_1(sa + 1));

	if (len != 0)
		put_host(ndo, sa + (len == 4 ? 4 : 8), len, 0);
}

/*
 * A peer, without its state: [window], what was added to its sequence numbers,
 * and what is known of its TCP options.
 */
void
pfs_peer(netdissect_options *ndo, const struct pfs_field *f, const u_char *msg)
{
	const u_char *p = msg + f->offset;
	const u_char *scrub = p + PEER_SCRUB;
	uint32_t lo = GET_BE_U_4(p + PEER_SEQLO);
	uint32_t diff = GET_BE_U_4(p + PEER_SEQDIFF);
	u_int wscale = GET_U_1(p + PEER_WSCALE);

	ND_PRINT("[%u + %u]", lo, GET_BE_U_4(p + PEER_SEQHI) - lo);
	if (diff != 0)
		ND_PRINT("(+%u)", diff);
	if (wscale != 0)
		ND_PRINT(" wscale %u", wscale & WSCALE_MASK);
	ND_PRINT(", max_win %u, mss %u", GET_BE_U_2(p + PEER_MAX_WIN),
	    GET_BE_U_2(p + PEER_MSS));
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
pfs_upd_c(netdissect_options *ndo, const struct pfs_field *f _U_,
    const u_char *msg)
{
	u_int src = GET_U_1(msg + UPD_C_SRC + PEER_STATE);
	u_int dst = GET_U_1(msg + UPD_C_DST + PEER_STATE);
	u_int timeout = GET_U_1(msg + UPD_C_TIMEOUT), proto = PROTO_ICMP;

	if (timeout <= TIMEOUT_TCP_MAX)
		proto = PROTO_TCP;
	else if (timeout <= TIMEOUT_UDP_MAX)
		proto = PROTO_UDP;
	put_levels(ndo, proto, src, dst);
}

/*
 * One end, 0 or 1, of a connection: as the network on that side of the
 * firewall sees it, and in parentheses before translation, if that differs.
 */
static void
put_end(netdissect_options *ndo, const u_char *msg, u_int end, u_int len)
{
	int out = GET_U_1(msg + ST_DIRECTION) == DIR_OUT;
	u_int proto = GET_U_1(msg + ST_PROTO);
	const u_char *net = msg + (out ? ST_WIRE : ST_STACK);
	const u_char *xlat = msg + (out ? ST_STACK : ST_WIRE);
	u_int port = GET_BE_U_2(net + KEY_PORTS + 2 * end);
	u_int xport = GET_BE_U_2(xlat + KEY_PORTS + 2 * end);

	/* An echo has one id, in both ports: show its translation once. */
	if ((proto == PROTO_ICMP || proto == PROTO_ICMPV6) && end == !out)
		xport = port;
	net += end * ADDR_LEN;
	xlat += end * ADDR_LEN;
	put_host(ndo, net, len, port);
	ND_TCHECK_LEN(xlat, len);
	if (memcmp(net, xlat, len) != 0 || port != xport) {
		ND_PRINT(" (");
		put_host(ndo, xlat, len, xport);
		ND_PRINT(")");
	}
}

static void
put_ends(netdissect_options *ndo, const u_char *msg, u_int len,
    const char *arrow)
{
	put_end(ndo, msg, 1, len);
	ND_PRINT("%s", arrow);
	put_end(ndo, msg, 0, len);
}

/* Version 3: the inner host, how the outside sees it, and the outer host. */
static void
put_hosts(netdissect_options *ndo, const u_char *msg, u_int len,
    const char *arrow)
{
	const u_char *lan = msg + ST_LAN, *gwy = msg + ST_GWY;
	const u_char *ext = msg + ST_EXT;
	u_int lanport = GET_BE_U_2(lan + HOST_PORT);
	u_int gwyport = GET_BE_U_2(gwy + HOST_PORT);

	ND_TCHECK_LEN(lan, ST_SRC - ST_LAN);
	if (memcmp(lan, gwy, len) != 0 || lanport != gwyport) {
		put_host(ndo, lan, len, lanport);
		ND_PRINT("%s", arrow);
	}
	put_host(ndo, gwy, len, gwyport);
	ND_PRINT("%s", arrow);
	put_host(ndo, ext, len, GET_BE_U_2(ext + HOST_PORT));
}

/*
 * A full state.  Like the arrow, the order of its peers follows the direction.
 */
static void
put_state(netdissect_options *ndo, const u_char *msg,
    void (*put)(netdissect_options *, const u_char *, u_int, const char *))
{
	u_int proto = GET_U_1(msg + ST_PROTO), len;
	u_int dir = GET_U_1(msg + ST_DIRECTION);
	u_int src = GET_U_1(msg + ST_SRC + PEER_STATE);
	u_int dst = GET_U_1(msg + ST_DST + PEER_STATE);

	ND_PRINT("%s ", tok2str(protocols, "%u", proto));
	len = addr_len(ndo, GET_U_1(msg + ST_AF));
	if (len != 0)
		put(ndo, msg, len, dir == DIR_OUT ? " -> " : " <- ");
	ND_PRINT(" ");
	put_levels(ndo, proto, dir == DIR_OUT ? src : dst,
	    dir == DIR_OUT ? dst : src);
	if (dir > DIR_OUT)
		ND_PRINT(" %u [invalid direction]", dir);
}

void
pfs_state_v5(netdissect_options *ndo, const struct pfs_field *f _U_,
    const u_char *msg)
{
	put_state(ndo, msg, put_ends);
}

void
pfs_state_v3(netdissect_options *ndo, const struct pfs_field *f _U_,
    const u_char *msg)
{
	put_state(ndo, msg, put_hosts);
}
