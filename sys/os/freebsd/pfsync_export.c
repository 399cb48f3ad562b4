/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A pf state as the engine sees it.  Every state here is locked: its row of the
 * id hash is.
 */

#include "os/freebsd/softc.h"

_Static_assert(PF_SK_WIRE == PSYNC_WIRE && PF_SK_STACK == PSYNC_STACK,
    "indexes of keys");
_Static_assert(PFSTATE_NOSYNC == PSYNC_STATE_NOSYNC &&
	PFSTATE_ACK == PSYNC_STATE_ACK,
    "flags of states");
_Static_assert(PFSS_TIMESTAMP == PFSYNC_SCRUB_TIMESTAMP, "flags of scrub");
_Static_assert(AF_INET == PSYNC_AF_INET && AF_INET6 == PSYNC_AF_INET6,
    "address families");

static void
export_peer(const struct pf_state_peer *s, struct psync_peer *d)
{
	memset(d, 0, sizeof(*d));
	d->seqlo = s->seqlo;
	d->seqhi = s->seqhi;
	d->seqdiff = s->seqdiff;
	d->max_win = s->max_win;
	d->mss = s->mss;
	d->state = s->state;
	d->wscale = s->wscale;
	if (s->scrub != NULL) {
		d->scrub = 1;
		d->pfss_flags = s->scrub->pfss_flags & PFSS_TIMESTAMP;
		d->pfss_ttl = s->scrub->pfss_ttl;
		d->ts_mod = s->scrub->pfss_ts_mod;
	}
}

static uint8_t
key_proto(const struct pf_kstate *st)
{
	return (st->key[PF_SK_WIRE]->proto);
}

bool
pfsync_private(const struct pf_kstate *st)
{
	return ((st->state_flags & PFSTATE_NOSYNC) != 0 ||
	    (PFSYNC_RULE(st->rule)->rule_flag & PFRULE_NOSYNC) != 0 ||
	    key_proto(st) == IPPROTO_PFSYNC);
}

bool
pfsync_routed(const struct pf_kstate *st)
{
#ifdef PFSYNC_STATE_ACTIONS
	return (PFSYNC_ROUTE(st).rt != 0);
#else
	return (PFSYNC_RULE(st->rule)->rt != 0);
#endif
}

static uint16_t
export_flags(const struct pf_kstate *st)
{
	uint16_t flags = st->state_flags;

	return (pfsync_private(st) ? flags | PSYNC_STATE_NOSYNC : flags);
}

uint32_t
pfsync_timeout(const struct pf_krule *r, uint8_t timeout)
{
	uint32_t s = r->timeout[timeout];

	return (s != 0 ? s : V_pf_default_rule.timeout[timeout]);
}

/*
 * Seconds.  A state may end by pf's decision rather than in time: PFTM_MAX and
 * above.
 */
static uint32_t
left(const struct pf_kstate *st)
{
	if (st->timeout >= PFTM_MAX)
		return (0);
	return (psync_left(pfsync_timeout(PFSYNC_RULE(st->rule), st->timeout),
	    (uint32_t)((pfsync_pf_now() - st->expire) / PFSYNC_PF_SECOND)));
}

bool
pfsync_expired(const struct pf_kstate *st)
{
	return (st->timeout < PFTM_MAX &&
	    (uint32_t)pf_state_expires(st) <= (uint32_t)time_uptime);
}

static uint32_t
rule_number(const struct pf_krule *r)
{
	return (r == NULL ? UINT32_MAX : r->nr);
}

static void
export_key(const struct pf_state_key *s, struct psync_key *d)
{
	int i;

	for (i = 0; i < 2; i++) {
		memcpy(d->addr[i], &s->addr[i], sizeof(d->addr[i]));
		d->port[i] = s->port[i];
	}
}

