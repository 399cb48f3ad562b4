/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whole-table transfers that go as they should: what is sent, how often, in
 * which order, and what CARP is demoted by at every step.
 */

#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "net/pfsync/engine.h"
#include "tests/sim/cluster.h"

#define STATES	 1000
#define FIT	 4 /* states of a packet */
#define DEMOTION 240

static unsigned times[STATES]; /* that each was sent */

static void
up(unsigned nhosts, unsigned rate)
{
	begin_filled(nhosts, rate, STATES);
	sim_check_allow(&sim, 10);
	tape_begin();
}

/* Counts how often each state was sent; others are no matter. */
static void
count_times(void)
{
	struct psync_state st;
	const uint8_t *w;
	uint64_t n;
	unsigned i;

	memset(times, 0, sizeof(times));
	for (i = 0; (w = tape_message(0, PFSYNC_ACT_UPD_1500, i)) != NULL;
	     i++) {
		(void)psync_decode(&psync_layout_1500, w, &st);
		n = PSYNC_BE64(st.id) - 0x6b00000000000000ULL;
		if (n < STATES)
			times[n]++;
	}
}

static void
each_was_sent(unsigned want)
{
	unsigned i, wrong = 0;

	count_times();
	for (i = 0; i < STATES; i++)
		wrong += times[i] != want;
	ATF_CHECK_EQ_MSG(0, wrong, "%u states were not sent %u times", wrong,
	    want);
}

/* START, states, END, in this order, in packets that are full. */
ATF_TC_WITHOUT_HEAD(e3_07_more_than_a_packet);
ATF_TC_BODY(e3_07_more_than_a_packet, tc)
{
	unsigned frames;
	size_t i, first = 0, last = 0;

	up(2, 0);
	ATF_CHECK_EQ(0, demotion(1));
	resync(1);
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	wait_us(3 * CLOCK_S);
	ATF_CHECK_EQ(0, demotion(1));
	ATF_CHECK_EQ(0, demotion(0));
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_EQ(1, status(1).bulk_tries);
	ATF_CHECK_EQ_MSG(STATES, status(1).bulk_states, "%u",
	    (unsigned)status(1).bulk_states);
	each_was_sent(1);
	frames = tape_frames(0, ANY_UPD);
	ATF_CHECK_MSG(frames <= STATES / FIT + config.slices, "%u packets",
	    frames);
	ATF_CHECK_EQ(2, tape_messages(0, ONLY(BUS)));
	for (i = 0; i < tape.n; i++) {
		if (tape_bus(&tape.frame[i], PFSYNC_BUS_START))
			first = i;
		if (tape_bus(&tape.frame[i], PFSYNC_BUS_END))
			last = i;
	}
	ATF_CHECK_EQ(1, tape_messages(1, ONLY(UPD_REQ)));
	/* The request is before it, in each version. */
	ATF_CHECK_EQ(3, first);
	ATF_CHECK_EQ(tape.n - 1, last);
	ATF_CHECK_EQ(frames, last - first - 1);
	settled();
	end();
}

/* Lets time pass; whole tables may be sent in all of it. */
static void
pass(uint64_t us)
{
	uint64_t until = sim.clock.now + us;

	while (sim.clock.now < until) {
		sim_check_allow(&sim, 2);
		wait_us(until - sim.clock.now < CLOCK_S ?
			until - sim.clock.now :
			CLOCK_S);
	}
}

/* Lets time pass while CARP is demoted; ms. */
static unsigned
while_demoted(unsigned nr, unsigned max_ms)
{
	unsigned ms;

	for (ms = 0; demotion(nr) == DEMOTION && ms < max_ms; ms++)
		pass(CLOCK_MS);
	ATF_CHECK_EQ(0, demotion(nr));
	return (ms);
}

ATF_TC_WITHOUT_HEAD(e3_07_demotion_after_each_step);
ATF_TC_BODY(e3_07_demotion_after_each_step, tc)
{
	unsigned ms;

	up(2, 250);
	resync(1);
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	ATF_CHECK_EQ(0, tape_messages(0, ONLY(BUS)));
	/* START is here. */
	wait_us(5 * CLOCK_MS);
	ATF_CHECK_EQ(1, tape_messages(0, ONLY(BUS)));
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	ATF_CHECK_EQ(0, demotion(0));
	/* Asked for once more: not demoted once more. */
	pass(2500 * CLOCK_MS);
	ATF_CHECK(sim_host_count(&sim.host[1]) > 0);
	ATF_CHECK(sim_host_count(&sim.host[1]) < STATES);
	resync(1);
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	ATF_CHECK_EQ(PSYNC_BULK_RUNNING, status(1).bulk);
	ms = while_demoted(1, 20000);
	/* It has joined where the cursor was, and all of it is sent from there:
	 * the END of what began before is not its own. */
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_MSG(ms >= 3900 && ms < 4200, "%u ms", ms);
	ATF_CHECK_EQ(STATES, sim_host_count(&sim.host[1]));
	settled();
	end();
}

