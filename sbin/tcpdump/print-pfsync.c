/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Prints pfsync(4), IP protocol 240: how pf(4) firewalls tell each other about
 * their states.
 *
 * The interface is that of tcpdump 4.99 printers; hook.sh adds this file, with
 * pfsync-messages.c, pfsync-layout.c and pfsync-fields.c, to tcpdump's sources.
 * pfsyncdump is built from the same files, with the headers in shim/.
 *
 * Decoded are version 5 (FreeBSD; full states of formats 1301, 1400 and 1500),
 * 6 (OpenBSD) and 3 (NetBSD); of others only number and length are told.  What
 * messages a version has is in pfsync-messages.c.
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

#include "print-pfsync.h"
#include "pfsync-layout.h"
#include "pfsync-fields.h"
#include "pfsync-messages.h"

#define HEADER_LEN    20 /* all versions */
#define VERSION_MAX   6	 /* no BSD has spoken a later one */
#define SUBHEADER_LEN 4	 /* versions 5 and 6 */
#define ACT_CLR	      0	 /* all versions */
#define ACT_BUS_V3    9
#define ACT_EOF	      12 /* version 5 */

/*
 * A run: some messages of one action.
 */
struct run {
	const struct pfs_message *m; /* NULL: no such action */
	u_int action, count;
	u_int size;   /* of a message, as the packet has it */
	bool skipped; /* not to be read: other than what is known */
};

static void
put_items(netdissect_options *ndo, const struct pfs_item *i,
    const struct pfs_msg *msg, const char *before, const char *between)
{
	for (; i->put != NULL; i++) {
		if (pfs_find(msg->layout, i->id, NULL) == 0)
			continue;
		ND_PRINT("%s%s%s", before, i->name, *i->name ? " " : "");
		i->put(ndo, i, msg);
		before = between;
	}
}

static void
put_messages(netdissect_options *ndo, const struct run *r, const u_char *p)
{
	const struct pfs_message *m = r->m;
	struct pfs_msg msg;
	u_int n, line;

	if (r->skipped || m->layout == NULL)
		return;
	for (n = 0; n < r->count; n++) {
		msg.p = p + n * r->size;
		msg.layout = m->layout;
		ND_PRINT("\n\t%s", m->name);
		put_items(ndo, m->brief, &msg, " ", " ");
		for (line = 0; line < PFS_MAX_LINES; line++)
			if (ndo->ndo_vflag > 1 && m->lines[line] != NULL)
				put_items(ndo, m->lines[line], &msg, "\n\t    ",
				    ", ");
		if (ndo->ndo_vflag > 2)
			pfs_print_all(ndo, &msg);
	}
}

static const struct pfs_message *
find_message(const struct pfs_dialect *d, u_int action)
{
	if (action >= d->nmessages || d->messages[action].name == NULL)
		return (NULL);
	return (&d->messages[action]);
}

static u_int
known_size(const struct pfs_message *m)
{
	return (
	    m == NULL || m->layout == NULL ? 0 : pfs_layout_size(m->layout));
}

/* The run whose header or subheader is at p. */
static void
get_run(netdissect_options *ndo, const struct pfs_dialect *d, const u_char *p,
    struct run *r)
{
	struct pfs_msg sub = { p, d->subheader };
	u_int known;

	if (sub.layout == NULL)
		sub.layout = d->header;
	r->action = (u_int)pfs_get(ndo, &sub, PFS_ACTION);
	r->count = (u_int)pfs_get(ndo, &sub, PFS_COUNT);
	r->m = find_message(d, r->action);
	r->size = known = known_size(r->m);
	r->skipped = false;
	if (d->sized) {
		r->size = (u_int)pfs_get(ndo, &sub, PFS_SIZE) * 4;
		r->skipped = known == 0 || r->size < known;
	}
	/* NetBSD does not count a lone CLR or BUS. */
	if (d->subheader == NULL && r->count == 0 &&
	    (r->action == ACT_CLR || r->action == ACT_BUS_V3))
		r->count = 1;
}

/*
 * Tells what a run is, and what is wrong with it.  False if the left bytes
 * cannot be that, so that nothing behind it can be found.
 */
static bool
put_run(netdissect_options *ndo, const struct pfs_dialect *d,
    const struct run *r, u_int left)
{
	bool sized = r->size != 0 && r->count != 0;

	if (r->m == NULL && !(r->skipped && sized)) {
		ND_PRINT("[invalid: action %u]", r->action);
		return (false);
	}
	if (r->m != NULL)
		ND_PRINT("%s %u", r->m->name, r->count);
	else
		ND_PRINT("action %u %u", r->action, r->count);
	if (!d->sized && r->m->layout == NULL && r->count != 1) {
		ND_PRINT(" [invalid: count]");
		return (false);
	}
	if (r->skipped && known_size(r->m) != 0 && !sized) {
		ND_PRINT(" [invalid: size %u]", r->size);
		return (false);
	}
	if (r->count * r->size > left) {
		ND_PRINT(" [invalid: %u bytes left]", left);
		return (false);
	}
	if (r->skipped)
		ND_PRINT(" [skipped: size %u]", r->size);
	else if (r->size != known_size(r->m))
		ND_PRINT(" [longer: size %u]", r->size);
	return (true);
}

