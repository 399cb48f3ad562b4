/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Full states (264 bytes) and compressed updates of version 6, OpenBSD's.
 *
 * Each key has a family, 0 standing for the state's, and a routing domain; and
 * for each there is a routing table.  The protocol is the wire key's.
 */

#include "net/if_pfsync.h"
#include "net/pfsync/codec.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
/*
 * The state's family before the keys', all of them before the protocol, and the
 * direction before the routing tables: each needs what is before it.
 */
static const struct psync_field fields_v6[] = {
	PSYNC_BYTES(0, id),
	PSYNC_BYTES(8, ifname),
	PSYNC_BYTES(24, key[PSYNC_WIRE]),
	PSYNC_F(60, key[PSYNC_WIRE], RDOMAIN),
	PSYNC_BYTES(64, key[PSYNC_STACK]),
	PSYNC_F(100, key[PSYNC_STACK], RDOMAIN),
	PSYNC_AFTER_KEYS(104),
	PSYNC_EXPIRE_AFTER_KEYS(104),
	PSYNC_F(252, direction, U8),
	PSYNC_F(240, rtableid, RTABLES),
	PSYNC_F(248, max_mss, U16),
	PSYNC_F(250, rt_af, FAMILY_IN),
	PSYNC_F(250, af[PSYNC_STACK], FAMILY_IN),
	PSYNC_F(250, af[PSYNC_WIRE], FAMILY),
	PSYNC_F(62, af[PSYNC_WIRE], FAMILY),
	PSYNC_F(102, af[PSYNC_STACK], FAMILY),
	PSYNC_F(251, proto, PROTO),
	PSYNC_F(253, log, U8),
	PSYNC_F(254, rt, ROUTE),
	PSYNC_F(255, timeout, U8),
	PSYNC_F(256, sync_flags, U8),
	PSYNC_F(257, updates, U8),
	PSYNC_F(258, min_ttl, U8),
	PSYNC_F(259, set_tos, U8),
	PSYNC_F(260, state_flags, FLAGS),
	PSYNC_BYTES(262, set_prio),
};

const struct psync_layout psync_layout_v6 = {
	.fields = fields_v6,
	.values = &psync_values_openbsd,
	.nfields = NELEM(fields_v6),
	.size = PFSYNC_STATE_V6_LEN,
	.keys = PSYNC_KEYS_FAMILIES,
	.at = { .id = 0, .ifname = 8, .src = 104, .dst = 136, .expire = 200,
	    .creatorid = 236, .af = 250, .key_af = { 62, 102 }, .proto = 251,
	    .direction = 252, .timeout = 255, .rt_ifname = PSYNC_NOWHERE,
	    .orig_ifname = PSYNC_NOWHERE, .tagname = PSYNC_NOWHERE,
	    .updates = PSYNC_NOWHERE, .flags = PSYNC_NOWHERE },
};

const struct psync_layout psync_layout_upd_c_v6 = {
	.values = &psync_values_openbsd,
	.size = PSYNC_UPD_C_LEN,
	.at = { PSYNC_PLACES_SHORT, .id = 0, .src = 8, .dst = 40,
	    .creatorid = 72, .expire = PSYNC_NOWHERE, .timeout = 80,
	    .flags = 81, .updates = PSYNC_NOWHERE },
};
/* clang-format on */
