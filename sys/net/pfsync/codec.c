/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Encodes, decodes and checks messages by their layouts.
 *
 * The loops over a field table are inlined into one function for each table
 * that matters for speed (the peer, the compressed update), with the table
 * known to the compiler: it unrolls them into straight loads and stores.
 */

#include "net/if_pfsync.h"
#include "net/pfsync/bytes.h"
#include "net/pfsync/codec.h"
#include "net/pfsync/keymap.h"

#define ALWAYS_INLINE inline __attribute__((__always_inline__))
#define NELEM(a)      (sizeof(a) / sizeof((a)[0]))

/* Both peers of every message of version 5 and 6 have this layout. */
/* clang-format off */
#define PEER(w, m, t) \
	{ (w), offsetof(struct psync_peer, m), PSYNC_F_##t, 0 }
static const struct psync_field peer_fields[] = {
	PEER(0, pfss_flags, U16),
	PEER(2, pfss_ttl, U8),
	PEER(3, scrub, U8),
	PEER(4, ts_mod, U32),
	PEER(8, seqlo, U32),
	PEER(12, seqhi, U32),
	PEER(16, seqdiff, U32),
	PEER(20, max_win, U16),
	PEER(22, mss, U16),
	PEER(24, state, U8),
	PEER(25, wscale, U8),
};
/* clang-format on */

#define PEER_STATE 24 /* offset of the state in an encoded peer */

#define PROTO_ICMP   1
#define PROTO_ICMPV6 58

/* Puts one field that is not a peer; h points at the host's value. */
static ALWAYS_INLINE void
put_field(const struct psync_field *f, uint8_t *w, const uint8_t *h)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (f->type) {
	case PSYNC_F_U8:
		*w = *h;
		break;
	case PSYNC_F_U8TO16:
		psync_copy(&v16, h, sizeof(v16));
		*w = (uint8_t)v16;
		break;
	case PSYNC_F_U16:
		psync_copy(&v16, h, sizeof(v16));
		psync_put16(w, v16);
		break;
	case PSYNC_F_U32:
		psync_copy(&v32, h, sizeof(v32));
		psync_put32(w, v32);
		break;
	case PSYNC_F_U64:
		psync_copy(&v64, h, sizeof(v64));
		psync_put64(w, v64);
		break;
	default:
		psync_copy(w, h, f->len);
		break;
	}
}

static ALWAYS_INLINE void
get_field(const struct psync_field *f, const uint8_t *w, uint8_t *h)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (f->type) {
	case PSYNC_F_U8:
		*h = *w;
		break;
	case PSYNC_F_U8TO16:
		v16 = *w;
		psync_copy(h, &v16, sizeof(v16));
		break;
	case PSYNC_F_U16:
		v16 = psync_get16(w);
		psync_copy(h, &v16, sizeof(v16));
		break;
	case PSYNC_F_U32:
		v32 = psync_get32(w);
		psync_copy(h, &v32, sizeof(v32));
		break;
	case PSYNC_F_U64:
		v64 = psync_get64(w);
		psync_copy(h, &v64, sizeof(v64));
		break;
	default:
		psync_copy(h, w, f->len);
		break;
	}
}

static ALWAYS_INLINE void
put_peer(uint8_t *w, const struct psync_peer *peer)
{
	size_t i;

	psync_zero(w + 26, PSYNC_PEER_LEN - 26);
#pragma GCC unroll 16
	for (i = 0; i < NELEM(peer_fields); i++)
		put_field(&peer_fields[i], w + peer_fields[i].wire,
		    (const uint8_t *)peer + peer_fields[i].host);
}

/*
 * Scrubbing data counts only if the sender says it is valid, and of its flags
 * only the timestamp bit travels: so do all BSDs.
 */
static ALWAYS_INLINE void
get_peer(const uint8_t *w, struct psync_peer *peer)
{
	size_t i;

#pragma GCC unroll 16
	for (i = 0; i < NELEM(peer_fields); i++)
		get_field(&peer_fields[i], w + peer_fields[i].wire,
		    (uint8_t *)peer + peer_fields[i].host);
	peer->scrub &= PFSYNC_SCRUB_VALID;
	peer->pfss_flags &= PFSYNC_SCRUB_TIMESTAMP;
}