/*
 * Version 3: one run, of the action and count in the header.
 */
static void
put_frame_v3(netdissect_options *ndo, const struct pfs_dialect *d,
    const u_char *bp, u_int len)
{
	struct pfs_msg header = { bp, d->header };
	u_int left = len - HEADER_LEN;
	struct run r;

	get_run(ndo, d, bp, &r);
	ND_PRINT(": ");
	if (!put_run(ndo, d, &r, left))
		return;
	if (r.count * r.size != left)
		ND_PRINT(" [invalid: %u bytes left]", left - r.count * r.size);
	if (ndo->ndo_vflag > 2)
		pfs_print_all(ndo, &header);
	if (ndo->ndo_vflag)
		put_messages(ndo, &r, bp + HEADER_LEN);
}

/*
 * Versions 5 and 6: runs, each behind a subheader; in version 5, EOF the last.
 * Tells the runs and returns the offset where the last good one ends.  If more
 * is to come, this leaves it to put_runs() to give up at the capture's end.
 */
static u_int
put_summary(netdissect_options *ndo, const struct pfs_dialect *d,
    const u_char *bp, u_int len)
{
	bool ended = false;
	const char *before = ": ";
	u_int off = HEADER_LEN;
	struct run r;

	while (len - off >= SUBHEADER_LEN && !ended) {
		if (ndo->ndo_vflag && !ND_TTEST_LEN(bp + off, SUBHEADER_LEN))
			return (len);
		get_run(ndo, d, bp + off, &r);
		ND_PRINT("%s", before);
		if (!put_run(ndo, d, &r, len - off - SUBHEADER_LEN))
			return (off);
		off += SUBHEADER_LEN + r.count * r.size;
		before = ", ";
		ended = !d->sized && r.action == ACT_EOF;
	}
	if (!d->sized && !ended)
		ND_PRINT(" [invalid: no EOF]");
	else if (off != len)
		ND_PRINT(" [invalid: %u bytes after %s]", len - off,
		    ended ? "EOF" : "the last message");
	return (off);
}

/* The messages of runs that put_summary() found good. */
static void
put_runs(netdissect_options *ndo, const struct pfs_dialect *d, const u_char *bp,
    u_int len)
{
	struct pfs_msg header = { bp, d->header };
	u_int off = HEADER_LEN;
	struct run r;

	if (ndo->ndo_vflag > 2)
		pfs_print_all(ndo, &header);
	while (off < len) {
		ND_TCHECK_LEN(bp + off, SUBHEADER_LEN);
		header.p = bp + off;
		header.layout = d->subheader;
		get_run(ndo, d, bp + off, &r);
		if (ndo->ndo_vflag > 2)
			pfs_print_all(ndo, &header);
		put_messages(ndo, &r, bp + off + SUBHEADER_LEN);
		off += SUBHEADER_LEN + r.count * r.size;
	}
}

static void
put_frame(netdissect_options *ndo, const struct pfs_dialect *d,
    const u_char *bp, u_int len)
{
	struct pfs_msg header = { bp, d->header };
	u_int good, told = (u_int)pfs_get(ndo, &header, PFS_LEN);

	if (told != len)
		ND_PRINT(" [invalid: length %u in header]", told);
	good = put_summary(ndo, d, bp, len);
	if (ndo->ndo_vflag)
		put_runs(ndo, d, bp, good);
}

/* The payload of protocol 240: len bytes of it went over the wire. */
void
pfsync_print(netdissect_options *ndo, const u_char *bp, u_int len)
{
	const struct pfs_dialect *d;
	u_int off = 0, version;

	ndo->ndo_protocol = "pfsync";
	if (len < HEADER_LEN) {
		ND_PRINT("PFSYNC, length %u [invalid: no header]", len);
		return;
	}
	version = GET_U_1(bp);
	d = pfs_find_dialect(version);
	ND_PRINT("PFSYNCv%u, length %u", version, len);
	if (version == 0 || version > VERSION_MAX)
		ND_PRINT(" [invalid: version]");
	else if (ndo->ndo_vflag) {
		(void)pfs_find(pfs_header, PFS_CKSUM, &off);
		ND_PRINT(", cksum 0x%016" PRIx64 "%016" PRIx64,
		    GET_BE_U_8(bp + off), GET_BE_U_8(bp + off + 8));
	}
	if (d != NULL && d->subheader == NULL)
		put_frame_v3(ndo, d, bp, len);
	else if (d != NULL)
		put_frame(ndo, d, bp, len);
	ND_TCHECK_LEN(bp, len);
}

/*
 * Captured on pfsync0 of a BSD: the packet begins where IP would end, but on
 * OpenBSD with IP.  Where that has its version, pfsync's own is small.
 */
void
pfsync_if_print(netdissect_options *ndo, const struct pcap_pkthdr *h,
    const u_char *p)
{
	u_int ip;

	ndo->ndo_protocol = "pfsync";
	ip = h->len > 0 ? GET_U_1(p) >> 4 : 0;
	if (ip == 4)
		ip_print(ndo, p, h->len);
	else if (ip == 6)
		ip6_print(ndo, p, h->len);
	else
		pfsync_print(ndo, p, h->len);
}
