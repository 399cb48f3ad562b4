/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What must hold after every step of a firewall:
 *
 *  - demotion is taken once, and given back at the latest two seconds times the
 *    tries after the last progress; if because all was heard, all is there;
 *  - no side of a state goes back: neither its TCP state, nor its sequence
 *    numbers, nor its window;
 * and once it is quiet: nothing is pending, CARP is not demoted.
 */

#include "tests/sim/sim.h"

#define DEMOTION     240
#define DEMOTION_MAX ((2 * 12 + 3) * CLOCK_S)
#define PROTO_TCP    6

/*
 * Memory
 */

struct sim_memory *
sim_memory(struct sim_host *h, uint64_t id, uint32_t creatorid, bool make)
{
	struct sim_memory **head, *m;

	head = &h->memory[(id >> 56 ^ id >> 48 << 3 ^ creatorid) % SIM_BUCKETS];
	for (m = *head; m != NULL; m = m->next)
		if (m->id == id && m->creatorid == creatorid)
			return (m);
	if (!make)
		return (NULL);
	m = sim_calloc(1, sizeof(*m));
	m->id = id;
	m->creatorid = creatorid;
	m->next = *head;
	*head = m;
	return (m);
}

/* Is it to be told of, in a version that is spoken? */
static bool
is_due(const struct sim_host *h, const struct sim_memory *m)
{
	unsigned spoken = h->spoken | h->spoken_before, v;
	uint8_t due = 0;

	for (v = 0; v < SIM_VERSIONS; v++)
		if (spoken & (1U << v))
			due |= m->due[v];
	return (due != 0);
}

/* Forgets what is neither in the table nor to be told of. */
static void
memory_sweep(struct sim_host *h, bool all)
{
	struct sim_memory **p, *m;
	unsigned i;

	for (i = 0; i < SIM_BUCKETS; i++)
		for (p = &h->memory[i]; (m = *p) != NULL;) {
			if (m->seen != h->looks && m->here && !all)
				sim_mark(h->sim, m->id, m->creatorid,
				    SIM_MARK_GONE);
			if (m->seen != h->looks)
				m->here = false;
			if (all || (!m->here && !is_due(h, m))) {
				*p = m->next;
				sim_free(m);
			} else
				p = &m->next;
		}
}

void
sim_memory_forget(struct sim_host *h)
{
	memory_sweep(h, true);
}

/*
 * Sequence numbers
 */

void
sim_side_of(struct sim_side *side, const struct psync_peer *peer)
{
	side->lo = peer->seqlo;
	side->hi = peer->seqhi;
	side->win = peer->max_win;
	side->state = peer->state;
}

/* Half the circle away is neither before nor behind. */
static bool
less(uint32_t a, uint32_t b)
{
	return (a - b > 0x80000000U);
}

/* While pf's syn proxy speaks for a side, its state is before all others. */
static unsigned
rank(uint8_t state, uint8_t proto)
{
	return (proto == PROTO_TCP ? (state + 2U) % (PSYNC_PEER_STATE_MAX + 1) :
				     state);
}

/*
 * Is a behind b in anything?  pf has no numbers of a side that it has not heard
 * of yet (lo 0).
 */
bool
sim_side_behind(const struct sim_side *a, const struct sim_side *b,
    uint8_t proto)
{
	if (rank(a->state, proto) < rank(b->state, proto))
		return (true);
	if (proto != PROTO_TCP || b->lo == 0)
		return (false);
	return (a->lo == 0 || less(a->lo, b->lo) || less(a->hi, b->hi) ||
	    a->win < b->win);
}

struct look {
	struct sim_host *h;
	struct pf *pf;
};

static void
look_at(void *arg, struct pf_state *st)
{
	struct look *look = arg;
	struct sim_host *h = look->h;
	struct psync_change c;
	struct sim_memory *m;
	struct sim_side side[2];
	unsigned i;

	pf_state_change(look->pf, st, &c);
	m = sim_memory(h, c.id, c.creatorid, true);
	sim_side_of(&side[0], c.src);
	sim_side_of(&side[1], c.dst);
	for (i = 0; m->here && i < 2; i++)
		if (sim_side_behind(&side[i], &m->side[i], c.proto))
			sim_fail(h->sim, "sequence",
			    "fw%u: state %016llx/%08x: %s goes back: "
			    "%u [%u + %u] %u, was %u [%u + %u] %u",
			    h->nr, (unsigned long long)PSYNC_BE64(c.id),
			    PSYNC_BE32(c.creatorid), i == 0 ? "src" : "dst",
			    side[i].state, side[i].lo, side[i].hi - side[i].lo,
			    side[i].win, m->side[i].state, m->side[i].lo,
			    m->side[i].hi - m->side[i].lo, m->side[i].win);
	m->here = true;
	m->proto = c.proto;
	m->seen = h->looks;
	m->side[0] = side[0];
	m->side[1] = side[1];
}

void
sim_check_states(struct sim_host *h)
{
	struct look look = { h, hk_pf(h->hk) };
	uint64_t row = 0;

	h->looks++;
	(void)pf_states_walk(look.pf, &row, SIZE_MAX, look_at, &look);
	memory_sweep(h, false);
}

/*
 * Demotion
 */

static void
check_demotion(struct sim_host *h)
{
	int demotion = hk_demotion(h->hk);
	struct sim *sim = h->sim;
	uint64_t since;

	if (demotion != 0 && demotion != DEMOTION)
		sim_fail(sim, "demotion", "fw%u: CARP is demoted by %d", h->nr,
		    demotion);
	if (demotion == 0) {
		if (h->demoted_at != 0)
			sim_check_synced(h);
		h->demoted_at = 0;
		return;
	}
	if (hk_psync(h->hk) == NULL)
		sim_fail(sim, "demotion",
		    "fw%u: CARP is demoted by %d without pfsync0", h->nr,
		    demotion);
	if (h->demoted_at == 0)
		h->demoted_at = sim->clock.now;
	since = h->demoted_at > h->progress_at ? h->demoted_at : h->progress_at;
	if (sim->clock.now - since > DEMOTION_MAX)
		sim_fail(sim, "demotion",
		    "fw%u: CARP is demoted, %llu ms after the last progress",
		    h->nr,
		    (unsigned long long)((sim->clock.now - since) / CLOCK_MS));
}

void
sim_check_step(struct sim_host *h)
{
	h->sim->steps++;
	check_demotion(h);
	if (h->sim->config.watch)
		sim_check_states(h);
}

void
sim_check_end(struct sim_host *h)
{
	unsigned pending = sim_host_status(h).pending;

	if (pending != 0)
		sim_fail(h->sim, "quiet", "fw%u: %u messages are pending",
		    h->nr, pending);
	if (h->hk != NULL && hk_demotion(h->hk) != 0)
		sim_fail(h->sim, "demotion", "fw%u: CARP is still demoted",
		    h->nr);
}
