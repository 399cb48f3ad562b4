/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What SIOCGDRVSPEC and SIOCSDRVSPEC ask of the engine: a new configuration
 * out of an old one, and what is told of the queue, the peers, bulk updates.
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "net/pfsync/drv.h"
#include "net/pfsync/peer.h"
#include "tests/lib/fixture.h"
#include "tests/lib/same.h"

static const uint8_t peer1[4] = { 192, 0, 2, 2 };
static const uint8_t peer2[4] = { 192, 0, 2, 3 };

static struct fakeos os;

static void
up(void)
{
	const struct psync_config c = fixture_config(1400, 1500, 128);

	fixture_up(&os, 4, &c);
}

static struct pfsync_drv_status
status(void)
{
	struct pfsync_drv_status st;

	ATF_REQUIRE_EQ(PSYNC_ERR_NONE,
	    psync_drv_get(os.sc, PFSYNC_DRV_STATUS, &st, sizeof(st)));
	return (st);
}

static struct pfsync_drv_peers
peers(void)
{
	struct pfsync_drv_peers p;

	ATF_REQUIRE_EQ(PSYNC_ERR_NONE,
	    psync_drv_get(os.sc, PFSYNC_DRV_PEERS, &p, sizeof(p)));
	return (p);
}

ATF_TC_WITHOUT_HEAD(config);
ATF_TC_BODY(config, tc)
{
	const struct psync_config old = {
		.syncdev = "em0123456789",
		.syncpeer = { 10, 1, 2, 3 },
		.syncpeer_af = PSYNC_AF_INET,
		.reachable = true,
		.mtu = 1400,
		.format = PFSYNC_FORMAT_1301,
		.maxupd = 7,
		.defer_delay = 30,
		.bulk_rate = 1000,
		.bulk_bytes = 100000,
	};
	struct pfsync_drv_config rq = { .version = 1400,
		.maxupd = 9,
		.mtu = 9000,
		.defer_delay = 40,
		.bulk_rate = 2000,
		.bulk_bytes = 200000,
		.syncdev = "ix0",
		.syncpeer = { 0xfd, 9, [15] = 1 },
		.syncpeer_af = PFSYNC_AF_INET6,
		.defer = 2,
		.up = 2,
		.reachable = 0 };
	struct psync_config want, expected;

	/* What is not named stays, whatever its member says. */
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_drv_config(&rq, &old, &want));
	ATF_CHECK(same_config(&old, &want));

	/* Each by itself changes its own member only. */
#define SETS(name, change)                                                 \
	do {                                                               \
		rq.set = PFSYNC_CONFIG_##name;                             \
		expected = old;                                            \
		change;                                                    \
		ATF_CHECK_EQ(PSYNC_ERR_NONE,                               \
		    psync_drv_config(&rq, &old, &want));                   \
		ATF_CHECK_MSG(same_config(&expected, &want), "%s", #name); \
	} while (0)
	SETS(SYNCDEV,
	    (memset(expected.syncdev, 0, 16), strcpy(expected.syncdev, "ix0")));
	SETS(SYNCPEER,
	    (memcpy(expected.syncpeer, rq.syncpeer, 16),
		expected.syncpeer_af = PSYNC_AF_INET6));
	SETS(MAXUPD, expected.maxupd = 9);
	SETS(VERSION, expected.format = 1400);
	SETS(MTU, expected.mtu = 9000);
	SETS(UP, expected.up = true);
	SETS(DEFER, expected.defer = true);
	SETS(DELAY, expected.defer_delay = 40);
	SETS(BULKRATE, expected.bulk_rate = 2000);
	SETS(BULKBYTES, expected.bulk_bytes = 200000);
	SETS(RESYNC, (void)0);
	rq.syncpeer_af = 0;
	SETS(SYNCPEER,
	    (memset(expected.syncpeer, 0, 16), expected.syncpeer_af = 0));
	/* No address is the group, and no more than 4 bytes are of IPv4. */
	rq.syncpeer_af = PFSYNC_AF_INET;
	memset(rq.syncpeer, 0, 4);
	SETS(SYNCPEER,
	    (memset(expected.syncpeer, 0, 16), expected.syncpeer_af = 0));
	rq.syncpeer[3] = 1;
	SETS(SYNCPEER,
	    (memset(expected.syncpeer, 0, 16), expected.syncpeer[3] = 1));
	/* Behind the end of a name anything may stand. */
	memcpy(rq.syncdev, "\0abcdefghijklmno", 16);
	SETS(SYNCDEV, memset(expected.syncdev, 0, 16));
#undef SETS
}

