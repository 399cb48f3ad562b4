/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages on the wire.  See message.h.
 */

#include <string.h>

#include "net/pfsync/bytes.h"
#include "tests/sim/message.h"

#define HEADER	  20
#define SUBHEADER 4
#define PEER	  32
#define WANT_ACK  0x10

/* Where an action has what is looked at; 0: nowhere.  The id is at 0. */
struct layout {
	uint8_t version; /* index */
	uint8_t action;
	uint8_t kind;
	uint16_t size;
	uint16_t creatorid;
	uint16_t peers;
	uint16_t flags; /* the low byte */
};

/* clang-format off */
static const struct layout layouts[] = {
	{ PSYNC_V_5, 0, PSYNC_M_CLR, 20, 0, 0, 0 },
	{ PSYNC_V_5, 1, PSYNC_M_INS, 242, 228, 96, 238 },
	{ PSYNC_V_5, 2, PSYNC_M_INS_ACK, 12, 8, 0, 0 },
	{ PSYNC_V_5, 3, PSYNC_M_UPD, 242, 228, 96, 238 },
	{ PSYNC_V_5, 4, PSYNC_M_UPD_C, 84, 72, 8, 0 },
	{ PSYNC_V_5, 5, PSYNC_M_UPD_REQ, 12, 8, 0, 0 },
	{ PSYNC_V_5, 6, PSYNC_M_DEL, 242, 228, 0, 0 },
	{ PSYNC_V_5, 7, PSYNC_M_DEL_C, 12, 8, 0, 0 },
	{ PSYNC_V_5, 10, PSYNC_M_BUS, 12, 0, 0, 0 },
	{ PSYNC_V_5, 11, PSYNC_M_TDB, 48, 0, 0, 0 },
	{ PSYNC_V_5, 12, PSYNC_M_EOF, 0, 0, 0, 0 },
	{ PSYNC_V_5, 13, PSYNC_M_INS, 277, 228, 96, 236 },
	{ PSYNC_V_5, 14, PSYNC_M_UPD, 277, 228, 96, 236 },
	{ PSYNC_V_5, 15, PSYNC_M_INS, 360, 228, 96, 333 },
	{ PSYNC_V_5, 16, PSYNC_M_UPD, 360, 228, 96, 333 },
	{ PSYNC_V_6, 0, PSYNC_M_CLR, 20, 0, 0, 0 },
	{ PSYNC_V_6, 2, PSYNC_M_INS_ACK, 12, 8, 0, 0 },
	{ PSYNC_V_6, 4, PSYNC_M_UPD_C, 84, 72, 8, 0 },
	{ PSYNC_V_6, 5, PSYNC_M_UPD_REQ, 12, 8, 0, 0 },
	{ PSYNC_V_6, 6, PSYNC_M_DEL, 264, 236, 0, 0 },
	{ PSYNC_V_6, 7, PSYNC_M_DEL_C, 12, 8, 0, 0 },
	{ PSYNC_V_6, 10, PSYNC_M_BUS, 12, 0, 0, 0 },
	{ PSYNC_V_6, 12, PSYNC_M_EOF, 0, 0, 0, 0 },
	{ PSYNC_V_6, 13, PSYNC_M_INS, 264, 236, 104, 261 },
	{ PSYNC_V_6, 14, PSYNC_M_UPD, 264, 236, 104, 261 },
	{ PSYNC_V_6, 15, PSYNC_M_TDB, 52, 0, 0, 0 },
	{ PSYNC_V_3, 0, PSYNC_M_CLR, 24, 0, 0, 0 },
	{ PSYNC_V_3, 1, PSYNC_M_INS, 240, 228, 96, 0 },
	{ PSYNC_V_3, 2, PSYNC_M_UPD, 240, 228, 96, 0 },
	{ PSYNC_V_3, 3, PSYNC_M_DEL, 240, 228, 0, 0 },
	{ PSYNC_V_3, 4, PSYNC_M_UPD_C, 88, 72, 8, 0 },
	{ PSYNC_V_3, 5, PSYNC_M_DEL_C, 16, 8, 0, 0 },
	{ PSYNC_V_3, 8, PSYNC_M_UPD_REQ, 16, 8, 0, 0 },
	{ PSYNC_V_3, 9, PSYNC_M_BUS, 16, 0, 0, 0 },
	{ PSYNC_V_3, 10, PSYNC_M_TDB, 48, 0, 0, 0 },
};
/* clang-format on */

