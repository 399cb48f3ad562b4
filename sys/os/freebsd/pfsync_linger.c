/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Removed states are freed a moment later than pf would.  pf_find_state() of
 * these kernels lets go of the key's lock, then reads the state again to find
 * which lock to release; a state removed meanwhile on another CPU may be freed
 * by then.  A reference held for a tick or more closes that gap.
 *
 * sync_list links the states: that field is the driver's.
 */

#include "os/freebsd/softc.h"

#ifdef PFSYNC_LINGER

#define LINGER_TICKS 2

/* The state is locked and on its way out. */
void
pfsync_linger(struct pfsync_softc *sc, struct pf_kstate *st)
{
	bool first;

	pf_ref_state(st);
	mtx_lock(&sc->linger_lock);
	first = TAILQ_EMPTY(&sc->lingering);
	TAILQ_INSERT_TAIL(&sc->lingering, st, sync_list);
	mtx_unlock(&sc->linger_lock);
	if (first)
		taskqueue_enqueue_timeout(pfsync_tq, &sc->linger_task,
		    LINGER_TICKS);
}

/* States that come while this runs get a tick of their own. */
static void
linger_end(void *arg, int pending)
{
	struct pfsync_softc *sc = arg;
	struct pfsync_states gone;
	struct pf_kstate *st;

	(void)pending;
	TAILQ_INIT(&gone);
	mtx_lock(&sc->linger_lock);
	TAILQ_CONCAT(&gone, &sc->lingering, sync_list);
	mtx_unlock(&sc->linger_lock);
	CURVNET_SET(sc->vnet);
	while ((st = TAILQ_FIRST(&gone)) != NULL) {
		TAILQ_REMOVE(&gone, st, sync_list);
		(void)pf_release_state(st);
	}
	CURVNET_RESTORE();
}

void
pfsync_linger_init(struct pfsync_softc *sc)
{
	mtx_init(&sc->linger_lock, "pfsync linger", NULL, MTX_DEF);
	TAILQ_INIT(&sc->lingering);
	TIMEOUT_TASK_INIT(pfsync_tq, &sc->linger_task, 0, linger_end, sc);
}

/* No hook runs any more.  Frees what is left.  May sleep. */
void
pfsync_linger_drain(struct pfsync_softc *sc)
{
	pfsync_end_timeout(pfsync_tq, &sc->linger_task);
	linger_end(sc, 0);
}

void
pfsync_linger_fini(struct pfsync_softc *sc)
{
	mtx_destroy(&sc->linger_lock);
}

#endif /* PFSYNC_LINGER */
