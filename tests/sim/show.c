/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packets of pfsync as a replay shows them: one line each, with the last digits
 * of ids, and of each side its state and sequence numbers.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/frame.h"
#include "tests/sim/sim.h"

static const struct {
	const char *name;
	uint16_t peers; /* where they are; 0: none */
} actions[PFSYNC_ACT_MAX] = {
	[PFSYNC_ACT_CLR] = { "CLR", 0 },
	[PFSYNC_ACT_INS_1301] = { "INS", 96 },
	[PFSYNC_ACT_INS_ACK] = { "INS_ACK", 0 },
	[PFSYNC_ACT_UPD_1301] = { "UPD", 96 },
	[PFSYNC_ACT_UPD_C] = { "UPD_C", 8 },
	[PFSYNC_ACT_UPD_REQ] = { "UPD_REQ", 0 },
	[PFSYNC_ACT_DEL] = { "DEL", 0 },
	[PFSYNC_ACT_DEL_C] = { "DEL_C", 0 },
	[PFSYNC_ACT_BUS] = { "BUS", 0 },
	[PFSYNC_ACT_INS_1400] = { "INS", 96 },
	[PFSYNC_ACT_UPD_1400] = { "UPD", 96 },
	[PFSYNC_ACT_INS_1500] = { "INS", 96 },
	[PFSYNC_ACT_UPD_1500] = { "UPD", 96 },
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
show_message(struct line *l, unsigned action, const uint8_t *w)
{
	const uint8_t *p = w + actions[action].peers;
	unsigned i;

	if (action == PFSYNC_ACT_BUS) {
		add(l, " %s", w[8] == PFSYNC_BUS_START ? "START" : "END");
		return;
	}
	if (action == PFSYNC_ACT_CLR)
		return;
	add(l, " %02x%02x", w[6], w[7]);
	for (i = 0; i < 2 && actions[action].peers != 0; i++, p += 32)
		add(l, " %u:%08x+%x/%x", p[24], psync_get32(p + 8),
		    psync_get32(p + 12) - psync_get32(p + 8),
		    psync_get16(p + 20));
}

void
sim_show_frame(struct sim *sim, unsigned from, const char *how,
    const uint8_t *frame, size_t len)
{
	struct line l = { .len = 0 };
	unsigned action, i, n;

	if (!sim->verbose)
		return;
	for (action = 0; action < PFSYNC_ACT_MAX && frame[0] == 5; action++) {
		if (actions[action].name == NULL)
			continue;
		n = frame_messages(frame, len, (uint8_t)action);
		if (n == 0)
			continue;
		add(&l, " %s", actions[action].name);
		for (i = 0; i < n; i++)
			show_message(&l, action,
			    frame_message(frame, len, (uint8_t)action, i));
	}
	sim_trace(sim, "fw%u %s v%u%s", from, how, frame[0], l.text);
}
