/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Full states by hand.  See spell.h.
 */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "spell.h"

#define ST(m) \
	offsetof(struct psync_state, m), sizeof(((struct psync_state *)0)->m)
#define NO (-1)

#define ICMP  1
#define TCP   6
#define UDP   17
#define GRE   47
#define ICMP6 58
#define SCTP  132

/* Indices of the places in a row. */
enum { D1500, D1400, D1301, DV6, DV3 };

/* How a value is written. */
enum how {
	RAW,	/* bytes as they are */
	BIG,	/* a big endian integer */
	FAMILY, /* 28 is 24 to all but FreeBSD */
	ROUTE,	/* OpenBSD has no fastroute */
	FLAGS,	/* those that both know */
	OPTS,	/* one of the flags */
	TABLES	/* two routing tables, by the direction */
};

/* clang-format off */
static const struct row {
	const char *name;
	size_t host, host_len;
	int at[PSYNC_DIALECTS];
	unsigned len;
	enum how how;
} rows[] = {
	/*				1500 1400 1301 v6   v3 */
	{ "id", ST(id),			{ 0, 0, 0, 0, 0 }, 8, RAW },
	{ "ifname", ST(ifname),		{ 8, 8, 8, 8, 8 }, 16, RAW },
	{ "wire addr 0", ST(key[0].addr[0]), { 24, 24, 24, 24, NO }, 16, RAW },
	{ "wire addr 1", ST(key[0].addr[1]), { 40, 40, 40, 40, NO }, 16, RAW },
	{ "wire port 0", ST(key[0].port[0]), { 56, 56, 56, 56, NO }, 2, RAW },
	{ "wire port 1", ST(key[0].port[1]), { 58, 58, 58, 58, NO }, 2, RAW },
	{ "stack addr 0", ST(key[1].addr[0]),
					{ 60, 60, 60, 64, NO }, 16, RAW },
	{ "stack addr 1", ST(key[1].addr[1]), { 76, 76, 76, 80, NO }, 16, RAW },
	{ "stack port 0", ST(key[1].port[0]), { 92, 92, 92, 96, NO }, 2, RAW },
	{ "stack port 1", ST(key[1].port[1]), { 94, 94, 94, 98, NO }, 2, RAW },
	/* lan, gwy, ext */
	{ "lan addr", ST(key[1].addr[1]), { NO, NO, NO, NO, 24 }, 16, RAW },
	{ "lan port", ST(key[1].port[1]), { NO, NO, NO, NO, 40 }, 2, RAW },
	{ "gwy addr", ST(key[0].addr[1]), { NO, NO, NO, NO, 48 }, 16, RAW },
	{ "gwy port", ST(key[0].port[1]), { NO, NO, NO, NO, 64 }, 2, RAW },
	{ "ext addr", ST(key[0].addr[0]), { NO, NO, NO, NO, 72 }, 16, RAW },
	{ "ext port", ST(key[0].port[0]), { NO, NO, NO, NO, 88 }, 2, RAW },
	{ "src flags", ST(src.pfss_flags), { 96, 96, 96, 104, 96 }, 2, BIG },
	{ "src ttl", ST(src.pfss_ttl),	{ 98, 98, 98, 106, 98 }, 1, RAW },
	{ "src scrub", ST(src.scrub),	{ 99, 99, 99, 107, 99 }, 1, RAW },
	{ "src ts_mod", ST(src.ts_mod),	{ 100, 100, 100, 108, 100 }, 4, BIG },
	{ "src seqlo", ST(src.seqlo),	{ 104, 104, 104, 112, 104 }, 4, BIG },
	{ "src seqhi", ST(src.seqhi),	{ 108, 108, 108, 116, 108 }, 4, BIG },
	{ "src seqdiff", ST(src.seqdiff), { 112, 112, 112, 120, 112 }, 4, BIG },
	{ "src max_win", ST(src.max_win), { 116, 116, 116, 124, 116 }, 2, BIG },
	{ "src mss", ST(src.mss),	{ 118, 118, 118, 126, 118 }, 2, BIG },
	{ "src state", ST(src.state),	{ 120, 120, 120, 128, 120 }, 1, RAW },
	{ "src wscale", ST(src.wscale),	{ 121, 121, 121, 129, 121 }, 1, RAW },
	{ "dst flags", ST(dst.pfss_flags),
					{ 128, 128, 128, 136, 128 }, 2, BIG },
	{ "dst ttl", ST(dst.pfss_ttl),	{ 130, 130, 130, 138, 130 }, 1, RAW },
	{ "dst scrub", ST(dst.scrub),	{ 131, 131, 131, 139, 131 }, 1, RAW },
	{ "dst ts_mod", ST(dst.ts_mod),	{ 132, 132, 132, 140, 132 }, 4, BIG },
	{ "dst seqlo", ST(dst.seqlo),	{ 136, 136, 136, 144, 136 }, 4, BIG },
	{ "dst seqhi", ST(dst.seqhi),	{ 140, 140, 140, 148, 140 }, 4, BIG },
	{ "dst seqdiff", ST(dst.seqdiff), { 144, 144, 144, 152, 144 }, 4, BIG },
	{ "dst max_win", ST(dst.max_win), { 148, 148, 148, 156, 148 }, 2, BIG },
	{ "dst mss", ST(dst.mss),	{ 150, 150, 150, 158, 150 }, 2, BIG },
	{ "dst state", ST(dst.state),	{ 152, 152, 152, 160, 152 }, 1, RAW },
	{ "dst wscale", ST(dst.wscale),	{ 153, 153, 153, 161, 153 }, 1, RAW },
	{ "rt_addr", ST(rt_addr),	{ 160, 160, 160, 168, 160 }, 16, RAW },
	{ "rule", ST(rule),		{ 176, 176, 176, 184, 176 }, 4, BIG },
	{ "anchor", ST(anchor),		{ 180, 180, 180, 188, 180 }, 4, BIG },
	{ "nat_rule", ST(nat_rule),	{ 184, 184, 184, 192, 184 }, 4, BIG },
	{ "creation", ST(creation),	{ 188, 188, 188, 196, 188 }, 4, BIG },
	{ "expire", ST(expire),		{ 192, 192, 192, 200, NO }, 4, BIG },
	{ "packets 0", ST(packets[0]),	{ 196, 196, 196, 204, 196 }, 8, BIG },
	{ "packets 1", ST(packets[1]),	{ 204, 204, 204, 212, 204 }, 8, BIG },
	{ "bytes 0", ST(bytes[0]),	{ 212, 212, 212, 220, 212 }, 8, BIG },
	{ "bytes 1", ST(bytes[1]),	{ 220, 220, 220, 228, 220 }, 8, BIG },
	{ "creatorid", ST(creatorid),	{ 228, 228, 228, 236, 228 }, 4, RAW },
	{ "tagname", ST(tagname),	{ 232, NO, NO, NO, NO }, 64, RAW },
	{ "rt_ifname", ST(rt_ifname),	{ 296, 261, NO, NO, NO }, 16, RAW },
	{ "orig_ifname", ST(orig_ifname), { 312, NO, NO, NO, NO }, 16, RAW },
	{ "rtableid", ST(rtableid),	{ 328, 250, NO, NO, NO }, 4, BIG },
	{ "rtableid[2]", ST(rtableid),	{ NO, NO, NO, 240, NO }, 8, TABLES },
	{ "state_flags", ST(state_flags), { 332, 235, NO, NO, NO }, 2, BIG },
	{ "known flags", ST(state_flags), { NO, NO, NO, 260, NO }, 2, FLAGS },
	{ "low flags", ST(state_flags),	{ NO, NO, 238, NO, NO }, 1, BIG },
	{ "allow_opts", ST(state_flags), { NO, NO, NO, NO, 236 }, 1, OPTS },
	{ "qid", ST(qid),		{ 334, 242, NO, NO, NO }, 2, BIG },
	{ "pqid", ST(pqid),		{ 336, 244, NO, NO, NO }, 2, BIG },
	{ "dnpipe", ST(dnpipe),		{ 338, 246, NO, NO, NO }, 2, BIG },
	{ "dnrpipe", ST(dnrpipe),	{ 340, 248, NO, NO, NO }, 2, BIG },
	{ "max_mss", ST(max_mss),	{ 342, 256, NO, 248, NO }, 2, BIG },
	{ "wire_af", ST(af[0]),		{ 344, NO, NO, 62, NO }, 1, FAMILY },
	{ "stack_af", ST(af[1]),	{ 345, NO, NO, 102, NO }, 1, FAMILY },
	{ "af", ST(af[0]),		{ NO, 232, 232, 250, 232 }, 1, FAMILY },
	{ "rt_af", ST(rt_af),		{ 346, NO, NO, NO, NO }, 1, FAMILY },
	{ "wire_proto", ST(proto[0]),	{ 347, NO, NO, NO, NO }, 1, RAW },
	{ "stack_proto", ST(proto[1]),	{ 348, NO, NO, NO, NO }, 1, RAW },
	{ "proto", ST(proto[0]),	{ NO, 233, 233, 251, 233 }, 1, RAW },
	{ "log", ST(log),		{ 349, 237, 237, 253, 235 }, 1, RAW },
	{ "timeout", ST(timeout),	{ 350, 239, 239, 255, 237 }, 1, RAW },
	{ "direction", ST(direction),	{ 351, 234, 234, 252, 234 }, 1, RAW },
	{ "rt", ST(rt),			{ 352, 260, NO, NO, NO }, 1, RAW },
	{ "OpenBSD's rt", ST(rt),	{ NO, NO, NO, 254, NO }, 1, ROUTE },
	{ "min_ttl", ST(min_ttl),	{ 353, 254, NO, 258, NO }, 1, RAW },
	{ "set_tos", ST(set_tos),	{ 354, 255, NO, 259, NO }, 1, RAW },
	{ "set_prio", ST(set_prio),	{ 355, 258, NO, 262, NO }, 2, RAW },
	{ "sync_flags", ST(sync_flags),	{ NO, 240, 240, 256, NO }, 1, RAW },
	{ "updates", ST(updates),	{ NO, 241, 241, 257, 239 }, 1, RAW },
};
/* clang-format on */

