/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What tests of pfsync have left out, one case a point.  Points that one
 * firewall alone shows have their cases among the unit tests too.
 */

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/frame.h"
#include "tests/sim/plan.h"

static struct sim sim;
static struct sim_config config;

static void
setup(unsigned nhosts, enum sim_routing routing)
{
	sim_config_default(&config);
	config.nhosts = nhosts;
	config.routing = routing;
	config.seed = 4711;
}

static void
begin(void)
{
	sim_open(&sim, &config, false);
	(void)sim_for(&sim, 3 * CLOCK_S);
}

static void
ok(void)
{
	ATF_REQUIRE_MSG(!sim.failed, "%s: %s", sim.checker, sim.why);
}

/* It becomes quiet, nobody is demoted, and tables are equal. */
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

static void
end(void)
{
	sim_close(&sim);
	ok();
}

/* Opens n connections, a ms apart, that carry so many percent. */
static void
connections(unsigned n, unsigned percent)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		sim_client_open(&sim, i);
		sim_client_limit(&sim, i, percent);
		(void)sim_for(&sim, CLOCK_MS);
	}
}

static void
resync(unsigned nr)
{
	const struct pfsync_drv_config rq = { .set = PFSYNC_CONFIG_RESYNC };

	sim_check_allow(&sim, 2);
	sim.host[nr].progress_at = sim.clock.now;
	ATF_REQUIRE_EQ(0, sim_host_set(&sim.host[nr], &rq));
	sim_host_run(&sim.host[nr]);
}

static void
resync_all(void)
{
	unsigned i;

	for (i = 0; i < sim.nhosts; i++) {
		resync(i);
		(void)sim_for(&sim, 2 * CLOCK_S);
	}
}

ATF_TC_WITHOUT_HEAD(e3_01_loss_reorder_duplication_partition);
ATF_TC_BODY(e3_01_loss_reorder_duplication_partition, tc)
{
	setup(3, SIM_SYMMETRIC);
	begin();
	sim.net.loss = 200;
	sim.net.dup = 300;
	sim.net.jitter_us = 5000;
	connections(20, 30);
	(void)sim_for(&sim, 2 * CLOCK_S);
	sim.net.parted = 1;
	connections(40, 60);
	(void)sim_for(&sim, 2 * CLOCK_S);
	ATF_CHECK(sim.net.lost > 0);
	sim_mend(&sim);
	(void)sim_for(&sim, 20 * CLOCK_S);
	resync_all();
	settled();
	ATF_CHECK(sim_host_count(&sim.host[0]) > 0);
	end();
}

/* All of these speak to each other: what one version cannot say is mapped. */
ATF_TC_WITHOUT_HEAD(e3_12_mixed_versions);
ATF_TC_BODY(e3_12_mixed_versions, tc)
{
	static const unsigned versions[] = { 1301, 1400, 1500, 0 };
	unsigned i;

	setup(4, SIM_SYMMETRIC);
	for (i = 0; i < 4; i++) {
		config.host[i].pfsync.set |= PFSYNC_CONFIG_VERSION;
		config.host[i].pfsync.version = versions[i];
	}
	begin();
	connections(40, 30);
	(void)sim_for(&sim, 10 * CLOCK_S);
	settled();
	ATF_CHECK(sim_host_count(&sim.host[0]) >= 40);
	end();
}

/* Four that all forward the same connections: packets stay in bounds. */
ATF_TC_WITHOUT_HEAD(e3_13_no_storm);
ATF_TC_BODY(e3_13_no_storm, tc)
{
	setup(4, SIM_ASYMMETRIC);
	begin();
	sim.net.jitter_us = 4000;
	sim.net.dup = 700;
	connections(20, 60);
	(void)sim_for(&sim, 5 * CLOCK_S);
	ok();
	ATF_CHECK_MSG(sim.net.sent < 16 * sim.total_changes,
	    "%llu packets for %llu changes", (unsigned long long)sim.net.sent,
	    (unsigned long long)sim.total_changes);
	sim_mend(&sim);
	(void)sim_for(&sim, 20 * CLOCK_S);
	settled();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_14_down_detach_and_configured_under_traffic);
ATF_TC_BODY(e3_14_down_detach_and_configured_under_traffic, tc)
{
	const struct pfsync_drv_config maxupd = { .set = PFSYNC_CONFIG_MAXUPD,
		.maxupd = 3 };
	struct sim_host *h;

	setup(2, SIM_SYMMETRIC);
	begin();
	h = &sim.host[0];
	connections(10, 30);
	ATF_CHECK_EQ(0, sim_host_updown(h, "pfsync0", false));
	connections(20, 40);
	ATF_CHECK_EQ(0, sim_host_updown(h, "pfsync0", true));
	connections(30, 50);
	sim_host_detach(h);
	connections(40, 60);
	sim_host_reattach(h, 0, NULL, 0);
	ATF_CHECK_EQ(0, sim_host_set(h, &maxupd));
	ATF_CHECK_EQ(0, sim_host_create(h, false));
	ATF_CHECK_EQ(0, hk_demotion(h->hk));
	sim_host_repair(h);
	(void)sim_for(&sim, 25 * CLOCK_S);
	resync_all();
	settled();
	end();
}

/* Uptimes that wrap in the middle, in ms and in s; ticks of 10 and of 1 ms. */
ATF_TC_WITHOUT_HEAD(e3_16_uptime_wraps_hz_100_and_1000);
ATF_TC_BODY(e3_16_uptime_wraps_hz_100_and_1000, tc)
{
	setup(4, SIM_SYMMETRIC);
	config.host[0].uptime = 0x100000000ULL - 6000;
	config.host[1].uptime = 0x100000000ULL * 1000 - 6000;
	config.host[1].hz = config.host[2].hz = 100;
	config.host[2].uptime = 0x80000000ULL - 6000;
	config.host[3].uptime = 0;
	begin();
	connections(20, 30);
	(void)sim_for(&sim, 3 * CLOCK_S);
	connections(40, 60);
	(void)sim_for(&sim, 20 * CLOCK_S);
	settled();
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_01_loss_reorder_duplication_partition);
	ATF_TP_ADD_TC(tp, e3_12_mixed_versions);
	ATF_TP_ADD_TC(tp, e3_13_no_storm);
	ATF_TP_ADD_TC(tp, e3_14_down_detach_and_configured_under_traffic);
	ATF_TP_ADD_TC(tp, e3_16_uptime_wraps_hz_100_and_1000);
	return (atf_no_error());
}
