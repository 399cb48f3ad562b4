/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Floods: good packets from tens of thousands of addresses.  What each address
 * may have done is one thing (hostile_test.c), what all of them together make
 * us do, remember and forget is another.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "net/pfsync/limit.h"
#include "net/pfsync/wire.h"
#include "tests/lib/fixture.h"
#include "tests/lib/stock.h"

#define ADDRESSES 60000

static struct fakeos os;
static struct psync_config config;

static void
up(unsigned format, unsigned states)
{
	struct psync_state st;
	unsigned n;

	config = fixture_config(format, 1500, 128);
	fixture_up(&os, 4, &config);
	for (n = 0; n < states; n++) {
		st = fixture_state(n, os.hostid);
		(void)fakeos_add(&os, &st);
	}
}

static void
forge(uint32_t src, uint8_t action, const void *message)
{
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive_from(&os, (const uint8_t *)&src, PSYNC_AF_INET,
		action, 1, message));
}

/* The end of a bulk update, as stock kernels of a version send it. */
static void
forge_version(uint32_t src, uint8_t version)
{
	static const uint8_t bus[16] = { 1, 1, 1, 1, [8] = PFSYNC_BUS_END };
	struct stock_frame f;
	struct psync_packet pkt = {
		.frame = f.bytes,
		.src = (const uint8_t *)&src,
		.af = PSYNC_AF_INET,
		.ttl = 255,
		.on_syncdev = true,
	};

	stock_frame(&f, version, 0,
	    version == 3 ? PFSYNC3_ACT_BUS : PFSYNC_ACT_BUS, bus,
	    version == 3 ? 16 : 12);
	pkt.len = f.len;
	ATF_REQUIRE_EQ(PFSYNC_OK, psync_input(os.sc, &pkt));
}

static unsigned
spoken(void)
{
	struct psync_status s;

	psync_status(os.sc, &s);
	return (s.dialects);
}

/*
 * A quiet peer that only version 6 reaches: whoever forges addresses does not
 * make us forget it.
 */
ATF_TC_WITHOUT_HEAD(peers_outlive_strangers);
ATF_TC_BODY(peers_outlive_strangers, tc)
{
	uint8_t key[12];
	unsigned i;

	(void)tc;
	up(PFSYNC_FORMAT_AUTO, 0);
	for (i = 0; i < 20; i++)
		forge_version(1, 6);
	ATF_CHECK((spoken() & PFSYNC_SPOKEN_V6) != 0);
	fixture_key(key, 1, FIXTURE_PEER);
	for (i = 0; i < ADDRESSES; i++) {
		forge(1000 + i, PFSYNC_ACT_INS_ACK, key);
		fakeos_run_until(&os, os.now + 1);
	}
	ATF_CHECK((spoken() & PFSYNC_SPOKEN_V6) != 0);
	fixture_down(&os);
}

/*
 * They speak one version, then another: the table is sent to strangers, as
 * often as if it were asked for, and once in five seconds on top of that.
 */
ATF_TC_WITHOUT_HEAD(strangers_of_all_versions);
ATF_TC_BODY(strangers_of_all_versions, tc)
{
	static const uint8_t versions[] = { 5, 6, 3 };
	unsigned i;

	(void)tc;
	up(PFSYNC_FORMAT_AUTO, 100);
	for (i = 0; i < ADDRESSES; i++) {
		forge_version(1 + i, versions[i / 20 % 3]);
		fakeos_run_until(&os, os.now + 1);
	}
	/* In three versions, while three of them are spoken. */
	ATF_CHECK_MSG(fixture_tables(&os, PFSYNC_BUS_END) <=
		3 * (4 + 60 / 4 + 60 / 5 + 1),
	    "%u tables", fixture_tables(&os, PFSYNC_BUS_END));
	ATF_CHECK_MSG(fixture_tables(&os, PFSYNC_BUS_END) >= 10, "%u tables",
	    fixture_tables(&os, PFSYNC_BUS_END));
	ATF_CHECK_EQ(0, fixture_stats(&os).losses);
	ATF_CHECK_EQ(0, os.demotion);
	fixture_down(&os);
}

/* A state as nobody has it. */
static void
random_state(struct psync_state *st)
{
	*st = fixture_state((unsigned)rand(), (uint32_t)rand() | 1);
	st->id ^= (uint64_t)rand() << 32;
	st->src.seqlo = (uint32_t)rand();
	st->src.state = (uint8_t)(rand() % 11);
}

/*
 * Everything at once, from as many addresses.  For every packet that comes in
 * less than one goes out; memory is no more than the states that pf has let in;
 * and once it is over, a peer gets what it asks for.
 */
