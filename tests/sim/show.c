/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packets of pfsync as a replay shows them: one line each, with the last digits
 * of ids, and of each side its state and sequence numbers.
 */

#include <stdarg.h>
#include <stdio.h>

#include "tests/sim/sim.h"

static const char *const names[PSYNC_MESSAGES] = {
	[PSYNC_M_CLR] = "CLR",
	[PSYNC_M_INS] = "INS",
	[PSYNC_M_INS_ACK] = "INS_ACK",
	[PSYNC_M_UPD] = "UPD",
	[PSYNC_M_UPD_C] = "UPD_C",
	[PSYNC_M_UPD_REQ] = "UPD_REQ",
	[PSYNC_M_DEL] = "DEL",
	[PSYNC_M_DEL_C] = "DEL_C",
	[PSYNC_M_BUS] = "BUS",
	[PSYNC_M_TDB] = "TDB",
};

struct line {
	char text[300];
	size_t len;
};

static void __attribute__((__format__(__printf__, 2, 3)))
add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
	va_end(ap);
	l->len += (size_t)n;
	if (l->len >= sizeof(l->text))
		l->len = sizeof(l->text) - 1;
}

static void
show_message(struct line *l, const struct sim_message *m, bool first)
{
	const uint8_t *id = (const uint8_t *)&m->id;
	const struct sim_side *side;

	if (first)
		add(l, " %s", names[m->kind]);
	if (m->kind == PSYNC_M_BUS)
		add(l, " %s", m->status == PFSYNC_BUS_START ? "START" : "END");
	else if (m->kind != PSYNC_M_CLR && m->kind != PSYNC_M_TDB)
		add(l, " %02x%02x", id[6], id[7]);
	for (side = m->side; m->sided && side < m->side + 2; side++)
		add(l, " %u:%08x+%x/%x", side->state, side->lo,
		    side->hi - side->lo, side->win);
}

void
sim_show_frame(struct sim *sim, unsigned from, const char *how,
    const uint8_t *frame, size_t len)
{
	struct sim_reading r = { .at = 0 };
	struct line l = { .len = 0 };
	struct sim_message m;
	unsigned kind = PSYNC_MESSAGES;

	if (!sim->verbose)
		return;
	while (sim_message_next(frame, len, &r, &m)) {
		show_message(&l, &m, m.kind != kind);
		kind = m.kind;
	}
	sim_trace(sim, "fw%u %s v%u%s", from, how, frame[0], l.text);
}
