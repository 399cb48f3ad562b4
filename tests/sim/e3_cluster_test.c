/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Three and four firewalls on one segment: nothing is said twice, views that
 * cross come to an end, and two of one name are found out.
 */

#include <string.h>

#include "tests/sim/cluster.h"

static void
one_state(unsigned nhosts)
{
	setup(nhosts, SIM_ASYMMETRIC);
	config.slices = 1;
	config.rules = ONE_STATE;
}

/* One packet tells everybody; nobody tells it on. */
ATF_TC_WITHOUT_HEAD(e3_13_one_packet_for_all);
ATF_TC_BODY(e3_13_one_packet_for_all, tc)
{
	struct talk t;
	unsigned i;

	one_state(4);
	begin();
	talk_open(2, &t, 1000);
	wait_us(CLOCK_S);
	talk_there(2, &t, 100);
	wait_us(CLOCK_S);
	segment(2, &t, true, RST, 0);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(3, tape.n);
	ATF_CHECK_EQ(3, tape_frames(2, UINT32_MAX));
	ATF_CHECK_EQ(1, tape_messages(2, ANY_INS));
	ATF_CHECK_EQ(2, tape_messages(2, ONLY(UPD_C)));
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(1, sim_host_count(&sim.host[i]));
	settled();
	end();
}

static bool
lose_all(unsigned from, unsigned to, const struct tape_frame *f)
{
	(void)from;
	(void)to;
	(void)f;
	return (true);
}

/*
 * A connection that all know, and then each firewall sees packets that no other
 * sees or hears of.  Returns the messages until all agree, once they hear each
 * other again and the first of them has something to say.
 */
static unsigned
crossed(unsigned nhosts)
{
	struct talk t;
	unsigned i, n;
	size_t k;

	one_state(nhosts);
	begin();
	talk_open(0, &t, 1000);
	wait_us(CLOCK_S);
	tape.lose = lose_all;
	for (i = 0; i < nhosts; i++) {
		if (i % 2 == 0)
			talk_there(i, &t, 100);
		else {
			segment(i, &t, false, ACK | PSH, 100);
			t.back += 100;
		}
	}
	wait_us(5 * CLOCK_S);
	tape.lose = NULL;
	tape_begin();
	talk_there(0, &t, 100);
	wait_us(5 * CLOCK_S);
	n = tape_messages(ANYBODY, ONLY(UPD_C));
	ATF_CHECK_EQ(tape.n, tape_frames(ANYBODY, ONLY(UPD_C)));
	/* It was over in a moment. */
	for (k = 0; k < tape.n; k++)
		ATF_CHECK(tape.frame[k].at < tape.frame[0].at + 20 * CLOCK_MS);
	settled();
	end();
	return (n);
}

ATF_TC_WITHOUT_HEAD(e3_13_ping_pong_ends);
ATF_TC_BODY(e3_13_ping_pong_ends, tc)
{
	unsigned n;

	/* The update, and the answer of who knew more. */
	n = crossed(2);
	ATF_CHECK_EQ_MSG(2, n, "2 firewalls: %u messages", n);
	n = crossed(3);
	ATF_CHECK_MSG(n >= 2 && n <= 2 * 3, "3 firewalls: %u messages", n);
	n = crossed(4);
	ATF_CHECK_MSG(n >= 2 && n <= 2 * 4, "4 firewalls: %u messages", n);
}

/* Four that all forward the same connections: packets stay in bounds. */
ATF_TC_WITHOUT_HEAD(e3_13_no_storm);
ATF_TC_BODY(e3_13_no_storm, tc)
{
	setup(4, SIM_ASYMMETRIC);
	begin();
	sim.net.jitter_us = 4000;
	sim.net.dup = 700;
	connections(0, 20, 60);
	wait_us(5 * CLOCK_S);
	ATF_CHECK_MSG(sim.net.sent < 2 * sim.total_changes,
	    "%llu packets for %llu changes", (unsigned long long)sim.net.sent,
	    (unsigned long long)sim.total_changes);
	sim_mend(&sim);
	wait_us(20 * CLOCK_S);
	settled();
	end();
}

static bool
collided(unsigned nr)
{
	return (sim_host_status(&sim.host[nr]).collision);
}

/* Both find out; it passes when one of them has another name. */
ATF_TC_WITHOUT_HEAD(e3_13_creatorid_collision);
ATF_TC_BODY(e3_13_creatorid_collision, tc)
{
	uint64_t seen[3];
	unsigned i;

	setup(3, SIM_SYMMETRIC);
	config.rules = ONE_STATE;
	config.host[1].hostid = config.host[0].hostid;
	begin();
	/* By BUS, when they came up; and by every insert. */
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ_MSG(i < 2, collided(i), "fw%u", i);
		seen[i] = sim_host_stats(&sim.host[i]).collisions;
		ATF_CHECK_EQ(i<2, seen[i]> 0);
	}
	udp(0, 1000);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(seen[0], sim_host_stats(&sim.host[0]).collisions);
	ATF_CHECK_EQ(seen[1] + 1, sim_host_stats(&sim.host[1]).collisions);
	udp(1, 1001);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(seen[0] + 1, sim_host_stats(&sim.host[0]).collisions);
	/* States are shared all the same: their ids differ. */
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(2, sim_host_count(&sim.host[i]));
	settled();

	sim_host_crash(&sim.host[1]);
	sim.host[1].config.hostid = PSYNC_BE32(0xa9);
	sim_host_boot(&sim.host[1]);
	wait_us(5 * CLOCK_S);
	ATF_CHECK(!collided(1));
	ATF_CHECK(collided(0));
	seen[0] = sim_host_stats(&sim.host[0]).collisions;
	wait_us(60 * CLOCK_S);
	ATF_CHECK(!collided(0));
	udp(1, 1002);
	udp(0, 1003);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(seen[0], sim_host_stats(&sim.host[0]).collisions);
	ATF_CHECK_EQ(0, sim_host_stats(&sim.host[1]).collisions);
	settled();
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_13_one_packet_for_all);
	ATF_TP_ADD_TC(tp, e3_13_ping_pong_ends);
	ATF_TP_ADD_TC(tp, e3_13_no_storm);
	ATF_TP_ADD_TC(tp, e3_13_creatorid_collision);
	return (atf_no_error());
}
