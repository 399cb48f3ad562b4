/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Many states, many a second, and ids that all fall into one place of every
 * hash that an outsider can know.
 */

#include <stdio.h>
#include <string.h>

#include "net/pfsync/engine.h"
#include "os/hosted/pf/pf_impl.h"
#include "tests/sim/cluster.h"

#define STATES	   1000000U
#define PER_SECOND 100000U
#define SECONDS	   3U
#define FIT	   4U /* states of a packet */

static struct sim_host *const h = &sim.host[0];

static unsigned
updates_sent(void)
{
	struct pfsyncxstats s = sim_host_stats(h);

	return ((unsigned)(s.base.pfsyncs_oacts[PFSYNC_ACT_UPD_1301] +
	    s.base.pfsyncs_oacts[PFSYNC_ACT_UPD_1400] +
	    s.base.pfsyncs_oacts[PFSYNC_ACT_UPD_1500]));
}

static void
open_pair(void)
{
	setup(2, SIM_ONE_ACTIVE);
	config.watch = false;
	config.rules = "set limit states 1200000\n"
		       "set skip on em2\n"
		       "set timeout { udp.first 600, udp.single 600 }\n"
		       "block all\npass in on em0\n";
	sim_open(&sim, &config, false);
	wait_us(5 * CLOCK_S);
}

/* The one number that undoes the multiplication of psync_hash(). */
static uint64_t
inverse(uint64_t odd)
{
	uint64_t x = odd;
	unsigned i;

	for (i = 0; i < 5; i++)
		x *= 2 - odd * x;
	return (x);
}

/* The n-th of all the ids that have the same psync_hash(). */
static uint64_t
crammed(uint64_t n)
{
	return (
	    PSYNC_BE64((0x4711ULL << 32 | n) * inverse(0x9e3779b97f4a7c15ULL)));
}

static void
cram(unsigned n)
{
	struct psync_state st = fixture_state(0, h->config.hostid);
	const uint32_t hash = psync_hash(crammed(0));
	unsigned i;

	for (i = 0; i < n; i++) {
		st.id = crammed(i);
		ATF_REQUIRE_EQ(hash, psync_hash(st.id));
		memcpy(st.key[0].addr[0] + 1, (uint8_t *)&i, 3);
		st.key[1] = st.key[0];
		ATF_REQUIRE_EQ(PFSYNC_OK, plant(0, &st));
	}
}

/* The longest of pf's chains by id: what a lookup costs at the most. */
static unsigned
longest_chain(unsigned nr)
{
	const struct pf *pf = hk_pf(sim.host[nr].hk);
	unsigned row, n, most = 0;
	uint32_t link;

	for (row = 0; row < PF_ROWS; row++) {
		link = pf->rows[PF_TAB_ID][row];
		for (n = 0; link != 0; n++)
			link = pf_slab_at(&pf->slab, link - 1)->next[PF_TAB_ID];
		if (n > most)
			most = n;
	}
	return (most);
}

/*
 * A million states go over to a firewall that has just come up, while
 * connections go on; each of them is sent once.  Their ids have been chosen to
 * be the same to the engine: one slice, one chain, one place in its tables.  To
 * pf they are as any, for its hash has a key.
 */
