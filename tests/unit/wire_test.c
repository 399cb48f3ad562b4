/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames: sizes, headers, and every way in which lengths can lie.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/wire.h"
#include "tests/lib/capture.h"
#include "tests/lib/frame.h"

#define HEADER 20
#define SUB    4

static const uint8_t checksum[16] = { 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6,
	0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf };

static const uint8_t known[] = { 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 13, 14, 15,
	16 };

#define NKNOWN (sizeof(known) / sizeof(known[0]))

static void
copy(struct frame *f, const struct capture_packet *pkt)
{
	memcpy(f->bytes, pkt->payload, pkt->len);
	f->len = pkt->len;
}

static void
set_len(struct frame *f, size_t len)
{
	f->bytes[2] = (uint8_t)(len >> 8);
	f->bytes[3] = (uint8_t)len;
}

static void
require(const struct frame *f, enum pfsync_refusal want)
{
	enum pfsync_refusal got;
	uint8_t *exact;

	/* At the very end of its memory, so that ASan sees one byte more. */
	exact = malloc(f->len == 0 ? 1 : f->len);
	ATF_REQUIRE(exact != NULL);
	memcpy(exact, f->bytes, f->len);
	got = psync_frame_check(exact, f->len);
	free(exact);
	ATF_REQUIRE_MSG(got == want, "%zu bytes: %d, not %d", f->len, got,
	    want);
}

/* The sizes of each version's messages, by action; 0: there is no such. */
static const uint16_t sizes_v6[] = { 20, 0, 12, 0, 84, 12, 264, 12, 0, 0, 12, 0,
	0, 264, 264, 52 };
static const uint16_t sizes_v3[] = { 24, 240, 240, 240, 88, 16, 0, 0, 16, 16,
	48 };

/* The counters of versions 6 and 3: those of the same meaning. */
static const uint8_t counters_v6[] = { 0, 0, 2, 0, 4, 5, 6, 7, 0, 0, 10, 0, 12,
	1, 3, 11 };
static const uint8_t counters_v3[] = { 0, 1, 3, 6, 4, 7, 0, 0, 5, 10, 11 };

static unsigned
counter_of(uint8_t version, unsigned action)
{
	return (version == 5 ? action :
		version == 6 ? counters_v6[action] :
			       counters_v3[action]);
}

static unsigned
size_of(uint8_t version, unsigned action)
{
	if (version == 5)
		return ((unsigned)frame_size((uint8_t)action));
	if (version == 6)
		return (action < 16 ? sizes_v6[action] : 0);
	return (action < 11 ? sizes_v3[action] : 0);
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	static const uint8_t bytes[] = { 3, 5, 6 };
	const struct psync_version *v;
	unsigned action, i, want;

	(void)tc;
	for (i = 0; i < 256; i++)
		ATF_CHECK_EQ(i == 3 || i == 5 || i == 6,
		    psync_version((uint8_t)i) != NULL);
	for (i = 0; i < 3; i++) {
		v = psync_version(bytes[i]);
		ATF_REQUIRE(v != NULL);
		ATF_CHECK_EQ(bytes[i], v->number);
		for (action = 0; action < v->nactions; action++) {
			want = size_of(bytes[i], action);
			ATF_CHECK_EQ_MSG(want, v->actions[action].size,
			    "version %u action %u", bytes[i], action);
			if (want == 0)
				continue;
			ATF_CHECK(v->actions[action].message > PSYNC_M_SKIP);
			ATF_CHECK_EQ(counter_of(bytes[i], action),
			    v->actions[action].counter);
		}
		for (; action < 256; action++)
			ATF_CHECK_EQ(0, size_of(bytes[i], action));
	}
}

/*
 * Header and end of a frame with one group of two messages, as each version has
 * them; byte 1 announces us, and tells who hears version 5 to look away.
 */
