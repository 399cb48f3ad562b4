/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Races of deletes: with their own inserts, with whole-table transfers, with
 * packets that are held.
 */

#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/sim/cluster.h"

static void
pair(void)
{
	setup(2, SIM_ONE_ACTIVE);
	config.slices = 1;
	config.rules = ONE_STATE;
}

/* Opened and closed before anything has left: nothing ever does. */
ATF_TC_WITHOUT_HEAD(e3_04_insert_and_delete_collapse);
ATF_TC_BODY(e3_04_insert_and_delete_collapse, tc)
{
	struct talk t;

	pair();
	begin();
	udp(0, 1000);
	talk_open(0, &t, 2000);
	talk_there(0, &t, 10);
	ATF_CHECK_EQ(2, sim_host_count(&sim.host[0]));
	ATF_CHECK_EQ(2, sim_host_status(&sim.host[0]).pending);
	ATF_CHECK_EQ(2, kill_states(0));
	ATF_CHECK_EQ(0, sim_host_status(&sim.host[0]).pending);
	wait_us(3 * CLOCK_S);
	ATF_CHECK_EQ(0, tape.n);
	ATF_CHECK_EQ(2, sim_host_stats(&sim.host[0]).collapsed);
	end();
}

/* Once the insert has left the delete is told, and once. */
ATF_TC_WITHOUT_HEAD(e3_04_delete_of_what_was_told);
ATF_TC_BODY(e3_04_delete_of_what_was_told, tc)
{
	struct talk t;

	pair();
	begin();
	talk_open(0, &t, 2000);
	wait_us(10 * CLOCK_MS);
	ATF_CHECK_EQ(1, sim_host_count(&sim.host[1]));
	tape_begin();
	talk_there(0, &t, 10); /* an update waits; it leaves no more */
	ATF_CHECK_EQ(1, kill_states(0));
	wait_us(3 * CLOCK_S);
	ATF_CHECK_EQ(1, tape.n);
	ATF_CHECK_EQ(1, tape_messages(0, ONLY(DEL_C)));
	ATF_CHECK_EQ(0, tape_messages(0, ONLY(UPD_C)));
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[1]));
	end();
}

/* The insert is late: its state does not come to life again. */
ATF_TC_WITHOUT_HEAD(e3_04_delete_before_insert);
ATF_TC_BODY(e3_04_delete_before_insert, tc)
{
	static const uint64_t late[] = { 0, 500, 1500, 1999, 2000, 5000 };
	static const uint8_t actions[] = { PFSYNC_ACT_INS_1500,
		PFSYNC_ACT_UPD_1500 };
	uint8_t w[PFSYNC_STATE_1500_LEN], key[12];
	struct psync_state st;
	unsigned i, k, n = 0;
	bool expected;

	pair();
	begin();
	alone();
	for (i = 0; i < 6; i++)
		for (k = 0; k < 2; k++) {
			st = fixture_state(++n, 0x77);
			fixture_key(key, st.id, st.creatorid);
			(void)psync_encode(&psync_layout_1500, w, &st);
			hear(0, 0, PFSYNC_ACT_DEL_C, 1, key);
			wait_us(late[i] * CLOCK_MS);
			hear(0, 0, actions[k], 1, w);
			/* Later than any packet: it is a new one. */
			expected = late[i] >= 2000;
			ATF_CHECK_EQ_MSG(expected,
			    lookup(0, st.id, st.creatorid, &st),
			    "%u ms late, action %u", (unsigned)late[i],
			    actions[k]);
		}
	ATF_CHECK_EQ(8, sim_host_stats(&sim.host[0]).refused[PFSYNC_R_STALE]);
	ATF_CHECK_EQ(0, tape.n);
	end();
}

/* The same on the wire: frames of a firewall arrive the other way round. */
static struct tape_frame kept;

