/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The state table: three hash tables over one slab.
 *
 * A key has no direction of its own: addr[0] is the source of packets that come
 * in and the destination of those that go out.  Packets that come in look like
 * the wire key, packets that go out like the stack key, both ways of a
 * connection alike.  Keys are the same for two states at most when these are on
 * different interfaces, or of different directions.
 */

#include <stdlib.h>
#include <string.h>

#include "os/hosted/pf/pf_impl.h"

static uint64_t
mix(uint64_t h, uint64_t word)
{

	h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
	return (h ^ h >> 29);
}

static uint32_t
key_row(const struct pf *pf, const struct psync_key *key, uint8_t af,
    uint8_t proto)
{
	uint64_t h = pf->seed[0], w[4];
	unsigned i;

	memcpy(w, key->addr, sizeof(w));
	for (i = 0; i < 4; i++)
		h = mix(h, w[i]);
	h = mix(h,
	    (uint64_t)key->port[0] << 32 | (uint64_t)key->port[1] << 16 |
		(uint64_t)af << 8 | proto);
	return ((uint32_t)(mix(h, pf->seed[1]) >> 32) % PF_ROWS);
}

static uint32_t
id_row(const struct pf *pf, uint64_t id, uint32_t creatorid)
{

	return (
	    (uint32_t)(mix(mix(pf->seed[1], id), creatorid) >> 32) % PF_ROWS);
}

static uint32_t *
state_row(const struct pf *pf, const struct pf_state *st, unsigned tab)
{
	uint32_t row;

	row = tab == PF_TAB_ID ? id_row(pf, st->id, st->creatorid) :
				 key_row(pf, &st->key[tab], st->af, st->proto);
	return (&pf->rows[tab][row]);
}

static struct pf_state *
chain_at(const struct pf *pf, uint32_t link)
{

	return (link == 0 ? NULL : pf_slab_at(&pf->slab, link - 1));
}

static bool
key_is(const struct pf_state *st, unsigned tab, const struct psync_key *key,
    uint8_t af, uint8_t proto)
{

	return (st->proto == proto && st->af == af &&
	    memcmp(&st->key[tab], key, sizeof(*key)) == 0);
}

/* The key of a packet, its source at sidx. */
void
pf_key_init(struct psync_key *key, const struct pf_pdesc *pd, unsigned sidx)
{
	size_t len = pf_addr_len(pd->af);

	memset(key, 0, sizeof(*key));
	memcpy(key->addr[sidx], pd->src, len);
	memcpy(key->addr[!sidx], pd->dst, len);
	key->port[sidx] = pd->sport;
	key->port[!sidx] = pd->dport;
}

/* The state of packets with this key; one bound to the interface comes first */
struct pf_state *
pf_state_lookup(struct pf *pf, const struct psync_key *key,
    const struct pf_pdesc *pd, uint8_t proto)
{
	unsigned tab = pd->dir == PF_IN ? PF_TAB_WIRE : PF_TAB_STACK;
	struct pf_state *st, *floating = NULL;

	pf->status.searches++;
	st = chain_at(pf, pf->rows[tab][key_row(pf, key, pd->af, proto)]);
	for (; st != NULL; st = chain_at(pf, st->next[tab])) {
		if (!key_is(st, tab, key, pd->af, proto))
			continue;
		if (st->kif == pd->kif)
			return (st);
		if (st->kif == PF_KIF_ALL && floating == NULL)
			floating = st;
	}
	return (floating);
}

/* Whether any state has this key, whatever its interface and direction. */
bool
pf_state_taken(const struct pf *pf, unsigned tab, const struct psync_key *key,
    uint8_t af, uint8_t proto)
{
	const struct pf_state *st;

	st = chain_at(pf, pf->rows[tab][key_row(pf, key, af, proto)]);
	for (; st != NULL; st = chain_at(pf, st->next[tab]))
		if (key_is(st, tab, key, af, proto))
			return (true);
	return (false);
}

/* A state whose place st would take: same key, interface and direction. */
struct pf_state *
pf_state_rival(const struct pf *pf, const struct pf_state *st)
{
	struct pf_state *other;
	unsigned tab;

	for (tab = PF_TAB_WIRE; tab <= PF_TAB_STACK; tab++) {
		other = chain_at(pf, *state_row(pf, st, tab));
		for (; other != NULL; other = chain_at(pf, other->next[tab]))
			if (key_is(other, tab, &st->key[tab], st->af,
				st->proto) &&
			    other->kif == st->kif &&
			    other->direction == st->direction)
				return (other);
	}
	return (NULL);
}

