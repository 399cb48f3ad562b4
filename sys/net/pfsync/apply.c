/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What messages do to the state table.  Their values have been checked, and so
 * have those of all others in the packet.  Which actions of which version are
 * of a kind, dialect.c says.
 */

#include "net/pfsync/answer.h"
#include "net/pfsync/apply.h"
#include "net/pfsync/bytes.h"
#include "net/pfsync/ifmap.h"
#include "net/pfsync/merge.h"
#include "net/pfsync/stats.h"
#include "net/pfsync/tdb.h"

#define PROTO_TCP 6

static void
refuse(struct psync_input *in, enum pfsync_refusal why)
{
	psync_refuse(&in->sc->stats, why);
	psync_peer_refused(in->from, why);
}

bool
psync_allowed(struct psync_input *in, enum psync_limit what)
{
	if (psync_limit_take(&in->from->limits, &in->sc->limits, what, in->now))
		return (true);
	refuse(in, PFSYNC_R_RATE);
	return (false);
}

/* Was it deleted just now? */
static bool
is_gone(struct psync_input *in, uint64_t id, uint32_t creatorid)
{
	struct psync_slice *s = psync_slice_of(in->sc, id);
	const struct psync_asked *g;
	bool gone;

	psync_slice_lock(in->sc, s);
	g = psync_gone_of(in->sc, s, id);
	gone = g->creatorid == creatorid && g->id == id &&
	    in->now < g->at + PSYNC_GONE_MS;
	psync_slice_unlock(in->sc, s);
	return (gone);
}

/*
 * Somebody else calls itself by our host id: only the firewall that made a
 * state inserts it, and only its sender names itself in BUS.
 */
static void
collision(struct psync_input *in)
{
	struct psync *sc = in->sc;

	sc->stats.collisions++;
	if (sc->collided_at != 0 &&
	    in->now - sc->collided_at < PSYNC_COLLISION_INTERVAL)
		return;
	sc->collided_at = in->now;
	if (sc->os->collision != NULL)
		sc->os->collision(sc->ctx, sc->os->hostid(sc->ctx),
		    in->from->addr, in->from->af);
}

static uint32_t
view_hash(uint32_t h, const struct psync_peer *p)
{
	const uint32_t words[] = { p->seqlo, p->seqhi,
		(uint32_t)p->max_win << 8 | p->state };
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		h = (h ^ words[i]) * 0x9e3779b1U;
	return (h ^ h >> 15);
}

/* Has this very view been sent as a correction just now?  Now it is. */
static bool
corrected(struct psync_input *in, const struct psync_change *c)
{
	struct psync_corrected *k =
	    &in->sc->corrected[psync_hash(c->id) % PSYNC_ASKED_MAX];
	uint32_t view = view_hash(view_hash(0, c->src), c->dst);

	if (k->id == c->id && k->creatorid == c->creatorid && k->view == view &&
	    in->now - k->at < PSYNC_CORRECT_MS)
		return (true);
	*k = (struct psync_corrected) { .id = c->id,
		.at = in->now,
		.creatorid = c->creatorid,
		.view = view };
	return (false);
}

/*
 * A peer's view of a state that is here, locked: what is newer is taken, and
 * where ours is newer the peer is told.  Unlocks.
 */
