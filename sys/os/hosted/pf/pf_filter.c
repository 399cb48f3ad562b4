/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pf_test(): what becomes of a packet.  A packet of a state passes by that
 * state; any other asks the rules, and a rule that says so makes a state.
 * The hooks of pf_env are called last, when state and packet are all set.
 */

#include <string.h>

#include "os/hosted/pf/pf_impl.h"

/* The first packet's part of a new state: its peers and timeout. */
static void
peers_open(struct pf_state *st, const struct pf_pdesc *pd)
{

	switch (pd->proto) {
	case PF_PROTO_TCP:
		pf_tcp_open(st, pd);
		break;
	case PF_PROTO_UDP:
		st->src.state = PF_SINGLE;
		st->timeout = PFTM_UDP_FIRST_PACKET;
		break;
	case PF_PROTO_ICMP:
	case PF_PROTO_ICMP6:
		st->timeout = PFTM_ICMP_FIRST_PACKET;
		break;
	default:
		st->src.state = PF_SINGLE;
		st->timeout = PFTM_OTHER_FIRST_PACKET;
		break;
	}
}

/* Protocols without a state of their own: who has been heard? */
static void
peers_heard(struct pf_state *st, const struct pf_pdesc *pd, uint8_t single,
    uint8_t multiple)
{
	bool forward = pd->dir == st->direction;
	struct psync_peer *src = forward ? &st->src : &st->dst;
	struct psync_peer *dst = forward ? &st->dst : &st->src;

	if (src->state < PF_SINGLE)
		src->state = PF_SINGLE;
	if (dst->state == PF_SINGLE)
		dst->state = PF_MULTIPLE;
	st->timeout = src->state == PF_MULTIPLE && dst->state == PF_MULTIPLE ?
	    multiple :
	    single;
}

/* Moves a state on by one of its packets.  False: the packet cannot be it. */
static bool
state_track(struct pf *pf, struct pf_state *st, const struct pf_pdesc *pd)
{

	switch (pd->proto) {
	case PF_PROTO_TCP:
		return (pf_tcp_track(st, pd, pf_now(pf)));
	case PF_PROTO_UDP:
		peers_heard(st, pd, PFTM_UDP_SINGLE, PFTM_UDP_MULTIPLE);
		break;
	case PF_PROTO_ICMP:
	case PF_PROTO_ICMP6:
		st->timeout = PFTM_ICMP_ERROR_REPLY;
		break;
	default:
		peers_heard(st, pd, PFTM_OTHER_SINGLE, PFTM_OTHER_MULTIPLE);
		break;
	}
	st->expire = pf_now(pf);
	return (true);
}

static void
state_count(struct pf_state *st, const struct pf_pdesc *pd)
{
	unsigned back = pd->dir != st->direction;

	st->packets[back]++;
	st->bytes[back] += pd->len;
}

static void
rule_count(struct pf_krule *rule, const struct pf_pdesc *pd)
{

	if (rule != NULL) {
		rule->stats.packets++;
		rule->stats.bytes += pd->len;
	}
}

/* A packet of a state has passed. */
static void
state_passed(struct pf *pf, struct pf_state *st, const struct pf_pdesc *pd)
{

	state_count(st, pd);
	rule_count(st->rule, pd);
	if (pf->env.update != NULL)
		pf->env.update(pf->env.ctx, st);
}

static bool
opts_allowed(struct pf *pf, const struct pf_pdesc *pd, bool allowed)
{

	if (pd->badopts && !allowed) {
		pf->status.ip_option++;
		return (false);
	}
	return (true);
}

static uint64_t
new_id(struct pf *pf)
{
	uint64_t n = pf->next_id++, id;
	uint8_t b[8];
	unsigned i;

	for (i = 0; i < 8; i++)
		b[i] = (uint8_t)(n >> (56 - 8 * i));
	memcpy(&id, b, sizeof(id));
	return (id);
}

/* Fills in everything of a new state but its keys. */
static void
state_init(struct pf *pf, struct pf_state *st, size_t nr,
    const struct pf_pdesc *pd)
{
	const struct pf_rule *r = &pf->rules[nr];

	pf_state_init(st);
	st->id = new_id(pf);
	st->creatorid = pf->status.hostid;
	st->rule = pf->krules[nr];
	st->creation = st->expire = pf_now(pf);
	st->kif = r->if_bound || pf->settings.if_bound ? pd->kif : PF_KIF_ALL;
	st->orig_kif = pd->kif;
	st->af = pd->af;
	st->proto = pd->proto;
	st->direction = pd->dir;
	st->log = r->log;
	if (r->nosync)
		st->state_flags |= PSYNC_STATE_NOSYNC;
	if (r->sloppy)
		st->state_flags |= PSYNC_STATE_SLOPPY;
	if (r->allow_opts)
		st->state_flags |= PSYNC_STATE_ALLOWOPTS;
	peers_open(st, pd);
}

/* Makes the keys unique: a TCP connection that is over gives way. */
static bool
state_place(struct pf *pf, const struct pf_state *st)
{
	struct pf_state *rival;

	while ((rival = pf_state_rival(pf, st)) != NULL) {
		if (st->proto != PF_PROTO_TCP || !pf_tcp_closed(rival))
			return (false);
		pf_state_delete(pf, rival, false);
	}
	return (true);
}

