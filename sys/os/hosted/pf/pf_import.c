/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * States as peers know them: taking one in, giving one out, taking a peer's
 * view of one.  What a peer sent has been checked for its ranges by the sync
 * engine; here it is checked for what this pf can hold.
 *
 * No hook is called for anything that a peer said.
 */

#include <endian.h>
#include <string.h>

#include "net/pfsync/lifetime.h"
#include "os/hosted/pf/pf_impl.h"

/* Flags of FreeBSD's and OpenBSD's states that mean nothing to another host. */
#define FLAGS_LOCAL (PSYNC_STATE_NOSYNC | PSYNC_STATE_ACK | 0x0004 | 0x0400)

static enum pfsync_refusal
import_check(const struct psync_state *ps)
{
	uint8_t af = ps->af[PSYNC_WIRE];

	if ((af != PF_AF_INET && af != PF_AF_INET6) ||
	    af != ps->af[PSYNC_STACK] ||
	    ps->proto[PSYNC_WIRE] != ps->proto[PSYNC_STACK] ||
	    ps->timeout >= PFTM_MAX)
		return (PFSYNC_R_PROTO);
	if (ps->direction != PF_IN && ps->direction != PF_OUT)
		return (PFSYNC_R_VALUE);
	if (ps->rtableid != 0 && ps->rtableid != -1)
		return (PFSYNC_R_RTABLE);
	if (ps->tagname[0] != '\0')
		return (PFSYNC_R_TAG);
	if (ps->rt != 0)
		return (PFSYNC_R_ROUTE);
	return (PFSYNC_OK);
}

/* Only the family's bytes of addresses, so that keys compare as wholes. */
static void
import_key(struct psync_key *key, const struct psync_key *from, uint8_t af)
{

	memcpy(key->addr[0], from->addr[0], pf_addr_len(af));
	memcpy(key->addr[1], from->addr[1], pf_addr_len(af));
	memcpy(key->port, from->port, sizeof(key->port));
}

/* When the last packet of a state came: ms. */
static int64_t
import_expire(const struct pf *pf, const struct pf_state *st,
    const struct psync_state *ps)
{
	uint32_t whole = pf_timeout_of(pf, st, st->timeout);

	return (
	    pf_now(pf) - psync_idle(whole, ps->expire, ps->creation) * 1000LL);
}

/* Now, as peer_time has it: 0 is never. */
static uint32_t
seconds_now(const struct pf *pf)
{
	uint32_t s = (uint32_t)(pf_now(pf) / 1000);

	return (s == 0 ? 1 : s);
}

static void
import_fill(struct pf *pf, struct pf_state *st, const struct psync_state *ps,
    bool same_rules)
{

	pf_state_init(st);
	st->id = ps->id;
	st->creatorid = ps->creatorid;
	if (same_rules && ps->rule < pf->nrules)
		st->rule = pf->krules[ps->rule];
	st->af = ps->af[PSYNC_WIRE];
	st->proto = ps->proto[PSYNC_WIRE];
	st->direction = ps->direction;
	st->timeout = ps->timeout;
	st->log = ps->log;
	st->told = PSYNC_TOLD_PEER;
	st->peer_time = seconds_now(pf);
	st->state_flags = ps->state_flags & (uint16_t)~FLAGS_LOCAL;
	import_key(&st->key[0], &ps->key[0], st->af);
	import_key(&st->key[1], &ps->key[1], st->af);
	st->src = ps->src;
	st->dst = ps->dst;
	memcpy(st->packets, ps->packets, sizeof(st->packets));
	memcpy(st->bytes, ps->bytes, sizeof(st->bytes));
	st->creation = pf_now(pf) - ps->creation * 1000LL;
	st->expire = import_expire(pf, st, ps);
	st->qid = ps->qid;
	st->pqid = ps->pqid;
	st->dnpipe = ps->dnpipe;
	st->dnrpipe = ps->dnrpipe;
	st->max_mss = ps->max_mss;
	st->min_ttl = ps->min_ttl;
	st->set_tos = ps->set_tos;
	memcpy(st->set_prio, ps->set_prio, sizeof(st->set_prio));
}

/*
 * Is the state that has the key over?  Closed, or its creator has made a newer
 * one in its place, of which it could not have two: ids count up.
 */
static bool
is_over(const struct pf_state *rival, const struct pf_state *st)
{
	if (rival->creatorid == st->creatorid &&
	    be64toh(rival->id) < be64toh(st->id))
		return (true);
	return (st->proto == PF_PROTO_TCP && pf_tcp_closed(rival));
}

