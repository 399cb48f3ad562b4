/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The two states of a forwarded packet, which waits for both; and who is no
 * mate of a state.
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/defer.h"
#include "tests/lib/defer_rig.h"

/*
 * A forwarded packet has made a state on its way in, too: the peer must have
 * both.  Its addresses may have been translated on the way out.
 */
ATF_TC_WITHOUT_HEAD(mate);
ATF_TC_BODY(mate, tc)
{
	struct psync_state in, out;
	unsigned n, slices;

	(void)tc;
	for (slices = 1; slices <= 8; slices += 7) {
		up(slices);
		ack(0, os.hostid);
		for (n = 0; n < 20; n++) {
			fakeos_forget(&os);
			os.nreleased = 0;
			in = fixture_state(2 * n, os.hostid);
			in.direction = PSYNC_DIR_IN;
			(void)fakeos_pf_insert(&os, &in);
			out = fixture_state(2 * n + 1, os.hostid);
			out.key[PSYNC_STACK].port[0] = in.key[0].port[1];
			out.key[PSYNC_STACK].port[1] = in.key[0].port[0];
			memcpy(out.key[PSYNC_STACK].addr[0], in.key[0].addr[1],
			    16);
			memcpy(out.key[PSYNC_STACK].addr[1], in.key[0].addr[0],
			    16);
			out.key[PSYNC_WIRE].port[0] = 7;
			ATF_REQUIRE(fakeos_pf_defer(&os,
			    fakeos_pf_insert(&os, &out), packet(n)));
			ATF_REQUIRE_EQ(2, fakeos_sent(&os, INS));
			ATF_CHECK(wants_ack(fakeos_message(&os, INS, 0)));
			ATF_CHECK(wants_ack(fakeos_message(&os, INS, 1)));
			ATF_CHECK_EQ(1, held());

			/* in either order; both again if nobody answers */
			ack(2 * n + n % 2, os.hostid);
			gone(0, 0);
			pass(5);
			ATF_CHECK_EQ(1, fakeos_sent(&os, UPD));
			ack(2 * n + 1 - n % 2, os.hostid);
			gone(1, 0);
			pass(100);
			gone(1, 0);
			ATF_CHECK_EQ(1, fakeos_sent(&os, UPD));
		}
		fixture_down(&os);
	}

	/* One of long ago is none. */
	up(1);
	in = fixture_state(1, os.hostid);
	in.direction = PSYNC_DIR_IN;
	(void)fakeos_pf_insert(&os, &in);
	ATF_REQUIRE(new_connection(2));
	ack(2, os.hostid);
	gone(1, 0);
	pass(101);
	out = fixture_state(3, os.hostid);
	out.key[PSYNC_STACK] = in.key[0];
	ATF_REQUIRE(
	    fakeos_pf_defer(&os, fakeos_pf_insert(&os, &out), packet(3)));
	ack(3, os.hostid);
	gone(2, 0);
	ATF_CHECK_EQ(0, held());
	fixture_down(&os);
}

static void
other_proto(struct psync_state *st)
{
	st->proto[PSYNC_WIRE] = st->proto[PSYNC_STACK] = 17;
}

static void
other_port(struct psync_state *st)
{
	st->key[PSYNC_STACK].port[0]++;
}

static void
other_peers_port(struct psync_state *st)
{
	st->key[PSYNC_STACK].port[1]++;
}

static void
other_address(struct psync_state *st)
{
	st->key[PSYNC_STACK].addr[0][0]++;
}

static void
other_peers_address(struct psync_state *st)
{
	st->key[PSYNC_STACK].addr[1][15]++;
}

static void
other_creator(struct psync_state *st)
{
	st->creatorid++;
}

static void (*const strangers[])(struct psync_state *) = { other_proto,
	other_port, other_peers_port, other_address, other_peers_address,
	other_creator };

/* Makes a state on its way in, and then holds a packet for another. */
static void
two(const struct psync_state *in, const struct psync_state *out)
{
	(void)fakeos_pf_insert(&os, in);
	os.nreleased = 0;
	ATF_REQUIRE(
	    fakeos_pf_defer(&os, fakeos_pf_insert(&os, out), packet(1)));
}

/* A packet does not wait for a state that differs in one thing. */
ATF_TC_WITHOUT_HEAD(stranger);
ATF_TC_BODY(stranger, tc)
{
	struct psync_state in, out;
	size_t i;

	(void)tc;
	for (i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		up(1);
		in = fixture_state(1, os.hostid);
		in.direction = PSYNC_DIR_IN;
		out = fixture_state(2, os.hostid);
		out.key[PSYNC_STACK] = in.key[PSYNC_STACK];
		strangers[i](&out);
		two(&in, &out);
		ack(2, out.creatorid);
		ATF_CHECK_EQ_MSG(1, os.nreleased, "stranger %zu", i);
		ATF_CHECK_EQ(0, held());
		fixture_down(&os);
	}
}

/* More connections than are remembered at a time: none is taken for another. */
ATF_TC_WITHOUT_HEAD(strangers_that_share_a_place);
ATF_TC_BODY(strangers_that_share_a_place, tc)
{
	struct psync_state in, out;
	unsigned n;

	(void)tc;
	up(1);
	for (n = 0; n < 10 * PSYNC_DEFER_RECENT; n++) {
		in = fixture_state(3 * n, os.hostid);
		in.direction = PSYNC_DIR_IN;
		out = fixture_state(3 * n + 1, os.hostid);
		two(&in, &out);
		ack(3 * n + 1, os.hostid);
		ATF_REQUIRE_EQ(1, os.nreleased);
	}
	ATF_CHECK_EQ(0, held());
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mate);
	ATF_TP_ADD_TC(tp, stranger);
	ATF_TP_ADD_TC(tp, strangers_that_share_a_place);
	return (atf_no_error());
}
