/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The versions, their actions, and the dialects.
 */

#include "net/pfsync/dialect.h"
#include "net/pfsync/tdb.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
/* An action of a state, and one of none. */
#define STATE(m, l, size, c)	{ &psync_layout_##l, (size), PSYNC_M_##m, (c) }
#define OTHER(m, size, c)	{ NULL, (size), PSYNC_M_##m, (c) }

#define KEY_V3_LEN	16	/* UPD_REQ and DEL_C */
#define CLR_V3_LEN	24
#define BUS_V3_LEN	16

/*
 * Version 5 tells no sizes, so an action that is not here cannot be stepped
 * over.  Fragments (INS_F, DEL_F) were numbered but never given a format.
 */
static const struct psync_action actions_v5[PFSYNC_ACT_MAX] = {
	[PFSYNC_ACT_CLR] = OTHER(CLR, sizeof(struct pfsync_clr),
	    PFSYNC_ACT_CLR),
	[PFSYNC_ACT_INS_1301] = STATE(INS, 1301, PFSYNC_STATE_1301_LEN,
	    PFSYNC_ACT_INS_1301),
	[PFSYNC_ACT_INS_ACK] = STATE(INS_ACK, key12, PSYNC_KEY12_LEN,
	    PFSYNC_ACT_INS_ACK),
	[PFSYNC_ACT_UPD_1301] = STATE(UPD, 1301, PFSYNC_STATE_1301_LEN,
	    PFSYNC_ACT_UPD_1301),
	[PFSYNC_ACT_UPD_C] = STATE(UPD_C, upd_c, PSYNC_UPD_C_LEN,
	    PFSYNC_ACT_UPD_C),
	[PFSYNC_ACT_UPD_REQ] = OTHER(UPD_REQ, PSYNC_KEY12_LEN,
	    PFSYNC_ACT_UPD_REQ),
	[PFSYNC_ACT_DEL] = STATE(DEL, 1301, PFSYNC_STATE_1301_LEN,
	    PFSYNC_ACT_DEL),
	[PFSYNC_ACT_DEL_C] = STATE(DEL_C, key12, PSYNC_KEY12_LEN,
	    PFSYNC_ACT_DEL_C),
	[PFSYNC_ACT_BUS] = OTHER(BUS, sizeof(struct pfsync_bus),
	    PFSYNC_ACT_BUS),
	[PFSYNC_ACT_TDB] = OTHER(TDB, PSYNC_TDB_LEN, PFSYNC_ACT_TDB),
	[PFSYNC_ACT_EOF] = OTHER(EOF, 0, PFSYNC_ACT_EOF),
	[PFSYNC_ACT_INS_1400] = STATE(INS, 1400, PFSYNC_STATE_1400_LEN,
	    PFSYNC_ACT_INS_1400),
	[PFSYNC_ACT_UPD_1400] = STATE(UPD, 1400, PFSYNC_STATE_1400_LEN,
	    PFSYNC_ACT_UPD_1400),
	[PFSYNC_ACT_INS_1500] = STATE(INS, 1500, PFSYNC_STATE_1500_LEN,
	    PFSYNC_ACT_INS_1500),
	[PFSYNC_ACT_UPD_1500] = STATE(UPD, 1500, PFSYNC_STATE_1500_LEN,
	    PFSYNC_ACT_UPD_1500),
};

