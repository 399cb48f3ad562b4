/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Version 5 frames by hand.  The sizes are those of the format's description,
 * not taken from the structures of if_pfsync.h.
 */

#include <string.h>

#include "frame.h"

#define HEADER	  20
#define SUBHEADER 4
#define EOF_	  12

static const uint16_t sizes[] = { 20, 242, 12, 242, 84, 12, 242, 12, 0, 0, 12,
	48, 0, 277, 277, 360, 360 };

size_t
frame_size(uint8_t action)
{
	return (action < sizeof(sizes) / sizeof(sizes[0]) ? sizes[action] : 0);
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
frame_set_len(struct frame *f, size_t len)
{
	put16(f->bytes + 2, len);
}

void
frame_begin(struct frame *f, const uint8_t *checksum)
{
	memset(f->bytes, 0, HEADER);
	f->bytes[0] = 5;
	memcpy(f->bytes + 4, checksum, 16);
	f->len = HEADER;
}

void
frame_group(struct frame *f, uint8_t action, unsigned count,
    const void *messages, size_t len)
{
	uint8_t *w = f->bytes + f->len;

	w[0] = action;
	w[1] = 0;
	put16(w + 2, count);
	if (len > 0)
		memcpy(w + SUBHEADER, messages, len);
	f->len += SUBHEADER + len;
}

void
frame_end(struct frame *f)
{
	frame_group(f, EOF_, 1, NULL, 0);
	frame_set_len(f, f->len);
}

void
frame_one(struct frame *f, const uint8_t *checksum, uint8_t action,
    unsigned count, const void *messages)
{
	frame_begin(f, checksum);
	frame_group(f, action, count, messages, count * frame_size(action));
	frame_end(f);
}

unsigned
frame_messages(const uint8_t *frame, size_t len, uint8_t action)
{
	unsigned count, sum = 0;
	size_t at = HEADER;

	for (; at + SUBHEADER <= len;
	     at += SUBHEADER + count * frame_size(frame[at])) {
		count = (unsigned)frame[at + 2] << 8 | frame[at + 3];
		if (frame[at] == action)
			sum += count;
	}
	return (sum);
}

const uint8_t *
frame_message(const uint8_t *frame, size_t len, uint8_t action, unsigned i)
{
	unsigned count;
	size_t at = HEADER;

	for (; at + SUBHEADER <= len;
	     at += SUBHEADER + count * frame_size(frame[at])) {
		count = (unsigned)frame[at + 2] << 8 | frame[at + 3];
		if (frame[at] != action)
			continue;
		if (i < count)
			return (
			    frame + at + SUBHEADER + i * frame_size(action));
		i -= count;
	}
	return (NULL);
}
