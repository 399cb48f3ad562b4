/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Formats of full states in version 5 frames: 1301 (FreeBSD 9 to 13, 242
 * bytes), 1400 (FreeBSD 14, 277 bytes) and 1500 (FreeBSD 15, 360 bytes), and
 * the short messages they share.
 *
 * A state of 1301 and 1400 has one family and one protocol for both its keys,
 * hence the fields that stand twice: decoding fills both, encoding puts the
 * wire key's last.
 */

#include "net/if_pfsync.h"
#include "net/pfsync/codec.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
/* The first 232 bytes are alike in 1301, 1400 and 1500. */
#define COMMON_FIELDS							\
	PSYNC_BYTES(0, id),						\
	PSYNC_BYTES(8, ifname),						\
	PSYNC_BYTES(24, key[PSYNC_WIRE]),				\
	PSYNC_BYTES(60, key[PSYNC_STACK]),				\
	PSYNC_AFTER_KEYS(96),						\
	PSYNC_EXPIRE_AFTER_KEYS(96)

#define ONE_FAMILY							\
	PSYNC_F(232, rt_af, U8),					\
	PSYNC_F(232, af[PSYNC_STACK], U8),				\
	PSYNC_F(232, af[PSYNC_WIRE], U8),				\
	PSYNC_F(233, proto[PSYNC_STACK], U8),				\
	PSYNC_F(233, proto[PSYNC_WIRE], U8),				\
	PSYNC_F(234, direction, U8)

static const struct psync_field fields_1301[] = {
	COMMON_FIELDS,
	ONE_FAMILY,
	PSYNC_F(237, log, U8),
	PSYNC_F(238, state_flags, U8TO16),
	PSYNC_F(239, timeout, U8),
	PSYNC_F(240, sync_flags, U8),
	PSYNC_F(241, updates, U8),
};

static const struct psync_field fields_1400[] = {
	COMMON_FIELDS,
	ONE_FAMILY,
	PSYNC_F(235, state_flags, U16),
	PSYNC_F(237, log, U8),
	PSYNC_F(239, timeout, U8),
	PSYNC_F(240, sync_flags, U8),
	PSYNC_F(241, updates, U8),
	PSYNC_F(242, qid, U16),
	PSYNC_F(244, pqid, U16),
	PSYNC_F(246, dnpipe, U16),
	PSYNC_F(248, dnrpipe, U16),
	PSYNC_F(250, rtableid, U32),
	PSYNC_F(254, min_ttl, U8),
	PSYNC_F(255, set_tos, U8),
	PSYNC_F(256, max_mss, U16),
	PSYNC_BYTES(258, set_prio),
	PSYNC_F(260, rt, U8),
	PSYNC_BYTES(261, rt_ifname),
};

#define FIELDS_1500							\
	COMMON_FIELDS,							\
	PSYNC_BYTES(232, tagname),					\
	PSYNC_BYTES(296, rt_ifname),					\
	PSYNC_BYTES(312, orig_ifname),					\
	PSYNC_F(328, rtableid, U32),					\
	PSYNC_F(332, state_flags, U16),					\
	PSYNC_F(334, qid, U16),						\
	PSYNC_F(336, pqid, U16),					\
	PSYNC_F(338, dnpipe, U16),					\
	PSYNC_F(340, dnrpipe, U16),					\
	PSYNC_F(342, max_mss, U16),					\
	PSYNC_F(344, af[PSYNC_WIRE], U8),				\
	PSYNC_F(345, af[PSYNC_STACK], U8),				\
	PSYNC_F(346, rt_af, U8),					\
	PSYNC_F(347, proto[PSYNC_WIRE], U8),				\
	PSYNC_F(348, proto[PSYNC_STACK], U8),				\
	PSYNC_F(349, log, U8),						\
	PSYNC_F(350, timeout, U8),					\
	PSYNC_F(351, direction, U8),					\
	PSYNC_F(352, rt, U8),						\
	PSYNC_F(353, min_ttl, U8),					\
	PSYNC_F(354, set_tos, U8),					\
	PSYNC_BYTES(355, set_prio)

