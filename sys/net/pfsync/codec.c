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

void
psync_encode(const struct psync_layout *l, uint8_t *w,
    const struct psync_state *st)
{
	const uint8_t *h = (const uint8_t *)st;
	const struct psync_field *f;

	psync_zero(w, l->size);
	for (f = l->fields; f < l->fields + l->nfields; f++) {
		if (f->type == PSYNC_F_PEER)
			put_peer(w + f->wire,
			    (const struct psync_peer *)(const void *)(h +
				f->host));
		else
			put_field(f, w + f->wire, h + f->host);
	}
}

void
psync_decode(const struct psync_layout *l, const uint8_t *w,
    struct psync_state *st)
{
	const struct psync_field *f;
	uint8_t *h = (uint8_t *)st;

	psync_zero(st, sizeof(*st));
	st->rtableid = -1;
	for (f = l->fields; f < l->fields + l->nfields; f++) {
		if (f->type == PSYNC_F_PEER)
			get_peer(w + f->wire,
			    (struct psync_peer *)(void *)(h + f->host));
		else
			get_field(f, w + f->wire, h + f->host);
	}
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

void
psync_decode_upd_c(const uint8_t *w, struct psync_peer *src,
    struct psync_peer *dst, struct psync_change *c)
{
	psync_zero(c, sizeof(*c));
	psync_copy(&c->id, w, sizeof(c->id));
	get_peer(w + 8, src);
	get_peer(w + 40, dst);
	c->src = src;
	c->dst = dst;
	psync_copy(&c->creatorid, w + 72, sizeof(c->creatorid));
	c->timeout = w[80];
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

bool
psync_ifname_ok(const uint8_t *name, bool empty_too)
{
	unsigned i;

	for (i = 0; i < PSYNC_IFNAMSIZ && name[i] != '\0'; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return (false);
	return (i < PSYNC_IFNAMSIZ && (i > 0 || empty_too));
}

static bool
af_ok(uint8_t af)
{
	return (af == PSYNC_AF_INET || af == PSYNC_AF_INET6);
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
	    w[at->timeout] >= PSYNC_TM_MAX)
		return (false);
	if (at->ifname == PSYNC_NOWHERE)
		return (true);

	return (psync_peer_state_ok(w[at->proto[PSYNC_WIRE]], src) &&
	    psync_peer_state_ok(w[at->proto[PSYNC_WIRE]], dst) &&
	    (w[at->direction] == PSYNC_DIR_IN ||
		w[at->direction] == PSYNC_DIR_OUT) &&
	    af_ok(w[at->af[PSYNC_WIRE]]) && af_ok(w[at->af[PSYNC_STACK]]) &&
	    psync_ifname_ok(w + at->ifname, false));
}
