/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages in a slice: finding that of a state, rewriting it, making room.
 * What follows from what is pending and what happens is one const table.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/tdb.h"
#include "net/pfsync/wire.h"

#define NONE PSYNC_NO_ENTRY

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
	/*		    INSERT   CHANGE   FULL     DELETE   ACK  ASK  TDB */
	[PSYNC_K_INS] =	  { REWRITE, REWRITE, REWRITE, CANCEL, IGNORE, IGNORE,
			    IGNORE },
	[PSYNC_K_IACK] =  { SEND,    SEND,    SEND,   REPLACE, IGNORE, IGNORE,
			    IGNORE },
	[PSYNC_K_UPD] =	  { REPLACE, REWRITE, REWRITE, REPLACE, SEND, IGNORE,
			    IGNORE },
	[PSYNC_K_UPD_C] = { REPLACE, REWRITE, REPLACE, REPLACE, SEND, IGNORE,
			    IGNORE },
	[PSYNC_K_DEL_C] = { SEND,    IGNORE,  IGNORE,  IGNORE, IGNORE, IGNORE,
			    IGNORE },
	[PSYNC_K_UPD_REQ] = { REPLACE, REPLACE, REPLACE, REPLACE, REPLACE,
			    IGNORE, IGNORE },
	[PSYNC_K_TDB] =	  { IGNORE,  IGNORE,  IGNORE,  IGNORE, IGNORE, IGNORE,
			    REWRITE },
	[PSYNC_K_NONE] =  { ADD,     ADD,     ADD,     ADD,    ADD,    ADD,
			    ADD },
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
	[PSYNC_E_TDB] = PSYNC_K_TDB,
};

/* What an event's message is made from: one of these is set, or none. */
struct source {
	const struct psync_state *state;   /* INSERT, FULL */
	const struct psync_change *change; /* CHANGE */
	const struct psync_tdb *tdb;	   /* TDB */
};

static inline uint16_t
entry_find(struct psync_slice *s, uint64_t id, uint32_t creatorid)
{
	return (psync_entry_find(s, psync_hash(id), id, creatorid));
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

	p = &s->chain[psync_hash(entry->id) & s->mask];
	for (; *p != e; p = &s->entries[*p].next)
		;
	*p = entry->next;
	entry->next = s->free;
	s->free = e;
}

/* Both. */
static void
entry_drop(struct psync_slice *s, uint16_t e)
{
	message_remove(s, &s->entries[e]);
	entry_remove(s, e);
}

/* What the frame takes with one more message of a kind. */
static inline uint32_t
used_with(const struct psync_slice *s, enum psync_kind kind)
{
	const struct psync_region *r = &s->region[kind];

	return (s->used + r->size + (r->count == 0 ? PSYNC_SUBHEADER_LEN : 0));
}

/* Gives an entry a message of a kind, with which the frame takes so much. */
static inline uint8_t *
message_add(struct psync_slice *s, uint16_t e, enum psync_kind kind,
    uint32_t used)
{
	struct psync_region *r = &s->region[kind];
	struct psync_entry *entry = &s->entries[e];
	uint16_t slot = r->count;

	s->used = used;
	entry->kind = (uint8_t)kind;
	entry->updates = kind == PSYNC_K_UPD_C;
	entry->slot = slot;
	r->owner[slot] = e;
	r->count = slot + 1;
	return (r->buf + (size_t)slot * r->size);
}

static inline uint32_t
half_window(const struct psync_peer *peer)
{
	return (((uint32_t)peer->max_win << (peer->wscale & 0x0f)) / 2);
}

/*
 * Remembers how far sequence numbers may move on: half the smaller window, but
 * PSYNC_LEEWAY at most and a segment at least, since windows are 1 until they
 * are known.
 */
static inline void
entry_measure(struct psync_entry *entry, const struct psync_change *c)
{
	uint32_t far = half_window(c->src), dst = half_window(c->dst);

	if (dst < far)
		far = dst;
	if (far < PSYNC_SEGMENT)
		far = PSYNC_SEGMENT;
	if (far > PSYNC_LEEWAY)
		far = PSYNC_LEEWAY;
	entry->limit[0] = c->src->seqlo + far;
	entry->limit[1] = c->dst->seqlo + far;
}