/* pf's protocol of a key of another family than proto is of. */
static uint8_t
proto_of(uint8_t proto, uint8_t af)
{
	if (proto == PROTO_ICMP && af == PSYNC_AF_INET6)
		return (PROTO_ICMPV6);
	if (proto == PROTO_ICMPV6 && af == PSYNC_AF_INET)
		return (PROTO_ICMP);
	return (proto);
}

/*
 * The routing table is that of packets the way the state was made: that key's
 * of whoever has one for each.
 */
static unsigned
forward_key(const struct psync_state *st)
{
	return (st->direction == PSYNC_DIR_IN ? PSYNC_STACK : PSYNC_WIRE);
}

static void
put_rtables(uint8_t *w, const struct psync_state *st)
{
	unsigned forward = forward_key(st);

	psync_put32(w + 4 * forward, (uint32_t)st->rtableid);
	psync_put32(w + 4 * (1 - forward), UINT32_MAX);
}

/* Direction is known by now: the tables have it before. */
static unsigned
get_rtables(const uint8_t *w, struct psync_state *st)
{
	unsigned forward = forward_key(st);

	st->rtableid = (int32_t)psync_get32(w + 4 * forward);
	if (psync_get32(w + 4 * (1 - forward)) != UINT32_MAX)
		return (PSYNC_LOST_RTABLE);
	return (0);
}

#define HOST_LEN 24 /* address, port, 6 spare */

static unsigned
put_hosts(uint8_t *w, const struct psync_state *st)
{
	struct psync_hosts hosts;
	const struct psync_host *h[] = { &hosts.lan, &hosts.gwy, &hosts.ext };
	unsigned i;

	if (psync_keys_to_hosts(st, &hosts) != PFSYNC_OK)
		return (PSYNC_LOST_KEYS);
	for (i = 0; i < 3; i++, w += HOST_LEN) {
		psync_copy(w, h[i]->addr, sizeof(h[i]->addr));
		psync_copy(w + 16, &h[i]->port, sizeof(h[i]->port));
	}
	return (0);
}

static void
get_hosts(const uint8_t *w, struct psync_state *st)
{
	struct psync_hosts hosts;
	struct psync_host *h[] = { &hosts.lan, &hosts.gwy, &hosts.ext };
	unsigned i;

	for (i = 0; i < 3; i++, w += HOST_LEN) {
		psync_copy(h[i]->addr, w, sizeof(h[i]->addr));
		psync_copy(&h[i]->port, w + 16, sizeof(h[i]->port));
	}
	psync_hosts_to_keys(&hosts, st->af[PSYNC_WIRE], st->proto[PSYNC_WIRE],
	    st);
}

/* A field that is more than a number at another place. */
static unsigned
put_special(const struct psync_layout *l, const struct psync_field *f,
    uint8_t *w, const struct psync_state *st)
{
	const struct psync_values *v = l->values;
	const uint8_t *h = (const uint8_t *)st + f->host;

	switch (f->type) {
	case PSYNC_F_PEER:
		put_peer(w, (const struct psync_peer *)(const void *)h);
		break;
	case PSYNC_F_FAMILY:
		if (!psync_family_to(v, *h, w))
			return (PSYNC_LOST_KEYS);
		break;
	case PSYNC_F_ROUTE:
		if (!psync_route_to(v, *h, w))
			return (PSYNC_LOST_ROUTE);
		break;
	case PSYNC_F_FLAGS:
		psync_put16(w, st->state_flags & v->flags);
		if ((st->state_flags & ~v->flags) != 0)
			return (PSYNC_LOST_FLAGS);
		break;
	case PSYNC_F_OPTS:
		*w = (st->state_flags & PSYNC_STATE_ALLOWOPTS) != 0;
		break;
	case PSYNC_F_PROTO:
		*w = st->proto[PSYNC_WIRE];
		break;
	case PSYNC_F_RTABLES:
		put_rtables(w, st);
		break;
	case PSYNC_F_HOSTS:
		return (put_hosts(w, st));
	default: /* nothing, or 0 */
		break;
	}
	return (0);
}

