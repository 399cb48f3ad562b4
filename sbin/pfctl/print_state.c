/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * States as pfctl -s states shows them.
 *
 * A key has the source first in what comes in, the destination first in what
 * goes out.  Address 1 is printed left of the arrow, which points away from the
 * host that opened the connection.  Where the two keys differ, what the other
 * side of pf sees stands in parentheses.
 */

#include <arpa/inet.h>
#include <string.h>

#include "pfctl/names.h"
#include "pfctl/print.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

#define WSCALE_MASK 0x0f /* of psync_peer.wscale */
#define SRCNODE	    0x04 /* sync_flags */
#define NATSRCNODE  0x08

static const char *const tcp_states[] = { "CLOSED", "LISTEN", "SYN_SENT",
	"SYN_RCVD", "ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_1", "CLOSING",
	"LAST_ACK", "FIN_WAIT_2", "TIME_WAIT" };

static const char *const other_states[] = { "NO_TRAFFIC", "SINGLE",
	"MULTIPLE" };

static const struct {
	uint16_t flag;
	const char *name;
} state_flags[] = { { PSYNC_STATE_ALLOWOPTS, "allow-opts" },
	{ PSYNC_STATE_SLOPPY, "sloppy" }, { PSYNC_STATE_NOSYNC, "no-sync" },
	{ PSYNC_STATE_ACK, "psync-ack" } };

static void
print_host(FILE *fp, const struct psync_key *k, unsigned i, uint8_t af)
{
	char text[INET6_ADDRSTRLEN];
	unsigned port = ntohs(k->port[i]);

	if (inet_ntop(af == PSYNC_AF_INET6 ? AF_INET6 : AF_INET, k->addr[i],
		text, sizeof(text)) == NULL)
		return;
	fputs(text, fp);
	if (port != 0)
		fprintf(fp, af == PSYNC_AF_INET6 ? "[%u]" : ":%u", port);
}

/* A host as the near side sees it, and if it differs as the far side does. */
static void
print_hosts(FILE *fp, const struct psync_key *near, uint8_t near_af,
    const struct psync_key *far, uint8_t far_af, unsigned i)
{
	print_host(fp, near, i, near_af);
	if (near_af == far_af && near->port[i] == far->port[i] &&
	    memcmp(near->addr[i], far->addr[i],
		near_af == PSYNC_AF_INET6 ? 16 : 4) == 0)
		return;
	fputs(" (", fp);
	print_host(fp, far, i, far_af);
	putc(')', fp);
}

static void
print_seq(FILE *fp, const struct psync_peer *peer, int scaled)
{
	fprintf(fp, "[%u + %u]", peer->seqlo, peer->seqhi - peer->seqlo);
	if (peer->seqdiff != 0)
		fprintf(fp, "(+%u)", peer->seqdiff);
	if (scaled)
		fprintf(fp, " wscale %d", peer->wscale & WSCALE_MASK);
}

static void
print_tcp(FILE *fp, const struct psync_peer *a, const struct psync_peer *b,
    int verbose)
{
	int scaled = a->wscale != 0 && b->wscale != 0;

	if (a->state < NITEMS(tcp_states) && b->state < NITEMS(tcp_states))
		fprintf(fp, "%s:%s\n", tcp_states[a->state],
		    tcp_states[b->state]);
	else if (a->state == PSYNC_TCPS_PROXY_SRC ||
	    b->state == PSYNC_TCPS_PROXY_SRC)
		fputs("PROXY:SRC\n", fp);
	else if (a->state == PSYNC_TCPS_PROXY_DST ||
	    b->state == PSYNC_TCPS_PROXY_DST)
		fputs("PROXY:DST\n", fp);
	else
		fprintf(fp, "<BAD STATE LEVELS %u:%u>\n", a->state, b->state);
	if (verbose == 0)
		return;
	fputs("   ", fp);
	print_seq(fp, a, scaled);
	fputs("  ", fp);
	print_seq(fp, b, scaled);
	putc('\n', fp);
}

