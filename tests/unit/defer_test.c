/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * First packets that wait for INS_ACK: when they are held, what lets them go,
 * in which order, and that each goes once.  A packet is a number here.
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/defer.h"
#include "tests/lib/defer_rig.h"

ATF_TC_WITHOUT_HEAD(acked);
ATF_TC_BODY(acked, tc)
{
	(void)tc;
	up(4);
	ATF_REQUIRE(new_connection(1));
	/* The insert has left, alone with its request. */
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_REQUIRE_EQ(1, fakeos_sent(&os, INS));
	ATF_CHECK(wants_ack(fakeos_message(&os, INS, 0)));
	ATF_CHECK_EQ(1, held());
	gone(0, 0);

	ack(2, os.hostid);
	ack(1, FIXTURE_PEER);
	gone(0, 0);
	ack(1, os.hostid);
	gone(1, 0);
	ATF_CHECK_EQ(packet(1), os.released[0]);
	ATF_CHECK_EQ(0, held());
	ack(1, os.hostid);
	pass(1000);
	gone(1, 0);
	ATF_CHECK_EQ(1, fixture_stats(&os).deferrals);
	ATF_CHECK_EQ(1, fixture_stats(&os).defer_acks);
	ATF_CHECK_EQ(0, fixture_stats(&os).defer_timeouts);
	fixture_down(&os);
}

/* Nobody acknowledges, as version 3 cannot: it waits its time, no longer. */
ATF_TC_WITHOUT_HEAD(delay);
ATF_TC_BODY(delay, tc)
{
	static const unsigned delays[] = { 0, 1, 3, 20, 75, 1000 };
	unsigned i, ms;

	(void)tc;
	for (i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		up(2);
		defer_config.defer_delay = (uint16_t)delays[i];
		defer_configure();
		ms = delays[i] == 0 ? 20 : delays[i];
		ATF_REQUIRE(new_connection(1));
		pass(ms - 1);
		gone(0, 0);
		pass(1);
		gone(1, 0);
		ATF_CHECK_EQ(1, fixture_stats(&os).defer_timeouts);
		/* Who never answered is not told again and again. */
		ATF_CHECK_EQ(0, fakeos_sent(&os, UPD));
		fixture_down(&os);
	}
	up(1);
	defer_config.defer_delay = 1001;
	ATF_CHECK_EQ(PSYNC_ERR_VALUE, psync_configure(os.sc, &defer_config));
	fixture_down(&os);
}

