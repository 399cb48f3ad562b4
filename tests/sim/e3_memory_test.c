/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * No memory, at every single allocation of a firewall's life: it boots, is
 * configured in all ways, holds packets, learns a table and loses pfsync0.
 * Whatever failed, nothing leaks, CARP is given back, and when there is memory
 * again the tables become equal.
 */

#include <arpa/inet.h>

#include <errno.h>
#include <string.h>

#include "tests/sim/cluster.h"

#define STATES 300 /* chunks of pf's table are of 256 */

static struct sim_host *const h = &sim.host[0];

static void
set(uint32_t what, uint32_t value)
{
	struct pfsync_drv_config rq = drv_config(what);
	unsigned i;
	int error;

	rq.defer = (uint8_t)value;
	rq.version = value;
	if (what == PFSYNC_CONFIG_SYNCPEER && value != 0) {
		rq.syncpeer_af = PFSYNC_AF_INET6;
		inet_pton(AF_INET6, "ff12::f0", rq.syncpeer);
	}
	sim_check_allow(&sim, 4);
	for (i = 0; i < 2; i++) {
		sim.host[i].progress_at = sim.clock.now;
		error = sim_host_set(&sim.host[i], &rq);
		/* It dies while it boots: -1; it has no pfsync0: ENXIO. */
		if (i == 1)
			ATF_CHECK_EQ(0, error);
		else
			ATF_CHECK_MSG(error == 0 || error == ENOMEM ||
				error == -1 || error == ENXIO,
			    "error %d", error);
		sim_host_run(&sim.host[i]);
	}
}

/* What needs memory, all of it. */
static void
life(void)
{
	sim_host_crash(h);
	sim_host_boot(h);
	wait_us(2 * CLOCK_S);
	set(PFSYNC_CONFIG_DEFER, 1);
	connections(0, 10, 5);
	(void)sim_host_mtu(h, "em1", 1400);
	set(PFSYNC_CONFIG_VERSION, 1301);
	set(PFSYNC_CONFIG_SYNCPEER, 1);
	wait_us(CLOCK_S);
	connections(10, 15, 5);
	set(PFSYNC_CONFIG_SYNCPEER, 0);
	wait_us(CLOCK_S);
	(void)sim_host_create(h, false);
	if (h->hk != NULL)
		ATF_CHECK_EQ(0, hk_demotion(h->hk));
	(void)sim_host_create(h, true);
	connections(15, 20, 5);
	wait_us(100 * CLOCK_MS);
}

static void
open_pair(void)
{
	setup(2, SIM_ONE_ACTIVE);
	config.watch = false;
	sim_open(&sim, &config, false);
	wait_us(3 * CLOCK_S);
	fill(1, 0, STATES);
	tape.lose = NULL;
	tape_begin();
}

/* There is memory again. */
static unsigned
recovered(void)
{
	unsigned failed = h->fault.failed;

	h->fault.fail_at = h->fault.fail_from = h->fault.fail_every = 0;
	set(PFSYNC_CONFIG_DEFER, 0);
	set(PFSYNC_CONFIG_VERSION, 0);
	sim_mend(&sim);
	wait_us(20 * CLOCK_S);
	resync_all();
	settled();
	ATF_CHECK(sim_host_count(h) >= STATES);
	end();
	return (failed);
}

/* A life for each allocation of one: which is the first to fail. */
static void
lives(bool all_after_too)
{
	unsigned n, failed;

	for (n = 1, failed = 1; failed > 0; n++) {
		open_pair();
		if (all_after_too)
			h->fault.fail_from = h->fault.calls + n;
		else
			h->fault.fail_at = h->fault.calls + n;
		life();
		failed = recovered();
	}
	ATF_CHECK_MSG(n > 50, "only %u allocations", n);
}

ATF_TC_WITHOUT_HEAD(e3_09_every_allocation_fails_once);
ATF_TC_BODY(e3_09_every_allocation_fails_once, tc)
{
	lives(false);
}

ATF_TC_WITHOUT_HEAD(e3_09_no_memory_from_any_allocation_on);
ATF_TC_BODY(e3_09_no_memory_from_any_allocation_on, tc)
{
	lives(true);
}

ATF_TC_WITHOUT_HEAD(e3_09_every_nth_allocation_fails);
ATF_TC_BODY(e3_09_every_nth_allocation_fails, tc)
{
	unsigned n;

	for (n = 1; n <= 50; n++) {
		open_pair();
		h->fault.fail_every = n;
		life();
		ATF_CHECK(recovered() > 0);
	}
}

/*
 * The receiver has no room for a state: that one is counted and missing, the
 * others are here, and it comes with its next change.
 */
ATF_TC_WITHOUT_HEAD(e3_09_no_memory_for_a_received_state);
ATF_TC_BODY(e3_09_no_memory_for_a_received_state, tc)
{
	unsigned n, i, there;
	struct talk t[300];

	for (n = 1; n <= 3; n++) {
		setup(2, SIM_ONE_ACTIVE);
		config.rules = ONE_STATE;
		begin();
		sim.host[1].fault.fail_at = sim.host[1].fault.calls + n;
		for (i = 0; i < 300; i++)
			talk_open(0, &t[i], (uint16_t)(1000 + i));
		wait_us(100 * CLOCK_MS);
		there = (unsigned)sim_host_count(&sim.host[1]);
		ATF_CHECK_EQ(300 - sim.host[1].fault.failed, there);
		ATF_CHECK_EQ(sim.host[1].fault.failed,
		    sim_host_stats(&sim.host[1]).refused[PFSYNC_R_NOMEM]);
		if (n <= 2)
			ATF_CHECK_EQ(1, sim.host[1].fault.failed);
		for (i = 0; i < 300; i++)
			talk_there(0, &t[i], 10);
		wait_us(CLOCK_S);
		ATF_CHECK_EQ(300, sim_host_count(&sim.host[1]));
		settled();
		end();
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_09_every_allocation_fails_once);
	ATF_TP_ADD_TC(tp, e3_09_no_memory_from_any_allocation_on);
	ATF_TP_ADD_TC(tp, e3_09_every_nth_allocation_fails);
	ATF_TP_ADD_TC(tp, e3_09_no_memory_for_a_received_state);
	return (atf_no_error());
}