#define NROWS (sizeof(rows) / sizeof(rows[0]))

const char *
spell_byte(unsigned dialect, unsigned at)
{
	const struct row *r;

	for (r = rows; r < rows + NROWS; r++)
		if (r->at[dialect] != NO && at >= (unsigned)r->at[dialect] &&
		    at < (unsigned)r->at[dialect] + r->len)
			return (r->name);
	return ("spare");
}

static bool
is_icmp(uint8_t proto)
{
	return (proto == ICMP || proto == ICMP6);
}

/* The n-byte integer at h, of a struct in this machine's order. */
static uint64_t
number_at(const uint8_t *h, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v << 8 |
		    h[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? n - 1 - i :
								  i];
	return (v);
}

static void
put(uint8_t *w, unsigned n, uint64_t v)
{
	while (n-- > 0) {
		w[n] = (uint8_t)v;
		v >>= 8;
	}
}

static uint8_t
family(unsigned dialect, uint8_t af)
{
	return (af == PSYNC_AF_INET6 && dialect >= DV6 ? 24 : af);
}

static void
spell_row(const struct row *r, unsigned dialect, uint8_t *w,
    const struct psync_state *st)
{
	static const uint8_t openbsd[] = { 0, 0, 1, 2, 3 };
	const uint8_t *h = (const uint8_t *)st + r->host;

	switch (r->how) {
	case RAW:
		memcpy(w, h, r->len);
		break;
	case BIG:
		put(w, r->len, number_at(h, r->host_len));
		break;
	case FAMILY:
		*w = family(dialect, *h);
		break;
	case ROUTE:
		*w = openbsd[*h];
		break;
	case FLAGS:
		put(w, 2, st->state_flags & 0x03fb);
		break;
	case OPTS:
		*w = st->state_flags & 1;
		break;
	case TABLES:
		/* In: [1] is the way there.  Out: [0]. */
		memset(w, 0xff, 8);
		put(w + (st->direction == 1 ? 4 : 0), 4,
		    (uint32_t)st->rtableid);
		break;
	}
}

