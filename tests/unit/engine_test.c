/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The engine's life: configuration with changes pending, memory that fails at
 * every turn, what pf's hooks and a clear of states say.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/lib/fixture.h"
#include "tests/lib/same.h"

#define CLR   0
#define INS   13
#define REQ   5
#define DEL_C 7
#define BUS   10
#define UPD   14

static struct fakeos os;
static struct psync_config config;

static void
up(unsigned nslices)
{
	config = fixture_config(1400, 1500, 128);
	fixture_up(&os, nslices, &config);
}

static void
configure(void)
{
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
}

static void
insert(unsigned from, unsigned to)
{
	struct psync_state st;

	for (; from < to; from++) {
		st = fixture_state(from, os.hostid);
		fakeos_pf_insert(&os, &st);
	}
}

/*
 * Configuration
 */

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	static const struct {
		unsigned format, mtu, maxupd;
		enum psync_error error;
	} tries[] = {
		{ 1400, 345, 0, PSYNC_ERR_NONE },
		{ 1400, 344, 0, PSYNC_ERR_MTU },
		{ 1301, 310, 0, PSYNC_ERR_NONE },
		{ 1301, 309, 0, PSYNC_ERR_MTU },
		{ 1301, 0, 0, PSYNC_ERR_MTU },
		{ 1400, 65535, 255, PSYNC_ERR_NONE },
		{ 1400, 1500, 256, PSYNC_ERR_MAXUPD },
		{ 1400, 1500, 65535, PSYNC_ERR_MAXUPD },
		{ 1500, 428, 128, PSYNC_ERR_NONE },
		{ 1500, 427, 128, PSYNC_ERR_MTU },
		{ 1501, 1500, 128, PSYNC_ERR_FORMAT },
		{ 4, 1500, 128, PSYNC_ERR_FORMAT },
		{ 0, 427, 128, PSYNC_ERR_MTU },
		{ 0, 428, 128, PSYNC_ERR_NONE },
		{ 3, 427, 128, PSYNC_ERR_MTU },
		{ 3, 428, 128, PSYNC_ERR_NONE },
		{ 6, 428, 128, PSYNC_ERR_NONE },
	};
	struct psync_status before, s;
	unsigned i;

	(void)tc;
	ATF_CHECK_EQ(40 + 20 + 4 + 242 + 4, psync_mtu_min(1301));
	ATF_CHECK_EQ(40 + 20 + 4 + 277 + 4, psync_mtu_min(1400));
	ATF_CHECK_EQ(40 + 20 + 4 + 360 + 4, psync_mtu_min(1500));
	fakeos_init(&os);
	ATF_CHECK(psync_create(&fakeos_ops, &os, 0) == NULL);
	ATF_CHECK(psync_create(&fakeos_ops, &os, 65) == NULL);
	fakeos_fini(&os);

	up(2);
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		psync_status(os.sc, &before);
		config = fixture_config(tries[i].format, tries[i].mtu,
		    tries[i].maxupd);
		ATF_CHECK_EQ(tries[i].error, psync_configure(os.sc, &config));
		psync_status(os.sc, &s);
		ATF_CHECK(same_config(&s.config,
		    tries[i].error == PSYNC_ERR_NONE ? &config :
						       &before.config));
	}
	fixture_down(&os);
}

