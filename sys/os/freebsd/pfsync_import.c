/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A pf state of what a peer, or userland, says.  What this kernel cannot hold
 * as it was meant is refused, not made into something else.
 */

#include "os/freebsd/softc.h"

#include <sys/counter.h>
#include <vm/uma.h>
#include <net/route.h>

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

/* NULL: no filter rule has the number. */
static struct pf_krule *
filter_rule(uint32_t number)
{
#ifdef PFSYNC_RULE_ARRAY
	if (number < pf_main_ruleset.rules[PF_RULESET_FILTER].active.rcount)
		return (pf_main_ruleset.rules[PF_RULESET_FILTER]
			    .active.ptr_array[number]);
	return (NULL);
#else
	struct pf_krule *r;

	TAILQ_FOREACH(r, pf_main_ruleset.rules[PF_RULESET_FILTER].active.ptr,
	    entries)
	if (r->nr == number)
		break;
	return (r);
#endif
}

/* Rule numbers mean something only where the rules are the same. */
static struct pf_krule *
find_rule(const struct psync_state *ps, bool same_rules)
{
	struct pf_krule *r = NULL;

	if (same_rules && ps->anchor == UINT32_MAX)
		r = filter_rule(ps->rule);
	return (r != NULL ? r : &V_pf_default_rule);
}

static bool
known_af(sa_family_t af)
{
	return (af == AF_INET || af == AF_INET6);
}

/* What every kernel asks of a state, and what this one cannot hold. */
static enum pfsync_refusal
check(const struct psync_state *ps)
{
	if (!known_af(ps->af[PSYNC_WIRE]) || !known_af(ps->af[PSYNC_STACK]))
		return (PFSYNC_R_PROTO);
	if (ps->timeout >= PFTM_MAX || ps->direction > PF_OUT)
		return (PFSYNC_R_PROTO);
#ifndef PFSYNC_AF_TO
	if (ps->af[0] != ps->af[1] || ps->proto[0] != ps->proto[1])
		return (PFSYNC_R_PROTO);
#endif
#ifndef PFSYNC_STATE_TAG
	if (ps->tagname[0] != '\0')
		return (PFSYNC_R_TAG);
#endif
	return (PFSYNC_OK);
}

