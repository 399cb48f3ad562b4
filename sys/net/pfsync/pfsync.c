/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The engine's life: creation, configuration, timers, status.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/speak.h"
#include "net/pfsync/wire.h"

/*
 * One pending message of each kind has to fit.  States wait in the format that
 * is sent, or in the richest, of which all others can be made.
 */
unsigned
psync_mtu_min(unsigned format)
{
	const struct psync_dialect *d = psync_dialect(format);

	if (d == NULL || d->version->number != PFSYNC_VERSION)
		d = &psync_dialects[PSYNC_D_1500];
	return (PSYNC_IPV6_LEN + PSYNC_HEADER_LEN + 2 * PSYNC_SUBHEADER_LEN +
	    d->state->size);
}

static unsigned
frame_budget(const struct psync_config *c)
{
	if (c->syncpeer_af == PSYNC_AF_INET6)
		return (c->mtu - PSYNC_IPV6_LEN);
	return (c->mtu - PSYNC_IPV4_LEN);
}

struct psync *
psync_create(const struct psync_os *os, void *ctx, unsigned nslices)
{
	static const struct psync_config initial = {
		.mtu = PSYNC_MTU_DEFAULT,
		.format = PFSYNC_FORMAT_AUTO,
		.maxupd = PFSYNC_MAXUPDATES,
		.defer_delay = PFSYNC_DEFER_DELAY,
		.bulk_rate = PFSYNC_BULK_RATE,
		.bulk_bytes = PFSYNC_BULK_BYTES,
	};
	struct psync *sc;
	unsigned i;

	if (nslices == 0 || nslices > PSYNC_SLICES_MAX)
		return (NULL);
	sc = os->alloc(ctx, sizeof(*sc));
	if (sc == NULL)
		return (NULL);
	sc->os = os;
	sc->ctx = ctx;
	sc->locks = os->lock != NULL;
	sc->config = initial;
	sc->control_at = PSYNC_NEVER;
	sc->ask.silent_at = sc->bulk.next_at = PSYNC_NEVER;
	for (i = 0; i < PSYNC_SLICES_MAX; i++)
		sc->deferrals[i].at = PSYNC_NEVER;
	sc->slices = os->alloc(ctx, nslices * sizeof(*sc->slices));
	if (sc->slices == NULL) {
		os->free(ctx, sc, sizeof(*sc));
		return (NULL);
	}
	sc->nslices = nslices;
	sc->dialects = PSYNC_DIALECT_BIT(PSYNC_D_1301);
	for (i = 0; i < nslices; i++)
		if (!psync_slice_init(&sc->slices[i], sc, i, sc->dialects,
			frame_budget(&initial))) {
			psync_destroy(sc);
			return (NULL);
		}
	return (sc);
}

void
psync_destroy(struct psync *sc)
{
	unsigned i;

	psync_lock(sc, PSYNC_LOCK_MAIN);
	sc->active = false;
	psync_bulk_stop(sc);
	psync_bulk_give_up(sc);
	psync_unlock(sc, PSYNC_LOCK_MAIN);
	for (i = 0; i < sc->nslices; i++)
		if (sc->slices[i].mem != NULL) {
			sc->os->timer(sc->ctx, i, PSYNC_NEVER);
			psync_slice_fini(&sc->slices[i]);
		}
	sc->os->timer(sc->ctx, PSYNC_TIMER_BULK, PSYNC_NEVER);
	psync_defer_fini(sc);
	sc->os->free(sc->ctx, sc->slices, sc->nslices * sizeof(*sc->slices));
	sc->os->free(sc->ctx, sc, sizeof(*sc));
}

static bool
is_active(const struct psync_config *c)
{
	return (c->up && c->reachable);
}

static enum psync_error
config_check(const struct psync *sc, const struct psync_config *c)
{
	if (c->maxupd > PFSYNC_MAXUPDATES_MAX)
		return (PSYNC_ERR_MAXUPD);
	if (c->format != PFSYNC_FORMAT_AUTO && psync_dialect(c->format) == NULL)
		return (PSYNC_ERR_FORMAT);
	if (c->mtu < psync_mtu_min(c->format))
		return (PSYNC_ERR_MTU);
	if (c->defer && sc->os->defer_send == NULL)
		return (PSYNC_ERR_DEFER);
	if (c->defer_delay > PFSYNC_DEFER_DELAY_MAX ||
	    c->bulk_rate < PFSYNC_BULK_RATE_MIN ||
	    c->bulk_rate > PFSYNC_BULK_RATE_MAX ||
	    c->bulk_bytes < PFSYNC_BULK_BYTES_MIN ||
	    c->bulk_bytes > PFSYNC_BULK_BYTES_MAX)
		return (PSYNC_ERR_VALUE);
	return (PSYNC_ERR_NONE);
}