ATF_TC_WITHOUT_HEAD(headers);
ATF_TC_BODY(headers, tc)
{
	static const struct {
		uint8_t version, action, repeats;
		uint8_t head[4]; /* and the checksum, */
		uint8_t rest[8]; /* then this behind */
		unsigned before, after;
	} want[] = {
		{ 5, 7, 0, { 5, 3, 0, 52 }, { 7, 0, 0, 2, 12, 0, 0, 1 }, 4, 4 },
		{ 5, 7, 1, { 5, 3, 0, 52 }, { 7, 0, 0, 2, 12, 0, 0, 1 }, 4, 4 },
		{ 6, 7, 0, { 6, 3, 0, 48 }, { 7, 3, 0, 2 }, 4, 0 },
		{ 6, 7, 1, { 6, 0x83, 0, 48 }, { 7, 3, 0, 2 }, 4, 0 },
		{ 6, 13, 0, { 6, 3, 2, 40 }, { 13, 66, 0, 2 }, 4, 0 },
		{ 3, 5, 0, { 3, 3, 5, 2 }, { 0 }, 0, 0 },
		{ 3, 5, 1, { 3, 0x83, 5, 2 }, { 0 }, 0, 0 },
	};
	const struct psync_version *v;
	uint8_t frame[700];
	size_t at, size;
	unsigned i;

	(void)tc;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		v = psync_version(want[i].version);
		size = 2 * v->actions[want[i].action].size;
		memset(frame, 0xff, sizeof(frame));
		ATF_CHECK_EQ(want[i].before, psync_group_len(v));
		ATF_CHECK_EQ(want[i].after, psync_trailer_len(v));
		at = 20 + psync_put_group(frame, 20, v, want[i].action, 2);
		ATF_CHECK_EQ(20 + want[i].before, at);
		memset(frame + at, 0x5a, size);
		ATF_CHECK_EQ(at + size + want[i].after,
		    psync_end_frame(frame, at + size, v, want[i].repeats,
			checksum));
		ATF_CHECK_MSG(memcmp(frame, want[i].head, 4) == 0, "%u", i);
		ATF_CHECK(memcmp(frame + 4, checksum, 16) == 0);
		ATF_CHECK(
		    memcmp(frame + 20, want[i].rest, want[i].before) == 0);
		ATF_CHECK_EQ(0x5a, frame[at]);
		ATF_CHECK_EQ(0x5a, frame[at + size - 1]);
		ATF_CHECK(
		    memcmp(frame + at + size, want[i].rest + want[i].before,
			want[i].after) == 0);
		ATF_CHECK_EQ(0xff, frame[at + size + want[i].after]);
		ATF_CHECK_EQ(PFSYNC_OK,
		    psync_frame_check(frame, at + size + want[i].after));
	}
}

ATF_TC_WITHOUT_HEAD(captured);
ATF_TC_BODY(captured, tc)
{
	const struct capture_packet *pkt;
	struct psync_group g = { .count = 0 };
	struct capture c;
	size_t end, i, offset;
	unsigned got[256], a;

	capture_load(tc, "freebsd-12.2-v5-1301.pcap", &c);
	ATF_REQUIRE_EQ(65, c.count);
	for (i = 0; i < c.count; i++) {
		pkt = &c.packet[i];
		ATF_CHECK_EQ(255, pkt->ttl);
		ATF_REQUIRE_EQ(PFSYNC_OK,
		    psync_frame_check(pkt->payload, pkt->len));
		memset(got, 0, sizeof(got));
		for (end = offset = HEADER;
		     psync_frame_next(pkt->payload, pkt->len, &offset, &g);
		     end = offset) {
			ATF_CHECK(g.messages == pkt->payload + end + SUB);
			ATF_CHECK_EQ(offset,
			    end + SUB + g.count * frame_size(g.number));
			got[g.number] += g.count;
		}
		ATF_CHECK_EQ(PFSYNC_ACT_EOF, g.number);
		ATF_CHECK_EQ(pkt->len, end);
		for (a = 0; a < 256; a++)
			ATF_CHECK_EQ(frame_messages(pkt->payload, pkt->len,
					 (uint8_t)a),
			    got[a]);
	}
	capture_free(&c);
}

ATF_TC_WITHOUT_HEAD(other_version);
ATF_TC_BODY(other_version, tc)
{
	struct capture c;
	static struct frame f;
	unsigned v;
	size_t i;

	capture_load(tc, "netbsd-7.99-v3.pcap", &c);
	ATF_REQUIRE(c.count > 0);
	for (i = 0; i < c.count; i++)
		ATF_CHECK_EQ(PFSYNC_OK,
		    psync_frame_check(c.packet[i].payload, c.packet[i].len));
	capture_free(&c);

	/* EOF is good in version 6 as well; in 3 there are no subheaders. */
	frame_begin(&f, checksum);
	frame_end(&f);
	for (v = 0; v < 256; v++) {
		f.bytes[0] = (uint8_t)v;
		require(&f,
		    v == 5 || v == 6 ? PFSYNC_OK :
			v == 3	     ? PFSYNC_R_COUNT :
				       PFSYNC_R_VERSION);
	}
}