/* What is pending leaves in the old format, what comes then in the new. */
ATF_TC_WITHOUT_HEAD(changed_while_pending);
ATF_TC_BODY(changed_while_pending, tc)
{
	struct psync_state st = fixture_state(999, FIXTURE_PEER);
	uint8_t w[360];

	(void)tc;
	up(2);
	/* The peer is seen to understand every format. */
	psync_encode(&psync_layout_1500, w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, 16, 1, w));
	insert(0, 3);
	config.maxupd = 5;
	configure();
	ATF_CHECK_EQ(3, fixture_pending(&os));
	ATF_CHECK_EQ(0, os.nframes);
	config.format = 1301;
	configure();
	ATF_CHECK_EQ(3, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(0, fixture_pending(&os));
	insert(3, 5);
	psync_flush(os.sc);
	ATF_CHECK_EQ(2, fakeos_sent(&os, 1));
	config.mtu = 9000;
	insert(5, 7);
	configure();
	insert(100, 130);
	psync_flush(os.sc);
	ATF_CHECK_EQ(2 + 2 + 30, fakeos_sent(&os, 1));
	/* Nobody was asked for anything. */
	ATF_CHECK_EQ(0, fakeos_sent(&os, REQ));
	ATF_CHECK_EQ(0, fakeos_sent(&os, BUS));

	/* On a stuck link it cannot leave: it follows in the new one. */
	fakeos_forget(&os);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	insert(200, 203);
	config.format = 1400;
	configure();
	ATF_CHECK_EQ(3, fixture_pending(&os));
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	fakeos_run_until(&os, os.now + 1000);
	ATF_CHECK_EQ(0, fakeos_sent(&os, 1));
	ATF_CHECK_EQ(0, fakeos_sent(&os, BUS));
	ATF_CHECK_EQ(3, fakeos_sent(&os, INS));

	/* If the frame's size changes, it follows with all the rest. */
	fakeos_forget(&os);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	insert(203, 206);
	config.mtu = 1500;
	configure();
	ATF_CHECK_EQ(0, fixture_pending(&os));
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	fakeos_run_until(&os, os.now + 1000);
	ATF_CHECK_EQ(0, fakeos_sent(&os, 1));
	ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
	ATF_CHECK_EQ(os.nstates, fakeos_sent(&os, UPD));
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(down_drops_pending);
ATF_TC_BODY(down_drops_pending, tc)
{
	struct fakeos_state *fs;

	(void)tc;
	up(4);
	insert(0, 10);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	psync_clear(os.sc, os.hostid, "");
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	config.up = false;
	configure();
	ATF_CHECK_EQ(0, fixture_pending(&os));

	/* Nothing comes in while it is down, by any hook. */
	insert(10, 20);
	fs = fakeos_find(&os, fixture_state(1, 0).id, os.hostid);
	fakeos_pf_change(&os, fs);
	fakeos_pf_remove(&os, fs, false);
	psync_clear(os.sc, os.hostid, "");
	psync_flush(os.sc);
	ATF_CHECK_EQ(0, fixture_pending(&os));
	fakeos_forget(&os);
	fakeos_run_until(&os, os.now + 60000);
	ATF_CHECK_EQ(0, os.attempts);

	config.up = true;
	configure();
	ATF_CHECK_EQ(1, fakeos_sent(&os, REQ));
	ATF_CHECK_EQ(0, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(0, fakeos_sent(&os, CLR));

	/* What happened meanwhile the peers learn by a whole table, once. */
	fakeos_run_until(&os, os.now + 1000);
	ATF_CHECK_EQ(2, fakeos_sent(&os, BUS));
	ATF_CHECK_EQ(19, fakeos_sent(&os, UPD));
	config.syncpeer_af = PSYNC_AF_INET;
	config.syncpeer[0] = 192;
	configure();
	fakeos_run_until(&os, os.now + 1000);
	ATF_CHECK_EQ(2, fakeos_sent(&os, REQ));
	/* Somebody else is there now, who was told nothing. */
	ATF_CHECK_EQ(4, fakeos_sent(&os, BUS));
	ATF_CHECK_EQ(19 + 19, fakeos_sent(&os, UPD));
	fixture_down(&os);
}

/* A hook that runs on another processor while the slices are exchanged. */
static void
insert_meanwhile(struct fakeos *o)
{
	o->on_free = NULL;
	insert(1000, 1001);
}

ATF_TC_WITHOUT_HEAD(hook_meanwhile);
ATF_TC_BODY(hook_meanwhile, tc)
{
	(void)tc;
	up(2);
	config.mtu = 9000;
	os.on_free = insert_meanwhile;
	configure();
	ATF_CHECK(os.on_free == NULL);
	psync_flush(os.sc);
	ATF_CHECK_EQ(1, fakeos_sent(&os, INS));
	fixture_down(&os);
}

/* Memory fails at the n-th call, for every n, until none is asked for. */
ATF_TC_WITHOUT_HEAD(no_memory_to_create);
ATF_TC_BODY(no_memory_to_create, tc)
{
	unsigned n;

	(void)tc;
	for (n = 1;; n++) {
		fakeos_init(&os);
		os.fail_alloc = n;
		os.sc = psync_create(&fakeos_ops, &os, 4);
		if (os.sc != NULL)
			break;
		ATF_CHECK_EQ(n, os.allocs);
		fakeos_fini(&os);
	}
	/* the engine, its slices, and each slice's memory */
	ATF_CHECK_EQ(1 + 1 + 4 + 1, n);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(no_memory_to_configure);
ATF_TC_BODY(no_memory_to_configure, tc)
{
	const struct psync_config old = fixture_config(1400, 1500, 128);
	struct psync_status s;
	size_t live;
	unsigned n;

	(void)tc;
	up(4);
	insert(0, 2);
	live = os.live;
	config = fixture_config(1301, 9000, 1);
	memcpy(config.syncdev, "sync1", 6);
	for (n = 1;; n++) {
		os.fail_alloc = os.allocs + n;
		if (psync_configure(os.sc, &config) == PSYNC_ERR_NONE)
			break;
		ATF_CHECK_EQ(os.fail_alloc, os.allocs);
		ATF_CHECK_EQ(live, os.live);
		psync_status(os.sc, &s);
		ATF_CHECK(same_config(&s.config, &old));
		ATF_CHECK_EQ(2, s.pending);
		ATF_CHECK_EQ(0, os.attempts);
	}
	ATF_CHECK_EQ(1 + 4 + 1, n);
	/* Through all of that the old one worked: they left as 1400. */
	ATF_CHECK_EQ(2, fakeos_sent(&os, INS));
	fixture_down(&os);
}

/* Without a syncdev frames are shown to bpf, and nobody is asked. */
ATF_TC_WITHOUT_HEAD(no_syncdev);
ATF_TC_BODY(no_syncdev, tc)
{
	(void)tc;
	config = fixture_config(1400, 1500, 128);
	memset(config.syncdev, 0, sizeof(config.syncdev));
	fixture_up(&os, 1, &config);
	ATF_CHECK_EQ(0, os.demoted);
	insert(0, 2);
	fakeos_run_until(&os, os.now + 1);
	ATF_CHECK_EQ(2, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(0, fakeos_sent(&os, REQ));
	fixture_down(&os);
}

/*
 * Hooks
 */

/* A state of a peer that has run out, or was removed by hand. */
static void
gone(bool we_changed_it, bool by_itself)
{
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	struct fakeos_state *fs;

	fs = fakeos_add(&os, &st);
	fs->told = PSYNC_TOLD_PEER;
	if (we_changed_it)
		fakeos_pf_change(&os, fs);
	fakeos_run_until(&os, os.now + 5000);
	fakeos_forget(&os);
	fakeos_pf_remove(&os, fs, by_itself);
	fakeos_run_until(&os, os.now + 5000);
}

/* A state that ran out is announced unless a peer updated it last. */
ATF_TC_WITHOUT_HEAD(expired);
ATF_TC_BODY(expired, tc)
{
	(void)tc;
	up(1);
	gone(false, true);
	ATF_CHECK_EQ(0, os.attempts);
	gone(false, false);
	ATF_CHECK_EQ(1, fakeos_sent(&os, DEL_C));
	gone(true, true);
	ATF_CHECK_EQ(1, fakeos_sent(&os, DEL_C));
	gone(true, false);
	ATF_CHECK_EQ(1, fakeos_sent(&os, DEL_C));
	/* our own, of which nobody ever spoke but the insert */
	insert(1, 2);
	fakeos_run_until(&os, os.now + 5000);
	fakeos_forget(&os);
	fakeos_pf_remove(&os,
	    fakeos_find(&os, fixture_state(1, 0).id, os.hostid), true);
	fakeos_run_until(&os, os.now + 5000);
	ATF_CHECK_EQ(1, fakeos_sent(&os, DEL_C));
	fixture_down(&os);
}

/* The same where every change is sent by itself. */
ATF_TC_WITHOUT_HEAD(expired_maxupd);
ATF_TC_BODY(expired_maxupd, tc)
{
	unsigned maxupd;

	(void)tc;
	for (maxupd = 0; maxupd < 2; maxupd++) {
		config = fixture_config(1400, 1500, maxupd);
		fixture_up(&os, 1, &config);
		gone(false, true);
		ATF_CHECK_EQ(0, os.attempts);
		gone(true, true);
		ATF_CHECK_EQ(1, fakeos_sent(&os, DEL_C));
		fixture_down(&os);
	}
}

ATF_TC_WITHOUT_HEAD(clear);
ATF_TC_BODY(clear, tc)
{
	static const char em1[16] = "em1";
	const uint8_t *w;

	(void)tc;
	up(3);
	insert(0, 4);
	psync_clear(os.sc, os.hostid, "em1");
	ATF_CHECK_EQ(4, fakeos_sent(&os, INS));
	ATF_CHECK_EQ(48, os.frame[os.nframes - 1].len);
	w = fakeos_message(&os, CLR, 0);
	ATF_CHECK(memcmp(w, em1, 16) == 0);
	ATF_CHECK(memcmp(w + 16, &os.hostid, 4) == 0);

	/* A name that is too long is cut, and ends in NUL. */
	psync_clear(os.sc, os.hostid, "0123456789abcdefgh");
	w = fakeos_message(&os, CLR, 1);
	ATF_CHECK(memcmp(w, "0123456789abcde", 16) == 0);
	ATF_CHECK_EQ(2, fixture_stats(&os).base.pfsyncs_oacts[CLR]);
	fixture_down(&os);
}

/* Random work and a link that fails, but never long enough to lose anything:
 * whoever applies the frames in order has the same table in the end. */
ATF_TC_WITHOUT_HEAD(peer_follows);
ATF_TC_BODY(peer_follows, tc)
{
	struct fakeos_state *fs;
	struct psync_state st;
	struct fakeos peer;
	unsigned i, n, round;
	size_t f;

	(void)tc;
	for (round = 0; round < 30; round++) {
		srand(round);
		config = fixture_config(round % 2 ? 1400 : 1301, 1500,
		    (unsigned)rand() % 5);
		fixture_up(&os, round % 5 + 1, &config);
		fakeos_init(&peer);
		for (i = 0; i < 5000; i++) {
			n = (unsigned)rand() % 200;
			st = fixture_state(n, os.hostid);
			fs = fakeos_find(&os, st.id, st.creatorid);
			if (fs == NULL)
				fakeos_pf_insert(&os, &st);
			else if (rand() % 6 == 0)
				fakeos_pf_remove(&os, fs, false);
			else {
				fs->st.src.seqlo += 10;
				fs->st.dst.state = (uint8_t)(rand() % 11);
				fakeos_pf_change(&os, fs);
			}
			if (rand() % 20 == 0 && round % 3 != 0)
				fakeos_fail_output(&os, PSYNC_NOBUFS, 1);
			if (rand() % (round % 2 ? 3 : 40) == 0)
				fakeos_run_until(&os,
				    os.now + (unsigned)rand() % 8);
			if (os.outcomes == 0 && rand() % 10 == 0)
				psync_flush(os.sc);
		}
		fakeos_run_until(&os, os.now + 1000);
		ATF_CHECK_EQ(0, fixture_pending(&os));
		n = 0;
		for (f = 0; f < os.nframes; f++) {
			n += fixture_apply(&peer, os.frame[f].bytes,
			    os.frame[f].len);
			ATF_CHECK(os.frame[f].len <= 1480);
		}
		if (fixture_stats(&os).overflows == 0) {
			ATF_CHECK_EQ_MSG(0, n, "round %u: %u unknown", round,
			    n);
			ATF_CHECK_MSG(fixture_alike(&os, &peer), "round %u",
			    round);
		}
		ATF_CHECK(round % 3 != 0 || fixture_stats(&os).overflows == 0);
		fakeos_fini(&peer);
		fixture_down(&os);
	}
}

/* Peers are alive while heard within 10 s; good packets count. */
ATF_TC_WITHOUT_HEAD(peers);
ATF_TC_BODY(peers, tc)
{
	uint8_t key[12], src[16] = { 192, 0, 2 };
	struct psync_status s;
	unsigned i;

	(void)tc;
	up(1);
	fakeos_run_until(&os, os.now + 20000);
	psync_status(os.sc, &s);
	ATF_CHECK_EQ(0, s.npeers);
	fixture_key(key, 1, 1);
	for (i = 1; i <= 3; i++) {
		src[3] = (uint8_t)i;
		fixture_receive_from(&os, src, PSYNC_AF_INET, 2, 1, key);
		fixture_receive_from(&os, src, PSYNC_AF_INET6, 2, 1, key);
		fixture_receive_from(&os, src, PSYNC_AF_INET, 2, 1, key);
	}
	psync_status(os.sc, &s);
	ATF_CHECK_EQ(6, s.npeers);
	fakeos_run_until(&os, os.now + 9999);
	fixture_receive_from(&os, src, PSYNC_AF_INET, 2, 1, key);
	fixture_key(key, 0, 0);
	src[3] = 9;
	fixture_receive_from(&os, src, PSYNC_AF_INET, 2, 1, key);
	fakeos_run_until(&os, os.now + 1);
	psync_status(os.sc, &s);
	ATF_CHECK_EQ(1, s.npeers);
	/* Forged addresses cost no memory: the table has an end. */
	fixture_key(key, 1, 1);
	for (i = 0; i < 256; i++) {
		src[2] = (uint8_t)i;
		fixture_receive_from(&os, src, PSYNC_AF_INET, 2, 1, key);
	}
	psync_status(os.sc, &s);
	ATF_CHECK(s.npeers > 0 && s.npeers < 256);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, changed_while_pending);
	ATF_TP_ADD_TC(tp, down_drops_pending);
	ATF_TP_ADD_TC(tp, hook_meanwhile);
	ATF_TP_ADD_TC(tp, no_memory_to_create);
	ATF_TP_ADD_TC(tp, no_memory_to_configure);
	ATF_TP_ADD_TC(tp, no_syncdev);
	ATF_TP_ADD_TC(tp, expired);
	ATF_TP_ADD_TC(tp, expired_maxupd);
	ATF_TP_ADD_TC(tp, clear);
	ATF_TP_ADD_TC(tp, peer_follows);
	ATF_TP_ADD_TC(tp, peers);
	return (atf_no_error());
}
