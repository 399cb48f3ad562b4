/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The engine's time: clock, locks and timers.  A lock and the timer of the same
 * number make a lane; the engine's main ones are a lane like the others.
 *
 * A callout may run once more after it was set anew or stopped: the engine
 * looks at its own deadline then.
 */

#include "os/freebsd/softc.h"

static struct pfsync_lane *
lane(struct pfsync_softc *sc, unsigned i)
{
	if (i == PSYNC_LOCK_MAIN)
		return (&sc->main);
	KASSERT(i < sc->nslices, ("%s: slice %u", __func__, i));
	return (&sc->slice[i]);
}

static void
lane_init(struct pfsync_softc *sc, struct pfsync_lane *l, unsigned number)
{
	mtx_init(&l->lock,
	    number == PSYNC_LOCK_MAIN ? "pfsync main" : "pfsync slice", NULL,
	    MTX_DEF);
	callout_init(&l->timer, 1);
	l->sc = sc;
	l->number = number;
}

void
pfsync_lanes_init(struct pfsync_softc *sc)
{
	unsigned i;

	lane_init(sc, &sc->main, PSYNC_LOCK_MAIN);
	for (i = 0; i < sc->nslices; i++)
		lane_init(sc, &sc->slice[i], i);
}

/*
 * Waits until no timer runs.  One may set another, so that the engine must have
 * nothing to do any more.  No mutex held.
 */
void
pfsync_lanes_drain(struct pfsync_softc *sc)
{
	unsigned i;

	callout_drain(&sc->main.timer);
	for (i = 0; i < sc->nslices; i++)
		callout_drain(&sc->slice[i].timer);
}

void
pfsync_lanes_fini(struct pfsync_softc *sc)
{
	unsigned i;

	pfsync_lanes_drain(sc);
	mtx_destroy(&sc->main.lock);
	for (i = 0; i < sc->nslices; i++)
		mtx_destroy(&sc->slice[i].lock);
}

/*
 * Draining alone stops the callout but leaves it counted as armed, and
 * taskqueue_free() waits for that one for ever.
 */
void
pfsync_end_timeout(struct taskqueue *tq, struct timeout_task *task)
{
	(void)taskqueue_cancel_timeout(tq, task, NULL);
	taskqueue_drain_timeout(tq, task);
}

uint64_t
pfsync_now(void *ctx)
{
	(void)ctx;
	return ((uint64_t)(sbinuptime() / SBT_1MS));
}

void
pfsync_lock(void *ctx, unsigned i)
{
	mtx_lock(&lane(ctx, i)->lock);
}

void
pfsync_unlock(void *ctx, unsigned i)
{
	mtx_unlock(&lane(ctx, i)->lock);
}

static void
lane_expired(void *arg)
{
	struct pfsync_lane *l = arg;

	CURVNET_SET(l->sc->vnet);
	psync_timer(l->sc->engine, l->number);
	CURVNET_RESTORE();
}

void
pfsync_timer(void *ctx, unsigned i, uint64_t deadline)
{
	struct pfsync_lane *l = lane(ctx, i);

	if (deadline == PSYNC_NEVER)
		(void)callout_stop(&l->timer);
	else
		(void)callout_reset_sbt(&l->timer,
		    (sbintime_t)deadline * SBT_1MS, 0, lane_expired, l,
		    C_ABSOLUTE);
}
