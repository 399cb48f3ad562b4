/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Version 5 frames: every way in which lengths can lie.
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

static const uint8_t known[] = { 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 13, 14, 15,
	16 };

#define NKNOWN (sizeof(known) / sizeof(known[0]))

static void
copy(struct frame *f, const struct capture_packet *pkt)
{
	memcpy(f->bytes, pkt->payload, pkt->len);
	f->len = pkt->len;
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
			frame_require(&f,
			    len < HEADER ? PFSYNC_R_SHORT : PFSYNC_R_LENGTH);
			frame_set_len(&f, len);
			frame_require(&f, cut(pkt, len));
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
			frame_set_len(&f, pkt->len + (size_t)wrong[j]);
			frame_require(&f, PFSYNC_R_LENGTH);
		}
		copy(&f, pkt);
		for (at = HEADER; f.bytes[at] != 12; at = end) {
			count = (unsigned)f.bytes[at + 2] << 8 |
			    f.bytes[at + 3];
			end = at + SUB + count * frame_size(f.bytes[at]);

			f.bytes[at + 3]++;
			if (f.bytes[end] == 12)
				frame_require(&f, PFSYNC_R_COUNT);
			else
				ATF_CHECK(psync_frame_check(f.bytes, f.len) !=
				    PFSYNC_OK);
			f.bytes[at + 3] -= 2;
			if (count == 1)
				frame_require(&f, PFSYNC_R_COUNT);
			else
				ATF_CHECK(psync_frame_check(f.bytes, f.len) !=
				    PFSYNC_OK);
			f.bytes[at + 2] = f.bytes[at + 3] = 0xff;
			frame_require(&f, PFSYNC_R_COUNT);
			f.bytes[at + 2] = (uint8_t)(count >> 8);
			f.bytes[at + 3] = (uint8_t)count;
		}
		frame_require(&f, PFSYNC_OK);
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
			frame_require(&f, PFSYNC_OK);
		}
		n = (unsigned)((65535 - HEADER - 2 * SUB) / size);
		frame_one(&f, checksum, known[i], n, zeros);
		frame_require(&f, PFSYNC_OK);

		/* One byte short, and no EOF either. */
		frame_begin(&f, checksum);
		frame_group(&f, known[i], 3, zeros, 3 * size - 1);
		frame_set_len(&f, f.len);
		frame_require(&f, PFSYNC_R_COUNT);

		/* 65536 / size messages more would wrap around in 16 bits. */
		frame_begin(&f, checksum);
		frame_group(&f, known[i], (unsigned)(65536 / size + 1), zeros,
		    size);
		frame_end(&f);
		frame_require(&f, PFSYNC_R_COUNT);

		frame_begin(&f, checksum);
		frame_group(&f, known[i], 0, NULL, 0);
		frame_end(&f);
		frame_require(&f, PFSYNC_R_COUNT);
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
			frame_require(&f, PFSYNC_R_ACTION);
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
	frame_require(&f, PFSYNC_OK);

	/* missing */
	frame_begin(&f, checksum);
	frame_set_len(&f, f.len);
	frame_require(&f, PFSYNC_R_EOF);
	frame_group(&f, 2, 1, zeros, 12);
	frame_set_len(&f, f.len);
	frame_require(&f, PFSYNC_R_EOF);

	/* only a part of it */
	for (i = 1; i < 4; i++) {
		f.bytes[f.len++] = 12;
		frame_set_len(&f, f.len);
		frame_require(&f, PFSYNC_R_EOF);
	}

	/* in the middle, and twice */
	frame_begin(&f, checksum);
	frame_group(&f, 12, 1, NULL, 0);
	frame_group(&f, 2, 1, zeros, 12);
	frame_end(&f);
	frame_require(&f, PFSYNC_R_EOF);
	frame_begin(&f, checksum);
	frame_group(&f, 12, 1, NULL, 0);
	frame_end(&f);
	frame_require(&f, PFSYNC_R_EOF);

	/* with another count than 1 */
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		frame_begin(&f, checksum);
		frame_group(&f, 2, 1, zeros, 12);
		frame_group(&f, 12, bad[i], NULL, 0);
		frame_set_len(&f, f.len);
		frame_require(&f, PFSYNC_R_EOF);
	}

	/* with bytes after it */
	frame_one(&f, checksum, 2, 1, zeros);
	for (i = 0; i < 64; i++) {
		f.bytes[f.len++] = 0;
		frame_set_len(&f, f.len);
		frame_require(&f, PFSYNC_R_EOF);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, captured);
	ATF_TP_ADD_TC(tp, truncated);
	ATF_TP_ADD_TC(tp, lengths_off);
	ATF_TP_ADD_TC(tp, counts);
	ATF_TP_ADD_TC(tp, unknown_actions);
	ATF_TP_ADD_TC(tp, eof);
	return (atf_no_error());
}
