/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sending: frames of slices, and control messages (CLR, BUS, the request for
 * everything), which go in frames of their own after everything before them.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/speak.h"
#include "net/pfsync/transcode.h"
#include "net/pfsync/wire.h"

enum psync_sent
psync_output(struct psync *sc, struct pfsyncxstats *stats, const uint8_t *frame,
    size_t len)
{
	enum psync_sent sent = sc->os->output(sc->ctx, frame, len);

	if (sent == PSYNC_NOBUFS)
		stats->base.pfsyncs_onomem++;
	else if (sent == PSYNC_UNREACHABLE || sent == PSYNC_UNSENDABLE)
		stats->base.pfsyncs_oerrors++;
	else if (sent == PSYNC_SENT && sc->inet6)
		stats->base.pfsyncs_opackets6++;
	else if (sent == PSYNC_SENT)
		stats->base.pfsyncs_opackets++;
	return (sent);
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

void
psync_writable(struct psync *sc)
{
	struct psync_slice *s;
	bool empty = true;

	psync_lock(sc, PSYNC_LOCK_MAIN);
	for (s = sc->slices; s < sc->slices + sc->nslices && empty; s++) {
		psync_slice_lock(sc, s);
		if (s->retry_at != 0) {
			s->retry_at = 1; /* long ago */
			empty = psync_slice_flush(s);
		}
		psync_slice_unlock(sc, s);
	}
	if (empty && psync_control_run(sc))
		psync_bulk_go_on(sc);
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

/* Sends it in one version.  False if the link is stuck. */
static bool
control_say(struct psync *sc, const struct psync_control *c,
    const struct psync_version *v)
{
	uint8_t frame[PSYNC_HEADER_LEN + 2 * PSYNC_SUBHEADER_LEN +
	    PSYNC_CONTROL_LEN];
	uint8_t number = v->action[c->message];
	const struct psync_action *a = &v->actions[number];
	size_t at = PSYNC_HEADER_LEN;
	enum psync_sent sent;

	at += psync_put_group(frame, at, v, number, 1);
	psync_transcode_plain(a, c->body, c->len, frame + at);
	at = psync_end_frame(frame, at + a->size, v,
	    (c->versions & (1U << PSYNC_V_5)) != 0, sc->os->checksum(sc->ctx));
	sent = psync_output(sc, &sc->stats, frame, at);
	if (sent == PSYNC_SENT) {
		sc->stats.base.pfsyncs_oacts[a->counter]++;
		if (v->framing == PSYNC_FRAME_EOF)
			sc->stats.base.pfsyncs_oacts[PFSYNC_ACT_EOF]++;
	}
	return (sent != PSYNC_NOBUFS && sent != PSYNC_UNREACHABLE);
}

void
psync_lost(struct psync *sc)
{
	struct psync_slice *s = &sc->slices[0];

	psync_slice_lock(sc, s);
	if (s->active) {
		s->stats.losses++;
		psync_slice_lose(s);
	}
	psync_slice_unlock(sc, s);
}

void
psync_send_later(struct psync *sc)
{
	psync_lock(sc, 0);
	psync_slice_lose(&sc->slices[0]);
	psync_unlock(sc, 0);
}

/* In every version that is spoken; in those once. */
static bool
control_send(struct psync *sc, struct psync_control *c)
{
	unsigned i;

	if (c->versions == 0)
		c->versions = (uint8_t)(c->only &
		    psync_speak_versions(sc, c->message));
	for (i = 0; i < PSYNC_VERSIONS; i++) {
		if ((c->versions & ~c->said & (1U << i)) == 0)
			continue;
		if (!control_say(sc, c, &psync_versions[i]))
			return (false);
		c->said |= (uint8_t)(1U << i);
	}
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

/*
 * One that waits and says the same need not be said twice: the later one is in
 * the right place for both.  A whole CLR stands for those of single interfaces,
 * and of BUS the last START and the last END count.
 */
static bool
superseded(const struct psync_control *c, enum psync_message message,
    unsigned versions, const uint8_t *body, size_t len)
{
	if (c->message != message || c->said != 0 || c->only != versions)
		return (false);
	if (message == PSYNC_M_BUS)
		return (c->body[8] == body[8]);
	if (message == PSYNC_M_CLR && body[0] == '\0')
		return (psync_same(c->body + PSYNC_IFNAMSIZ,
		    body + PSYNC_IFNAMSIZ, sizeof(uint32_t)));
	return (c->len == len && psync_same(c->body, body, len));
}

static void
control_supersede(struct psync *sc, enum psync_message message,
    unsigned versions, const uint8_t *body, size_t len)
{
	unsigned i, kept = 0;

	for (i = 0; i < sc->ncontrol; i++)
		if (!superseded(&sc->control[i], message, versions, body, len))
			sc->control[kept++] = sc->control[i];
	sc->ncontrol = kept;
}

void
psync_control(struct psync *sc, enum psync_message message, unsigned versions,
    const void *body, size_t len)
{
	struct psync_control *c;

	control_supersede(sc, message, versions, body, len);
	if (sc->ncontrol == PSYNC_CONTROL_MAX) {
		sc->stats.overflows++;
		return;
	}
	c = &sc->control[sc->ncontrol++];
	psync_zero(c, sizeof(*c));
	c->message = (uint8_t)message;
	c->only = (uint8_t)versions;
	c->len = (uint8_t)len;
	psync_copy(c->body, body, len);
	if (!psync_control_run(sc))
		psync_main_timer(sc);
}
