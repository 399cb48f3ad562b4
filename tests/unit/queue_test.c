/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Changes waiting to be sent: how many packets they become, when, and in what
 * order.  Every expectation counts packets and bytes.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/wire.h"
#include "tests/lib/fixture.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define INS   13
#define UPD_C 4
#define DEL_C 7

/* Bytes of a frame of n messages of one kind. */
#define FRAME(n, size) (20 + 4 + (n) * (size) + 4)

static struct fakeos os;

static void
up(unsigned nslices, unsigned format, unsigned mtu, unsigned maxupd)
{
	const struct psync_config c = fixture_config(format, mtu, maxupd);

	fixture_up(&os, nslices, &c);
}

/* A state that peers know: here it is, and nothing waits to be sent. */
static struct fakeos_state *
known(unsigned n)
{
	struct psync_state st = fixture_state(n, os.hostid);
	struct fakeos_state *fs = fakeos_add(&os, &st);

	fs->told = (uint8_t)(st.src.state << 4 | st.dst.state);
	return (fs);
}

static void
advance(struct fakeos_state *fs)
{
	fs->st.src.seqlo++;
	fakeos_pf_change(&os, fs);
}

/*
 * Whoever takes over must not have fallen behind a window: so many changes of
 * step bytes each, on one side, make a packet.
 */