void
spell(unsigned dialect, uint8_t *w, const struct psync_state *st)
{
	const struct row *r;

	memset(w, 0, psync_dialects[dialect].state->size);
	for (r = rows; r < rows + NROWS; r++)
		if (r->at[dialect] != NO)
			spell_row(r, dialect, w + r->at[dialect], st);
	/* The other end of a ping has no port in version 3. */
	if (dialect == DV3 && is_icmp(st->proto[0]))
		memset(w + 88, 0, 2);
}

static uint8_t
icmp_of(uint8_t proto, uint8_t af)
{
	if (!is_icmp(proto))
		return (proto);
	return (af == PSYNC_AF_INET6 ? ICMP6 : ICMP);
}

bool
spell_can(unsigned dialect, const struct psync_state *st)
{
	bool one = st->af[0] == st->af[1] && st->proto[0] == st->proto[1];

	if (dialect >= DV6 && st->timeout >= 20)
		return (false);
	switch (dialect) {
	case D1500:
		return (true);
	case DV6:
		return (st->af[0] == st->af[1] ?
			st->proto[0] == st->proto[1] :
			st->proto[1] == icmp_of(st->proto[0], st->af[1]));
	case DV3:
		return (one &&
		    memcmp(st->key[0].addr[0], st->key[1].addr[0], 16) == 0 &&
		    (is_icmp(st->proto[0]) ||
			st->key[0].port[0] == st->key[1].port[0]));
	default:
		return (one);
	}
}

