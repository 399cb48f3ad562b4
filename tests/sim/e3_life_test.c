/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync0 and its syncdev come and go, and are configured, while traffic runs;
 * and what becomes of packets that wait then: each is sent or freed, once, and
 * in order.
 */

#include <arpa/inet.h>

#include <string.h>

#include "tests/sim/cluster.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define HELD	 20

static struct sim_host *const h = &sim.host[0];

/*
 * Traffic while pfsync0 goes in some way and comes back: nothing is sent
 * meanwhile, CARP is not demoted, and then the tables are equal.
 */
static void
away(void (*go)(void), void (*back)(void), bool same_engine)
{
	setup(2, SIM_SYMMETRIC);
	begin();
	connections(0, 10, 30);
	go();
	ATF_CHECK_EQ(0, hk_demotion(h->hk));
	tape_begin();
	connections(10, 20, 40);
	more(20, 50);
	ATF_CHECK_EQ(0, tape_frames(0, UINT32_MAX));
	ATF_CHECK_EQ(0, sim_host_status(h).pending);
	tape_begin();
	back();
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(1, tape_messages(0, ONLY(UPD_REQ)));
	/* What it has not told it tells: all of it. */
	ATF_CHECK(!same_engine || tape_messages(0, ONLY(BUS)) == 2);
	connections(20, 30, 50);
	wait_us(5 * CLOCK_S);
	all_alive(30, 30);
	resync_all();
	settled();
	end();
}

static void
down(void)
{
	ATF_CHECK_EQ(0, sim_host_updown(h, "pfsync0", false));
}

static void
up_again(const char *ifname)
{
	ATF_CHECK_EQ(0, sim_host_updown(h, ifname, true));
	sim_check_allow(&sim, 2);
	h->progress_at = sim.clock.now;
	sim_host_run(h);
}

static void
up(void)
{
	up_again("pfsync0");
}

static void
syncdev_down(void)
{
	ATF_CHECK_EQ(0, sim_host_updown(h, "em1", false));
}

static void
syncdev_up(void)
{
	up_again("em1");
}

static void
detach(void)
{
	sim_host_detach(h);
	ATF_CHECK(!sim_host_status(h).config.reachable);
}

static void
attach(void)
{
	sim_host_reattach(h, 0, NULL, 0);
}

static void
cable(bool there)
{
	h->port[EM_SYNC].carrier = there;
	sim_check_allow(&sim, 2);
	wait_us(2 * CLOCK_S);
	ATF_CHECK_EQ(there, sim_host_status(h).config.reachable);
}

static void
unplug(void)
{
	cable(false);
}

static void
destroy(void)
{
	ATF_CHECK_EQ(0, sim_host_create(h, false));
}

static void
create(void)
{
	sim_host_repair(h);
	sim_host_run(h);
}

ATF_TC_WITHOUT_HEAD(e3_14_down_and_up_under_traffic);
ATF_TC_BODY(e3_14_down_and_up_under_traffic, tc)
{
	away(down, up, true);
	away(syncdev_down, syncdev_up, true);
}

ATF_TC_WITHOUT_HEAD(e3_14_detach_under_traffic);
ATF_TC_BODY(e3_14_detach_under_traffic, tc)
{
	away(detach, attach, true);
}

ATF_TC_WITHOUT_HEAD(e3_14_destroyed_under_traffic);
ATF_TC_BODY(e3_14_destroyed_under_traffic, tc)
{
	away(destroy, create, false);
}

ATF_TC_WITHOUT_HEAD(e3_14_cable_pulled_under_traffic);
ATF_TC_BODY(e3_14_cable_pulled_under_traffic, tc)
{
	setup(2, SIM_SYMMETRIC);
	begin();
	connections(0, 10, 30);
	unplug();
	ATF_CHECK_EQ(0, hk_demotion(h->hk));
	tape_begin();
	connections(10, 20, 40);
	ATF_CHECK_EQ(0, tape_frames(0, UINT32_MAX));
	cable(true);
	ATF_CHECK_EQ(1, tape_messages(0, ONLY(UPD_REQ)));
	wait_us(5 * CLOCK_S);
	all_alive(20, 30);
	resync_all();
	settled();
	end();
}

