/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Two hosted kernels that share connections: what goes by one comes back by the
 * other.
 */

#include <atf-c.h>
#include <string.h>

#include "tests/lib/twohk.h"

static struct twohk two;

static void
up(bool defer)
{
	struct psync_config config = { .defer = defer };

	twohk_open(&two, 4, TWOHK_PASS);
	twohk_pfsync(&two, A);
	twohk_pfsync(&two, B);
	twohk_quiet(&two);
	ATF_REQUIRE_EQ(0, twohk_set(&two, A, PFSYNC_CONFIG_DEFER, &config));
	ATF_REQUIRE_EQ(0, twohk_set(&two, B, PFSYNC_CONFIG_DEFER, &config));
}

static bool
come(struct twohk *t, void *arg)
{
	(void)t;
	return (twohk_comes(&two, A, 2, arg));
}

static struct twohk_tcp
connection(uint16_t port)
{
	return ((struct twohk_tcp) { .port = port,
	    .there = 1000U * port,
	    .back = 7777U * port });
}

/* The SYN waits; then its answer finds both states at the other firewall. */
ATF_TC_WITHOUT_HEAD(asymmetric);
ATF_TC_BODY(asymmetric, tc)
{
	struct twohk_tcp c;
	struct rig_packet p;
	uint64_t begin;
	uint16_t port;

	(void)tc;
	up(true);
	for (port = 1000; port < 1100; port++) {
		c = connection(port);
		begin = two.now;
		ATF_REQUIRE(!twohk_segment(&two, A, &c, true, SYN, 0));
		ATF_REQUIRE(twohk_until(&two, come, &p, 20));
		ATF_CHECK(two.now - begin < 5);
		c.there++;
		ATF_REQUIRE(twohk_segment(&two, B, &c, false, SYN | ACK, 0));
		c.back++;
		ATF_REQUIRE(twohk_segment(&two, A, &c, true, ACK, 0));
	}
	ATF_CHECK_EQ(100, twohk_stats(&two, A).deferrals);
	ATF_CHECK_EQ(100, twohk_stats(&two, A).defer_acks);
	ATF_CHECK_EQ(0, twohk_status(&two, A).deferred);
	twohk_close(&two);

	/* Without it the answer is faster, and blocked. */
	up(false);
	c = connection(1000);
	ATF_REQUIRE(twohk_segment(&two, A, &c, true, SYN, 0));
	c.there++;
	ATF_CHECK(!twohk_segment(&two, B, &c, false, SYN | ACK, 0));
	twohk_close(&two);
}

/* The peer dies: packets wait their time, and soon no more. */
ATF_TC_WITHOUT_HEAD(peer_dies);
ATF_TC_BODY(peer_dies, tc)
{
	struct twohk_tcp c;
	struct rig_packet p;
	unsigned waited = 0;
	uint16_t port;

	(void)tc;
	up(true);
	twohk_kill(&two, B);
	for (port = 1000; port < 1200; port++) {
		c = connection(port);
		if (twohk_segment(&two, A, &c, true, SYN, 0))
			continue;
		waited++;
		ATF_REQUIRE(twohk_until(&two, come, &p, 21));
	}
	ATF_CHECK(waited >= 8 && waited <= 4 * 8);
	ATF_CHECK(twohk_segment(&two, A, &c, true, SYN, 0));
	twohk_close(&two);
}

/* pfsync0, and then all, goes while packets are held. */
ATF_TC_WITHOUT_HEAD(goes);
ATF_TC_BODY(goes, tc)
{
	struct twohk_tcp c = connection(1000);
	struct rig_packet p;

	(void)tc;
	up(true);
	ATF_REQUIRE(!twohk_segment(&two, A, &c, true, SYN, 0));
	ATF_REQUIRE_EQ(0, twohk_updown(&two, A, "pfsync0", false));
	ATF_CHECK(twohk_comes(&two, A, 2, &p));
	ATF_REQUIRE_EQ(0, twohk_updown(&two, A, "pfsync0", true));
	twohk_quiet(&two);
	c = connection(1001);
	ATF_REQUIRE(!twohk_segment(&two, A, &c, true, SYN, 0));
	/* freed: the sanitizer sees a packet that is not */
	twohk_close(&two);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, asymmetric);
	ATF_TP_ADD_TC(tp, peer_dies);
	ATF_TP_ADD_TC(tp, goes);
	return (atf_no_error());
}
