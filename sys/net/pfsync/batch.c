/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames of what a slice has gathered.  See batch.h.
 */

#include "net/pfsync/batch.h"
#include "net/pfsync/bytes.h"
#include "net/pfsync/transcode.h"
#include "net/pfsync/wire.h"

const uint8_t psync_kind_message[PSYNC_KINDS] = {
	[PSYNC_K_DEL_C] = PSYNC_M_DEL_C,
	[PSYNC_K_INS] = PSYNC_M_INS,
	[PSYNC_K_IACK] = PSYNC_M_INS_ACK,
	[PSYNC_K_UPD] = PSYNC_M_UPD,
	[PSYNC_K_UPD_C] = PSYNC_M_UPD_C,
	[PSYNC_K_UPD_REQ] = PSYNC_M_UPD_REQ,
	[PSYNC_K_TDB] = PSYNC_M_TDB,
};

/*
 * That of the one dialect of version 5, so that nothing is written twice; else
 * one that has room for all that any of them has words for.
 */
const struct psync_layout *
psync_batch_layout(unsigned dialects)
{
	unsigned i;

	for (i = PSYNC_D_1500; i <= PSYNC_D_1301; i++)
		if (dialects == PSYNC_DIALECT_BIT(i))
			return (psync_dialects[i].state);
	return (&psync_layout_mixed);
}

/* A frame being written. */
struct draft {
	const struct psync_batch *b;
	const struct psync_dialect *d;
	struct psync_made *made;
	uint8_t *frame;
	size_t at;  /* bytes so far */
	size_t end; /* bytes that messages may fill */
};

/*
 * Copies messages from *slot on, as many as fit, and moves *slot.  Returns how
 * many bytes they take: w is where they go.
 */
static size_t
copy_same(struct draft *f, unsigned kind, uint8_t *w, unsigned room,
    uint16_t *slot)
{
	const struct psync_region *r = &f->b->region[kind];
	unsigned n = r->count - *slot;
	size_t len;

	if (n > room)
		n = room;
	len = (size_t)n * r->size;
	psync_copy(w, r->buf + (size_t)*slot * r->size, len);
	*slot += (uint16_t)n;
	f->made->count[kind] = (uint16_t)n;
	return (len);
}

/* The same, each written anew. */
static size_t
copy_anew(struct draft *f, unsigned kind, const struct psync_action *a,
    uint8_t *w, unsigned room, uint16_t *slot)
{
	const struct psync_region *r = &f->b->region[kind];
	unsigned lost, n = 0;

	for (; *slot < r->count && n < room; ++*slot) {
		if (!psync_transcode(f->b->layout, f->d, a,
			r->buf + (size_t)*slot * r->size, w + n * a->size,
			&lost)) {
			f->made->untold++;
			continue;
		}
		f->made->unmapped += lost != 0;
		n++;
	}
	f->made->count[kind] = (uint16_t)n;
	return ((size_t)n * a->size);
}

/*
 * Writes what fits of a kind, of which there is some from *slot on.  False if
 * not all did: the frame is full.
 */
static bool
add_kind(struct draft *f, unsigned kind, uint16_t *slot)
{
	const struct psync_version *v = f->d->version;
	const struct psync_region *r = &f->b->region[kind];
	enum psync_message message = psync_kind_message[kind];
	const struct psync_action *a;
	size_t len, subheader;
	unsigned room;
	uint8_t number, *w;

	number = psync_action_of(f->d, message);
	if (number == PSYNC_NO_ACTION) {
		f->made->untold += r->count - *slot;
		*slot = r->count;
		return (true);
	}
	a = &v->actions[number];
	subheader = psync_group_len(v);
	if (f->at + subheader + a->size > f->end)
		return (false);
	room = (unsigned)((f->end - f->at - subheader) / a->size);
	if (v->framing == PSYNC_FRAME_ONE && room > PSYNC_V3_COUNT_MAX)
		room = PSYNC_V3_COUNT_MAX;
	w = f->frame + f->at + subheader;
	if (psync_transcode_same(f->b->layout, f->d, message))
		len = copy_same(f, kind, w, room, slot);
	else
		len = copy_anew(f, kind, a, w, room, slot);
	if (len > 0)
		f->at += psync_put_group(f->frame, f->at, v, number,
			     f->made->count[kind]) +
		    len;
	/* Version 3 has one kind a frame. */
	if (v->framing == PSYNC_FRAME_ONE && len > 0)
		f->end = f->at;
	return (*slot >= r->count);
}

/* One frame in a dialect.  False if nothing is left in it. */
static bool
draft_next(struct draft *f, struct psync_progress *p)
{
	const struct psync_region *r = f->b->region;
	unsigned kind = p->kind;
	uint16_t slot = p->slot;

	for (; kind < PSYNC_KINDS; kind++, slot = 0)
		if (r[kind].count > slot && !add_kind(f, kind, &slot))
			break;
	p->kind = (uint8_t)kind;
	p->slot = slot;
	return (f->at > PSYNC_HEADER_LEN);
}

bool
psync_batch_next(const struct psync_batch *b, struct psync_progress *p,
    uint8_t *frame, struct psync_made *made)
{
	struct draft f = { .b = b, .made = made, .frame = frame };
	unsigned first;
	bool any = false;

	psync_zero(made, sizeof(*made));
	while (p->dialects != 0 && !any) {
		first = (unsigned)__builtin_ctz(p->dialects);
		f.d = made->dialect = &psync_dialects[first];
		f.at = PSYNC_HEADER_LEN;
		f.end = b->budget - psync_trailer_len(f.d->version);
		any = draft_next(&f, p);
		if (any)
			made->len = psync_end_frame(frame, f.at, f.d->version,
			    p->repeats, b->cksum);
		if (!any || p->kind == PSYNC_KINDS) {
			p->dialects &= (uint8_t)~PSYNC_DIALECT_BIT(first);
			p->kind = 0;
			p->slot = 0;
		}
	}
	return (any);
}
