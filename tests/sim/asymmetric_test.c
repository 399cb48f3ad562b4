/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ten thousand connections whose first packet goes by one firewall and the
 * answer to it by the other, which drops what it does not know.  None stalls,
 * with and without deferral, with and without loss on the wire between them.
 * With deferral not a single packet has to be repeated.
 *
 * And so where that wire is slow: up to 30 ms, longer than packets are held,
 * and long enough for a whole window to be sent and acknowledged before the
 * firewall that the acknowledgements go by knows what they acknowledge.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

#define CONNECTIONS 10000
#define EVERY	    500	  /* us */
#define SLOW	    30000 /* us */
#define SHORT	    5	  /* percent: less than a window */
#define LONG	    60	  /* percent: more */

static struct sim sim;

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

/* In virtual time, so that figures are the same every time. */
struct figures {
	unsigned repeated; /* connections that had to repeat a packet */
	uint64_t p50;	   /* us that the first packet was later */
	uint64_t p99;
	uint64_t most;
};

static struct figures
run(bool defer, unsigned loss, unsigned slow, unsigned percent)
{
	struct figures f;
	static uint64_t late[CONNECTIONS];
	unsigned i, stalled = 0, repeated = 0;
	struct sim_config config;

	sim_config_default(&config);
	config.routing = SIM_ASYMMETRIC;
	config.nflows = CONNECTIONS;
	config.watch = false;
	for (i = 0; i < 2 && defer; i++) {
		config.host[i].pfsync.set |= PFSYNC_CONFIG_DEFER;
		config.host[i].pfsync.defer = 1;
	}
	sim_open(&sim, &config, false);
	(void)sim_for(&sim, 3 * CLOCK_S);
	sim.net.loss = loss;
	if (slow != 0)
		sim.net.jitter_us = slow;
	for (i = 0; i < CONNECTIONS; i++) {
		sim_client_open(&sim, i);
		sim_client_limit(&sim, i, percent);
		(void)sim_for(&sim, EVERY);
	}
	(void)sim_for(&sim, 10 * CLOCK_S);
	ATF_REQUIRE_MSG(!sim.failed, "%s: %s", sim.checker, sim.why);
	for (i = 0; i < CONNECTIONS; i++) {
		stalled += !flow_open(&sim.flows[i]) ||
		    flow_arrived(&sim.flows[i]) <
			flow_share(&sim.flows[i], percent);
		repeated += flow_repeated(&sim.flows[i]) != 0;
		late[i] = sim.clients[i].first - sim.clients[i].opened -
		    2ULL * sim.net.lan_delay_us;
	}
	qsort(late, CONNECTIONS, sizeof(late[0]), by_value);
	printf("defer %s, loss %u permille, %u us late: %u of %u connections "
	       "stalled, "
	       "%u repeated a packet; first packet later by p50 %llu us, "
	       "p99 %llu us\n",
	    defer ? "on" : "off", loss, slow, stalled, CONNECTIONS, repeated,
	    (unsigned long long)late[CONNECTIONS / 2],
	    (unsigned long long)late[CONNECTIONS * 99 / 100]);
	f = (struct figures) { repeated, late[CONNECTIONS / 2],
		late[CONNECTIONS * 99 / 100], late[CONNECTIONS - 1] };
	ATF_CHECK_EQ_MSG(0, stalled, "%u stalled", stalled);
	sim_close(&sim);
	ATF_REQUIRE_MSG(!sim.failed, "%s: %s", sim.checker, sim.why);
	return (f);
}

/* There and back on the wire between them, and no more. */
ATF_TC_WITHOUT_HEAD(defer);
ATF_TC_BODY(defer, tc)
{
	struct figures f = run(true, 0, 0, SHORT);

	ATF_CHECK_EQ(0, f.repeated);
	ATF_CHECK_MSG(f.p50 >= 400 && f.most <= 500, "%u to %u us",
	    (unsigned)f.p50, (unsigned)f.most);
}

/* One insert in a hundred is sent again, after a quarter of the delay. */
ATF_TC_WITHOUT_HEAD(defer_loss);
ATF_TC_BODY(defer_loss, tc)
{
	struct figures f = run(true, 10, 0, SHORT);

	ATF_CHECK_EQ(0, f.repeated);
	ATF_CHECK_MSG(f.p50 <= 500 && f.p99 <= 6500 && f.most <= 20500,
	    "%u, %u, %u us", (unsigned)f.p50, (unsigned)f.p99,
	    (unsigned)f.most);
}

/* Nothing waits; one answer in a hundred or less is there before the insert. */
ATF_TC_WITHOUT_HEAD(no_defer);
ATF_TC_BODY(no_defer, tc)
{
	struct figures f = run(false, 0, 0, SHORT);

	ATF_CHECK_EQ(0, f.p99);
	ATF_CHECK_MSG(f.repeated <= CONNECTIONS / 50, "%u", f.repeated);
}

ATF_TC_WITHOUT_HEAD(no_defer_loss);
ATF_TC_BODY(no_defer_loss, tc)
{
	struct figures f = run(false, 10, 0, SHORT);

	ATF_CHECK_EQ(0, f.p99);
	ATF_CHECK_MSG(f.repeated <= CONNECTIONS / 20, "%u", f.repeated);
}

/* What the peer does not know in time is repeated; nothing waits for longer. */
static void
slow_wire(bool defer, unsigned loss)
{
	struct figures f = run(defer, loss, SLOW, LONG);

	ATF_CHECK_MSG(f.most <= (defer ? 20500 : 0), "%u us", (unsigned)f.most);
}

ATF_TC_WITHOUT_HEAD(slow_defer);
ATF_TC_BODY(slow_defer, tc)
{
	slow_wire(true, 0);
}

ATF_TC_WITHOUT_HEAD(slow_defer_loss);
ATF_TC_BODY(slow_defer_loss, tc)
{
	slow_wire(true, 10);
}

ATF_TC_WITHOUT_HEAD(slow_no_defer);
ATF_TC_BODY(slow_no_defer, tc)
{
	slow_wire(false, 0);
}

ATF_TC_WITHOUT_HEAD(slow_no_defer_loss);
ATF_TC_BODY(slow_no_defer_loss, tc)
{
	slow_wire(false, 10);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defer);
	ATF_TP_ADD_TC(tp, defer_loss);
	ATF_TP_ADD_TC(tp, no_defer);
	ATF_TP_ADD_TC(tp, no_defer_loss);
	ATF_TP_ADD_TC(tp, slow_defer);
	ATF_TP_ADD_TC(tp, slow_defer_loss);
	ATF_TP_ADD_TC(tp, slow_no_defer);
	ATF_TP_ADD_TC(tp, slow_no_defer_loss);
	return (atf_no_error());
}