/* An insert that may have been lost is sent again: then all of the state. */
ATF_TC_WITHOUT_HEAD(resent);
ATF_TC_BODY(resent, tc)
{
	(void)tc;
	up(1);
	ATF_REQUIRE(new_connection(1));
	ack(1, os.hostid);
	fakeos_forget(&os);

	ATF_REQUIRE(new_connection(2));
	pass(4);
	ATF_CHECK_EQ(0, fakeos_sent(&os, UPD));
	pass(1);
	ATF_REQUIRE_EQ(1, fakeos_sent(&os, UPD));
	ATF_CHECK(wants_ack(fakeos_message(&os, UPD, 0)));
	pass(10);
	ATF_CHECK_EQ(3, fakeos_sent(&os, UPD));
	gone(1, 0);
	pass(5);
	gone(2, 0);
	pass(1000);
	ATF_CHECK_EQ(3, fakeos_sent(&os, UPD));
	ATF_CHECK_EQ(1, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(3, fixture_stats(&os).defer_resends);
	fixture_down(&os);
}

/* The request leaves also where the insert had left before the packet came. */
ATF_TC_WITHOUT_HEAD(insert_left);
ATF_TC_BODY(insert_left, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;

	(void)tc;
	up(1);
	ATF_REQUIRE(new_connection(1));
	ack(1, os.hostid);
	fakeos_forget(&os);
	st = fixture_state(2, os.hostid);
	fs = fakeos_pf_insert(&os, &st);
	pass(1);
	ATF_REQUIRE_EQ(1, fakeos_sent(&os, INS));
	ATF_CHECK(!wants_ack(fakeos_message(&os, INS, 0)));
	ATF_REQUIRE(fakeos_pf_defer(&os, fs, packet(2)));
	pass(5);
	ATF_REQUIRE_EQ(1, fakeos_sent(&os, UPD));
	ATF_CHECK(wants_ack(fakeos_message(&os, UPD, 0)));
	ack(2, os.hostid);
	gone(2, 0);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(in_order);
ATF_TC_BODY(in_order, tc)
{
	unsigned times[50] = { 0 };
	unsigned i;

	(void)tc;
	up(1);
	for (i = 0; i < 50; i++) {
		ATF_REQUIRE(new_connection(i));
		pass(i % 3 == 0);
		if (i == 20) {
			/* one from the middle, the first and the last */
			ack(15, os.hostid);
			ack(8, os.hostid);
			ack(20, os.hostid);
		}
	}
	pass(100);
	gone(50, 0);
	for (i = 0; i < 50; i++)
		times[(uintptr_t)os.released[i] - 1]++;
	for (i = 0; i < 50; i++)
		ATF_CHECK_EQ(1, times[i]);
	/* But for the three, as they came. */
	for (i = 4; i < 50; i++)
		ATF_CHECK(os.released[i] > os.released[i - 1]);
	fixture_down(&os);
}

/* Only so many are held: the oldest goes first. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	const unsigned max = PSYNC_DEFER_HELD;
	unsigned i;

	(void)tc;
	up(1);
	for (i = 0; i < max; i++)
		ATF_REQUIRE(new_connection(i));
	ATF_CHECK_EQ(max, held());
	gone(0, 0);
	for (; i < max + PSYNC_DEFER_LEAVING; i++)
		ATF_REQUIRE(new_connection(i));
	/* No time has passed for the oldest to leave: no more are taken. */
	ATF_CHECK(!new_connection(i));
	ATF_CHECK_EQ(max, held());
	pass(0);
	gone(PSYNC_DEFER_LEAVING, 0);
	for (i = 0; i < PSYNC_DEFER_LEAVING; i++)
		ATF_CHECK_EQ(packet(i), os.released[i]);
	ATF_CHECK(new_connection(max + PSYNC_DEFER_LEAVING + 1));
	pass(0);
	gone(PSYNC_DEFER_LEAVING + 1, 0);
	pass(100);
	gone(max + PSYNC_DEFER_LEAVING + 1, 0);
	ATF_CHECK_EQ(PSYNC_DEFER_LEAVING + 1,
	    fixture_stats(&os).defer_overflows);
	fixture_down(&os);
}

/* Nobody is there, or has not been for long: nothing is held. */
ATF_TC_WITHOUT_HEAD(nobody);
ATF_TC_BODY(nobody, tc)
{
	unsigned i;

	(void)tc;
	defer_config = fixture_config(1400, 1500, 128);
	defer_config.defer = true;
	fakeos_init(&os);
	os.sc = psync_create(&fakeos_ops, &os, 1);
	ATF_REQUIRE(os.sc != NULL);
	defer_configure();
	ATF_CHECK(!new_connection(0));
	ack(0, os.hostid);
	for (i = 1; i <= PSYNC_DEFER_PATIENCE; i++) {
		pass(60000);
		ATF_CHECK(new_connection(i));
	}
	pass(60000);
	ATF_CHECK(!new_connection(i++));
	gone(PSYNC_DEFER_PATIENCE, 0);
	/* Whatever it says, it is there. */
	ack(0, os.hostid);
	ATF_CHECK(new_connection(i++));
	/* A new path, new peers. */
	defer_config.syncpeer_af = PSYNC_AF_INET;
	defer_config.syncpeer[0] = 192;
	defer_configure();
	ATF_CHECK(!new_connection(i));
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(not_wanted);
ATF_TC_BODY(not_wanted, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;

	(void)tc;
	up(1);
	st = fixture_state(1, os.hostid);
	st.state_flags = PSYNC_STATE_NOSYNC;
	fs = fakeos_pf_insert(&os, &st);
	ATF_CHECK(!fakeos_pf_defer(&os, fs, packet(1)));
	defer_config.defer = false;
	defer_configure();
	ATF_CHECK(!new_connection(2));
	defer_config.defer = true;
	defer_config.up = false;
	defer_configure();
	ATF_CHECK(!new_connection(3));
	defer_config.up = true;
	memset(defer_config.syncdev, 0, sizeof(defer_config.syncdev));
	defer_configure();
	ATF_CHECK(!new_connection(4));
	gone(0, 0);
	fixture_down(&os);
}

/* pf or a peer removes the state: its packet has nowhere to go. */
ATF_TC_WITHOUT_HEAD(removed);
ATF_TC_BODY(removed, tc)
{
	uint8_t clr[20] = { 0 }, w[12];
	struct psync_state st;
	unsigned i;

	(void)tc;
	up(2);
	for (i = 0; i < 5; i++)
		ATF_REQUIRE(new_connection(i));
	fakeos_pf_remove(&os, state(1), false);
	gone(0, 1);
	ATF_CHECK_EQ(packet(1), os.dropped[0]);

	st = fixture_state(3, os.hostid);
	fixture_key(w, st.id, st.creatorid);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, DEL_C, 1, w));
	gone(0, 2);
	ATF_CHECK_EQ(packet(3), os.dropped[1]);

	/* of one interface, where no state is; then all */
	memcpy(clr, "em9", 3);
	memcpy(clr + 16, &os.hostid, 4);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, 0, 1, clr));
	gone(0, 2);
	memcpy(clr, "em0", 3);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, 0, 1, clr));
	gone(0, 5);
	ATF_CHECK_EQ(0, held());

	/* pf clears its table. */
	ATF_REQUIRE(new_connection(7));
	fakeos_remove(&os, state(7));
	psync_clear(os.sc, os.hostid, "");
	gone(0, 6);
	pass(100);
	gone(0, 6);
	ATF_CHECK_EQ(6, fixture_stats(&os).defer_drops);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(down);
