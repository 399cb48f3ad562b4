/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clock, timers, memory, locks, output and demotion of the test kernel.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakeos.h"
#include "frame.h"

/* More timers than this without an end are a timer that never rests. */
#define TIMERS_MAX 10000000

void
fakeos_abort(const char *why)
{
	fprintf(stderr, "fakeos: %s\n", why);
	abort();
}

void
fakeos_no_slice(const struct fakeos *os, const char *call)
{
	char why[80];

	if (os->slices_held == 0)
		return;
	snprintf(why, sizeof(why), "%s with a slice locked", call);
	fakeos_abort(why);
}

static uint64_t
os_now(void *ctx)
{
	return (((struct fakeos *)ctx)->now);
}

static void *
os_alloc(void *ctx, size_t len)
{
	struct fakeos *os = ctx;
	void *p;

	fakeos_no_slice(os, "alloc");
	if (os->held[PSYNC_LOCK_MAIN])
		fakeos_abort("alloc with the main lock held");
	if (++os->allocs == os->fail_alloc)
		return (NULL);
	p = calloc(1, len);
	if (p == NULL)
		fakeos_abort("out of memory");
	os->live += len;
	if (os->on_alloc != NULL)
		os->on_alloc(os);
	return (p);
}

static void
os_free(void *ctx, void *p, size_t len)
{
	struct fakeos *os = ctx;

	if (p == NULL)
		fakeos_abort("free of nothing");
	fakeos_no_slice(os, "free");
	os->live -= len;
	free(p);
	if (os->on_free != NULL)
		os->on_free(os);
}

static void
os_lock(void *ctx, unsigned i)
{
	struct fakeos *os = ctx;

	if (i >= FAKEOS_TIMERS)
		fakeos_abort("no such lock");
	if (os->held[i])
		fakeos_abort("a lock taken twice");
	fakeos_no_slice(os, "lock");
	if (i == PSYNC_LOCK_MAIN) {
		if (os->locked != NULL)
			fakeos_abort("main lock with a state locked");
	} else
		os->slices_held++;
	os->held[i] = true;
}

static void
os_unlock(void *ctx, unsigned i)
{
	struct fakeos *os = ctx;

	if (i >= FAKEOS_TIMERS || !os->held[i])
		fakeos_abort("unlock of a lock that is not held");
	if (i != PSYNC_LOCK_MAIN)
		os->slices_held--;
	os->held[i] = false;
}

static void
os_timer(void *ctx, unsigned i, uint64_t deadline)
{
	struct fakeos *os = ctx;

	if (i >= FAKEOS_TIMERS)
		fakeos_abort("no such timer");
	if (deadline != PSYNC_NEVER && !os->held[i])
		fakeos_abort("timer set without its lock");
	os->timer[i] = deadline;
	if (i != PSYNC_TIMER_BULK && i >= os->slice_timers)
		os->slice_timers = i + 1;
}

static enum psync_sent
os_output(void *ctx, const uint8_t *bytes, size_t len)
{
	struct fakeos *os = ctx;
	struct fakeos_frame *f;

	if (os->slices_held == 0 && !os->held[PSYNC_LOCK_MAIN])
		fakeos_abort("output without a lock");
	os->attempts++;
	if (os->grace > 0)
		os->grace--;
	else if (os->outcomes > 0) {
		if (os->outcomes != FAKEOS_ALWAYS)
			os->outcomes--;
		return (os->outcome);
	}
	if ((os->nframes & (os->nframes - 1)) == 0) {
		os->frame = realloc(os->frame,
		    (os->nframes == 0 ? 1 : 2 * os->nframes) * sizeof(*f));
		if (os->frame == NULL)
			fakeos_abort("out of memory");
	}
	f = &os->frame[os->nframes++];
	f->at = os->now;
	f->len = len;
	f->bytes = malloc(len);
	if (f->bytes == NULL)
		fakeos_abort("out of memory");
	memcpy(f->bytes, bytes, len);
	return (PSYNC_SENT);
}

static void
os_defer_send(void *ctx, void *pkt)
{
	struct fakeos *os = ctx;

	fakeos_no_slice(os, "defer_send");
	if (os->held[PSYNC_LOCK_MAIN] || os->locked != NULL)
		fakeos_abort("defer_send with a lock held");
	if (os->nreleased < FAKEOS_PACKETS)
		os->released[os->nreleased] = pkt;
	os->nreleased++;
}

static void
os_defer_drop(void *ctx, void *pkt)
{
	struct fakeos *os = ctx;

	fakeos_no_slice(os, "defer_drop");
	if (os->ndropped < FAKEOS_PACKETS)
		os->dropped[os->ndropped] = pkt;
	os->ndropped++;
}

static void
os_collision(void *ctx, uint32_t hostid, const uint8_t *addr, uint8_t af)
{
	struct fakeos *os = ctx;

	fakeos_no_slice(os, "collision");
	if (hostid != os->hostid || addr == NULL || af == 0)
		fakeos_abort("collision of somebody else");
	os->collisions++;
}

