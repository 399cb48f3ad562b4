/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Full states (240 bytes) and compressed updates (88) of version 3, NetBSD's.
 *
 * There are three hosts in place of two keys (see keymap.h).  What stands where
 * other versions have the seconds left is, to NetBSD's pf, how far the last
 * packet lies in the future: always 0, and not read here.  Nor are the flags
 * NOSYNC, FROMSYNC and STALE, which mean something to NetBSD's driver alone.
 */

#include "net/if_pfsync.h"
#include "net/pfsync/codec.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
/* The family and the protocol before the hosts, which need them. */
static const struct psync_field fields_v3[] = {
	PSYNC_BYTES(0, id),
	PSYNC_BYTES(8, ifname),
	PSYNC_F(232, rt_af, FAMILY_IN),
	PSYNC_F(232, af[PSYNC_STACK], FAMILY_IN),
	PSYNC_F(232, af[PSYNC_WIRE], FAMILY),
	PSYNC_F(233, proto, PROTO),
	PSYNC_F(24, key, HOSTS),
	PSYNC_AFTER_KEYS(96),
	PSYNC_F(234, direction, U8),
	PSYNC_F(235, log, U8),
	PSYNC_F(236, state_flags, OPTS),
	PSYNC_F(237, timeout, U8),
	PSYNC_F(239, updates, U8),
};

const struct psync_layout psync_layout_v3 = {
	.fields = fields_v3,
	.values = &psync_values_netbsd,
	.nfields = NELEM(fields_v3),
	.size = PFSYNC_STATE_V3_LEN,
	.keys = PSYNC_KEYS_HOSTS,
	.at = { .id = 0, .ifname = 8, .src = 96, .dst = 128,
	    .expire = PSYNC_NOWHERE, .creatorid = 228, .af = 232,
	    .key_af = { PSYNC_NOWHERE, PSYNC_NOWHERE }, .proto = 233,
	    .direction = 234, .timeout = 237, .rt_ifname = PSYNC_NOWHERE,
	    .orig_ifname = PSYNC_NOWHERE, .tagname = PSYNC_NOWHERE,
	    .updates = PSYNC_NOWHERE, .flags = PSYNC_NOWHERE },
};

const struct psync_layout psync_layout_upd_c_v3 = {
	.values = &psync_values_netbsd,
	.size = PSYNC_UPD_C_V3_LEN,
	.at = { PSYNC_PLACES_SHORT, .id = 0, .src = 8, .dst = 40,
	    .creatorid = 72, .expire = PSYNC_NOWHERE, .timeout = 80,
	    .updates = 81, .flags = PSYNC_NOWHERE },
};
/* clang-format on */