ATF_TC_WITHOUT_HEAD(bad_config);
ATF_TC_BODY(bad_config, tc)
{
	const struct psync_config old = { .mtu = 1500, .format = 1400 };
	struct psync_config want;
	unsigned bit;

#define REFUSED(error, name, member)                                     \
	do {                                                             \
		const struct pfsync_drv_config rq = {                    \
			.set = PFSYNC_CONFIG_##name,                     \
			member                                           \
		};                                                       \
		ATF_CHECK_EQ(error, psync_drv_config(&rq, &old, &want)); \
	} while (0)
	REFUSED(PSYNC_ERR_VALUE, SYNCDEV, .syncdev = "0123456789abcdef");
	REFUSED(PSYNC_ERR_VALUE, SYNCDEV, .syncdev = "a b");
	REFUSED(PSYNC_ERR_VALUE, SYNCDEV, .syncdev = "a\x7f");
	REFUSED(PSYNC_ERR_FAMILY, SYNCPEER, .syncpeer_af = 10);
	REFUSED(PSYNC_ERR_MAXUPD, MAXUPD, .maxupd = 256);
	REFUSED(PSYNC_ERR_MAXUPD, MAXUPD, .maxupd = 65536);
	REFUSED(PSYNC_ERR_FORMAT, VERSION, .version = 65536 + 1400);
	REFUSED(PSYNC_ERR_MTU, MTU, .mtu = 65536 + 1500);
#undef REFUSED
	for (bit = 0; bit < 32; bit++) {
		const struct pfsync_drv_config rq = { .set = 1U << bit };

		ATF_CHECK_EQ(rq.set > PFSYNC_CONFIG_BULKBYTES,
		    psync_drv_config(&rq, &old, &want) == PSYNC_ERR_VALUE);
	}
}

ATF_TC_WITHOUT_HEAD(mtu);
ATF_TC_BODY(mtu, tc)
{
	ATF_CHECK_EQ(PSYNC_MTU_DEFAULT, psync_drv_mtu(0, 0));
	ATF_CHECK_EQ(9000, psync_drv_mtu(9000, 0));
	ATF_CHECK_EQ(9000, psync_drv_mtu(0, 9000));
	ATF_CHECK_EQ(576, psync_drv_mtu(0, 576));
	ATF_CHECK_EQ(576, psync_drv_mtu(1400, 576));
	ATF_CHECK_EQ(1400, psync_drv_mtu(1400, 1500));
	ATF_CHECK_EQ(1400, psync_drv_mtu(1400, 9000));
	ATF_CHECK_EQ(PSYNC_MTU_MAX, psync_drv_mtu(0, 65536 + 100));
}

