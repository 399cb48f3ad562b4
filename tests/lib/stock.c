/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Peers that are known by what they say.  See stock.h.
 */

#include <string.h>

#include "fixture.h"
#include "net/pfsync/dialect.h"
#include "net/pfsync/wire.h"
#include "stock.h"

void
stock_frame(struct stock_frame *f, uint8_t version, uint8_t speaks,
    uint8_t action, const void *message, size_t len)
{
	static const uint8_t checksum[16];
	const struct psync_version *v = psync_version(version);
	size_t at = PSYNC_HEADER_LEN;

	memset(f, 0, sizeof(*f));
	at += psync_put_group(f->bytes, at, v, action, 1);
	if (len > 0)
		memcpy(f->bytes + at, message, len);
	at += v->actions[action].size;
	f->len = psync_end_frame(f->bytes, at, v, false, checksum);
	f->bytes[1] = speaks;
}

enum pfsync_refusal
stock_say(struct fakeos *os, uint8_t from, const uint8_t *bytes, size_t len)
{
	const uint8_t src[16] = { 192, 0, 2, from };
	const struct psync_packet pkt = {
		.frame = bytes,
		.len = len,
		.src = src,
		.af = PSYNC_AF_INET,
		.ttl = 255,
		.on_syncdev = true,
	};

	return (psync_input(os->sc, &pkt));
}

static void
say(struct fakeos *os, uint8_t from, const struct stock_frame *f)
{
	if (stock_say(os, from, f->bytes, f->len) != PFSYNC_OK)
		fakeos_abort("a good frame was refused");
}

void
stock_meet(struct fakeos *os, uint8_t from, uint8_t version, uint8_t speaks)
{
	struct stock_frame f;
	uint8_t bus[12];

	fixture_bus(bus, 2, 0);
	stock_frame(&f, version, speaks, version == 3 ? 9 : 10, bus,
	    sizeof(bus));
	say(os, from, &f);
}

void
stock_meet_format(struct fakeos *os, uint8_t from, unsigned format)
{
	const struct psync_dialect *d = psync_dialect(format);
	struct psync_state st = fixture_state(900 + from, FIXTURE_PEER);
	struct stock_frame f;
	uint8_t w[360];

	(void)psync_encode(d->state, w, &st);
	stock_frame(&f, d->version->number, 0, d->act_upd, w, d->state->size);
	say(os, from, &f);
}