#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static unsigned
version_of(uint8_t number)
{
	return (number == 5 ? PSYNC_V_5 :
		number == 6 ? PSYNC_V_6 :
		number == 3 ? PSYNC_V_3 :
			      SIM_VERSIONS);
}

static const struct layout *
layout_of(unsigned version, uint8_t action)
{
	const struct layout *l;

	for (l = layouts; l < layouts + LAYOUTS; l++)
		if (l->version == version && l->action == action)
			return (l);
	return (NULL);
}

unsigned
sim_frame_version(const uint8_t *frame, size_t len)
{
	unsigned version;

	if (len < HEADER)
		return (SIM_VERSIONS);
	version = version_of(frame[0]);
	/* Version 3 does not tell its length. */
	if (version != PSYNC_V_3 && psync_get16(frame + 2) != len)
		return (SIM_VERSIONS);
	return (version);
}

bool
sim_frame_repeats(const uint8_t *frame)
{
	return (frame[0] != 5 && (frame[1] & 0x80) != 0);
}

const uint8_t *
sim_packet_frame(const uint8_t *pkt, size_t *len)
{
	size_t hlen = pkt[0] >> 4 == 6 ? 40 : 20;

	*len -= hlen;
	return (pkt + hlen);
}

/* The next group that is not empty. */
static bool
next_group(const uint8_t *frame, size_t len, unsigned version,
    struct sim_reading *r)
{
	const struct layout *l;
	const uint8_t *p;

	if (r->at == 0 && version == PSYNC_V_3) {
		r->at = HEADER;
		r->action = frame[2];
		r->left = frame[3];
		l = layout_of(version, r->action);
		r->size = l == NULL ? 0 : l->size;
		return (r->left > 0 && l != NULL);
	}
	if (r->at == 0)
		r->at = HEADER;
	while (version != PSYNC_V_3 && r->at + SUBHEADER <= len) {
		p = frame + r->at;
		r->at += SUBHEADER;
		r->action = p[0];
		r->left = psync_get16(p + 2);
		l = layout_of(version, r->action);
		if (l == NULL)
			return (false);
		/* Version 6 tells sizes, in words. */
		r->size = version == PSYNC_V_6 ? p[1] * 4U : l->size;
		if (l->kind == PSYNC_M_EOF || r->size < l->size)
			return (false);
		if (r->left > 0)
			return (true);
	}
	return (false);
}

static void
read_sides(const uint8_t *w, struct sim_message *m)
{
	unsigned i;

	m->sided = true;
	for (i = 0; i < 2; i++, w += PEER) {
		m->side[i].lo = psync_get32(w + 8);
		m->side[i].hi = psync_get32(w + 12);
		m->side[i].win = psync_get16(w + 20);
		m->side[i].state = w[24];
	}
}

bool
sim_message_next(const uint8_t *frame, size_t len, struct sim_reading *r,
    struct sim_message *m)
{
	unsigned version = sim_frame_version(frame, len);
	const struct layout *l;
	const uint8_t *w;

	if (version == SIM_VERSIONS ||
	    (r->left == 0 && !next_group(frame, len, version, r)) ||
	    r->at + r->size > len)
		return (false);
	l = layout_of(version, r->action);
	w = frame + r->at;
	r->at += r->size;
	r->left--;
	memset(m, 0, sizeof(*m));
	m->kind = l->kind;
	m->action = l->action;
	if (l->kind == PSYNC_M_BUS)
		m->status = w[8];
	if (l->creatorid != 0) {
		memcpy(&m->id, w, sizeof(m->id));
		memcpy(&m->creatorid, w + l->creatorid, sizeof(m->creatorid));
	}
	if (l->peers != 0)
		read_sides(w + l->peers, m);
	m->acked = l->flags != 0 && (w[l->flags] & WANT_ACK) != 0;
	return (true);
}
