/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * States in every dialect: each byte where the description of the format has
 * it, there and back, and from each dialect to each other one, where nothing is
 * lost but what that one has no words for.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/batch.h"
#include "net/pfsync/tdb.h"
#include "net/pfsync/transcode.h"
#include "tests/lib/fixture.h"
#include "tests/lib/same.h"
#include "tests/lib/spell.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ROUNDS	 3000

/* Written at an odd place between marks. */
struct message {
	uint8_t before;
	uint8_t w[360];
	uint8_t after;
} __attribute__((__packed__));

static unsigned
encode(unsigned dialect, struct message *m, const struct psync_state *st)
{
	const struct psync_layout *l = psync_dialects[dialect].state;
	unsigned lost;

	memset(m, 0x5a, sizeof(*m));
	lost = psync_encode(l, m->w, st);
	ATF_REQUIRE_EQ(0x5a, m->before);
	ATF_REQUIRE_EQ(0x5a, *(m->w + l->size));
	return (lost);
}

static void
require_same(unsigned dialect, const uint8_t *got, const uint8_t *want)
{
	const struct psync_dialect *d = &psync_dialects[dialect];
	unsigned i;

	for (i = 0; i < d->state->size; i++)
		ATF_REQUIRE_EQ_MSG(want[i], got[i],
		    "%u: byte %u (%s): %#x, not %#x", d->number, i,
		    spell_byte(dialect, i), got[i], want[i]);
}

/* Every byte is written as described, and all others are zero. */
ATF_TC_WITHOUT_HEAD(places);
ATF_TC_BODY(places, tc)
{
	static const uint16_t sizes[] = { 360, 277, 242, 264, 240 };
	struct psync_state st;
	struct message m;
	uint8_t want[360];
	unsigned d, i, lost, said[PSYNC_DIALECTS] = { 0 };

	(void)tc;
	srand(1);
	for (d = 0; d < PSYNC_DIALECTS; d++) {
		ATF_CHECK_EQ(sizes[d], psync_dialects[d].state->size);
		/* One of version 5 is not written twice. */
		ATF_CHECK(psync_batch_layout(PSYNC_DIALECT_BIT(d)) ==
		    (d <= PSYNC_D_1301 ? psync_dialects[d].state :
					 &psync_layout_mixed));
	}
	for (i = 0; i < ROUNDS; i++) {
		spell_random(&st);
		for (d = 0; d < PSYNC_DIALECTS; d++) {
			lost = encode(d, &m, &st);
			ATF_REQUIRE_EQ_MSG(spell_can(d, &st),
			    (lost & PSYNC_LOST_ALL) == 0, "%u",
			    psync_dialects[d].number);
			if (!spell_can(d, &st))
				continue;
			said[d]++;
			spell(d, want, &st);
			require_same(d, m.w, want);
			ATF_REQUIRE(
			    psync_message_ok(psync_dialects[d].state, m.w));
		}
	}
	/* Each has said enough. */
	for (d = 0; d < PSYNC_DIALECTS; d++)
		ATF_CHECK_MSG(said[d] > ROUNDS / 3, "%u: %u", d, said[d]);
	ATF_CHECK(said[0] == ROUNDS && said[4] < said[3] && said[3] < said[0]);
}

static void
require_state(const struct psync_state *got, const struct psync_state *want,
    unsigned from, unsigned to)
{
	const uint8_t *g = (const uint8_t *)got, *w = (const uint8_t *)want;
	size_t i;

	for (i = 0; i < sizeof(*got); i++)
		ATF_REQUIRE_EQ_MSG(w[i], g[i],
		    "%u to %u: offset %zu: %#x, "
		    "not %#x",
		    psync_dialects[from].number, psync_dialects[to].number, i,
		    g[i], w[i]);
}