static unsigned
get_special(const struct psync_layout *l, const struct psync_field *f,
    const uint8_t *w, struct psync_state *st)
{
	const struct psync_values *v = l->values;
	uint8_t *h = (uint8_t *)st + f->host;

	switch (f->type) {
	case PSYNC_F_PEER:
		get_peer(w, (struct psync_peer *)(void *)h);
		break;
	case PSYNC_F_FAMILY:
	case PSYNC_F_FAMILY_IN:
		if (*w != 0 && !psync_family_from(v, *w, h))
			return (PSYNC_LOST_KEYS);
		break;
	case PSYNC_F_ROUTE:
		if (!psync_route_from(v, *w, h))
			return (PSYNC_LOST_ROUTE);
		break;
	case PSYNC_F_FLAGS:
		st->state_flags = psync_get16(w) & v->flags;
		if ((psync_get16(w) & ~v->flags) != 0)
			return (PSYNC_LOST_FLAGS);
		break;
	case PSYNC_F_OPTS:
		st->state_flags = *w != 0 ? PSYNC_STATE_ALLOWOPTS : 0;
		break;
	case PSYNC_F_PROTO:
		st->proto[PSYNC_WIRE] = *w;
		st->proto[PSYNC_STACK] = *w;
		if (st->af[PSYNC_STACK] != st->af[PSYNC_WIRE])
			st->proto[PSYNC_STACK] = proto_of(*w,
			    st->af[PSYNC_STACK]);
		break;
	case PSYNC_F_RTABLES:
		return (get_rtables(w, st));
	case PSYNC_F_HOSTS:
		get_hosts(w, st);
		break;
	default: /* PSYNC_F_RDOMAIN */
		if (psync_get16(w) != 0)
			return (PSYNC_LOST_RDOMAIN);
		break;
	}
	return (0);
}

bool
psync_keys_fit(const struct psync_layout *l, const struct psync_state *st)
{
	uint8_t stack = st->af[PSYNC_STACK];

	if (l->keys == PSYNC_KEYS_ANY)
		return (true);
	if (stack == st->af[PSYNC_WIRE])
		return (st->proto[PSYNC_STACK] == st->proto[PSYNC_WIRE]);
	return (l->keys == PSYNC_KEYS_FAMILIES &&
	    st->proto[PSYNC_STACK] == proto_of(st->proto[PSYNC_WIRE], stack));
}

unsigned
psync_encode(const struct psync_layout *l, uint8_t *w,
    const struct psync_state *st)
{
	const uint8_t *h = (const uint8_t *)st;
	const struct psync_field *f;
	unsigned lost = 0;

	psync_zero(w, l->size);
	for (f = l->fields; f < l->fields + l->nfields; f++) {
		if (f->type >= PSYNC_F_PEER)
			lost |= put_special(l, f, w + f->wire, st);
		else
			put_field(f, w + f->wire, h + f->host);
	}
	if (st->timeout >= l->values->timeouts)
		lost |= PSYNC_LOST_TIMEOUT;
	if (!psync_keys_fit(l, st))
		lost |= PSYNC_LOST_KEYS;
	return (lost);
}

unsigned
psync_decode(const struct psync_layout *l, const uint8_t *w,
    struct psync_state *st)
{
	const struct psync_field *f;
	uint8_t *h = (uint8_t *)st;
	unsigned lost = 0;

	psync_zero(st, sizeof(*st));
	st->rtableid = -1;
	for (f = l->fields; f < l->fields + l->nfields; f++) {
		if (f->type >= PSYNC_F_PEER)
			lost |= get_special(l, f, w + f->wire, st);
		else
			get_field(f, w + f->wire, h + f->host);
	}
	return (lost);
}

void
psync_encode_upd_c(uint8_t *w, const struct psync_change *c)
{
	psync_copy(w, &c->id, sizeof(c->id));
	put_peer(w + 8, c->src);
	put_peer(w + 40, c->dst);
	psync_copy(w + 72, &c->creatorid, sizeof(c->creatorid));
	psync_zero(w + 76, 8); /* nobody fills in expire, nobody looks */
	w[80] = c->timeout;
}

bool
psync_encode_change(const struct psync_layout *l, uint8_t *w,
    const struct psync_change *c)
{
	psync_encode_upd_c(w, c);
	psync_zero(w + PSYNC_UPD_C_LEN, l->size - PSYNC_UPD_C_LEN);
	if (l->at.updates != PSYNC_NOWHERE)
		w[l->at.updates] = c->updates;
	if (l->at.flags != PSYNC_NOWHERE)
		w[l->at.flags] = (uint8_t)(c->state_flags & l->values->flags);
	return (c->timeout < l->values->timeouts);
}