static void
print_levels(FILE *fp, uint8_t proto, const struct psync_peer *a,
    const struct psync_peer *b, int verbose)
{
	if (proto == PFCTL_PROTO_TCP)
		print_tcp(fp, a, b, verbose);
	else if (proto != PFCTL_PROTO_ICMP && a->state < NITEMS(other_states) &&
	    b->state < NITEMS(other_states))
		fprintf(fp, "%s:%s\n", other_states[a->state],
		    other_states[b->state]);
	else
		fprintf(fp, "%u:%u\n", a->state, b->state);
}

static void
print_duration(FILE *fp, uint32_t s)
{
	fprintf(fp, "%.2u:%.2u:%.2u", s / 3600, s / 60 % 60, s % 60);
}

static void
print_details(FILE *fp, const struct psync_state *st)
{
	unsigned i;

	fputs("   age ", fp);
	print_duration(fp, st->creation);
	fputs(", expires in ", fp);
	print_duration(fp, st->expire);
	fprintf(fp, ", %ju:%ju pkts, %ju:%ju bytes", (uintmax_t)st->packets[0],
	    (uintmax_t)st->packets[1], (uintmax_t)st->bytes[0],
	    (uintmax_t)st->bytes[1]);
	if (st->anchor != UINT32_MAX)
		fprintf(fp, ", anchor %u", st->anchor);
	if (st->rule != UINT32_MAX)
		fprintf(fp, ", rule %u", st->rule);
	for (i = 0; i < NITEMS(state_flags); i++)
		if (st->state_flags & state_flags[i].flag)
			fprintf(fp, ", %s", state_flags[i].name);
	if (st->sync_flags & SRCNODE)
		fputs(", source-track", fp);
	if (st->sync_flags & NATSRCNODE)
		fputs(", sticky-address", fp);
	putc('\n', fp);
}

/* The id and creatorid are big endian in memory. */
static void
print_id(FILE *fp, const struct psync_state *st)
{
	uint8_t id[sizeof(st->id)];
	unsigned i;

	memcpy(id, &st->id, sizeof(id));
	fputs("   id: ", fp);
	for (i = 0; i < sizeof(id); i++)
		fprintf(fp, "%02x", id[i]);
	fprintf(fp, " creatorid: %08x\n", (unsigned)ntohl(st->creatorid));
}

void
pfctl_print_state(FILE *fp, const struct psync_state *st, int verbose)
{
	bool out = st->direction == PSYNC_DIR_OUT;
	unsigned n = out ? PSYNC_WIRE : PSYNC_STACK;
	unsigned f = out ? PSYNC_STACK : PSYNC_WIRE;
	uint8_t proto = st->proto[n];
	struct psync_key near = st->key[n], far = st->key[f];
	const char *name = pfctl_proto_name(proto);

	/* The id of ICMP queries is one number: only one side changes. */
	if (proto == PFCTL_PROTO_ICMP || proto == PFCTL_PROTO_ICMP6)
		far.port[out ? 0 : 1] = near.port[out ? 0 : 1];

	fprintf(fp, "%.*s ", (int)sizeof(st->ifname), st->ifname);
	if (name != NULL)
		fprintf(fp, "%s ", name);
	else
		fprintf(fp, "%u ", proto);
	print_hosts(fp, &near, st->af[n], &far, st->af[f], 1);
	fputs(out ? " -> " : " <- ", fp);
	print_hosts(fp, &near, st->af[n], &far, st->af[f], 0);
	fputs("       ", fp);
	if (out)
		print_levels(fp, proto, &st->src, &st->dst, verbose);
	else
		print_levels(fp, proto, &st->dst, &st->src, verbose);
	if (verbose > 0)
		print_details(fp, st);
	if (verbose > 1)
		print_id(fp, st);
}
