/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Are the tables equal, state by state?  Of each state everything but its age,
 * what it counts, and when it expires.  A state may be missing only where
 * another one has its key: pf holds but one, and two firewalls that did not
 * hear each other may each have made theirs.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

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
	return (a->seqlo == b->seqlo && a->seqhi == b->seqhi &&
	    a->seqdiff == b->seqdiff && a->max_win == b->max_win &&
	    a->mss == b->mss && a->state == b->state &&
	    a->wscale == b->wscale && a->scrub == b->scrub &&
	    a->pfss_flags == b->pfss_flags && a->pfss_ttl == b->pfss_ttl &&
	    a->ts_mod == b->ts_mod);
}

/* NULL, or what is different. */
static const char *
difference(const struct psync_state *a, const struct psync_state *b)
{
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

static void
compare(struct sim *sim, unsigned a, unsigned b)
{
	struct psync_state *table[2], *x, *y;
	const char *what;
	size_t n[2];

	table[0] = sim_host_states(&sim->host[a], &n[0]);
	table[1] = sim_host_states(&sim->host[b], &n[1]);
	qsort(table[1], n[1], sizeof(*table[1]), by_id);
	for (x = table[0]; x < table[0] + n[0] && !sim->failed; x++) {
		y = bsearch(x, table[1], n[1], sizeof(*x), by_id);
		if (y != NULL && (what = difference(x, y)) != NULL)
			unequal(sim, a, b, x, y, what);
		if (y == NULL && !has_rival(x, table[1], n[1]))
			sim_fail(sim, "tables",
			    "state %016llx/%08x (proto %u, %u:%u) of fw%u "
			    "is missing on fw%u",
			    (unsigned long long)PSYNC_BE64(x->id),
			    PSYNC_BE32(x->creatorid), x->proto[0], x->src.state,
			    x->dst.state, a, b);
	}
	sim_free(table[0]);
	sim_free(table[1]);
}

void
sim_check_equal(struct sim *sim)
{
	unsigned a, b;

	for (a = 0; a < sim->nhosts; a++)
		for (b = 0; b < sim->nhosts; b++)
			if (a != b)
				compare(sim, a, b);
}