/* Puts defaults in the place of 0. */
static void
config_complete(struct psync_config *c)
{
	if (c->defer_delay == 0)
		c->defer_delay = PFSYNC_DEFER_DELAY;
	if (c->bulk_rate == 0)
		c->bulk_rate = PFSYNC_BULK_RATE;
	if (c->bulk_bytes == 0)
		c->bulk_bytes = PFSYNC_BULK_BYTES;
}

/* Milliseconds that a first packet is held under c; 0: none is. */
static unsigned
defer_delay(const struct psync_config *c)
{
	if (!c->defer || !is_active(c) || c->syncdev[0] == '\0')
		return (0);
	return (c->defer_delay);
}

/* Puts a slice of new dimensions in the place of an old one. */
static void
slice_exchange(struct psync_slice *s, struct psync_slice *fresh)
{
	struct psync_slice old;

	if (!psync_slice_flush(s))
		psync_slice_lose(s);
	old = *s;
	fresh->stats = s->stats;
	fresh->lag = s->lag;
	fresh->active = s->active;
	fresh->maxupd = s->maxupd;
	fresh->lost_at = s->lost_at;
	psync_slice_speak(fresh, s->dialects);
	*s = *fresh;
	*fresh = old;
	psync_slice_arm(s->sc, s);
}

/* Gives every slice frames of c's size.  False without memory. */
static bool
slices_resize(struct psync *sc, const struct psync_config *c)
{
	struct psync_slice *fresh;
	bool ok = true;
	unsigned i;

	fresh = sc->os->alloc(sc->ctx, sc->nslices * sizeof(*fresh));
	if (fresh == NULL)
		return (false);
	for (i = 0; i < sc->nslices && ok; i++)
		ok = psync_slice_init(&fresh[i], sc, i, sc->dialects,
		    frame_budget(c));
	psync_lock(sc, PSYNC_LOCK_MAIN);
	for (i = 0; i < sc->nslices && ok; i++) {
		psync_lock(sc, i);
		slice_exchange(&sc->slices[i], &fresh[i]);
		psync_unlock(sc, i);
	}
	psync_unlock(sc, PSYNC_LOCK_MAIN);
	for (i = 0; i < sc->nslices; i++)
		if (fresh[i].sc != NULL)
			psync_slice_fini(&fresh[i]);
	sc->os->free(sc->ctx, fresh, sc->nslices * sizeof(*fresh));
	return (ok);
}

static bool
same_path(const struct psync_config *a, const struct psync_config *b)
{
	return (psync_same(a->syncdev, b->syncdev, sizeof(a->syncdev)) &&
	    psync_same(a->syncpeer, b->syncpeer, sizeof(a->syncpeer)) &&
	    a->syncpeer_af == b->syncpeer_af);
}