/* What each dialect has no words for: rows without a place, and these. */
void
spell_left(unsigned dialect, struct psync_state *st)
{
	static const uint16_t flags[PSYNC_DIALECTS] = { 0xffff, 0xffff, 0xff,
		0x03fb, 0x0001 };
	static const bool tables[PSYNC_DIALECTS] = { true, true, false, true,
		false };
	static const bool routes[PSYNC_DIALECTS] = { true, true, false, true,
		false };
	static const bool limits[PSYNC_DIALECTS] = { true, true, false, true,
		false };

	st->state_flags &= flags[dialect];
	if (!tables[dialect])
		st->rtableid = -1;
	if (!routes[dialect] ||
	    (dialect == DV6 && st->rt == PSYNC_RT_FASTROUTE))
		st->rt = 0;
	if (!limits[dialect]) {
		st->max_mss = 0;
		st->min_ttl = st->set_tos = 0;
		memset(st->set_prio, 0, sizeof(st->set_prio));
	}
	if (dialect > D1400) {
		st->qid = st->pqid = st->dnpipe = st->dnrpipe = 0;
		memset(st->rt_ifname, 0, sizeof(st->rt_ifname));
	}
	if (dialect != D1500) {
		memset(st->tagname, 0, sizeof(st->tagname));
		memset(st->orig_ifname, 0, sizeof(st->orig_ifname));
		st->rt_af = st->af[0];
	}
	if (dialect == D1500 || dialect == DV3)
		st->sync_flags = 0;
	if (dialect == D1500)
		st->updates = 0;
	if (dialect == DV3) {
		st->expire = 0;
		/* both ends of a ping have the same */
		if (is_icmp(st->proto[0])) {
			st->key[0].port[0] = st->key[0].port[1];
			st->key[1].port[0] = st->key[1].port[1];
		}
	}
}

static unsigned
any(unsigned n)
{
	return ((unsigned)rand() % n);
}

static void
fill(void *p, size_t n)
{
	uint8_t *b = p;

	while (n-- > 0)
		*b++ = (uint8_t)(rand() >> 8);
}

static void
random_name(char *name, size_t size)
{
	size_t i, n = any((unsigned)size);

	memset(name, 0, size);
	for (i = 0; i < n; i++)
		name[i] = (char)('!' + any('~' - '!' + 1));
}

