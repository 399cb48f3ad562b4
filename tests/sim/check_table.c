/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Are the tables equal, state by state?  Of each state everything but its age,
 * what it counts, when it expires, and what a dialect that was spoken has no
 * words for (tests/lib/spell.c has the lists).
 *
 * After every firewall has asked for everything a state may be missing only
 * where another one has its key: pf holds but one, and two firewalls that did
 * not hear each other may each have made theirs.
 *
 * Without being asked the protocol promises
 *  - the same, if no packet was lost on its way or found no room, no pfsync0
 *    was cut off, no allocation failed, and no CLR changed places with others;
 *  - if only a pfsync0 was cut off or the link refused packets: the same, but
 *    that what was deleted meanwhile may still be there elsewhere;
 *  - if anything was lost: this of the states that pf has changed since: who
 *    hears of a change of a state that it does not have asks for it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/drv.h"
#include "tests/lib/spell.h"
#include "tests/sim/sim.h"

/*
 * Marks
 */

static struct sim_mark *
mark_of(struct sim *sim, uint64_t id, uint32_t creatorid, bool make)
{
	struct sim_mark *k, **head;

	head = &sim->marks[(id >> 56 ^ id >> 45 ^ creatorid) % SIM_MARKS];
	for (k = *head; k != NULL; k = k->next)
		if (k->id == id && k->creatorid == creatorid)
			return (k);
	if (!make)
		return (NULL);
	k = sim_calloc(1, sizeof(*k));
	k->id = id;
	k->creatorid = creatorid;
	k->next = *head;
	return (*head = k);
}

void
sim_mark(struct sim *sim, uint64_t id, uint32_t creatorid, unsigned is)
{
	mark_of(sim, id, creatorid, true)->is |= is;
}

void
sim_marks_fini(struct sim *sim)
{
	struct sim_mark *k;
	unsigned i;

	for (i = 0; i < SIM_MARKS; i++)
		while ((k = sim->marks[i]) != NULL) {
			sim->marks[i] = k->next;
			sim_free(k);
		}
}

/*
 * Comparing
 */

static int
by_id(const void *a, const void *b)
{
	const struct psync_state *x = a, *y = b;

	if (x->creatorid != y->creatorid)
		return (x->creatorid < y->creatorid ? -1 : 1);
	return (x->id < y->id ? -1 : x->id > y->id);
}

static bool
same_peer(const struct psync_peer *a, const struct psync_peer *b)
{
	/* What pf has not heard has no seqhi that means anything. */
	return (a->seqlo == b->seqlo &&
	    (a->seqhi == b->seqhi || a->seqlo == 0) &&
	    a->seqdiff == b->seqdiff && a->max_win == b->max_win &&
	    a->mss == b->mss && a->state == b->state &&
	    a->wscale == b->wscale && a->scrub == b->scrub &&
	    a->pfss_flags == b->pfss_flags && a->pfss_ttl == b->pfss_ttl &&
	    a->ts_mod == b->ts_mod);
}

/* Interfaces by the names that the first firewalls have for them. */
static void
rename_if(const struct sim *sim, char name[PSYNC_IFNAMSIZ])
{
	const struct sim_host *h;
	unsigned em;

	for (h = sim->host; h < sim->host + sim->nhosts; h++)
		for (em = 0; em < EMS; em++)
			if (strcmp(name, sim_host_ifname(h, em)) == 0) {
				memset(name, 0, PSYNC_IFNAMSIZ);
				snprintf(name, PSYNC_IFNAMSIZ, "em%u", em);
				return;
			}
}

/* What is left of a state in all that was spoken. */
static void
reduce(const struct sim *sim, struct psync_state *st)
{
	unsigned d;

	for (d = 0; d < PSYNC_DIALECTS; d++)
		if (sim->dialects & (1U << d))
			spell_left(d, st);
	rename_if(sim, st->ifname);
	rename_if(sim, st->orig_ifname);
}

/* Rules have the same numbers only if all of them are the same. */
static bool
same_rules(const struct sim *sim)
{
	const struct sim_host *h;

	for (h = sim->host; h < sim->host + sim->nhosts; h++)
		if (h->config.names != sim->host->config.names)
			return (false);
	return (true);
}

