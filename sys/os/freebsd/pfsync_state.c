/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pf's states by the verbs of struct psync_os.  The lock of a state is its row
 * of the id hash; a state is in its row until it is unlinked.
 *
 * Two bytes and a word of a state are the driver's: sync_updates is what the
 * engine knows as told, pfsync_time as peer_time; sync_state is left at
 * PFSYNC_S_NONE, so that another driver may be loaded after this one.
 */

#include "os/freebsd/softc.h"

enum pfsync_refusal
pfsync_os_insert(void *ctx, const struct psync_state *ps, bool same_rules)
{
	struct pfsync_softc *sc = ctx;

	return (pfsync_import(ps, same_rules, true, psync_now_s(sc->engine)));
}

/* A state that pf is about to remove is not found. */
void *
pfsync_os_find(void *ctx, uint64_t id, uint32_t creatorid)
{
	struct pf_kstate *st;

	(void)ctx;
	st = pf_find_state_byid(id, creatorid);
	if (st != NULL && st->timeout >= PFTM_MAX) {
		PF_STATE_UNLOCK(st);
		return (NULL);
	}
	return (st);
}

void
pfsync_os_release(void *ctx, void *arg)
{
	struct pf_kstate *st = arg;

	(void)ctx;
	PF_STATE_UNLOCK(st);
}

/* The main lock guards the peers: the engine looks at one state at a time. */
void
pfsync_os_change(void *ctx, void *arg, struct psync_change *change)
{
	struct pfsync_softc *sc = ctx;

	mtx_assert(&sc->main.lock, MA_OWNED);
	pfsync_change(arg, sc->peers, change);
}

void
pfsync_os_export(void *ctx, void *arg, struct psync_state *ps)
{
	(void)ctx;
	pfsync_export(arg, ps);
}

/*
 * A peer's scrub data that finds no memory is left out: the rest of what it
 * says holds without.
 */
static void
update_peer(struct pf_state_peer *d, const struct psync_peer *s)
{
	struct psync_peer bare;

	if (pfsync_import_peer(d, s))
		return;
	bare = *s;
	bare.scrub = 0;
	(void)pfsync_import_peer(d, &bare);
}

void
pfsync_os_update(void *ctx, void *arg, const struct psync_peer *src,
    const struct psync_peer *dst, uint8_t timeout)
{
	struct pfsync_softc *sc = ctx;
	struct pf_kstate *st = arg;

	update_peer(&st->src, src);
	update_peer(&st->dst, dst);
	if (timeout < PFTM_MAX)
		st->timeout = timeout;
	st->expire = pfsync_pf_now();
	st->pfsync_time = psync_now_s(sc->engine);
	PF_STATE_UNLOCK(st);
}

/* NOSYNC makes our own delete hook look away.  Unlinking unlocks. */
void
pfsync_os_remove(void *ctx, void *arg)
{
	struct pf_kstate *st = arg;

	(void)ctx;
	st->state_flags |= PFSTATE_NOSYNC;
	(void)pfsync_pf_unlink(st);
}

/* As pf clears: a state that holds on any interface is of where it was made. */
static const char *
interface_of(const struct pf_kstate *st)
{
#ifdef PFSYNC_ORIG_KIF
	if (st->kif == V_pfi_all)
		return (st->orig_kif->pfik_name);
#endif
	return (st->kif->pfik_name);
}

static bool
matches(const struct pf_kstate *st, uint32_t creatorid, const char *ifname)
{
	return ((creatorid == 0 || st->creatorid == creatorid) &&
	    (ifname[0] == '\0' ||
		strncmp(ifname, interface_of(st), IFNAMSIZ) == 0));
}

unsigned
pfsync_os_clear(void *ctx, uint32_t creatorid, const char *ifname)
{
	struct pf_idhash *row;
	struct pf_kstate *st;
	unsigned removed = 0;

	for (row = V_pf_idhash; row <= V_pf_idhash + V_pf_hashmask; row++)
		do {
			PF_HASHROW_LOCK(row);
			LIST_FOREACH(st, &row->states, entry)
			if (matches(st, creatorid, ifname))
				break;
			if (st != NULL) {
				pfsync_os_remove(ctx, st);
				removed++;
			} else
				PF_HASHROW_UNLOCK(row);
		} while (st != NULL);
	return (removed);
}

/* cursor->a is the next row.  A row is visited under one hold of its lock. */
bool
pfsync_os_walk(void *ctx, struct psync_cursor *cursor, unsigned max,
    psync_visit_fn *visit, void *arg)
{
	struct psync_state ps;
	struct pf_idhash *row;
	struct pf_kstate *st;
	unsigned n = 0;

	(void)ctx;
	while (cursor->a <= V_pf_hashmask && n < max) {
		row = &V_pf_idhash[cursor->a++];
		/* One that comes after this look was not there all along. */
		if (LIST_EMPTY(&row->states))
			continue;
		PF_HASHROW_LOCK(row);
		LIST_FOREACH(st, &row->states, entry)
		{
			n++;
			if (st->timeout >= PFTM_MAX || pfsync_private(st))
				continue;
			pfsync_export(st, &ps);
			visit(arg, &ps);
		}
		PF_HASHROW_UNLOCK(row);
	}
	return (cursor->a <= V_pf_hashmask);
}
