/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The checkers themselves: each finds what it is there for.  Nothing is wrong
 * with the firewalls here; a state, a packet or a claim is put where a faulty
 * one would have left it.
 */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "os/hosted/hk_impl.h"
#include "os/hosted/pf/pf_impl.h"
#include "tests/sim/cluster.h"

#define STATES 400

static struct sim_host *const h = &sim.host[0];

static void
pair(unsigned rate, unsigned states)
{
	setup(2, SIM_ONE_ACTIVE);
	config.rules = ONE_STATE;
	config.jitter_us = 0; /* the less can go wrong, the more is checked */
	if (rate != 0) {
		ask(0, PFSYNC_CONFIG_BULKRATE);
		config.host[0].pfsync.bulk_rate = rate;
	}
	begin();
	fill(0, 0, states);
}

/* That one has found it, and no other before it. */
static void
found_by(const char *checker)
{
	ATF_CHECK_MSG(sim.failed, "%s has found nothing", checker);
	ATF_CHECK_STREQ(checker, sim.checker);
	sim_close(&sim);
}

/* START or END of a round, as if fw0 had sent it. */
static void
forge_bus(uint8_t status, uint8_t round)
{
	uint8_t w[12] = { [8] = status, [9] = round };

	memcpy(w, &h->config.hostid, 4);
	hear(1, (unsigned)h->port[EM_SYNC].link.addr[3] - 100, PFSYNC_ACT_BUS,
	    1, w);
}

/*
 * A firewall says that it has everything, and gets the rest later: when all is
 * quiet nothing is wrong any more.
 */
ATF_TC_WITHOUT_HEAD(synced);
ATF_TC_BODY(synced, tc)
{
	(void)tc;
	pair(200, STATES);
	resync(1);
	wait_us(CLOCK_S);
	forge_bus(PFSYNC_BUS_START, 200);
	forge_bus(PFSYNC_BUS_END, 200);
	found_by("synced");

	/* Nobody else sees it. */
	pair(200, STATES);
	sim.harm |= SIM_HARM_SHUFFLE;
	resync(1);
	wait_us(CLOCK_S);
	forge_bus(PFSYNC_BUS_START, 200);
	forge_bus(PFSYNC_BUS_END, 200);
	ATF_CHECK_EQ(0, demotion(1));
	ATF_CHECK(sim_host_count(&sim.host[1]) < STATES);
	sim.harm &= ~(unsigned)SIM_HARM_SHUFFLE;
	wait_us(5 * CLOCK_S);
	sim_check_promised(&sim);
	settled();
	end();
}

/* Both have all, and are quiet. */
static struct pf_state *
in_sync(unsigned n)
{
	struct pf_state *there;
	struct psync_state st;

	pair(0, STATES);
	resync(1);
	wait_us(3 * CLOCK_S);
	settled();
	st = fixture_state(n, h->config.hostid);
	there = pf_state_find(hk_pf(sim.host[1].hk), st.id, st.creatorid);
	ATF_REQUIRE(there != NULL);
	return (there);
}

static void
lose_one(void)
{
	struct psync_state st;

	(void)in_sync(7);
	st = fixture_state(7, h->config.hostid);
	uproot(1, &st);
}

ATF_TC_WITHOUT_HEAD(tables);
ATF_TC_BODY(tables, tc)
{
	(void)tc;
	lose_one();
	sim_check_equal(&sim);
	found_by("tables");
	/* One more than its peer has. */
	(void)in_sync(7);
	fill(1, STATES, STATES + 1);
	sim_check_equal(&sim);
	found_by("tables");
	in_sync(7)->dst.max_win++;
	sim_check_equal(&sim);
	found_by("tables");
}

ATF_TC_WITHOUT_HEAD(promise);
ATF_TC_BODY(promise, tc)
{
	(void)tc;
	lose_one();
	sim_check_promised(&sim);
	found_by("promise");
}