#ifdef PFSYNC_STATE_ACTIONS
static void
export_actions(const struct pf_kstate *st, struct psync_state *ps)
{
	const struct pf_rule_actions *act = &st->act;

	ps->qid = act->qid;
	ps->pqid = act->pqid;
	ps->dnpipe = act->dnpipe;
	ps->dnrpipe = act->dnrpipe;
	ps->rtableid = act->rtableid;
	ps->min_ttl = act->min_ttl;
	ps->set_tos = act->set_tos;
	ps->max_mss = act->max_mss;
	ps->set_prio[0] = act->set_prio[0];
	ps->set_prio[1] = act->set_prio[1];
	ps->log = act->log;
	ps->rt = PFSYNC_ROUTE(st).rt;
}
#else
static void
export_actions(const struct pf_kstate *st, struct psync_state *ps)
{
	ps->rtableid = -1;
	ps->log = st->log;
	ps->rt = PFSYNC_RULE(st->rule)->rt;
}
#endif

static void
export_route(const struct pf_kstate *st, struct psync_state *ps)
{
	memcpy(ps->rt_addr, &PFSYNC_ROUTE(st).rt_addr, sizeof(ps->rt_addr));
	if (PFSYNC_ROUTE(st).rt_kif != NULL)
		(void)strlcpy(ps->rt_ifname, PFSYNC_ROUTE(st).rt_kif->pfik_name,
		    sizeof(ps->rt_ifname));
#ifdef PFSYNC_AF_TO
	ps->rt_af = st->act.rt_af;
#endif
}

/* pf tells the name of a tag only within a message of its own. */
static void
export_tag(const struct pf_kstate *st, struct psync_state *ps)
{
#ifdef PFSYNC_STATE_TAG
	struct pfsync_state_1500 message;

	if (st->tag == 0)
		return;
	pfsync_pf_export(&message, __DECONST(struct pf_kstate *, st));
	(void)strlcpy(ps->tagname, message.tagname, sizeof(ps->tagname));
#else
	(void)st;
	(void)ps;
#endif
}

void
pfsync_export(const struct pf_kstate *st, struct psync_state *ps)
{
	int i;

	memset(ps, 0, sizeof(*ps));
	ps->id = st->id;
	ps->creatorid = st->creatorid;
	ps->rule = rule_number(PFSYNC_RULE(st->rule));
	ps->anchor = rule_number(PFSYNC_RULE(st->anchor));
	ps->nat_rule = rule_number(PFSYNC_RULE(st->nat_rule));
	ps->creation = (uint32_t)((pfsync_pf_now() - st->creation) /
	    PFSYNC_PF_SECOND);
	ps->expire = left(st);
	for (i = 0; i < 2; i++) {
		ps->packets[i] = PFSYNC_COUNT(st->packets[i]);
		ps->bytes[i] = PFSYNC_COUNT(st->bytes[i]);
		export_key(st->key[i], &ps->key[i]);
		ps->af[i] = st->key[i]->af;
		ps->proto[i] = st->key[i]->proto;
	}
	export_peer(&st->src, &ps->src);
	export_peer(&st->dst, &ps->dst);
	(void)strlcpy(ps->ifname, st->kif->pfik_name, sizeof(ps->ifname));
#ifdef PFSYNC_ORIG_KIF
	(void)strlcpy(ps->orig_ifname, st->orig_kif->pfik_name,
	    sizeof(ps->orig_ifname));
#endif
	ps->state_flags = export_flags(st);
	ps->direction = st->direction;
	ps->timeout = st->timeout;
	export_actions(st, ps);
	export_route(st, ps);
	export_tag(st, ps);
}

void
pfsync_change(struct pf_kstate *st, struct psync_peer peers[2],
    struct psync_change *c)
{
	export_peer(&st->src, &peers[0]);
	export_peer(&st->dst, &peers[1]);
	c->id = st->id;
	c->creatorid = st->creatorid;
	c->expire = left(st);
	c->src = &peers[0];
	c->dst = &peers[1];
	c->told = &st->sync_updates;
	c->peer_time = st->pfsync_time;
	c->state_flags = export_flags(st);
	c->timeout = st->timeout;
	c->proto = key_proto(st);
}