ATF_TC_BODY(down, tc)
{
	unsigned i;

	(void)tc;
	up(3);
	for (i = 0; i < 5; i++)
		ATF_REQUIRE(new_connection(i));
	defer_config.maxupd = 3;
	defer_configure();
	gone(0, 0);
	defer_config.defer_delay = 30;
	defer_configure();
	gone(5, 0);
	for (; i < 10; i++)
		ATF_REQUIRE(new_connection(i));
	defer_config.up = false;
	defer_configure();
	gone(10, 0);
	defer_config.up = true;
	defer_configure();
	ack(0, os.hostid);
	for (; i < 15; i++)
		ATF_REQUIRE(new_connection(i));
	defer_config.defer = false;
	defer_configure();
	gone(15, 0);
	defer_config.defer = true;
	defer_configure();
	for (; i < 20; i++)
		ATF_REQUIRE(new_connection(i));
	fixture_down(&os);
	gone(15, 5);
}

/* A stuck link keeps the insert, not the packet. */
ATF_TC_WITHOUT_HEAD(stuck_link);
ATF_TC_BODY(stuck_link, tc)
{
	(void)tc;
	up(1);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	ATF_REQUIRE(new_connection(1));
	pass(20);
	gone(1, 0);
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	pass(64);
	ATF_CHECK_EQ(1, fakeos_sent(&os, INS));
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	unsigned i;

	(void)tc;
	defer_config = fixture_config(1400, 1500, 128);
	fixture_up(&os, 3, &defer_config);
	defer_config.defer = true;
	for (i = 1; i <= 3; i++) {
		os.fail_alloc = os.allocs + 1;
		ATF_CHECK_EQ(PSYNC_ERR_NOMEM,
		    psync_configure(os.sc, &defer_config));
		ATF_CHECK(!new_connection(i));
		os.fail_alloc = os.allocs + 2;
		if (i < 3)
			ATF_CHECK_EQ(PSYNC_ERR_NOMEM,
			    psync_configure(os.sc, &defer_config));
	}
	os.fail_alloc = 0;
	defer_configure();
	ATF_CHECK(new_connection(i));
	fixture_down(&os);
	gone(0, 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, acked);
	ATF_TP_ADD_TC(tp, delay);
	ATF_TP_ADD_TC(tp, resent);
	ATF_TP_ADD_TC(tp, insert_left);
	ATF_TP_ADD_TC(tp, in_order);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, nobody);
	ATF_TP_ADD_TC(tp, not_wanted);
	ATF_TP_ADD_TC(tp, removed);
	ATF_TP_ADD_TC(tp, down);
	ATF_TP_ADD_TC(tp, stuck_link);
	ATF_TP_ADD_TC(tp, no_memory);
	return (atf_no_error());
}
