/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What peers have, for pf.  Both big locks are held.
 *
 * Invariant of import(): what was taken for a state that is not made in the end
 * is given back.
 */

#include "os/netbsd/softc.h"

#include <sys/kernel.h>
#include <sys/pool.h>
#include <netinet/in_systm.h>
#include <net/pfvar.h>

#include "net/pfsync/keymap.h"

bool
pfsync_import_peer(const struct psync_peer *peer, struct pf_state_peer *p)
{
	if (peer->scrub != 0 && p->scrub == NULL) {
		p->scrub = pool_get(&pf_state_scrub_pl, PR_NOWAIT);
		if (p->scrub == NULL)
			return (false);
		memset(p->scrub, 0, sizeof(*p->scrub));
	}
	p->seqlo = peer->seqlo;
	p->seqhi = peer->seqhi;
	p->seqdiff = peer->seqdiff;
	p->max_win = peer->max_win;
	p->mss = peer->mss;
	p->state = peer->state;
	p->wscale = peer->wscale;
	if (peer->scrub != 0) {
		p->scrub->pfss_flags &= (uint16_t)~PFSS_TIMESTAMP;
		p->scrub->pfss_flags |= peer->pfss_flags & PFSS_TIMESTAMP;
		p->scrub->pfss_ttl = peer->pfss_ttl;
		p->scrub->pfss_ts_mod = peer->ts_mod;
	}
	return (true);
}

/* An interface, group or "all" that exists; or NULL. */
static struct pfi_kif *
kif_find(const char *name)
{
	struct pfi_kif *kif;

	if (name[0] == '\0')
		return (NULL);
	kif = pfi_kif_get(name); /* makes what it does not find */
	if (kif == NULL)
		return (NULL);
	if (kif->pfik_ifp == NULL && kif->pfik_group == NULL &&
	    kif != pfi_all) {
		pfi_kif_unref(kif, PFI_KIF_REF_NONE);
		return (NULL);
	}
	return (kif);
}

static struct pf_rule *
rule_find(const struct psync_state *state, bool same_rules)
{
	struct pf_ruleset *rs = &pf_main_ruleset;

	if (!same_rules || state->anchor != UINT32_MAX ||
	    rs->rules[PF_RULESET_FILTER].active.ptr_array == NULL ||
	    state->rule >= rs->rules[PF_RULESET_FILTER].active.rcount)
		return (&pf_default_rule);
	return (rs->rules[PF_RULESET_FILTER].active.ptr_array[state->rule]);
}

/*
 * Packets of a state are routed as its rule says, by an interface of the state.
 * A message need not say which: then the rule must leave no choice.
 */
static enum pfsync_refusal
import_route(const struct psync_state *state, const struct pf_rule *r,
    struct pf_state *st)
{
	const struct pf_pooladdr *only;

	if (state->rt != PF_NOPFROUTE && state->rt != r->rt)
		return (PFSYNC_R_ROUTE);
	if (r->rt == PF_NOPFROUTE || r->rt == PF_FASTROUTE)
		return (PFSYNC_OK);
	if (state->rt_ifname[0] != '\0')
		st->rt_kif = kif_find(state->rt_ifname);
	else {
		only = TAILQ_FIRST(&r->rpool.list);
		if (only != NULL && TAILQ_NEXT(only, entries) == NULL)
			st->rt_kif = only->kif;
	}
	memcpy(&st->rt_addr, state->rt_addr, sizeof(st->rt_addr));
	return (st->rt_kif != NULL ? PFSYNC_OK : PFSYNC_R_ROUTE);
}

static void
import_host(const struct psync_host *from, struct pf_state_host *to)
{
	memcpy(&to->addr, from->addr, sizeof(to->addr));
	to->port = from->port;
}

static void
import_key(const struct psync_state *state, const struct psync_hosts *map,
    struct pf_state_key *sk)
{
	import_host(&map->lan, &sk->lan);
	import_host(&map->gwy, &sk->gwy);
	import_host(&map->ext, &sk->ext);
	sk->af = state->af[PSYNC_WIRE] == PSYNC_AF_INET6 ? AF_INET6 : AF_INET;
	sk->proto = state->proto[PSYNC_WIRE];
	sk->direction = state->direction;
}