/* As long as states come, it may take as long as it takes, and no longer. */
ATF_TC_WITHOUT_HEAD(e3_07_time_bound);
ATF_TC_BODY(e3_07_time_bound, tc)
{
	unsigned ms;

	up(2, 100);
	resync(1);
	ms = while_demoted(1, 30000);
	ATF_CHECK_MSG(ms >= 9900 && ms <= 10200, "%u ms at 100 a second", ms);
	ATF_CHECK_EQ(1, status(1).bulk_tries);
	each_was_sent(1);
	settled();
	end();
}

/* Both ask before the first state: it is sent once for both. */
ATF_TC_WITHOUT_HEAD(e3_07_two_requesters_at_once);
ATF_TC_BODY(e3_07_two_requesters_at_once, tc)
{
	up(3, 2000);
	sim_host_pause(&sim.host[0], true);
	resync(1);
	resync(2);
	wait_us(CLOCK_MS);
	sim_host_pause(&sim.host[0], false);
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	ATF_CHECK_EQ(DEMOTION, demotion(2));
	pass(5 * CLOCK_S);
	each_was_sent(1);
	/* START for each of them, END for both. */
	ATF_CHECK_EQ(3, tape_messages(0, ONLY(BUS)));
	ATF_CHECK(tape_bus(&tape.frame[tape.n - 1], PFSYNC_BUS_END));
	ATF_CHECK_EQ(0, demotion(1));
	ATF_CHECK_EQ(0, demotion(2));
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(2).bulk);
	settled();
	end();
}

/*
 * The second asks in the middle, and joins: what was sent till then is sent
 * once more.  Who asked first is done with the first END, which is not that of
 * who joined, however close that was.
 */
static void
one_later(unsigned rate, unsigned after, unsigned first, unsigned second)
{
	unsigned ms;

	up(3, rate);
	resync(1);
	pass(after * CLOCK_MS);
	resync(2);
	ms = while_demoted(1, 20000);
	ATF_CHECK_MSG(ms >= first && ms < first + 100, "first: %u ms", ms);
	ms += while_demoted(2, 20000);
	ATF_CHECK_MSG(ms >= second && ms < second + 100, "second: %u ms", ms);
	pass(5 * CLOCK_S);
	ms = tape_messages(0, ANY_UPD);
	ATF_CHECK_MSG(ms >= STATES + rate * after / 1000 - 5 &&
		ms <= STATES + rate * after / 1000 + 20,
	    "%u states sent", ms);
	settled();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_07_two_requesters_one_later);
ATF_TC_BODY(e3_07_two_requesters_one_later, tc)
{
	one_later(250, 3000, 1000, 4000);
	one_later(500, 1200, 800, 2000);
	one_later(500, 5, 1995, 2000);
}

/* Three that have states ask each other. */
ATF_TC_WITHOUT_HEAD(e3_07_all_ask_each_other);
ATF_TC_BODY(e3_07_all_ask_each_other, tc)
{
	unsigned i;

	up(3, 0);
	for (i = 1; i < 3; i++) {
		struct psync_state st = fixture_state(STATES + i,
		    sim.host[i].config.hostid);

		ATF_REQUIRE_EQ(PFSYNC_OK, plant(i, &st));
	}
	for (i = 0; i < 3; i++)
		resync(i);
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(DEMOTION, demotion(i));
	pass(5 * CLOCK_S);
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ(0, demotion(i));
		ATF_CHECK_EQ(PSYNC_BULK_OK, status(i).bulk);
		ATF_CHECK_EQ(STATES + 2, sim_host_count(&sim.host[i]));
	}
	settled();
	end();
}

/* Is a full update waiting for the state of a connection? */
static bool
is_pending(uint64_t id)
{
	struct psync *sc = hk_psync(sim.host[0].hk);
	const struct psync_slice *s = psync_slice_of(sc, id);
	uint16_t e = psync_entry_find(s, psync_hash(id), id,
	    sim.host[0].config.hostid);

	return (e != PSYNC_NO_ENTRY && s->entries[e].kind == PSYNC_K_UPD);
}

/*
 * States come, change and go meanwhile: nothing is lost, nothing overtaken.
 * Each connection changes just when its state has been reached, and no more.
 */