static void
goes_back(bool src, int seqlo, int win, int state)
{
	struct pf_state *st = in_sync(7);
	struct psync_peer *peer = src ? &st->src : &st->dst;

	sim_check_states(&sim.host[1]);
	ok();
	peer->seqlo += (uint32_t)seqlo;
	peer->max_win += (uint16_t)win;
	peer->state += (uint8_t)state;
	sim_check_states(&sim.host[1]);
}

ATF_TC_WITHOUT_HEAD(sequence);
ATF_TC_BODY(sequence, tc)
{
	unsigned src;

	(void)tc;
	for (src = 0; src < 2; src++) {
		goes_back(src, -1, 0, 0);
		found_by("sequence");
		goes_back(src, 0, -1, 0);
		found_by("sequence");
		goes_back(src, 0, 0, -1);
		found_by("sequence");
		goes_back(src, 1, 1, 1);
		ok();
		sim_close(&sim);
	}
}

/* fw0 sends a frame of its own accord. */
static void
sends(struct frame *f, size_t len)
{
	static uint8_t pkt[20 + sizeof(f->bytes)];

	pkt[0] = 0x45;
	memcpy(pkt + 20, f->bytes, f->len);
	sim_check_sent(h, pkt, 20 + len);
}

static void
sends_about(uint8_t action, const void *message)
{
	static struct frame f;

	(void)in_sync(7);
	frame_one(&f, pf_checksum(hk_pf(h->hk)), action, 1, message);
	sends(&f, f.len);
}

ATF_TC_WITHOUT_HEAD(rebroadcast);
ATF_TC_BODY(rebroadcast, tc)
{
	const struct psync_state st = fixture_state(7, PSYNC_BE32(0xa0));
	struct psync_change c = { .id = st.id, .creatorid = st.creatorid };
	uint8_t w[PFSYNC_STATE_1301_LEN];
	struct fault *before;

	(void)tc;
	(void)psync_encode(&psync_layout_1301, w, &st);
	sends_about(PFSYNC_ACT_INS_1301, w);
	found_by("rebroadcast");
	sends_about(PFSYNC_ACT_UPD_1301, w);
	found_by("rebroadcast");
	fixture_upd_c(w, &st);
	sends_about(PFSYNC_ACT_UPD_C, w);
	found_by("rebroadcast");
	fixture_key(w, st.id, st.creatorid);
	sends_about(PFSYNC_ACT_DEL_C, w);
	found_by("rebroadcast");
	sends_about(PFSYNC_ACT_UPD_REQ, w);
	found_by("rebroadcast");
	sends_about(PFSYNC_ACT_INS_ACK, w);
	found_by("rebroadcast");

	/* A hook is called while pf is not at work. */
	(void)in_sync(7);
	before = fault_enter(&h->fault);
	psync_delete(hk_psync(h->hk), &c, false);
	fault_leave(before);
	found_by("rebroadcast");
}

ATF_TC_WITHOUT_HEAD(frame);
ATF_TC_BODY(frame, tc)
{
	static const uint8_t clr[20] = { [16] = 1 };
	static struct frame f;

	(void)tc;
	(void)in_sync(7);
	frame_one(&f, pf_checksum(hk_pf(h->hk)), PFSYNC_ACT_CLR, 1, clr);
	sends(&f, f.len - 1);
	found_by("frame");
	(void)in_sync(7);
	f.bytes[0] = 4;
	sends(&f, f.len);
	found_by("frame");
	/* What follows EOF. */
	(void)in_sync(7);
	frame_one(&f, pf_checksum(hk_pf(h->hk)), PFSYNC_ACT_CLR, 1, clr);
	f.len += 4;
	frame_set_len(&f, f.len);
	sends(&f, f.len);
	found_by("frame");
}

ATF_TC_WITHOUT_HEAD(storm);
ATF_TC_BODY(storm, tc)
{
	static const uint8_t clr[20] = { [16] = 1 };
	static struct frame f;
	unsigned i;

	(void)tc;
	(void)in_sync(7);
	wait_us(5 * CLOCK_S);
	sim.allowed[0] = sim.allowed[1] = 0;
	frame_one(&f, pf_checksum(hk_pf(h->hk)), PFSYNC_ACT_CLR, 1, clr);
	for (i = 0; i < 200; i++)
		sends(&f, f.len);
	ok();
	(void)sim_for(&sim, 2 * CLOCK_S);
	found_by("storm");
}

