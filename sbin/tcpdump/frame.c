/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Captured frames, from the link header to the begin of the pfsync packet.
 *
 * A frame is first classified without printing anything, then printed in the
 * words of tcpdump, so that who knows the one can read (and a script can
 * compare) the other.  Both steps read only what was captured.
 */

#include "netdissect-stdinc.h"

#include <net/if.h>

#include <time.h>

#include "netdissect.h"
#include "extract.h"
#include "frame.h"
#include "ip.h"
#include "print-pfsync.h"

#define ETHERTYPE_IP  0x0800
#define ETHERTYPE_IP6 0x86dd
#define ETHER_ADDRS   12 /* destination and source */
#define VLAN_LEN      4

/* clang-format off */
static const struct tok ethertypes[] = {
	{ ETHERTYPE_IP, "IPv4" }, { ETHERTYPE_IP6, "IPv6" },
	{ 0x8100, "802.1Q" }, { 0x88a8, "802.1Q-QinQ" },
	{ 0x9100, "802.1Q-9100" }, { 0x9200, "802.1Q-9200" }, { 0, NULL }
};

static const struct tok sll_directions[] = {
	{ 0, "In" }, { 1, "B" }, { 2, "M" }, { 3, "P" }, { 4, "Out" },
	{ 0, NULL }
};
/* clang-format on */

/*
 * Link headers: their length, where they tell the EtherType, and what is
 * printed of them.
 */
#define NO_TYPE (-1) /* IP's version tells what follows */

struct link {
	int dlt;
	u_int len;
	int type;
	void (*print)(netdissect_options *, const u_char *, u_int len);
};

static void print_ether(netdissect_options *, const u_char *, u_int);
static void print_sll2(netdissect_options *, const u_char *, u_int);

static const struct link links[] = {
	{ DLT_EN10MB, 14, 12, print_ether },
	{ DLT_RAW, 0, NO_TYPE, NULL },
	{ DLT_IPV4, 0, NO_TYPE, NULL },
	{ DLT_IPV6, 0, NO_TYPE, NULL },
	{ DLT_NULL, 4, NO_TYPE, NULL },
	{ DLT_LOOP, 4, NO_TYPE, NULL },
	{ DLT_LINUX_SLL, 16, 14, NULL },
	{ DLT_LINUX_SLL2, 20, 0, print_sll2 },
};
#define NLINKS (sizeof(links) / sizeof(links[0]))

static const struct link *
find_link(int dlt)
{
	size_t i;

	for (i = 0; i < NLINKS; i++)
		if (links[i].dlt == dlt)
			return (&links[i]);
	return (NULL);
}

/* A pfsync interface, where OpenBSD has IP, too. */
static bool
is_pfsync_link(int dlt)
{
	return (dlt == PFSYNC_DLT_SAVED || dlt == PFSYNC_DLT_OPENBSD ||
	    dlt == PFSYNC_DLT_FREEBSD);
}

bool
frame_supported(int dlt)
{
	return (is_pfsync_link(dlt) || find_link(dlt) != NULL);
}

/* What comes before IP, or NULL where pfsync comes first. */
static const struct link *
link_of(int dlt, const u_char *p, u_int caplen)
{
	u_int ip = caplen > 0 ? p[0] >> 4 : 0;

	if (is_pfsync_link(dlt) && (ip == 4 || ip == 6))
		return (find_link(DLT_RAW));
	return (find_link(dlt));
}

static bool
is_vlan(u_int type)
{
	return (type == 0x8100 || type == 0x88a8 || type == 0x9100 ||
	    type == 0x9200);
}

static u_int
be16(const u_char *p)
{
	return ((u_int)p[0] << 8 | p[1]);
}

/*
 * What was found out about a frame.
 */
struct frame {
	const struct link *link; /* NULL: pfsync comes first */
	u_int linklen;		 /* bytes before IP, VLAN tags included */
	u_int version;		 /* of IP */
};

/* False if IP does not follow, or too little was captured to tell. */
static bool
find_ip(struct frame *f, const u_char *p, u_int caplen)
{
	const struct link *l = f->link;
	u_int type;

	f->linklen = l->len;
	if (l->type == NO_TYPE) {
		if (caplen <= l->len)
			return (false);
		f->version = p[l->len] >> 4;
		return (f->version == 4 || f->version == 6);
	}
	if (caplen < l->len)
		return (false);
	type = be16(p + l->type);
	while (is_vlan(type)) {
		if (caplen < f->linklen + VLAN_LEN)
			return (false);
		type = be16(p + f->linklen + 2);
		f->linklen += VLAN_LEN;
	}
	f->version = type == ETHERTYPE_IP ? 4 : 6;
	return (type == ETHERTYPE_IP || type == ETHERTYPE_IP6);
}

