/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The engine's time: clock, locks and timers.  A lock and the timer of the same
 * number make a lane; the engine's main ones are a lane like the others.
 *
 * A callout may run once more after it was set anew or stopped: the engine
 * looks at its own deadline then.
 */

#include "os/netbsd/softc.h"

#include <sys/kernel.h>

static struct pfsync_lane *
lane(struct pfsync_dev *dev, unsigned i)
{
	if (i == PSYNC_LOCK_MAIN)
		return (&dev->main);
	KASSERT(i < PFSYNC_SLICES);
	return (&dev->slice[i]);
}

/* Not MP-safe: it runs with KERNEL_LOCK held. */
static void
lane_expired(void *arg)
{
	struct pfsync_lane *l = arg;

	pfsync_big_lock();
	if (!l->dev->dying)
		psync_timer(l->dev->engine, l->number);
	pfsync_big_unlock();
}

static void
lane_init(struct pfsync_dev *dev, struct pfsync_lane *l, unsigned number,
    int ipl)
{
	mutex_init(&l->lock, MUTEX_DEFAULT, ipl);
	callout_init(&l->timer, 0);
	callout_setfunc(&l->timer, lane_expired, l);
	l->dev = dev;
	l->number = number;
}

void
pfsync_lanes_init(struct pfsync_dev *dev)
{
	unsigned i;

	lane_init(dev, &dev->main, PSYNC_LOCK_MAIN, IPL_SOFTNET);
	for (i = 0; i < PFSYNC_SLICES; i++)
		lane_init(dev, &dev->slice[i], i, IPL_VM);
}

void
pfsync_lanes_halt(struct pfsync_dev *dev)
{
	unsigned i;

	callout_halt(&dev->main.timer, NULL);
	for (i = 0; i < PFSYNC_SLICES; i++)
		callout_halt(&dev->slice[i].timer, NULL);
}

static void
lane_fini(struct pfsync_lane *l)
{
	callout_destroy(&l->timer);
	mutex_destroy(&l->lock);
}

void
pfsync_lanes_fini(struct pfsync_dev *dev)
{
	unsigned i;

	lane_fini(&dev->main);
	for (i = 0; i < PFSYNC_SLICES; i++)
		lane_fini(&dev->slice[i]);
}

uint64_t
pfsync_now(void *arg)
{
	struct timeval tv;

	getmicrouptime(&tv);
	return ((uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000);
}

void
pfsync_lock(void *dev, unsigned i)
{
	mutex_enter(&lane(dev, i)->lock);
}

void
pfsync_unlock(void *dev, unsigned i)
{
	mutex_exit(&lane(dev, i)->lock);
}

/* A tick more than asked for: part of the current one has passed already. */
static int
ticks_until(struct pfsync_dev *dev, uint64_t deadline)
{
	uint64_t ms, now = pfsync_now(dev);

	ms = deadline > now ? MIN(deadline - now, 1000 * 1000) : 0;
	return (mstohz((int)ms) + 1);
}

void
pfsync_timer(void *arg, unsigned i, uint64_t deadline)
{
	struct pfsync_dev *dev = arg;

	if (deadline == PSYNC_NEVER)
		callout_stop(&lane(dev, i)->timer);
	else if (!dev->dying)
		callout_schedule(&lane(dev, i)->timer,
		    ticks_until(dev, deadline));
}
