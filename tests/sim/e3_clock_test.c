/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Uptimes that wrap, in milliseconds and in seconds, signed and unsigned, and
 * clocks that tick 100 and 1000 times a second: whatever has a time keeps it.
 */

#include "tests/sim/cluster.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static const uint64_t wraps[] = { 0x80000000ULL, 0x100000000ULL,
	0x80000000ULL * 1000, 0x100000000ULL * 1000 };
static const unsigned ticks[] = { 100, 1000 };

static struct sim_host *const h = &sim.host[0];

/* Both firewalls, the first of which is so many ms before a wrap. */
static void
before(uint64_t wrap, unsigned hz, unsigned ms)
{
	setup(2, SIM_ONE_ACTIVE);
	config.slices = 1;
	config.rules = ONE_STATE;
	config.host[0].hz = hz;
	config.host[0].uptime = wrap - 5000 - ms;
	begin();
	sim.net.jitter_us = 0;
	ATF_REQUIRE(sim_host_ms(h) <= wrap - ms);
	ATF_REQUIRE(sim_host_ms(h) > wrap - ms - 10);
}

/* An update that waits while the clock wraps leaves at its time. */
ATF_TC_WITHOUT_HEAD(e3_16_deadline_across_a_wrap);
ATF_TC_BODY(e3_16_deadline_across_a_wrap, tc)
{
	struct talk t;
	uint64_t begun;
	unsigned i, k;

	for (i = 0; i < NELEM(wraps); i++)
		for (k = 0; k < 2; k++) {
			before(wraps[i], ticks[k], 3000);
			talk_open(0, &t, 1000);
			wait_us(3000 * CLOCK_MS - 50 * CLOCK_MS);
			tape_begin();
			begun = sim_host_ms(h);
			talk_there(0, &t, 1);
			wait_us(CLOCK_S);
			ATF_CHECK_EQ(1, tape.n);
			ATF_CHECK(begun < wraps[i]);
			ATF_CHECK(tape.frame[0].ms > wraps[i]);
			ATF_CHECK_EQ(begun + 100, tape.frame[0].ms);
			settled();
			end();
		}
}

static unsigned lost;

static bool
lose_end(unsigned from, unsigned to, const struct tape_frame *f)
{
	(void)to;
	if (from != 1 || !tape_bus(f, PFSYNC_BUS_END) || lost > 0)
		return (false);
	lost++;
	return (true);
}

/* Asking again after silence, and CARP that is given back. */
ATF_TC_WITHOUT_HEAD(e3_16_bulk_across_a_wrap);
ATF_TC_BODY(e3_16_bulk_across_a_wrap, tc)
{
	unsigned i, k;

	for (i = 0; i < NELEM(wraps); i++)
		for (k = 0; k < 2; k++) {
			before(wraps[i], ticks[k], 1000);
			fill(1, 0, 100);
			lost = 0;
			tape.lose = lose_end;
			sim_check_allow(&sim, 10);
			resync(0);
			wait_us(1990 * CLOCK_MS);
			ATF_CHECK_EQ(240, hk_demotion(h->hk));
			ATF_CHECK_EQ(1, tape_messages(0, ONLY(UPD_REQ)));
			sim_check_allow(&sim, 10);
			wait_us(30 * CLOCK_MS);
			ATF_CHECK_EQ(1, lost);
			ATF_CHECK_EQ(2, tape_messages(0, ONLY(UPD_REQ)));
			ATF_CHECK_EQ(0, hk_demotion(h->hk));
			ATF_CHECK_EQ(PSYNC_BULK_OK, sim_host_status(h).bulk);
			ATF_CHECK(sim_host_status(h).bulk_ms >= 2000);
			ATF_CHECK(sim_host_status(h).bulk_ms <= 2020);
			settled();
			end();
		}
}

/* A packet that is held goes on when its time is up. */
ATF_TC_WITHOUT_HEAD(e3_16_deferral_across_a_wrap);
ATF_TC_BODY(e3_16_deferral_across_a_wrap, tc)
{
	unsigned i, k;

	for (i = 0; i < NELEM(wraps); i++)
		for (k = 0; k < 2; k++) {
			setup(2, SIM_ONE_ACTIVE);
			config.host[0].hz = ticks[k];
			config.host[0].uptime = wraps[i] - 7000;
			ask(0, PFSYNC_CONFIG_DEFER | PFSYNC_CONFIG_DELAY);
			config.host[0].pfsync.defer = 1;
			config.host[0].pfsync.defer_delay = 100;
			begin();
			resync(0);
			wait_us(1950 * CLOCK_MS);
			tape.lose = lose_acks;
			udp(0, 1000);
			wait_us(90 * CLOCK_MS);
			ATF_CHECK_EQ(1, sim_host_status(h).deferred);
			wait_us(20 * CLOCK_MS);
			ATF_CHECK_EQ(0, sim_host_status(h).deferred);
			ATF_CHECK_EQ(1, sim_host_stats(h).defer_timeouts);
			end();
		}
}

