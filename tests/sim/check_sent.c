/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a firewall may send.  Each message about a state must have a reason:
 *
 *	INS	pf made the state
 *	UPD_C	pf changed it, or a peer's view of it was behind ours
 *	UPD	a peer asked for it, or the whole table is being sent, or the
 *		first packet of the state still waits for INS_ACK
 *	DEL_C	pf removed it
 *	UPD_REQ	a peer updated it, and it is not here
 *	INS_ACK	a peer wanted it
 *
 * in each version that is spoken.  So what was learned from a peer is not told
 * again.  And all of them together may send only so many packets for each
 * change in this second and the last, and whole tables when they are due.
 */

#include <stdlib.h>

#include "net/pfsync/wire.h"
#include "tests/sim/sim.h"

#define WINDOW	 CLOCK_S
#define ENDLESS	 1000000 /* packets in a second */
#define PER_STEP 4	 /* packets of each host for a change */
#define AT_RATE	 40	 /* packets of each host a second for nothing at all */

/* By what they say: a reason that a message must have, and those it meets. */
static const struct {
	uint8_t due;  /* one of these must be; 0: it is not looked at */
	uint8_t done; /* these are no longer */
} reasons[PSYNC_MESSAGES] = {
	[PSYNC_M_INS] = { SIM_DUE_INS,
	    SIM_DUE_INS | SIM_DUE_CHANGE | SIM_DUE_ANSWER | SIM_DUE_WANTED },
	[PSYNC_M_UPD] = { SIM_DUE_WANTED,
	    SIM_DUE_CHANGE | SIM_DUE_ANSWER | SIM_DUE_WANTED },
	[PSYNC_M_UPD_C] = { SIM_DUE_CHANGE | SIM_DUE_ANSWER | SIM_DUE_AGAIN,
	    SIM_DUE_CHANGE | SIM_DUE_ANSWER },
	[PSYNC_M_DEL] = { SIM_DUE_DEL, 0xff },
	[PSYNC_M_DEL_C] = { SIM_DUE_DEL, 0xff },
	[PSYNC_M_UPD_REQ] = { SIM_DUE_ASK, SIM_DUE_ASK },
	[PSYNC_M_INS_ACK] = { SIM_DUE_ACK, SIM_DUE_ACK },
};

void
sim_owe(struct sim_host *h, uint64_t id, uint32_t creatorid, uint8_t due)
{
	struct sim_memory *m = sim_memory(h, id, creatorid, true);
	unsigned v;

	for (v = 0; v < SIM_VERSIONS; v++)
		m->due[v] |= due;
}

/*
 * Each version is told everything once.  One that was not spoken till now is
 * told what any other is still to be told.
 */
static void
learn_spoken(struct sim_host *h)
{
	static const unsigned version[] = { PSYNC_V_5, PSYNC_V_5, PSYNC_V_5,
		PSYNC_V_6, PSYNC_V_3 };
	unsigned dialects = sim_host_status(h).dialects, now = 0, d, i, v;
	struct sim_memory *m;
	uint8_t due;

	for (d = 0; d < PSYNC_DIALECTS; d++)
		if (dialects & (1U << d))
			now |= 1U << version[d];
	if (now == h->spoken)
		return;
	for (i = 0; i < SIM_BUCKETS && h->spoken != 0; i++)
		for (m = h->memory[i]; m != NULL; m = m->next) {
			for (v = 0, due = 0; v < SIM_VERSIONS; v++)
				if (h->spoken & (1U << v))
					due |= m->due[v];
			for (v = 0; v < SIM_VERSIONS; v++)
				if (now & ~h->spoken & (1U << v))
					m->due[v] = due;
		}
	h->spoken_before = h->spoken;
	h->spoken = now;
}

/*
 * A whole state that nobody has asked for: the table is being sent, or its
 * insert was not acknowledged and its first packet waits.  Version 3 has no
 * flag to say so.
 */
