/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Firewalls of several versions and formats: what each of them is told in, and
 * whether connections live on when one takes over from another.
 */

#include "tests/sim/cluster.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* Nothing expires while it waits for its firewall. */
#define PATIENT                                                         \
	"set timeout { icmp.first 600, icmp.error 600, udp.first 600, " \
	"udp.single 600, udp.multiple 600 }\n"                          \
	"block all\npass in on em0\npass out on em2\n"

static void
speak(unsigned nr, unsigned version)
{
	ask(nr, PFSYNC_CONFIG_VERSION);
	config.host[nr].pfsync.version = version;
}

static unsigned
frames_of(unsigned from, uint8_t version)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < tape.n; i++)
		n += tape.frame[i].from == from &&
		    tape.frame[i].version == version;
	return (n);
}

/* All of these speak to each other: what one version cannot say is mapped. */
ATF_TC_WITHOUT_HEAD(e3_12_mixed_formats);
ATF_TC_BODY(e3_12_mixed_formats, tc)
{
	static const unsigned versions[] = { 1301, 1400, 1500, 0 };
	static const uint32_t inserts[] = { ONLY(INS_1301), ONLY(INS_1400),
		ONLY(INS_1500) };
	unsigned i, k;

	setup(4, SIM_SYMMETRIC);
	for (i = 0; i < 4; i++)
		speak(i, versions[i]);
	begin();
	connections(0, 40, 30);
	wait_us(10 * CLOCK_S);
	settled();
	ATF_CHECK(sim_host_count(&sim.host[0]) >= 40);
	/* Each in its own, and in no other. */
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++)
			ATF_CHECK_EQ_MSG(i == k,
			    tape_messages((int)i, inserts[k]) > 0,
			    "fw%u speaks format %u", i, versions[k]);
	/* The fourth in whatever they understand: all of them, the richest. */
	ATF_CHECK(tape_messages(3, ONLY(INS_1500)) > 0);
	ATF_CHECK_EQ(0, tape_messages(3, ONLY(INS_1301)));
	end();
}

/* Versions 5, 6 and 3 on one segment. */
ATF_TC_WITHOUT_HEAD(e3_12_mixed_versions);
ATF_TC_BODY(e3_12_mixed_versions, tc)
{
	static const uint8_t numbers[] = { 5, 6, 3 };
	static const unsigned versions[] = { 1500, 6, 3 };
	unsigned i, k;

	setup(4, SIM_SYMMETRIC);
	config.rules = PATIENT;
	for (i = 0; i < 3; i++)
		speak(i, versions[i]);
	begin();
	connections(0, 40, 30);
	wait_us(10 * CLOCK_S);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++)
			ATF_CHECK_EQ_MSG(i == k, frames_of(i, numbers[k]) > 0,
			    "fw%u speaks version %u", i, numbers[k]);
	/* All announce that they understand version 5. */
	for (k = 0; k < 3; k++)
		ATF_CHECK_EQ_MSG(k == 0, frames_of(3, numbers[k]) > 0,
		    "fw3 speaks version %u", numbers[k]);
	/* Whatever they speak, each has all states. */
	for (i = 1; i < 4; i++)
		ATF_CHECK_EQ(sim_host_count(&sim.host[0]),
		    sim_host_count(&sim.host[i]));
	ATF_CHECK(sim_host_count(&sim.host[0]) >= 80);
	all_alive(40, 30);
	end();
}

/*
 * A peer that announces nothing is told in its own version, whatever else is
 * spoken.
 */
static void
stock(uint8_t version, const uint8_t *frame, size_t len)
{
	setup(2, SIM_ONE_ACTIVE);
	config.slices = 1;
	config.rules = ONE_STATE;
	begin();
	alone();
	udp(0, 1000);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(1, tape.n);
	ATF_CHECK_EQ(1, frames_of(0, PFSYNC_VERSION));
	hear_frame(0, 1, PFSYNC_TTL, frame, len);
	sim_check_allow(&sim, 4);
	wait_us(CLOCK_S);
	ATF_CHECK(frames_of(0, version) >= 3);
	tape_begin();
	udp(0, 1001);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(2, tape.n);
	ATF_CHECK_EQ(1, frames_of(0, version));
	ATF_CHECK_EQ(1, frames_of(0, PFSYNC_VERSION));
	end();
}

