/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Views of a state that is here: what is newer is taken, what is stale is put
 * right, once.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/lib/receive.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct fakeos os;

static void
up(void)
{
	const struct psync_config c = fixture_config(1400, 1500, 128);

	fixture_up(&os, 4, &c);
}

/* All that travels is alike. */
static bool
same(const struct psync_state *a, const struct psync_state *b)
{
	uint8_t wa[277], wb[277];

	psync_encode(&psync_layout_1400, wa, a);
	psync_encode(&psync_layout_1400, wb, b);
	return (memcmp(wa, wb, sizeof(wa)) == 0);
}

/* Newer, equal or stale, by UPD_C, INS and UPD, on either side. */
static void
receive_view(unsigned how, const struct psync_state *st)
{
	static const uint8_t actions[] = { 13, 14, 1, 3 };

	if (how == 4)
		receive_upd_c(&os, st);
	else
		receive_full(&os, actions[how], st);
}

ATF_TC_WITHOUT_HEAD(newer);
ATF_TC_BODY(newer, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;
	unsigned how, side;

	(void)tc;
	for (how = 0; how < 5; how++)
		for (side = 0; side < 2; side++) {
			up();
			fs = receive_known(&os, 1);
			st = fs->st;
			(side ? &st.dst : &st.src)->state =
			    PSYNC_TCPS_FIN_WAIT_2;
			(side ? &st.dst : &st.src)->seqlo++;
			st.timeout = PSYNC_TM_TCP_CLOSING;
			receive_view(how, &st);
			ATF_CHECK(same(&fs->st, &st));
			ATF_CHECK_EQ(psync_now_s(os.sc), fs->peer_time);
			ATF_CHECK_EQ(PSYNC_TOLD_PEER, fs->told);
			ATF_CHECK_EQ(0,
			    fixture_stats(&os).refused[PFSYNC_R_STALE]);
			receive_quiet(&os);
			/* the same again: it lives, and that is all */
			receive_view(how, &st);
			ATF_CHECK_EQ(2, os.updates);
			ATF_CHECK(same(&fs->st, &st));
			receive_quiet(&os);
			fixture_down(&os);
		}
}

/*
 * A stale view of one side leaves that side alone and is answered once, by
 * ours; what is newer on the other side is taken.
 */
ATF_TC_WITHOUT_HEAD(stale);
ATF_TC_BODY(stale, tc)
{
	struct pfsyncxstats after, before;
	struct psync_state old, st;
	struct fakeos_state *fs;
	struct psync_peer *ahead, *behind;
	unsigned how, join, side;
	uint8_t want[84];

	(void)tc;
	for (how = 0; how < 5; how++)
		for (side = 0; side < 2; side++)
			for (join = 0; join < 2; join++) {
				up();
				fs = receive_known(&os, 1);
				old = st = fs->st;
				/* Ours, of which the peers were told. */
				fs->told = 0x44;
				behind = side ? &st.dst : &st.src;
				ahead = side ? &st.src : &st.dst;
				behind->seqlo -= 10;
				behind->max_win -= 1;
				if (join)
					ahead->seqhi += 7;
				before = fixture_stats(&os);
				receive_view(how, &st);
				after = fixture_stats(&os);
				if (join) {
					ahead = side ? &old.src : &old.dst;
					ahead->seqhi += 7;
				}
				ATF_CHECK(same(&fs->st, &old));
				ATF_CHECK(fs->told != PSYNC_TOLD_PEER);
				ATF_CHECK_EQ(join, os.updates);
				ATF_CHECK_EQ(1,
				    after.refused[PFSYNC_R_STALE] -
					before.refused[PFSYNC_R_STALE]);
				ATF_CHECK_EQ(1,
				    after.base.pfsyncs_stale -
					before.base.pfsyncs_stale);
				ATF_REQUIRE_EQ(1, os.nframes);
				ATF_CHECK_EQ(112, os.frame[0].len);
				fixture_upd_c(want, &old);
				ATF_CHECK(memcmp(fakeos_message(&os, 4, 0),
					      want, 84) == 0);
				fakeos_forget(&os);
				receive_quiet(&os);
				fixture_down(&os);
			}
}

/* The same stale view twice in one packet is one answer. */
ATF_TC_WITHOUT_HEAD(stale_twice);
ATF_TC_BODY(stale_twice, tc)
{
	struct psync_state st;
	uint8_t w[168];

	(void)tc;
	up();
	st = receive_known(&os, 1)->st;
	st.src.seqlo--;
	fixture_upd_c(w, &st);
	memcpy(w + 84, w, 84);
	ATF_CHECK_EQ(PFSYNC_OK, fixture_receive(&os, 4, 2, w));
	ATF_CHECK_EQ(2, fixture_stats(&os).refused[PFSYNC_R_STALE]);
	ATF_CHECK_EQ(1, fakeos_sent(&os, 4));
	fakeos_forget(&os);
	receive_quiet(&os);
	fixture_down(&os);
}