ATF_TC_WITHOUT_HEAD(e3_07_changes_meanwhile);
ATF_TC_BODY(e3_07_changes_meanwhile, tc)
{
	struct talk old[50], new[50];
	struct psync_state *st;
	unsigned i, k, n = 0, changed = 0;
	uint64_t id[50] = { 0 };
	size_t states;

	up(2, 500);
	for (i = 0; i < 50; i++)
		talk_open(0, &old[i], (uint16_t)(1000 + i));
	wait_us(CLOCK_S);
	st = sim_host_states(&sim.host[0], &states);
	for (i = 0; i < states; i++) {
		k = (unsigned)(st[i].key[0].port[0] >> 8 |
			st[i].key[0].port[0] << 8) &
		    0xffff;
		if (k >= 1000 && k < 1050)
			id[k - 1000] = st[i].id;
	}
	sim_free(st);
	tape_begin();
	sim_host_crash(&sim.host[1]);
	sim_host_boot(&sim.host[1]);
	for (i = 0; i < 3000 && (i == 0 || status(0).sending_bulk); i++) {
		if (i % 20 == 0 && n < 50)
			talk_open(0, &new[n], (uint16_t)(2000 + n)), n++;
		if (i % 30 == 0 && n > 10)
			segment(0, &new[n - 10], true, RST, 0);
		for (k = 0; k < 50; k++)
			if (id[k] != 0 && is_pending(id[k])) {
				talk_there(0, &old[k], 100);
				id[k] = 0;
				changed++;
			}
		pass(CLOCK_MS);
	}
	ATF_CHECK_MSG(changed >= 40, "only %u were seen", changed);
	ATF_CHECK_EQ(50, n);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status(1).bulk);
	ATF_CHECK_EQ(0, demotion(1));
	/* All that were there all along were sent once. */
	each_was_sent(1);
	ATF_CHECK_EQ(STATES + 50 + 50, sim_host_count(&sim.host[0]));
	settled();
	end();
}

/* Nobody wants it any more: it ends all the same, and the next is whole. */
ATF_TC_WITHOUT_HEAD(e3_07_requester_dies);
ATF_TC_BODY(e3_07_requester_dies, tc)
{
	up(2, 500);
	resync(1);
	wait_us(500 * CLOCK_MS);
	sim_host_crash(&sim.host[1]);
	ATF_CHECK(status(0).sending_bulk);
	pass(3 * CLOCK_S);
	ATF_CHECK(!status(0).sending_bulk);
	ATF_CHECK_EQ(0, status(0).pending);
	each_was_sent(1);
	tape_begin();
	sim_host_boot(&sim.host[1]);
	pass(5 * CLOCK_S);
	each_was_sent(1);
	ATF_CHECK_EQ(0, demotion(1));
	settled();
	end();
}

/* Asking only when there is something to ask for. */
ATF_TC_WITHOUT_HEAD(e3_07_asked_for_when_the_path_changes);
ATF_TC_BODY(e3_07_asked_for_when_the_path_changes, tc)
{
	struct pfsync_drv_config rq;

	up(2, 0);
	rq = drv_config(PFSYNC_CONFIG_MAXUPD | PFSYNC_CONFIG_SYNCDEV |
	    PFSYNC_CONFIG_DEFER | PFSYNC_CONFIG_VERSION);
	rq.maxupd = 3;
	strcpy(rq.syncdev, "em1");
	configure(1, &rq);
	ATF_CHECK_EQ(0, sim_host_mtu(&sim.host[1], "pfsync0", 1400));
	ATF_CHECK_EQ(0, sim_host_updown(&sim.host[1], "pfsync0", true));
	pass(3 * CLOCK_S);
	ATF_CHECK_EQ(0, tape_messages(1, ONLY(UPD_REQ)));
	ATF_CHECK_EQ(0, demotion(1));

	ATF_CHECK_EQ(0, sim_host_updown(&sim.host[1], "pfsync0", false));
	ATF_CHECK_EQ(0, demotion(1));
	ATF_CHECK_EQ(0, sim_host_updown(&sim.host[1], "pfsync0", true));
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	pass(5 * CLOCK_S);
	ATF_CHECK_EQ(1, tape_messages(1, ONLY(UPD_REQ)));
	ATF_CHECK_EQ(STATES, sim_host_count(&sim.host[1]));
	ATF_CHECK_EQ(0, demotion(1));

	/* Unicast to the peer: another path. */
	rq = drv_config(PFSYNC_CONFIG_SYNCPEER);
	rq.syncpeer_af = PFSYNC_AF_INET;
	memcpy(rq.syncpeer, sim.host[0].port[EM_SYNC].link.addr, 4);
	configure(1, &rq);
	ATF_CHECK_EQ(DEMOTION, demotion(1));
	ATF_CHECK_EQ(2, tape_messages(1, ONLY(UPD_REQ)));
	memcpy(rq.syncpeer, sim.host[1].port[EM_SYNC].link.addr, 4);
	configure(0, &rq);
	ATF_CHECK_EQ(DEMOTION, demotion(0));
	pass(10 * CLOCK_S);
	ATF_CHECK_EQ(0, demotion(0));
	ATF_CHECK_EQ(0, demotion(1));
	settled();
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_07_more_than_a_packet);
	ATF_TP_ADD_TC(tp, e3_07_demotion_after_each_step);
	ATF_TP_ADD_TC(tp, e3_07_time_bound);
	ATF_TP_ADD_TC(tp, e3_07_two_requesters_at_once);
	ATF_TP_ADD_TC(tp, e3_07_two_requesters_one_later);
	ATF_TP_ADD_TC(tp, e3_07_all_ask_each_other);
	ATF_TP_ADD_TC(tp, e3_07_changes_meanwhile);
	ATF_TP_ADD_TC(tp, e3_07_requester_dies);
	ATF_TP_ADD_TC(tp, e3_07_asked_for_when_the_path_changes);
	return (atf_no_error());
}