struct pf_state *
pf_state_find(struct pf *pf, uint64_t id, uint32_t creatorid)
{
	struct pf_state *st;

	st = chain_at(pf, pf->rows[PF_TAB_ID][id_row(pf, id, creatorid)]);
	while (st != NULL && (st->id != id || st->creatorid != creatorid))
		st = chain_at(pf, st->next[PF_TAB_ID]);
	return (st);
}

/* Whether "set limit states" allows no more. */
bool
pf_state_full(const struct pf *pf)
{

	return (pf->settings.limit_states != 0 &&
	    pf->status.states >= pf->settings.limit_states);
}

void
pf_state_init(struct pf_state *st)
{

	memset(st, 0, sizeof(*st));
	st->told = PSYNC_TOLD_NOTHING;
	st->orig_kif = PF_KIF_NONE;
}

/*
 * Puts a copy of a state without rival into the tables and counts it.  No hook.
 * NULL without memory.
 */
struct pf_state *
pf_state_insert(struct pf *pf, const struct pf_state *from)
{
	struct pf_state *st;
	uint32_t *row, slot;
	unsigned tab;

	if ((st = pf_slab_alloc(&pf->slab)) == NULL) {
		pf->status.memory++;
		return (NULL);
	}
	slot = st->slot;
	*st = *from;
	st->slot = slot;
	for (tab = 0; tab < PF_TABS; tab++) {
		row = state_row(pf, st, tab);
		st->next[tab] = *row;
		*row = st->slot + 1;
	}
	pf->kifs[st->kif].refs++;
	if (st->orig_kif != PF_KIF_NONE)
		pf->kifs[st->orig_kif].refs++;
	if (st->rule != NULL) {
		st->rule->stats.states++;
		st->rule->stats.created++;
	}
	pf->status.states++;
	pf->status.inserts++;
	return (st);
}

/* Takes a state out of everything and frees it.  No hook. */
void
pf_state_unlink(struct pf *pf, struct pf_state *st)
{
	uint32_t *link;
	unsigned tab;

	for (tab = 0; tab < PF_TABS; tab++) {
		link = state_row(pf, st, tab);
		while (*link != st->slot + 1)
			link = &chain_at(pf, *link)->next[tab];
		*link = st->next[tab];
	}
	pf->kifs[st->kif].refs--;
	if (st->orig_kif != PF_KIF_NONE)
		pf->kifs[st->orig_kif].refs--;
	if (st->rule != NULL) {
		st->rule->stats.states--;
		pf_krule_release(st->rule);
	}
	pf->status.states--;
	pf->status.removals++;
	pf_slab_free(&pf->slab, st);
}

/* Removes a state and says so. */
void
pf_state_delete(struct pf *pf, struct pf_state *st, bool expired)
{

	if (pf->env.delete != NULL)
		pf->env.delete(pf->env.ctx, st, expired);
	pf_state_unlink(pf, st);
}

void
pf_state_remove(struct pf *pf, struct pf_state *st, bool notify)
{

	if (notify)
		pf_state_delete(pf, st, false);
	else
		pf_state_unlink(pf, st);
}

/* Gives a packet of the state the looks it has on the other side of pf. */
void
pf_state_translate(const struct pf_state *st, struct pf_pdesc *pd)
{
	const struct psync_key *to;

	if (memcmp(&st->key[PSYNC_WIRE], &st->key[PSYNC_STACK], sizeof(*to)) ==
	    0)
		return;
	to = &st->key[pd->dir == PF_IN ? PSYNC_STACK : PSYNC_WIRE];
	pf_rewrite_addr(pd, pd->src, to->addr[pd->sidx]);
	pf_rewrite_addr(pd, pd->dst, to->addr[pd->didx]);
	if (pd->proto == PF_PROTO_TCP || pd->proto == PF_PROTO_UDP) {
		pf_rewrite_port(pd, pd->l4, to->port[pd->sidx]);
		pf_rewrite_port(pd, pd->l4 + 2, to->port[pd->didx]);
	} else if (pd->icmp_query)
		pf_rewrite_port(pd, pd->l4 + 4, to->port[pd->sidx]);
}

size_t
pf_state_memory(struct pf *pf)
{
	size_t limit = pf->settings.limit_states;

	if (limit < PF_LIMIT_STATES)
		limit = PF_LIMIT_STATES;
	return (sizeof(struct pf_state) +
	    (sizeof(*pf->slab.chunks) + sizeof(*pf->slab.maps)) / PF_CHUNK + 1 +
	    (PF_TABS * PF_ROWS * sizeof(uint32_t) + limit - 1) / limit);
}
