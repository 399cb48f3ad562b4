/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How long a state has to live: what is told, what is taken from it, and that
 * adaptive timeouts take no state from a firewall that gets the table at once.
 */

#include <atf-c.h>

#include "net/pfsync/lifetime.h"
#include "tests/lib/pf_rig.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* A state of 60 s: told by one, taken by another. */
static const struct {
	uint32_t idle, age;
	uint32_t left;
} told[] = {
	{ 0, 0, 60 },
	{ 1, 100, 59 },
	{ 59, 59, 1 },
	{ 60, 100, 0 },
	{ UINT32_MAX, UINT32_MAX, 0 },
};

ATF_TC_WITHOUT_HEAD(left_is_told);
ATF_TC_BODY(left_is_told, tc)
{
	size_t i;

	for (i = 0; i < NELEM(told); i++) {
		ATF_CHECK_EQ(told[i].left, psync_left(60, told[i].idle));
		if (told[i].left != 0)
			ATF_CHECK_EQ(told[i].idle,
			    psync_idle(60, told[i].left, told[i].age));
	}
	/* Unknown, or more than there is: all of it. */
	ATF_CHECK_EQ(0, psync_idle(60, 0, 100));
	ATF_CHECK_EQ(0, psync_idle(60, 60, 100));
	ATF_CHECK_EQ(0, psync_idle(60, UINT32_MAX, 100));
	ATF_CHECK_EQ(0, psync_idle(0, 1, 100));
	/* What a peer has shrunk says no more than the age. */
	ATF_CHECK_EQ(7, psync_idle(60, 20, 7));
	ATF_CHECK_EQ(0, psync_idle(60, 20, 0));
}

static struct rig owner, peer;

static void
import_visit(void *arg, struct pf_state *st)
{
	struct psync_state ps;

	(void)arg;
	pf_state_export(owner.pf, st, &ps);
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(peer.pf, &ps, true));
}

static void
same_visit(void *arg, struct pf_state *st)
{
	struct psync_state ps;
	uint32_t left = pf_state_left(owner.pf, st);

	(void)arg;
	pf_state_export(owner.pf, st, &ps);
	ATF_REQUIRE_EQ(left,
	    pf_state_left(peer.pf,
		pf_state_find(peer.pf, ps.id, ps.creatorid)));
	ATF_CHECK(left < 30);
}

/* 900 states where timeouts shrink from 600 on: by half. */
ATF_TC_WITHOUT_HEAD(adaptive_bulk);
ATF_TC_BODY(adaptive_bulk, tc)
{
	struct psync_state ps;
	uint64_t row = 0;
	uint32_t i;

	rig_open(&owner, NULL, 0);
	rig_open(&peer, NULL, 0);
	rig_limit(&owner, 1000);
	rig_limit(&peer, 1000);
	for (i = 0; i < 900; i++) {
		ps = rig_numbered(i, 1);
		ps.creation = 1000; /* seconds; they have been idle for few */
		owner.now += 25;
		ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(owner.pf, &ps, true));
	}
	owner.now += 3000;
	peer.now = owner.now;
	pf_states_walk(owner.pf, &row, 1000, import_visit, NULL);
	ATF_CHECK_EQ(900, rig_count(&peer));
	row = 0;
	pf_states_walk(owner.pf, &row, 1000, same_visit, NULL);
	for (i = 0; i < 100; i++) {
		peer.now += 10;
		pf_purge(peer.pf);
	}
	ATF_CHECK_EQ(900, rig_count(&peer));
	rig_close(&owner);
	rig_close(&peer);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, left_is_told);
	ATF_TP_ADD_TC(tp, adaptive_bulk);
	return (atf_no_error());
}
