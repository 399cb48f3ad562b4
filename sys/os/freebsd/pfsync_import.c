/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A pf state of what a peer, or userland, says.  What this kernel cannot hold
 * as it was meant is refused, not made into something else.
 */

#include "os/freebsd/softc.h"

#include <sys/counter.h>
#include <vm/uma.h>

bool
pfsync_import_peer(struct pf_state_peer *d, const struct psync_peer *s)
{
	if (s->scrub && d->scrub == NULL) {
		d->scrub = uma_zalloc(V_pf_state_scrub_z, M_NOWAIT | M_ZERO);
		if (d->scrub == NULL)
			return (false);
	}
	if (s->scrub) {
		d->scrub->pfss_flags &= ~PFSS_TIMESTAMP;
		d->scrub->pfss_flags |= s->pfss_flags & PFSS_TIMESTAMP;
		d->scrub->pfss_ttl = s->pfss_ttl;
		d->scrub->pfss_ts_mod = s->ts_mod;
	}
	d->seqlo = s->seqlo;
	d->seqhi = s->seqhi;
	d->seqdiff = s->seqdiff;
	d->max_win = s->max_win;
	d->mss = s->mss;
	d->state = s->state;
	d->wscale = s->wscale;
	return (true);
}

/* Rule numbers mean something only where the rules are the same. */
static struct pf_krule *
find_rule(const struct psync_state *ps, bool same_rules)
{
	unsigned count = pf_main_ruleset.rules[PF_RULESET_FILTER].active.rcount;

	if (!same_rules || ps->anchor != UINT32_MAX || ps->rule >= count)
		return (&V_pf_default_rule);
	return (pf_main_ruleset.rules[PF_RULESET_FILTER]
		    .active.ptr_array[ps->rule]);
}

/* What every kernel asks of a state, and what this one cannot hold. */
static enum pfsync_refusal
check(const struct psync_state *ps)
{
	if (ps->af[0] != ps->af[1] || ps->proto[0] != ps->proto[1])
		return (PFSYNC_R_PROTO);
	if (ps->af[0] != AF_INET && ps->af[0] != AF_INET6)
		return (PFSYNC_R_PROTO);
	if (ps->timeout >= PFTM_MAX || ps->direction > PF_OUT)
		return (PFSYNC_R_PROTO);
	if (ps->tagname[0] != '\0')
		return (PFSYNC_R_TAG);
	return (PFSYNC_OK);
}

static void
free_state(struct pf_kstate *st)
{
	if (st->src.scrub != NULL)
		uma_zfree(V_pf_state_scrub_z, st->src.scrub);
	if (st->dst.scrub != NULL)
		uma_zfree(V_pf_state_scrub_z, st->dst.scrub);
#ifdef PFSYNC_STATE_COUNTERS
	for (int i = 0; i < 2; i++) {
		if (st->packets[i] != NULL)
			counter_u64_free(st->packets[i]);
		if (st->bytes[i] != NULL)
			counter_u64_free(st->bytes[i]);
	}
#endif
#ifdef PFSYNC_STATE_ZONE
	uma_zfree(V_pf_state_z, st);
#else
	st->timeout = PFTM_UNLINKED;
	pf_free_state(st);
#endif
}

static struct pf_kstate *
alloc_state(void)
{
	struct pf_kstate *st;

#ifdef PFSYNC_STATE_ZONE
	st = uma_zalloc(V_pf_state_z, M_NOWAIT | M_ZERO);
#else
	st = pf_alloc_state(M_NOWAIT);
#endif
#ifdef PFSYNC_STATE_COUNTERS
	for (int i = 0; st != NULL && i < 2; i++) {
		st->packets[i] = counter_u64_alloc(M_NOWAIT);
		st->bytes[i] = counter_u64_alloc(M_NOWAIT);
		if (st->packets[i] == NULL || st->bytes[i] == NULL) {
			free_state(st);
			st = NULL;
		}
	}
#endif
	return (st);
}

