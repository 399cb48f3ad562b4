/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What pfsync is spoken like.  A version (the first byte of a frame) says how
 * frames are built and what its numbers of actions stand for; a dialect is a
 * version and how a full state looks in it.  All of it const tables.
 */

#ifndef _NET_PFSYNC_DIALECT_H_
#define _NET_PFSYNC_DIALECT_H_

#include "net/if_pfsync.h"
#include "net/pfsync/codec.h"

/* What messages are for, whatever number a version gives them. */
enum psync_message {
	PSYNC_M_NONE,		/* there is no such action */
	PSYNC_M_SKIP,		/* there is, and it is of no use */
	PSYNC_M_CLR,
	PSYNC_M_INS,
	PSYNC_M_INS_ACK,
	PSYNC_M_UPD,
	PSYNC_M_UPD_C,
	PSYNC_M_UPD_REQ,
	PSYNC_M_DEL,
	PSYNC_M_DEL_C,
	PSYNC_M_BUS,
	PSYNC_M_TDB,
	PSYNC_M_EOF,
	PSYNC_MESSAGES
};

/* An action of a version. */
struct psync_action {
	const struct psync_layout *layout;	/* NULL: of no state */
	uint16_t	size;		/* of a message, bytes */
	uint8_t		message;	/* enum psync_message */
	uint8_t		counter;	/* PFSYNC_ACT_* it is counted as */
};

enum psync_framing {
	PSYNC_FRAME_ONE,	/* one action, named in the header */
	PSYNC_FRAME_EOF,	/* groups under subheaders, then EOF */
	PSYNC_FRAME_SIZED	/* groups whose subheaders tell their size */
};

struct psync_version {
	const struct psync_action *actions;
	const struct psync_values *values;
	uint8_t		nactions;
	uint8_t		number;		/* the version byte */
	uint8_t		framing;	/* enum psync_framing */
	/* The number of each message but INS and UPD; PSYNC_NO_ACTION. */
	uint8_t		action[PSYNC_MESSAGES];
};

#define PSYNC_NO_ACTION	0xff

struct psync_dialect {
	const struct psync_version *version;
	const struct psync_layout *state;
	uint16_t	number;		/* PFSYNC_FORMAT_* */
	uint8_t		act_ins;
	uint8_t		act_upd;
};

enum psync_version_index {
	PSYNC_V_5,
	PSYNC_V_6,
	PSYNC_V_3,
	PSYNC_VERSIONS
};

extern const struct psync_version psync_versions[PSYNC_VERSIONS];

/* Indices of psync_dialects[], the richest format first. */
enum psync_dialect_index {
	PSYNC_D_1500,
	PSYNC_D_1400,
	PSYNC_D_1301,
	PSYNC_D_V6,
	PSYNC_D_V3,
	PSYNC_DIALECTS
};

extern const struct psync_dialect psync_dialects[PSYNC_DIALECTS];

/* NULL if the number is that of no dialect (PFSYNC_FORMAT_AUTO is none). */
const struct psync_dialect *psync_dialect(unsigned number);

/* NULL if the version byte is unknown. */
const struct psync_version *psync_version(uint8_t number);

/* The action of a message in a dialect; PSYNC_NO_ACTION. */
static inline uint8_t
psync_action_of(const struct psync_dialect *d, enum psync_message message)
{
	if (message == PSYNC_M_INS)
		return (d->act_ins);
	if (message == PSYNC_M_UPD)
		return (d->act_upd);
	return (d->version->action[message]);
}

#endif /* _NET_PFSYNC_DIALECT_H_ */
