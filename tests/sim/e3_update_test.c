/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * When changes leave, in how many packets: counted on the segment, by the
 * clock of who sends.
 */

#include <string.h>

#include "tests/sim/cluster.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct sim_host *const h = &sim.host[0];

static void
pair(void)
{
	setup(2, SIM_ONE_ACTIVE);
	config.slices = 1;
	config.rules = ONE_STATE;
}

/* A connection that the peers know, and nothing waits. */
static void
known(struct talk *t, uint16_t port)
{
	talk_open(0, t, port);
	wait_us(CLOCK_S);
	ATF_REQUIRE_EQ(0, sim_host_status(h).pending);
	tape_begin();
}

/* Waits until the host's clock shows a whole second. */
static void
whole_second(void)
{
	wait_us((1000 - sim_host_ms(h) % 1000) * CLOCK_MS);
	ATF_REQUIRE_EQ(0, sim_host_ms(h) % 1000);
}

/*
 * maxupd updates of a state are one packet, which leaves with the last of them;
 * what is left over leaves with its time.  0 and 1: none waits.
 */
ATF_TC_WITHOUT_HEAD(e3_05_maxupd);
ATF_TC_BODY(e3_05_maxupd, tc)
{
	static const unsigned values[] = { 0, 1, 2, 3, 17, 128, 255 };
	uint64_t coalesced;
	unsigned i, k, m;
	struct talk t;

	for (i = 0; i < NELEM(values); i++) {
		pair();
		ask(0, PFSYNC_CONFIG_MAXUPD);
		config.host[0].pfsync.maxupd = values[i];
		begin();
		known(&t, 1000);
		m = values[i] == 0 ? 1 : values[i];
		coalesced = sim_host_stats(h).coalesced;
		for (k = 1; k <= 2 * m + 1; k++) {
			talk_there(0, &t, 1);
			ATF_CHECK_EQ_MSG(k / m, tape.n,
			    "maxupd %u: %zu packets after %u updates",
			    values[i], tape.n, k);
			if (k % m == 0)
				ATF_CHECK_EQ(sim.clock.now,
				    tape.frame[tape.n - 1].at);
			wait_us(100);
		}
		wait_us(99 * CLOCK_MS);
		ATF_CHECK_EQ(m == 1 ? 3 : 2, tape.n);
		wait_us(2 * CLOCK_MS);
		ATF_CHECK_EQ(3, tape.n);
		ATF_CHECK_EQ(3, tape_messages(0, ONLY(UPD_C)));
		ATF_CHECK_EQ(coalesced + 2 * (m - 1),
		    sim_host_stats(h).coalesced);
		settled();
		end();
	}
}

/* Any number of states: the first of them to have maxupd sends all. */
ATF_TC_WITHOUT_HEAD(e3_05_maxupd_of_one_sends_all);
ATF_TC_BODY(e3_05_maxupd_of_one_sends_all, tc)
{
	struct talk t[5];
	unsigned i;

	pair();
	ask(0, PFSYNC_CONFIG_MAXUPD);
	config.host[0].pfsync.maxupd = 10;
	begin();
	for (i = 0; i < 5; i++)
		known(&t[i], (uint16_t)(1000 + i));
	for (i = 0; i < 5 * 9; i++)
		talk_there(0, &t[i % 5], 1);
	ATF_CHECK_EQ(0, tape.n);
	talk_there(0, &t[3], 1);
	ATF_CHECK_EQ(1, tape.n);
	ATF_CHECK_EQ(5, tape_messages(0, ONLY(UPD_C)));
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(1, tape.n);
	end();
}

static uint64_t begun;

/* A change comes, which leaves after so many ms, alone. */
static void
change(void)
{
	tape_begin();
	begun = sim_host_ms(h);
}

static void
leaves_after(unsigned ms, uint32_t actions)
{
	wait_us(300 * CLOCK_MS);
	ATF_REQUIRE_EQ(1, tape.n);
	ATF_CHECK_EQ(1, tape_messages(0, actions));
	ATF_CHECK_EQ_MSG(ms, tape.frame[0].ms - begun,
	    "actions %x leave after %u ms, not %u", actions,
	    (unsigned)(tape.frame[0].ms - begun), ms);
}

