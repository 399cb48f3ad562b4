/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Slices: finding the message of a state, rewriting it, making room, flushing.
 * What follows from what is pending and what happens is one const table.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/wire.h"

#define NONE 0 /* no entry */

/* clang-format off */
enum step {
	IGNORE,			/* nothing changes */
	ADD,			/* a new message */
	REWRITE,		/* the same message, with new content */
	REPLACE,		/* another kind of message instead */
	CANCEL,			/* the peers never need to know */
	SEND			/* what is pending first, then add */
};
/* clang-format on */

/*
 * Rows: what is pending for a state; columns: what happens to it.
 *  - An insert that has not left is updated in place, and an insert that is
 *    deleted again was never there.
 *  - Nothing overtakes a delete: what is asked of a dead state is ignored, and
 *    a new state of its name waits until it is gone.
 *  - A request for a state is off once the state is here.
 */
/* clang-format off */
static const uint8_t steps[PSYNC_KINDS + 1][PSYNC_EVENTS] = {
	/*		    INSERT   CHANGE   FULL     DELETE   ACK  ASK */
	[PSYNC_K_INS] =	  { REWRITE, REWRITE, REWRITE, CANCEL, IGNORE, IGNORE },
	[PSYNC_K_IACK] =  { SEND,    SEND,    SEND,    REPLACE, IGNORE, IGNORE },
	[PSYNC_K_UPD] =	  { REPLACE, REWRITE, REWRITE, REPLACE, SEND, IGNORE },
	[PSYNC_K_UPD_C] = { REPLACE, REWRITE, REPLACE, REPLACE, SEND, IGNORE },
	[PSYNC_K_DEL_C] = { SEND,    IGNORE,  IGNORE,  IGNORE, IGNORE, IGNORE },
	[PSYNC_K_UPD_REQ] = { REPLACE, REPLACE, REPLACE, REPLACE, REPLACE,
			    IGNORE },
	[PSYNC_K_NONE] =  { ADD,     ADD,     ADD,     ADD,    ADD,    ADD },
};
/* clang-format on */

/* The kind of message that an event adds. */
static const uint8_t kind_of[PSYNC_EVENTS] = {
	[PSYNC_E_INSERT] = PSYNC_K_INS,
	[PSYNC_E_CHANGE] = PSYNC_K_UPD_C,
	[PSYNC_E_FULL] = PSYNC_K_UPD,
	[PSYNC_E_DELETE] = PSYNC_K_DEL_C,
	[PSYNC_E_ACK] = PSYNC_K_IACK,
	[PSYNC_E_ASK] = PSYNC_K_UPD_REQ,
};

/* What an event's message is made from: one of these is set. */
struct source {
	const struct psync_state *state;   /* INSERT, FULL */
	const struct psync_change *change; /* CHANGE */
};

static inline uint32_t
hash(uint64_t id)
{
	/* Ids count up in their last byte: fold, then mix upwards. */
	id ^= id >> 29;
	return ((uint32_t)((id * 0x9e3779b97f4a7c15ULL) >> 32));
}

struct psync_slice *
psync_slice_of(struct psync *sc, uint64_t id)
{
	return (&sc->slices[((uint64_t)hash(id) * sc->nslices) >> 32]);
}

static inline uint16_t *
chain_of(struct psync_slice *s, uint64_t id)
{
	return (&s->chain[hash(id) & s->mask]);
}

void
psync_slice_reset(struct psync_slice *s)
{
	unsigned k;

	psync_zero(s->chain, (s->mask + 1) * sizeof(*s->chain));
	for (k = 0; k < PSYNC_KINDS; k++)
		s->region[k].count = 0;
	s->nentries = 1;
	s->free = NONE;
	s->used = PSYNC_HEADER_LEN + PSYNC_SUBHEADER_LEN;
	s->deadline = PSYNC_NEVER;
	s->retry_at = 0;
	s->retry_ms = PSYNC_RETRY_MIN;
	s->now = false;
}