ATF_TC_WITHOUT_HEAD(e3_15_a_million_states_in_one_bucket);
ATF_TC_BODY(e3_15_a_million_states_in_one_bucket, tc)
{
	struct psync_status status;
	uint64_t frames;
	struct talk t[20];
	unsigned i, sent;

	open_pair();
	sim_host_crash(&sim.host[1]);
	wait_us(30 * CLOCK_S);
	for (i = 0; i < 20; i++)
		talk_open(0, &t[i], (uint16_t)(1000 + i));
	cram(STATES);
	ATF_CHECK_MSG(longest_chain(0) <= 30, "a chain of %u",
	    longest_chain(0));
	wait_us(CLOCK_S);
	frames = sim.net.sent;
	sent = updates_sent();
	sim_check_allow(&sim, 20);
	sim_host_boot(&sim.host[1]);
	for (i = 0; i < 1000; i++) {
		if (i % 100 == 0)
			sim_check_allow(&sim, 1);
		talk_there(0, &t[i % 20], 100);
		wait_us(10 * CLOCK_MS);
	}
	status = sim_host_status(&sim.host[1]);
	ATF_CHECK_EQ(PSYNC_BULK_OK, status.bulk);
	ATF_CHECK_EQ(0, hk_demotion(sim.host[1].hk));
	sent = updates_sent() - sent;
	frames = sim.net.sent - frames;
	printf("%u states sent in %u packets, %llu ms\n", sent,
	    (unsigned)frames, (unsigned long long)status.bulk_ms);
	/* Once each; those of connections may have been asked for, too. */
	ATF_CHECK_MSG(sent >= STATES + 20 && sent <= STATES + 60,
	    "%u states sent", sent);
	ATF_CHECK_MSG(frames >= STATES / FIT && frames <= STATES / FIT + 2000,
	    "%u packets", (unsigned)frames);
	ATF_CHECK_MSG(status.bulk_ms < 10000, "%llu ms",
	    (unsigned long long)status.bulk_ms);
	ATF_CHECK_EQ(STATES + 20, sim_host_count(h));
	ATF_CHECK_EQ(STATES + 20, sim_host_count(&sim.host[1]));
	for (i = 0, sent = 0; i < STATES; i++)
		sent += pf_state_find(hk_pf(sim.host[1].hk), crammed(i),
			    h->config.hostid) != NULL;
	ATF_CHECK_EQ(STATES, sent);
	ATF_CHECK_MSG(longest_chain(1) <= 30, "a chain of %u",
	    longest_chain(1));
	end();
}

/*
 * A hundred thousand new connections in every second: what waits is no more
 * than the frames hold, every packet is full but the last of a ms, nothing is
 * lost or asked for, and a ms later the peer has all of it.
 */
ATF_TC_WITHOUT_HEAD(e3_15_a_hundred_thousand_inserts_a_second);
ATF_TC_BODY(e3_15_a_hundred_thousand_inserts_a_second, tc)
{
	struct rig_packet p;
	uint64_t frames, most;
	unsigned ms, i, n = 0, pending, most_pending = 0;
	struct pfsyncxstats s;
	char src[20];

	open_pair();
	frames = sim.net.sent;
	for (ms = 0; ms < SECONDS * 1000; ms++) {
		for (i = 0; i < PER_SECOND / 1000; i++, n++) {
			snprintf(src, sizeof(src), "10.%u.%u.%u", n >> 16,
			    n >> 8 & 0xff, n & 0xff);
			rig_udp(&p, src, 1000, "198.18.0.1", 53, 32);
			sim_port_arrive(&h->port[EM_CLIENTS], p.b, p.len);
		}
		sim_host_run(h);
		pending = sim_host_status(h).pending;
		if (pending > most_pending)
			most_pending = pending;
		wait_us(CLOCK_MS);
	}
	ATF_REQUIRE_EQ(SECONDS * PER_SECOND, n);
	wait_us(2 * CLOCK_MS);
	ATF_CHECK_EQ(n, sim_host_count(h));
	ATF_CHECK_EQ(n, sim_host_count(&sim.host[1]));
	ATF_CHECK_MSG(most_pending <= config.slices * FIT, "%u messages waited",
	    most_pending);
	ATF_CHECK_EQ(0, sim_host_status(h).pending);
	frames = sim.net.sent - frames;
	most = n / FIT + SECONDS * 1000 * config.slices;
	printf("%u inserts in %u packets\n", n, (unsigned)frames);
	ATF_CHECK_MSG(frames >= n / FIT && frames <= most, "%u packets",
	    (unsigned)frames);
	s = sim_host_stats(h);
	ATF_CHECK_EQ(n, s.base.pfsyncs_oacts[PFSYNC_ACT_INS_1500]);
	ATF_CHECK_EQ(0, s.overflows);
	ATF_CHECK_EQ(0,
	    s.base.pfsyncs_iacts[PFSYNC_ACT_UPD_REQ] - 1 /* when it came up */);
	sim_check_equal(&sim);
	end();
}

/*
 * A table whose states are all in one bucket, as pf walks it, on a link that
 * takes ten packets and then none for a while.
 */
#define SKEWED 3000U

static struct fakeos os;
static unsigned visits;

static bool
walk_one_bucket(void *ctx, struct psync_cursor *cursor, unsigned max,
    psync_visit_fn *visit, void *arg)
{
	struct psync_cursor inner = { 0, 0 };

	(void)max;
	visits += SKEWED;
	if (cursor->a == 0)
		(void)fakeos_state_walk(ctx, &inner, UINT32_MAX, visit, arg);
	cursor->a = 1;
	return (false);
}