static void
random_peer(struct psync_peer *p, uint8_t proto)
{
	memset(p, 0, sizeof(*p));
	fill(&p->seqlo, sizeof(p->seqlo));
	fill(&p->seqhi, sizeof(p->seqhi));
	fill(&p->seqdiff, sizeof(p->seqdiff));
	fill(&p->ts_mod, sizeof(p->ts_mod));
	fill(&p->max_win, sizeof(p->max_win));
	fill(&p->mss, sizeof(p->mss));
	fill(&p->pfss_ttl, 1);
	fill(&p->wscale, 1);
	p->pfss_flags = (uint16_t)any(2);
	p->scrub = (uint8_t)any(2);
	p->state = (uint8_t)any(proto == TCP || proto == SCTP ? 13 : 3);
}

/* Ends of which the family uses the bytes it has. */
static void
random_key(struct psync_key *k, uint8_t af)
{
	unsigned i;

	memset(k, 0, sizeof(*k));
	for (i = 0; i < 2; i++)
		fill(k->addr[i], af == PSYNC_AF_INET6 ? 16 : 4);
	fill(k->port, sizeof(k->port));
}

/* Mostly as NAT and redirection leave keys, sometimes anything. */
static void
random_keys(struct psync_state *st)
{
	static const uint8_t protos[] = { TCP, UDP, ICMP, GRE, SCTP };
	struct psync_key *wire = &st->key[0], *stack = &st->key[1];

	st->af[0] = st->af[1] = any(2) ? PSYNC_AF_INET6 : PSYNC_AF_INET;
	if (any(8) == 0)
		st->af[1] = any(2) ? PSYNC_AF_INET6 : PSYNC_AF_INET;
	st->proto[0] = icmp_of(protos[any(5)], st->af[0]);
	st->proto[1] = icmp_of(st->proto[0], st->af[1]);
	if (any(16) == 0)
		st->proto[1] = GRE;
	random_key(wire, st->af[0]);
	random_key(stack, st->af[1]);
	if (st->af[0] != st->af[1] || any(8) == 0)
		return;
	memcpy(stack->addr[0], wire->addr[0], 16);
	stack->port[0] = wire->port[0];
	if (any(2) == 0)
		*stack = *wire;
	if (is_icmp(st->proto[0])) {
		wire->port[0] = wire->port[1];
		stack->port[0] = stack->port[1];
	}
}

void
spell_random(struct psync_state *st)
{
	memset(st, 0, sizeof(*st));
	random_keys(st);
	fill(&st->id, sizeof(st->id));
	do
		fill(&st->creatorid, sizeof(st->creatorid));
	while (st->creatorid == 0);
	fill(&st->rule, sizeof(st->rule));
	fill(&st->anchor, sizeof(st->anchor));
	fill(&st->nat_rule, sizeof(st->nat_rule));
	fill(&st->creation, sizeof(st->creation));
	fill(&st->expire, sizeof(st->expire));
	fill(st->packets, sizeof(st->packets));
	fill(st->bytes, sizeof(st->bytes));
	random_peer(&st->src, st->proto[0]);
	random_peer(&st->dst, st->proto[0]);
	fill(st->rt_addr, sizeof(st->rt_addr));
	do
		random_name(st->ifname, sizeof(st->ifname));
	while (st->ifname[0] == '\0');
	random_name(st->rt_ifname, sizeof(st->rt_ifname));
	random_name(st->orig_ifname, sizeof(st->orig_ifname));
	random_name(st->tagname, sizeof(st->tagname));
	st->rtableid = (int32_t)any(20) - 1;
	fill(&st->state_flags, sizeof(st->state_flags));
	fill(&st->qid, sizeof(st->qid));
	fill(&st->pqid, sizeof(st->pqid));
	fill(&st->dnpipe, sizeof(st->dnpipe));
	fill(&st->dnrpipe, sizeof(st->dnrpipe));
	fill(&st->max_mss, sizeof(st->max_mss));
	st->rt_af = any(2) ? PSYNC_AF_INET6 : PSYNC_AF_INET;
	st->rt = (uint8_t)any(5);
	st->direction = (uint8_t)(1 + any(2));
	fill(&st->log, 1);
	st->timeout = (uint8_t)any(st->proto[0] == SCTP ? 25 : 20);
	fill(&st->sync_flags, 1);
	fill(&st->updates, 1);
	fill(&st->min_ttl, 1);
	fill(&st->set_tos, 1);
	fill(st->set_prio, sizeof(st->set_prio));
}