ATF_TC_WITHOUT_HEAD(ifmap);
ATF_TC_BODY(ifmap, tc)
{
	struct pfsync_drv_ifmap map = { .count = 2,
		.pair = { { "em0", "igb0" }, { "em0", "igb1" } } };
	struct pfsync_drv_ifmap got, bad;

	up();
	ATF_CHECK_EQ(PSYNC_ERR_NONE,
	    psync_drv_set(os.sc, PFSYNC_DRV_IFMAP, &map, sizeof(map)));
#define REFUSED(change)                                                        \
	do {                                                                   \
		bad = map;                                                     \
		change;                                                        \
		ATF_CHECK_EQ_MSG(PSYNC_ERR_VALUE,                              \
		    psync_drv_set(os.sc, PFSYNC_DRV_IFMAP, &bad, sizeof(bad)), \
		    "%s", #change);                                            \
	} while (0)
	REFUSED(bad.count = PFSYNC_IFMAP_MAX + 1);
	REFUSED(bad.count = UINT32_MAX);
	REFUSED(bad.count = 3); /* an empty pair */
	REFUSED(bad.pair[1].local[0] = '\0');
	REFUSED(bad.pair[1].remote[0] = '\0');
	REFUSED(memset(bad.pair[0].local, 'x', 16));
	REFUSED(memset(bad.pair[0].remote, 'x', 16));
	REFUSED(bad.pair[0].remote[1] = '\n');
	/* One name of theirs cannot be two here. */
	REFUSED(strcpy(bad.pair[1].remote, "igb0"));
#undef REFUSED
	ATF_CHECK_EQ(PSYNC_ERR_NONE,
	    psync_drv_get(os.sc, PFSYNC_DRV_IFMAP, &got, sizeof(got)));
	ATF_CHECK_EQ(0, memcmp(&map, &got, sizeof(got)));
	fixture_down(&os);
}

/* The queue: what waits, for how long, and how long the last waited. */
ATF_TC_WITHOUT_HEAD(lag);
ATF_TC_BODY(lag, tc)
{
	struct psync_state st = fixture_state(1, os.hostid);
	struct pfsync_drv_status s;
	struct fakeos_state *fs;
	uint64_t start;

	up();
	s = status();
	ATF_CHECK(s.pending == 0 && s.pending_bytes == 0 && s.oldest == 0);
	start = os.now;
	fs = fakeos_pf_insert(&os, &st);
	s = status();
	/* Header, two subheaders, the state. */
	ATF_CHECK_EQ(1, s.pending);
	ATF_CHECK_EQ(20 + 2 * 4 + 277, s.pending_bytes);
	ATF_CHECK_EQ(0, s.oldest);
	fakeos_run_until(&os, start + 5);
	s = status();
	ATF_CHECK(s.pending == 0 && s.oldest == 0);
	ATF_CHECK_EQ(1, s.lag);
	ATF_CHECK_EQ(1, s.lag_max);

	/* The link is stuck for a while; what joins does not make it young. */
	fs->st.src.seqlo++;
	fs->st.src.state = fs->st.dst.state = PSYNC_TCPS_FIN_WAIT_2;
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	start = os.now;
	fakeos_pf_change(&os, fs);
	fakeos_run_until(&os, start + 40);
	fs->st.src.state = PSYNC_TCPS_TIME_WAIT;
	fakeos_pf_change(&os, fs);
	ATF_CHECK_EQ(40, status().oldest);
	ATF_CHECK_EQ(1, status().lag);
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	fakeos_run_until(&os, start + 200);
	s = status();
	ATF_CHECK(s.lag >= 40 && s.lag < 200);
	ATF_CHECK_EQ(s.lag, s.lag_max);
	ATF_CHECK_EQ(0, s.oldest);

	/* The next is quicker; the most stays. */
	start = s.lag_max;
	fs->st.dst.state = PSYNC_TCPS_TIME_WAIT;
	fakeos_pf_change(&os, fs);
	fakeos_run_until(&os, os.now + 5);
	ATF_CHECK_EQ(1, status().lag);
	ATF_CHECK_EQ(start, status().lag_max);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(heard);
ATF_TC_BODY(heard, tc)
{
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	struct pfsync_drv_peers p;
	uint8_t w[3 * 277], key[12];
	unsigned i, before;

	up();
	before = (unsigned)peers().peer[0].packets;
	ATF_CHECK_EQ(1, peers().count);
	ATF_CHECK_EQ(PFSYNC_NEVER, peers().peer[0].update_age);
	ATF_CHECK_EQ(PFSYNC_NEVER, status().update_age);
	ATF_CHECK_EQ(0, peers().peer[0].format);

	/* Three states of the first peer, one of which has no place here. */
	for (i = 0; i < 3; i++) {
		st = fixture_state(1 + i, FIXTURE_PEER);
		(void)psync_encode(&psync_layout_1400, w + i * 277, &st);
	}
	os.insert_refusal = PFSYNC_R_INTERFACE;
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive(&os, PFSYNC_ACT_INS_1400, 1, w));
	os.insert_refusal = PFSYNC_OK;
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive(&os, PFSYNC_ACT_INS_1400, 2, w + 277));
	os.now += 700;
	/* The other deletes what nobody has, and asks for everything. */
	fixture_key(key, 4711, FIXTURE_PEER);
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive_from(&os, peer2, PSYNC_AF_INET, PFSYNC_ACT_DEL_C, 1,
		key));
	memset(key, 0, sizeof(key));
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive_from(&os, peer2, PSYNC_AF_INET, PFSYNC_ACT_UPD_REQ,
		1, key));
	os.now += 300;

	p = peers();
	ATF_REQUIRE_EQ(2, p.count);
	ATF_CHECK_EQ(0, memcmp(p.peer[0].addr, peer2, 4));
	ATF_CHECK_EQ(0, memcmp(p.peer[1].addr, peer1, 4));
	ATF_CHECK_EQ(300, p.peer[0].age);
	ATF_CHECK_EQ(1000, p.peer[1].age);
	ATF_CHECK_EQ(2, p.peer[0].packets);
	ATF_CHECK_EQ(before + 2, p.peer[1].packets);
	ATF_CHECK_EQ(0, p.peer[0].states);
	ATF_CHECK_EQ(3, p.peer[1].states);
	ATF_CHECK_EQ(PFSYNC_NEVER, p.peer[0].update_age);
	ATF_CHECK_EQ(1000, p.peer[1].update_age);
	ATF_CHECK_EQ(1000, status().update_age);
	ATF_CHECK_EQ(1, p.peer[0].refused);
	ATF_CHECK_EQ(1, p.peer[0].missed);
	ATF_CHECK_EQ(1, p.peer[1].refused);
	ATF_CHECK_EQ(0, p.peer[1].missed);
	ATF_CHECK_EQ(300, p.peer[0].request_age);
	ATF_CHECK_EQ(5, p.peer[1].version);
	ATF_CHECK_EQ(PFSYNC_FORMAT_1400, p.peer[1].format);
	ATF_CHECK_EQ(0, p.peer[0].format);
	ATF_CHECK_EQ(2, status().npeers);
	os.now += PSYNC_PEER_ALIVE - 1000;
	ATF_CHECK_EQ(1, status().npeers);
	ATF_CHECK_EQ(2, peers().count);

	/* A change tells of a state, too. */
	fixture_upd_c(w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, PFSYNC_ACT_UPD_C, 1, w));
	ATF_CHECK_EQ(4, peers().peer[0].states);
	ATF_CHECK_EQ(0, peers().peer[0].update_age);
	fixture_down(&os);
}

