/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames: writing their headers, and one length-checked walk over them.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/wire.h"

static const struct psync_action unknown = { .message = PSYNC_M_NONE };
static const struct psync_action skipped = {
	.message = PSYNC_M_SKIP,
	.counter = PFSYNC_ACT_MAX,
};

static const struct psync_action *
find_action(const struct psync_version *v, uint8_t action)
{
	if (action >= v->nactions)
		return (&unknown);
	return (&v->actions[action]);
}

/*
 * Version 3: the messages of the one action are all there is.  NetBSD says that
 * a lone CLR or BUS is none.
 */
static enum pfsync_refusal
read_one(const struct psync_version *v, const uint8_t *frame, size_t len,
    struct psync_group *g)
{
	g->number = frame[2];
	g->action = find_action(v, g->number);
	g->messages = frame + PSYNC_HEADER_LEN;
	g->size = g->action->size;
	g->count = frame[3];
	if (g->action->message == PSYNC_M_NONE)
		return (PFSYNC_R_ACTION);
	if (g->count == 0 &&
	    (g->action->message == PSYNC_M_CLR ||
		g->action->message == PSYNC_M_BUS))
		g->count = 1;
	if (g->count == 0)
		return (PFSYNC_R_COUNT);
	if ((size_t)g->count * g->size != len - PSYNC_HEADER_LEN)
		return (PFSYNC_R_COUNT);
	return (PFSYNC_OK);
}

/*
 * Version 5: EOF is not followed by anything, and all other messages are there.
 */
static enum pfsync_refusal
read_eof(struct psync_group *g, size_t left)
{
	if (g->action->message == PSYNC_M_NONE)
		return (PFSYNC_R_ACTION);
	g->size = g->action->size;
	if (g->action->message == PSYNC_M_EOF)
		return (left == 0 && g->count == 1 ? PFSYNC_OK : PFSYNC_R_EOF);
	if (g->count == 0 || (size_t)g->count * g->size > left)
		return (PFSYNC_R_COUNT);
	return (PFSYNC_OK);
}

/*
 * Version 6: what is not known, or is smaller than we know it, is stepped over
 * by the size it says; what is larger has something behind what we know.  EOF
 * is a relic and may stand anywhere.
 */
static enum pfsync_refusal
read_sized(struct psync_group *g, uint8_t words, size_t left)
{
	g->size = (uint16_t)(words * 4U);
	if (g->action->message == PSYNC_M_NONE || g->size < g->action->size) {
		if (g->size == 0 || g->count == 0)
			return (PFSYNC_R_ACTION);
		g->action = &skipped;
	}
	if (g->count == 0 || (size_t)g->count * g->size > left)
		return (PFSYNC_R_COUNT);
	return (PFSYNC_OK);
}

/* Reads the group at *offset, and moves it on. */
static enum pfsync_refusal
read_group(const struct psync_version *v, const uint8_t *frame, size_t len,
    size_t *offset, struct psync_group *g)
{
	const uint8_t *w = frame + *offset;
	enum pfsync_refusal why;
	size_t left;

	g->version = v;
	if (v->framing == PSYNC_FRAME_ONE) {
		*offset = len;
		return (read_one(v, frame, len, g));
	}
	if (len - *offset < PSYNC_SUBHEADER_LEN)
		return (v->framing == PSYNC_FRAME_EOF ? PFSYNC_R_EOF :
							PFSYNC_R_COUNT);
	*offset += PSYNC_SUBHEADER_LEN;
	left = len - *offset;
	g->number = w[0];
	g->action = find_action(v, g->number);
	g->count = psync_get16(w + 2);
	g->messages = w + PSYNC_SUBHEADER_LEN;
	why = v->framing == PSYNC_FRAME_EOF ? read_eof(g, left) :
					      read_sized(g, w[1], left);
	if (why == PFSYNC_OK)
		*offset += (size_t)g->count * g->size;
	return (why);
}

/* Is that all, once a group has been read? */
static bool
ended(const struct psync_version *v, const struct psync_group *g, size_t offset,
    size_t len)
{
	if (v->framing == PSYNC_FRAME_EOF)
		return (g->action->message == PSYNC_M_EOF);
	return (offset == len);
}

enum pfsync_refusal
psync_frame_check(const uint8_t *frame, size_t len)
{
	const struct psync_version *v;
	struct psync_group g;
	enum pfsync_refusal why;
	size_t offset = PSYNC_HEADER_LEN;

	if (len < PSYNC_HEADER_LEN)
		return (PFSYNC_R_SHORT);
	v = psync_version(frame[0]);
	if (v == NULL)
		return (PFSYNC_R_VERSION);
	if (v->framing != PSYNC_FRAME_ONE && psync_get16(frame + 2) != len)
		return (PFSYNC_R_LENGTH);
	/* A version 6 frame of no groups is good, and says nothing. */
	if (v->framing == PSYNC_FRAME_SIZED && len == PSYNC_HEADER_LEN)
		return (PFSYNC_OK);
	do {
		why = read_group(v, frame, len, &offset, &g);
	} while (why == PFSYNC_OK && !ended(v, &g, offset, len));
	return (why);
}

bool
psync_frame_next(const uint8_t *frame, size_t len, size_t *offset,
    struct psync_group *g)
{
	if (*offset >= len)
		return (false);
	return (read_group(psync_version(frame[0]), frame, len, offset, g) ==
	    PFSYNC_OK);
}

size_t
psync_put_group(uint8_t *frame, size_t at, const struct psync_version *v,
    uint8_t action, unsigned count)
{
	uint8_t *w = frame + at;

	if (v->framing == PSYNC_FRAME_ONE) {
		frame[2] = action;
		frame[3] = (uint8_t)count;
		return (0);
	}
	w[0] = action;
	w[1] = 0;
	if (v->framing == PSYNC_FRAME_SIZED)
		w[1] = (uint8_t)(v->actions[action].size / 4);
	psync_put16(w + 2, (uint16_t)count);
	return (PSYNC_SUBHEADER_LEN);
}

size_t
psync_end_frame(uint8_t *frame, size_t len, const struct psync_version *v,
    bool repeats, const uint8_t *cksum)
{
	if (v->framing == PSYNC_FRAME_EOF)
		len += psync_put_group(frame, len, v, PFSYNC_ACT_EOF, 1);
	frame[0] = v->number;
	frame[1] = PFSYNC_SPEAKS_1500;
	if (repeats && v->number != PFSYNC_VERSION)
		frame[1] |= PFSYNC_SPEAKS_REPEATED;
	if (v->framing != PSYNC_FRAME_ONE)
		psync_put16(frame + 2, (uint16_t)len);
	psync_copy(frame + 4, cksum, PFSYNC_CKSUM_LEN);
	return (len);
}