/* NULL, or what is different. */
static const char *
difference(const struct sim *sim, const struct psync_state *x,
    const struct psync_state *y)
{
	struct psync_state left[2] = { *x, *y }, *a = left, *b = left + 1;

	reduce(sim, a);
	reduce(sim, b);
	if (memcmp(a->key, b->key, sizeof(a->key)) != 0)
		return ("key");
	if (!same_peer(&a->src, &b->src))
		return ("source");
	if (!same_peer(&a->dst, &b->dst))
		return ("destination");
	if (memcmp(a->ifname, b->ifname, sizeof(a->ifname)) != 0)
		return ("interface");
	if (memcmp(a->af, b->af, sizeof(a->af)) != 0 ||
	    memcmp(a->proto, b->proto, sizeof(a->proto)) != 0)
		return ("protocol");
	if (a->direction != b->direction)
		return ("direction");
	if (a->timeout != b->timeout)
		return ("timeout");
	if (a->state_flags != b->state_flags)
		return ("flags");
	if (memcmp(a->orig_ifname, b->orig_ifname, sizeof(a->orig_ifname)) != 0)
		return ("first interface");
	if (a->rule != b->rule && same_rules(sim))
		return ("rule");
	if (a->log != b->log || a->rtableid != b->rtableid || a->rt != b->rt ||
	    a->qid != b->qid || a->pqid != b->pqid ||
	    a->max_mss != b->max_mss || a->min_ttl != b->min_ttl ||
	    a->set_tos != b->set_tos ||
	    memcmp(a->tagname, b->tagname, sizeof(a->tagname)) != 0)
		return ("rest");
	return (NULL);
}

static bool
has_rival(const struct psync_state *st, const struct psync_state *table,
    size_t n)
{
	const struct psync_state *t;
	unsigned k;

	for (t = table; t < table + n; t++)
		for (k = 0; k < 2; k++)
			if (memcmp(&t->key[k], &st->key[k],
				sizeof(t->key[k])) == 0 &&
			    t->af[k] == st->af[k] &&
			    t->proto[k] == st->proto[k] &&
			    t->direction == st->direction)
				return (true);
	return (false);
}

static void
show_side(char *buf, size_t len, const struct psync_peer *p)
{
	snprintf(buf, len, "%u [%u + %u] %u wscale %x", p->state, p->seqlo,
	    p->seqhi - p->seqlo, p->max_win, p->wscale);
}

static void
unequal(struct sim *sim, unsigned a, unsigned b, const struct psync_state *x,
    const struct psync_state *y, const char *what)
{
	char src[2][80], dst[2][80];

	show_side(src[0], sizeof(src[0]), &x->src);
	show_side(src[1], sizeof(src[1]), &y->src);
	show_side(dst[0], sizeof(dst[0]), &x->dst);
	show_side(dst[1], sizeof(dst[1]), &y->dst);
	sim_fail(sim, "tables",
	    "state %016llx/%08x differs in its %s: fw%u %s, %s (%u); "
	    "fw%u %s, %s (%u)",
	    (unsigned long long)PSYNC_BE64(x->id), PSYNC_BE32(x->creatorid),
	    what, a, src[0], dst[0], x->timeout, b, src[1], dst[1], y->timeout);
}

/* What a firewall has; sorted; without what is not for its peers. */
static struct psync_state *
table_of(struct sim_host *h, size_t *n)
{
	struct psync_state *table = sim_host_states(h, n);
	size_t i, kept = 0;

	for (i = 0; i < *n; i++)
		if ((table[i].state_flags & PSYNC_STATE_NOSYNC) == 0)
			table[kept++] = table[i];
	*n = kept;
	qsort(table, *n, sizeof(*table), by_id);
	return (table);
}

/* May it be missing elsewhere, or different there? */
static bool
excused(struct sim *sim, const struct psync_state *st, bool missing)
{
	const struct sim_mark *k = mark_of(sim, st->id, st->creatorid, false);
	unsigned is = k == NULL ? 0 : k->is;

	if ((sim->harm & SIM_HARM_CHANGES) && (is & SIM_MARK_USED) == 0)
		return (true);
	return (missing &&
	    ((is & SIM_MARK_RIVAL) != 0 ||
		((sim->harm & SIM_HARM_DELETES) && (is & SIM_MARK_GONE))));
}