static void
import_counts(struct pf_kstate *st, const struct psync_state *ps)
{
	int i;

	for (i = 0; i < 2; i++) {
#ifdef PFSYNC_STATE_COUNTERS
		counter_u64_add(st->packets[i], (int64_t)ps->packets[i]);
		counter_u64_add(st->bytes[i], (int64_t)ps->bytes[i]);
#else
		st->packets[i] = ps->packets[i];
		st->bytes[i] = ps->bytes[i];
#endif
	}
}

static struct pf_state_key *
make_key(const struct psync_state *ps, int which)
{
	struct pf_state_key *sk;
	int i;

	sk = uma_zalloc(V_pf_state_key_z, M_NOWAIT);
	if (sk == NULL)
		return (NULL);
	for (i = 0; i < 2; i++) {
		memcpy(&sk->addr[i], ps->key[which].addr[i],
		    sizeof(sk->addr[i]));
		sk->port[i] = ps->key[which].port[i];
	}
	sk->af = ps->af[which];
	sk->proto = ps->proto[which];
	return (sk);
}

/* Both keys, which are one unless there is NAT.  False without memory. */
static bool
make_keys(const struct psync_state *ps, struct pf_state_key **skw,
    struct pf_state_key **sks)
{
	*skw = *sks = make_key(ps, PSYNC_WIRE);
	if (*skw == NULL)
		return (false);
	if (memcmp(&ps->key[PSYNC_WIRE], &ps->key[PSYNC_STACK],
		sizeof(ps->key[0])) == 0)
		return (true);
	*sks = make_key(ps, PSYNC_STACK);
	if (*sks == NULL)
		uma_zfree(V_pf_state_key_z, *skw);
	return (*sks != NULL);
}

static bool
is_zero(const uint8_t *addr, size_t len)
{
	while (len > 0 && addr[len - 1] == 0)
		len--;
	return (len == 0);
}

#ifdef PFSYNC_ROUTE_OF_RULE
/*
 * Which way a state's packets go is up to its rule; the message may not say.
 * It is known only if the rule leaves no choice.
 */
static enum pfsync_refusal
import_route(struct pf_kstate *st, const struct psync_state *ps,
    const struct pf_krule *r)
{
	const struct pf_kpooladdr *only = TAILQ_FIRST(&r->rpool.list);

	if (r->rt == 0)
		return (
		    ps->rt == 0 && is_zero(ps->rt_addr, sizeof(ps->rt_addr)) ?
			PFSYNC_OK :
			PFSYNC_R_ROUTE);
	if (only == NULL || TAILQ_NEXT(only, entries) != NULL ||
	    only->kif == NULL)
		return (PFSYNC_R_ROUTE);
	st->rt_kif = only->kif;
	memcpy(&st->rt_addr, ps->rt_addr, sizeof(st->rt_addr));
	st->log = ps->log;
	return (PFSYNC_OK);
}
#else
static enum pfsync_refusal
import_route(struct pf_kstate *st, const struct psync_state *ps,
    const struct pf_krule *r)
{
	struct pf_rule_actions *act = &st->act;

	(void)r;
	act->rt = ps->rt;
	memcpy(&act->rt_addr, ps->rt_addr, sizeof(act->rt_addr));
	if (ps->rt != 0) {
		act->rt_kif = pfi_kkif_find(ps->rt_ifname);
		if (act->rt_kif == NULL)
			return (PFSYNC_R_ROUTE);
	} else if (!is_zero(ps->rt_addr, sizeof(ps->rt_addr)))
		return (PFSYNC_R_ROUTE);
	if (ps->rtableid < -1 || ps->rtableid >= (int)rt_numfibs)
		return (PFSYNC_R_RTABLE);
	act->rtableid = ps->rtableid;
	act->qid = ps->qid;
	act->pqid = ps->pqid;
	act->dnpipe = ps->dnpipe;
	act->dnrpipe = ps->dnrpipe;
	act->min_ttl = ps->min_ttl;
	act->set_tos = ps->set_tos;
	act->max_mss = ps->max_mss;
	act->set_prio[0] = ps->set_prio[0];
	act->set_prio[1] = ps->set_prio[1];
	act->log = ps->log;
	return (PFSYNC_OK);
}
#endif