static const struct psync_field fields_1500[] = {
	FIELDS_1500,
};

/*
 * What waits to be said in several dialects: as 1500, and in its spare bytes
 * what others have.  It is on no wire.
 */
static const struct psync_field fields_mixed[] = {
	FIELDS_1500,
	PSYNC_F(357, sync_flags, U8),
	PSYNC_F(358, updates, U8),
};

#define PLACES_COMMON							\
	.id = 0, .ifname = 8, .src = 96, .dst = 128, .expire = 192,	\
	.creatorid = 228, .updates = PSYNC_NOWHERE,			\
	.flags = PSYNC_NOWHERE
#define PLACES_ONE							\
	.af = 232, .key_af = { PSYNC_NOWHERE, PSYNC_NOWHERE },		\
	.proto = 233, .direction = 234, .timeout = 239,			\
	.orig_ifname = PSYNC_NOWHERE, .tagname = PSYNC_NOWHERE

const struct psync_layout psync_layout_1301 = {
	.fields = fields_1301,
	.values = &psync_values_freebsd,
	.nfields = NELEM(fields_1301),
	.size = PFSYNC_STATE_1301_LEN,
	.keys = PSYNC_KEYS_ONE,
	.at = { PLACES_COMMON, PLACES_ONE, .rt_ifname = PSYNC_NOWHERE },
};

const struct psync_layout psync_layout_1400 = {
	.fields = fields_1400,
	.values = &psync_values_freebsd,
	.nfields = NELEM(fields_1400),
	.size = PFSYNC_STATE_1400_LEN,
	.keys = PSYNC_KEYS_ONE,
	.at = { PLACES_COMMON, PLACES_ONE, .rt_ifname = 261 },
};

#define PLACES_1500							\
	.af = 344, .key_af = { 344, 345 }, .proto = 347,		\
	.direction = 351, .timeout = 350, .rt_ifname = 296,		\
	.orig_ifname = 312, .tagname = 232

const struct psync_layout psync_layout_1500 = {
	.fields = fields_1500,
	.values = &psync_values_freebsd,
	.nfields = NELEM(fields_1500),
	.size = PFSYNC_STATE_1500_LEN,
	.keys = PSYNC_KEYS_ANY,
	.at = { PLACES_COMMON, PLACES_1500 },
};

const struct psync_layout psync_layout_mixed = {
	.fields = fields_mixed,
	.values = &psync_values_freebsd,
	.nfields = NELEM(fields_mixed),
	.size = PFSYNC_STATE_1500_LEN,
	.keys = PSYNC_KEYS_ANY,
	.at = { PLACES_COMMON, PLACES_1500 },
};

const struct psync_layout psync_layout_upd_c = {
	.values = &psync_values_freebsd,
	.size = PSYNC_UPD_C_LEN,
	.at = { PSYNC_PLACES_SHORT, .id = 0, .src = 8, .dst = 40,
	    .creatorid = 72, .expire = PSYNC_NOWHERE, .timeout = 80,
	    .updates = PSYNC_NOWHERE, .flags = PSYNC_NOWHERE },
};

/* Of version 6, too; and version 3 only has something behind it. */
const struct psync_layout psync_layout_key12 = {
	.values = &psync_values_freebsd,
	.size = PSYNC_KEY12_LEN,
	.at = { PSYNC_PLACES_SHORT, .id = 0, .creatorid = 8,
	    .src = PSYNC_NOWHERE, .dst = PSYNC_NOWHERE,
	    .expire = PSYNC_NOWHERE, .timeout = PSYNC_NOWHERE,
	    .updates = PSYNC_NOWHERE, .flags = PSYNC_NOWHERE },
};
/* clang-format on */
