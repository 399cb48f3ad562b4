/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Goes through the state table: to show it, to clear it, to kill some of it.
 * The cursor is a slot number; states do not move, so one that is there all
 * along is seen once, whatever else comes and goes.
 */

#include <string.h>

#include "os/hosted/pf/pf_impl.h"

/* The next state at or behind the slot; NULL at the end. */
static struct pf_state *
next_state(const struct pf *pf, uint64_t slot)
{
	uint64_t end = (uint64_t)pf->slab.nchunks * PF_CHUNK, map;

	while (slot < end) {
		map = pf->slab.maps[slot / PF_CHUNK][slot % PF_CHUNK / 64] >>
		    slot % 64;
		if (map != 0)
			return (pf_slab_at(&pf->slab,
			    (uint32_t)(slot + (unsigned)__builtin_ctzll(map))));
		slot = (slot / 64 + 1) * 64;
	}
	return (NULL);
}

bool
pf_states_walk(struct pf *pf, uint64_t *row, size_t max, pf_visit_fn *visit,
    void *arg)
{
	struct pf_state *st;
	size_t n;

	for (n = 0; n < max; n++) {
		if ((st = next_state(pf, *row)) == NULL)
			return (false);
		*row = st->slot + 1ULL;
		visit(arg, st);
	}
	return (true);
}

size_t
pf_states_clear(struct pf *pf, uint32_t creatorid, const char *ifname,
    bool notify)
{
	uint16_t kif = ifname[0] == '\0' ? PF_KIF_NONE : pf_if_find(pf, ifname);
	struct pf_state *st;
	uint64_t slot = 0;
	size_t n = 0;

	if (ifname[0] != '\0' && kif == PF_KIF_NONE)
		return (0);
	while ((st = next_state(pf, slot)) != NULL) {
		slot = st->slot + 1ULL;
		if (creatorid != 0 && st->creatorid != creatorid)
			continue;
		if (kif != PF_KIF_NONE && st->kif != kif && st->orig_kif != kif)
			continue;
		pf_state_unlink(pf, st);
		n++;
	}
	if (notify && pf->env.clear != NULL)
		pf->env.clear(pf->env.ctx, creatorid, ifname);
	return (n);
}

/* By the addresses that who opened the connection has used. */
static bool
kill_match(const struct pf_state *st, const struct pf_kill *kill)
{
	const struct psync_key *key;
	unsigned sidx = st->direction == PF_IN ? 0 : 1;

	key = &st->key[st->direction == PF_IN ? PSYNC_WIRE : PSYNC_STACK];
	return (pf_addr_match(&kill->src, st->af, key->addr[sidx]) &&
	    pf_addr_match(&kill->dst, st->af, key->addr[!sidx]));
}

size_t
pf_states_kill(struct pf *pf, const struct pf_kill *kill)
{
	uint16_t kif = kill->ifname[0] == '\0' ? PF_KIF_NONE :
						 pf_if_find(pf, kill->ifname);
	struct pf_state *st;
	uint64_t slot = 0;
	size_t n = 0;

	if (kill->ifname[0] != '\0' && kif == PF_KIF_NONE)
		return (0);
	while ((st = next_state(pf, slot)) != NULL) {
		slot = st->slot + 1ULL;
		if (kif != PF_KIF_NONE && st->kif != kif && st->orig_kif != kif)
			continue;
		if (!kill_match(st, kill))
			continue;
		pf_state_delete(pf, st, false);
		n++;
	}
	return (n);
}
