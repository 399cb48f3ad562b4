/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A packet with anything wrong in it does nothing but count: the table stays,
 * nothing is answered, and exactly the counters of its reason move.
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/lib/fixture.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct fakeos os;
static struct frame frame;

static void
up(void)
{
	const struct psync_config c = fixture_config(1400, 1500, 128);

	fixture_up(&os, 4, &c);
}

static void
peer_state(unsigned n)
{
	struct psync_state st = fixture_state(n, FIXTURE_PEER);

	fakeos_add(&os, &st);
}

static const struct psync_layout *
layout(uint8_t action)
{
	return (action >= 15 ? &psync_layout_1500 :
		action >= 13 ? &psync_layout_1400 :
			       &psync_layout_1301);
}

/*
 * The packet is refused for this reason: the table is as before, nothing is
 * sent, and of all counters only the reason's, FreeBSD's (at this offset; 0
 * for none) and the packet's own have moved, by one.
 */
static void
refused(const struct psync_packet *pkt, enum pfsync_refusal why, size_t counter)
{
	const uint64_t digest = fakeos_digest(&os);
	struct pfsyncxstats before = fixture_stats(&os), after;
	enum pfsync_refusal got;

	got = psync_input(os.sc, pkt);
	after = fixture_stats(&os);
	ATF_CHECK_EQ_MSG(why, got, "%d, not %d", got, why);
	ATF_CHECK_EQ(digest, fakeos_digest(&os));
	ATF_CHECK_EQ(0, os.attempts);
	before.refused[why]++;
	if (counter != 0)
		++*(uint64_t *)(void *)((uint8_t *)&before + counter);
	if (pkt->af == PSYNC_AF_INET6)
		before.base.pfsyncs_ipackets6++;
	else
		before.base.pfsyncs_ipackets++;
	ATF_CHECK_EQ(0, fixture_changed(&before, &after));
}

#define COUNTER(c) offsetof(struct pfsyncxstats, base.pfsyncs_##c)

static struct psync_packet
packet(void)
{
	static const uint8_t src[16] = { 192, 0, 2, 2 };
	struct psync_packet pkt = {
		.frame = frame.bytes,
		.len = frame.len,
		.src = src,
		.af = PSYNC_AF_INET,
		.ttl = 255,
		.on_syncdev = true,
	};

	return (pkt);
}

/* A packet that would insert one state and delete another. */
static void
tempting(void)
{
	struct psync_state st = fixture_state(50, FIXTURE_PEER);
	uint8_t w[277];

	frame_begin(&frame, os.checksum);
	psync_encode(&psync_layout_1400, w, &st);
	frame_group(&frame, 13, 1, w, 277);
	fixture_key(w, fixture_state(1, 0).id, FIXTURE_PEER);
	frame_group(&frame, 7, 1, w, 12);
}

ATF_TC_WITHOUT_HEAD(before_reading);
ATF_TC_BODY(before_reading, tc)
{
	struct psync_config c = fixture_config(1400, 1500, 128);
	struct psync_packet pkt;
	unsigned ttl;

	(void)tc;
	up();
	peer_state(1);
	tempting();
	frame_end(&frame);

	for (ttl = 0; ttl < 255; ttl++) {
		pkt = packet();
		pkt.ttl = (uint8_t)ttl;
		refused(&pkt, PFSYNC_R_TTL, COUNTER(badttl));
		pkt.af = PSYNC_AF_INET6;
		refused(&pkt, PFSYNC_R_TTL, COUNTER(badttl));
	}
	pkt = packet();
	pkt.on_syncdev = false;
	refused(&pkt, PFSYNC_R_IFACE, COUNTER(badif));

	pkt = packet();
	c.up = false;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &c));
	refused(&pkt, PFSYNC_R_DOWN, 0);
	c.up = true;
	c.reachable = false;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &c));
	refused(&pkt, PFSYNC_R_DOWN, 0);
	c.reachable = true;
	memset(c.syncdev, 0, sizeof(c.syncdev));
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &c));
	refused(&pkt, PFSYNC_R_DOWN, 0);

	c = fixture_config(1400, 1500, 128);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &c));
	ATF_CHECK_EQ(PFSYNC_OK, psync_input(os.sc, &pkt));
	ATF_CHECK(
	    fakeos_find(&os, fixture_state(50, 0).id, FIXTURE_PEER) != NULL);
	ATF_CHECK(
	    fakeos_find(&os, fixture_state(1, 0).id, FIXTURE_PEER) == NULL);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(structure);