/* Cuts len bytes off the slice's memory, aligned for any type. */
static void *
carve(struct psync_slice *s, size_t *offset, size_t len)
{
	void *p = s->mem == NULL ? NULL : s->mem + *offset;

	*offset += (len + 15) & ~(size_t)15;
	return (p);
}

bool
psync_slice_init(struct psync_slice *s, struct psync *sc, unsigned number,
    const struct psync_format *f, unsigned budget)
{
	const struct kind {
		uint16_t size;
		uint8_t action;
	} kinds[PSYNC_KINDS] = {
		[PSYNC_K_INS] = { f->state->size, f->act_ins },
		[PSYNC_K_IACK] = { PSYNC_KEY12_LEN, PFSYNC_ACT_INS_ACK },
		[PSYNC_K_UPD] = { f->state->size, f->act_upd },
		[PSYNC_K_UPD_C] = { PSYNC_UPD_C_LEN, PFSYNC_ACT_UPD_C },
		[PSYNC_K_DEL_C] = { PSYNC_KEY12_LEN, PFSYNC_ACT_DEL_C },
		[PSYNC_K_UPD_REQ] = { PSYNC_KEY12_LEN, PFSYNC_ACT_UPD_REQ },
	};
	struct psync_region *r;
	unsigned heads, k, max;
	size_t offset;

	psync_zero(s, sizeof(*s));
	s->sc = sc;
	s->format = f;
	s->budget = budget;
	s->number = (uint16_t)number;
	s->max = (uint16_t)(budget / PSYNC_KEY12_LEN + 1);
	for (heads = 16; heads < s->max; heads *= 2)
		;
	s->mask = heads - 1;

	/* Twice: first to learn how much, then to hand it out. */
	do {
		offset = 0;
		s->frame = carve(s, &offset, budget);
		s->chain = carve(s, &offset, heads * sizeof(*s->chain));
		s->entries = carve(s, &offset, s->max * sizeof(*s->entries));
		for (k = 0; k < PSYNC_KINDS; k++) {
			r = &s->region[k];
			r->size = kinds[k].size;
			r->action = kinds[k].action;
			max = budget / r->size;
			r->buf = carve(s, &offset, max * (size_t)r->size);
			r->owner = carve(s, &offset, max * sizeof(*r->owner));
		}
		if (s->mem != NULL)
			break;
		s->memlen = offset;
		s->mem = sc->os->alloc(sc->ctx, s->memlen);
	} while (s->mem != NULL);
	if (s->mem == NULL)
		return (false);
	psync_slice_reset(s);
	return (true);
}

void
psync_slice_fini(struct psync_slice *s)
{
	if (s->mem != NULL)
		s->sc->os->free(s->sc->ctx, s->mem, s->memlen);
	s->mem = NULL;
}

static inline uint16_t
entry_find(struct psync_slice *s, uint64_t id, uint32_t creatorid)
{
	uint16_t e;

	for (e = *chain_of(s, id); e != NONE; e = s->entries[e].next)
		if (s->entries[e].id == id &&
		    s->entries[e].creatorid == creatorid)
			break;
	return (e);
}

/* Takes the message of an entry out of its region: the last one moves there. */
static void
message_remove(struct psync_slice *s, const struct psync_entry *entry)
{
	struct psync_region *r = &s->region[entry->kind];
	uint16_t last = --r->count, slot = entry->slot;

	if (slot != last) {
		psync_copy(r->buf + (size_t)slot * r->size,
		    r->buf + (size_t)last * r->size, r->size);
		r->owner[slot] = r->owner[last];
		s->entries[r->owner[slot]].slot = slot;
	}
	s->used -= r->size + (last == 0 ? PSYNC_SUBHEADER_LEN : 0);
}

static void
entry_remove(struct psync_slice *s, uint16_t e)
{
	struct psync_entry *entry = &s->entries[e];
	uint16_t *p;

	for (p = chain_of(s, entry->id); *p != e; p = &s->entries[*p].next)
		;
	*p = entry->next;
	entry->next = s->free;
	s->free = e;
}

