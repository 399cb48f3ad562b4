/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Version 5 frames written and read by hand, apart from the engine's own code,
 * so that a mistake there cannot hide itself.
 */

#ifndef _LIB_FRAME_H_
#define _LIB_FRAME_H_

#include <stddef.h>
#include <stdint.h>

#include "net/if_pfsync.h"

struct frame {
	size_t		len;
	uint8_t		bytes[65536 + 4096];
};

/* Bytes of one message of an action; 0 for EOF and what does not exist. */
size_t	frame_size(uint8_t action);

/* A header; a group of messages (len bytes of them); EOF, and the length. */
void	frame_begin(struct frame *, const uint8_t *checksum);
void	frame_group(struct frame *, uint8_t action, unsigned count,
	    const void *messages, size_t len);
void	frame_end(struct frame *);

/* Writes len into the header, whatever it is. */
void	frame_set_len(struct frame *, size_t len);

/* A frame of one group of count messages of this action. */
void	frame_one(struct frame *, const uint8_t *checksum, uint8_t action,
	    unsigned count, const void *messages);

/* Messages of an action in a good frame, and the i-th of them. */
unsigned frame_messages(const uint8_t *frame, size_t len, uint8_t action);
const uint8_t *frame_message(const uint8_t *frame, size_t len, uint8_t action,
	    unsigned i);

/*
 * Fails the test unless the engine finds this of a frame.  In frame_require.c,
 * since not all who write frames are tests.
 */
void	frame_require(const struct frame *, enum pfsync_refusal want);

#endif /* _LIB_FRAME_H_ */
