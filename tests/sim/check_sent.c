/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a firewall may send.  Each message about a state must have a reason:
 *
 *	INS	pf made the state
 *	UPD_C	pf changed it, or a peer's view of it was behind ours
 *	UPD	a peer asked for it, or the whole table is being sent
 *	DEL_C	pf removed it
 *	UPD_REQ	a peer updated it, and it is not here
 *
 * So what was learned from a peer is not told again.  And all of them together
 * may send only so many packets for each change: twice to everyone for each
 * change in this second and the last, and whole tables when they are due.
 */

#include <string.h>

#include "tests/lib/frame.h"
#include "tests/sim/sim.h"

#define WINDOW	  CLOCK_S
#define PER_STEP  4  /* packets of each host for a change */
#define AT_RATE	  40 /* packets of each host a second for nothing at all */
#define VERSION_5 5

static const struct message {
	uint8_t action;
	uint16_t creatorid; /* where it is; the id is at 0 */
	uint8_t due;	    /* one of these must be */
	uint8_t done;	    /* these are no longer */
	uint16_t src;	    /* where peers are; 0: nowhere */
} messages[] = {
	{ PFSYNC_ACT_INS_1301, 228, SIM_DUE_INS,
	    SIM_DUE_INS | SIM_DUE_CHANGE | SIM_DUE_ANSWER | SIM_DUE_WANTED,
	    96 },
	{ PFSYNC_ACT_INS_1400, 228, SIM_DUE_INS,
	    SIM_DUE_INS | SIM_DUE_CHANGE | SIM_DUE_ANSWER | SIM_DUE_WANTED,
	    96 },
	{ PFSYNC_ACT_INS_1500, 228, SIM_DUE_INS,
	    SIM_DUE_INS | SIM_DUE_CHANGE | SIM_DUE_ANSWER | SIM_DUE_WANTED,
	    96 },
	{ PFSYNC_ACT_UPD_1301, 228, SIM_DUE_WANTED,
	    SIM_DUE_CHANGE | SIM_DUE_ANSWER | SIM_DUE_WANTED, 96 },
	{ PFSYNC_ACT_UPD_1400, 228, SIM_DUE_WANTED,
	    SIM_DUE_CHANGE | SIM_DUE_ANSWER | SIM_DUE_WANTED, 96 },
	{ PFSYNC_ACT_UPD_1500, 228, SIM_DUE_WANTED,
	    SIM_DUE_CHANGE | SIM_DUE_ANSWER | SIM_DUE_WANTED, 96 },
	{ PFSYNC_ACT_UPD_C, 72, SIM_DUE_CHANGE | SIM_DUE_ANSWER,
	    SIM_DUE_CHANGE | SIM_DUE_ANSWER, 8 },
	{ PFSYNC_ACT_DEL_C, 8, SIM_DUE_DEL, 0xff, 0 },
	{ PFSYNC_ACT_UPD_REQ, 8, SIM_DUE_ASK, SIM_DUE_ASK, 0 },
};

#define MESSAGES (sizeof(messages) / sizeof(messages[0]))

static void
key_of(const struct message *kind, const uint8_t *w, uint64_t *id,
    uint32_t *creatorid)
{
	memcpy(id, w, sizeof(*id));
	memcpy(creatorid, w + kind->creatorid, sizeof(*creatorid));
}

static bool
is_full_update(uint8_t action)
{
	return (action == PFSYNC_ACT_UPD_1301 ||
	    action == PFSYNC_ACT_UPD_1400 || action == PFSYNC_ACT_UPD_1500);
}

static void
message_sent(struct sim_host *h, const struct message *kind, const uint8_t *w)
{
	struct sim_memory *m;
	uint32_t creatorid;
	uint64_t id;

	key_of(kind, w, &id, &creatorid);
	if (creatorid == 0)
		return;
	m = sim_memory(h, id, creatorid, true);
	if ((m->due & kind->due) == 0 &&
	    !(is_full_update(kind->action) && h->bulk))
		sim_fail(h->sim, "rebroadcast",
		    "fw%u sends action %u of state %016llx/%08x for no reason",
		    h->nr, kind->action, (unsigned long long)PSYNC_BE64(id),
		    PSYNC_BE32(creatorid));
	if (h->in_input)
		m->done |= kind->done;
	else
		m->due &= (uint8_t)~kind->done;
}

/*
 * A packet of a peer has been taken in.  Only now is what was sent meanwhile
 * crossed out: the packet may have been due an answer after that.
 */
void
sim_check_answered(struct sim_host *h)
{
	struct sim_memory *m;
	unsigned i;

	h->in_input = false;
	for (i = 0; i < SIM_BUCKETS; i++)
		for (m = h->memory[i]; m != NULL; m = m->next) {
			m->due &= (uint8_t)~m->done;
			m->done = 0;
		}
}