/* Puts st in, in place of a state of the same key that is over. */
static enum pfsync_refusal
import_place(struct pf *pf, const struct pf_state *st)
{
	struct pf_state *rival;

	while ((rival = pf_state_rival(pf, st)) != NULL) {
		if (!is_over(rival, st)) {
			pf->status.state_insert++;
			return (PFSYNC_R_EXISTS);
		}
		pf_state_unlink(pf, rival);
	}
	if (pf_state_full(pf)) {
		pf->status.state_limit++;
		return (PFSYNC_R_LIMIT);
	}
	return (pf_state_insert(pf, st) == NULL ? PFSYNC_R_NOMEM : PFSYNC_OK);
}

enum pfsync_refusal
pf_state_import(struct pf *pf, const struct psync_state *ps, bool same_rules)
{
	enum pfsync_refusal why;
	struct pf_state st;
	char ifname[PF_IFNAMSIZ + 1] = "";
	uint16_t kif;

	if ((why = import_check(ps)) != PFSYNC_OK)
		return (why);
	memcpy(ifname, ps->ifname, PF_IFNAMSIZ);
	if ((kif = pf_if_find(pf, ifname)) == PF_KIF_NONE)
		return (PFSYNC_R_INTERFACE);
	if (pf_state_find(pf, ps->id, ps->creatorid) != NULL)
		return (PFSYNC_R_EXISTS);
	import_fill(pf, &st, ps, same_rules);
	st.kif = kif;
	memcpy(ifname, ps->orig_ifname, PF_IFNAMSIZ);
	st.orig_kif = pf_if_find(pf, ifname);
	return (import_place(pf, &st));
}

/* Seconds, rounded up: what is left is 0 only when nothing is. */
static uint32_t
told_left(const struct pf *pf, const struct pf_state *st)
{
	return (psync_left(pf_timeout_of(pf, st, st->timeout),
	    (uint32_t)((pf_now(pf) - st->expire) / 1000)));
}

static uint32_t
rule_number(const struct pf_state *st)
{

	return (st->rule == NULL ? UINT32_MAX : st->rule->nr);
}

void
pf_state_export(struct pf *pf, const struct pf_state *st,
    struct psync_state *ps)
{

	memset(ps, 0, sizeof(*ps));
	ps->id = st->id;
	ps->creatorid = st->creatorid;
	ps->rule = rule_number(st);
	ps->anchor = ps->nat_rule = UINT32_MAX;
	ps->creation = (uint32_t)((pf_now(pf) - st->creation) / 1000);
	ps->expire = told_left(pf, st);
	memcpy(ps->packets, st->packets, sizeof(ps->packets));
	memcpy(ps->bytes, st->bytes, sizeof(ps->bytes));
	memcpy(ps->key, st->key, sizeof(ps->key));
	ps->src = st->src;
	ps->dst = st->dst;
	memcpy(ps->ifname, pf->kifs[st->kif].name, PF_IFNAMSIZ);
	if (st->orig_kif != PF_KIF_NONE)
		memcpy(ps->orig_ifname, pf->kifs[st->orig_kif].name,
		    PF_IFNAMSIZ);
	ps->rtableid = -1;
	ps->state_flags = st->state_flags;
	ps->qid = st->qid;
	ps->pqid = st->pqid;
	ps->dnpipe = st->dnpipe;
	ps->dnrpipe = st->dnrpipe;
	ps->max_mss = st->max_mss;
	ps->min_ttl = st->min_ttl;
	ps->set_tos = st->set_tos;
	memcpy(ps->set_prio, st->set_prio, sizeof(ps->set_prio));
	ps->af[0] = ps->af[1] = st->af;
	ps->proto[0] = ps->proto[1] = st->proto;
	ps->direction = st->direction;
	ps->log = st->log;
	ps->timeout = st->timeout;
}

void
pf_state_change(struct pf *pf, struct pf_state *st, struct psync_change *change)
{

	*change = (struct psync_change) {
		.id = st->id,
		.creatorid = st->creatorid,
		.expire = told_left(pf, st),
		.src = &st->src,
		.dst = &st->dst,
		.told = &st->told,
		.peer_time = st->peer_time,
		.state_flags = st->state_flags,
		.timeout = st->timeout,
		.proto = st->proto,
	};
}

void
pf_state_update(struct pf *pf, struct pf_state *st,
    const struct psync_peer *src, const struct psync_peer *dst, uint8_t timeout)
{
	int64_t now = pf_now(pf);

	st->src = *src;
	st->dst = *dst;
	if (timeout < PFTM_MAX)
		st->timeout = timeout;
	st->expire = now;
	st->peer_time = seconds_now(pf);
}
