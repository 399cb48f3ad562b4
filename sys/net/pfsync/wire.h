/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames: a header, then for each kind of message a subheader and the messages;
 * version 5 ends in EOF, version 3 has one kind and it stands in the header.
 * This is the one place where lengths are checked.
 */

#ifndef _NET_PFSYNC_WIRE_H_
#define _NET_PFSYNC_WIRE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/pfsync/dialect.h"

#define PSYNC_HEADER_LEN	20
#define PSYNC_SUBHEADER_LEN	4
#define PSYNC_IPV4_LEN		20
#define PSYNC_IPV6_LEN		40

/* Messages of one kind in a frame. */
struct psync_group {
	const struct psync_action *action;
	const struct psync_version *version;
	const uint8_t	*messages;	/* count times size bytes */
	uint16_t	count;
	uint16_t	size;		/* of each, or more than we know of */
	uint8_t		number;		/* of the action, in this version */
};

/*
 * Checks the structure of a frame: version, length, every subheader and count,
 * and, in version 5, EOF exactly at the end.  Values are not looked at.
 * PFSYNC_OK, or PFSYNC_R_SHORT, _VERSION, _LENGTH, _COUNT, _EOF, _ACTION.
 */
enum pfsync_refusal psync_frame_check(const uint8_t *frame, size_t len);

/*
 * Walks a frame that psync_frame_check() found good: *offset is
 * PSYNC_HEADER_LEN at first.  EOF is a group too, the last; so is what was
 * stepped over (PSYNC_M_SKIP).  Returns false after the last.
 */
bool	psync_frame_next(const uint8_t *frame, size_t len, size_t *offset,
	    struct psync_group *);

#define PSYNC_V3_COUNT_MAX	254	/* messages of a version 3 frame */

/* Bytes between groups, and behind the last. */
static inline size_t
psync_group_len(const struct psync_version *v)
{
	return (v->framing == PSYNC_FRAME_ONE ? 0 : PSYNC_SUBHEADER_LEN);
}

static inline size_t
psync_trailer_len(const struct psync_version *v)
{
	return (v->framing == PSYNC_FRAME_EOF ? PSYNC_SUBHEADER_LEN : 0);
}

/*
 * Says of the count messages that stand psync_group_len() bytes behind at what
 * they are, and returns psync_group_len().  Version 3 says it in the header.
 */
size_t	psync_put_group(uint8_t *frame, size_t at, const struct psync_version *,
	    uint8_t action, unsigned count);

/*
 * Ends a frame of len bytes so far, header included but not yet written, and
 * returns how many it is then.  repeats: it is said in version 5, too, and a
 * version that is not that one marks it so.
 */
size_t	psync_end_frame(uint8_t *frame, size_t len,
	    const struct psync_version *, bool repeats, const uint8_t *cksum);

#endif /* _NET_PFSYNC_WIRE_H_ */