enum psync_error
psync_configure(struct psync *sc, const struct psync_config *wanted)
{
	const struct psync_config old = sc->config;
	struct psync_config full = *wanted;
	const struct psync_config *c = &full;
	struct psync_slice *s;
	enum psync_error error;
	bool active, fresh, strangers;

	config_complete(&full);
	if ((error = config_check(sc, c)) != PSYNC_ERR_NONE)
		return (error);
	if (c->defer && !psync_defer_alloc(sc))
		return (PSYNC_ERR_NOMEM);
	if (frame_budget(c) != frame_budget(&old) && !slices_resize(sc, c))
		return (PSYNC_ERR_NOMEM);

	active = is_active(c);
	fresh = active && (!is_active(&old) || !same_path(c, &old));
	psync_lock(sc, PSYNC_LOCK_MAIN);
	sc->config = *c;
	sc->active = active;
	for (s = sc->slices; s < sc->slices + sc->nslices; s++) {
		psync_slice_lock(sc, s);
		s->maxupd = (uint8_t)c->maxupd;
		s->active = active;
		sc->inet6 = c->syncpeer_af == PSYNC_AF_INET6;
		if (!active)
			psync_slice_reset(s);
		if (!active || fresh)
			s->lost_at = PSYNC_NEVER; /* see missed, below */
		psync_defer_set(sc, s->number, defer_delay(c));
		if (fresh)
			psync_zero(&s->lag, sizeof(s->lag));
		psync_slice_unlock(sc, s);
	}
	if (is_active(&old) && (!active || fresh))
		sc->missed = true;
	if (!active || fresh) {
		sc->heard = 0;
		sc->acks = false;
		sc->ncontrol = 0;
		sc->control_at = PSYNC_NEVER;
		psync_bulk_stop(sc);
		if (!active || c->syncdev[0] == '\0')
			psync_bulk_give_up(sc);
	}
	if (fresh && !same_path(c, &old))
		psync_zero(&sc->peers, sizeof(sc->peers));
	else if (fresh)
		psync_peers_unlearn(&sc->peers);
	/* What waits is said as was configured when it happened. */
	if (c->format != old.format)
		(void)psync_flush_slices(sc);
	strangers = psync_speak_choose(sc) && active && !fresh;
	if (strangers && c->syncdev[0] != '\0')
		psync_bulk_send(sc);
	if (fresh && c->syncdev[0] != '\0') {
		/* Whoever is there now was not told what happened till now,
		 * nor what was there before us.  START first: who hears that
		 * need not ask. */
		if (sc->missed)
			psync_bulk_send(sc);
		else
			psync_bulk_send_any(sc);
		psync_bulk_ask(sc);
		sc->missed = false;
	}
	psync_unlock(sc, PSYNC_LOCK_MAIN);
	psync_defer_leave(sc);
	return (PSYNC_ERR_NONE);
}

enum psync_error
psync_resync(struct psync *sc)
{
	enum psync_error error = PSYNC_ERR_DOWN;

	psync_lock(sc, PSYNC_LOCK_MAIN);
	if (sc->active && sc->config.syncdev[0] != '\0') {
		psync_bulk_ask(sc);
		error = PSYNC_ERR_NONE;
	}
	psync_unlock(sc, PSYNC_LOCK_MAIN);
	return (error);
}

