/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A bulk update of a table that is full of states that must not be told: the
 * way past them has the same pace, and hides nobody behind them.
 */

#include <atf-c.h>
#include <string.h>

#include "tests/lib/fixture.h"

#define BUS 10
#define UPD 14

static struct fakeos os;
static struct psync_config config;

/* Private states, and one that is not. */
static void
fill(unsigned nprivate)
{
	struct psync_state st;
	unsigned n;

	for (n = 0; n <= nprivate; n++) {
		st = fixture_state(n, os.hostid);
		if (n < nprivate)
			st.state_flags = PSYNC_STATE_NOSYNC;
		fakeos_add(&os, &st);
	}
}

static void
finish(void)
{
	unsigned i;

	for (i = 0; i < 100000 && fixture_sending(&os); i++)
		fakeos_run_until(&os, os.now + 1);
	ATF_REQUIRE(!fixture_sending(&os));
	ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
	ATF_CHECK_EQ(1, fakeos_sent(&os, UPD));
}

ATF_TC_WITHOUT_HEAD(take_time);
ATF_TC_BODY(take_time, tc)
{
	static const uint8_t everything[12];
	uint64_t begin;

	(void)tc;
	config = fixture_config(1400, 1500, 128);
	fixture_up(&os, 1, &config);
	fill(100000);
	begin = os.now;
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, 5, 1, everything));
	finish();
	/* A bucket is a step, and never less than one state. */
	ATF_CHECK(
	    os.now - begin >= FAKEOS_BUCKETS * 1000ULL / config.bulk_rate);
	fixture_down(&os);
}

/* A firewall that begins to work offers its table, whatever comes first. */
ATF_TC_WITHOUT_HEAD(hide_none);
ATF_TC_BODY(hide_none, tc)
{
	(void)tc;
	config = fixture_config(1400, 1500, 128);
	fakeos_init(&os);
	fill(10000);
	os.sc = psync_create(&fakeos_ops, &os, 1);
	ATF_REQUIRE(os.sc != NULL);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	finish();
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, take_time);
	ATF_TP_ADD_TC(tp, hide_none);
	return (atf_no_error());
}
