/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A table of a million states goes over to a firewall that has just come up,
 * while connections go on; each of them is sent once.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

#define STATES 1000000U

static struct sim sim;

static void
fill(struct sim_host *h)
{
	struct psync_state st;
	struct fault *before = fault_enter(&h->fault);
	uint64_t i;

	for (i = 1; i <= STATES; i++) {
		memset(&st, 0, sizeof(st));
		st.id = PSYNC_BE64(i);
		st.creatorid = h->config.hostid;
		st.key[0].addr[0][0] = st.key[0].addr[1][0] = 10;
		memcpy(st.key[0].addr[0] + 1, (uint8_t *)&st.id + 5, 3);
		st.key[0].port[0] = st.key[0].port[1] = 0x5000;
		st.key[1] = st.key[0];
		st.af[0] = st.af[1] = PSYNC_AF_INET;
		st.proto[0] = st.proto[1] = 6;
		st.direction = PSYNC_DIR_IN;
		st.timeout = PSYNC_TM_TCP_ESTABLISHED;
		st.src.state = st.dst.state = PSYNC_TCPS_ESTABLISHED;
		st.src.seqlo = st.dst.seqlo = 1000;
		st.src.seqhi = st.dst.seqhi = 9000;
		st.src.max_win = st.dst.max_win = 8000;
		st.rtableid = -1;
		st.rule = st.anchor = st.nat_rule = UINT32_MAX;
		strcpy(st.ifname, "all");
		if (pf_state_import(hk_pf(h->hk), &st, false) != PFSYNC_OK)
			break;
	}
	fault_leave(before);
	ATF_REQUIRE_EQ(STATES + 1, i);
}

ATF_TC_WITHOUT_HEAD(e3_15_a_million_states);
ATF_TC_BODY(e3_15_a_million_states, tc)
{
	struct sim_config config;
	struct psync_status status;
	uint64_t updates, began;
	unsigned i, action;
	struct pfsyncxstats s;

	sim_config_default(&config);
	config.watch = false;
	config.rules = "set limit states 1200000\nblock all\n"
		       "pass in on em0\npass out on em2\n";
	sim_open(&sim, &config, false);
	sim_host_crash(&sim.host[1]);
	(void)sim_for(&sim, 30 * CLOCK_S);
	fill(&sim.host[0]);
	for (i = 0; i < 20; i++) {
		sim_client_open(&sim, i);
		sim_client_limit(&sim, i, 10);
	}
	(void)sim_for(&sim, CLOCK_S);
	began = sim.clock.now;
	sim_check_allow(&sim, 20);
	sim_host_boot(&sim.host[1]);
	for (i = 10; i < 60; i++) {
		sim_client_limit(&sim, i % 20, i);
		sim_check_allow(&sim, 1);
		(void)sim_for(&sim, CLOCK_S);
	}
	ATF_REQUIRE_MSG(!sim.failed, "%s: %s", sim.checker, sim.why);
	status = sim_host_status(&sim.host[1]);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status.bulk);
	ATF_CHECK_EQ(0, hk_demotion(sim.host[1].hk));
	s = sim_host_stats(&sim.host[0]);
	for (action = 0, updates = 0; action < PFSYNC_ACT_MAX; action++)
		if (action == PFSYNC_ACT_UPD_1301 ||
		    action == PFSYNC_ACT_UPD_1400 ||
		    action == PFSYNC_ACT_UPD_1500)
			updates += s.base.pfsyncs_oacts[action];
	printf("%llu states sent in %llu ms\n", (unsigned long long)updates,
	    (unsigned long long)status.bulk_ms);
	ATF_CHECK(updates >= STATES && updates < STATES + 200);
	ATF_CHECK_MSG(status.bulk_ms < 10000, "%llu ms",
	    (unsigned long long)status.bulk_ms);
	ATF_CHECK_EQ(sim_host_count(&sim.host[0]),
	    sim_host_count(&sim.host[1]));
	ATF_CHECK(sim.clock.now > began);
	sim_close(&sim);
	ATF_REQUIRE_MSG(!sim.failed, "%s: %s", sim.checker, sim.why);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_15_a_million_states);
	return (atf_no_error());
}