/* From any dialect to any. */
ATF_TC_WITHOUT_HEAD(pairs);
ATF_TC_BODY(pairs, tc)
{
	struct psync_state back, left, st;
	struct message m;
	unsigned from, i, to, pairs = 0;

	(void)tc;
	srand(2);
	for (i = 0; i < ROUNDS; i++) {
		spell_random(&st);
		for (from = 0; from < PSYNC_DIALECTS; from++)
			for (to = 0; to < PSYNC_DIALECTS; to++) {
				if (!spell_can(from, &st))
					continue;
				left = st;
				spell_left(from, &left);
				(void)encode(from, &m, &st);
				(void)psync_decode(psync_dialects[from].state,
				    m.w, &back);
				require_state(&back, &left, from, from);
				if (!spell_can(to, &left)) {
					ATF_REQUIRE((encode(to, &m, &back) &
							PSYNC_LOST_ALL) != 0);
					continue;
				}
				spell_left(to, &left);
				ATF_REQUIRE((encode(to, &m, &back) &
						PSYNC_LOST_ALL) == 0);
				(void)psync_decode(psync_dialects[to].state,
				    m.w, &back);
				require_state(&back, &left, from, to);
				pairs++;
			}
	}
	ATF_CHECK_MSG(pairs > ROUNDS * 10, "%u", pairs);
}

/* What is left out is counted: the flags and routes of one kind of pf. */
ATF_TC_WITHOUT_HEAD(lost);
ATF_TC_BODY(lost, tc)
{
	struct psync_state st = fixture_state(1, FIXTURE_PEER), back;
	uint8_t w[360];
	unsigned bit, d, rt, want;

	(void)tc;
	for (bit = 0; bit < 16; bit++)
		for (d = 0; d < PSYNC_DIALECTS; d++) {
			st.state_flags = (uint16_t)(1U << bit);
			want = d == PSYNC_D_V6 && (0x03fb & 1 << bit) == 0 ?
			    PSYNC_LOST_FLAGS :
			    0;
			ATF_CHECK_EQ(want,
			    psync_encode(psync_dialects[d].state, w, &st));
		}
	st.state_flags = 0;
	for (rt = 0; rt < 256; rt++) {
		st.rt = (uint8_t)rt;
		want = rt == 1 || rt > 4 ? PSYNC_LOST_ROUTE : 0;
		ATF_CHECK_EQ(want, psync_encode(&psync_layout_v6, w, &st));
		ATF_CHECK_EQ(want ? 0 : rt == 0 ? 0 : rt - 1, w[254]);
		w[254] = (uint8_t)rt;
		ATF_CHECK_EQ(rt > 3 ? PSYNC_LOST_ROUTE : 0,
		    psync_decode(&psync_layout_v6, w, &back));
	}
	st.rt = 0;

	/* OpenBSD's own flags. */
	(void)psync_encode(&psync_layout_v6, w, &st);
	w[260] = 0x04;
	w[261] = 0x05;
	ATF_CHECK_EQ(PSYNC_LOST_FLAGS,
	    psync_decode(&psync_layout_v6, w, &back));
	ATF_CHECK_EQ(1, back.state_flags);
	/* Routing domains: another one is another network. */
	for (bit = 0; bit < 32; bit++) {
		(void)psync_encode(&psync_layout_v6, w, &st);
		w[(bit < 16 ? 60 : 100) + (bit & 15) / 8] = (uint8_t)(1
		    << (bit & 7));
		ATF_CHECK_EQ(PSYNC_LOST_RDOMAIN,
		    psync_decode(&psync_layout_v6, w, &back));
	}
	/* The routing table of the way back, which is routed normally here. */
	for (bit = 0; bit < 4; bit++) {
		st.direction = (uint8_t)(1 + (bit & 1));
		(void)psync_encode(&psync_layout_v6, w, &st);
		w[(bit & 2 ? 240 : 244) + 3] = 7;
		want = (bit & 1) != bit >> 1 ? PSYNC_LOST_RTABLE : 0;
		ATF_CHECK_EQ(want, psync_decode(&psync_layout_v6, w, &back));
	}
	/* A family of 0 is that of the state. */
	(void)psync_encode(&psync_layout_v6, w, &st);
	w[62] = w[102] = 0;
	ATF_CHECK(psync_message_ok(&psync_layout_v6, w));
	ATF_CHECK_EQ(0, psync_decode(&psync_layout_v6, w, &back));
	ATF_CHECK_EQ(PSYNC_AF_INET, back.af[0]);
	ATF_CHECK_EQ(PSYNC_AF_INET, back.af[1]);
	w[102] = 24; /* af-to */
	ATF_CHECK_EQ(0, psync_decode(&psync_layout_v6, w, &back));
	ATF_CHECK_EQ(PSYNC_AF_INET6, back.af[1]);
}