/* Everything that can be set, again and again, under traffic. */
ATF_TC_WITHOUT_HEAD(e3_14_configured_under_load);
ATF_TC_BODY(e3_14_configured_under_load, tc)
{
	struct pfsync_drv_config set[12];
	unsigned i, n = 0, paths = 0, round, percent = 5;

	memset(set, 0, sizeof(set));
	set[n].set = PFSYNC_CONFIG_MAXUPD;
	set[n++].maxupd = 3;
	set[n].set = PFSYNC_CONFIG_MTU;
	set[n++].mtu = 600;
	set[n].set = PFSYNC_CONFIG_BULKRATE | PFSYNC_CONFIG_BULKBYTES;
	set[n].bulk_rate = 500;
	set[n++].bulk_bytes = 100000;
	set[n].set = PFSYNC_CONFIG_DELAY;
	set[n++].defer_delay = 5;
	set[n].set = PFSYNC_CONFIG_DEFER;
	set[n++].defer = 1;
	set[n].set = PFSYNC_CONFIG_VERSION;
	set[n++].version = 1301;
	set[n].set = PFSYNC_CONFIG_VERSION;
	set[n++].version = 1500;
	set[n].set = PFSYNC_CONFIG_DEFER;
	set[n++].defer = 0;
	set[n].set = PFSYNC_CONFIG_MTU | PFSYNC_CONFIG_MAXUPD;
	set[n].mtu = 1500;
	set[n++].maxupd = 128;

	setup(2, SIM_SYMMETRIC);
	config.watch = false; /* what is held is told again */
	begin();
	connections(0, 40, percent);
	for (round = 0; round < 4; round++)
		for (i = 0; i < n; i++) {
			configure(0, &set[i]);
			configure(1, &set[i]);
			sim_client_limit(&sim, i, percent + i);
			wait_us(50 * CLOCK_MS);
			if (i == n / 2)
				more(40, percent += 10);
		}
	/* None of that is another path. */
	for (i = 0; i < tape.n; i++)
		paths += tape.frame[i].count[PFSYNC_ACT_UPD_REQ] > 0 &&
		    tape_message(tape.frame[i].from, PFSYNC_ACT_UPD_REQ,
			0)[8] == 0;
	ATF_CHECK_EQ(0, paths);
	ATF_CHECK_EQ(128, sim_host_status(h).config.maxupd);
	ATF_CHECK_EQ(1500, sim_host_status(h).config.mtu);
	wait_us(5 * CLOCK_S);
	all_alive(40, percent);
	settled();
	end();
}

/*
 * Packets that wait
 */

static struct {
	unsigned n;
	uint16_t port[HELD + 1]; /* in the order they left by em2 */
} seen;

static const struct link_ops *before;

static int
spy_send(struct link *l, const uint8_t *pkt, size_t len)
{
	if (pkt[9] == 17 && seen.n < HELD + 1)
		seen.port[seen.n++] = (uint16_t)(pkt[20] << 8 | pkt[21]);
	return (before->send(l, pkt, len));
}

/* So many first packets wait, in slices of their own. */
static void
hold(void)
{
	static struct link_ops spy;
	unsigned i;

	setup(2, SIM_ONE_ACTIVE);
	config.slices = 4;
	ask(0, PFSYNC_CONFIG_DEFER | PFSYNC_CONFIG_DELAY);
	config.host[0].pfsync.defer = 1;
	config.host[0].pfsync.defer_delay = 900;
	begin();
	resync(0); /* somebody is heard */
	wait_us(CLOCK_S);
	tape.lose = lose_acks;
	memset(&seen, 0, sizeof(seen));
	before = h->port[EM_SERVERS].link.ops;
	spy = *before;
	spy.send = spy_send;
	h->port[EM_SERVERS].link.ops = &spy;
	for (i = 0; i < HELD; i++) {
		udp(0, (uint16_t)(1000 + i));
		wait_us(2 * CLOCK_MS);
	}
	ATF_REQUIRE_EQ(HELD, sim_host_status(h).deferred);
	ATF_REQUIRE_EQ(0, seen.n);
}

/* All have left, once; those of one slice in the order in which they came. */
static void
all_left(void)
{
	unsigned i, k, times, swapped = 0;

	ATF_CHECK_EQ(HELD, seen.n);
	for (i = 0; i < HELD; i++) {
		for (k = times = 0; k < seen.n; k++)
			times += seen.port[k] == 1000 + i;
		ATF_CHECK_EQ_MSG(1, times, "packet %u left %u times", i, times);
	}
	for (i = 1; i < seen.n; i++)
		swapped += seen.port[i] < seen.port[i - 1];
	ATF_CHECK_MSG(swapped < config.slices, "%u out of order", swapped);
	ATF_CHECK_EQ(0, sim_host_status(h).deferred);
	wait_us(2 * CLOCK_S);
	ATF_CHECK_EQ(HELD, seen.n);
}