#ifdef PFSYNC_STATE_ZONE
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
	uma_zfree(V_pf_state_z, st);
}
#else
static void
free_state(struct pf_kstate *st)
{
	/* It insists. */
	st->timeout = PFTM_UNLINKED;
	pf_free_state(st);
}
#endif

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
	if (ps->af[PSYNC_WIRE] == ps->af[PSYNC_STACK] &&
	    memcmp(&ps->key[PSYNC_WIRE], &ps->key[PSYNC_STACK],
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

/* Where a rule sends packets, if it leaves no choice. */
static struct pfi_kkif *
only_route(const struct pf_krule *r)
{
	const struct pf_kpooladdr *only = TAILQ_FIRST(PFSYNC_ROUTES(r));

	return (only != NULL && TAILQ_NEXT(only, entries) == NULL ? only->kif :
								    NULL);
}

/*
 * Which way a state's packets go.  Messages of 13 and before do not say, and
 * states there have it of their rule: it is known if the rule leaves no choice.
 */
static enum pfsync_refusal
import_route(struct pf_kstate *st, const struct psync_state *ps,
    const struct pf_krule *r)
{
	uint8_t rt = ps->rt != 0 ? ps->rt : r->rt;
	struct pfi_kkif *kif;

	if (rt == 0)
		return (is_zero(ps->rt_addr, sizeof(ps->rt_addr)) ?
			PFSYNC_OK :
			PFSYNC_R_ROUTE);
	kif = ps->rt != 0 && ps->rt_ifname[0] != '\0' ?
	    pfi_kkif_find(ps->rt_ifname) :
	    only_route(r);
	if (kif == NULL)
		return (PFSYNC_R_ROUTE);
#ifdef PFSYNC_STATE_ACTIONS
	PFSYNC_ROUTE(st).rt = rt;
#else
	if (rt != r->rt)
		return (PFSYNC_R_ROUTE);
#endif
	PFSYNC_ROUTE(st).rt_kif = kif;
	memcpy(&PFSYNC_ROUTE(st).rt_addr, ps->rt_addr, sizeof(ps->rt_addr));
#ifdef PFSYNC_AF_TO
	st->act.rt_af = ps->rt_af != 0 ? ps->rt_af : ps->af[PSYNC_WIRE];
#endif
	return (PFSYNC_OK);
}

#ifdef PFSYNC_STATE_ACTIONS
#define FLAGS_OF_RULE                                       \
	(PFSTATE_NODF | PFSTATE_RANDOMID | PFSTATE_SETTOS | \
	    PFSTATE_SCRUB_TCP | PFSTATE_SETPRIO)
#define SAID_OR_RULED(field) (ps->field != 0 ? ps->field : r->field)

/*
 * What is done with its packets.  Messages of 13 and before do not say, which
 * looks as if it were nothing: then it is what the rule asks for.
 */
static enum pfsync_refusal
import_actions(struct pf_kstate *st, const struct psync_state *ps,
    const struct pf_krule *r)
{
	struct pf_rule_actions *act = &st->act;

	if (ps->rtableid < -1 || ps->rtableid >= (int)rt_numfibs)
		return (PFSYNC_R_RTABLE);
	act->rtableid = ps->rtableid != -1 ? ps->rtableid : r->rtableid;
	act->qid = SAID_OR_RULED(qid);
	act->pqid = SAID_OR_RULED(pqid);
	act->dnpipe = SAID_OR_RULED(dnpipe);
	act->dnrpipe = SAID_OR_RULED(dnrpipe);
	act->min_ttl = SAID_OR_RULED(min_ttl);
	act->set_tos = SAID_OR_RULED(set_tos);
	act->max_mss = SAID_OR_RULED(max_mss);
	act->set_prio[0] = SAID_OR_RULED(set_prio[0]);
	act->set_prio[1] = SAID_OR_RULED(set_prio[1]);
	act->log = ps->log;
	st->state_flags |= r->scrub_flags & FLAGS_OF_RULE;
	if ((r->free_flags & PFRULE_DN_IS_PIPE) != 0)
		st->state_flags |= PFSTATE_DN_IS_PIPE;
	return (PFSYNC_OK);
}
#else
static enum pfsync_refusal
import_actions(struct pf_kstate *st, const struct psync_state *ps,
    const struct pf_krule *r)
{
	(void)r;
	st->log = ps->log;
	return (PFSYNC_OK);
}
#endif

/* When a state of a rule was last seen. */
static pfsync_pf_time_t
last_seen(const struct psync_state *ps, const struct pf_krule *r)
{
	uint32_t idle;

	idle = psync_idle(pfsync_timeout(r, ps->timeout), ps->expire,
	    ps->creation);
	return (pfsync_pf_now() - (pfsync_pf_time_t)idle * PFSYNC_PF_SECOND);
}

static enum pfsync_refusal
fill(struct pf_kstate *st, const struct psync_state *ps, struct pf_krule *r)
{
	enum pfsync_refusal why;

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
	st->state_flags = ps->state_flags & PFSYNC_STATE_FLAGS;
	st->sync_state = PFSYNC_S_NONE;
#ifdef PFSYNC_STATE_TAG
	if (ps->tagname[0] != '\0' &&
	    (st->tag = pf_tagname2tag(ps->tagname)) == 0)
		return (PFSYNC_R_TAG);
#endif
	import_counts(st, ps);
	why = import_route(st, ps, r);
	return (why != PFSYNC_OK ? why : import_actions(st, ps, r));
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

/*
 * The interface a state was made on.  One that holds on any need not have that
 * here.  NULL: none.
 */
static struct pfi_kkif *
original(struct pfi_kkif *kif, const struct psync_state *ps)
{
	struct pfi_kkif *orig;

	if (ps->orig_ifname[0] == '\0')
		return (kif);
	orig = pfi_kkif_find(ps->orig_ifname);
	return (orig == NULL && kif == V_pfi_all ? kif : orig);
}

/* Gives pf the state, which it locks; frees it if pf will not have it. */
static enum pfsync_refusal
place(struct pfi_kkif *kif, struct pfi_kkif *orig, struct pf_kstate *st,
    const struct psync_state *ps)
{
	struct pf_state_key *skw, *sks;

	if (!make_keys(ps, &skw, &sks)) {
		free_state(st);
		return (PFSYNC_R_NOMEM);
	}
	/* It frees the keys when it fails. */
	if (pfsync_pf_insert(kif, orig, skw, sks, st) != 0) {
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
	struct pfi_kkif *kif, *orig;
	struct pf_krule *r;

	PF_RULES_RASSERT();
	if ((why = check(ps)) != PFSYNC_OK)
		return (why);
	kif = pfi_kkif_find(ps->ifname);
	if (kif == NULL || (orig = original(kif, ps)) == NULL)
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
	if ((why = place(kif, orig, st, ps)) != PFSYNC_OK)
		return (why);
	if (from_peer) {
		st->state_flags &= ~PFSTATE_NOSYNC;
		st->pfsync_time = peer_time;
		st->sync_updates = PSYNC_TOLD_PEER;
	}
	PF_STATE_UNLOCK(st);
	return (PFSYNC_OK);
}