/* Creator 0 is nobody; any bit of it makes another. */
ATF_TC_WITHOUT_HEAD(creators);
ATF_TC_BODY(creators, tc)
{
	static const struct {
		const struct psync_layout *l;
		unsigned at;
	} places[] = { { &psync_layout_1500, 228 }, { &psync_layout_1400, 228 },
		{ &psync_layout_1301, 228 }, { &psync_layout_v6, 236 },
		{ &psync_layout_v3, 228 }, { &psync_layout_upd_c, 72 },
		{ &psync_layout_upd_c_v6, 72 }, { &psync_layout_upd_c_v3, 72 },
		{ &psync_layout_key12, 8 } };
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	uint8_t w[360];
	unsigned b, i;

	(void)tc;
	for (i = 0; i < NELEM(places); i++) {
		/* All around it is full, or empty. */
		for (b = 0; b < 4; b++) {
			memset(w, 0, sizeof(w));
			if (places[i].l->fields != NULL)
				(void)psync_encode(places[i].l, w, &st);
			memset(w + places[i].at, 0, 4);
			ATF_CHECK(!psync_message_ok(places[i].l, w));
			w[places[i].at + b] = 1;
			ATF_CHECK_MSG(psync_message_ok(places[i].l, w),
			    "%u: %u", i, b);
		}
	}
}

/* Each value that a receiver looks at, with every value of its byte. */
ATF_TC_WITHOUT_HEAD(ranges);
ATF_TC_BODY(ranges, tc)
{
	static const struct {
		unsigned af[3], timeout, timeouts, direction, src, dst, proto;
		unsigned names[4], sizes[4];
	} at[PSYNC_DIALECTS] = {
		{ { 344, 345 }, 350, 25, 351, 120, 152, 347,
		    { 8, 296, 312, 232 }, { 16, 16, 16, 64 } },
		{ { 232 }, 239, 25, 234, 120, 152, 233, { 8, 261 },
		    { 16, 16 } },
		{ { 232 }, 239, 25, 234, 120, 152, 233, { 8 }, { 16 } },
		{ { 250, 62, 102 }, 255, 20, 252, 128, 160, 251, { 8 },
		    { 16 } },
		{ { 232 }, 237, 20, 234, 120, 152, 233, { 8 }, { 16 } },
	};
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	const struct psync_layout *l;
	uint8_t good[360], w[360];
	unsigned d, i, v;
	bool ok;

#define WITH(byte)                                         \
	(memcpy(w, good, sizeof(w)), w[byte] = (uint8_t)v, \
	    psync_message_ok(l, w))
	(void)tc;
	for (d = 0; d < PSYNC_DIALECTS; d++) {
		l = psync_dialects[d].state;
		memset(good, 0, sizeof(good));
		(void)psync_encode(l, good, &st);
		ATF_REQUIRE(psync_message_ok(l, good));
		for (v = 0; v < 256; v++) {
			for (i = 0; i < 3 && at[d].af[i] != 0; i++) {
				ok = v == 2 || v == (d >= 3 ? 24 : 28);
				/* that of a key may be missing */
				if (v == 0 && i > 0)
					ok = true;
				ATF_CHECK_EQ_MSG(ok, WITH(at[d].af[i]),
				    "%u: %u %u", d, i, v);
			}
			ATF_CHECK_EQ(v < at[d].timeouts, WITH(at[d].timeout));
			ATF_CHECK_EQ(v == 1 || v == 2, WITH(at[d].direction));
			ATF_CHECK_EQ(v <= 12, WITH(at[d].src));
			ATF_CHECK_EQ(v <= 12, WITH(at[d].dst));
			for (i = 0; i < 4 && at[d].names[i] != 0; i++) {
				ok = v > ' ' && v <= '~';
				ATF_CHECK_EQ(ok || (v == 0 && i > 0),
				    WITH(at[d].names[i]));
				/* without an end */
				memcpy(w, good, sizeof(w));
				memset(w + at[d].names[i], 'x', at[d].sizes[i]);
				ATF_CHECK(!psync_message_ok(l, w));
				w[at[d].names[i] + at[d].sizes[i] - 1] = 0;
				ATF_CHECK(psync_message_ok(l, w));
			}
			/* UDP has no such states. */
			memcpy(w, good, sizeof(w));
			w[at[d].proto] = 17;
			w[at[d].src] = (uint8_t)v;
			w[at[d].dst] = 0;
			ATF_CHECK_EQ(v <= 2, psync_message_ok(l, w));
		}
	}
#undef WITH
}

