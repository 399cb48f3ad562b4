/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Received packets.  Three steps: the packet as such, then every value of every
 * message, and only when all of that is good the messages are applied, in
 * order, by apply.c.
 */

#include "net/pfsync/answer.h"
#include "net/pfsync/apply.h"
#include "net/pfsync/bytes.h"
#include "net/pfsync/speak.h"
#include "net/pfsync/stats.h"

static bool
values_ok(const struct psync_group *g)
{
	const struct psync_layout *layout = g->action->layout;
	const struct psync_handler *h = &psync_handlers[g->action->message];
	const uint8_t *w = g->messages;
	unsigned i;

	for (i = 0; i < g->count; i++, w += g->size)
		if ((layout != NULL && !psync_message_ok(layout, w)) ||
		    (h->check != NULL && !h->check(g, w)))
			return (false);
	return (true);
}

/* Finds nothing wrong, and which layout its full states have, if any. */
static enum pfsync_refusal
packet_check(const struct psync *sc, const struct psync_packet *pkt,
    const struct psync_layout **state)
{
	struct psync_group g;
	enum pfsync_refusal why;
	size_t offset = PSYNC_HEADER_LEN;

	if (!sc->active || sc->config.syncdev[0] == '\0')
		return (PFSYNC_R_DOWN);
	if (!pkt->on_syncdev)
		return (PFSYNC_R_IFACE);
	if (pkt->ttl != PFSYNC_TTL)
		return (PFSYNC_R_TTL);
	if ((why = psync_frame_check(pkt->frame, pkt->len)) != PFSYNC_OK)
		return (why);

	while (psync_frame_next(pkt->frame, pkt->len, &offset, &g)) {
		if (!values_ok(&g))
			return (PFSYNC_R_VALUE);
		if (g.action->message == PSYNC_M_INS ||
		    g.action->message == PSYNC_M_UPD)
			*state = g.action->layout;
	}
	return (PFSYNC_OK);
}

static void
packet_apply(struct psync *sc, const struct psync_packet *pkt,
    const struct psync_layout *state)
{
	struct psync_input in = { .sc = sc, .now = psync_now(sc) };
	const bool sending = sc->bulk.sending;
	size_t offset = PSYNC_HEADER_LEN;
	bool newcomer, stranger;

	in.from = psync_peer_heard(&sc->peers, pkt, in.now);
	if (++sc->heard == 0)
		sc->heard = 1;
	/* One of ours: it came, or is to come, in version 5 as well. */
	if (pkt->frame[0] != PFSYNC_VERSION &&
	    (pkt->frame[1] & PFSYNC_SPEAKS_REPEATED) != 0) {
		sc->stats.repeated++;
		return;
	}
	newcomer = in.from->version == 0;
	stranger = psync_speak_learn(sc, in.from, pkt->frame, state);
	in.same_rules = psync_same(pkt->frame + 4, sc->os->checksum(sc->ctx),
	    PFSYNC_CKSUM_LEN);
	while (psync_frame_next(pkt->frame, pkt->len, &offset, &in.g)) {
		if (in.g.action->counter < PFSYNC_ACT_MAX)
			sc->stats.base.pfsyncs_iacts[in.g.action->counter] +=
			    in.g.count;
		psync_handlers[in.g.action->message].apply(&in, in.g.messages,
		    in.g.count);
	}
	psync_answer_flush(sc);
	if (newcomer)
		psync_bulk_newcomer(sc, in.from, in.now);
	/* Unless it has just been given what it asked for. */
	if (stranger && (sending || !sc->bulk.sending)) {
		if (psync_allowed(&in, PSYNC_LIMIT_TABLE))
			psync_bulk_send(sc);
		else
			psync_send_later(sc);
	}
}

enum pfsync_refusal
psync_input(struct psync *sc, const struct psync_packet *pkt)
{
	const struct psync_layout *state = NULL;
	enum pfsync_refusal why;
	bool leaving;

	psync_lock(sc, PSYNC_LOCK_MAIN);
	if (pkt->af == PSYNC_AF_INET6)
		sc->stats.base.pfsyncs_ipackets6++;
	else
		sc->stats.base.pfsyncs_ipackets++;
	why = packet_check(sc, pkt, &state);
	if (why == PFSYNC_OK)
		packet_apply(sc, pkt, state);
	else
		psync_refuse(&sc->stats, why);
	leaving = sc->leaving;
	sc->leaving = false;
	psync_unlock(sc, PSYNC_LOCK_MAIN);
	if (leaving)
		psync_defer_leave(sc);
	return (why);
}
