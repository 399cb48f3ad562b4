/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The engine's life and configuration, pf's hooks, control messages, timers.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/stats.h"
#include "net/pfsync/wire.h"

/* A peer updated a state less than so long ago: tell it at once, it works on
 * the same connection. */
#define RECENT 2 /* seconds */

/* One pending message of each kind has to fit. */
unsigned
psync_mtu_min(unsigned format)
{
	const struct psync_format *f = psync_format(format);

	return (PSYNC_IPV6_LEN + PSYNC_HEADER_LEN + 2 * PSYNC_SUBHEADER_LEN +
	    (f == NULL ? 0 : f->state->size));
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
		.format = PFSYNC_FORMAT_1400,
		.maxupd = PFSYNC_MAXUPDATES,
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
	sc->config = initial;
	sc->control_at = PSYNC_NEVER;
	sc->bulk.silent_at = sc->bulk.next_at = PSYNC_NEVER;
	sc->slices = os->alloc(ctx, nslices * sizeof(*sc->slices));
	if (sc->slices == NULL) {
		os->free(ctx, sc, sizeof(*sc));
		return (NULL);
	}
	sc->nslices = nslices;
	for (i = 0; i < nslices; i++)
		if (!psync_slice_init(&sc->slices[i], sc, i,
			psync_format(initial.format), frame_budget(&initial))) {
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
	psync_unlock(sc, PSYNC_LOCK_MAIN);
	for (i = 0; i < sc->nslices; i++)
		if (sc->slices[i].mem != NULL) {
			sc->os->timer(sc->ctx, i, PSYNC_NEVER);
			psync_slice_fini(&sc->slices[i]);
		}
	sc->os->timer(sc->ctx, PSYNC_TIMER_BULK, PSYNC_NEVER);
	sc->os->free(sc->ctx, sc->slices, sc->nslices * sizeof(*sc->slices));
	sc->os->free(sc->ctx, sc, sizeof(*sc));
}

static enum psync_error
config_check(const struct psync_config *c)
{
	if (c->maxupd > PFSYNC_MAXUPDATES_MAX)
		return (PSYNC_ERR_MAXUPD);
	if (psync_format(c->format) == NULL)
		return (PSYNC_ERR_FORMAT);
	if (c->mtu < psync_mtu_min(c->format))
		return (PSYNC_ERR_MTU);
	return (PSYNC_ERR_NONE);
}

/* Puts a slice of new dimensions in the place of an old one. */
static void
slice_exchange(struct psync_slice *s, struct psync_slice *fresh)
{
	struct psync_slice old = *s;

	(void)psync_slice_flush(s);
	fresh->stats = s->stats;
	fresh->lost = s->lost || s->nentries > 1;
	*s = *fresh;
	*fresh = old;
}

/* Gives every slice frames of c's format and size.  False without memory. */
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
		ok = psync_slice_init(&fresh[i], sc, i, psync_format(c->format),
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

static bool
is_active(const struct psync_config *c)
{
	return (c->up && c->reachable);
}

enum psync_error
psync_configure(struct psync *sc, const struct psync_config *c)
{
	const struct psync_config old = sc->config;
	struct psync_slice *s;
	enum psync_error error;
	bool active, fresh;

	if ((error = config_check(c)) != PSYNC_ERR_NONE)
		return (error);
	if ((c->mtu != old.mtu || c->format != old.format ||
		frame_budget(c) != frame_budget(&old)) &&
	    !slices_resize(sc, c))
		return (PSYNC_ERR_NOMEM);

	active = is_active(c);
	fresh = active && (!is_active(&old) || !same_path(c, &old));
	psync_lock(sc, PSYNC_LOCK_MAIN);
	sc->config = *c;
	sc->active = active;
	for (s = sc->slices; s < sc->slices + sc->nslices; s++) {
		psync_lock(sc, s->number);
		s->maxupd = c->maxupd;
		s->active = active;
		sc->inet6 = c->syncpeer_af == PSYNC_AF_INET6;
		if (!active)
			psync_slice_reset(s);
		psync_unlock(sc, s->number);
	}
	if (!active || fresh) {
		sc->ncontrol = 0;
		sc->control_at = PSYNC_NEVER;
		psync_bulk_stop(sc);
	}
	if (fresh && c->syncdev[0] != '\0')
		psync_bulk_ask(sc);
	psync_unlock(sc, PSYNC_LOCK_MAIN);
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

uint32_t
psync_now_s(struct psync *sc)
{
	/* 0 stands for never. */
	return ((uint32_t)(psync_now(sc) / 1000) + 1);
}

/*
 * Hooks.
 */

/* A change that found no room: the peers will need the whole table. */
static void
hook_done(struct psync_slice *s, bool queued, unsigned ms)
{
	if (queued)
		psync_slice_urge(s, ms);
	else {
		s->stats.overflows++;
		s->lost = true;
	}
}

void
psync_insert(struct psync *sc, const struct psync_state *st)
{
	struct psync_slice *s;

	if (!sc->active || (st->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	s = psync_slice_of(sc, st->id);
	psync_lock(sc, s->number);
	if (s->active)
		hook_done(s, psync_queue_state(s, PSYNC_E_INSERT, st),
		    PSYNC_SOON);
	psync_unlock(sc, s->number);
}

/* How soon the peers must know of a change. */
static unsigned
change_urgency(struct psync *sc, const struct psync_change *c)
{
	uint8_t pair = (uint8_t)(c->src->state << 4 | c->dst->state);
	unsigned ms = PSYNC_LATER;

	if (c->told == NULL) {
		if (c->timeout != PSYNC_TM_TCP_ESTABLISHED)
			ms = PSYNC_SOON;
	} else if (*c->told != pair) {
		*c->told = pair;
		ms = PSYNC_SOON;
	}
	if (c->peer_time != 0 && psync_now_s(sc) - c->peer_time < RECENT)
		ms = PSYNC_AT_ONCE;
	return (ms);
}

void
psync_update(struct psync *sc, const struct psync_change *c)
{
	struct psync_slice *s;
	unsigned ms;

	if (!sc->active || (c->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	s = psync_slice_of(sc, c->id);
	psync_lock(sc, s->number);
	if (s->active) {
		ms = s->maxupd <= 1 ? PSYNC_AT_ONCE : change_urgency(sc, c);
		hook_done(s, psync_queue_change(s, c), ms);
	}
	psync_unlock(sc, s->number);
}

void
psync_delete(struct psync *sc, const struct psync_change *c, bool expired)
{
	struct psync_slice *s;

	if (!sc->active || (c->state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	if (expired && c->told != NULL && *c->told == PSYNC_TOLD_PEER)
		return;
	s = psync_slice_of(sc, c->id);
	psync_lock(sc, s->number);
	if (s->active)
		hook_done(s,
		    psync_queue_key(s, PSYNC_E_DELETE, c->id, c->creatorid),
		    PSYNC_SOON);
	psync_unlock(sc, s->number);
}

void
psync_clear(struct psync *sc, uint32_t creatorid, const char *ifname)
{
	uint8_t message[sizeof(struct pfsync_clr)] = { 0 };
	unsigned i;

	for (i = 0; i < PSYNC_IFNAMSIZ - 1 && ifname[i] != '\0'; i++)
		message[i] = (uint8_t)ifname[i];
	psync_copy(message + PSYNC_IFNAMSIZ, &creatorid, sizeof(creatorid));
	psync_lock(sc, PSYNC_LOCK_MAIN);
	if (sc->active)
		psync_control(sc, PFSYNC_ACT_CLR, message, sizeof(message));
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

/*
 * Sending.
 */

bool
psync_output(struct psync *sc, struct pfsyncxstats *stats, const uint8_t *frame,
    size_t len)
{
	switch (sc->os->output(sc->ctx, frame, len)) {
	case PSYNC_SENT:
		if (sc->inet6)
			stats->base.pfsyncs_opackets6++;
		else
			stats->base.pfsyncs_opackets++;
		return (true);
	case PSYNC_NOBUFS:
		stats->base.pfsyncs_onomem++;
		return (false);
	case PSYNC_UNREACHABLE:
		stats->base.pfsyncs_oerrors++;
		return (false);
	default:
		stats->base.pfsyncs_oerrors++;
		return (true);
	}
}

bool
psync_flush_slices(struct psync *sc)
{
	bool empty = true;
	unsigned i;

	for (i = 0; i < sc->nslices; i++) {
		psync_lock(sc, i);
		empty &= psync_slice_flush(&sc->slices[i]);
		psync_unlock(sc, i);
	}
	return (empty);
}

void
psync_flush(struct psync *sc)
{
	psync_lock(sc, PSYNC_LOCK_MAIN);
	(void)psync_flush_slices(sc);
	(void)psync_control_run(sc);
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

static bool
control_send(struct psync *sc, const struct psync_control *c)
{
	uint8_t frame[PSYNC_HEADER_LEN + 2 * PSYNC_SUBHEADER_LEN +
	    sizeof(c->message)];
	uint8_t *w = frame + PSYNC_HEADER_LEN;

	w += psync_put_subheader(w, c->action, 1);
	psync_copy(w, c->message, c->len);
	w += c->len;
	w += psync_put_subheader(w, PFSYNC_ACT_EOF, 1);
	(void)psync_put_header(frame, (size_t)(w - frame),
	    sc->os->checksum(sc->ctx));
	if (!psync_output(sc, &sc->stats, frame, (size_t)(w - frame)))
		return (false);
	sc->stats.base.pfsyncs_oacts[c->action]++;
	sc->stats.base.pfsyncs_oacts[PFSYNC_ACT_EOF]++;
	return (true);
}

bool
psync_control_run(struct psync *sc)
{
	unsigned done = 0, i;

	while (done < sc->ncontrol && psync_flush_slices(sc) &&
	    control_send(sc, &sc->control[done]))
		done++;
	sc->ncontrol -= done;
	for (i = 0; done > 0 && i < sc->ncontrol; i++)
		sc->control[i] = sc->control[i + done];
	sc->control_at = PSYNC_NEVER;
	if (sc->ncontrol > 0)
		sc->control_at = psync_now(sc) + PSYNC_RETRY_MIN;
	return (sc->ncontrol == 0);
}

void
psync_control(struct psync *sc, uint8_t action, const void *message, size_t len)
{
	struct psync_control *c;

	if (sc->ncontrol == PSYNC_CONTROL_MAX) {
		sc->stats.overflows++;
		return;
	}
	c = &sc->control[sc->ncontrol++];
	c->action = action;
	c->len = (uint8_t)len;
	psync_copy(c->message, message, len);
	if (!psync_control_run(sc))
		psync_main_timer(sc);
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
	psync_bulk_run(sc, now);
	psync_main_timer(sc);
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

static void
slice_timer(struct psync *sc, struct psync_slice *s)
{
	uint64_t at;
	bool lost;

	psync_lock(sc, s->number);
	at = s->deadline > s->retry_at ? s->deadline : s->retry_at;
	if (psync_now(sc) < at)
		sc->os->timer(sc->ctx, s->number, at);
	else
		(void)psync_slice_flush(s);
	lost = s->lost && s->retry_at == 0;
	if (lost)
		s->lost = false;
	psync_unlock(sc, s->number);

	if (lost) {
		psync_lock(sc, PSYNC_LOCK_MAIN);
		if (sc->active)
			psync_bulk_send(sc);
		psync_unlock(sc, PSYNC_LOCK_MAIN);
	}
}

void
psync_timer(struct psync *sc, unsigned i)
{
	if (i == PSYNC_TIMER_BULK)
		main_timer(sc);
	else if (i < sc->nslices)
		slice_timer(sc, &sc->slices[i]);
}

void
psync_status(struct psync *sc, struct psync_status *status)
{
	const struct psync_bulk *b = &sc->bulk;
	unsigned i;
	uint64_t now;

	psync_zero(status, sizeof(*status));
	psync_lock(sc, PSYNC_LOCK_MAIN);
	now = psync_now(sc);
	status->config = sc->config;
	status->npeers = psync_peers_alive(&sc->peers, now);
	status->bulk = b->result;
	status->bulk_states = b->states;
	status->bulk_ms = b->took;
	if (b->result == PSYNC_BULK_RUNNING)
		status->bulk_ms = now - b->asked_at;
	status->sending_bulk = b->sending;
	status->syncok = b->result == PSYNC_BULK_OK;
	status->pending = sc->ncontrol;
	for (i = 0; i < sc->nslices; i++) {
		const struct psync_region *r = sc->slices[i].region;

		psync_lock(sc, i);
		for (; r < sc->slices[i].region + PSYNC_KINDS; r++)
			status->pending += r->count;
		psync_unlock(sc, i);
	}
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}
