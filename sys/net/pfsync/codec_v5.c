/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Formats of full states in version 5 frames: 1301 (FreeBSD 9 to 13, 242
 * bytes) and 1400 (FreeBSD 14, 277 bytes), and the short messages they share.
 *
 * A state of these formats has one family and one protocol for both its keys,
 * hence the fields that stand twice: decoding fills both, encoding puts the
 * wire key's last.
 */

#include "net/if_pfsync.h"
#include "net/pfsync/codec.h"

#define NELEM(a)  (sizeof(a) / sizeof((a)[0]))
#define MEMBER(m) (((struct psync_state *)0)->m)

/* clang-format off */
#define F(w, m, t)	\
	{ (w), offsetof(struct psync_state, m), PSYNC_F_##t, 0 }
#define BYTES(w, m)	\
	{ (w), offsetof(struct psync_state, m), PSYNC_F_BYTES, \
	  sizeof(MEMBER(m)) }

/* The first 232 bytes are alike in 1301, 1400 and 1500. */
#define COMMON_FIELDS							\
	BYTES(0, id),							\
	BYTES(8, ifname),						\
	BYTES(24, key[PSYNC_WIRE]),					\
	BYTES(60, key[PSYNC_STACK]),					\
	F(96, src, PEER),						\
	F(128, dst, PEER),						\
	BYTES(160, rt_addr),						\
	F(176, rule, U32),						\
	F(180, anchor, U32),						\
	F(184, nat_rule, U32),						\
	F(188, creation, U32),						\
	F(192, expire, U32),						\
	F(196, packets[0], U64),					\
	F(204, packets[1], U64),					\
	F(212, bytes[0], U64),						\
	F(220, bytes[1], U64),						\
	BYTES(228, creatorid)

#define ONE_FAMILY							\
	F(232, rt_af, U8),						\
	F(232, af[PSYNC_STACK], U8),					\
	F(232, af[PSYNC_WIRE], U8),					\
	F(233, proto[PSYNC_STACK], U8),					\
	F(233, proto[PSYNC_WIRE], U8),					\
	F(234, direction, U8)

static const struct psync_field fields_1301[] = {
	COMMON_FIELDS,
	ONE_FAMILY,
	F(237, log, U8),
	F(238, state_flags, U8TO16),
	F(239, timeout, U8),
	F(240, sync_flags, U8),
	F(241, updates, U8),
};

static const struct psync_field fields_1400[] = {
	COMMON_FIELDS,
	ONE_FAMILY,
	F(235, state_flags, U16),
	F(237, log, U8),
	F(239, timeout, U8),
	F(240, sync_flags, U8),
	F(241, updates, U8),
	F(242, qid, U16),
	F(244, pqid, U16),
	F(246, dnpipe, U16),
	F(248, dnrpipe, U16),
	F(250, rtableid, U32),
	F(254, min_ttl, U8),
	F(255, set_tos, U8),
	F(256, max_mss, U16),
	BYTES(258, set_prio),
	F(260, rt, U8),
	BYTES(261, rt_ifname),
};

#define PLACES_COMMON							\
	.id = 0, .ifname = 8, .src = 96, .dst = 128, .expire = 192,	\
	.creatorid = 228, .af = { 232, 232 }, .proto = { 233, 233 },	\
	.direction = 234, .timeout = 239

const struct psync_layout psync_layout_1301 = {
	.fields = fields_1301,
	.nfields = NELEM(fields_1301),
	.size = PFSYNC_STATE_1301_LEN,
	.at = { PLACES_COMMON },
};

const struct psync_layout psync_layout_1400 = {
	.fields = fields_1400,
	.nfields = NELEM(fields_1400),
	.size = PFSYNC_STATE_1400_LEN,
	.at = { PLACES_COMMON },
};

#define PLACES_SHORT							\
	.direction = PSYNC_NOWHERE, .ifname = PSYNC_NOWHERE,		\
	.af = { PSYNC_NOWHERE, PSYNC_NOWHERE },				\
	.proto = { PSYNC_NOWHERE, PSYNC_NOWHERE }

const struct psync_layout psync_layout_upd_c = {
	.size = PSYNC_UPD_C_LEN,
	.at = { PLACES_SHORT, .id = 0, .src = 8, .dst = 40, .creatorid = 72,
	    .expire = PSYNC_NOWHERE, .timeout = 80 },
};

const struct psync_layout psync_layout_key12 = {
	.size = PSYNC_KEY12_LEN,
	.at = { PLACES_SHORT, .id = 0, .creatorid = 8, .src = PSYNC_NOWHERE,
	    .dst = PSYNC_NOWHERE, .expire = PSYNC_NOWHERE,
	    .timeout = PSYNC_NOWHERE },
};

static const struct psync_format formats[] = {
	{ &psync_layout_1301, PFSYNC_FORMAT_1301, PFSYNC_ACT_INS_1301,
	    PFSYNC_ACT_UPD_1301 },
	{ &psync_layout_1400, PFSYNC_FORMAT_1400, PFSYNC_ACT_INS_1400,
	    PFSYNC_ACT_UPD_1400 },
};
/* clang-format on */

const struct psync_format *
psync_format(unsigned number)
{
	unsigned i;

	for (i = 0; i < NELEM(formats); i++)
		if (formats[i].number == number)
			return (&formats[i]);
	return (NULL);
}