static void
merge(struct psync_input *in, void *st, const struct psync_change *remote)
{
	struct psync *sc = in->sc;
	struct psync_peer src, dst;
	struct psync_change c;
	enum psync_verdict vs, vd;
	bool newer, stale, scrub, unacked;

	sc->os->state_change(sc->ctx, st, &c);
	if (!psync_peer_state_ok(c.proto, remote->src->state) ||
	    !psync_peer_state_ok(c.proto, remote->dst->state)) {
		sc->os->state_release(sc->ctx, st);
		refuse(in, PFSYNC_R_PEER);
		return;
	}
	vs = psync_merge(c.src, remote->src, c.proto, &src);
	vd = psync_merge(c.dst, remote->dst, c.proto, &dst);
	unacked = c.proto == PROTO_TCP &&
	    c.creatorid == sc->os->hostid(sc->ctx) &&
	    psync_merge_unacked(c.dst, remote->dst, &src, &dst);

	newer = unacked || vs == PSYNC_TAKE || vs == PSYNC_JOIN ||
	    vd == PSYNC_TAKE || vd == PSYNC_JOIN;
	stale = vs == PSYNC_KEEP || vs == PSYNC_JOIN || vd == PSYNC_KEEP ||
	    vd == PSYNC_JOIN;

	/* A view that is behind may still be the first to say this. */
	scrub = src.scrub > c.src->scrub || dst.scrub > c.dst->scrub;

	/* A timeout belongs to a pair of peer states: to theirs, ours, or a
	 * pair that nobody has had yet. */
	if (!stale && !unacked)
		c.timeout = remote->timeout;
	else if (newer && c.proto == PROTO_TCP)
		c.timeout = psync_tcp_timeout(src.state, dst.state);

	c.src = &src;
	c.dst = &dst;
	if (stale)
		refuse(in, PFSYNC_R_STALE);
	if (unacked)
		psync_answer_change_twice(sc, &c);
	else if (stale) {
		if (!corrected(in, &c) &&
		    psync_allowed(in, PSYNC_LIMIT_CORRECT))
			psync_answer_change(sc, &c);
	} else if (c.told != NULL)
		*c.told = PSYNC_TOLD_PEER;
	if (newer || scrub || !stale)
		sc->os->state_update(sc->ctx, st, &src, &dst, c.timeout);
	else
		sc->os->state_release(sc->ctx, st);
}

/*
 * What a message says and a state here cannot is left out; unless that made
 * another state of it.
 */
static enum pfsync_refusal
decode(struct psync_input *in, const uint8_t *w, struct psync_state *st)
{
	unsigned lost = psync_decode(in->g.action->layout, w, st);

	if ((lost & PSYNC_LOST_RDOMAIN) != 0)
		return (PFSYNC_R_RTABLE);
	if ((lost & PSYNC_LOST_ROUTE) != 0)
		return (PFSYNC_R_ROUTE);
	if ((lost & PSYNC_LOST_ALL) != 0)
		return (PFSYNC_R_PROTO);
	if (lost != 0)
		in->sc->stats.unmapped++;
	return (PFSYNC_OK);
}

/* INS and UPD: the same, but for who needs to know. */
static void
full_state(struct psync_input *in, const uint8_t *w)
{
	struct psync *sc = in->sc;
	enum pfsync_refusal why;
	struct psync_change remote;
	struct psync_state st;
	bool ack;
	void *local;

	why = decode(in, w, &st);
	if (why != PFSYNC_OK) {
		refuse(in, why);
		return;
	}
	psync_ifmap_state(&sc->ifmap, &st);
	ack = (st.state_flags & PSYNC_STATE_ACK) != 0;
	st.state_flags &= ~(PSYNC_STATE_ACK | PSYNC_STATE_NOSYNC);
	local = sc->os->state_find(sc->ctx, st.id, st.creatorid);
	if (local == NULL && is_gone(in, st.id, st.creatorid)) {
		refuse(in, PFSYNC_R_STALE);
		return;
	}
	if (local == NULL) {
		if (in->g.action->message == PSYNC_M_INS &&
		    st.creatorid == sc->os->hostid(sc->ctx))
			collision(in);
		why = sc->os->state_insert(sc->ctx, &st, in->same_rules);
		if (why != PFSYNC_OK) {
			refuse(in, why);
			return;
		}
	} else {
		remote.id = st.id;
		remote.creatorid = st.creatorid;
		remote.src = &st.src;
		remote.dst = &st.dst;
		remote.timeout = st.timeout;
		merge(in, local, &remote);
	}
	if (ack)
		psync_answer_key(sc, PSYNC_E_ACK, st.id, st.creatorid);
}

static void
apply_ins(struct psync_input *in, const uint8_t *w, unsigned count)
{
	psync_peer_told(in->from, in->now, count);
	for (; count > 0; count--, w += in->g.size)
		full_state(in, w);
}

/* Full updates are what bulk updates are made of. */
static void
apply_upd(struct psync_input *in, const uint8_t *w, unsigned count)
{
	apply_ins(in, w, count);
	psync_bulk_progress(in->sc, in->from, count);
}

/*
 * Asks the peer for a state it updates and we do not have.  One that it sends
 * and we cannot place is not asked for again at every update.
 */
