/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Prints pfsync(4), IP protocol 240: how pf(4) firewalls tell each other about
 * their states.
 *
 * The interface is that of tcpdump 4.99 printers.  To have it there: compile
 * this file and pfsync-fields.c with the other printers; declare pfsync_print()
 * and pfsync_if_print() in netdissect.h; call the first for protocol 240 in
 * print-ip-demux.c, and list the second for DLT_PFSYNC in print.c.  pfsyncdump
 * is built from the same files, with the headers in shim/.
 *
 * Every layout is a const table: a message has a size, the fields that -v puts
 * on its line, and the lines of fields that -vv adds below it.  A field says
 * where it stands and which function of pfsync-fields.c prints it.  Decoded are
 * version 5 (FreeBSD; full states of formats 1301 and 1400) and version 3
 * (NetBSD); of other versions only number and length are told.
 *
 * Invariants: packet bytes are read behind a check against the capture's end,
 * which gives up there; a message is printed only if it ends within the length
 * that IP gave.
 */

/* \summary: pf state synchronisation (pfsync) printer */

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "netdissect-stdinc.h"

#define ND_LONGJMP_FROM_TCHECK
#include "netdissect.h"
#include "extract.h"

#include "pfsync-fields.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

#define HEADER_LEN    20 /* all versions */
#define CKSUM_OFFSET  4	 /* of the ruleset */
#define VERSION_MAX   6	 /* no BSD has spoken a later one */
#define MAX_LINES     5
#define SUBHEADER_LEN 4 /* version 5 */
#define ACT_CLR	      0 /* all versions */
#define ACT_BUS_V3    9
#define ACT_EOF	      12 /* version 5 */

struct message {
	const char *name; /* NULL: no such action */
	u_int size;
	const struct pfs_field *brief;		  /* -v; NULL: nothing */
	const struct pfs_field *lines[MAX_LINES]; /* -vv; NULL: none */
};

/* clang-format off */
/*
 * Names of values.
 */
static const struct tok timeouts[] = {
	{ 0, "tcp.first" }, { 1, "tcp.opening" }, { 2, "tcp.established" },
	{ 3, "tcp.closing" }, { 4, "tcp.finwait" }, { 5, "tcp.closed" },
	{ 6, "udp.first" }, { 7, "udp.single" }, { 8, "udp.multiple" },
	{ 9, "icmp.first" }, { 10, "icmp.error" }, { 11, "other.first" },
	{ 12, "other.single" }, { 13, "other.multiple" }, { 14, "frag" },
	{ 15, "interval" }, { 16, "adaptive.start" }, { 17, "adaptive.end" },
	{ 18, "src.track" }, { 19, "tcp.tsdiff" }, { 20, "sctp.first" },
	{ 21, "sctp.opening" }, { 22, "sctp.established" },
	{ 23, "sctp.closing" }, { 24, "sctp.closed" }, { 0, NULL }
};

static const struct tok state_flags[] = {
	{ 0x0001, "allow-opts" }, { 0x0002, "sloppy" }, { 0x0004, "pflow" },
	{ 0x0008, "no-sync" }, { 0x0010, "ack" }, { 0x0020, "no-df" },
	{ 0x0040, "set-tos" }, { 0x0080, "random-id" },
	{ 0x0100, "scrub-tcp" }, { 0x0200, "set-prio" },
	{ 0x4000, "dn-pipe" }, { 0x8000, "dn-queue" }, { 0, NULL }
};

static const struct tok sync_flags[] = {
	{ 0x04, "source-track" }, { 0x08, "sticky-address" }, { 0, NULL }
};

static const struct tok sync_flags_v3[] = {
	{ 0x01, "no-sync" }, { 0x02, "from-sync" }, { 0x04, "stale" },
	{ 0, NULL }
};

static const struct tok routes[] = {
	{ 0, "none" }, { 1, "fastroute" }, { 2, "route-to" },
	{ 3, "dup-to" }, { 4, "reply-to" }, { 0, NULL }
};

static const struct tok bulk_marks[] = {
	{ 1, "start" }, { 2, "end" }, { 0, NULL }
};

static const struct tok ipsec_protocols[] = {
	{ 50, "esp" }, { 51, "ah" }, { 108, "ipcomp" }, { 0, NULL }
};

/*
 * The layouts.
 */
#define F(name, offset, width, put)	{ name, offset, width, put, NULL }
#define END				{ NULL, 0, 0, NULL, NULL }