static struct psync_change
change_of(const struct psync_state *st)
{
	struct psync_change c = {
		.id = st->id,
		.creatorid = st->creatorid,
		.src = &st->src,
		.dst = &st->dst,
		.state_flags = st->state_flags,
		.timeout = st->timeout,
		.updates = st->updates,
	};

	return (c);
}

/* Compressed updates: the 84 bytes of version 5, and what others have more. */
ATF_TC_WITHOUT_HEAD(changes);
ATF_TC_BODY(changes, tc)
{
	static const struct psync_layout *const layouts[] = {
		&psync_layout_upd_c, &psync_layout_upd_c_v6,
		&psync_layout_upd_c_v3
	};
	struct psync_peer dst, src;
	struct psync_change c;
	struct psync_state st;
	uint8_t want[90], w[90];
	unsigned i, k;

	(void)tc;
	memset(&src, 0, sizeof(src));
	memset(&dst, 0, sizeof(dst));
	srand(3);
	for (i = 0; i < ROUNDS; i++) {
		spell_random(&st);
		c = change_of(&st);
		for (k = 0; k < 3; k++) {
			memset(want, 0, sizeof(want));
			fixture_upd_c(want, &st);
			if (k == 1)
				want[81] = (uint8_t)(st.state_flags & 0xfb);
			if (k == 2)
				want[81] = st.updates;
			memset(w, 0x5a, sizeof(w));
			ATF_REQUIRE_EQ(k == 0 || st.timeout < 20,
			    psync_encode_change(layouts[k], w, &c));
			ATF_REQUIRE(memcmp(w, want, layouts[k]->size) == 0);
			ATF_REQUIRE_EQ(0x5a, w[layouts[k]->size]);
			ATF_REQUIRE_EQ(k == 0 || st.timeout < 20,
			    psync_message_ok(layouts[k], w));
			psync_decode_change(layouts[k], w, &src, &dst, &c);
			ATF_REQUIRE(same_peer(&src, &st.src));
			ATF_REQUIRE(same_peer(&dst, &st.dst));
			ATF_REQUIRE_EQ(st.timeout, c.timeout);
			ATF_REQUIRE_EQ(k == 2 ? st.updates : 0, c.updates);
			ATF_REQUIRE_EQ(k == 1 ? st.state_flags & 0xfb : 0,
			    c.state_flags);
			c = change_of(&st);
		}
	}
}