ATF_TC_WITHOUT_HEAD(demotion_of_carp);
ATF_TC_BODY(demotion_of_carp, tc)
{
	(void)tc;
	(void)in_sync(7);
	h->hk->demotion = 480;
	sim_check_step(h);
	found_by("demotion");
	(void)in_sync(7);
	h->hk->demotion = -240;
	sim_check_step(h);
	found_by("demotion");
	/* Never given back. */
	(void)in_sync(7);
	h->hk->demotion = 240;
	sim_check_step(h);
	ok();
	sim.clock.now += 60 * CLOCK_S;
	sim_check_step(h);
	found_by("demotion");
	(void)in_sync(7);
	h->hk->demotion = 240;
	sim_check_end(h);
	found_by("demotion");
}

ATF_TC_WITHOUT_HEAD(quiet);
ATF_TC_BODY(quiet, tc)
{
	(void)tc;
	(void)in_sync(7);
	h->port[EM_SYNC].error = ENOBUFS;
	h->port[EM_SYNC].failing = UINT_MAX;
	udp(0, 1000);
	wait_us(CLOCK_S);
	sim_check_end(h);
	found_by("quiet");
}

ATF_TC_WITHOUT_HEAD(placement);
ATF_TC_BODY(placement, tc)
{
	struct psync_state st = fixture_state(STATES, PSYNC_BE32(0xa0));

	(void)tc;
	(void)in_sync(7);
	memset(st.ifname, 0, sizeof(st.ifname));
	strcpy(st.ifname, "xx0");
	ATF_CHECK(plant(1, &st) != PFSYNC_OK);
	found_by("placement");
}

ATF_TC_WITHOUT_HEAD(leak);
ATF_TC_BODY(leak, tc)
{
	struct fault *before;
	void *volatile p;

	(void)tc;
	(void)in_sync(7);
	before = fault_enter(&h->fault);
	p = malloc(16);
	fault_leave(before);
	ATF_REQUIRE(p != NULL);
	sim_host_crash(h);
	found_by("leak");
	before = fault_enter(&h->fault);
	free(p);
	fault_leave(before);
}

ATF_TC_WITHOUT_HEAD(stall);
ATF_TC_BODY(stall, tc)
{
	(void)tc;
	setup(2, SIM_ONE_ACTIVE);
	begin();
	/* Nobody forwards what they send. */
	sim_host_crash(&sim.host[0]);
	sim_host_crash(&sim.host[1]);
	connections(0, config.nflows, 50);
	wait_us(10 * CLOCK_S);
	sim_clients_check(&sim);
	found_by("stall");
}

ATF_TC_WITHOUT_HEAD(packet);
ATF_TC_BODY(packet, tc)
{
	struct rig_packet p;

	(void)tc;
	(void)in_sync(7);
	rig_udp(&p, "10.1.1.2", 1000, "198.18.0.1", 53, 32);
	sim_clients_receive(&sim, SERVER, p.b, p.len);
	wait_us(CLOCK_S);
	p.b[p.len - 1] ^= 1;
	sim_clients_receive(&sim, SERVER, p.b, p.len);
	(void)sim_for(&sim, CLOCK_S);
	found_by("packet");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, synced);
	ATF_TP_ADD_TC(tp, tables);
	ATF_TP_ADD_TC(tp, promise);
	ATF_TP_ADD_TC(tp, sequence);
	ATF_TP_ADD_TC(tp, rebroadcast);
	ATF_TP_ADD_TC(tp, frame);
	ATF_TP_ADD_TC(tp, storm);
	ATF_TP_ADD_TC(tp, demotion_of_carp);
	ATF_TP_ADD_TC(tp, quiet);
	ATF_TP_ADD_TC(tp, placement);
	ATF_TP_ADD_TC(tp, leak);
	ATF_TP_ADD_TC(tp, stall);
	ATF_TP_ADD_TC(tp, packet);
	return (atf_no_error());
}