static const struct pfs_field clr[] = {
	F("ifname", 0, 0, pfs_ifname), F("creatorid", 16, 4, pfs_hex), END
};
static const struct pfs_field key[] = {	/* UPD_REQ, INS_ACK, DEL_C */
	F("id", 0, 8, pfs_hex), F("creatorid", 8, 4, pfs_hex), END
};
static const struct pfs_field del_c_v3[] = {
	F("id", 0, 8, pfs_hex), F("creatorid", 8, 4, pfs_hex),
	F("src", 12, 1, pfs_uint), F("dst", 13, 1, pfs_uint), END
};
static const struct pfs_field bus[] = {
	{ "status", 8, 1, pfs_name, bulk_marks },
	F("creatorid", 0, 4, pfs_hex), F("endtime", 4, 4, pfs_seconds), END
};
static const struct pfs_field tdb[] = {
	F("spi", 0, 4, pfs_hex), F("dst", 4, 0, pfs_sockaddr),
	{ "proto", 44, 1, pfs_name, ipsec_protocols },
	F("rpl", 32, 4, pfs_uint), F("cur_bytes", 36, 8, pfs_uint),
	F("updates", 45, 1, pfs_uint), END
};

static const struct pfs_field upd_c[] = {
	F("id", 0, 8, pfs_hex), F("creatorid", 72, 4, pfs_hex),
	F("", 0, 0, pfs_upd_c), END
};
static const struct pfs_field upd_c_src[] = {
	F("src", UPD_C_SRC, 0, pfs_peer), END
};
static const struct pfs_field upd_c_dst[] = {
	F("dst", UPD_C_DST, 0, pfs_peer), END
};
static const struct pfs_field upd_c_rest[] = {
	F("expires in", 76, 4, pfs_seconds),
	{ "timeout", UPD_C_TIMEOUT, 1, pfs_name, timeouts }, END
};
static const struct pfs_field upd_c_rest_v3[] = {
	F("expires in", 76, 4, pfs_seconds),
	{ "timeout", UPD_C_TIMEOUT, 1, pfs_name, timeouts },
	F("updates", 81, 1, pfs_uint), END
};

static const struct pfs_field state[] = {
	F("id", 0, 8, pfs_hex), F("creatorid", 228, 4, pfs_hex),
	F("", 8, 0, pfs_ifname), F("", 0, 0, pfs_state_v5), END
};
static const struct pfs_field state_v3[] = {
	F("id", 0, 8, pfs_hex), F("creatorid", 228, 4, pfs_hex),
	F("", 8, 0, pfs_ifname), F("", 0, 0, pfs_state_v3), END
};
static const struct pfs_field state_src[] = {
	F("src", ST_SRC, 0, pfs_peer), END
};
static const struct pfs_field state_dst[] = {
	F("dst", ST_DST, 0, pfs_peer), END
};
static const struct pfs_field state_mid[] = {
	F("age", 188, 4, pfs_seconds), F("expires in", 192, 4, pfs_seconds),
	F("pkts", 196, 8, pfs_pair), F("bytes", 212, 8, pfs_pair),
	F("rule", 176, 4, pfs_number), F("anchor", 180, 4, pfs_number),
	F("nat_rule", 184, 4, pfs_number), F("rt_addr", 160, 0, pfs_addr), END
};
static const struct pfs_field tail_v3[] = {
	F("log", 235, 1, pfs_uint), F("allow_opts", 236, 1, pfs_uint),
	{ "timeout", 237, 1, pfs_name, timeouts },
	{ "sync_flags", 238, 1, pfs_bits, sync_flags_v3 },
	F("updates", 239, 1, pfs_uint), END
};
static const struct pfs_field tail_1301[] = {
	F("log", 237, 1, pfs_uint), { "timeout", 239, 1, pfs_name, timeouts },
	{ "state_flags", 238, 1, pfs_bits, state_flags },
	{ "sync_flags", 240, 1, pfs_bits, sync_flags },
	F("updates", 241, 1, pfs_uint), END
};
static const struct pfs_field tail_1400[] = {
	F("log", 237, 1, pfs_uint), { "timeout", 239, 1, pfs_name, timeouts },
	{ "state_flags", 235, 2, pfs_bits, state_flags },
	{ "sync_flags", 240, 1, pfs_bits, sync_flags },
	F("updates", 241, 1, pfs_uint), END
};
static const struct pfs_field tail2_1400[] = {
	{ "rt", 260, 1, pfs_name, routes }, F("rt_ifname", 261, 0, pfs_ifname),
	F("rtableid", 250, 4, pfs_number), F("qid", 242, 2, pfs_uint),
	F("pqid", 244, 2, pfs_uint), F("dnpipe", 246, 2, pfs_uint),
	F("dnrpipe", 248, 2, pfs_uint), F("min_ttl", 254, 1, pfs_uint),
	F("set_tos", 255, 1, pfs_hex), F("max_mss", 256, 2, pfs_uint),
	F("set_prio", 258, 1, pfs_pair), END
};