/* When a state of a rule was last seen, if it has so many seconds left. */
static pfsync_pf_time_t
last_seen(const struct psync_state *ps, const struct pf_krule *r)
{
	pfsync_pf_time_t now = pfsync_pf_now();
	uint32_t whole = r->timeout[ps->timeout];

	if (whole == 0)
		whole = V_pf_default_rule.timeout[ps->timeout];
	if (ps->expire >= whole)
		return (now);
	return (
	    now - (pfsync_pf_time_t)(whole - ps->expire) * PFSYNC_PF_SECOND);
}

static enum pfsync_refusal
fill(struct pf_kstate *st, const struct psync_state *ps, struct pf_krule *r)
{
	if (!pfsync_import_peer(&st->src, &ps->src) ||
	    !pfsync_import_peer(&st->dst, &ps->dst))
		return (PFSYNC_R_NOMEM);
	PFSYNC_RULE(st->rule) = r;
	st->id = ps->id;
	st->creatorid = ps->creatorid;
	st->creation = pfsync_pf_now() -
	    (pfsync_pf_time_t)ps->creation * PFSYNC_PF_SECOND;
	st->expire = last_seen(ps, r);
	st->direction = ps->direction;
	st->timeout = ps->timeout;
	st->state_flags = ps->state_flags &
	    (PFSTATE_ALLOWOPTS | PFSTATE_SLOPPY);
	st->sync_state = PFSYNC_S_NONE;
	import_counts(st, ps);
	return (import_route(st, ps, r));
}

/* Why pf's own limit left no memory for a state, or that there is none. */
static enum pfsync_refusal
no_room(void)
{
	if (uma_zone_get_cur(V_pf_state_z) >=
	    (int)V_pf_limits[PF_LIMIT_STATES].limit)
		return (PFSYNC_R_LIMIT);
	return (PFSYNC_R_NOMEM);
}

/* Gives pf the state, which it locks; frees it if pf will not have it. */
static enum pfsync_refusal
place(struct pfi_kkif *kif, struct pf_kstate *st, const struct psync_state *ps)
{
	struct pf_state_key *skw, *sks;

	if (!make_keys(ps, &skw, &sks)) {
		free_state(st);
		return (PFSYNC_R_NOMEM);
	}
	/* It frees the keys when it fails. */
	if (pfsync_pf_insert(kif, skw, sks, st) != 0) {
		free_state(st);
		return (PFSYNC_R_EXISTS);
	}
	counter_u64_add(PFSYNC_RULE(st->rule)->states_cur, 1);
	counter_u64_add(PFSYNC_RULE(st->rule)->states_tot, 1);
	return (PFSYNC_OK);
}

enum pfsync_refusal
pfsync_import(const struct psync_state *ps, bool same_rules, bool from_peer,
    uint32_t peer_time)
{
	enum pfsync_refusal why;
	struct pf_kstate *st;
	struct pfi_kkif *kif;
	struct pf_krule *r;

	PF_RULES_RASSERT();
	if ((why = check(ps)) != PFSYNC_OK)
		return (why);
	kif = pfi_kkif_find(ps->ifname);
	if (kif == NULL)
		return (PFSYNC_R_INTERFACE);
	r = find_rule(ps, same_rules);
	if (r->max_states != 0 &&
	    counter_u64_fetch(r->states_cur) >= r->max_states)
		return (PFSYNC_R_LIMIT);
	st = alloc_state();
	if (st == NULL)
		return (no_room());
	if ((why = fill(st, ps, r)) != PFSYNC_OK) {
		free_state(st);
		return (why);
	}
	/* NOSYNC makes our own insert hook look away. */
	if (from_peer)
		st->state_flags |= PFSTATE_NOSYNC;
	if ((why = place(kif, st, ps)) != PFSYNC_OK)
		return (why);
	if (from_peer) {
		st->state_flags &= ~PFSTATE_NOSYNC;
		st->pfsync_time = peer_time;
		st->sync_updates = PSYNC_TOLD_PEER;
	}
	PF_STATE_UNLOCK(st);
	return (PFSYNC_OK);
}