/* What a frame cut off at len is, once its header says len too. */
static enum pfsync_refusal
cut(const struct capture_packet *pkt, size_t len)
{
	size_t at, end;

	if (len < HEADER)
		return (PFSYNC_R_SHORT);
	for (at = HEADER; at < pkt->len; at = end) {
		end = at + SUB +
		    (pkt->payload[at + 2] << 8 | pkt->payload[at + 3]) *
			frame_size(pkt->payload[at]);
		if (len < at + SUB)
			break;
		if (len < end)
			return (PFSYNC_R_COUNT);
	}
	return (PFSYNC_R_EOF);
}

ATF_TC_WITHOUT_HEAD(truncated);
ATF_TC_BODY(truncated, tc)
{
	const struct capture_packet *pkt;
	struct capture c;
	static struct frame f;
	size_t i, len;

	capture_load(tc, "freebsd-12.2-v5-1301.pcap", &c);
	for (i = 0; i < c.count; i++) {
		pkt = &c.packet[i];
		for (len = 0; len < pkt->len; len++) {
			copy(&f, pkt);
			f.len = len;
			require(&f,
			    len < HEADER ? PFSYNC_R_SHORT : PFSYNC_R_LENGTH);
			set_len(&f, len);
			require(&f, cut(pkt, len));
		}
	}
	capture_free(&c);
}

ATF_TC_WITHOUT_HEAD(lengths_off);
ATF_TC_BODY(lengths_off, tc)
{
	static const int wrong[] = { -1, 1, -24, 24, -256, 256 };
	const struct capture_packet *pkt;
	struct capture c;
	static struct frame f;
	size_t at, end, i, j;
	unsigned count;

	capture_load(tc, "freebsd-12.2-v5-1301.pcap", &c);
	for (i = 0; i < c.count; i++) {
		pkt = &c.packet[i];
		for (j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++) {
			copy(&f, pkt);
			set_len(&f, pkt->len + (size_t)wrong[j]);
			require(&f, PFSYNC_R_LENGTH);
		}
		copy(&f, pkt);
		for (at = HEADER; f.bytes[at] != 12; at = end) {
			count = (unsigned)f.bytes[at + 2] << 8 |
			    f.bytes[at + 3];
			end = at + SUB + count * frame_size(f.bytes[at]);

			f.bytes[at + 3]++;
			if (f.bytes[end] == 12)
				require(&f, PFSYNC_R_COUNT);
			else
				ATF_CHECK(psync_frame_check(f.bytes, f.len) !=
				    PFSYNC_OK);
			f.bytes[at + 3] -= 2;
			if (count == 1)
				require(&f, PFSYNC_R_COUNT);
			else
				ATF_CHECK(psync_frame_check(f.bytes, f.len) !=
				    PFSYNC_OK);
			f.bytes[at + 2] = f.bytes[at + 3] = 0xff;
			require(&f, PFSYNC_R_COUNT);
			f.bytes[at + 2] = (uint8_t)(count >> 8);
			f.bytes[at + 3] = (uint8_t)count;
		}
		require(&f, PFSYNC_OK);
	}
	capture_free(&c);
}

/* count * size just fits, or is one byte too much, for every action. */
ATF_TC_WITHOUT_HEAD(counts);
ATF_TC_BODY(counts, tc)
{
	static uint8_t zeros[65536];
	static struct frame f;
	unsigned i, n;
	size_t size;

	(void)tc;
	for (i = 0; i < NKNOWN; i++) {
		size = frame_size(known[i]);
		for (n = 1; HEADER + 2 * SUB + n * size <= 65535; n *= 3) {
			frame_one(&f, checksum, known[i], n, zeros);
			require(&f, PFSYNC_OK);
		}
		n = (unsigned)((65535 - HEADER - 2 * SUB) / size);
		frame_one(&f, checksum, known[i], n, zeros);
		require(&f, PFSYNC_OK);

		/* One byte short, and no EOF either. */
		frame_begin(&f, checksum);
		frame_group(&f, known[i], 3, zeros, 3 * size - 1);
		set_len(&f, f.len);
		require(&f, PFSYNC_R_COUNT);

		/* 65536 / size messages more would wrap around in 16 bits. */
		frame_begin(&f, checksum);
		frame_group(&f, known[i], (unsigned)(65536 / size + 1), zeros,
		    size);
		frame_end(&f);
		require(&f, PFSYNC_R_COUNT);

		frame_begin(&f, checksum);
		frame_group(&f, known[i], 0, NULL, 0);
		frame_end(&f);
		require(&f, PFSYNC_R_COUNT);
	}
}