#define STATE_LINES	state_src, state_dst, state_mid
#define STATE_V3	240, state_v3, { STATE_LINES, tail_v3 }
#define STATE_1301	242, state, { STATE_LINES, tail_1301 }
#define STATE_1400	277, state, { STATE_LINES, tail_1400, tail2_1400 }

static const struct message messages_v3[] = {
	[0] = { "CLR", 24, clr, { NULL } },
	[1] = { "INS", STATE_V3 },
	[2] = { "UPD", STATE_V3 },
	[3] = { "DEL", STATE_V3 },
	[4] = { "UPD_C", 88, upd_c, { upd_c_src, upd_c_dst, upd_c_rest_v3 } },
	[5] = { "DEL_C", 16, del_c_v3, { NULL } },
	[8] = { "UREQ", 16, key, { NULL } },
	[9] = { "BUS", 16, bus, { NULL } },
};

static const struct message messages_v5[] = {
	[0] = { "CLR", 20, clr, { NULL } },
	[1] = { "INS_1301", STATE_1301 },
	[2] = { "INS_ACK", 12, key, { NULL } },
	[3] = { "UPD_1301", STATE_1301 },
	[4] = { "UPD_C", 84, upd_c, { upd_c_src, upd_c_dst, upd_c_rest } },
	[5] = { "UPD_REQ", 12, key, { NULL } },
	[6] = { "DEL", STATE_1301 },
	[7] = { "DEL_C", 12, key, { NULL } },
	[10] = { "BUS", 12, bus, { NULL } },
	[11] = { "TDB", 48, tdb, { NULL } },
	[12] = { "EOF", 0, NULL, { NULL } },
	[13] = { "INS_1400", STATE_1400 },
	[14] = { "UPD_1400", STATE_1400 },
};
/* clang-format on */

/*
 * A run of messages of one action.
 */
static void
put_fields(netdissect_options *ndo, const struct pfs_field *f,
    const u_char *msg, const char *before, const char *between)
{
	for (; f->put != NULL; f++, before = between) {
		ND_PRINT("%s%s%s", before, f->name, *f->name ? " " : "");
		f->put(ndo, f, msg);
	}
}

static void
put_messages(netdissect_options *ndo, const struct message *m, u_int count,
    const u_char *msg)
{
	u_int line;

	for (; count > 0 && m->brief != NULL; count--, msg += m->size) {
		ND_PRINT("\n\t%s", m->name);
		put_fields(ndo, m->brief, msg, " ", " ");
		if (ndo->ndo_vflag < 2)
			continue;
		for (line = 0; line < MAX_LINES; line++)
			if (m->lines[line] != NULL)
				put_fields(ndo, m->lines[line], msg, "\n\t    ",
				    ", ");
	}
}

/*
 * Frames.  A run is some messages of one action.  Returns its bytes, without
 * its subheader, having told what it is; or -1, having told what is wrong with
 * it, if the left bytes cannot be that.
 */
static int
put_run(netdissect_options *ndo, const struct message *m, u_int action,
    u_int count, u_int left, const char *before)
{
	ND_PRINT("%s", before);
	if (m == NULL) {
		ND_PRINT("[invalid: action %u]", action);
		return (-1);
	}
	ND_PRINT("%s %u", m->name, count);
	if (m->size == 0 && count != 1) {
		ND_PRINT(" [invalid: count]");
		return (-1);
	}
	if (count * m->size > left) {
		ND_PRINT(" [invalid: %u bytes left]", left);
		return (-1);
	}
	return ((int)(count * m->size));
}

static const struct message *
find_message(const struct message *messages, u_int n, u_int action)
{
	if (action >= n || messages[action].name == NULL)
		return (NULL);
	return (&messages[action]);
}

