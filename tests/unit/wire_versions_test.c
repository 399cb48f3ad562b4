/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the versions of frames have apart: sizes, headers, ends; and lengths
 * that lie in versions 6 and 3.
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/wire.h"
#include "tests/lib/capture.h"
#include "tests/lib/frame.h"

#define HEADER 20
#define SUB    4

static const uint8_t checksum[16] = { 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6,
	0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf };

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
		frame_require(&f,
		    v == 5 || v == 6 ? PFSYNC_OK :
			v == 3	     ? PFSYNC_R_COUNT :
				       PFSYNC_R_VERSION);
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
	frame_require(&f, PFSYNC_OK);
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
		frame_require(&f,
		    len < HEADER ? PFSYNC_R_SHORT : PFSYNC_R_LENGTH);
		if (len < HEADER)
			continue;
		frame_set_len(&f, len);
		frame_require(&f,
		    is_bound(bounds, nbounds, len) ? PFSYNC_OK :
						     PFSYNC_R_COUNT);
		frame_set_len(&f, whole);
	}
	f.len = whole;
	/* Any other length of the header, of a message, any other count. */
	for (len = 0; len < 65536; len++)
		if (len != whole) {
			frame_set_len(&f, len);
			frame_require(&f, PFSYNC_R_LENGTH);
		}
	frame_set_len(&f, whole);
	for (i = 0; i + 1 < nbounds; i++) {
		was = f.bytes[bounds[i] + 2];
		for (v = 1; v < 256; v++) {
			f.bytes[bounds[i] + 2] = (uint8_t)v;
			frame_require(&f, PFSYNC_R_COUNT);
		}
		f.bytes[bounds[i] + 2] = was;
		/* The last group cannot but be too long or too short. */
		if (i + 2 < nbounds)
			continue;
		was = f.bytes[bounds[i] + 1];
		for (v = 0; v < 256; v++) {
			f.bytes[bounds[i] + 1] = (uint8_t)v;
			/* What is left of it then is no subheader. */
			frame_require(&f,
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
		frame_require(&f,
		    f.bytes[bounds[i]] == 0x63 || f.bytes[bounds[i]] == 1 ?
			PFSYNC_R_ACTION :
			PFSYNC_R_COUNT);
		frame_v6(&f, bounds, &nbounds);
		f.bytes[bounds[i] + 1] = 0;
		frame_require(&f, PFSYNC_R_ACTION);
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
			frame_require(&f, PFSYNC_R_ACTION);
			continue;
		}
		frame_require(&f, PFSYNC_OK);
		for (len = 0; len < HEADER + (n + 1) * size; len++) {
			f.len = len;
			if (len != HEADER + n * size)
				frame_require(&f,
				    len < HEADER ? PFSYNC_R_SHORT :
						   PFSYNC_R_COUNT);
		}
		f.len = HEADER + n * size;
		for (count = 0; count < 256; count++) {
			f.bytes[3] = (uint8_t)count;
			frame_require(&f,
			    count == n ? PFSYNC_OK : PFSYNC_R_COUNT);
		}
		/* NetBSD says of a lone CLR or BUS that it is none. */
		f.len = HEADER + size;
		f.bytes[3] = 0;
		frame_require(&f,
		    action == 0 || action == 9 ? PFSYNC_OK : PFSYNC_R_COUNT);
		f.len = HEADER;
		frame_require(&f, PFSYNC_R_COUNT);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, headers);
	ATF_TP_ADD_TC(tp, other_version);
	ATF_TP_ADD_TC(tp, version_6);
	ATF_TP_ADD_TC(tp, version_3);
	return (atf_no_error());
}
