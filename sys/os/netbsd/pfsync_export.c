/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What pf has, for the engine.
 */

#include "os/netbsd/softc.h"

#include <sys/kernel.h>
#include <netinet/in_systm.h>
#include <net/pfvar.h>

#include "net/pfsync/keymap.h"

/* What a state message says of source tracking, in its sync_flags. */
#define SRCNODE	   0x04
#define NATSRCNODE 0x08

/* pf compares the id and the creator only; what is beside them is unused. */
uint8_t *
pfsync_told(struct pf_state *st)
{
	return ((uint8_t *)&st->pad);
}

static void
export_peer(const struct pf_state_peer *p, struct psync_peer *peer)
{
	memset(peer, 0, sizeof(*peer));
	peer->seqlo = p->seqlo;
	peer->seqhi = p->seqhi;
	peer->seqdiff = p->seqdiff;
	peer->max_win = p->max_win;
	peer->mss = p->mss;
	peer->state = p->state;
	peer->wscale = p->wscale;
	if (p->scrub != NULL) {
		peer->scrub = PFSYNC_SCRUB_VALID;
		peer->pfss_flags = p->scrub->pfss_flags & PFSS_TIMESTAMP;
		peer->pfss_ttl = p->scrub->pfss_ttl;
		peer->ts_mod = p->scrub->pfss_ts_mod;
	}
}

uint32_t
pfsync_timeout(const struct pf_rule *r, uint8_t timeout)
{
	uint32_t s = r->timeout[timeout];

	return (s != 0 ? s : pf_default_rule.timeout[timeout]);
}

/* Seconds that a state has left. */
static uint32_t
seconds_left(const struct pf_state *st)
{
	if (st->timeout >= PFTM_MAX)
		return (0);
	return (psync_left(pfsync_timeout(st->rule.ptr, st->timeout),
	    (uint32_t)time_second - st->expire));
}

/* One that is about to be purged has no timeout of its own any more. */
static uint8_t
timeout_of(const struct pf_state *st)
{
	return (st->timeout < PFTM_MAX ? st->timeout : PSYNC_TM_TCP_CLOSED);
}

static uint16_t
flags_of(const struct pf_state *st)
{
	uint16_t flags = 0;

	if (st->allow_opts)
		flags |= PSYNC_STATE_ALLOWOPTS;
	if ((st->sync_flags & PFSTATE_NOSYNC) != 0)
		flags |= PSYNC_STATE_NOSYNC;
	return (flags);
}

bool
pfsync_private(const struct pf_state *st)
{
	return ((st->sync_flags & PFSTATE_NOSYNC) != 0 ||
	    st->state_key->proto == IPPROTO_PFSYNC || st->timeout >= PFTM_MAX);
}

static void
export_host(const struct pf_state_host *from, struct psync_host *to)
{
	CTASSERT(sizeof(from->addr) == sizeof(to->addr));
	memcpy(to->addr, &from->addr, sizeof(to->addr));
	to->port = from->port;
}

static void
export_key(const struct pf_state_key *sk, struct psync_state *state)
{
	struct psync_hosts map;

	export_host(&sk->lan, &map.lan);
	export_host(&sk->gwy, &map.gwy);
	export_host(&sk->ext, &map.ext);
	psync_hosts_to_keys(&map,
	    sk->af == AF_INET6 ? PSYNC_AF_INET6 : PSYNC_AF_INET, sk->proto,
	    state);
	state->direction = sk->direction;
}

/* Routing is the rule's; the state has what it chose. */
static void
export_route(const struct pf_state *st, struct psync_state *state)
{
	const struct pf_rule *r = st->rule.ptr;

	if (r->rt == PF_NOPFROUTE)
		return;
	state->rt = r->rt;
	state->rt_af = state->af[PSYNC_WIRE];
	memcpy(state->rt_addr, &st->rt_addr, sizeof(state->rt_addr));
	if (st->rt_kif != NULL)
		strlcpy(state->rt_ifname, st->rt_kif->pfik_name,
		    sizeof(state->rt_ifname));
}

static uint32_t
number(const struct pf_rule *r)
{
	return (r == NULL ? UINT32_MAX : r->nr);
}

void
pfsync_export(const struct pf_state *st, struct psync_state *state)
{
	unsigned i;

	memset(state, 0, sizeof(*state));
	state->id = st->id;
	state->creatorid = st->creatorid;
	export_key(st->state_key, state);
	export_route(st, state);
	export_peer(&st->src, &state->src);
	export_peer(&st->dst, &state->dst);
	strlcpy(state->ifname, st->kif->pfik_name, sizeof(state->ifname));
	state->rule = number(st->rule.ptr);
	state->anchor = number(st->anchor.ptr);
	state->nat_rule = number(st->nat_rule.ptr);
	state->creation = (uint32_t)time_second - st->creation;
	state->expire = seconds_left(st);
	for (i = 0; i < 2; i++) {
		state->packets[i] = st->packets[i];
		state->bytes[i] = st->bytes[i];
	}
	state->rtableid = -1;
	state->state_flags = flags_of(st);
	state->log = st->log;
	state->timeout = timeout_of(st);
	if (st->src_node != NULL)
		state->sync_flags |= SRCNODE;
	if (st->nat_src_node != NULL)
		state->sync_flags |= NATSRCNODE;
}

void
pfsync_change(struct pf_state *st, struct psync_peer peers[2],
    struct psync_change *change)
{
	export_peer(&st->src, &peers[0]);
	export_peer(&st->dst, &peers[1]);
	memset(change, 0, sizeof(*change));
	change->id = st->id;
	change->creatorid = st->creatorid;
	change->expire = seconds_left(st);
	change->src = &peers[0];
	change->dst = &peers[1];
	change->told = pfsync_told(st);
	change->peer_time = st->pfsync_time;
	change->state_flags = flags_of(st);
	change->timeout = timeout_of(st);
	change->proto = st->state_key->proto;
}