/*
 * Version 3: one run, of the action and count in the header.  NetBSD does not
 * count a lone CLR or BUS.
 */
static void
put_frame_v3(netdissect_options *ndo, const u_char *bp, u_int len)
{
	u_int action = GET_U_1(bp + 2), count = GET_U_1(bp + 3);
	u_int left = len - HEADER_LEN;
	const struct message *m = find_message(messages_v3, NELEMS(messages_v3),
	    action);
	int n;

	if (count == 0 && (action == ACT_CLR || action == ACT_BUS_V3))
		count = 1;
	n = put_run(ndo, m, action, count, left, ": ");
	if (n < 0)
		return;
	if ((u_int)n != left)
		ND_PRINT(" [invalid: %u bytes left]", left - (u_int)n);
	if (ndo->ndo_vflag)
		put_messages(ndo, m, count, bp + HEADER_LEN);
}

/*
 * Version 5: runs, each behind a subheader, and EOF the last.  Tells the runs
 * and returns the offset where the last good one ends.  If more is to come,
 * this leaves it to put_runs() to give up at the capture's end.
 */
static u_int
put_summary(netdissect_options *ndo, const u_char *bp, u_int len)
{
	u_int action = 0, count, off = HEADER_LEN;
	const char *before = ": ";
	int n;

	while (off < len && action != ACT_EOF) {
		if (len - off < SUBHEADER_LEN)
			break;
		if (ndo->ndo_vflag && !ND_TTEST_LEN(bp + off, SUBHEADER_LEN))
			return (len);
		action = GET_U_1(bp + off);
		count = GET_BE_U_2(bp + off + 2);
		n = put_run(ndo,
		    find_message(messages_v5, NELEMS(messages_v5), action),
		    action, count, len - off - SUBHEADER_LEN, before);
		if (n < 0)
			return (off);
		off += SUBHEADER_LEN + (u_int)n;
		before = ", ";
	}
	if (action != ACT_EOF)
		ND_PRINT(" [invalid: no EOF]");
	else if (off != len)
		ND_PRINT(" [invalid: %u bytes after EOF]", len - off);
	return (off);
}

/* The messages of runs that put_summary() found good. */
static void
put_runs(netdissect_options *ndo, const u_char *bp, u_int len)
{
	const struct message *m;
	u_int count, off = HEADER_LEN;

	while (off < len) {
		ND_TCHECK_LEN(bp + off, SUBHEADER_LEN);
		m = &messages_v5[GET_U_1(bp + off)];
		count = GET_BE_U_2(bp + off + 2);
		off += SUBHEADER_LEN;
		put_messages(ndo, m, count, bp + off);
		off += count * m->size;
	}
}

static void
put_frame_v5(netdissect_options *ndo, const u_char *bp, u_int len)
{
	u_int good, told = GET_BE_U_2(bp + 2);

	if (told != len)
		ND_PRINT(" [invalid: length %u in header]", told);
	good = put_summary(ndo, bp, len);
	if (ndo->ndo_vflag)
		put_runs(ndo, bp, good);
}

/* The payload of protocol 240: len bytes of it went over the wire. */
void
pfsync_print(netdissect_options *ndo, const u_char *bp, u_int len)
{
	u_int version;

	ndo->ndo_protocol = "pfsync";
	if (len < HEADER_LEN) {
		ND_PRINT("PFSYNC, length %u [invalid: no header]", len);
		return;
	}
	version = GET_U_1(bp);
	ND_PRINT("PFSYNCv%u, length %u", version, len);
	if (version == 0 || version > VERSION_MAX)
		ND_PRINT(" [invalid: version]");
	else if (ndo->ndo_vflag)
		ND_PRINT(", cksum 0x%016" PRIx64 "%016" PRIx64,
		    GET_BE_U_8(bp + CKSUM_OFFSET),
		    GET_BE_U_8(bp + CKSUM_OFFSET + 8));
	if (version == 3)
		put_frame_v3(ndo, bp, len);
	else if (version == 5)
		put_frame_v5(ndo, bp, len);
	ND_TCHECK_LEN(bp, len);
}

/* Captured on pfsync0 of a BSD: the packet begins where IP would end. */
void
pfsync_if_print(netdissect_options *ndo, const struct pcap_pkthdr *h,
    const u_char *p)
{
	pfsync_print(ndo, p, h->len);
}