/* Who did the last bulk update, when, how long, how many, how it went. */
ATF_TC_WITHOUT_HEAD(bulk);
ATF_TC_BODY(bulk, tc)
{
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	struct pfsync_drv_status s;
	uint8_t w[277], bus[12];

	up();
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	s = status();
	ATF_CHECK_EQ(PSYNC_BULK_RUNNING, s.bulk);
	ATF_CHECK_EQ(0, s.bulk_af);
	ATF_CHECK_EQ(240, s.demotion);
	ATF_CHECK_EQ(0, s.bulk_age);
	os.now += 50;
	ATF_CHECK_EQ(50, status().bulk_ms);
	fixture_bus(bus, PFSYNC_BUS_START, 0);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, 10, 1, bus));
	ATF_CHECK_EQ(0, memcmp(status().bulk_from, peer1, 4));
	fixture_bus(bus, PFSYNC_BUS_START, 0);
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive_from(&os, peer2, PSYNC_AF_INET, 10, 1, bus));
	(void)psync_encode(&psync_layout_1400, w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive_from(&os, peer2, PSYNC_AF_INET, PFSYNC_ACT_UPD_1400,
		1, w));
	fixture_bus(bus, PFSYNC_BUS_END, 0);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, 10, 1, bus));
	ATF_CHECK_EQ(PSYNC_BULK_RUNNING, status().bulk);
	os.now += 25;
	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive_from(&os, peer2, PSYNC_AF_INET, 10, 1, bus));
	os.now += 1000;
	s = status();
	ATF_CHECK_EQ(PSYNC_BULK_OK, s.bulk);
	ATF_CHECK(s.syncok);
	ATF_CHECK_EQ(0, s.demotion);
	ATF_CHECK_EQ(75, s.bulk_ms);
	ATF_CHECK_EQ(1075, s.bulk_age);
	ATF_CHECK_EQ(1, s.bulk_states);
	ATF_CHECK_EQ(1, s.bulk_tries);
	ATF_CHECK_EQ(PFSYNC_AF_INET, s.bulk_af);
	ATF_CHECK_EQ(0, memcmp(s.bulk_from, peer2, 4));
	ATF_CHECK_EQ(PSYNC_BULK_OK, peers().peer[0].bulk);
	ATF_CHECK_EQ(1, peers().peer[0].bulk_states);
	ATF_CHECK_EQ(PSYNC_BULK_OK, peers().peer[1].bulk);
	ATF_CHECK_EQ(0, peers().peer[1].bulk_states);

	/* The next one begins with nothing. */
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	ATF_CHECK_EQ(0, status().bulk_states);
	ATF_CHECK_EQ(PSYNC_BULK_NONE, peers().peer[0].bulk);
	ATF_CHECK_EQ(0, peers().peer[0].bulk_states);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, config);
	ATF_TP_ADD_TC(tp, bad_config);
	ATF_TP_ADD_TC(tp, mtu);
	ATF_TP_ADD_TC(tp, ifmap);
	ATF_TP_ADD_TC(tp, lag);
	ATF_TP_ADD_TC(tp, heard);
	ATF_TP_ADD_TC(tp, bulk);
	return (atf_no_error());
}