/* What one more message of a kind adds to the frame. */
static unsigned
cost(const struct psync_region *r)
{
	return (r->size + (r->count == 0 ? PSYNC_SUBHEADER_LEN : 0));
}

/* Gives an entry a message of a kind; there is room. */
static uint8_t *
message_add(struct psync_slice *s, uint16_t e, enum psync_kind kind)
{
	struct psync_region *r = &s->region[kind];

	s->used += cost(r);
	s->entries[e].kind = (uint8_t)kind;
	s->entries[e].slot = r->count;
	r->owner[r->count] = e;
	return (r->buf + (size_t)r->count++ * r->size);
}

static void
encode(struct psync_slice *s, uint16_t e, uint8_t *w, const struct source *src)
{
	const struct psync_entry *entry = &s->entries[e];

	if (src->state != NULL)
		psync_encode(s->format->state, w, src->state);
	else if (src->change != NULL)
		psync_encode_upd_c(w, src->change);
	else
		psync_encode_key(w, entry->id, entry->creatorid);
}

/* A new entry with its message, after making room if the frame is full. */
static bool
entry_add(struct psync_slice *s, enum psync_kind kind, uint64_t id,
    uint32_t creatorid, const struct source *src)
{
	struct psync_entry *entry;
	uint16_t e, *head;

	if (s->used + cost(&s->region[kind]) > s->budget &&
	    !psync_slice_flush(s))
		return (false);

	if (s->free != NONE) {
		e = s->free;
		s->free = s->entries[e].next;
	} else
		e = s->nentries++;

	head = chain_of(s, id);
	entry = &s->entries[e];
	entry->id = id;
	entry->creatorid = creatorid;
	entry->updates = kind == PSYNC_K_UPD_C;
	entry->next = *head;
	*head = e;
	encode(s, e, message_add(s, e, kind), src);
	return (true);
}

/* Another kind of message for an entry.  It may be larger than the old one. */
static bool
entry_replace(struct psync_slice *s, uint16_t e, enum psync_kind kind,
    const struct source *src)
{
	struct psync_entry *entry = &s->entries[e];
	uint64_t id = entry->id;
	uint32_t creatorid = entry->creatorid;

	message_remove(s, entry);
	if (s->used + cost(&s->region[kind]) > s->budget) {
		/* It leaves with the next frame instead. */
		entry_remove(s, e);
		return (entry_add(s, kind, id, creatorid, src));
	}
	entry->updates = kind == PSYNC_K_UPD_C;
	encode(s, e, message_add(s, e, kind), src);
	return (true);
}

static void
entry_rewrite(struct psync_slice *s, uint16_t e, const struct source *src)
{
	const struct psync_entry *entry = &s->entries[e];
	const struct psync_region *r = &s->region[entry->kind];
	uint8_t *w = r->buf + (size_t)entry->slot * r->size;

	if (src->state != NULL)
		psync_encode(s->format->state, w, src->state);
	else if (entry->kind == PSYNC_K_UPD_C)
		psync_patch(&psync_layout_upd_c, w, src->change);
	else
		psync_patch(s->format->state, w, src->change);
}

static bool
queue(struct psync_slice *s, uint16_t e, enum psync_event event, uint64_t id,
    uint32_t creatorid, const struct source *src)
{
	enum psync_kind kind = e == NONE ? PSYNC_K_NONE : s->entries[e].kind;

	switch (steps[kind][event]) {
	case ADD:
		return (entry_add(s, kind_of[event], id, creatorid, src));
	case REWRITE:
		entry_rewrite(s, e, src);
		break;
	case REPLACE:
		return (entry_replace(s, e, kind_of[event], src));
	case CANCEL:
		message_remove(s, &s->entries[e]);
		entry_remove(s, e);
		s->stats.collapsed++;
		break;
	case SEND:
		if (!psync_slice_flush(s))
			return (false);
		return (entry_add(s, kind_of[event], id, creatorid, src));
	default:
		break;
	}
	return (true);
}