/* A state for the packet, by rule nr; translates the packet. */
static enum pf_action
state_create(struct pf *pf, size_t nr, struct pf_pdesc *pd)
{
	const struct pf_rule *r = &pf->rules[nr];
	struct pf_state new, *st;
	unsigned orig = pd->dir == PF_IN ? PSYNC_WIRE : PSYNC_STACK;

	if (pf_state_full(pf) ||
	    (r->max_states != 0 &&
		pf->krules[nr]->stats.states >= r->max_states)) {
		pf->status.state_limit++;
		return (PF_DROP);
	}
	state_init(pf, &new, nr, pd);
	pf_key_init(&new.key[orig], pd, pd->sidx);
	new.key[!orig] = new.key[orig];
	if (!pf_nat(pf, r, pd, &new.key[!orig]) || !state_place(pf, &new)) {
		pf->status.state_insert++;
		return (PF_DROP);
	}
	state_count(&new, pd);
	if ((st = pf_state_insert(pf, &new)) == NULL)
		return (PF_DROP);
	pf_state_translate(st, pd);
	if (pf->env.insert != NULL)
		pf->env.insert(pf->env.ctx, st);
	pf->made = st;
	return (PF_PASS);
}

static enum pf_action
test_rules(struct pf *pf, struct pf_pdesc *pd)
{
	size_t nr = pf_ruleset_eval(pf, pd);
	const struct pf_rule *r;

	if (nr == pf->nrules)
		return (opts_allowed(pf, pd, false) ? PF_PASS : PF_DROP);
	r = &pf->rules[nr];
	pf->status.match++;
	rule_count(pf->krules[nr], pd);
	if (r->action != PF_PASS || !opts_allowed(pf, pd, r->allow_opts))
		return (PF_DROP);
	if (pd->fragment || pd->icmp_error ||
	    (r->keep_state == PF_NOSTATE && r->translate == PF_NONAT))
		return (PF_PASS);
	return (state_create(pf, nr, pd));
}

static enum pf_action
test_icmp_error(struct pf *pf, struct pf_pdesc *pd)
{
	struct pf_state *st;

	switch (pf_icmp_error(pf, pd, &st)) {
	case PF_ICMP_OK:
		if (!opts_allowed(pf, pd,
			st->state_flags & PSYNC_STATE_ALLOWOPTS))
			return (PF_DROP);
		state_passed(pf, st, pd);
		return (PF_PASS);
	case PF_ICMP_BAD:
		if (st != NULL)
			pf->status.state_mismatch++;
		else
			pf->status.bad_offset++;
		return (PF_DROP);
	default:
		return (test_rules(pf, pd));
	}
}

/* A SYN for a connection that is over: a new one that uses its ports. */
static bool
is_reuse(const struct pf_state *st, const struct pf_pdesc *pd)
{

	return (pd->proto == PF_PROTO_TCP && pf_tcp_closed(st) &&
	    (pd->tcp_flags & (PF_TH_SYN | PF_TH_ACK)) == PF_TH_SYN);
}

static enum pf_action
test_state(struct pf *pf, struct pf_pdesc *pd)
{
	struct pf_state *st;
	struct psync_key key;

	pf_key_init(&key, pd, pd->sidx);
	st = pf_state_lookup(pf, &key, pd, pd->proto);
	if (st == NULL)
		return (test_rules(pf, pd));
	if (is_reuse(st, pd)) {
		pf_state_delete(pf, st, false);
		return (test_rules(pf, pd));
	}
	if (!opts_allowed(pf, pd, st->state_flags & PSYNC_STATE_ALLOWOPTS))
		return (PF_DROP);
	if (!state_track(pf, st, pd)) {
		pf->status.state_mismatch++;
		return (PF_DROP);
	}
	pf_state_translate(st, pd);
	state_passed(pf, st, pd);
	return (PF_PASS);
}

static enum pf_action
test_packet(struct pf *pf, struct pf_pdesc *pd, uint8_t *pkt, size_t len)
{

	if (!pf_packet_parse(pd, pkt, len)) {
		pf->status.bad_offset++;
		return (PF_DROP);
	}
	if (pd->fragment) {
		pf->status.fragment++;
		return (test_rules(pf, pd));
	}
	if (pd->icmp_error)
		return (test_icmp_error(pf, pd));
	return (test_state(pf, pd));
}

enum pf_action
pf_test(struct pf *pf, enum pf_dir dir, const char *ifname, uint8_t *pkt,
    size_t len, unsigned flags)
{
	struct pf_pdesc pd = { .dir = dir,
		.len = len,
		.partial = (flags & PF_CSUM_PARTIAL) != 0 };
	enum pf_action action;

	pf->made = NULL;
	if (!pf->status.running)
		return (PF_PASS);
	pd.kif = pf_if_find(pf, ifname);
	if (pd.kif == PF_KIF_NONE || pd.kif == PF_KIF_ALL)
		action = PF_DROP;
	else if (pf->kifs[pd.kif].skip)
		return (PF_PASS);
	else
		action = test_packet(pf, &pd, pkt, len);
	pf->status.packets[dir == PF_OUT][action == PF_DROP]++;
	pf->status.bytes[dir == PF_OUT] += len;
	return (action);
}

struct pf_state *
pf_made(struct pf *pf)
{

	return (pf->made);
}
