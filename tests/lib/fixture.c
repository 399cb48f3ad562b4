/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * An engine in the test kernel, up and quiet, and what its tests feed it.
 */

#include <string.h>

#include "net/pfsync/codec.h"
#include "net/pfsync/wire.h"

#include "fixture.h"

struct psync_config
fixture_config(unsigned format, unsigned mtu, unsigned maxupd)
{
	struct psync_config c = {
		.syncdev = "sync0",
		.up = true,
		.reachable = true,
		.mtu = (uint16_t)mtu,
		.format = (uint16_t)format,
		.maxupd = (uint16_t)maxupd,
		.defer_delay = PFSYNC_DEFER_DELAY,
		.bulk_rate = PFSYNC_BULK_RATE,
		.bulk_bytes = PFSYNC_BULK_BYTES,
	};

	return (c);
}

void
fixture_alone(struct fakeos *os, unsigned nslices, const struct psync_config *c)
{
	fakeos_init(os);
	os->sc = psync_create(&fakeos_ops, os, nslices);
	if (os->sc == NULL)
		fakeos_abort("psync_create failed");
	if (psync_configure(os->sc, c) != PSYNC_ERR_NONE)
		fakeos_abort("psync_configure failed");
}

void
fixture_up(struct fakeos *os, unsigned nslices, const struct psync_config *c)
{
	uint8_t bus[12];

	fixture_alone(os, nslices, c);
	if (c->syncdev[0] != '\0') {
		fixture_bus(bus, 2, 0);
		if (fixture_receive(os, 10, 1, bus) != PFSYNC_OK)
			fakeos_abort("BUS END refused");
	}
	fakeos_forget(os);
}

void
fixture_down(struct fakeos *os)
{
	psync_destroy(os->sc);
	os->sc = NULL;
	fakeos_fini(os);
}

struct psync_state
fixture_state(unsigned n, uint32_t creatorid)
{
	struct psync_state st;
	uint8_t *a;

	memset(&st, 0, sizeof(st));
	st.id = __builtin_bswap64(0x6b00000000000000ULL + n);
	st.creatorid = creatorid;
	st.rule = 1;
	st.anchor = UINT32_MAX;
	st.nat_rule = UINT32_MAX;
	st.creation = 10;
	st.expire = 86400;
	st.packets[0] = 3;
	st.bytes[0] = 180;
	memcpy(st.ifname, "em0", 4);
	a = st.key[PSYNC_WIRE].addr[0];
	a[0] = 10;
	a[1] = (uint8_t)(n >> 16);
	a[2] = (uint8_t)(n >> 8);
	a[3] = (uint8_t)n;
	memcpy(st.key[PSYNC_WIRE].addr[1], "\300\0\2\1", 4);
	st.key[PSYNC_WIRE].port[0] = 0x3412;
	st.key[PSYNC_WIRE].port[1] = 0x5000;
	st.key[PSYNC_STACK] = st.key[PSYNC_WIRE];
	st.src.state = st.dst.state = PSYNC_TCPS_ESTABLISHED;
	st.src.seqlo = 1000;
	st.src.seqhi = 2000;
	st.src.max_win = 500;
	st.dst.seqlo = 3000;
	st.dst.seqhi = 4000;
	st.dst.max_win = 600;
	st.src.wscale = 0x80 | 6;
	st.dst.wscale = 0x80 | 7;
	st.rtableid = -1;
	st.af[0] = st.af[1] = st.rt_af = PSYNC_AF_INET;
	st.proto[0] = st.proto[1] = 6;
	st.direction = PSYNC_DIR_OUT;
	st.timeout = PSYNC_TM_TCP_ESTABLISHED;
	return (st);
}

static enum pfsync_refusal
input_from(struct fakeos *os, const struct frame *f, const uint8_t *src,
    uint8_t af)
{
	struct psync_packet pkt = {
		.frame = f->bytes,
		.len = f->len,
		.src = src,
		.af = af,
		.ttl = 255,
		.on_syncdev = true,
	};

	return (psync_input(os->sc, &pkt));
}

enum pfsync_refusal
fixture_input(struct fakeos *os, const struct frame *f)
{
	static const uint8_t src[4] = { 192, 0, 2, 2 };

	return (input_from(os, f, src, PSYNC_AF_INET));
}

enum pfsync_refusal
fixture_receive_from(struct fakeos *os, const uint8_t *src, uint8_t af,
    uint8_t action, unsigned count, const void *messages)
{
	static struct frame f;

	frame_one(&f, os->checksum, action, count, messages);
	return (input_from(os, &f, src, af));
}

enum pfsync_refusal
fixture_receive(struct fakeos *os, uint8_t action, unsigned count,
    const void *messages)
{
	static struct frame f;

	frame_one(&f, os->checksum, action, count, messages);
	return (fixture_input(os, &f));
}

void
fixture_key(uint8_t *w, uint64_t id, uint32_t creatorid)
{
	memcpy(w, &id, 8);
	memcpy(w + 8, &creatorid, 4);
}

static void
put(uint8_t *w, unsigned len, uint64_t v)
{
	while (len-- > 0) {
		w[len] = (uint8_t)v;
		v >>= 8;
	}
}