static bool
is_whole(struct sim_host *h, const struct sim_message *msg, unsigned v)
{
	if (msg->kind != PSYNC_M_UPD)
		return (false);
	return (h->bulk ||
	    (msg->creatorid == pf_hostid(hk_pf(h->hk)) &&
		(msg->acked || v == PSYNC_V_3) &&
		sim_host_status(h).config.defer));
}

static void
message_sent(struct sim_host *h, const struct sim_message *msg, unsigned v)
{
	uint8_t due = reasons[msg->kind].due, done = reasons[msg->kind].done;
	struct sim_memory *m;

	if (due == 0 || msg->creatorid == 0)
		return;
	m = sim_memory(h, msg->id, msg->creatorid, true);
	if ((m->due[v] & due) == 0 && !is_whole(h, msg, v))
		sim_fail(h->sim, "rebroadcast",
		    "fw%u sends action %u of version %u of state "
		    "%016llx/%08x for no reason",
		    h->nr, msg->action, psync_versions[v].number,
		    (unsigned long long)PSYNC_BE64(msg->id),
		    PSYNC_BE32(msg->creatorid));
	if (h->in_input)
		m->done[v] |= done;
	else
		m->due[v] &= (uint8_t) ~(done | SIM_DUE_AGAIN);
}

/*
 * A packet of a peer has been taken in.  Only now is what was sent meanwhile
 * crossed out: the packet may have been due an answer after that.
 */
void
sim_check_answered(struct sim_host *h)
{
	struct sim_memory *m;
	unsigned i, v;

	h->in_input = false;
	for (i = 0; i < SIM_BUCKETS; i++)
		for (m = h->memory[i]; m != NULL; m = m->next)
			for (v = 0; v < SIM_VERSIONS; v++) {
				m->due[v] &= (uint8_t)~m->done[v];
				m->done[v] = 0;
			}
}

/* The link may refuse it yet. */
void
sim_check_offered(struct sim_host *h, const uint8_t *pkt, size_t len)
{
	const uint8_t *frame = sim_packet_frame(pkt, &len);
	struct sim_reading r = { .at = 0 };
	struct sim_message msg;

	while (sim_message_next(frame, len, &r, &msg))
		if (msg.kind == PSYNC_M_BUS && msg.status == PFSYNC_BUS_START)
			h->bulk = true;
}

void
sim_check_sent(struct sim_host *h, const uint8_t *pkt, size_t len)
{
	const uint8_t *frame = sim_packet_frame(pkt, &len);
	const unsigned version = sim_frame_version(frame, len);
	struct sim_reading r = { .at = 0 };
	struct sim_message msg;

	/* What is said once more is counted once. */
	h->sim->frames[0] += !sim_frame_repeats(frame);
	if (h->sim->frames[0] > ENDLESS)
		abort(); /* it does not return to where it would fail */
	sim_show_frame(h->sim, h->nr, "sends", frame, len);
	if (version == SIM_VERSIONS)
		sim_fail(h->sim, "frame", "fw%u sends what is no frame", h->nr);
	learn_spoken(h);
	while (sim_message_next(frame, len, &r, &msg)) {
		if (msg.kind == PSYNC_M_BUS && msg.status == PFSYNC_BUS_END)
			h->bulk = false;
		if (h->sim->config.watch)
			message_sent(h, &msg, version);
	}
	if (r.at != len)
		sim_fail(h->sim, "frame", "fw%u sends a frame that breaks off",
		    h->nr);
}

/*
 * Who made a state hears of an end that has sent something, and that nobody has
 * acknowledged: it may have been acknowledged here.
 */
static bool
opens(struct sim_host *h, const struct sim_message *msg,
    const struct sim_side *ours, uint8_t proto)
{
	const struct sim_side *dst = &msg->side[1];

	return (proto == PACKET_TCP &&
	    msg->creatorid == pf_hostid(hk_pf(h->hk)) &&
	    dst->state == PSYNC_TCPS_SYN_SENT &&
	    ours->state <= PSYNC_TCPS_SYN_SENT && dst->lo != ours->lo);
}