/* What is missing is stepped over: the frame tells its size. */
static const struct psync_action actions_v6[PFSYNC6_ACT_MAX] = {
	[PFSYNC_ACT_CLR] = OTHER(CLR, sizeof(struct pfsync_clr),
	    PFSYNC_ACT_CLR),
	[PFSYNC_ACT_INS_ACK] = STATE(INS_ACK, key12, PSYNC_KEY12_LEN,
	    PFSYNC_ACT_INS_ACK),
	[PFSYNC_ACT_UPD_C] = STATE(UPD_C, upd_c_v6, PSYNC_UPD_C_LEN,
	    PFSYNC_ACT_UPD_C),
	[PFSYNC_ACT_UPD_REQ] = OTHER(UPD_REQ, PSYNC_KEY12_LEN,
	    PFSYNC_ACT_UPD_REQ),
	[PFSYNC_ACT_DEL] = STATE(DEL, v6, PFSYNC_STATE_V6_LEN,
	    PFSYNC_ACT_DEL),
	[PFSYNC_ACT_DEL_C] = STATE(DEL_C, key12, PSYNC_KEY12_LEN,
	    PFSYNC_ACT_DEL_C),
	[PFSYNC_ACT_BUS] = OTHER(BUS, sizeof(struct pfsync_bus),
	    PFSYNC_ACT_BUS),
	[PFSYNC_ACT_EOF] = OTHER(EOF, 0, PFSYNC_ACT_EOF),
	[PFSYNC6_ACT_INS] = STATE(INS, v6, PFSYNC_STATE_V6_LEN,
	    PFSYNC_ACT_INS_1301),
	[PFSYNC6_ACT_UPD] = STATE(UPD, v6, PFSYNC_STATE_V6_LEN,
	    PFSYNC_ACT_UPD_1301),
	[PFSYNC6_ACT_TDB] = OTHER(TDB, PSYNC_TDB_V6_LEN, PFSYNC_ACT_TDB),
};

static const struct psync_action actions_v3[PFSYNC3_ACT_MAX] = {
	[PFSYNC3_ACT_CLR] = OTHER(CLR, CLR_V3_LEN, PFSYNC_ACT_CLR),
	[PFSYNC3_ACT_INS] = STATE(INS, v3, PFSYNC_STATE_V3_LEN,
	    PFSYNC_ACT_INS_1301),
	[PFSYNC3_ACT_UPD] = STATE(UPD, v3, PFSYNC_STATE_V3_LEN,
	    PFSYNC_ACT_UPD_1301),
	[PFSYNC3_ACT_DEL] = STATE(DEL, v3, PFSYNC_STATE_V3_LEN,
	    PFSYNC_ACT_DEL),
	[PFSYNC3_ACT_UPD_C] = STATE(UPD_C, upd_c_v3, PSYNC_UPD_C_V3_LEN,
	    PFSYNC_ACT_UPD_C),
	[PFSYNC3_ACT_DEL_C] = STATE(DEL_C, key12, KEY_V3_LEN,
	    PFSYNC_ACT_DEL_C),
	[PFSYNC3_ACT_UPD_REQ] = OTHER(UPD_REQ, KEY_V3_LEN,
	    PFSYNC_ACT_UPD_REQ),
	[PFSYNC3_ACT_BUS] = OTHER(BUS, BUS_V3_LEN, PFSYNC_ACT_BUS),
	[PFSYNC3_ACT_TDB] = OTHER(TDB, PSYNC_TDB_LEN, PFSYNC_ACT_TDB),
};

#define ACTIONS_V5_V6							\
	[PSYNC_M_NONE] = PSYNC_NO_ACTION,				\
	[PSYNC_M_SKIP] = PSYNC_NO_ACTION,				\
	[PSYNC_M_CLR] = PFSYNC_ACT_CLR,					\
	[PSYNC_M_INS] = PSYNC_NO_ACTION,				\
	[PSYNC_M_INS_ACK] = PFSYNC_ACT_INS_ACK,				\
	[PSYNC_M_UPD] = PSYNC_NO_ACTION,				\
	[PSYNC_M_UPD_C] = PFSYNC_ACT_UPD_C,				\
	[PSYNC_M_UPD_REQ] = PFSYNC_ACT_UPD_REQ,				\
	[PSYNC_M_DEL] = PFSYNC_ACT_DEL,					\
	[PSYNC_M_DEL_C] = PFSYNC_ACT_DEL_C,				\
	[PSYNC_M_BUS] = PFSYNC_ACT_BUS,					\
	[PSYNC_M_EOF] = PFSYNC_ACT_EOF