static void
ask_for(struct psync_input *in, uint64_t id, uint32_t creatorid)
{
	struct psync_asked *a =
	    &in->sc->asked[psync_hash(id) % PSYNC_ASKED_MAX];
	bool again = a->id == id && a->creatorid == creatorid;

	if (again &&
	    in->now - a->at < (uint64_t)PSYNC_ASK_INTERVAL << a->doubled) {
		refuse(in, PFSYNC_R_RATE);
		return;
	}
	if (is_gone(in, id, creatorid) || !psync_allowed(in, PSYNC_LIMIT_ASK))
		return;
	if (!again)
		a->doubled = 0;
	else if (a->doubled < PSYNC_ASK_DOUBLES)
		a->doubled++;
	a->id = id;
	a->creatorid = creatorid;
	a->at = in->now;
	psync_answer_key(in->sc, PSYNC_E_ASK, id, creatorid);
	if (!again)
		psync_bulk_unknown(in->sc, in->now);
}

static void
apply_upd_c(struct psync_input *in, const uint8_t *w, unsigned count)
{
	struct psync *sc = in->sc;
	struct psync_peer src, dst;
	struct psync_change remote;
	void *local;

	psync_peer_told(in->from, in->now, count);
	for (; count > 0; count--, w += in->g.size) {
		psync_decode_change(in->g.action->layout, w, &src, &dst,
		    &remote);
		local = sc->os->state_find(sc->ctx, remote.id,
		    remote.creatorid);
		if (local != NULL)
			merge(in, local, &remote);
		else {
			refuse(in, PFSYNC_R_UNKNOWN);
			ask_for(in, remote.id, remote.creatorid);
		}
	}
}

static void
decode_key(const uint8_t *w, uint64_t *id, uint32_t *creatorid)
{
	psync_copy(id, w, sizeof(*id));
	psync_copy(creatorid, w + sizeof(*id), sizeof(*creatorid));
}

static void
upd_req_all(struct psync_input *in)
{
	/*
	 * Whoever asks in mid-transfer must join, though it has been restarted
	 * just now: other kernels would take the END of before for their own.
	 */
	if (psync_bulk_has_begun(in->sc) ||
	    psync_allowed(in, PSYNC_LIMIT_TABLE))
		psync_bulk_requested(in->sc, in->from, in->now);
}

static void
apply_upd_req(struct psync_input *in, const uint8_t *w, unsigned count)
{
	struct psync *sc = in->sc;
	struct psync_state st;
	uint32_t creatorid;
	uint64_t id;
	void *local;

	for (; count > 0; count--, w += in->g.size) {
		decode_key(w, &id, &creatorid);
		if (id == 0 && creatorid == 0) {
			upd_req_all(in);
			continue;
		}
		if (!psync_allowed(in, PSYNC_LIMIT_STATE))
			continue;
		local = sc->os->state_find(sc->ctx, id, creatorid);
		if (local == NULL) {
			refuse(in, PFSYNC_R_UNKNOWN);
			continue;
		}
		sc->os->state_export(sc->ctx, local, &st);
		if ((st.state_flags & PSYNC_STATE_NOSYNC) == 0)
			psync_answer_state(sc, &st);
		sc->os->state_release(sc->ctx, local);
	}
}

static void
delete_one(struct psync_input *in, uint64_t id, uint32_t creatorid)
{
	struct psync *sc = in->sc;
	struct psync_slice *s = psync_slice_of(sc, id);
	void *local = sc->os->state_find(sc->ctx, id, creatorid);

	if (local != NULL)
		sc->os->state_remove(sc->ctx, local);
	else
		refuse(in, PFSYNC_R_UNKNOWN);
	psync_slice_lock(sc, s);
	psync_gone(sc, s, id, creatorid);
	psync_queue_forget(s, id, creatorid);
	psync_slice_unlock(sc, s);
	psync_defer_forget(sc, id, creatorid);
}

static void
apply_del_c(struct psync_input *in, const uint8_t *w, unsigned count)
{
	uint32_t creatorid;
	uint64_t id;

	for (; count > 0; count--, w += in->g.size) {
		decode_key(w, &id, &creatorid);
		delete_one(in, id, creatorid);
	}
}

static void
apply_del(struct psync_input *in, const uint8_t *w, unsigned count)
{
	const struct psync_layout *l = in->g.action->layout;
	uint32_t creatorid;
	uint64_t id;

	for (; count > 0; count--, w += in->g.size) {
		psync_copy(&id, w + l->at.id, sizeof(id));
		psync_copy(&creatorid, w + l->at.creatorid, sizeof(creatorid));
		delete_one(in, id, creatorid);
	}
}