ATF_TC_WITHOUT_HEAD(unknown_actions);
ATF_TC_BODY(unknown_actions, tc)
{
	static const uint8_t zeros[512];
	static struct frame f;
	unsigned action;
	size_t len;

	(void)tc;
	for (action = 0; action < 256; action++) {
		if (action != 8 && action != 9 && action < 17)
			continue;
		for (len = 0; len <= sizeof(zeros); len += 16) {
			frame_begin(&f, checksum);
			frame_group(&f, 2, 1, zeros, 12);
			frame_group(&f, (uint8_t)action, 1, zeros, len);
			frame_end(&f);
			require(&f, PFSYNC_R_ACTION);
		}
	}
}

ATF_TC_WITHOUT_HEAD(eof);
ATF_TC_BODY(eof, tc)
{
	static const uint16_t bad[] = { 0, 2, 256, 0x0101, 65535 };
	static const uint8_t zeros[64];
	static struct frame f;
	unsigned i;

	(void)tc;
	/* alone */
	frame_begin(&f, checksum);
	frame_end(&f);
	require(&f, PFSYNC_OK);

	/* missing */
	frame_begin(&f, checksum);
	set_len(&f, f.len);
	require(&f, PFSYNC_R_EOF);
	frame_group(&f, 2, 1, zeros, 12);
	set_len(&f, f.len);
	require(&f, PFSYNC_R_EOF);

	/* only a part of it */
	for (i = 1; i < 4; i++) {
		f.bytes[f.len++] = 12;
		set_len(&f, f.len);
		require(&f, PFSYNC_R_EOF);
	}

	/* in the middle, and twice */
	frame_begin(&f, checksum);
	frame_group(&f, 12, 1, NULL, 0);
	frame_group(&f, 2, 1, zeros, 12);
	frame_end(&f);
	require(&f, PFSYNC_R_EOF);
	frame_begin(&f, checksum);
	frame_group(&f, 12, 1, NULL, 0);
	frame_end(&f);
	require(&f, PFSYNC_R_EOF);

	/* with another count than 1 */
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		frame_begin(&f, checksum);
		frame_group(&f, 2, 1, zeros, 12);
		frame_group(&f, 12, bad[i], NULL, 0);
		set_len(&f, f.len);
		require(&f, PFSYNC_R_EOF);
	}

	/* with bytes after it */
	frame_one(&f, checksum, 2, 1, zeros);
	for (i = 0; i < 64; i++) {
		f.bytes[f.len++] = 0;
		set_len(&f, f.len);
		require(&f, PFSYNC_R_EOF);
	}
}

/* A version 6 frame of every kind of message, and two that nobody knows. */
static void
frame_v6(struct frame *f, size_t *bounds, unsigned *nbounds)
{
	const struct psync_version *v = psync_version(6);
	uint8_t action;
	size_t at = HEADER;

	memset(f->bytes, 0, 4096);
	*nbounds = 0;
	bounds[(*nbounds)++] = at;
	for (action = 0; action < v->nactions; action++) {
		if (v->actions[action].size == 0)
			continue;
		at += psync_put_group(f->bytes, at, v, action, 2);
		at += 2 * v->actions[action].size;
		bounds[(*nbounds)++] = at;
	}
	memcpy(f->bytes + at, "\x63\2\0\3", SUB);
	at += SUB + 3 * 8;
	bounds[(*nbounds)++] = at;
	/* An old insert, and a bus that has grown by a word. */
	memcpy(f->bytes + at, "\1\74\0\1", SUB);
	at += SUB + 240;
	bounds[(*nbounds)++] = at;
	memcpy(f->bytes + at, "\12\4\0\1", SUB);
	at += SUB + 16;
	bounds[(*nbounds)++] = at;
	f->len = psync_end_frame(f->bytes, at, v, false, checksum);
}

static bool
is_bound(const size_t *bounds, unsigned n, size_t at)
{
	while (n > 0)
		if (bounds[--n] == at)
			return (true);
	return (false);
}