ATF_TC_BODY(structure, tc)
{
	static const uint8_t zeros[300];
	struct psync_packet pkt;
	unsigned action;
	size_t len, whole;

	(void)tc;
	up();
	peer_state(1);

	tempting();
	frame_end(&frame);
	whole = frame.len;
	for (len = 0; len < whole; len++) {
		pkt = packet();
		pkt.len = len;
		if (len < 20)
			refused(&pkt, PFSYNC_R_SHORT, COUNTER(hdrops));
		else
			refused(&pkt, PFSYNC_R_LENGTH, COUNTER(badlen));
	}
	frame.bytes[0] = 4;
	pkt = packet();
	refused(&pkt, PFSYNC_R_VERSION, COUNTER(badver));

	/* Good messages first, then what cannot be. */
	for (action = 0; action < 256; action++) {
		if (action != 8 && action != 9 && action < 17)
			continue;
		tempting();
		frame_group(&frame, (uint8_t)action, 1, zeros, 12);
		frame_end(&frame);
		pkt = packet();
		refused(&pkt, PFSYNC_R_ACTION, COUNTER(badact));
	}
	for (action = 0; action < 17; action++) {
		if (frame_size((uint8_t)action) == 0)
			continue;
		tempting();
		frame_group(&frame, (uint8_t)action, 65535, zeros, 12);
		frame_end(&frame);
		pkt = packet();
		refused(&pkt, PFSYNC_R_COUNT, COUNTER(badlen));
		tempting();
		frame_group(&frame, (uint8_t)action, 0, zeros, 0);
		frame_end(&frame);
		pkt = packet();
		refused(&pkt, PFSYNC_R_COUNT, COUNTER(badlen));
	}
	tempting();
	frame.bytes[2] = (uint8_t)(frame.len >> 8);
	frame.bytes[3] = (uint8_t)frame.len;
	pkt = packet();
	refused(&pkt, PFSYNC_R_EOF, COUNTER(badlen));
	tempting();
	frame_group(&frame, 12, 1, NULL, 0);
	frame_end(&frame);
	pkt = packet();
	refused(&pkt, PFSYNC_R_EOF, COUNTER(badlen));
	fixture_down(&os);
}

/* One value out of range anywhere spoils all that came before it. */
ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	static const struct {
		uint8_t action;
		uint16_t at;
		uint8_t value;
	} bad[] = {
		{ 0, 0, '\n' }, /* CLR: ifname */
		{ 1, 120, 13 },
		{ 1, 152, 13 },
		{ 1, 232, 0 },
		{ 1, 234, 0 },
		{ 1, 239, 25 },
		{ 1, 8, 0 },
		{ 3, 234, 3 },
		{ 3, 239, 255 },
		{ 4, 32, 13 },
		{ 4, 64, 13 },
		{ 4, 80, 25 },
		{ 6, 232, 24 },
		{ 10, 8, 0 },
		{ 10, 8, 3 }, /* BUS: status */
		{ 13, 120, 13 },
		{ 13, 232, 10 },
		{ 14, 239, 25 },
		{ 14, 9, 0x7f },
	};
	struct psync_state st = fixture_state(51, FIXTURE_PEER);
	static const uint16_t creator_at[17] = { 16, 228, 8, 228, 72, 0, 228, 8,
		0, 0, 0, 0, 0, 228, 228, 228, 228 };
	struct psync_packet pkt;
	uint8_t w[360], both[2 * 360];
	unsigned action, i;
	size_t size;

	(void)tc;
	up();
	peer_state(1);
	for (i = 0; i < NELEM(bad) + 17; i++) {
		action = i < NELEM(bad) ? bad[i].action : i - NELEM(bad);
		memset(w, 0, sizeof(w));
		if (frame_size((uint8_t)action) >= 242)
			psync_encode(layout((uint8_t)action), w, &st);
		else if (action == 4)
			fixture_upd_c(w, &st);
		else if (action == 10)
			fixture_bus(w, 1, 0);
		else
			w[16] = 1; /* CLR of somebody */
		size = frame_size((uint8_t)action);
		memcpy(both, w, size);
		if (i < NELEM(bad))
			w[bad[i].at] = bad[i].value;
		else if (action == 5)
			fixture_key(w, 7, 0); /* an id without creator */
		else if (creator_at[action] != 0)
			memset(w + creator_at[action], 0, 4);
		else
			continue;
		tempting();
		frame_group(&frame, (uint8_t)action, 1, w, size);
		frame_end(&frame);
		pkt = packet();
		refused(&pkt, PFSYNC_R_VALUE, COUNTER(badval));
		/* Behind a good one of its kind. */
		memcpy(both + size, w, size);
		tempting();
		frame_group(&frame, (uint8_t)action, 2, both, 2 * size);
		frame_end(&frame);
		pkt = packet();
		refused(&pkt, PFSYNC_R_VALUE, COUNTER(badval));
	}
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(families);
ATF_TC_BODY(families, tc)
{
	struct pfsyncxstats after, before;
	struct psync_packet pkt;

	(void)tc;
	up();
	frame_begin(&frame, os.checksum);
	frame_end(&frame);
	pkt = packet();
	before = fixture_stats(&os);
	ATF_CHECK_EQ(PFSYNC_OK, psync_input(os.sc, &pkt));
	pkt.af = PSYNC_AF_INET6;
	ATF_CHECK_EQ(PFSYNC_OK, psync_input(os.sc, &pkt));
	ATF_CHECK_EQ(PFSYNC_OK, psync_input(os.sc, &pkt));
	after = fixture_stats(&os);
	before.base.pfsyncs_ipackets += 1;
	before.base.pfsyncs_ipackets6 += 2;
	before.base.pfsyncs_iacts[12] += 3;
	/* Over IPv6 it is somebody else, who is asked for all states. */
	before.base.pfsyncs_opackets++;
	before.base.pfsyncs_oacts[5]++;
	before.base.pfsyncs_oacts[12]++;
	ATF_CHECK_EQ(0, fixture_changed(&before, &after));
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, before_reading);
	ATF_TP_ADD_TC(tp, structure);
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, families);
	return (atf_no_error());
}
