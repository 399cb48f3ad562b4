/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whole-table transfers that go wrong: END, START or the request gets lost,
 * the peer dies or falls silent, the requester goes down.  CARP is demoted
 * once, and given back at the time that the rules say.
 */

#include <string.h>

#include "tests/sim/cluster.h"

#define STATES	 400
#define DEMOTION 240
#define TRIES	 12
#define SILENCE	 2000 /* ms */

static unsigned lost, lose_max;

static void
up(unsigned nhosts, unsigned rate)
{
	begin_filled(nhosts, rate, STATES);
	tape_begin();
	lost = 0;
	lose_max = UINT32_MAX;
}

static void
pass_ms(unsigned ms)
{
	for (; ms > 0; ms--) {
		sim_check_allow(&sim, 1);
		wait_us(CLOCK_MS);
	}
}

/* The ms until CARP is given back. */
static unsigned
while_demoted(unsigned nr, unsigned max_ms)
{
	unsigned ms;

	ATF_CHECK_EQ(DEMOTION, demotion(nr));
	for (ms = 0; demotion(nr) == DEMOTION && ms < max_ms; ms++)
		pass_ms(1);
	ATF_CHECK_EQ(0, demotion(nr));
	return (ms);
}

/* Between two numbers, both of them allowed. */
static void
check_ms(unsigned ms, unsigned least, unsigned most)
{
	ATF_CHECK_MSG(ms >= least && ms <= most, "%u ms, not %u to %u", ms,
	    least, most);
}

static bool
lose_some(bool this)
{
	if (!this || lost == lose_max)
		return (false);
	lost++;
	return (true);
}

static bool
lose_end(unsigned from, unsigned to, const struct tape_frame *f)
{
	(void)to;
	return (lose_some(from == 0 && tape_bus(f, PFSYNC_BUS_END)));
}

static bool
lose_start(unsigned from, unsigned to, const struct tape_frame *f)
{
	(void)to;
	return (lose_some(from == 0 && tape_bus(f, PFSYNC_BUS_START)));
}

static bool
lose_request(unsigned from, unsigned to, const struct tape_frame *f)
{
	(void)to;
	return (lose_some(from == 1 && tape_has(f, ONLY(UPD_REQ))));
}

/* The peer is asked again two seconds after the last state, and ends well. */
ATF_TC_WITHOUT_HEAD(e3_07_end_lost);
ATF_TC_BODY(e3_07_end_lost, tc)
{
	up(2, 0);
	tape.lose = lose_end;
	lose_max = 1;
	resync(1);
	check_ms(while_demoted(1, 30000), SILENCE, SILENCE + 20);
	ATF_CHECK_EQ(1, lost);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_EQ(2, status(1).bulk_tries);
	ATF_CHECK_EQ(2, tape_messages(1, ONLY(UPD_REQ)));
	ATF_CHECK_EQ(2 * STATES, tape_messages(0, ONLY(UPD_1500)));
	settled();
	end();
}

/* Never an END: twelve tries, and everything is here all the same. */
ATF_TC_WITHOUT_HEAD(e3_07_every_end_lost);
ATF_TC_BODY(e3_07_every_end_lost, tc)
{
	unsigned ms;

	up(2, 1000);
	tape.lose = lose_end;
	resync(1);
	ms = while_demoted(1, 60000);
	/* A try is silence, and 400 ms of states unless it is one too many for
	 * the sender, who allows one in four seconds, and four in a row. */
	ATF_CHECK(lost >= TRIES - 2);
	check_ms(ms, TRIES * SILENCE + lost * 390,
	    TRIES * SILENCE + lost * 420);
	ATF_CHECK_EQ(TRIES, tape_messages(1, ONLY(UPD_REQ)));
	ATF_CHECK_EQ(PSYNC_BULK_FAILED, status(1).bulk);
	ATF_CHECK(!status(1).syncok);
	ATF_CHECK_EQ(STATES, sim_host_count(&sim.host[1]));
	tape.lose = NULL;
	pass_ms(10000);
	ATF_CHECK_EQ(TRIES, tape_messages(1, ONLY(UPD_REQ)));
	settled();
	end();
}

/* Whose END it is nobody knows then: it is asked for again. */
ATF_TC_WITHOUT_HEAD(e3_07_start_lost);
ATF_TC_BODY(e3_07_start_lost, tc)
{
	up(2, 1000);
	tape.lose = lose_start;
	lose_max = 1;
	resync(1);
	check_ms(while_demoted(1, 30000), SILENCE + 390, SILENCE + 420);
	ATF_CHECK_EQ(1, lost);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_EQ(2, status(1).bulk_tries);
	ATF_CHECK_EQ(2 * STATES, tape_messages(0, ONLY(UPD_1500)));
	settled();
	end();
}