ATF_TC_WITHOUT_HEAD(e3_12_stock_peers);
ATF_TC_BODY(e3_12_stock_peers, tc)
{
	/* It asks for everything. */
	static const uint8_t v6[20 + 4 + 12] = { 6, 0, 0,
		20 + 4 + 12, [20] = PFSYNC_ACT_UPD_REQ, 12 / 4, 0, 1 };
	static const uint8_t v3[20 + 16] = { 3, 0, PFSYNC3_ACT_UPD_REQ, 1 };

	stock(6, v6, sizeof(v6));
	stock(3, v3, sizeof(v3));
}

/* One node at a time, each dies and comes back newer; nobody notices. */
ATF_TC_WITHOUT_HEAD(e3_12_rolling_upgrade_loses_no_connection);
ATF_TC_BODY(e3_12_rolling_upgrade_loses_no_connection, tc)
{
	static const unsigned versions[] = { 1301, 1400, 1500 };
	unsigned v, nr, percent = 10;

	setup(2, SIM_ONE_ACTIVE);
	config.rules = PATIENT;
	speak(0, 1301);
	speak(1, 1301);
	begin();
	connections(0, 40, percent);
	for (v = 1; v < 3; v++)
		for (nr = 0; nr < 2; nr++) {
			percent += 20;
			more(40, percent);
			wait_us(CLOCK_S);
			sim_host_crash(&sim.host[nr]);
			sim.host[nr].config.pfsync.version = versions[v];
			wait_us(200 * CLOCK_MS);
			sim_host_boot(&sim.host[nr]);
			wait_us(4 * CLOCK_S);
			more(40, percent + 5);
			wait_us(2 * CLOCK_S);
			all_alive(40, percent);
		}
	settled();
	end();
}

/* The firewall that speaks another version takes over, and the other again. */
static void
failover(unsigned one, unsigned other)
{
	unsigned nr, percent = 10;

	setup(2, SIM_ONE_ACTIVE);
	config.rules = PATIENT;
	speak(0, one);
	speak(1, other);
	begin();
	connections(0, 40, percent);
	for (nr = 0; nr < 2; nr++) {
		percent += 20;
		more(40, percent);
		wait_us(2 * CLOCK_S);
		sim_host_crash(&sim.host[nr]);
		more(40, percent + 10);
		wait_us(2 * CLOCK_S);
		all_alive(40, percent + 10);
		sim_host_boot(&sim.host[nr]);
		wait_us(5 * CLOCK_S);
	}
	end();
}

ATF_TC_WITHOUT_HEAD(e3_12_failover_between_versions);
ATF_TC_BODY(e3_12_failover_between_versions, tc)
{
	static const unsigned versions[] = { 0, 1301, 1400, 1500, 6, 3 };
	unsigned i, k;

	for (i = 0; i < NELEM(versions); i++)
		for (k = i + 1; k < NELEM(versions); k++)
			failover(versions[i], versions[k]);
}

ATF_TC_WITHOUT_HEAD(e3_12_version_changes_under_traffic);
ATF_TC_BODY(e3_12_version_changes_under_traffic, tc)
{
	static const unsigned versions[] = { 1301, 1400, 1500, 6, 3, 0 };
	struct pfsync_drv_config rq = drv_config(PFSYNC_CONFIG_VERSION);
	unsigned i;

	setup(2, SIM_SYMMETRIC);
	config.rules = PATIENT;
	begin();
	for (i = 0; i < 2 * NELEM(versions); i++) {
		rq.version = versions[i / 2];
		sim_check_allow(&sim, 4);
		configure(i % 2, &rq);
		connections(i * 2, i * 2 + 2, 30);
		more(i * 2 + 2, 30 + i);
	}
	all_alive(2 * i, 30);
	settled();
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_12_mixed_formats);
	ATF_TP_ADD_TC(tp, e3_12_mixed_versions);
	ATF_TP_ADD_TC(tp, e3_12_stock_peers);
	ATF_TP_ADD_TC(tp, e3_12_rolling_upgrade_loses_no_connection);
	ATF_TP_ADD_TC(tp, e3_12_failover_between_versions);
	ATF_TP_ADD_TC(tp, e3_12_version_changes_under_traffic);
	return (atf_no_error());
}