void
psync_decode_change(const struct psync_layout *l, const uint8_t *w,
    struct psync_peer *src, struct psync_peer *dst, struct psync_change *c)
{
	psync_zero(c, sizeof(*c));
	psync_copy(&c->id, w, sizeof(c->id));
	get_peer(w + 8, src);
	get_peer(w + 40, dst);
	c->src = src;
	c->dst = dst;
	psync_copy(&c->creatorid, w + 72, sizeof(c->creatorid));
	c->timeout = w[80];
	if (l->at.updates != PSYNC_NOWHERE)
		c->updates = w[l->at.updates];
	if (l->at.flags != PSYNC_NOWHERE)
		c->state_flags = w[l->at.flags] & l->values->flags;
}

void
psync_encode_key(uint8_t *w, uint64_t id, uint32_t creatorid)
{
	psync_copy(w, &id, sizeof(id));
	psync_copy(w + 8, &creatorid, sizeof(creatorid));
}

void
psync_patch(const struct psync_layout *l, uint8_t *w,
    const struct psync_change *c)
{
	put_peer(w + l->at.src, c->src);
	put_peer(w + l->at.dst, c->dst);
	if (l->at.expire != PSYNC_NOWHERE)
		psync_put32(w + l->at.expire, c->expire);
	w[l->at.timeout] = c->timeout;
}

bool
psync_peer_state_ok(uint8_t proto, uint8_t state)
{
	/* TCP and SCTP count further than NO_TRAFFIC, SINGLE, MULTIPLE. */
	if (proto == 6 || proto == 132)
		return (state <= PSYNC_PEER_STATE_MAX);
	return (state <= 2);
}

static bool
af_ok(const struct psync_values *v, uint8_t af)
{
	uint8_t ours;

	return (psync_family_from(v, af, &ours));
}

/* Printable, and ended by 0 within size bytes; or nothing at all. */
static bool
name_ok(const uint8_t *w, uint16_t at, unsigned size)
{
	const uint8_t *name = w + at;

	if (at == PSYNC_NOWHERE)
		return (true);
	for (; size > 0 && *name != '\0'; size--, name++)
		if (*name <= ' ' || *name > '~')
			return (false);
	return (size > 0);
}

bool
psync_ifname_ok(const uint8_t *name, bool empty_too)
{
	return (
	    name_ok(name, 0, PSYNC_IFNAMSIZ) && (name[0] != '\0' || empty_too));
}

static bool
families_ok(const struct psync_layout *l, const uint8_t *w)
{
	uint8_t af = w[l->at.af], key;
	unsigned k;

	if (!af_ok(l->values, af))
		return (false);
	for (k = 0; k < 2; k++) {
		if (l->at.key_af[k] == PSYNC_NOWHERE)
			continue;
		key = w[l->at.key_af[k]];
		if (key != 0 && !af_ok(l->values, key))
			return (false);
	}
	return (true);
}

bool
psync_message_ok(const struct psync_layout *l, const uint8_t *w)
{
	const struct psync_places *at = &l->at;
	uint32_t creatorid;
	uint8_t src, dst;

	psync_copy(&creatorid, w + at->creatorid, sizeof(creatorid));
	if (creatorid == 0)
		return (false);
	if (at->src == PSYNC_NOWHERE)
		return (true);

	src = w[at->src + PEER_STATE];
	dst = w[at->dst + PEER_STATE];
	if (src > PSYNC_PEER_STATE_MAX || dst > PSYNC_PEER_STATE_MAX ||
	    w[at->timeout] >= l->values->timeouts)
		return (false);
	if (at->ifname == PSYNC_NOWHERE)
		return (true);

	return (psync_peer_state_ok(w[at->proto], src) &&
	    psync_peer_state_ok(w[at->proto], dst) &&
	    (w[at->direction] == PSYNC_DIR_IN ||
		w[at->direction] == PSYNC_DIR_OUT) &&
	    families_ok(l, w) && psync_ifname_ok(w + at->ifname, false) &&
	    name_ok(w, at->rt_ifname, PSYNC_IFNAMSIZ) &&
	    name_ok(w, at->orig_ifname, PSYNC_IFNAMSIZ) &&
	    name_ok(w, at->tagname, PSYNC_TAGSIZ));
}