static void
os_demote(void *ctx, int delta, const char *why)
{
	struct fakeos *os = ctx;

	fakeos_no_slice(os, "demote");
	if (why == NULL || why[0] == '\0')
		fakeos_abort("demotion without a reason");
	os->demotion += delta;
	if (os->demotion != 0 && os->demotion != 240)
		fakeos_abort("demotion out of balance");
	if (delta > 0)
		os->demoted++;
	else
		os->restored++;
}

static uint32_t
os_hostid(void *ctx)
{
	return (((struct fakeos *)ctx)->hostid);
}

static const uint8_t *
os_checksum(void *ctx)
{
	return (((struct fakeos *)ctx)->checksum);
}

static void
os_tdb_update(void *ctx, const struct psync_tdb *tdb)
{
	struct fakeos *os = ctx;

	if (!os->held[PSYNC_LOCK_MAIN])
		fakeos_abort("tdb_update without the main lock");
	os->tdb = *tdb;
	os->tdbs++;
}

const struct psync_os fakeos_ops = {
	.now = os_now,
	.alloc = os_alloc,
	.free = os_free,
	.lock = os_lock,
	.unlock = os_unlock,
	.timer = os_timer,
	.output = os_output,
	.defer_send = os_defer_send,
	.defer_drop = os_defer_drop,
	.collision = os_collision,
	.demote = os_demote,
	.hostid = os_hostid,
	.checksum = os_checksum,
	.state_insert = fakeos_state_insert,
	.state_find = fakeos_state_find,
	.state_release = fakeos_state_release,
	.state_change = fakeos_state_change,
	.state_export = fakeos_state_export,
	.state_update = fakeos_state_update,
	.state_remove = fakeos_state_remove,
	.state_clear = fakeos_state_clear,
	.state_walk = fakeos_state_walk,
	.tdb_update = os_tdb_update,
};

void
fakeos_init(struct fakeos *os)
{
	unsigned i;

	memset(os, 0, sizeof(*os));
	os->now = 1000;
	os->hostid = 0x11223344;
	for (i = 0; i < sizeof(os->checksum); i++)
		os->checksum[i] = (uint8_t)(0xc0 + i);
	for (i = 0; i < FAKEOS_TIMERS; i++)
		os->timer[i] = PSYNC_NEVER;
}

void
fakeos_fini(struct fakeos *os)
{
	struct fakeos_state *fs;
	unsigned i;

	if (os->live != 0)
		fakeos_abort("memory of the engine is still live");
	for (i = 0; i < FAKEOS_TIMERS; i++)
		if (os->held[i] || os->timer[i] != PSYNC_NEVER)
			fakeos_abort("a lock held or a timer set at the end");
	for (i = 0; i < FAKEOS_BUCKETS; i++)
		while ((fs = os->bucket[i]) != NULL)
			fakeos_remove(os, fs);
	fakeos_forget(os);
	free(os->frame);
	os->frame = NULL;
}

void
fakeos_run_until(struct fakeos *os, uint64_t ms)
{
	unsigned fired, first, i;

	for (fired = 0; fired < TIMERS_MAX; fired++) {
		first = PSYNC_TIMER_BULK;
		for (i = 0; i < os->slice_timers; i++)
			if (os->timer[i] < os->timer[first])
				first = i;
		if (os->timer[first] > ms) {
			if (ms > os->now)
				os->now = ms;
			return;
		}
		if (os->timer[first] > os->now)
			os->now = os->timer[first];
		os->timer[first] = PSYNC_NEVER;
		psync_timer(os->sc, first);
	}
	fakeos_abort("timers never rest");
}

void
fakeos_fail_output(struct fakeos *os, enum psync_sent outcome, uint32_t count)
{
	os->outcome = outcome;
	os->outcomes = count;
}

void
fakeos_forget(struct fakeos *os)
{
	size_t i;

	for (i = 0; i < os->nframes; i++)
		free(os->frame[i].bytes);
	free(os->frame);
	os->frame = NULL;
	os->nframes = 0;
	os->attempts = 0;
}

unsigned
fakeos_sent(const struct fakeos *os, uint8_t action)
{
	unsigned sent = 0;
	size_t i;

	for (i = 0; i < os->nframes; i++)
		sent += frame_messages(os->frame[i].bytes, os->frame[i].len,
		    action);
	return (sent);
}

const uint8_t *
fakeos_message(const struct fakeos *os, uint8_t action, unsigned i)
{
	const struct fakeos_frame *f;
	unsigned n;
	size_t at;

	for (at = 0; at < os->nframes; at++) {
		f = &os->frame[at];
		n = frame_messages(f->bytes, f->len, action);
		if (i < n)
			return (frame_message(f->bytes, f->len, action, i));
		i -= n;
	}
	fakeos_abort("no such message was sent");
}