static bool
find_pfsync(struct frame *f, const u_char *p, u_int caplen)
{
	return (find_ip(f, p, caplen) &&
	    ip_is_pfsync(f->version, p + f->linklen, caplen - f->linklen));
}

static void
print_mac(netdissect_options *ndo, const u_char *p)
{
	ND_PRINT("%02x:%02x:%02x:%02x:%02x:%02x", p[0], p[1], p[2], p[3], p[4],
	    p[5]);
}

/*
 * Ethernet's header, with -e: the whole of it with all its VLANs; len is the
 * frame's.
 */
static void
print_ether(netdissect_options *ndo, const u_char *p, u_int len)
{
	u_int tci, type;
	bool first = true;

	if (!ndo->ndo_eflag)
		return;
	print_mac(ndo, p + 6);
	ND_PRINT(" > ");
	print_mac(ndo, p);
	ND_PRINT(", ");
	for (p += ETHER_ADDRS;; p += VLAN_LEN) {
		type = be16(p);
		ND_PRINT("ethertype %s (0x%04x)",
		    tok2str(ethertypes, "Unknown", type), type);
		if (first)
			ND_PRINT(", length %u: ", len);
		else
			ND_PRINT(", ");
		first = false;
		if (!is_vlan(type))
			return;
		tci = be16(p + 2);
		ND_PRINT("vlan %u, p %u%s, ", tci & 0xfff, tci >> 13,
		    tci & 0x1000 ? ", DEI" : "");
	}
}

/* Linux's cooked header of all interfaces: which one, and which way. */
static void
print_sll2(netdissect_options *ndo, const u_char *p, u_int len _U_)
{
	char name[IF_NAMESIZE];

	if (if_indextoname(GET_BE_U_4(p + 4), name) == NULL)
		memcpy(name, "?", sizeof("?"));
	ND_PRINT("%-5s %-3s ", name, tok2str(sll_directions, "?", p[10]));
}

/*
 * When it was captured.
 */
static void
print_time(netdissect_options *ndo, const struct timeval *tv)
{
	time_t sec = tv->tv_sec;
	struct tm tm;

	if (ndo->ndo_tflag == 1)
		return;
	if (ndo->ndo_tflag == 2)
		ND_PRINT("%lld", (long long)sec);
	else if (localtime_r(&sec, &tm) != NULL)
		ND_PRINT("%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	ND_PRINT(".%06ld ", (long)tv->tv_usec);
}

static void
print_hex(netdissect_options *ndo, const u_char *p, const u_char *end)
{
	u_int i;

	for (i = 0; p + i < end; i++) {
		if (i % 16 == 0)
			ND_PRINT("\n\t0x%04x: ", i);
		ND_PRINT("%s%02x", i % 2 == 0 ? " " : "", p[i]);
	}
}

static void
print_packet(netdissect_options *ndo, const struct frame *f,
    const struct pcap_pkthdr *h, const u_char *p)
{
	const struct link *l = f->link;

	if (l == NULL) {
		pfsync_if_print(ndo, h, p);
		return;
	}
	if (l->print != NULL)
		l->print(ndo, p, h->len);
	if (f->version == 4)
		ip_print(ndo, p + f->linklen, h->len - f->linklen);
	else
		ip6_print(ndo, p + f->linklen, h->len - f->linklen);
}

/* The same, marked if it was cut by the capture; false if so. */
static bool
print_captured(netdissect_options *ndo, const struct frame *f,
    const struct pcap_pkthdr *h, const u_char *p)
{
	if (setjmp(ndo->ndo_early_end) == 0) {
		print_packet(ndo, f, h, p);
		return (true);
	}
	nd_print_trunc(ndo);
	return (false);
}

bool
frame_print(netdissect_options *ndo, int dlt, const struct pcap_pkthdr *h,
    const u_char *p)
{
	struct frame f = { .link = link_of(dlt, p, h->caplen) };
	bool whole;

	if (h->len < h->caplen)
		return (false);
	if (f.link != NULL && !find_pfsync(&f, p, h->caplen))
		return (false);
	ndo->ndo_protocol = "pfsync";
	ndo->ndo_snapend = p + h->caplen;
	print_time(ndo, &h->ts);
	whole = print_captured(ndo, &f, h, p);
	if (ndo->ndo_xflag)
		print_hex(ndo, whole && ndo->ndo_xflag == 1 ? p + f.linklen : p,
		    p + h->caplen);
	ND_PRINT("\n");
	return (true);
}