/* The requester is restarted 800 ms after it asked, and asks again. */
static unsigned
restarted(void)
{
	sim_host_crash(&sim.host[1]);
	sim_host_boot(&sim.host[1]);
	return (while_demoted(1, 30000));
}

static void
has_all(void)
{
	ATF_CHECK_EQ(STATES, sim_host_count(&sim.host[1]));
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	settled();
	end();
}

/*
 * Its second request gets lost: the END of the old transfer is not its own,
 * though that began less than a second before it asked.
 */
ATF_TC_WITHOUT_HEAD(e3_07_restarted_and_request_lost);
ATF_TC_BODY(e3_07_restarted_and_request_lost, tc)
{
	unsigned ms;

	up(2, 200);
	resync(1);
	pass_ms(800);
	tape.lose = lose_request;
	lose_max = 1;
	ms = restarted();
	ATF_CHECK_EQ(1, lost);
	/* Silence, and a transfer. */
	check_ms(ms, SILENCE + 1950, SILENCE + 2050);
	has_all();
}

/*
 * The sender has been asked so often that the limit is used up.  It does not
 * refuse who joins, but lets it wait for what it missed: for as long as one of
 * four in a row takes to come back.
 */
ATF_TC_WITHOUT_HEAD(e3_07_restarted_and_one_too_many);
ATF_TC_BODY(e3_07_restarted_and_one_too_many, tc)
{
	static const uint8_t everything[12];
	unsigned i, ms;

	begin_filled(2, 200, 0);
	for (i = 0; i < 3; i++) {
		hear(0, i, PFSYNC_ACT_UPD_REQ, 1, everything);
		pass_ms(1);
	}
	fill(0, 0, STATES);
	resync(1);
	pass_ms(800);
	ms = restarted();
	ATF_CHECK_EQ(0, sim_host_stats(&sim.host[0]).refused[PFSYNC_R_RATE]);
	check_ms(ms, 4000 - 100, 4000 + 100);
	has_all();
}

/* Requests get lost: each costs two seconds. */
ATF_TC_WITHOUT_HEAD(e3_07_request_lost);
ATF_TC_BODY(e3_07_request_lost, tc)
{
	unsigned n;

	for (n = 1; n < TRIES; n += 5) {
		up(2, 0);
		tape.lose = lose_request;
		lose_max = n;
		resync(1);
		check_ms(while_demoted(1, 60000), n * SILENCE,
		    n * SILENCE + 20);
		ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
		ATF_CHECK_EQ(n + 1, status(1).bulk_tries);
		ATF_CHECK_EQ(STATES, sim_host_count(&sim.host[1]));
		settled();
		end();
	}
}

/* Nobody is there: twelve times two seconds to the ms. */
ATF_TC_WITHOUT_HEAD(e3_07_nobody_answers);
ATF_TC_BODY(e3_07_nobody_answers, tc)
{
	unsigned i, n = 0;
	uint64_t begun;

	up(2, 0);
	sim_host_crash(&sim.host[0]);
	begun = sim_host_ms(&sim.host[1]);
	resync(1);
	ATF_CHECK_EQ(TRIES * SILENCE, while_demoted(1, 60000));
	ATF_CHECK_EQ(PSYNC_BULK_FAILED, status(1).bulk);
	ATF_CHECK_EQ(TRIES, tape_messages(1, ONLY(UPD_REQ)));
	for (i = 0; i < tape.n; i++)
		if (tape_has(&tape.frame[i], ONLY(UPD_REQ)))
			ATF_CHECK_EQ(begun + SILENCE * n++, tape.frame[i].ms);
	end();
}

/* The sender dies in the middle, and stays dead. */
ATF_TC_WITHOUT_HEAD(e3_07_peer_dies_midway);
ATF_TC_BODY(e3_07_peer_dies_midway, tc)
{
	up(2, 100);
	resync(1);
	pass_ms(1000);
	sim_host_crash(&sim.host[0]);
	/* The last state was at most 100 ms before. */
	check_ms(while_demoted(1, 60000), TRIES * SILENCE - 100,
	    TRIES * SILENCE);
	ATF_CHECK_EQ(TRIES, tape_messages(1, ONLY(UPD_REQ)));
	ATF_CHECK_EQ(PSYNC_BULK_FAILED, status(1).bulk);
	end();
}

/*
 * It comes back with an empty table: what it sent is not lost, it gets it back,
 * and neither stays demoted.
 */
ATF_TC_WITHOUT_HEAD(e3_07_peer_reboots_midway);
ATF_TC_BODY(e3_07_peer_reboots_midway, tc)
{
	size_t n;

	up(2, 100);
	resync(1);
	pass_ms(2000);
	sim_host_crash(&sim.host[0]);
	pass_ms(500);
	n = sim_host_count(&sim.host[1]);
	ATF_REQUIRE(n > 100 && n < STATES);
	sim_host_boot(&sim.host[0]);
	ATF_CHECK_EQ(DEMOTION, demotion(0));
	/* Both have a table sent, at 100 a second; one asks after silence. */
	check_ms(while_demoted(1, 30000), 1, (unsigned)n * 10 + SILENCE);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_EQ(2, status(1).bulk_tries);
	ATF_CHECK_EQ(0, demotion(0));
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(0).bulk);
	ATF_CHECK_EQ(n, sim_host_count(&sim.host[0]));
	ATF_CHECK_EQ(n, sim_host_count(&sim.host[1]));
	settled();
	end();
}

