/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames: writing their headers, and one length-checked walk over them.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/codec.h"
#include "net/pfsync/wire.h"

#define UNKNOWN (-1)

/*
 * Version 5 gives no message sizes in its frames, so an action that is not
 * here cannot be stepped over.  Fragments (INS_F, DEL_F) were numbered but
 * never given a format.
 */
static const int16_t message_size[PFSYNC_ACT_MAX] = {
	[PFSYNC_ACT_CLR] = sizeof(struct pfsync_clr),
	[PFSYNC_ACT_INS_1301] = PFSYNC_STATE_1301_LEN,
	[PFSYNC_ACT_INS_ACK] = PSYNC_KEY12_LEN,
	[PFSYNC_ACT_UPD_1301] = PFSYNC_STATE_1301_LEN,
	[PFSYNC_ACT_UPD_C] = PSYNC_UPD_C_LEN,
	[PFSYNC_ACT_UPD_REQ] = PSYNC_KEY12_LEN,
	[PFSYNC_ACT_DEL] = PFSYNC_STATE_1301_LEN,
	[PFSYNC_ACT_DEL_C] = PSYNC_KEY12_LEN,
	[PFSYNC_ACT_INS_F] = UNKNOWN,
	[PFSYNC_ACT_DEL_F] = UNKNOWN,
	[PFSYNC_ACT_BUS] = sizeof(struct pfsync_bus),
	[PFSYNC_ACT_TDB] = sizeof(struct pfsync_tdb),
	[PFSYNC_ACT_EOF] = 0,
	[PFSYNC_ACT_INS_1400] = PFSYNC_STATE_1400_LEN,
	[PFSYNC_ACT_UPD_1400] = PFSYNC_STATE_1400_LEN,
};

int
psync_message_size(uint8_t action)
{
	return (action < PFSYNC_ACT_MAX ? message_size[action] : UNKNOWN);
}

enum pfsync_refusal
psync_frame_check(const uint8_t *frame, size_t len)
{
	size_t count, offset;
	uint8_t action;
	int size;

	if (len < PSYNC_HEADER_LEN)
		return (PFSYNC_R_SHORT);
	if (frame[0] != PFSYNC_VERSION)
		return (PFSYNC_R_VERSION);
	if (psync_get16(frame + 2) != len)
		return (PFSYNC_R_LENGTH);

	for (offset = PSYNC_HEADER_LEN; len - offset >= PSYNC_SUBHEADER_LEN;) {
		action = frame[offset];
		count = psync_get16(frame + offset + 2);
		offset += PSYNC_SUBHEADER_LEN;

		size = psync_message_size(action);
		if (size < 0)
			return (PFSYNC_R_ACTION);
		if (action == PFSYNC_ACT_EOF)
			return (offset == len && count == 1 ? PFSYNC_OK :
							      PFSYNC_R_EOF);
		if (count == 0 || count * (size_t)size > len - offset)
			return (PFSYNC_R_COUNT);
		offset += count * (size_t)size;
	}
	return (PFSYNC_R_EOF);
}

bool
psync_frame_next(const uint8_t *frame, size_t len, size_t *offset,
    struct psync_group *group)
{
	if (*offset >= len)
		return (false);
	group->action = frame[*offset];
	group->count = psync_get16(frame + *offset + 2);
	group->messages = frame + *offset + PSYNC_SUBHEADER_LEN;
	*offset += PSYNC_SUBHEADER_LEN +
	    group->count * (size_t)message_size[group->action];
	return (true);
}

size_t
psync_put_header(uint8_t *w, size_t frame_len, const uint8_t *cksum)
{
	w[0] = PFSYNC_VERSION;
	w[1] = 0;
	psync_put16(w + 2, (uint16_t)frame_len);
	psync_copy(w + 4, cksum, PFSYNC_CKSUM_LEN);
	return (PSYNC_HEADER_LEN);
}

size_t
psync_put_subheader(uint8_t *w, uint8_t action, unsigned count)
{
	w[0] = action;
	w[1] = 0;
	psync_put16(w + 2, (uint16_t)count);
	return (PSYNC_SUBHEADER_LEN);
}
