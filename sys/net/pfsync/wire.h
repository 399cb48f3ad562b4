/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Version 5 frames: header, then for each kind of message a subheader and the
 * messages, then EOF.  This is the one place where lengths are checked.
 */

#ifndef _NET_PFSYNC_WIRE_H_
#define _NET_PFSYNC_WIRE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/if_pfsync.h"

#define PSYNC_HEADER_LEN	20
#define PSYNC_SUBHEADER_LEN	4
#define PSYNC_IPV4_LEN		20
#define PSYNC_IPV6_LEN		40

/* Messages of one kind in a frame. */
struct psync_group {
	const uint8_t	*messages;	/* count times size bytes */
	uint16_t	count;
	uint8_t		action;
};

/*
 * The size of an action's message in version 5; -1 if there is no such action
 * or its size is not known.  EOF has size 0.
 */
int	psync_message_size(uint8_t action);

/*
 * Checks the structure of a frame: version, length, every subheader and count,
 * and EOF exactly at the end.  Values are not looked at.  PFSYNC_OK, or
 * PFSYNC_R_SHORT, _VERSION, _LENGTH, _COUNT, _EOF, _ACTION.
 */
enum pfsync_refusal psync_frame_check(const uint8_t *frame, size_t len);

/*
 * Walks a frame that psync_frame_check() found good: *offset is
 * PSYNC_HEADER_LEN at first.  EOF is a group too, the last.  Returns false
 * after it.
 */
bool	psync_frame_next(const uint8_t *frame, size_t len, size_t *offset,
	    struct psync_group *);

/* Each writes at w and returns how many bytes. */
size_t	psync_put_header(uint8_t *w, size_t frame_len, const uint8_t *cksum);
size_t	psync_put_subheader(uint8_t *w, uint8_t action, unsigned count);

#endif /* _NET_PFSYNC_WIRE_H_ */