static const uint8_t *
frame_of(const uint8_t *pkt, size_t *len)
{
	size_t hlen = pkt[0] >> 4 == 6 ? 40 : 20;

	*len -= hlen;
	return (pkt + hlen);
}

static bool
is_bus(const uint8_t *frame, size_t len, uint8_t status)
{
	return (frame[0] == VERSION_5 &&
	    frame_messages(frame, len, PFSYNC_ACT_BUS) > 0 &&
	    frame_message(frame, len, PFSYNC_ACT_BUS, 0)[8] == status);
}

/* The link may refuse it yet. */
void
sim_check_offered(struct sim_host *h, const uint8_t *pkt, size_t len)
{
	const uint8_t *frame = frame_of(pkt, &len);

	if (is_bus(frame, len, PFSYNC_BUS_START))
		h->bulk = true;
}

void
sim_check_sent(struct sim_host *h, const uint8_t *pkt, size_t len)
{
	const uint8_t *frame = frame_of(pkt, &len);
	const struct message *kind;
	unsigned i, n;

	h->sim->frames[0]++;
	sim_show_frame(h->sim, h->nr, "sends", frame, len);
	if (frame[0] != VERSION_5)
		return;
	if (is_bus(frame, len, PFSYNC_BUS_END))
		h->bulk = false;
	if (!h->sim->config.watch)
		return;
	for (kind = messages; kind < messages + MESSAGES; kind++) {
		n = frame_messages(frame, len, kind->action);
		for (i = 0; i < n; i++)
			message_sent(h, kind,
			    frame_message(frame, len, kind->action, i));
	}
}

/* A peer as it stands in a message. */
static void
side_read(struct sim_side *side, const uint8_t *w)
{
	side->lo = psync_get32(w + 8);
	side->hi = psync_get32(w + 12);
	side->win = psync_get16(w + 20);
	side->state = w[24];
}

/* A view of a state arrives: is it behind ours, or of a state not here? */
static void
view_heard(struct sim_host *h, const struct message *kind, const uint8_t *w)
{
	struct pf *pf = hk_pf(h->hk);
	struct sim_side ours, theirs;
	struct psync_change c;
	struct pf_state *st;
	uint32_t creatorid;
	uint64_t id;
	unsigned i;

	key_of(kind, w, &id, &creatorid);
	st = pf_state_find(pf, id, creatorid);
	if (st == NULL) {
		if (kind->action == PFSYNC_ACT_UPD_C)
			sim_memory(h, id, creatorid, true)->due |= SIM_DUE_ASK;
		return;
	}
	pf_state_change(pf, st, &c);
	for (i = 0; i < 2; i++) {
		sim_side_of(&ours, i == 0 ? c.src : c.dst);
		side_read(&theirs, w + kind->src + 32 * i);
		if (sim_side_behind(&theirs, &ours, c.proto))
			sim_memory(h, id, creatorid, true)->due |=
			    SIM_DUE_ANSWER;
	}
}

static void
wanted(struct sim_host *h, const struct message *kind, const uint8_t *w)
{
	uint32_t creatorid;
	uint64_t id;

	key_of(kind, w, &id, &creatorid);
	if (creatorid == 0)
		sim_check_allow(h->sim, 1);
	else if (pf_state_find(hk_pf(h->hk), id, creatorid) != NULL)
		sim_memory(h, id, creatorid, true)->due |= SIM_DUE_WANTED;
}

/* Before the engine gets it. */
void
sim_check_heard(struct sim_host *h, const uint8_t *frame, size_t len)
{
	const struct message *kind;
	const uint8_t *w;
	unsigned i, n;

	/* What is cut off the engine refuses. */
	if (len < 24 || psync_get16(frame + 2) != len)
		return;
	sim_show_frame(h->sim, h->nr, "hears", frame, len);
	if (frame[0] != VERSION_5)
		return;
	if (frame_messages(frame, len, PFSYNC_ACT_BUS) > 0)
		h->progress_at = h->sim->clock.now;
	for (kind = messages; kind < messages + MESSAGES; kind++) {
		n = frame_messages(frame, len, kind->action);
		if (n > 0 && is_full_update(kind->action))
			h->progress_at = h->sim->clock.now;
		for (i = 0; i < n && h->sim->config.watch; i++) {
			w = frame_message(frame, len, kind->action, i);
			if (kind->src != 0)
				view_heard(h, kind, w);
			else if (kind->action == PFSYNC_ACT_UPD_REQ)
				wanted(h, kind, w);
		}
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
