/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * More of e3_test.c: how much is sent, what is counted, what is refused, and
 * versions that change under traffic.
 */

#include <atf-c.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/frame.h"
#include "tests/sim/sim.h"

static struct sim sim;
static struct sim_config config;

/* Nothing expires while it waits for its firewall. */
#define PATIENT                                                         \
	"set timeout { icmp.first 600, icmp.error 600, udp.first 600, " \
	"udp.single 600, udp.multiple 600 }\n"                          \
	"block all\npass in on em0\npass out on em2\n"

static void
ok(void)
{
	ATF_REQUIRE_MSG(!sim.failed, "%s: %s", sim.checker, sim.why);
}

static void
begin(void)
{
	sim_open(&sim, &config, false);
	(void)sim_for(&sim, 3 * CLOCK_S);
	ok();
}

static void
end(void)
{
	sim_close(&sim);
	ok();
}

static void
connections(unsigned first, unsigned last, unsigned percent)
{
	for (; first < last; first++) {
		sim_client_open(&sim, first);
		sim_client_limit(&sim, first, percent);
		(void)sim_for(&sim, 2 * CLOCK_MS);
	}
}

static void
more(unsigned last, unsigned percent)
{
	unsigned i;

	for (i = 0; i < last; i++)
		sim_client_limit(&sim, i, percent);
	(void)sim_for(&sim, CLOCK_S);
	ok();
}

/* Nobody has lost a connection, and all have got what they were to get. */
static void
all_alive(unsigned last, unsigned percent)
{
	unsigned i, lost = 0;

	for (i = 0; i < last; i++)
		lost += flow_end(&sim.flows[i]) == FLOW_DEAD ||
		    flow_arrived(&sim.flows[i]) <
			flow_share(&sim.flows[i], percent);
	ATF_CHECK_EQ_MSG(0, lost, "%u of %u connections lost", lost, last);
}

static void
settled(void)
{
	unsigned i;

	(void)sim_quiet(&sim, 60 * CLOCK_S);
	for (i = 0; i < sim.nhosts; i++)
		sim_check_end(&sim.host[i]);
	sim_check_equal(&sim);
	ok();
}

/* Inserts get lost; whoever hears of an update asks for the state. */
static bool
drop_inserts(void *arg, unsigned from, unsigned to, const uint8_t *pkt,
    size_t len)
{
	(void)arg;
	(void)from;
	(void)to;
	return (frame_messages(pkt + 20, len - 20, PFSYNC_ACT_INS_1301) +
		frame_messages(pkt + 20, len - 20, PFSYNC_ACT_INS_1400) +
		frame_messages(pkt + 20, len - 20, PFSYNC_ACT_INS_1500) >
	    0);
}

static void
statistics(uint8_t af)
{
	struct pfsyncxstats s[2];
	unsigned i, action;

	sim_config_default(&config);
	for (i = 0; i < 2 && af == PFSYNC_AF_INET6; i++) {
		config.host[i].pfsync.set |= PFSYNC_CONFIG_SYNCPEER;
		config.host[i].pfsync.syncpeer_af = af;
		inet_pton(AF_INET6, "ff12::f0", config.host[i].pfsync.syncpeer);
	}
	sim_open(&sim, &config, false);
	connections(0, 40, 20);
	(void)sim_for(&sim, CLOCK_S);
	more(40, 100);
	(void)sim_for(&sim, 30 * CLOCK_S);
	settled();
	for (i = 0; i < 2; i++)
		s[i] = sim_host_stats(&sim.host[i]);
	for (i = 0; i < 2; i++) {
		for (action = 0; action < PFSYNC_ACT_MAX; action++)
			if (action != PFSYNC_ACT_UPD_REQ)
				ATF_CHECK_EQ_MSG(s[i].base
						     .pfsyncs_oacts[action],
				    s[!i].base.pfsyncs_iacts[action],
				    "action %u", action);
		if (af == PFSYNC_AF_INET6) {
			ATF_CHECK(s[i].base.pfsyncs_opackets6 > 0);
			ATF_CHECK_EQ(0, s[i].base.pfsyncs_opackets);
			ATF_CHECK_EQ(0, s[i].base.pfsyncs_ipackets);
		} else {
			ATF_CHECK(s[i].base.pfsyncs_opackets > 0);
			ATF_CHECK_EQ(0, s[i].base.pfsyncs_opackets6);
			ATF_CHECK_EQ(0, s[i].base.pfsyncs_ipackets6);
		}
	}
	end();
}

ATF_TC_WITHOUT_HEAD(e3_10_statistics_of_both_families_agree);
ATF_TC_BODY(e3_10_statistics_of_both_families_agree, tc)
{
	statistics(PFSYNC_AF_INET);
	statistics(PFSYNC_AF_INET6);
}

/* Keeps the last packet that carries an insert; none arrives. */
static struct {
	uint8_t pkt[9000];
	size_t len;
} kept;

static bool
keep_insert(void *arg, unsigned from, unsigned to, const uint8_t *pkt,
    size_t len)
{
	if (drop_inserts(arg, from, to, pkt, len)) {
		memcpy(kept.pkt, pkt, len);
		kept.len = len;
	}
	return (true);
}

