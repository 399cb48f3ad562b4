/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What waits to be sent and is of no use any more, because a peer has cleared
 * its states; and what has to go when there is no room.
 */

#include <atf-c.h>
#include <string.h>

#include "tests/lib/fixture.h"
#include "tests/lib/receive.h"

enum { CLR, INS = 13, UPD = 14, UPD_C = 4, REQ = 5, DEL_C = 7, BUS = 10 };

static struct fakeos os;

static void
up(unsigned nslices, unsigned mtu)
{
	const struct psync_config c = fixture_config(1400, mtu, 255);

	fixture_up(&os, nslices, &c);
}

static struct psync_state
state(unsigned n, const char *ifname)
{
	struct psync_state st = fixture_state(n, os.hostid);

	memset(st.ifname, 0, sizeof(st.ifname));
	strcpy(st.ifname, ifname);
	return (st);
}

static void
change(struct fakeos_state *fs)
{
	fs->st.src.seqlo++;
	fakeos_pf_change(&os, fs);
}

/*
 * Of n states each on two interfaces: inserts, updates, answers to a peer that
 * asked, which the link holds up.
 */
static void
make_pending(unsigned n, uint8_t action)
{
	static const char *const ifnames[] = { "em0", "em1" };
	struct psync_state st;
	unsigned i;

	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	for (i = 0; i < 2 * n; i++) {
		st = state(i, ifnames[i % 2]);
		if (action == INS)
			(void)fakeos_pf_insert(&os, &st);
		else if (action == UPD_C)
			change(fakeos_add(&os, &st));
		else {
			(void)fakeos_add(&os, &st);
			receive_key(&os, REQ, st.id, st.creatorid);
		}
	}
	ATF_REQUIRE_EQ(2 * n, fixture_pending(&os));
}

/*
 * They are gone at the peer: to tell of them would bring them back.  Which
 * interface an UPD_C is of nobody knows; it does no harm.
 */
ATF_TC_WITHOUT_HEAD(cleared_by_peer);
ATF_TC_BODY(cleared_by_peer, tc)
{
	static const uint8_t actions[] = { INS, UPD, UPD_C };
	unsigned i, k, nslices, n;
	uint8_t w[20];

	(void)tc;
	for (nslices = 1; nslices <= 4; nslices *= 4)
		for (i = 0; i < sizeof(actions); i++)
			for (k = 0; k < 3; k++) {
				up(nslices, 9000);
				make_pending(6, actions[i]);
				memset(w, 0, sizeof(w));
				if (k == 1)
					strcpy((char *)w, "em1");
				memcpy(w + 16, &os.hostid, 4);
				if (k == 2)
					w[16] ^= 1; /* somebody else's */
				ATF_REQUIRE_EQ(PFSYNC_OK,
				    fixture_receive(&os, CLR, 1, w));
				n = k == 2		? 12 :
				    k == 0		? 0 :
				    actions[i] == UPD_C ? 12 :
							  6;
				ATF_CHECK_EQ(n, fixture_pending(&os));
				fakeos_fail_output(&os, PSYNC_SENT, 0);
				fakeos_run_until(&os, os.now + 1000);
				ATF_CHECK_EQ(n, fakeos_sent(&os, actions[i]));
				fixture_down(&os);
			}
}

/* The n-th message of an action wants to wait; whether it does. */
static bool
fill(uint8_t action, unsigned n)
{
	const unsigned before = fixture_pending(&os);
	struct psync_state st = state(n, "em0");

	if (action == INS)
		(void)fakeos_pf_insert(&os, &st);
	else if (action == UPD_C)
		change(fakeos_add(&os, &st));
	else if (action == UPD) {
		(void)fakeos_add(&os, &st);
		receive_key(&os, REQ, st.id, st.creatorid);
	} else
		receive_upd_c(&os, &st);
	return (fixture_pending(&os) > before);
}

/*
 * A full frame that cannot leave: deletes drop what a transfer of the table
 * makes good, and that is counted and made good.
 */
ATF_TC_WITHOUT_HEAD(room_for_deletes);
ATF_TC_BODY(room_for_deletes, tc)
{
	static const uint8_t actions[] = { UPD_C, UPD, INS, REQ };
	struct psync_state st;
	unsigned fit, i, n;

	(void)tc;
	for (i = 0; i < sizeof(actions); i++) {
		up(1, 1500);
		fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
		for (fit = 0; fit < 200 && fill(actions[i], fit); fit++)
			continue;
		ATF_REQUIRE(fit > 0 && fit < 200);
		fixture_down(&os);

		up(1, 1500);
		fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
		for (n = 0; n < fit; n++)
			(void)fill(actions[i], n);
		ATF_CHECK_EQ(0, fixture_stats(&os).overflows);
		for (n = 1000; n < 1030; n++) {
			st = state(n, "em0");
			(void)fakeos_add(&os, &st);
			fakeos_pf_remove(&os,
			    fakeos_find(&os, st.id, st.creatorid), false);
		}
		ATF_CHECK(fixture_stats(&os).overflows > 0);
		fakeos_fail_output(&os, PSYNC_SENT, 0);
		fakeos_run_until(&os, os.now + 20000);
		ATF_CHECK_EQ(30, fakeos_sent(&os, DEL_C));
		ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
		fixture_down(&os);
	}
}

/*
 * An answer is longer than the update that waits, and has no room: both are
 * lost, and made good.
 */
ATF_TC_WITHOUT_HEAD(room_for_answer);
ATF_TC_BODY(room_for_answer, tc)
{
	struct psync_state st;
	unsigned fit, n;

	(void)tc;
	up(1, 1500);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	for (fit = 0; fit < 200 && fill(UPD_C, fit); fit++)
		continue;
	fixture_down(&os);

	up(1, 1500);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	for (n = 0; n < fit; n++)
		(void)fill(UPD_C, n);
	ATF_CHECK_EQ(0, fixture_stats(&os).overflows);
	st = state(0, "em0");
	receive_key(&os, REQ, st.id, st.creatorid);
	ATF_CHECK_EQ(fit - 1, fixture_pending(&os));
	ATF_CHECK_EQ(2, fixture_stats(&os).overflows);
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	fakeos_run_until(&os, os.now + 20000);
	ATF_CHECK_EQ(fit - 1, fakeos_sent(&os, UPD_C));
	ATF_CHECK_EQ(fit, fakeos_sent(&os, UPD));
	ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cleared_by_peer);
	ATF_TP_ADD_TC(tp, room_for_deletes);
	ATF_TP_ADD_TC(tp, room_for_answer);
	return (atf_no_error());
}