ATF_TC_WITHOUT_HEAD(version_6);
ATF_TC_BODY(version_6, tc)
{
	static struct frame f;
	size_t bounds[20], len, offset, whole;
	unsigned groups = 0, i, nbounds, v;
	struct psync_group g;
	uint8_t was;

	(void)tc;
	frame_v6(&f, bounds, &nbounds);
	whole = f.len;
	require(&f, PFSYNC_OK);
	for (offset = HEADER; psync_frame_next(f.bytes, f.len, &offset, &g);
	     groups++) {
		ATF_CHECK_EQ(bounds[groups + 1], offset);
		/* What we do not know, and what is smaller than we know. */
		if (groups >= nbounds - 4 && groups < nbounds - 2)
			ATF_CHECK_EQ(PSYNC_M_SKIP, g.action->message);
		else
			ATF_CHECK(g.action->message > PSYNC_M_SKIP);
	}
	ATF_CHECK_EQ(nbounds - 1, groups);
	ATF_CHECK_EQ(16, g.size);

	/* Cut off anywhere, with and without a header that says so. */
	for (len = 0; len < whole; len++) {
		f.len = len;
		require(&f, len < HEADER ? PFSYNC_R_SHORT : PFSYNC_R_LENGTH);
		if (len < HEADER)
			continue;
		set_len(&f, len);
		require(&f,
		    is_bound(bounds, nbounds, len) ? PFSYNC_OK :
						     PFSYNC_R_COUNT);
		set_len(&f, whole);
	}
	f.len = whole;
	/* Any other length of the header, of a message, any other count. */
	for (len = 0; len < 65536; len++)
		if (len != whole) {
			set_len(&f, len);
			require(&f, PFSYNC_R_LENGTH);
		}
	set_len(&f, whole);
	for (i = 0; i + 1 < nbounds; i++) {
		was = f.bytes[bounds[i] + 2];
		for (v = 1; v < 256; v++) {
			f.bytes[bounds[i] + 2] = (uint8_t)v;
			require(&f, PFSYNC_R_COUNT);
		}
		f.bytes[bounds[i] + 2] = was;
		/* The last group cannot but be too long or too short. */
		if (i + 2 < nbounds)
			continue;
		was = f.bytes[bounds[i] + 1];
		for (v = 0; v < 256; v++) {
			f.bytes[bounds[i] + 1] = (uint8_t)v;
			/* What is left of it then is no subheader. */
			require(&f,
			    v == was	? PFSYNC_OK :
				v < was ? PFSYNC_R_ACTION :
					  PFSYNC_R_COUNT);
		}
		f.bytes[bounds[i] + 1] = was;
	}
	/* No messages, or none of any length. */
	for (i = 0; i + 1 < nbounds; i++) {
		frame_v6(&f, bounds, &nbounds);
		f.bytes[bounds[i] + 3] = 0;
		require(&f,
		    f.bytes[bounds[i]] == 0x63 || f.bytes[bounds[i]] == 1 ?
			PFSYNC_R_ACTION :
			PFSYNC_R_COUNT);
		frame_v6(&f, bounds, &nbounds);
		f.bytes[bounds[i] + 1] = 0;
		require(&f, PFSYNC_R_ACTION);
	}
}

ATF_TC_WITHOUT_HEAD(version_3);
ATF_TC_BODY(version_3, tc)
{
	const struct psync_version *v = psync_version(3);
	static struct frame f;
	unsigned action, count, n;
	size_t len, size;

	(void)tc;
	memset(f.bytes, 0, 4096);
	for (action = 0; action < 256; action++) {
		size = size_of(3, action);
		n = size > 200 ? 3 : 5;
		f.len = psync_end_frame(f.bytes, HEADER + n * size, v, false,
		    checksum);
		f.bytes[2] = (uint8_t)action;
		f.bytes[3] = (uint8_t)n;
		if (size == 0) {
			require(&f, PFSYNC_R_ACTION);
			continue;
		}
		require(&f, PFSYNC_OK);
		for (len = 0; len < HEADER + (n + 1) * size; len++) {
			f.len = len;
			if (len != HEADER + n * size)
				require(&f,
				    len < HEADER ? PFSYNC_R_SHORT :
						   PFSYNC_R_COUNT);
		}
		f.len = HEADER + n * size;
		for (count = 0; count < 256; count++) {
			f.bytes[3] = (uint8_t)count;
			require(&f, count == n ? PFSYNC_OK : PFSYNC_R_COUNT);
		}
		/* NetBSD says of a lone CLR or BUS that it is none. */
		f.len = HEADER + size;
		f.bytes[3] = 0;
		require(&f,
		    action == 0 || action == 9 ? PFSYNC_OK : PFSYNC_R_COUNT);
		f.len = HEADER;
		require(&f, PFSYNC_R_COUNT);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, headers);
	ATF_TP_ADD_TC(tp, captured);
	ATF_TP_ADD_TC(tp, other_version);
	ATF_TP_ADD_TC(tp, truncated);
	ATF_TP_ADD_TC(tp, lengths_off);
	ATF_TP_ADD_TC(tp, counts);
	ATF_TP_ADD_TC(tp, unknown_actions);
	ATF_TP_ADD_TC(tp, eof);
	ATF_TP_ADD_TC(tp, version_6);
	ATF_TP_ADD_TC(tp, version_3);
	return (atf_no_error());
}