/* Others wait a second: a ms for what pf would miss, 100 for mere numbers. */
static void
deadlines(unsigned hz, unsigned soon)
{
	struct talk t = { 1000, 5000, 9000 };

	pair();
	config.host[0].hz = hz;
	begin();
	change();
	segment(0, &t, true, SYN, 0);
	leaves_after(soon, ANY_INS);
	t.there++;
	change();
	segment(0, &t, false, SYN | ACK, 0);
	leaves_after(soon, ONLY(UPD_C));
	t.back++;
	change();
	segment(0, &t, true, ACK, 0);
	leaves_after(soon, ONLY(UPD_C));
	change();
	talk_there(0, &t, 1);
	leaves_after(100, ONLY(UPD_C));
	change();
	segment(0, &t, false, ACK | PSH, 10);
	leaves_after(100, ONLY(UPD_C));
	t.back += 10;
	change();
	segment(0, &t, true, FIN | ACK, 0);
	leaves_after(soon, ONLY(UPD_C));
	change();
	(void)kill_states(0);
	leaves_after(soon, ONLY(DEL_C));
	settled();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_05_timed_flush);
ATF_TC_BODY(e3_05_timed_flush, tc)
{
	deadlines(1000, 1);
	deadlines(100, 10);
}

/* The timer is the first change's: later ones do not push it on. */
ATF_TC_WITHOUT_HEAD(e3_05_timed_flush_is_not_pushed_on);
ATF_TC_BODY(e3_05_timed_flush_is_not_pushed_on, tc)
{
	struct talk t;
	unsigned i;

	pair();
	ask(0, PFSYNC_CONFIG_MAXUPD);
	config.host[0].pfsync.maxupd = 255;
	begin();
	known(&t, 1000);
	begun = sim_host_ms(h);
	for (i = 0; i < 100; i++) {
		talk_there(0, &t, 1);
		wait_us(10 * CLOCK_MS);
	}
	/* Its next one comes 10 ms after a packet has left. */
	ATF_CHECK_EQ(10, tape.n);
	for (i = 0; i < tape.n; i++)
		ATF_CHECK_EQ_MSG(begun + 100 * (i + 1), tape.frame[i].ms,
		    "packet %u after %u ms", i,
		    (unsigned)(tape.frame[i].ms - begun));
	end();
}

/* A peer tells what we know: it sees packets of the connection. */
static void
peer_updates(void)
{
	struct psync_state *st;
	uint8_t w[84];
	size_t n;

	st = sim_host_states(h, &n);
	ATF_REQUIRE_EQ(1, n);
	fixture_upd_c(w, st);
	sim_free(st);
	hear(0, 0, PFSYNC_ACT_UPD_C, 1, w);
	ATF_REQUIRE_EQ(0, tape.n);
}

/*
 * A state that a peer updated less than two seconds ago: the first change
 * leaves at once, mere numbers then within a ms.  Seconds are counted.
 */
ATF_TC_WITHOUT_HEAD(e3_05_asymmetric_rule);
ATF_TC_BODY(e3_05_asymmetric_rule, tc)
{
	static const unsigned ages[] = { 0, 1, 999, 1000, 1998, 2000, 2500,
		10000 };
	struct talk t;
	unsigned i, recent;

	pair();
	begin();
	alone();
	known(&t, 1000);
	for (i = 0; i < NELEM(ages); i++) {
		whole_second();
		tape_begin();
		peer_updates();
		wait_us(ages[i] * CLOCK_MS);
		recent = ages[i] < 2000;
		change();
		talk_there(0, &t, 1);
		leaves_after(recent ? 0 : 1, ONLY(UPD_C));
		if (recent)
			ATF_CHECK(
			    tape.frame[0].at + 300 * CLOCK_MS == sim.clock.now);
	}
	/* Then numbers only. */
	for (i = 0; i < NELEM(ages); i++) {
		whole_second();
		tape_begin();
		peer_updates();
		change();
		talk_there(0, &t, 1);
		leaves_after(0, ONLY(UPD_C));
		if (ages[i] > 300)
			wait_us((ages[i] - 300) * CLOCK_MS);
		change();
		talk_there(0, &t, 1);
		leaves_after(ages[i] < 2000 ? 1 : 100, ONLY(UPD_C));
	}
	end();
}