static void
encode(struct psync_slice *s, uint16_t e, uint8_t *w, const struct source *src)
{
	struct psync_entry *entry = &s->entries[e];

	if (src->state != NULL)
		(void)psync_encode(s->layout, w, src->state);
	else if (src->change != NULL) {
		psync_encode_upd_c(w, src->change);
		entry_measure(entry, src->change);
	} else if (src->tdb != NULL)
		(void)psync_encode_tdb(&psync_values_openbsd, w,
		    PSYNC_TDB_V6_LEN, src->tdb);
	else
		psync_encode_key(w, entry->id, entry->creatorid);
}

/*
 * A new entry, after making room if the frame is full.  Returns where its
 * message goes, or NULL.
 */
static inline uint8_t *
entry_new(struct psync_slice *s, enum psync_kind kind, uint32_t hash,
    uint64_t id, uint32_t creatorid, uint16_t *ep)
{
	struct psync_entry *entry;
	uint32_t used = used_with(s, kind);
	uint16_t e, *head;

	if (used > s->budget) {
		(void)psync_slice_flush(s);
		used = used_with(s, kind);
		if (used > s->budget)
			return (NULL);
	}

	e = s->free;
	if (e != NONE)
		s->free = s->entries[e].next;
	else
		e = s->nentries++;

	head = &s->chain[hash & s->mask];
	entry = &s->entries[e];
	entry->id = id;
	entry->creatorid = creatorid;
	entry->next = *head;
	*head = e;
	*ep = e;
	return (message_add(s, e, kind, used));
}

static bool
entry_add(struct psync_slice *s, enum psync_kind kind, uint64_t id,
    uint32_t creatorid, const struct source *src)
{
	uint16_t e;
	uint8_t *w = entry_new(s, kind, psync_hash(id), id, creatorid, &e);

	if (w != NULL)
		encode(s, e, w, src);
	return (w != NULL);
}

/* Another kind of message for an entry.  It may be larger than the old one. */
static bool
entry_replace(struct psync_slice *s, uint16_t e, enum psync_kind kind,
    const struct source *src)
{
	struct psync_entry *entry = &s->entries[e];
	uint64_t id = entry->id;
	uint32_t creatorid = entry->creatorid, used;

	message_remove(s, entry);
	used = used_with(s, kind);
	if (used > s->budget) {
		/* It leaves with the next frame instead. */
		entry_remove(s, e);
		if (entry_add(s, kind, id, creatorid, src))
			return (true);
		/* What was pending is gone, too. */
		s->stats.overflows++;
		psync_slice_lose(s);
		return (false);
	}
	encode(s, e, message_add(s, e, kind, used), src);
	return (true);
}

