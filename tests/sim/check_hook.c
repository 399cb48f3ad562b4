/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What pf and the engine tell each other, seen on its way: the programs are
 * linked with --wrap for these functions.  A hook that is called while pf is
 * not at work is the engine's own doing, by which it would tell its peers what
 * it has learned from them.
 */

#include "tests/sim/sim.h"

void __real_psync_insert(struct psync *, const struct psync_state *);
void __real_psync_update(struct psync *, const struct psync_change *);
void __real_psync_delete(struct psync *, const struct psync_change *, bool);
void __real_psync_clear(struct psync *, uint32_t, const char *);
enum pfsync_refusal __real_psync_input(struct psync *,
    const struct psync_packet *);
enum pfsync_refusal __real_pf_state_import(struct pf *,
    const struct psync_state *, bool);
enum pf_action __real_pf_test(struct pf *, enum pf_dir, const char *, uint8_t *,
    size_t, unsigned);
void __real_pf_purge(struct pf *);
size_t __real_pf_states_kill(struct pf *, const struct pf_kill *);
size_t __real_pf_states_clear(struct pf *, uint32_t, const char *, bool);

void __wrap_psync_insert(struct psync *, const struct psync_state *);
void __wrap_psync_update(struct psync *, const struct psync_change *);
void __wrap_psync_delete(struct psync *, const struct psync_change *, bool);
void __wrap_psync_clear(struct psync *, uint32_t, const char *);
enum pfsync_refusal __wrap_psync_input(struct psync *,
    const struct psync_packet *);
enum pfsync_refusal __wrap_pf_state_import(struct pf *,
    const struct psync_state *, bool);
enum pf_action __wrap_pf_test(struct pf *, enum pf_dir, const char *, uint8_t *,
    size_t, unsigned);
void __wrap_pf_purge(struct pf *);
size_t __wrap_pf_states_kill(struct pf *, const struct pf_kill *);
size_t __wrap_pf_states_clear(struct pf *, uint32_t, const char *, bool);

struct sim_host *
sim_host_running(void)
{
	struct fault *f = fault_current();

	if (f == NULL)
		return (NULL);
	return (
	    (struct sim_host *)((char *)f - offsetof(struct sim_host, fault)));
}

/* pf has told of a state. */
static void
told_of(uint64_t id, uint32_t creatorid, uint8_t due)
{
	struct sim_host *h = sim_host_running();

	if (h == NULL)
		return;
	if (h->in_pf == 0)
		sim_fail(h->sim, "rebroadcast",
		    "fw%u: a hook was called for what a peer has said", h->nr);
	h->sim->changes[0]++;
	h->sim->total_changes++;
	if (!h->sim->config.watch)
		return;
	sim_owe(h, id, creatorid, due);
	if (h->sim->using)
		sim_mark(h->sim, id, creatorid, SIM_MARK_USED);
}

void
__wrap_psync_insert(struct psync *sc, const struct psync_state *st)
{
	if ((st->state_flags & PSYNC_STATE_NOSYNC) == 0)
		told_of(st->id, st->creatorid, SIM_DUE_INS);
	__real_psync_insert(sc, st);
}

void
__wrap_psync_update(struct psync *sc, const struct psync_change *c)
{
	if ((c->state_flags & PSYNC_STATE_NOSYNC) == 0)
		told_of(c->id, c->creatorid, SIM_DUE_CHANGE);
	__real_psync_update(sc, c);
}

void
__wrap_psync_delete(struct psync *sc, const struct psync_change *c,
    bool expired)
{
	if ((c->state_flags & PSYNC_STATE_NOSYNC) == 0)
		told_of(c->id, c->creatorid, SIM_DUE_DEL);
	__real_psync_delete(sc, c, expired);
}

void
__wrap_psync_clear(struct psync *sc, uint32_t creatorid, const char *ifname)
{
	struct sim_host *h = sim_host_running();

	if (h != NULL)
		h->sim->changes[0]++;
	__real_psync_clear(sc, creatorid, ifname);
}

enum pfsync_refusal
__wrap_psync_input(struct psync *sc, const struct psync_packet *pkt)
{
	struct sim_host *h = sim_host_running();
	enum pfsync_refusal why;
	struct fault *before;

	if (h == NULL)
		return (__real_psync_input(sc, pkt));
	before = fault_enter(NULL);
	sim_check_heard(h, pkt->frame, pkt->len);
	h->in_input = true;
	fault_leave(before);
	why = __real_psync_input(sc, pkt);
	before = fault_enter(NULL);
	sim_check_answered(h);
	if (h->sim->config.watch)
		sim_check_states(h);
	fault_leave(before);
	return (why);
}

/* Every state of a firewall has its place on every other. */
enum pfsync_refusal
__wrap_pf_state_import(struct pf *pf, const struct psync_state *st,
    bool same_rules)
{
	enum pfsync_refusal why = __real_pf_state_import(pf, st, same_rules);
	struct sim_host *h = sim_host_running();

	if (h == NULL || why == PFSYNC_OK || why == PFSYNC_R_NOMEM)
		return (why);
	if (why == PFSYNC_R_EXISTS)
		sim_mark(h->sim, st->id, st->creatorid, SIM_MARK_RIVAL);
	else if (!h->sim->config.strangers)
		sim_fail(h->sim, "placement",
		    "fw%u: state %016llx/%08x has no place: reason %u", h->nr,
		    (unsigned long long)PSYNC_BE64(st->id),
		    PSYNC_BE32(st->creatorid), why);
	return (why);
}

static void
pf_works(int delta)
{
	struct sim_host *h = sim_host_running();

	if (h != NULL)
		h->in_pf += (unsigned)delta;
}

enum pf_action
__wrap_pf_test(struct pf *pf, enum pf_dir dir, const char *ifname, uint8_t *pkt,
    size_t len, unsigned flags)
{
	enum pf_action action;

	pf_works(1);
	action = __real_pf_test(pf, dir, ifname, pkt, len, flags);
	pf_works(-1);
	return (action);
}

void
__wrap_pf_purge(struct pf *pf)
{
	pf_works(1);
	__real_pf_purge(pf);
	pf_works(-1);
}

size_t
__wrap_pf_states_kill(struct pf *pf, const struct pf_kill *kill)
{
	size_t n;

	pf_works(1);
	n = __real_pf_states_kill(pf, kill);
	pf_works(-1);
	return (n);
}

size_t
__wrap_pf_states_clear(struct pf *pf, uint32_t creatorid, const char *ifname,
    bool notify)
{
	size_t n;

	pf_works(notify);
	n = __real_pf_states_clear(pf, creatorid, ifname, notify);
	pf_works(-notify);
	return (n);
}
