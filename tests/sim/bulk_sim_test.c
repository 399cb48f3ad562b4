/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whole tables among whole firewalls, of which one is heard late or lies.
 */

#include <string.h>

#include "net/pfsync/bulk.h"
#include "net/pfsync/codec.h"
#include "tests/sim/cluster.h"

#define STATES 300

static unsigned
is_asked(unsigned by)
{
	const uint8_t *w;
	unsigned i, n = 0;

	for (i = 0; (w = tape_message(by, PFSYNC_ACT_UPD_REQ, i)) != NULL; i++)
		n += memcmp(w, "\0\0\0\0\0\0\0\0\0\0\0\0", 12) == 0;
	return (n);
}

/*
 * A firewall boots while it cannot hear the third one, the only one that has
 * some states, and is in sync with the second.  Once it hears of the third, it
 * asks for what that has; CARP was demoted for the second alone.
 */
ATF_TC_WITHOUT_HEAD(third_heard_late);
ATF_TC_BODY(third_heard_late, tc)
{
	unsigned i, ms;

	(void)tc;
	setup(3, SIM_ONE_ACTIVE);
	config.rules = ONE_STATE;
	/* Slowly, so that it is seen. */
	for (i = 0; i < 3; i++) {
		ask(i, PFSYNC_CONFIG_BULKRATE);
		config.host[i].pfsync.bulk_rate = 1000;
	}
	begin();
	sim.net.parted = 1U << 2;
	fill(2, 0, STATES);
	sim_host_crash(&sim.host[1]);
	sim_host_boot(&sim.host[1]);
	for (ms = 0; ms < 30000 && demotion(1) != 0; ms += 100)
		wait_us(100 * CLOCK_MS);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_EQ(1, status(1).npeers);
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[1]));

	wait_us(5 * CLOCK_S);
	sim.net.parted = 0;
	tape_begin();
	sim_check_allow(&sim, 4);
	udp(2, 5000);
	for (ms = 0; ms < 5000; ms += 10) {
		wait_us(10 * CLOCK_MS);
		ATF_CHECK_EQ(0, demotion(1));
	}
	ATF_CHECK_EQ(1, is_asked(1));
	ATF_CHECK_EQ(0, is_asked(0));
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_EQ(STATES + 1, sim_host_count(&sim.host[1]));
	settled();
	end();
}

/* Somebody sends a table without end: CARP is demoted for an hour at most. */
ATF_TC_WITHOUT_HEAD(forged_without_end);
ATF_TC_BODY(forged_without_end, tc)
{
	struct psync_state st;
	uint8_t bus[12], w[360];
	unsigned s;

	(void)tc;
	setup(2, SIM_ONE_ACTIVE);
	config.rules = ONE_STATE;
	begin();
	alone();
	fixture_bus(bus, PFSYNC_BUS_START, 0);
	st = fixture_state(1, FIXTURE_PEER);
	(void)psync_encode(&psync_layout_1500, w, &st);
	resync(0);
	for (s = 0; s < 2 * 3600 && demotion(0) != 0; s++) {
		hear(0, 0, PFSYNC_ACT_BUS, 1, bus);
		hear(0, 0, PFSYNC_ACT_UPD_1500, 1, w);
		wait_us(CLOCK_S);
		if (s % 600 == 0)
			tape_begin();
	}
	ATF_CHECK_EQ_MSG(PSYNC_BULK_LONGEST / 1000, s, "%u s", s);
	ATF_CHECK_EQ(0, demotion(0));
	ATF_CHECK_EQ(PSYNC_BULK_FAILED, status(0).bulk);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, third_heard_late);
	ATF_TP_ADD_TC(tp, forged_without_end);
	return (atf_no_error());
}