static void
entry_rewrite(struct psync_slice *s, uint16_t e, const struct source *src)
{
	const struct psync_entry *entry = &s->entries[e];
	const struct psync_region *r = &s->region[entry->kind];
	uint8_t *w = r->buf + (size_t)entry->slot * r->size;

	if (src->state != NULL)
		(void)psync_encode(s->layout, w, src->state);
	else if (src->tdb != NULL)
		(void)psync_encode_tdb(&psync_values_openbsd, w,
		    PSYNC_TDB_V6_LEN, src->tdb);
	else if (entry->kind == PSYNC_K_UPD_C)
		psync_patch(&psync_layout_upd_c, w, src->change);
	else
		psync_patch(s->layout, w, src->change);
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
		entry_drop(s, e);
		s->stats.collapsed++;
		break;
	case SEND:
		(void)psync_slice_flush(s);
		if (s->nentries > 1)
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

	/* There is no such state where its keys cannot be said. */
	if (!psync_keys_fit(s->layout, st)) {
		s->stats.untold++;
		return (true);
	}
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
psync_queue_tdb(struct psync_slice *s, uint64_t id, const struct psync_tdb *tdb)
{
	const struct source src = { .tdb = tdb };

	return (queue(s, entry_find(s, id, 0), PSYNC_E_TDB, id, 0, &src));
}

static bool
change_pending(struct psync_slice *s, uint16_t e, const struct psync_change *c)
{
	const struct source src = { .change = c };

	if (steps[s->entries[e].kind][PSYNC_E_CHANGE] != REWRITE)
		return (queue(s, e, PSYNC_E_CHANGE, c->id, c->creatorid, &src));
	entry_rewrite(s, e, &src);
	psync_queue_coalesced(s, &s->entries[e],
	    s->entries[e].kind == PSYNC_K_UPD_C &&
		psync_queue_strayed(&s->entries[e], c));
	return (true);
}

bool
psync_queue_change(struct psync_slice *s, const struct psync_change *c)
{
	const uint32_t hash = psync_hash(c->id);
	uint16_t e = psync_entry_find(s, hash, c->id, c->creatorid);
	uint8_t *w;

	if (e != NONE) {
		if (!change_pending(s, e, c))
			return (false);
	} else {
		w = entry_new(s, PSYNC_K_UPD_C, hash, c->id, c->creatorid, &e);
		if (w == NULL)
			return (false);
		psync_encode_upd_c(w, c);
		entry_measure(&s->entries[e], c);
	}
	if (s->maxupd <= 1)
		psync_slice_urge(s, PSYNC_AT_ONCE);
	return (true);
}

/* Drops a message that a whole-table transfer makes good. */
static bool
evict(struct psync_slice *s)
{
	static const uint8_t order[] = { PSYNC_K_UPD_C, PSYNC_K_UPD,
		PSYNC_K_INS, PSYNC_K_UPD_REQ };
	const struct psync_region *r;
	unsigned i;

	for (i = 0; i < sizeof(order); i++) {
		r = &s->region[order[i]];
		if (r->count == 0)
			continue;
		entry_drop(s, r->owner[r->count - 1]);
		s->stats.overflows++;
		psync_slice_lose(s);
		return (true);
	}
	return (false);
}

bool
psync_queue_delete(struct psync_slice *s, uint64_t id, uint32_t creatorid)
{
	while (!psync_queue_key(s, PSYNC_E_DELETE, id, creatorid))
		if (!evict(s))
			return (false);
	return (true);
}

bool
psync_queue_want_ack(struct psync_slice *s, uint64_t id, uint32_t creatorid,
    struct psync_state *st)
{
	uint16_t e = entry_find(s, id, creatorid);
	const struct psync_region *r = &s->region[PSYNC_K_INS];
	uint8_t *w;

	if (e == NONE || s->entries[e].kind != PSYNC_K_INS)
		return (false);
	w = r->buf + (size_t)s->entries[e].slot * r->size;
	(void)psync_decode(s->layout, w, st);
	st->state_flags |= PSYNC_STATE_ACK;
	(void)psync_encode(s->layout, w, st);
	return (true);
}

void
psync_queue_forget(struct psync_slice *s, uint64_t id, uint32_t creatorid)
{
	uint16_t e = entry_find(s, id, creatorid);

	if (e != NONE)
		entry_drop(s, e);
}

/*
 * A compressed update does not say where its state is bound, and may leave: the
 * peer will not know the state, ask, and learn nothing.
 */
static bool
is_on(const struct psync_slice *s, const struct psync_entry *entry,
    const char *ifname)
{
	const struct psync_region *r = &s->region[entry->kind];
	const uint8_t *w = r->buf + (size_t)entry->slot * r->size;

	return (ifname[0] == '\0' ||
	    ((entry->kind == PSYNC_K_INS || entry->kind == PSYNC_K_UPD) &&
		psync_same(w + s->layout->at.ifname, ifname, PSYNC_IFNAMSIZ)));
}

void
psync_queue_forget_all(struct psync_slice *s, uint32_t creatorid,
    const char *ifname)
{
	static const uint8_t kinds[] = { PSYNC_K_INS, PSYNC_K_UPD,
		PSYNC_K_UPD_C };
	const struct psync_entry *entry;
	const struct psync_region *r;
	unsigned i, slot;

	for (i = 0; i < sizeof(kinds); i++) {
		r = &s->region[kinds[i]];
		/* Downwards: dropping moves the last message into the gap. */
		for (slot = r->count; slot-- > 0;) {
			entry = &s->entries[r->owner[slot]];
			if (entry->creatorid == creatorid &&
			    is_on(s, entry, ifname))
				entry_drop(s, r->owner[slot]);
		}
	}
}