static bool
keep_insert(unsigned from, unsigned to, const struct tape_frame *f)
{
	if (from != 0 || to != 1 || !tape_has(f, ANY_INS))
		return (false);
	ATF_REQUIRE(kept.bytes == NULL);
	kept = *f;
	kept.bytes = sim_malloc(f->len - 20);
	memcpy(kept.bytes, f->bytes, f->len - 20);
	return (true);
}

ATF_TC_WITHOUT_HEAD(e3_04_frames_swapped);
ATF_TC_BODY(e3_04_frames_swapped, tc)
{
	unsigned i;

	pair();
	begin();
	tape.lose = keep_insert;
	for (i = 0; i < 4; i++)
		udp(0, (uint16_t)(1000 + i));
	wait_us(10 * CLOCK_MS);
	ATF_REQUIRE(kept.bytes != NULL);
	ATF_CHECK_EQ(4, tape_messages(0, ANY_INS));
	ATF_CHECK_EQ(4, kill_states(0));
	wait_us(10 * CLOCK_MS);
	ATF_CHECK_EQ(4, tape_messages(0, ONLY(DEL_C)));
	hear_frame(1, 0, PFSYNC_TTL, kept.bytes, kept.len - 20);
	sim_free(kept.bytes);
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[1]));
	wait_us(3 * CLOCK_S);
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[1]));
	settled();
	end();
}

/*
 * States that are deleted while the table is sent: those that were sent, those
 * that wait, those that were not reached yet.
 */
ATF_TC_WITHOUT_HEAD(e3_04_delete_during_bulk);
ATF_TC_BODY(e3_04_delete_during_bulk, tc)
{
	const uint32_t creatorid = PSYNC_BE32(0xa0);
	unsigned i, step, dead = 0;
	bool sent[2] = { false, false };
	struct psync_state st, there;
	const uint8_t *w;
	struct fault *before;

	pair();
	ask(0, PFSYNC_CONFIG_BULKRATE);
	config.host[0].pfsync.bulk_rate = 100;
	begin();
	fill(0, 0, 200);
	tape_begin();
	resync(1);
	for (step = 0; step < 40; step++) {
		wait_us(30 * CLOCK_MS);
		/* from both ends of the table */
		for (i = 0; i < 2; i++) {
			st = fixture_state(i == 0 ? step : 199 - step,
			    creatorid);
			sent[i] |= lookup(1, st.id, st.creatorid, &there);
			before = fault_enter(&sim.host[0].fault);
			sim.host[0].in_pf++;
			pf_state_remove(hk_pf(sim.host[0].hk),
			    pf_state_find(hk_pf(sim.host[0].hk), st.id,
				creatorid),
			    true);
			sim.host[0].in_pf--;
			fault_leave(before);
			sim_host_run(&sim.host[0]);
			dead++;
		}
	}
	ATF_CHECK(sim_host_status(&sim.host[0]).sending_bulk);
	ATF_CHECK_MSG(sent[0] && !sent[1], "not both sides of the cursor");
	wait_us(5 * CLOCK_S);
	ATF_CHECK(!sim_host_status(&sim.host[0]).sending_bulk);
	ATF_CHECK_EQ(PSYNC_BULK_OK, sim_host_status(&sim.host[1]).bulk);
	ATF_CHECK_EQ(200 - dead, sim_host_count(&sim.host[1]));
	settled();
	/* Nobody who was dead when the cursor came was told of. */
	for (i = 0; (w = tape_message(0, PFSYNC_ACT_UPD_1500, i)) != NULL;
	     i++) {
		(void)psync_decode(&psync_layout_1500, w, &st);
		ATF_CHECK((PSYNC_BE64(st.id) & 0xffff) < 160);
	}
	ATF_CHECK_MSG(i >= 120 && i <= 160, "%u states sent", i);
	end();
}