/* A frame leaves with the message that does not fit, as full as can be. */
static void
full(unsigned mtu, unsigned version, bool updates, unsigned fit, unsigned size)
{
	static struct talk t[400];
	unsigned i;

	pair();
	config.mtu = mtu;
	ask(0, PFSYNC_CONFIG_VERSION | PFSYNC_CONFIG_MAXUPD);
	config.host[0].pfsync.version = version;
	config.host[0].pfsync.maxupd = 255;
	begin();
	for (i = 0; i < fit + 1 && updates; i++)
		talk_open(0, &t[i], (uint16_t)(1000 + i));
	if (updates)
		wait_us(CLOCK_S);
	tape_begin();
	for (i = 0; i < fit + 1; i++) {
		ATF_CHECK_EQ_MSG(0, tape.n, "a packet after %u messages", i);
		if (updates)
			talk_there(0, &t[i], 1);
		else
			udp(0, (uint16_t)(1000 + i));
	}
	ATF_REQUIRE_EQ(1, tape.n);
	ATF_CHECK_EQ(sim.clock.now, tape.frame[0].at);
	ATF_CHECK_EQ(20 + 20 + 4 + fit * size + 4, tape.frame[0].len);
	ATF_CHECK(tape.frame[0].len <= mtu && tape.frame[0].len + size > mtu);
	ATF_CHECK_EQ(fit, tape_messages(0, updates ? ONLY(UPD_C) : ANY_INS));
	wait_us((updates ? 100 : 1) * CLOCK_MS);
	ATF_CHECK_EQ(2, tape.n);
	ATF_CHECK_EQ(fit + 1,
	    tape_messages(0, updates ? ONLY(UPD_C) : ANY_INS));
	settled();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_05_packet_full);
ATF_TC_BODY(e3_05_packet_full, tc)
{
	full(1500, 1500, true, 17, 84);
	full(1500, 1500, false, 4, 360);
	full(1500, 1400, false, 5, 277);
	full(1500, 1301, false, 6, 242);
	full(9000, 1500, true, 106, 84);
	full(9000, 1500, false, 24, 360);
	full(448, 1500, true, 4, 84);
	full(448, 1500, false, 1, 360);
}

/* Deletes are small: 121 of them. */
ATF_TC_WITHOUT_HEAD(e3_05_packet_full_of_deletes);
ATF_TC_BODY(e3_05_packet_full_of_deletes, tc)
{
	unsigned i;

	pair();
	begin();
	for (i = 0; i < 122; i++)
		udp(0, (uint16_t)(1000 + i));
	wait_us(CLOCK_S);
	tape_begin();
	ATF_CHECK_EQ(122, kill_states(0));
	ATF_CHECK_EQ(1, tape.n);
	ATF_CHECK_EQ(121, tape_messages(0, ONLY(DEL_C)));
	ATF_CHECK_EQ(20 + 20 + 4 + 121 * 12 + 4, tape.frame[0].len);
	wait_us(CLOCK_MS);
	ATF_CHECK_EQ(2, tape.n);
	ATF_CHECK_EQ(122, tape_messages(0, ONLY(DEL_C)));
	settled();
	end();
}

static unsigned
packets_with_maxupd(unsigned maxupd)
{
	unsigned sent;

	setup(2, SIM_ONE_ACTIVE);
	ask(0, PFSYNC_CONFIG_MAXUPD);
	config.host[0].pfsync.maxupd = maxupd;
	begin();
	connections(0, 20, 40);
	settled();
	sent = tape_frames(0, ANY_INS | ANY_UPD | ONLY(UPD_C) | ONLY(DEL_C));
	end();
	return (sent);
}

/* Whole connections: half the packets at most. */
ATF_TC_WITHOUT_HEAD(e3_05_updates_collapse_up_to_maxupd);
ATF_TC_BODY(e3_05_updates_collapse_up_to_maxupd, tc)
{
	unsigned all = packets_with_maxupd(1), few = packets_with_maxupd(128);

	ATF_CHECK_MSG(few * 2 < all, "%u packets, %u with maxupd 1", few, all);
	ATF_CHECK(few > 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_05_maxupd);
	ATF_TP_ADD_TC(tp, e3_05_maxupd_of_one_sends_all);
	ATF_TP_ADD_TC(tp, e3_05_timed_flush);
	ATF_TP_ADD_TC(tp, e3_05_timed_flush_is_not_pushed_on);
	ATF_TP_ADD_TC(tp, e3_05_asymmetric_rule);
	ATF_TP_ADD_TC(tp, e3_05_packet_full);
	ATF_TP_ADD_TC(tp, e3_05_packet_full_of_deletes);
	ATF_TP_ADD_TC(tp, e3_05_updates_collapse_up_to_maxupd);
	return (atf_no_error());
}