static void
none_left(void)
{
	ATF_CHECK_EQ(0, seen.n);
	wait_us(2 * CLOCK_S);
	ATF_CHECK_EQ(0, seen.n);
}

ATF_TC_WITHOUT_HEAD(e3_14_deferrals_pending_and_time_is_up);
ATF_TC_BODY(e3_14_deferrals_pending_and_time_is_up, tc)
{
	unsigned i;

	hold();
	wait_us(2 * CLOCK_S);
	all_left();
	for (i = 0; i < HELD; i++)
		ATF_CHECK_EQ(1000 + i, seen.port[i]);
	ATF_CHECK_EQ(HELD, sim_host_stats(h).defer_timeouts);
	end();
}

ATF_TC_WITHOUT_HEAD(e3_14_deferrals_pending_and_down);
ATF_TC_BODY(e3_14_deferrals_pending_and_down, tc)
{
	hold();
	down();
	all_left();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_14_deferrals_pending_and_detached);
ATF_TC_BODY(e3_14_deferrals_pending_and_detached, tc)
{
	hold();
	detach();
	all_left();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_14_deferrals_pending_and_switched_off);
ATF_TC_BODY(e3_14_deferrals_pending_and_switched_off, tc)
{
	struct pfsync_drv_config rq = drv_config(PFSYNC_CONFIG_DEFER);

	hold();
	configure(0, &rq);
	all_left();
	end();
}

/* What has nothing to do with them leaves them alone. */
ATF_TC_WITHOUT_HEAD(e3_14_deferrals_pending_and_configured);
ATF_TC_BODY(e3_14_deferrals_pending_and_configured, tc)
{
	struct pfsync_drv_config rq = drv_config(PFSYNC_CONFIG_MAXUPD);

	hold();
	rq.maxupd = 7;
	configure(0, &rq);
	ATF_CHECK_EQ(0, sim_host_mtu(h, "em1", 900));
	ATF_CHECK_EQ(HELD, sim_host_status(h).deferred);
	ATF_CHECK_EQ(0, seen.n);
	wait_us(2 * CLOCK_S);
	all_left();
	end();
}

/* The module is unloaded: they are freed, which end() sees. */
ATF_TC_WITHOUT_HEAD(e3_14_deferrals_pending_and_destroyed);
ATF_TC_BODY(e3_14_deferrals_pending_and_destroyed, tc)
{
	long live;

	hold();
	live = h->fault.live;
	destroy();
	none_left();
	ATF_CHECK_MSG(h->fault.live <= live - HELD, "%ld blocks, %ld before",
	    h->fault.live, live);
	create();
	wait_us(5 * CLOCK_S);
	settled();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_14_deferrals_pending_and_the_kernel_ends);
ATF_TC_BODY(e3_14_deferrals_pending_and_the_kernel_ends, tc)
{
	hold();
	sim_host_crash(h);
	ok();
	ATF_CHECK_EQ(0, h->fault.live);
	none_left();
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_14_down_and_up_under_traffic);
	ATF_TP_ADD_TC(tp, e3_14_detach_under_traffic);
	ATF_TP_ADD_TC(tp, e3_14_destroyed_under_traffic);
	ATF_TP_ADD_TC(tp, e3_14_cable_pulled_under_traffic);
	ATF_TP_ADD_TC(tp, e3_14_configured_under_load);
	ATF_TP_ADD_TC(tp, e3_14_deferrals_pending_and_time_is_up);
	ATF_TP_ADD_TC(tp, e3_14_deferrals_pending_and_down);
	ATF_TP_ADD_TC(tp, e3_14_deferrals_pending_and_detached);
	ATF_TP_ADD_TC(tp, e3_14_deferrals_pending_and_switched_off);
	ATF_TP_ADD_TC(tp, e3_14_deferrals_pending_and_configured);
	ATF_TP_ADD_TC(tp, e3_14_deferrals_pending_and_destroyed);
	ATF_TP_ADD_TC(tp, e3_14_deferrals_pending_and_the_kernel_ends);
	return (atf_no_error());
}