/* Nobody here waits for these. */
static void
apply_nothing(struct psync_input *in, const uint8_t *w, unsigned count)
{
	(void)in;
	(void)w;
	(void)count;
}

static void
apply_clr(struct psync_input *in, const uint8_t *w, unsigned count)
{
	struct psync *sc = in->sc;
	char ifname[PSYNC_IFNAMSIZ];
	uint32_t creatorid;
	unsigned i;

	for (; count > 0; count--, w += in->g.size) {
		if (!psync_allowed(in, PSYNC_LIMIT_CLEAR))
			continue;
		psync_copy(ifname, w, sizeof(ifname));
		psync_copy(&creatorid, w + sizeof(ifname), sizeof(creatorid));
		psync_ifmap_name(&sc->ifmap, ifname);
		(void)sc->os->state_clear(sc->ctx, creatorid, ifname);
		for (i = 0; i < sc->nslices; i++) {
			psync_lock(sc, i);
			psync_queue_forget_all(&sc->slices[i], creatorid,
			    ifname);
			psync_unlock(sc, i);
		}
		psync_defer_sweep(sc, creatorid);
	}
}

static void
apply_ins_ack(struct psync_input *in, const uint8_t *w, unsigned count)
{
	uint32_t creatorid;
	uint64_t id;

	for (; count > 0; count--, w += in->g.size) {
		decode_key(w, &id, &creatorid);
		psync_defer_acked(in->sc, id, creatorid);
	}
}

static void
apply_bus(struct psync_input *in, const uint8_t *w, unsigned count)
{
	uint32_t creatorid;

	for (; count > 0; count--, w += in->g.size) {
		psync_copy(&creatorid, w, sizeof(creatorid));
		if (creatorid == in->sc->os->hostid(in->sc->ctx))
			collision(in);
		psync_bulk_status(in->sc, in->from, w[8], psync_get32(w + 4),
		    in->from->speaks == PFSYNC_SPEAKS_STOCK ? 0 : w[9]);
	}
}

/* Nobody here needs to know, where there is no IPsec. */
static void
apply_tdb(struct psync_input *in, const uint8_t *w, unsigned count)
{
	const struct psync_os *os = in->sc->os;
	struct psync_tdb tdb;

	if (os->tdb_update == NULL)
		return;
	for (; count > 0; count--, w += in->g.size) {
		psync_decode_tdb(in->g.version->values, w, in->g.action->size,
		    &tdb);
		os->tdb_update(in->sc->ctx, &tdb);
	}
}

/* CLR of creator 0 would be everyone's states: no BSD sends that. */
static bool
check_clr(const struct psync_group *g, const uint8_t *w)
{
	uint32_t creatorid;

	(void)g;
	psync_copy(&creatorid, w + PSYNC_IFNAMSIZ, sizeof(creatorid));
	return (creatorid != 0 && psync_ifname_ok(w, true));
}

/* Creator 0 stands only in the request for everything. */
static bool
check_upd_req(const struct psync_group *g, const uint8_t *w)
{
	uint32_t creatorid;
	uint64_t id;

	(void)g;
	decode_key(w, &id, &creatorid);
	return (creatorid != 0 || id == 0);
}

static bool
check_bus(const struct psync_group *g, const uint8_t *w)
{
	(void)g;
	return (w[8] == PFSYNC_BUS_START || w[8] == PFSYNC_BUS_END);
}

static bool
check_tdb(const struct psync_group *g, const uint8_t *w)
{
	return (psync_tdb_ok(g->version->values, w));
}

const struct psync_handler psync_handlers[PSYNC_MESSAGES] = {
	[PSYNC_M_SKIP] = { NULL, apply_nothing },
	[PSYNC_M_CLR] = { check_clr, apply_clr },
	[PSYNC_M_INS] = { NULL, apply_ins },
	[PSYNC_M_INS_ACK] = { NULL, apply_ins_ack },
	[PSYNC_M_UPD] = { NULL, apply_upd },
	[PSYNC_M_UPD_C] = { NULL, apply_upd_c },
	[PSYNC_M_UPD_REQ] = { check_upd_req, apply_upd_req },
	[PSYNC_M_DEL] = { NULL, apply_del },
	[PSYNC_M_DEL_C] = { NULL, apply_del_c },
	[PSYNC_M_BUS] = { check_bus, apply_bus },
	[PSYNC_M_TDB] = { check_tdb, apply_tdb },
	[PSYNC_M_EOF] = { NULL, apply_nothing },
};