bool
psync_queue_state(struct psync_slice *s, enum psync_event event,
    const struct psync_state *st)
{
	const struct source src = { .state = st };

	return (queue(s, entry_find(s, st->id, st->creatorid), event, st->id,
	    st->creatorid, &src));
}

bool
psync_queue_key(struct psync_slice *s, enum psync_event event, uint64_t id,
    uint32_t creatorid)
{
	static const struct source src;

	return (
	    queue(s, entry_find(s, id, creatorid), event, id, creatorid, &src));
}

bool
psync_queue_change(struct psync_slice *s, const struct psync_change *c)
{
	const struct source src = { .change = c };
	struct psync_entry *entry;
	uint16_t e;

	e = entry_find(s, c->id, c->creatorid);
	if (e == NONE)
		return (entry_add(s, PSYNC_K_UPD_C, c->id, c->creatorid, &src));
	entry = &s->entries[e];
	if (steps[entry->kind][PSYNC_E_CHANGE] != REWRITE)
		return (queue(s, e, PSYNC_E_CHANGE, c->id, c->creatorid, &src));

	/* The way of nearly every packet of every connection. */
	entry_rewrite(s, e, &src);
	s->stats.coalesced++;
	if (++entry->updates >= s->maxupd)
		psync_slice_urge(s, PSYNC_AT_ONCE);
	return (true);
}

void
psync_slice_urge(struct psync_slice *s, unsigned ms)
{
	uint64_t deadline;

	if (s->nentries == 1)
		return;
	if (ms == PSYNC_AT_ONCE) {
		(void)psync_slice_flush(s);
		return;
	}
	/* No need to look at the clock for what cannot come any sooner. */
	if (s->deadline != PSYNC_NEVER && ms == PSYNC_LATER)
		return;
	deadline = psync_now(s->sc) + ms;
	if (deadline < s->deadline) {
		s->deadline = deadline;
		s->sc->os->timer(s->sc->ctx, s->number, deadline);
	}
}

static size_t
assemble(struct psync_slice *s)
{
	const struct psync_region *r;
	uint8_t *w = s->frame + PSYNC_HEADER_LEN;

	for (r = s->region; r < s->region + PSYNC_KINDS; r++) {
		if (r->count == 0)
			continue;
		w += psync_put_subheader(w, r->action, r->count);
		psync_copy(w, r->buf, (size_t)r->count * r->size);
		w += (size_t)r->count * r->size;
	}
	w += psync_put_subheader(w, PFSYNC_ACT_EOF, 1);
	(void)psync_put_header(s->frame, (size_t)(w - s->frame),
	    s->sc->os->checksum(s->sc->ctx));
	return ((size_t)(w - s->frame));
}

bool
psync_slice_flush(struct psync_slice *s)
{
	struct psync *sc = s->sc;
	struct psync_region *r;
	uint64_t now;

	if (s->used == PSYNC_HEADER_LEN + PSYNC_SUBHEADER_LEN) {
		/* Empty; what it held may have been cancelled. */
		psync_slice_reset(s);
		return (true);
	}
	now = s->retry_at == 0 ? 0 : psync_now(sc);
	if (now < s->retry_at)
		return (false);
	if (s->retry_at != 0)
		s->stats.retries++;

	if (!psync_output(sc, &s->stats, s->frame, assemble(s))) {
		now = psync_now(sc);
		s->retry_at = s->deadline = now + s->retry_ms;
		if (s->retry_ms < PSYNC_RETRY_MAX)
			s->retry_ms *= 2;
		sc->os->timer(sc->ctx, s->number, s->deadline);
		return (false);
	}
	for (r = s->region; r < s->region + PSYNC_KINDS; r++)
		s->stats.base.pfsyncs_oacts[r->action] += r->count;
	s->stats.base.pfsyncs_oacts[PFSYNC_ACT_EOF]++;
	psync_slice_reset(s);
	return (true);
}