void
fixture_bus(uint8_t *w, uint8_t status, uint32_t endtime)
{
	static const uint32_t creatorid = FIXTURE_PEER;

	memset(w, 0, 12);
	memcpy(w, &creatorid, 4);
	put(w + 4, 4, endtime);
	w[8] = status;
}

static void
put_peer(uint8_t *w, const struct psync_peer *peer)
{
	put(w, 2, peer->pfss_flags);
	w[2] = peer->pfss_ttl;
	w[3] = peer->scrub;
	put(w + 4, 4, peer->ts_mod);
	put(w + 8, 4, peer->seqlo);
	put(w + 12, 4, peer->seqhi);
	put(w + 16, 4, peer->seqdiff);
	put(w + 20, 2, peer->max_win);
	put(w + 22, 2, peer->mss);
	w[24] = peer->state;
	w[25] = peer->wscale;
}

void
fixture_upd_c(uint8_t *w, const struct psync_state *st)
{
	memset(w, 0, 84);
	memcpy(w, &st->id, 8);
	put_peer(w + 8, &st->src);
	put_peer(w + 40, &st->dst);
	memcpy(w + 72, &st->creatorid, 4);
	w[80] = st->timeout;
}

unsigned
fixture_pending(struct fakeos *os)
{
	struct psync_status status;

	psync_status(os->sc, &status);
	return (status.pending);
}

bool
fixture_sending(struct fakeos *os)
{
	struct psync_status s;

	psync_status(os->sc, &s);
	return (s.sending_bulk || s.pending > 0);
}

unsigned
fixture_tables(const struct fakeos *os, uint8_t status)
{
	struct psync_group g;
	unsigned n = 0;
	size_t at, i;

	for (i = 0; i < os->nframes; i++) {
		at = PSYNC_HEADER_LEN;
		while (psync_frame_next(os->frame[i].bytes, os->frame[i].len,
		    &at, &g))
			n += g.action->message == PSYNC_M_BUS &&
			    g.messages[8] == status;
	}
	return (n);
}

struct pfsyncxstats
fixture_stats(struct fakeos *os)
{
	struct pfsyncxstats stats;

	psync_stats(os->sc, &stats);
	return (stats);
}

unsigned
fixture_changed(const struct pfsyncxstats *a, const struct pfsyncxstats *b)
{
	const uint64_t *x = (const uint64_t *)(const void *)a;
	const uint64_t *y = (const uint64_t *)(const void *)b;
	unsigned changed = 0;
	size_t i;

	for (i = 0; i < sizeof(*a) / sizeof(*x); i++)
		changed += x[i] != y[i];
	return (changed);
}

static struct fakeos_state *
find_by_key(struct fakeos *table, const uint8_t *id, const uint8_t *creatorid)
{
	uint32_t c;
	uint64_t i;

	memcpy(&i, id, 8);
	memcpy(&c, creatorid, 4);
	return (fakeos_find(table, i, c));
}

/* One message; false if its state is not there. */
static bool
apply(struct fakeos *table, uint8_t action, const uint8_t *w)
{
	struct fakeos_state *fs;
	struct psync_change c;
	struct psync_state st;

	switch (action) {
	case 1:
	case 3:
	case 13:
	case 14:
		psync_decode(action < 13 ? &psync_layout_1301 :
					   &psync_layout_1400,
		    w, &st);
		fs = fakeos_find(table, st.id, st.creatorid);
		if (fs == NULL)
			(void)fakeos_add(table, &st);
		else
			fs->st = st;
		return (true);
	case 4:
		fs = find_by_key(table, w, w + 72);
		if (fs != NULL) {
			psync_decode_change(&psync_layout_upd_c, w, &fs->st.src,
			    &fs->st.dst, &c);
			fs->st.timeout = c.timeout;
		}
		return (fs != NULL);
	case 7:
		fs = find_by_key(table, w, w + 8);
		if (fs != NULL)
			fakeos_remove(table, fs);
		return (fs != NULL);
	default:
		return (true);
	}
}

unsigned
fixture_apply(struct fakeos *table, const uint8_t *frame, size_t len)
{
	unsigned count, unknown = 0;
	size_t at = 20;
	uint8_t action;

	while (at < len) {
		action = frame[at];
		count = (unsigned)frame[at + 2] << 8 | frame[at + 3];
		for (at += 4; count > 0; count--, at += frame_size(action))
			unknown += !apply(table, action, frame + at);
	}
	return (unknown);
}

bool
fixture_alike(const struct fakeos *a, const struct fakeos *b)
{
	const struct fakeos_state *x, *y;
	uint8_t wx[277], wy[277];
	unsigned i;

	if (a->nstates != b->nstates)
		return (false);
	for (i = 0; i < FAKEOS_BUCKETS; i++)
		for (x = a->bucket[i]; x != NULL; x = x->next) {
			/* find writes nothing */
			y = fakeos_find((struct fakeos *)(uintptr_t)b, x->st.id,
			    x->st.creatorid);
			if (y == NULL)
				return (false);
			psync_encode(&psync_layout_1400, wx, &x->st);
			psync_encode(&psync_layout_1400, wy, &y->st);
			if (memcmp(wx, wy, sizeof(wx)) != 0)
				return (false);
		}
	return (true);
}