void
psync_missed(struct psync *sc)
{
	psync_lock(sc, PSYNC_LOCK_MAIN);
	psync_bulk_missed(sc);
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

/*
 * Timers.
 */

void
psync_main_timer(struct psync *sc)
{
	uint64_t due = psync_bulk_due(sc);

	if (sc->control_at < due)
		due = sc->control_at;
	sc->os->timer(sc->ctx, PSYNC_TIMER_BULK, due);
}

static void
main_timer(struct psync *sc)
{
	uint64_t now;

	psync_lock(sc, PSYNC_LOCK_MAIN);
	now = psync_now(sc);
	if (now >= sc->control_at)
		(void)psync_control_run(sc);
	psync_bulk_send_run(sc, now);
	psync_bulk_ask_run(sc, now);
	psync_main_timer(sc);
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

/* The next whole table may be sent so much later than this one. */
static uint32_t
good_interval(const struct psync *sc, bool again)
{
	if (!again || sc->good_ms == 0)
		return (PSYNC_GOOD_INTERVAL);
	return (sc->good_ms < PSYNC_GOOD_INTERVAL_MAX / 2 ?
		2 * sc->good_ms :
		PSYNC_GOOD_INTERVAL_MAX);
}

/*
 * Changes were lost, in whichever slices: all that is here makes it good.  Not
 * too often: a link that is too slow for the changes would only lose more.
 */
static void
make_good(struct psync *sc, struct psync_slice *lost)
{
	struct psync_slice *s;
	bool again = false;
	uint64_t now;

	psync_lock(sc, PSYNC_LOCK_MAIN);
	now = psync_now(sc);
	if (now < sc->good_at) {
		psync_slice_lock(sc, lost);
		lost->lost_at = sc->good_at;
		psync_slice_arm(sc, lost);
		psync_slice_unlock(sc, lost);
	} else if (sc->active) {
		for (s = sc->slices; s < sc->slices + sc->nslices; s++) {
			psync_slice_lock(sc, s);
			s->lost_at = PSYNC_NEVER;
			again |= s->lost_again;
			s->lost_again = false;
			psync_slice_unlock(sc, s);
		}
		sc->good_ms = good_interval(sc, again);
		sc->good_at = now + sc->good_ms;
		psync_bulk_send(sc);
	}
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

static void
slice_timer(struct psync *sc, struct psync_slice *s)
{
	uint64_t now = psync_now(sc);
	bool defer, lost;

	psync_slice_lock(sc, s);
	if (now >= s->deadline && now >= s->retry_at)
		(void)psync_slice_flush(s);
	lost = now >= s->lost_at && s->retry_at == 0;
	defer = now >= sc->deferrals[s->number].at;
	if (!defer)
		psync_slice_arm(sc, s);
	psync_slice_unlock(sc, s);
	if (defer)
		psync_defer_run(sc, s->number);
	if (lost)
		make_good(sc, s);
}

void
psync_timer(struct psync *sc, unsigned i)
{
	if (i == PSYNC_TIMER_BULK)
		main_timer(sc);
	else if (i < sc->nslices)
		slice_timer(sc, &sc->slices[i]);
}

/* The messages of these, and adds the length of a frame of them. */
static unsigned
region_status(const struct psync_region region[PSYNC_KINDS], unsigned *bytes)
{
	unsigned len = PSYNC_HEADER_LEN + PSYNC_SUBHEADER_LEN, n = 0;
	const struct psync_region *r;

	for (r = region; r < region + PSYNC_KINDS; r++)
		if (r->count > 0) {
			n += r->count;
			len += PSYNC_SUBHEADER_LEN + r->count * r->size;
		}
	*bytes += n > 0 ? len : 0;
	return (n);
}

/* What waits in a slice, and how long the last waited.  Slice locked. */
static void
slice_status(const struct psync_slice *s, uint64_t now,
    struct psync_status *status, uint64_t *latest)
{
	unsigned pending = region_status(s->region, &status->pending_bytes);

	if (s->leaving.at.dialects != 0)
		pending += region_status(s->leaving.region,
		    &status->pending_bytes);
	status->pending += pending;
	if (pending > 0 && s->lag.since != 0 &&
	    now - s->lag.since > status->oldest)
		status->oldest = now - s->lag.since;
	if (s->lag.sent_at >= *latest) {
		*latest = s->lag.sent_at;
		status->lag = s->lag.last;
	}
	if (s->lag.max > status->lag_max)
		status->lag_max = s->lag.max;
}

static void
bulk_status(const struct psync_ask *a, uint64_t now,
    struct psync_status *status)
{
	status->bulk = a->result;
	status->bulk_states = a->states;
	status->bulk_ms = a->took;
	status->bulk_age = PSYNC_NEVER;
	if (a->result == PSYNC_BULK_RUNNING)
		status->bulk_ms = now - a->asked_at;
	if (a->result != PSYNC_BULK_NONE)
		status->bulk_age = now - a->asked_at;
	status->bulk_tries = a->tries;
	psync_copy(status->bulk_from, a->from, sizeof(status->bulk_from));
	status->bulk_af = a->from_af;
	status->syncok = a->result == PSYNC_BULK_OK;
	status->demotion = a->demoted ? PSYNC_BULK_DEMOTION : 0;
}

void
psync_status(struct psync *sc, struct psync_status *status)
{
	uint64_t latest = 0, now, told_at;
	unsigned i;

	psync_zero(status, sizeof(*status));
	psync_lock(sc, PSYNC_LOCK_MAIN);
	now = psync_now(sc);
	status->config = sc->config;
	status->dialects = sc->dialects;
	status->npeers = psync_peers_alive(&sc->peers, now);
	told_at = psync_peers_told_at(&sc->peers);
	status->update_age = told_at == 0 ? PSYNC_NEVER : now - told_at;
	bulk_status(&sc->ask, now, status);
	status->sending_bulk = sc->bulk.sending;
	status->collision = sc->collided_at != 0 &&
	    now - sc->collided_at < PSYNC_COLLISION_INTERVAL;
	status->pending = sc->ncontrol;
	for (i = 0; i < sc->nslices; i++) {
		psync_lock(sc, i);
		status->deferred += sc->deferrals[i].npackets;
		slice_status(&sc->slices[i], now, status, &latest);
		psync_unlock(sc, i);
	}
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}