static void
import_rest(const struct psync_state *state, struct pf_rule *r,
    uint32_t peer_time, struct pf_state *st)
{
	unsigned i;

	st->id = state->id;
	st->creatorid = state->creatorid;
	st->rule.ptr = r;
	st->creation = (uint32_t)time_second - state->creation;
	st->timeout = state->timeout;
	st->expire = (uint32_t)time_second -
	    psync_idle(pfsync_timeout(r, state->timeout), state->expire,
		state->creation);
	for (i = 0; i < 2; i++) {
		st->packets[i] = state->packets[i];
		st->bytes[i] = state->bytes[i];
	}
	st->log = state->log;
	st->allow_opts = (state->state_flags & PSYNC_STATE_ALLOWOPTS) != 0;
	st->pfsync_time = peer_time;
	*pfsync_told(st) = PSYNC_TOLD_PEER;
	/* pf_insert_state() ends in our hook, which takes it away again. */
	st->sync_flags = PFSTATE_FROMSYNC;
}

/* A state without a key, or with one that is in no tree. */
static void
state_free(struct pf_state *st)
{
	if (st->state_key != NULL)
		pool_put(&pf_state_key_pl, st->state_key);
	if (st->src.scrub != NULL)
		pool_put(&pf_state_scrub_pl, st->src.scrub);
	if (st->dst.scrub != NULL)
		pool_put(&pf_state_scrub_pl, st->dst.scrub);
	pool_put(&pf_state_pl, st);
}

static enum pfsync_refusal
state_make(const struct psync_state *state, const struct psync_hosts *map,
    struct pf_rule *r, struct pfi_kif *kif, uint32_t peer_time)
{
	enum pfsync_refusal refusal;
	struct pf_state_key *sk;
	struct pf_state *st;

	if (r->max_states != 0 && r->states >= r->max_states)
		return (PFSYNC_R_LIMIT);
	st = pool_get(&pf_state_pl, PR_NOWAIT);
	if (st == NULL)
		return (PFSYNC_R_LIMIT); /* the pool's hard limit */
	memset(st, 0, sizeof(*st));
	refusal = PFSYNC_R_NOMEM;
	sk = pf_alloc_state_key(st);
	if (sk == NULL || !pfsync_import_peer(&state->src, &st->src) ||
	    !pfsync_import_peer(&state->dst, &st->dst))
		goto fail;
	refusal = import_route(state, r, st);
	if (refusal != PFSYNC_OK)
		goto fail;
	import_key(state, map, sk);
	import_rest(state, r, peer_time, st);
	r->states++;
	if (pf_insert_state(kif, st) == 0)
		return (PFSYNC_OK);
	r->states--; /* and the key is gone */
	refusal = PFSYNC_R_EXISTS;
fail:
	state_free(st);
	return (refusal);
}

enum pfsync_refusal
pfsync_import(const struct psync_state *state, bool same_rules,
    uint32_t peer_time)
{
	enum pfsync_refusal refusal;
	struct pf_state_cmp cmp;
	struct pfi_kif *kif;
	struct psync_hosts map;

	if (state->timeout >= PFTM_MAX)
		return (PFSYNC_R_PROTO);
	if (state->creatorid == 0)
		return (PFSYNC_R_VALUE); /* pf would name it itself */
	refusal = psync_keys_to_hosts(state, &map);
	if (refusal != PFSYNC_OK)
		return (refusal);
	memset(&cmp, 0, sizeof(cmp));
	cmp.id = state->id;
	cmp.creatorid = state->creatorid;
	if (pf_find_state_byid(&cmp) != NULL)
		return (PFSYNC_R_EXISTS);
	kif = kif_find(state->ifname);
	if (kif == NULL)
		return (PFSYNC_R_INTERFACE);
	refusal = state_make(state, &map, rule_find(state, same_rules), kif,
	    peer_time);
	if (refusal != PFSYNC_OK)
		pfi_kif_unref(kif, PFI_KIF_REF_NONE);
	return (refusal);
}