/* Two have states; one of them dies in the middle: what the other has is all.
 */
ATF_TC_WITHOUT_HEAD(e3_07_one_of_two_peers_dies_midway);
ATF_TC_BODY(e3_07_one_of_two_peers_dies_midway, tc)
{
	up(3, 1000);
	resync(1);
	pass_ms(100);
	sim_host_crash(&sim.host[0]);
	/* The other ends; the dead one had begun: it is asked twice more. */
	check_ms(while_demoted(1, 60000), 2 * SILENCE, 3 * SILENCE + 600);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_EQ(3, status(1).bulk_tries);
	ATF_CHECK_EQ(sim_host_count(&sim.host[1]),
	    sim_host_count(&sim.host[2]));
	end();
}

/* Down, destroyed, another path: given back at once, and exactly once. */
ATF_TC_WITHOUT_HEAD(e3_07_requester_goes_down_midway);
ATF_TC_BODY(e3_07_requester_goes_down_midway, tc)
{
	struct pfsync_drv_config rq;
	struct sim_host *h = &sim.host[1];

	up(2, 100);
	resync(1);
	pass_ms(500);
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	ATF_CHECK_EQ(0, sim_host_updown(h, "pfsync0", false));
	ATF_CHECK_EQ(0, demotion(1));
	ATF_CHECK_EQ(PSYNC_BULK_FAILED, status(1).bulk);
	ATF_CHECK_EQ(0, sim_host_updown(h, "pfsync0", true));
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	pass_ms(500);
	/* Its syncdev goes, and comes back. */
	sim_host_detach(h);
	ATF_CHECK_EQ(0, demotion(1));
	sim_host_reattach(h, 0, NULL, 0);
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	pass_ms(500);
	/* The syncdev is no more. */
	rq = drv_config(PFSYNC_CONFIG_SYNCDEV);
	configure(1, &rq);
	ATF_CHECK_EQ(0, demotion(1));
	strcpy(rq.syncdev, "em1");
	configure(1, &rq);
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	pass_ms(500);
	ATF_CHECK_EQ(0, sim_host_create(h, false));
	ATF_CHECK_EQ(0, demotion(1));
	sim_host_repair(h);
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	pass_ms(15000);
	ATF_CHECK_EQ(0, demotion(1));
	ATF_CHECK_EQ(STATES, sim_host_count(h));
	settled();
	end();
}

/* Everything at once, on a wire that loses half, then all. */
ATF_TC_WITHOUT_HEAD(e3_07_bulk_peer_reboots_two_ask_end_lost);
ATF_TC_BODY(e3_07_bulk_peer_reboots_two_ask_end_lost, tc)
{
	unsigned i;

	setup(4, SIM_ONE_ACTIVE);
	begin();
	connections(0, 40, 20);
	wait_us(5 * CLOCK_S);
	resync(1);
	resync(2);
	sim_host_crash(&sim.host[0]);
	sim_host_boot(&sim.host[0]);
	wait_us(5 * CLOCK_S);
	sim.net.loss = 500;
	resync(3);
	wait_us(10 * CLOCK_S);
	sim.net.loss = 1000;
	resync(3);
	wait_us(30 * CLOCK_S);
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(0, demotion(i));
	ATF_CHECK_EQ(PSYNC_BULK_FAILED, status(3).bulk);
	sim_mend(&sim);
	resync_all();
	settled();
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_07_end_lost);
	ATF_TP_ADD_TC(tp, e3_07_every_end_lost);
	ATF_TP_ADD_TC(tp, e3_07_start_lost);
	ATF_TP_ADD_TC(tp, e3_07_restarted_and_request_lost);
	ATF_TP_ADD_TC(tp, e3_07_restarted_and_one_too_many);
	ATF_TP_ADD_TC(tp, e3_07_request_lost);
	ATF_TP_ADD_TC(tp, e3_07_nobody_answers);
	ATF_TP_ADD_TC(tp, e3_07_peer_dies_midway);
	ATF_TP_ADD_TC(tp, e3_07_peer_reboots_midway);
	ATF_TP_ADD_TC(tp, e3_07_one_of_two_peers_dies_midway);
	ATF_TP_ADD_TC(tp, e3_07_requester_goes_down_midway);
	ATF_TP_ADD_TC(tp, e3_07_bulk_peer_reboots_two_ask_end_lost);
	return (atf_no_error());
}