ATF_TC_WITHOUT_HEAD(e3_11_malformed_frames_change_nothing);
ATF_TC_BODY(e3_11_malformed_frames_change_nothing, tc)
{
	struct sim_host *h = &sim.host[1];
	uint8_t pkt[9000];
	uint16_t sum;
	size_t cut;

	sim_config_default(&config);
	begin();
	sim.net.drop = keep_insert;
	sim_client_open(&sim, 0);
	(void)sim_for(&sim, 5 * CLOCK_MS);
	sim.net.drop = NULL;
	ATF_REQUIRE(kept.len > 0);
	sim_host_crash(&sim.host[0]);
	for (cut = 20; cut < kept.len; cut++) {
		memcpy(pkt, kept.pkt, kept.len);
		/* The IP header is right about a frame that is cut off. */
		sum = (uint16_t)(pkt[10] << 8 | pkt[11]);
		sum = (uint16_t)(sum + ((pkt[2] << 8 | pkt[3]) - (int)cut));
		pkt[2] = (uint8_t)(cut >> 8);
		pkt[3] = (uint8_t)cut;
		pkt[10] = (uint8_t)(sum >> 8);
		pkt[11] = (uint8_t)sum;
		sim_port_arrive(&h->port[EM_SYNC], pkt, cut);
		sim_host_run(h);
		ATF_REQUIRE_EQ_MSG(0, sim_host_count(h), "%zu bytes", cut);
	}
	sim_port_arrive(&h->port[EM_SYNC], kept.pkt, kept.len);
	sim_host_run(h);
	ATF_CHECK(sim_host_count(h) > 0);
	end();
}

static void
version(unsigned nr, unsigned number)
{
	const struct pfsync_drv_config rq = { .set = PFSYNC_CONFIG_VERSION,
		.version = number };

	sim_check_allow(&sim, 4);
	ATF_REQUIRE_EQ(0, sim_host_set(&sim.host[nr], &rq));
	sim_host_run(&sim.host[nr]);
}

/* One node at a time, each dies and comes back newer; nobody notices. */
ATF_TC_WITHOUT_HEAD(rolling_upgrade_loses_no_connection);
ATF_TC_BODY(rolling_upgrade_loses_no_connection, tc)
{
	static const unsigned versions[] = { 1301, 1400, 1500 };
	unsigned v, nr, percent = 10;

	sim_config_default(&config);
	config.rules = PATIENT;
	for (nr = 0; nr < 2; nr++) {
		config.host[nr].pfsync.set |= PFSYNC_CONFIG_VERSION;
		config.host[nr].pfsync.version = 1301;
	}
	begin();
	connections(0, 40, percent);
	for (v = 1; v < 3; v++)
		for (nr = 0; nr < 2; nr++) {
			percent += 20;
			more(40, percent);
			(void)sim_for(&sim, CLOCK_S);
			sim_host_crash(&sim.host[nr]);
			sim.host[nr].config.pfsync.version = versions[v];
			(void)sim_for(&sim, 200 * CLOCK_MS);
			sim_host_boot(&sim.host[nr]);
			(void)sim_for(&sim, 4 * CLOCK_S);
			more(40, percent + 5);
			(void)sim_for(&sim, 2 * CLOCK_S);
			all_alive(40, percent);
		}
	settled();
	end();
}

/* The firewall that speaks another version takes over, and the other again. */
static void
failover(unsigned other)
{
	unsigned nr, percent = 10;

	sim_config_default(&config);
	config.rules = PATIENT;
	config.host[1].pfsync.set |= PFSYNC_CONFIG_VERSION;
	config.host[1].pfsync.version = other;
	begin();
	connections(0, 40, percent);
	for (nr = 0; nr < 2; nr++) {
		percent += 20;
		more(40, percent);
		(void)sim_for(&sim, 2 * CLOCK_S);
		sim_host_crash(&sim.host[nr]);
		more(40, percent + 10);
		(void)sim_for(&sim, 2 * CLOCK_S);
		all_alive(40, percent + 10);
		sim_host_boot(&sim.host[nr]);
		(void)sim_for(&sim, 5 * CLOCK_S);
	}
	end();
}

ATF_TC_WITHOUT_HEAD(failover_versions_5_and_6);
ATF_TC_BODY(failover_versions_5_and_6, tc)
{
	failover(PFSYNC_FORMAT_V6);
}

ATF_TC_WITHOUT_HEAD(failover_versions_5_and_3);
ATF_TC_BODY(failover_versions_5_and_3, tc)
{
	failover(PFSYNC_FORMAT_V3);
}

ATF_TC_WITHOUT_HEAD(version_changes_under_traffic);
ATF_TC_BODY(version_changes_under_traffic, tc)
{
	static const unsigned versions[] = { 1301, 1400, 1500, 0 };
	unsigned i;

	sim_config_default(&config);
	config.routing = SIM_SYMMETRIC;
	begin();
	for (i = 0; i < 16; i++) {
		version(i % 2, versions[i / 2 % 4]);
		connections(i * 2, i * 2 + 2, 30);
		more(i * 2 + 2, 30 + i);
	}
	all_alive(32, 30);
	settled();
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_10_statistics_of_both_families_agree);
	ATF_TP_ADD_TC(tp, e3_11_malformed_frames_change_nothing);
	ATF_TP_ADD_TC(tp, rolling_upgrade_loses_no_connection);
	ATF_TP_ADD_TC(tp, failover_versions_5_and_6);
	ATF_TP_ADD_TC(tp, failover_versions_5_and_3);
	ATF_TP_ADD_TC(tp, version_changes_under_traffic);
	return (atf_no_error());
}