static void
compare(struct sim *sim, unsigned a, unsigned b, bool promised)
{
	struct psync_state *table[2], *x, *y;
	const char *what;
	size_t n[2];

	table[0] = table_of(&sim->host[a], &n[0]);
	table[1] = table_of(&sim->host[b], &n[1]);
	for (x = table[0]; x < table[0] + n[0] && !sim->failed; x++) {
		y = bsearch(x, table[1], n[1], sizeof(*x), by_id);
		if (promised && excused(sim, x, y == NULL))
			continue;
		if (y != NULL && (what = difference(sim, x, y)) != NULL)
			unequal(sim, a, b, x, y, what);
		if (y == NULL && !has_rival(x, table[1], n[1]))
			sim_fail(sim, promised ? "promise" : "tables",
			    "state %016llx/%08x (proto %u, %u:%u) of fw%u "
			    "is missing on fw%u",
			    (unsigned long long)PSYNC_BE64(x->id),
			    PSYNC_BE32(x->creatorid), x->proto[0], x->src.state,
			    x->dst.state, a, b);
	}
	sim_free(table[0]);
	sim_free(table[1]);
}

/* Has it heard that one?  Addresses end in numbers, see net.c. */
static bool
knows(struct sim_host *h, const struct sim_host *p)
{
	struct pfsync_drv_peers peers;
	unsigned i;

	if (psync_drv_get(hk_psync(h->hk), PFSYNC_DRV_PEERS, &peers,
		sizeof(peers)) != PSYNC_ERR_NONE)
		return (false);
	for (i = 0; i < peers.count; i++)
		if (peers.peer[i]
			.addr[peers.peer[i].af == PSYNC_AF_INET6 ? 15 : 3] ==
		    p->nr + 1)
			return (true);
	return (false);
}

/*
 * A firewall thinks that it has everything.  What its peers had when it asked
 * it must have, unless packets can get lost or overtake each other.  Not looked
 * at are peers that ask themselves, that stood still, and that it has never
 * heard: it cannot know that they are there.
 */
void
sim_check_synced(struct sim_host *h)
{
	const struct psync_status status = sim_host_status(h);
	struct psync_state *table, *st;
	struct sim *sim = h->sim;
	struct sim_mark *k;
	struct sim_host *p;
	size_t n;

	if (status.bulk != PSYNC_BULK_OK || !sim->config.watch ||
	    (sim->harm & ~(SIM_HARM_CLIENTS | SIM_HARM_CLEAR)) != 0)
		return;
	for (p = sim->host; p < sim->host + sim->nhosts; p++) {
		if (p == h || p->hk == NULL || p->still ||
		    hk_demotion(p->hk) != 0 || !knows(h, p))
			continue;
		table = table_of(p, &n);
		for (st = table; st < table + n; st++) {
			k = mark_of(sim, st->id, st->creatorid, false);
			if (st->creation * 1000ULL > status.bulk_age + 1000 &&
			    k == NULL &&
			    pf_state_find(hk_pf(h->hk), st->id,
				st->creatorid) == NULL)
				sim_fail(sim, "synced",
				    "fw%u has no state %016llx/%08x of fw%u "
				    "after a bulk update of %llu ms",
				    h->nr,
				    (unsigned long long)PSYNC_BE64(st->id),
				    PSYNC_BE32(st->creatorid), p->nr,
				    (unsigned long long)status.bulk_age);
		}
		sim_free(table);
	}
}

static void
compare_all(struct sim *sim, bool promised)
{
	unsigned a, b;

	for (a = 0; a < sim->nhosts; a++)
		for (b = 0; b < sim->nhosts; b++)
			if (a != b)
				compare(sim, a, b, promised);
}

void
sim_check_equal(struct sim *sim)
{
	compare_all(sim, false);
}

void
sim_check_promised(struct sim *sim)
{
	const unsigned both = SIM_HARM_SHUFFLE | SIM_HARM_CLEAR;

	/* A CLR and what it must not clear may have changed places. */
	if ((sim->harm & both) == both)
		sim->harm |= SIM_HARM_ALL;
	compare_all(sim, true);
}