static void
strays_after(unsigned changes, uint16_t win, uint8_t wscale, bool dst,
    uint32_t step)
{
	struct fakeos_state *fs;
	struct psync_peer *side;
	unsigned i;

	up(1, 1400, 1500, 255);
	fs = known(1);
	fs->st.src.max_win = fs->st.dst.max_win = win;
	fs->st.src.wscale = fs->st.dst.wscale = wscale;
	side = dst ? &fs->st.dst : &fs->st.src;
	side->seqlo = 0xffffff00; /* it wraps on the way */
	for (i = 1; i <= changes; i++) {
		ATF_CHECK_EQ_MSG(0, os.nframes, "after %u of %u", i - 1,
		    changes);
		side->seqlo += step;
		fakeos_pf_change(&os, fs);
	}
	ATF_CHECK_EQ_MSG(1, os.nframes, "win %u wscale %u", win, wscale);
	ATF_CHECK_EQ(os.now, os.frame[0].at);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(strayed);
ATF_TC_BODY(strayed, tc)
{
	(void)tc;
	/* The first change is where it is measured from. */
	strays_after(34, 65535, 0x80, false, 1000); /* 33,000 > 32,767 */
	strays_after(34, 1024, 0x86, true, 1000);   /* half of 65,536 */
	strays_after(34, 65535, 0x8e, false, 1000); /* 32,768 at most */
	strays_after(4, 4000, 0, false, 1000);	    /* half of 4,000 */
	strays_after(4, 4000, 0, true, 1000);
	strays_after(3, 1, 0, false, 1000);	   /* a segment at least */
	strays_after(256 - 1, 65535, 0, false, 1); /* maxupd is sooner */
}

/*
 * maxupd changes of a state make one packet; 0 and 1 both mean none waits.
 */
ATF_TC_WITHOUT_HEAD(coalescing);
ATF_TC_BODY(coalescing, tc)
{
	static const unsigned maxupds[] = { 0, 1, 2, 3, 128, 255 };
	struct pfsyncxstats before, after;
	struct fakeos_state *fs;
	unsigned each, i, k;

	(void)tc;
	for (k = 0; k < NELEM(maxupds); k++) {
		up(1, 1400, 1500, maxupds[k]);
		each = maxupds[k] == 0 ? 1 : maxupds[k];
		fs = known(1);
		before = fixture_stats(&os);
		for (i = 1; i <= 3 * each; i++) {
			advance(fs);
			ATF_REQUIRE_EQ(i / each, os.nframes);
			ATF_REQUIRE_EQ(i % each != 0, fixture_pending(&os));
		}
		for (i = 0; i < 3; i++) {
			ATF_CHECK_EQ(FRAME(1, 84), os.frame[i].len);
			ATF_CHECK_EQ(1000 + (i + 1) * each,
			    psync_get32(fakeos_message(&os, UPD_C, i) + 8 + 8));
		}
		fakeos_run_until(&os, os.now + 10000);
		ATF_CHECK_EQ(3, os.nframes);
		after = fixture_stats(&os);
		ATF_CHECK_EQ(3 * (each - 1),
		    after.coalesced - before.coalesced);
		ATF_CHECK_EQ(3,
		    after.base.pfsyncs_opackets - before.base.pfsyncs_opackets);
		ATF_CHECK_EQ(3,
		    after.base.pfsyncs_oacts[UPD_C] -
			before.base.pfsyncs_oacts[UPD_C]);
		fixture_down(&os);
	}
}

/* Each state counts its own changes. */
ATF_TC_WITHOUT_HEAD(coalescing_two);
ATF_TC_BODY(coalescing_two, tc)
{
	struct fakeos_state *a, *b;
	unsigned i;

	(void)tc;
	up(1, 1400, 1500, 10);
	a = known(1);
	b = known(2);
	for (i = 0; i < 9; i++) {
		advance(a);
		advance(b);
	}
	ATF_CHECK_EQ(0, os.nframes);
	advance(b);
	ATF_CHECK_EQ(1, os.nframes);
	ATF_CHECK_EQ(FRAME(2, 84), os.frame[0].len);
	ATF_CHECK_EQ(2, fakeos_sent(&os, UPD_C));
	ATF_CHECK_EQ(0, fixture_pending(&os));
	fixture_down(&os);
}

/* Messages of one kind that fit a frame, worked out by hand. */
static const struct {
	unsigned format, mtu, af;
	unsigned full, upd_c, del_c;
} fits[] = {
	/* (mtu - 20 - 28) / size */
	{ 1301, 1500, 2, 6, 17, 121 },
	{ 1301, 9000, 2, 36, 106, 746 },
	{ 1301, 310, 2, 1, 3, 21 },
	{ 1400, 1500, 2, 5, 17, 121 },
	{ 1400, 9000, 2, 32, 106, 746 },
	{ 1400, 345, 2, 1, 3, 24 },
	{ 1400, 65535, 2, 236, 779, 5457 },
	/* (mtu - 40 - 28) / size */
	{ 1301, 1500, 28, 5, 17, 119 },
	{ 1301, 9000, 28, 36, 106, 744 },
	{ 1301, 310, 28, 1, 2, 20 },
	{ 1400, 1500, 28, 5, 17, 119 },
	{ 1400, 9000, 28, 32, 106, 744 },
	{ 1400, 345, 28, 1, 3, 23 },
};

static void
check_full(unsigned n, size_t size, uint8_t action)
{
	ATF_CHECK_EQ(1, os.nframes);
	ATF_CHECK_EQ_MSG(FRAME(n, size), os.frame[0].len,
	    "action %u, %u of them: %zu bytes", action, n, os.frame[0].len);
	ATF_CHECK_EQ(n, fakeos_sent(&os, action));
	ATF_CHECK_EQ(1, fixture_pending(&os));
	fakeos_run_until(&os, os.now + 1);
	ATF_CHECK_EQ(2, os.nframes);
	ATF_CHECK_EQ(FRAME(1, size), os.frame[1].len);
	ATF_CHECK_EQ(0, fixture_pending(&os));
	fakeos_forget(&os);
}

ATF_TC_WITHOUT_HEAD(full_frames);
ATF_TC_BODY(full_frames, tc)
{
	struct psync_config c;
	struct psync_state st;
	size_t i, size;
	unsigned n;

	(void)tc;
	for (i = 0; i < NELEM(fits); i++) {
		c = fixture_config(fits[i].format, fits[i].mtu, 255);
		if (fits[i].af == 28) {
			c.syncpeer_af = PSYNC_AF_INET6;
			memcpy(c.syncpeer, "\xff\x12", 2);
			c.syncpeer[15] = 0xf0;
		}
		size = fits[i].format == 1301 ? 242 : 277;
		fixture_up(&os, 1, &c);
		for (n = 0; n <= fits[i].full; n++) {
			ATF_CHECK_EQ(0, os.nframes);
			st = fixture_state(n, os.hostid);
			fakeos_pf_insert(&os, &st);
		}
		check_full(fits[i].full, size, size == 242 ? 1 : INS);
		for (n = 0; n <= fits[i].upd_c; n++) {
			ATF_CHECK_EQ(0, os.nframes);
			known(10000 + n)->told = PSYNC_TOLD_NOTHING;
			advance(fakeos_find(&os, fixture_state(10000 + n, 0).id,
			    os.hostid));
		}
		check_full(fits[i].upd_c, 84, UPD_C);
		for (n = 0; n <= fits[i].del_c; n++) {
			ATF_CHECK_EQ(0, os.nframes);
			fakeos_pf_remove(&os, known(20000 + n), false);
		}
		check_full(fits[i].del_c, 12, DEL_C);
		fixture_down(&os);
	}
}

/* A frame of all kinds: each has one subheader, and they share the room. */
ATF_TC_WITHOUT_HEAD(mixed_frame);
ATF_TC_BODY(mixed_frame, tc)
{
	struct psync_state st;
	unsigned n;

	(void)tc;
	up(1, 1400, 1500, 255);
	for (n = 0; n < 3; n++) {
		st = fixture_state(n, os.hostid);
		fakeos_pf_insert(&os, &st);
		advance(known(100 + n));
		fakeos_pf_remove(&os, known(200 + n), false);
	}
	ATF_CHECK_EQ(0, os.nframes);
	ATF_CHECK_EQ(9, fixture_pending(&os));
	psync_flush(os.sc);
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(20 + 3 * 4 + 3 * (277 + 84 + 12) + 4, os.frame[0].len);
	ATF_CHECK_EQ(3, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(3, fakeos_sent(&os, UPD_C));
	ATF_CHECK_EQ(3, fakeos_sent(&os, DEL_C));
	ATF_CHECK_EQ(PFSYNC_OK,
	    psync_frame_check(os.frame[0].bytes, os.frame[0].len));
	ATF_CHECK(memcmp(os.frame[0].bytes + 4, os.checksum, 16) == 0);
	fixture_down(&os);
}

/* The first message of a kind needs room for its subheader too. */
ATF_TC_WITHOUT_HEAD(subheader_counts);
ATF_TC_BODY(subheader_counts, tc)
{
	struct psync_state st;
	unsigned n;

	(void)tc;
	/* 5 * 277 + 20 + 2 * 4 and 12 a delete: 4 of them leave 15 bytes of
	 * 1480, and a fifth would leave 3. */
	up(1, 1400, 1500, 255);
	for (n = 0; n < 5; n++) {
		st = fixture_state(n, os.hostid);
		fakeos_pf_insert(&os, &st);
	}
	for (n = 0; n < 4; n++)
		fakeos_pf_remove(&os, known(200 + n), false);
	ATF_CHECK_EQ(0, os.nframes);
	st = fixture_state(99, FIXTURE_PEER);
	st.state_flags = PSYNC_STATE_ACK;
	{
		uint8_t w[277];

		/* an INS_ACK, the first of its kind: 16 bytes */
		psync_encode(&psync_layout_1400, w, &st);
		ATF_CHECK_EQ(PFSYNC_OK, fixture_receive(&os, 13, 1, w));
	}
	ATF_REQUIRE_EQ(2, os.nframes);
	ATF_CHECK_EQ(1480 - 15, os.frame[0].len);
	ATF_CHECK_EQ(FRAME(1, 12), os.frame[1].len);
	fixture_down(&os);
}

/* The clock is at now; the one frame must leave exactly ms later. */
static void
leaves_in(unsigned ms, uint8_t action)
{
	uint64_t begin = os.now;

	if (ms > 0) {
		ATF_CHECK_EQ(0, os.nframes);
		fakeos_run_until(&os, begin + ms - 1);
		ATF_CHECK_EQ(0, os.nframes);
		fakeos_run_until(&os, begin + ms);
	}
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(begin + ms, os.frame[0].at);
	ATF_CHECK_EQ(1, fakeos_sent(&os, action));
	fakeos_forget(&os);
	fakeos_run_until(&os, os.now + 5000);
	ATF_CHECK_EQ(0, os.nframes);
}

ATF_TC_WITHOUT_HEAD(deadlines);
ATF_TC_BODY(deadlines, tc)
{
	struct psync_state st;
	struct fakeos_state *fs;

	(void)tc;
	up(1, 1400, 1500, 128);
	st = fixture_state(1, os.hostid);
	fs = fakeos_pf_insert(&os, &st);
	leaves_in(1, INS);
	advance(fs); /* the first peers hear of its state */
	leaves_in(1, UPD_C);
	advance(fs);
	leaves_in(100, UPD_C);
	fs->st.dst.state = PSYNC_TCPS_FIN_WAIT_2;
	fakeos_pf_change(&os, fs);
	leaves_in(1, UPD_C);
	fs->st.src.state = PSYNC_TCPS_CLOSING;
	fakeos_pf_change(&os, fs);
	leaves_in(1, UPD_C);
	advance(fs);
	leaves_in(100, UPD_C);

	/* A peer had a packet of this connection just now, or long ago. */
	fs->peer_time = psync_now_s(os.sc);
	advance(fs);
	leaves_in(1, UPD_C);
	fs->peer_time = psync_now_s(os.sc);
	fs->st.dst.state = PSYNC_TCPS_TIME_WAIT;
	fakeos_pf_change(&os, fs);
	leaves_in(0, UPD_C);
	fs->peer_time = psync_now_s(os.sc) - 1;
	advance(fs);
	leaves_in(1, UPD_C);
	fs->peer_time = psync_now_s(os.sc) - 2;
	advance(fs);
	leaves_in(100, UPD_C);

	/* Many changes do not put the deadline off; an urgent one brings it
	 * nearer, for all. */
	advance(fs);
	fakeos_run_until(&os, os.now + 60);
	advance(fs);
	leaves_in(40, UPD_C);
	advance(fs);
	fakeos_run_until(&os, os.now + 50);
	ATF_CHECK_EQ(0, os.nframes);
	st = fixture_state(2, os.hostid);
	fakeos_pf_insert(&os, &st);
	fakeos_run_until(&os, os.now + 1);
	ATF_CHECK_EQ(1, os.nframes);
	ATF_CHECK_EQ(1, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(1, fakeos_sent(&os, UPD_C));
	fakeos_forget(&os);

	fakeos_pf_remove(&os, fs, false);
	leaves_in(1, DEL_C);
	fixture_down(&os);
}

/* A pf that keeps no byte for the engine: the timeout says what is urgent. */
ATF_TC_WITHOUT_HEAD(deadlines_untold);
ATF_TC_BODY(deadlines_untold, tc)
{
	struct psync_change c;
	struct psync_state st;

	(void)tc;
	up(1, 1400, 1500, 128);
	st = fixture_state(1, os.hostid);
	memset(&c, 0, sizeof(c));
	c.id = st.id;
	c.creatorid = st.creatorid;
	c.src = &st.src;
	c.dst = &st.dst;
	c.proto = 6;
	c.timeout = PSYNC_TM_TCP_ESTABLISHED;
	psync_update(os.sc, &c);
	leaves_in(100, UPD_C);
	c.timeout = PSYNC_TM_TCP_CLOSING;
	psync_update(os.sc, &c);
	leaves_in(1, UPD_C);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(collapse);
ATF_TC_BODY(collapse, tc)
{
	struct pfsyncxstats after, before;
	struct fakeos_state *fs;
	struct psync_state st;

	(void)tc;
	up(1, 1400, 1500, 128);
	before = fixture_stats(&os);

	/* made and gone: nobody hears of it */
	st = fixture_state(1, os.hostid);
	fs = fakeos_pf_insert(&os, &st);
	fakeos_pf_change(&os, fs);
	fakeos_pf_remove(&os, fs, false);
	ATF_CHECK_EQ(0, fixture_pending(&os));
	fakeos_run_until(&os, os.now + 5000);
	ATF_CHECK_EQ(0, os.attempts);
	after = fixture_stats(&os);
	ATF_CHECK_EQ(1, after.collapsed - before.collapsed);
	ATF_CHECK_EQ(1, after.coalesced - before.coalesced);
	ATF_CHECK_EQ(2, fixture_changed(&before, &after));

	/* made and changed: one insert, of the newest */
	st = fixture_state(2, os.hostid);
	fs = fakeos_pf_insert(&os, &st);
	fs->st.src.seqlo = 0x01020304;
	fs->st.dst.state = PSYNC_TCPS_FIN_WAIT_2;
	fs->st.timeout = PSYNC_TM_TCP_CLOSING;
	fakeos_pf_change(&os, fs);
	psync_flush(os.sc);
	ATF_CHECK_EQ(1, os.nframes);
	ATF_CHECK_EQ(FRAME(1, 277), os.frame[0].len);
	ATF_CHECK_EQ(0x01020304,
	    psync_get32(fakeos_message(&os, INS, 0) + 104));
	ATF_CHECK_EQ(9, fakeos_message(&os, INS, 0)[152]);
	ATF_CHECK_EQ(3, fakeos_message(&os, INS, 0)[239]);
	fakeos_forget(&os);

	/* changed and gone: one delete */
	advance(fs);
	fakeos_pf_remove(&os, fs, false);
	psync_flush(os.sc);
	ATF_CHECK_EQ(1, os.nframes);
	ATF_CHECK_EQ(FRAME(1, 12), os.frame[0].len);
	ATF_CHECK_EQ(1, fakeos_sent(&os, DEL_C));
	ATF_CHECK(memcmp(fakeos_message(&os, DEL_C, 0), &st.id, 8) == 0);
	ATF_CHECK(
	    memcmp(fakeos_message(&os, DEL_C, 0) + 8, &st.creatorid, 4) == 0);
	fakeos_forget(&os);

	/* gone and made again: the delete leaves first */
	fakeos_pf_remove(&os, known(3), false);
	st = fixture_state(3, os.hostid);
	fakeos_pf_insert(&os, &st);
	psync_flush(os.sc);
	ATF_REQUIRE_EQ(2, os.nframes);
	ATF_CHECK_EQ(1,
	    frame_messages(os.frame[0].bytes, os.frame[0].len, DEL_C));
	ATF_CHECK_EQ(1,
	    frame_messages(os.frame[1].bytes, os.frame[1].len, INS));
	fixture_down(&os);
}

/* Changes spread over slices, each state always to the same one. */
ATF_TC_WITHOUT_HEAD(slices);
ATF_TC_BODY(slices, tc)
{
	unsigned count[PSYNC_SLICES_MAX], frames, i, k;
	struct psync_state st;
	static const unsigned nslices[] = { 1, 2, 3, 16, 64 };

	(void)tc;
	for (k = 0; k < NELEM(nslices); k++) {
		up(nslices[k], 1400, 1500, 128);
		memset(count, 0, sizeof(count));
		for (i = 0; i < 6400; i++) {
			st = fixture_state(i, os.hostid);
			count[psync_slice_of(os.sc, st.id)->number]++;
			fakeos_pf_insert(&os, &st);
		}
		for (i = 0; i < nslices[k]; i++)
			ATF_CHECK_MSG(count[i] > 6400 / nslices[k] / 2 &&
				count[i] < 6400 / nslices[k] * 2,
			    "slice %u of %u has %u of 6400", i, nslices[k],
			    count[i]);
		psync_flush(os.sc);
		ATF_CHECK_EQ(6400, fakeos_sent(&os, INS));
		/* Full frames, and one the rest of each slice. */
		for (frames = i = 0; i < PSYNC_SLICES_MAX; i++)
			frames += (count[i] + 4) / 5;
		ATF_CHECK_EQ(frames, os.nframes);
		fixture_down(&os);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, strayed);
	ATF_TP_ADD_TC(tp, coalescing);
	ATF_TP_ADD_TC(tp, coalescing_two);
	ATF_TP_ADD_TC(tp, full_frames);
	ATF_TP_ADD_TC(tp, mixed_frame);
	ATF_TP_ADD_TC(tp, subheader_counts);
	ATF_TP_ADD_TC(tp, deadlines);
	ATF_TP_ADD_TC(tp, deadlines_untold);
	ATF_TP_ADD_TC(tp, collapse);
	ATF_TP_ADD_TC(tp, slices);
	return (atf_no_error());
}