/*
 * When a peer updated a state is kept in seconds, in 32 bits.  Across a wrap of
 * them a change may be thought a second older than it is, and leaves with its
 * time; every other second it is as ever.
 */
ATF_TC_WITHOUT_HEAD(e3_16_asymmetric_rule_across_a_wrap);
ATF_TC_BODY(e3_16_asymmetric_rule_across_a_wrap, tc)
{
	struct psync_state *st;
	unsigned i, age, ms, seconds;
	uint64_t begun;
	struct talk t;
	uint8_t w[84];
	size_t n;

	for (i = 0; i < NELEM(wraps); i++)
		for (age = 500; age <= 4500; age += 1000) {
			setup(2, SIM_ONE_ACTIVE);
			config.slices = 1;
			config.rules = ONE_STATE;
			config.host[0].uptime = wraps[i] - 20000;
			begin();
			alone();
			talk_open(0, &t, 1000);
			wait_us((wraps[i] - 1000 - sim_host_ms(h)) * CLOCK_MS);
			st = sim_host_states(h, &n);
			fixture_upd_c(w, st);
			sim_free(st);
			hear(0, 0, PFSYNC_ACT_UPD_C, 1, w);
			begun = sim_host_ms(h);
			talk_there(0, &t, 1); /* at once: the rest is numbers */
			wait_us(age * CLOCK_MS);
			tape_begin();
			talk_there(0, &t, 1);
			wait_us(200 * CLOCK_MS);
			ATF_REQUIRE_EQ(1, tape.n);
			ms = (unsigned)(tape.frame[0].ms - begun - age);
			seconds = (unsigned)((begun + age) / 1000 -
			    begun / 1000);
			if (i < 3 || seconds != 1)
				ATF_CHECK_EQ_MSG(seconds < 2 ? 1 : 100, ms,
				    "after %u ms: %u", age, ms);
			else
				ATF_CHECK(ms == 1 || ms == 100);
			end();
		}
}

/* A tick is 10 ms: whatever waits leaves with one, not before its time. */
ATF_TC_WITHOUT_HEAD(e3_16_hz_100_and_1000);
ATF_TC_BODY(e3_16_hz_100_and_1000, tc)
{
	unsigned k, i, late;
	uint64_t begun;

	for (k = 0; k < 2; k++) {
		setup(2, SIM_ONE_ACTIVE);
		config.slices = 1;
		config.rules = ONE_STATE;
		config.host[0].hz = ticks[k];
		begin();
		for (i = 0; i < 25; i++) {
			wait_us(7300);
			tape_begin();
			begun = sim.clock.now;
			udp(0, (uint16_t)(1000 + i));
			wait_us(100 * CLOCK_MS);
			ATF_REQUIRE_EQ(1, tape.n);
			ATF_CHECK_EQ(0,
			    (tape.frame[0].at - h->boot_us) %
				(1000000 / ticks[k]));
			late = (unsigned)(tape.frame[0].at - begun);
			ATF_CHECK_MSG(late > 0 && late <= 1000000 / ticks[k],
			    "hz %u: %u us", ticks[k], late);
		}
		settled();
		end();
	}
}

/* Everything together, with traffic. */
ATF_TC_WITHOUT_HEAD(e3_16_uptime_wraps_hz_100_and_1000);
ATF_TC_BODY(e3_16_uptime_wraps_hz_100_and_1000, tc)
{
	unsigned i;

	setup(4, SIM_SYMMETRIC);
	config.host[0].uptime = 0x100000000ULL - 6000;
	config.host[1].uptime = 0x100000000ULL * 1000 - 6000;
	config.host[1].hz = config.host[2].hz = 100;
	config.host[2].uptime = 0x80000000ULL - 6000;
	config.host[3].uptime = 0;
	begin();
	/* Something is on its way all the time. */
	connections(0, 40, 2);
	for (i = 0; i < 400; i++) {
		sim_client_limit(&sim, i % 40, 5 + i / 5);
		wait_us(10 * CLOCK_MS);
	}
	wait_us(20 * CLOCK_S);
	settled();
	for (i = 0; i < 3; i++)
		ATF_CHECK(
		    sim_host_ms(&sim.host[i]) > config.host[i].uptime + 6000);
	ATF_CHECK(sim_host_count(h) > 0);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_16_deadline_across_a_wrap);
	ATF_TP_ADD_TC(tp, e3_16_bulk_across_a_wrap);
	ATF_TP_ADD_TC(tp, e3_16_deferral_across_a_wrap);
	ATF_TP_ADD_TC(tp, e3_16_asymmetric_rule_across_a_wrap);
	ATF_TP_ADD_TC(tp, e3_16_hz_100_and_1000);
	ATF_TP_ADD_TC(tp, e3_16_uptime_wraps_hz_100_and_1000);
	return (atf_no_error());
}
