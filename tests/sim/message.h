/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages on the wire, in frames of whichever version, read by hand from the
 * description of the formats: a mistake in the engine's tables cannot hide
 * itself here.
 */

#ifndef _SIM_MESSAGE_H_
#define _SIM_MESSAGE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/pfsync/dialect.h"

/* One side of a state, as far as it only ever grows. */
struct sim_side {
	uint32_t	lo;
	uint32_t	hi;
	uint16_t	win;
	uint8_t		state;
};

struct sim_message {
	uint8_t		kind;		/* enum psync_message */
	uint8_t		action;		/* its number in this version */
	uint8_t		status;		/* of BUS */
	bool		acked;		/* INS_ACK is wanted */
	bool		sided;		/* side says something */
	uint64_t	id;		/* these two are 0 for want of them */
	uint32_t	creatorid;
	struct sim_side	side[2];	/* src, dst */
};

/* Of a version: 0 is 5, 1 is 6, 2 is 3, as enum psync_version_index has it. */
#define SIM_VERSIONS	PSYNC_VERSIONS

/* The version of a frame; SIM_VERSIONS if it is none or is not whole. */
unsigned sim_frame_version(const uint8_t *frame, size_t len);

/* Says in another dialect what the same firewall says in version 5, too. */
bool	sim_frame_repeats(const uint8_t *frame);

/*
 * Reads on: *at is 0 at first.  False after the last message of a frame, or
 * where it makes no sense.
 */
struct sim_reading {
	size_t		at;
	unsigned	left;		/* messages of the group */
	size_t		size;		/* of each */
	uint8_t		action;
};
bool	sim_message_next(const uint8_t *frame, size_t len,
	    struct sim_reading *, struct sim_message *);

/* The IP packet's frame; *len becomes that of the frame. */
const uint8_t *sim_packet_frame(const uint8_t *pkt, size_t *len);

#endif /* _SIM_MESSAGE_H_ */