/* Replay counters of both lengths and families, and what has no room. */
ATF_TC_WITHOUT_HEAD(tdbs);
ATF_TC_BODY(tdbs, tc)
{
	static const uint8_t v4[52] = { 0, 0, 0x12, 0x34, 16, 2, 0, 0, 192, 0,
		2, 1, [35] = 9, [43] = 8, [44] = 50, [45] = 3 };
	static const uint8_t v6[52] = { 0, 0, 0x12, 0x34, 28, 24, [12] = 0xfe,
		0x80, [27] = 1, [28] = 7, [35] = 1, [39] = 9, [47] = 8,
		[48] = 51, [49] = 3, [51] = 5 };
	struct psync_tdb t;
	uint8_t w[53];
	unsigned b;

	(void)tc;
	ATF_REQUIRE(psync_tdb_ok(&psync_values_freebsd, v4));
	psync_decode_tdb(&psync_values_freebsd, v4, 48, &t);
	ATF_CHECK_EQ(PSYNC_AF_INET, t.af);
	ATF_CHECK(memcmp(t.dst, v4 + 8, 4) == 0);
	ATF_CHECK(memcmp(&t.spi, v4, 4) == 0);
	ATF_CHECK(t.rpl == 9 && t.cur_bytes == 8);
	ATF_CHECK(t.sproto == 50 && t.updates == 3 && t.rdomain == 0);
	memset(w, 0x5a, sizeof(w));
	ATF_CHECK(psync_encode_tdb(&psync_values_freebsd, w, 48, &t));
	ATF_CHECK(memcmp(w, v4, 48) == 0 && w[48] == 0x5a);

	ATF_REQUIRE(psync_tdb_ok(&psync_values_openbsd, v6));
	ATF_CHECK(!psync_tdb_ok(&psync_values_freebsd, v6));
	psync_decode_tdb(&psync_values_openbsd, v6, 52, &t);
	ATF_CHECK_EQ(PSYNC_AF_INET6, t.af);
	ATF_CHECK(memcmp(t.dst, v6 + 12, 16) == 0);
	ATF_CHECK(memcmp(&t.scope, v6 + 28, 4) == 0);
	ATF_CHECK_EQ(0x100000009ULL, t.rpl);
	ATF_CHECK(t.cur_bytes == 8 && t.sproto == 51 && t.updates == 3);
	ATF_CHECK_EQ(5, t.rdomain);
	ATF_CHECK(psync_encode_tdb(&psync_values_openbsd, w, 52, &t));
	ATF_CHECK(memcmp(w, v6, 52) == 0 && w[52] == 0x5a);
	/* 48 bytes have no room for the upper half, nor for the domain. */
	ATF_CHECK(!psync_encode_tdb(&psync_values_netbsd, w, 48, &t));
	t.rpl = UINT32_MAX;
	ATF_CHECK(!psync_encode_tdb(&psync_values_netbsd, w, 48, &t));
	t.rdomain = 0;
	ATF_CHECK(psync_encode_tdb(&psync_values_netbsd, w, 48, &t));
	ATF_CHECK_EQ(24, w[5]);
	ATF_CHECK_EQ(28, w[4]);

	for (b = 0; b < 256; b++) {
		memcpy(w, v4, 52);
		w[5] = (uint8_t)b;
		ATF_CHECK_EQ(b == 2, psync_tdb_ok(&psync_values_freebsd, w));
		memcpy(w, v4, 52);
		w[4] = (uint8_t)b;
		ATF_CHECK_EQ(b == 16, psync_tdb_ok(&psync_values_freebsd, w));
		memcpy(w, v4, 52);
		w[2] = 0;
		w[3] = (uint8_t)b;
		ATF_CHECK(!psync_tdb_ok(&psync_values_freebsd, w));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, places);
	ATF_TP_ADD_TC(tp, pairs);
	ATF_TP_ADD_TC(tp, lost);
	ATF_TP_ADD_TC(tp, creators);
	ATF_TP_ADD_TC(tp, ranges);
	ATF_TP_ADD_TC(tp, changes);
	ATF_TP_ADD_TC(tp, tdbs);
	return (atf_no_error());
}
