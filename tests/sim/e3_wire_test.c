/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a wire does to packets: it loses, reorders, doubles and delays them, and
 * is cut.  One thing at a time, then all.
 */

#include "tests/sim/cluster.h"

static void
clean(void)
{
	sim_mend(&sim);
	wait_us(20 * CLOCK_S);
	resync_all();
	settled();
	ATF_CHECK(sim_host_count(&sim.host[0]) > 0);
	end();
}

/* Loss of any degree; at the worst only a whole table helps. */
ATF_TC_WITHOUT_HEAD(e3_01_loss);
ATF_TC_BODY(e3_01_loss, tc)
{
	static const unsigned permille[] = { 1, 10, 100, 500, 900, 1000 };
	unsigned i;

	for (i = 0; i < sizeof(permille) / sizeof(permille[0]); i++) {
		setup(3, SIM_SYMMETRIC);
		begin();
		sim.net.loss = permille[i];
		connections(0, 40, 30);
		wait_us(5 * CLOCK_S);
		/* Nobody's connection suffers. */
		all_alive(40, 30);
		if (permille[i] >= 100)
			ATF_CHECK(sim.net.lost > 0);
		clean();
	}
}

/* Packets of a second overtake each other. */
ATF_TC_WITHOUT_HEAD(e3_01_reordering);
ATF_TC_BODY(e3_01_reordering, tc)
{
	static const unsigned jitter_ms[] = { 1, 10, 100, 1000 };
	unsigned i;

	for (i = 0; i < sizeof(jitter_ms) / sizeof(jitter_ms[0]); i++) {
		setup(3, SIM_SYMMETRIC);
		begin();
		sim.net.jitter_us = jitter_ms[i] * (unsigned)CLOCK_MS;
		connections(0, 40, 30);
		wait_us(5 * CLOCK_S);
		clean();
	}
}

struct run {
	uint64_t sent;
	uint64_t heard;
	size_t states;
};

/* A scene in which nobody asks for anything. */
static struct run
scene(unsigned dup, unsigned delay_ms)
{
	struct talk t[20];
	struct run r;
	unsigned i;

	setup(2, SIM_ONE_ACTIVE);
	config.slices = 1;
	config.rules = ONE_STATE;
	begin();
	r.sent = sim.net.sent;
	r.heard = sim_host_stats(&sim.host[1]).base.pfsyncs_ipackets;
	sim.net.jitter_us = 0;
	sim.net.dup = dup;
	sim.net.delay_us += delay_ms * (unsigned)CLOCK_MS;
	for (i = 0; i < 20; i++) {
		talk_open(0, &t[i], (uint16_t)(1000 + i));
		wait_us(5 * CLOCK_MS);
	}
	for (i = 0; i < 200; i++) {
		talk_there(0, &t[i * 7 % 20], 10);
		wait_us(5 * CLOCK_MS);
	}
	(void)sim_host_clear(&sim.host[0], "");
	udp(0, 2000);
	wait_us(2 * CLOCK_S);
	r.sent = sim.net.sent - r.sent;
	r.heard = sim_host_stats(&sim.host[1]).base.pfsyncs_ipackets - r.heard;
	r.states = sim_host_count(&sim.host[1]);
	settled();
	end();
	return (r);
}

/* Every packet arrives twice: not one more is sent for it. */
ATF_TC_WITHOUT_HEAD(e3_01_duplication);
ATF_TC_BODY(e3_01_duplication, tc)
{
	struct run once = scene(0, 0), twice = scene(1000, 0);

	ATF_CHECK_EQ(once.sent, once.heard);
	ATF_CHECK_EQ(2 * once.heard, twice.heard);
	ATF_CHECK_EQ(once.sent, twice.sent);
	ATF_CHECK_EQ(1, once.states);
	ATF_CHECK_EQ(1, twice.states);
}

/* However long the way is: the same packets. */
ATF_TC_WITHOUT_HEAD(e3_01_delay);
ATF_TC_BODY(e3_01_delay, tc)
{
	struct run fast = scene(0, 0), slow = scene(0, 900);

	ATF_CHECK_EQ(fast.sent, slow.sent);
	ATF_CHECK_EQ(fast.heard, slow.heard);
	ATF_CHECK_EQ(1, slow.states);
}

/* Two sides that make their own states, and then hear of each other. */
ATF_TC_WITHOUT_HEAD(e3_01_partition);
ATF_TC_BODY(e3_01_partition, tc)
{
	unsigned i;

	setup(3, SIM_SYMMETRIC);
	config.rules = ONE_STATE;
	begin();
	sim.net.parted = 1;
	for (i = 0; i < 30; i++)
		udp(i % 3, (uint16_t)(1000 + i));
	wait_us(5 * CLOCK_S);
	ATF_CHECK_EQ(10, sim_host_count(&sim.host[0]));
	ATF_CHECK_EQ(20, sim_host_count(&sim.host[1]));
	ATF_CHECK_EQ(20, sim_host_count(&sim.host[2]));
	sim.net.parted = 0;
	/* One asks for everything: it hears of the other side's. */
	resync(0);
	wait_us(3 * CLOCK_S);
	ATF_CHECK_EQ(30, sim_host_count(&sim.host[0]));
	resync(1);
	wait_us(3 * CLOCK_S);
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(30, sim_host_count(&sim.host[i]));
	settled();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_01_loss_reorder_duplication_partition);
ATF_TC_BODY(e3_01_loss_reorder_duplication_partition, tc)
{
	setup(3, SIM_SYMMETRIC);
	begin();
	sim.net.loss = 200;
	sim.net.dup = 300;
	sim.net.jitter_us = 5000;
	connections(0, 20, 30);
	wait_us(2 * CLOCK_S);
	sim.net.parted = 1;
	connections(20, 40, 60);
	wait_us(2 * CLOCK_S);
	ATF_CHECK(sim.net.lost > 0);
	clean();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_01_loss);
	ATF_TP_ADD_TC(tp, e3_01_reordering);
	ATF_TP_ADD_TC(tp, e3_01_duplication);
	ATF_TP_ADD_TC(tp, e3_01_delay);
	ATF_TP_ADD_TC(tp, e3_01_partition);
	ATF_TP_ADD_TC(tp, e3_01_loss_reorder_duplication_partition);
	return (atf_no_error());
}