const struct psync_version psync_versions[PSYNC_VERSIONS] = {
	[PSYNC_V_5] = {
		.number = PFSYNC_VERSION,
		.framing = PSYNC_FRAME_EOF,
		.actions = actions_v5,
		.nactions = NELEM(actions_v5),
		.values = &psync_values_freebsd,
		.action = { ACTIONS_V5_V6, [PSYNC_M_TDB] = PFSYNC_ACT_TDB },
	},
	[PSYNC_V_6] = {
		.number = PFSYNC_VERSION_6,
		.framing = PSYNC_FRAME_SIZED,
		.actions = actions_v6,
		.nactions = NELEM(actions_v6),
		.values = &psync_values_openbsd,
		.action = { ACTIONS_V5_V6, [PSYNC_M_TDB] = PFSYNC6_ACT_TDB },
	},
	[PSYNC_V_3] = {
		.number = PFSYNC_VERSION_3,
		.framing = PSYNC_FRAME_ONE,
		.actions = actions_v3,
		.nactions = NELEM(actions_v3),
		.values = &psync_values_netbsd,
		.action = {
			[PSYNC_M_NONE] = PSYNC_NO_ACTION,
			[PSYNC_M_SKIP] = PSYNC_NO_ACTION,
			[PSYNC_M_CLR] = PFSYNC3_ACT_CLR,
			[PSYNC_M_INS] = PSYNC_NO_ACTION,
			[PSYNC_M_INS_ACK] = PSYNC_NO_ACTION,
			[PSYNC_M_UPD] = PSYNC_NO_ACTION,
			[PSYNC_M_UPD_C] = PFSYNC3_ACT_UPD_C,
			[PSYNC_M_UPD_REQ] = PFSYNC3_ACT_UPD_REQ,
			[PSYNC_M_DEL] = PFSYNC3_ACT_DEL,
			[PSYNC_M_DEL_C] = PFSYNC3_ACT_DEL_C,
			[PSYNC_M_BUS] = PFSYNC3_ACT_BUS,
			[PSYNC_M_TDB] = PFSYNC3_ACT_TDB,
			[PSYNC_M_EOF] = PSYNC_NO_ACTION,
		},
	},
};

#define V5 (&psync_versions[PSYNC_V_5])
#define V6 (&psync_versions[PSYNC_V_6])
#define V3 (&psync_versions[PSYNC_V_3])

const struct psync_dialect psync_dialects[PSYNC_DIALECTS] = {
	[PSYNC_D_1500] = { V5, &psync_layout_1500, PFSYNC_FORMAT_1500,
	    PFSYNC_ACT_INS_1500, PFSYNC_ACT_UPD_1500 },
	[PSYNC_D_1400] = { V5, &psync_layout_1400, PFSYNC_FORMAT_1400,
	    PFSYNC_ACT_INS_1400, PFSYNC_ACT_UPD_1400 },
	[PSYNC_D_1301] = { V5, &psync_layout_1301, PFSYNC_FORMAT_1301,
	    PFSYNC_ACT_INS_1301, PFSYNC_ACT_UPD_1301 },
	[PSYNC_D_V6] = { V6, &psync_layout_v6, PFSYNC_FORMAT_V6,
	    PFSYNC6_ACT_INS, PFSYNC6_ACT_UPD },
	[PSYNC_D_V3] = { V3, &psync_layout_v3, PFSYNC_FORMAT_V3,
	    PFSYNC3_ACT_INS, PFSYNC3_ACT_UPD },
};
/* clang-format on */

const struct psync_dialect *
psync_dialect(unsigned number)
{
	unsigned i;

	for (i = 0; i < PSYNC_DIALECTS; i++)
		if (psync_dialects[i].number == number)
			return (&psync_dialects[i]);
	return (NULL);
}

const struct psync_version *
psync_version(uint8_t number)
{
	unsigned i;

	for (i = 0; i < PSYNC_VERSIONS; i++)
		if (psync_versions[i].number == number)
			return (&psync_versions[i]);
	return (NULL);
}