static void
request(uint8_t from)
{
	const uint8_t src[4] = { 192, 0, 2, from }, everything[12] = { 0 };

	ATF_REQUIRE_EQ(PFSYNC_OK,
	    fixture_receive_from(&os, src, PSYNC_AF_INET, PFSYNC_ACT_UPD_REQ, 1,
		everything));
}

static bool
is_sending(void)
{
	struct psync_status s;

	psync_status(os.sc, &s);
	return (s.sending_bulk);
}

/* One goes and one comes. */
static void
replace_one(unsigned i)
{
	struct psync_state st = fixture_state(SKEWED - 1 - i, os.hostid);

	fakeos_pf_remove(&os, fakeos_find(&os, st.id, st.creatorid), false);
	st = fixture_state(SKEWED + i, os.hostid);
	(void)fakeos_pf_insert(&os, &st);
}

/*
 * How often each of those states was sent that were there all along; joins:
 * another firewall asks in the middle of it.
 */
static void
skew(bool joins, unsigned changes, unsigned least, unsigned most)
{
	struct psync_config c = fixture_config(1400, 1500, 128);
	struct psync_os skewed = fakeos_ops;
	static unsigned times[2 * SKEWED];
	struct psync_state st;
	unsigned i, n, changed = 0, wrong = 0;

	memset(times, 0, sizeof(times));
	visits = 0;
	skewed.state_walk = walk_one_bucket;
	fakeos_init(&os);
	os.sc = psync_create(&skewed, &os, 2);
	ATF_REQUIRE(os.sc != NULL);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &c));
	for (i = 0; i < SKEWED; i++) {
		st = fixture_state(i, os.hostid);
		(void)fakeos_add(&os, &st);
	}
	request(1);
	for (i = 0; is_sending() && os.nframes < SKEWED; i++) {
		if (os.grace == 0 && os.outcomes == 0) {
			fakeos_fail_output(&os, PSYNC_NOBUFS, 1);
			os.grace = 10;
		}
		/* While there is room: else another transfer follows. */
		if (changed < changes && os.grace > 5 &&
		    os.sc->slices[0].retry_at == 0 &&
		    os.sc->slices[1].retry_at == 0)
			replace_one(changed++);
		if (joins && i == 50)
			request(2);
		fakeos_run_until(&os, os.now + 1);
	}
	ATF_CHECK(!is_sending());
	ATF_CHECK_MSG(changes == 0 || changed >= 20, "%u changes", changed);
	ATF_CHECK_EQ(0, fixture_stats(&os).overflows);
	n = fakeos_sent(&os, PFSYNC_ACT_UPD_1400);
	for (i = 0; i < n; i++) {
		(void)psync_decode(&psync_layout_1400,
		    fakeos_message(&os, PFSYNC_ACT_UPD_1400, i), &st);
		times[PSYNC_BE64(st.id) & 0xffff]++;
	}
	printf("%u states, %u sent, %u walks, %u ms\n", SKEWED, n,
	    visits / SKEWED, (unsigned)os.now);
	for (i = 0; i < SKEWED - changed; i++)
		wrong += times[i] < least || times[i] > most;
	for (; i < 2 * SKEWED; i++)
		wrong += times[i] > most;
	ATF_CHECK_EQ_MSG(0, wrong, "%u states were not sent %u to %u times",
	    wrong, least, most);
	/* A walk of the bucket for each few of them, and each time that the
	 * link is stuck two more. */
	ATF_CHECK_MSG(visits / SKEWED <=
		most * (SKEWED / PSYNC_BULK_DONE + 3 * SKEWED / (10 * 5) + 2),
	    "%u walks", visits / SKEWED);
	psync_destroy(os.sc);
	fakeos_fini(&os);
}

ATF_TC_WITHOUT_HEAD(e3_15_bucket_skew_on_a_slow_link);
ATF_TC_BODY(e3_15_bucket_skew_on_a_slow_link, tc)
{
	skew(false, 0, 1, 1);
	skew(false, 100, 1, 1);
	skew(true, 0, 1, 2);
	skew(true, 100, 1, 2);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_15_a_million_states_in_one_bucket);
	ATF_TP_ADD_TC(tp, e3_15_a_hundred_thousand_inserts_a_second);
	ATF_TP_ADD_TC(tp, e3_15_bucket_skew_on_a_slow_link);
	return (atf_no_error());
}