ATF_TC_WITHOUT_HEAD(everything_at_once);
ATF_TC_BODY(everything_at_once, tc)
{
	static const uint8_t zero[12];
	uint8_t bus[12], clr[20] = { 0 }, ins[277];
	struct psync_state st;
	struct psync_status status;
	unsigned i, in = 0;
	uint64_t begin;
	size_t live;

	(void)tc;
	srand(1);
	up(1400, 200);
	live = os.live;
	begin = os.now;
	for (i = 0; i < ADDRESSES; i++) {
		forge(1 + i, PFSYNC_ACT_UPD_REQ, zero);
		clr[16] = (uint8_t)(1 + i % 255);
		clr[17] = 1;
		forge(1 + i, PFSYNC_ACT_CLR, clr);
		fixture_bus(bus, 1 + i % 2, (uint32_t)rand() % 3);
		forge(1 + i, PFSYNC_ACT_BUS, bus);
		random_state(&st);
		(void)psync_encode(&psync_layout_1400, ins, &st);
		os.insert_refusal = os.nstates < 1000 ? PFSYNC_OK :
							PFSYNC_R_LIMIT;
		forge(1 + i, PFSYNC_ACT_INS_1400, ins);
		in += 4;
		if (i % 6 == 0)
			fakeos_run_until(&os, os.now + 1);
		ATF_REQUIRE_EQ(0, os.demotion);
	}
	os.insert_refusal = PFSYNC_OK;
	ATF_CHECK_EQ(live, os.live);
	ATF_CHECK_EQ(1000, os.nstates);
	ATF_CHECK_MSG(fixture_tables(&os, PFSYNC_BUS_END) <=
		4 + (os.now - begin) / 4000 + 1,
	    "%u tables", fixture_tables(&os, PFSYNC_BUS_END));
	ATF_CHECK_MSG(os.clears <= 32 + 4 * (os.now - begin) / 1000 + 1,
	    "%u walks", os.clears);
	ATF_CHECK_MSG(os.nframes < in / 50, "%zu packets for %u", os.nframes,
	    in);
	fakeos_run_until(&os, os.now + 5000);
	psync_status(os.sc, &status);
	ATF_CHECK_EQ(0, status.pending);

	fakeos_forget(&os);
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive(&os, PFSYNC_ACT_UPD_REQ, 1, zero));
	fakeos_run_until(&os, os.now + 1000);
	ATF_CHECK_EQ(1, fixture_tables(&os, PFSYNC_BUS_END));
	ATF_CHECK_EQ(1000, fakeos_sent(&os, PFSYNC_ACT_UPD_1400));
	fixture_down(&os);
}

/* A bucket fills at its rate, up to its burst, at any time since boot. */
ATF_TC_WITHOUT_HEAD(buckets);
ATF_TC_BODY(buckets, tc)
{
	static const uint64_t boots[] = { 0, 1, UINT32_MAX - 500ULL,
		UINT64_MAX / 2000 };
	struct psync_buckets all, source;
	unsigned b, i, got, what;
	uint64_t now;

	(void)tc;
	for (what = 0; what < PSYNC_LIMITS; what++)
		for (b = 0; b < sizeof(boots) / sizeof(boots[0]); b++) {
			memset(&source, 0, sizeof(source));
			memset(&all, 0, sizeof(all));
			now = boots[b];
			/* Ten times as much as is allowed in a second. */
			for (i = got = 0; i < 2000000; i++) {
				got += psync_limit_take(&source, &all, what,
				    now);
				now += i % 2000 == 0;
			}
			switch (what) {
			case PSYNC_LIMIT_TABLE:
				ATF_CHECK(got >= 1 && got <= 2);
				break;
			case PSYNC_LIMIT_CLEAR:
				ATF_CHECK(got >= 16 && got <= 18);
				break;
			case PSYNC_LIMIT_CORRECT:
				ATF_CHECK_MSG(got >= 199000 && got <= 200200,
				    "%u", got);
				break;
			default:
				ATF_CHECK_MSG(got >= 7990 && got <= 8010, "%u",
				    got);
			}
			/* Full again, and no fuller, after any time. */
			now += UINT32_MAX;
			for (i = got = 0; i < 100; i++)
				got += psync_limit_take(&source, &all,
				    PSYNC_LIMIT_TABLE, now);
			ATF_CHECK_EQ(1, got);
		}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, peers_outlive_strangers);
	ATF_TP_ADD_TC(tp, strangers_of_all_versions);
	ATF_TP_ADD_TC(tp, everything_at_once);
	ATF_TP_ADD_TC(tp, buckets);
	return (atf_no_error());
}