static void
deferring(void)
{
	pair();
	ask(0, PFSYNC_CONFIG_DEFER | PFSYNC_CONFIG_DELAY);
	config.host[0].pfsync.defer = 1;
	config.host[0].pfsync.defer_delay = 50;
	config.rules = "block all\npass in on em0\npass out on em2\n";
	begin();
	resync(0); /* somebody is heard */
	wait_us(100 * CLOCK_MS);
	tape_begin();
	tape.lose = lose_acks;
	sim_client_open(&sim, 0);
	wait_us(5 * CLOCK_MS);
	ATF_REQUIRE_EQ(1, sim_host_status(&sim.host[0]).deferred);
	ATF_REQUIRE_EQ(2, sim_host_count(&sim.host[1]));
}

static void
dropped(void)
{
	struct pfsyncxstats s = sim_host_stats(&sim.host[0]);

	ATF_CHECK_EQ(0, sim_host_status(&sim.host[0]).deferred);
	ATF_CHECK_EQ(1, s.deferrals);
	ATF_CHECK_EQ(1, s.defer_drops);
	ATF_CHECK_EQ(0, s.defer_acks + s.defer_timeouts + s.defer_overflows);
	wait_us(100 * CLOCK_MS);
	/* It never got to the server. */
	ATF_CHECK_EQ(0, sim.clients[0].first);
	ATF_CHECK_EQ(1, sim_host_stats(&sim.host[0]).defer_drops);
}

/* The packet that waits goes with its state, whoever removes it. */
ATF_TC_WITHOUT_HEAD(e3_04_delete_of_a_deferred_state);
ATF_TC_BODY(e3_04_delete_of_a_deferred_state, tc)
{
	deferring();
	ATF_CHECK_EQ(2, sim_host_kill(&sim.host[0], &sim.flows[0]));
	sim_host_run(&sim.host[0]);
	dropped();
	ATF_CHECK_EQ(2, tape_messages(0, ONLY(DEL_C)));
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[1]));
	end();
}

ATF_TC_WITHOUT_HEAD(e3_04_delete_of_a_deferred_state_by_a_peer);
ATF_TC_BODY(e3_04_delete_of_a_deferred_state_by_a_peer, tc)
{
	deferring();
	ATF_CHECK_EQ(2, sim_host_kill(&sim.host[1], &sim.flows[0]));
	sim_host_run(&sim.host[1]);
	wait_us(10 * CLOCK_MS);
	dropped();
	ATF_CHECK_EQ(2, tape_messages(1, ONLY(DEL_C)));
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[0]));
	end();
}

/*
 * Three that make states, remove each other's and send whole tables, on a wire
 * that swaps packets.  No delete gets lost: nothing comes back.
 */
ATF_TC_WITHOUT_HEAD(e3_04_delete_races);
ATF_TC_BODY(e3_04_delete_races, tc)
{
	unsigned i, round;

	setup(3, SIM_SYMMETRIC);
	config.rules = ONE_STATE;
	begin();
	for (round = 0; round < 40; round++) {
		sim.net.jitter_us = 4000;
		if (round % 4 == 3)
			resync(round % 3);
		for (i = 0; i < 12; i++) {
			udp(i % 3, (uint16_t)(1000 + 20 * round + i));
			wait_us(300);
		}
		(void)kill_states(round % 3);
		wait_us(50 * CLOCK_MS);
		sim_check_allow(&sim, 4);
		settled();
	}
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_04_insert_and_delete_collapse);
	ATF_TP_ADD_TC(tp, e3_04_delete_of_what_was_told);
	ATF_TP_ADD_TC(tp, e3_04_delete_before_insert);
	ATF_TP_ADD_TC(tp, e3_04_frames_swapped);
	ATF_TP_ADD_TC(tp, e3_04_delete_during_bulk);
	ATF_TP_ADD_TC(tp, e3_04_delete_of_a_deferred_state);
	ATF_TP_ADD_TC(tp, e3_04_delete_of_a_deferred_state_by_a_peer);
	ATF_TP_ADD_TC(tp, e3_04_delete_races);
	return (atf_no_error());
}