/* What has been put right is so again when it has moved on since. */
ATF_TC_WITHOUT_HEAD(stale_again);
ATF_TC_BODY(stale_again, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;
	struct psync_peer *p;
	unsigned field, side;

	(void)tc;
	for (side = 0; side < 2; side++)
		for (field = 0; field < 5; field++) {
			up();
			fs = receive_known(&os, 1);
			st = fs->st;
			st.src.seqlo -= 10;
			receive_upd_c(&os, &st);
			receive_upd_c(&os, &st);
			ATF_CHECK_EQ(1, fakeos_sent(&os, 4));
			p = side ? &fs->st.dst : &fs->st.src;
			p->seqlo += field == 0;
			p->seqhi += field == 1;
			p->max_win += field == 2;
			p->state += field == 3;
			receive_upd_c(&os, &st);
			ATF_CHECK_EQ(field == 4 ? 1 : 2, fakeos_sent(&os, 4));
			fixture_down(&os);
		}
}

/* A view that is behind may be the first to know how to scrub. */
ATF_TC_WITHOUT_HEAD(stale_scrub);
ATF_TC_BODY(stale_scrub, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;
	unsigned side;

	(void)tc;
	for (side = 0; side < 2; side++) {
		up();
		fs = receive_known(&os, 1);
		st = fs->st;
		st.src.seqlo -= 10;
		st.dst.seqlo -= 10;
		(side ? &st.dst : &st.src)->scrub = 1;
		receive_upd_c(&os, &st);
		ATF_CHECK_EQ(1, (side ? &fs->st.dst : &fs->st.src)->scrub);
		ATF_CHECK_EQ(1, os.updates);
		fixture_down(&os);
	}
}

/* Peers further than either knew get the timeout of that pair. */
ATF_TC_WITHOUT_HEAD(join_timeout);
ATF_TC_BODY(join_timeout, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;

	(void)tc;
	up();
	fs = receive_known(&os, 1);
	st = fs->st;
	fs->st.src.state = PSYNC_TCPS_TIME_WAIT;
	fs->st.timeout = PSYNC_TM_TCP_CLOSING;
	st.dst.state = PSYNC_TCPS_TIME_WAIT;
	st.timeout = PSYNC_TM_TCP_CLOSING;
	receive_upd_c(&os, &st);
	ATF_CHECK_EQ(PSYNC_TCPS_TIME_WAIT, fs->st.src.state);
	ATF_CHECK_EQ(PSYNC_TCPS_TIME_WAIT, fs->st.dst.state);
	ATF_CHECK_EQ(PSYNC_TM_TCP_CLOSED, fs->st.timeout);
	ATF_CHECK_EQ(PSYNC_TM_TCP_CLOSED, fakeos_message(&os, 4, 0)[80]);
	fixture_down(&os);
}

/* A peer state that the local state's protocol does not have. */
ATF_TC_WITHOUT_HEAD(wrong_protocol);
ATF_TC_BODY(wrong_protocol, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;
	uint64_t digest;
	unsigned side, v;

	(void)tc;
	up();
	fs = receive_known(&os, 1);
	fs->st.proto[0] = fs->st.proto[1] = 17;
	fs->st.src.state = fs->st.dst.state = 1;
	digest = fakeos_digest(&os);
	for (side = 0; side < 2; side++)
		for (v = 3; v <= 12; v++) {
			st = fs->st;
			(side ? &st.dst : &st.src)->state = (uint8_t)v;
			receive_upd_c(&os, &st);
			ATF_CHECK_EQ(digest, fakeos_digest(&os));
		}
	ATF_CHECK_EQ(20, fixture_stats(&os).refused[PFSYNC_R_PEER]);
	ATF_CHECK_EQ(20, fixture_stats(&os).base.pfsyncs_badval);
	receive_quiet(&os);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, newer);
	ATF_TP_ADD_TC(tp, stale);
	ATF_TP_ADD_TC(tp, stale_twice);
	ATF_TP_ADD_TC(tp, stale_again);
	ATF_TP_ADD_TC(tp, stale_scrub);
	ATF_TP_ADD_TC(tp, join_timeout);
	ATF_TP_ADD_TC(tp, wrong_protocol);
	return (atf_no_error());
}