/* A view of a state arrives: is it behind ours, or of a state not here? */
static void
view_heard(struct sim_host *h, const struct sim_message *msg)
{
	struct pf *pf = hk_pf(h->hk);
	struct psync_change c;
	struct sim_side ours;
	struct pf_state *st;
	unsigned i;

	if (msg->acked)
		sim_owe(h, msg->id, msg->creatorid, SIM_DUE_ACK);
	st = pf_state_find(pf, msg->id, msg->creatorid);
	if (st == NULL) {
		if (msg->kind == PSYNC_M_UPD_C)
			sim_owe(h, msg->id, msg->creatorid, SIM_DUE_ASK);
		return;
	}
	pf_state_change(pf, st, &c);
	for (i = 0; i < 2; i++) {
		sim_side_of(&ours, i == 0 ? c.src : c.dst);
		if (sim_side_behind(&msg->side[i], &ours, c.proto))
			sim_owe(h, msg->id, msg->creatorid, SIM_DUE_ANSWER);
		if (i == 1 && opens(h, msg, &ours, c.proto))
			sim_owe(h, msg->id, msg->creatorid,
			    SIM_DUE_ANSWER | SIM_DUE_AGAIN);
	}
}

static void
wanted(struct sim_host *h, const struct sim_message *msg)
{
	if (msg->creatorid == 0)
		sim_check_allow(h->sim, 1);
	else if (pf_state_find(hk_pf(h->hk), msg->id, msg->creatorid) != NULL)
		sim_owe(h, msg->id, msg->creatorid, SIM_DUE_WANTED);
}

/* Before the engine gets it. */
void
sim_check_heard(struct sim_host *h, const uint8_t *frame, size_t len)
{
	struct sim_reading r = { .at = 0 };
	struct sim_message msg;

	if (psync_frame_check(frame, len) != PFSYNC_OK)
		return; /* refused, see the tests of wire.c */
	sim_show_frame(h->sim, h->nr, "hears", frame, len);
	if (sim_frame_repeats(frame))
		return;
	while (sim_message_next(frame, len, &r, &msg)) {
		if (msg.kind == PSYNC_M_BUS || msg.kind == PSYNC_M_UPD)
			h->progress_at = h->sim->clock.now;
		if (!h->sim->config.watch)
			continue;
		if (msg.sided)
			view_heard(h, &msg);
		else if (msg.kind == PSYNC_M_UPD_REQ)
			wanted(h, &msg);
	}
}

/*
 * Rate
 */

void
sim_check_allow(struct sim *sim, unsigned times)
{
	size_t most = 0, n;
	unsigned i;

	for (i = 0; i < sim->nhosts; i++) {
		n = sim_host_count(&sim->host[i]);
		if (n > most)
			most = n;
	}
	sim->allowed[0] += (uint64_t)times * sim->nhosts * (most + 4);
}

void
sim_check_rate(struct sim *sim)
{
	uint64_t limit;

	if (sim->clock.now - sim->window_at < WINDOW)
		return;
	limit = PER_STEP * sim->nhosts * (sim->changes[0] + sim->changes[1]) +
	    sim->allowed[0] + sim->allowed[1] + AT_RATE * sim->nhosts;
	if (sim->frames[0] > limit)
		sim_fail(sim, "storm",
		    "%llu packets in a second, %llu changes in it and before",
		    (unsigned long long)sim->frames[0],
		    (unsigned long long)(sim->changes[0] + sim->changes[1]));
	sim->window_at = sim->clock.now;
	sim->frames[1] = sim->frames[0];
	sim->changes[1] = sim->changes[0];
	sim->allowed[1] = sim->allowed[0];
	sim->frames[0] = sim->changes[0] = sim->allowed[0] = 0;
}
