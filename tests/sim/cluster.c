/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What tests do to a cluster, and what they see of it.  See cluster.h.
 */

#include <stdio.h>
#include <string.h>

#include "tests/sim/cluster.h"

#define CLIENT_ADDR "10.1.1.2"
#define SERVER_ADDR "198.18.0.1"

struct sim sim;
struct sim_config config;

void
setup(unsigned nhosts, enum sim_routing routing)
{
	sim_config_default(&config);
	config.nhosts = nhosts;
	config.routing = routing;
	config.seed = 4711;
}

void
ask(unsigned nr, uint32_t set)
{
	config.host[nr].pfsync.set |= set;
}

void
begin(void)
{
	tape.lose = NULL;
	sim_open(&sim, &config, false);
	(void)sim_for(&sim, 5 * CLOCK_S);
	ok();
	tape_begin();
}

void
ok(void)
{
	ATF_REQUIRE_MSG(!sim.failed, "%s: %s", sim.checker, sim.why);
}

void
settled(void)
{
	unsigned i;

	(void)sim_quiet(&sim, 60 * CLOCK_S);
	for (i = 0; i < sim.nhosts; i++)
		sim_check_end(&sim.host[i]);
	sim_check_equal(&sim);
	ok();
}

void
end(void)
{
	sim_close(&sim);
	ok();
}

void
wait_us(uint64_t us)
{
	(void)sim_for(&sim, us);
	ok();
}

void
connections(unsigned first, unsigned last, unsigned percent)
{
	for (; first < last; first++) {
		sim_client_open(&sim, first);
		sim_client_limit(&sim, first, percent);
		(void)sim_for(&sim, CLOCK_MS);
	}
}

void
more(unsigned last, unsigned percent)
{
	unsigned i;

	for (i = 0; i < last; i++)
		sim_client_limit(&sim, i, percent);
	wait_us(CLOCK_S);
}

void
all_alive(unsigned last, unsigned percent)
{
	unsigned i, lost = 0;

	for (i = 0; i < last; i++)
		lost += flow_end(&sim.flows[i]) == FLOW_DEAD ||
		    flow_arrived(&sim.flows[i]) <
			flow_share(&sim.flows[i], percent);
	ATF_CHECK_EQ_MSG(0, lost, "%u of %u connections lost", lost, last);
}

void
alone(void)
{
	static const uint8_t everything[12];

	sim_host_crash(&sim.host[1]);
	/* Whoever asks for everything is not asked itself. */
	hear(0, 0, PFSYNC_ACT_UPD_REQ, 1, everything);
	wait_us(10 * CLOCK_S);
	tape_begin();
}

/*
 * The administrator
 */

struct pfsync_drv_config
drv_config(uint32_t set)
{
	return ((struct pfsync_drv_config) { .set = set });
}

void
configure(unsigned nr, const struct pfsync_drv_config *rq)
{
	sim_check_allow(&sim, 2);
	sim.host[nr].progress_at = sim.clock.now;
	ATF_REQUIRE_EQ(0, sim_host_set(&sim.host[nr], rq));
	sim_host_run(&sim.host[nr]);
}

void
resync(unsigned nr)
{
	const struct pfsync_drv_config rq = drv_config(PFSYNC_CONFIG_RESYNC);

	configure(nr, &rq);
}

void
resync_all(void)
{
	unsigned i;

	for (i = 0; i < sim.nhosts; i++) {
		resync(i);
		(void)sim_for(&sim, 2 * CLOCK_S);
	}
}

unsigned
kill_states(unsigned nr)
{
	struct sim_host *h = &sim.host[nr];
	const struct pf_kill all = { .src = rig_addr("0.0.0.0/0"),
		.dst = rig_addr("0.0.0.0/0") };
	struct fault *before = fault_enter(&h->fault);
	unsigned n = (unsigned)pf_states_kill(hk_pf(h->hk), &all);

	fault_leave(before);
	sim_host_run(h);
	return (n);
}

int
demotion(unsigned nr)
{
	return (hk_demotion(sim.host[nr].hk));
}

struct psync_status
status(unsigned nr)
{
	return (sim_host_status(&sim.host[nr]));
}

/*
 * Packets
 */

static void
arrive(unsigned nr, unsigned em, const uint8_t *pkt, size_t len)
{
	sim_port_arrive(&sim.host[nr].port[em], pkt, len);
	sim_host_run(&sim.host[nr]);
}

void
push(unsigned nr, unsigned em, const struct rig_packet *p)
{
	arrive(nr, em, p->b, p->len);
}

void
segment(unsigned nr, const struct talk *t, bool there, uint8_t flags,
    size_t len)
{
	const struct rig_tcp th = {
		.seq = there ? t->there : t->back,
		.ack = (flags & ACK) == 0 ? 0 :
		    there		  ? t->back :
					    t->there,
		.len = len,
		.win = 65000,
		.flags = flags,
		.wscale = -1,
	};
	struct rig_packet p;

	if (there)
		rig_tcp(&p, CLIENT_ADDR, t->port, SERVER_ADDR, 80, &th);
	else
		rig_tcp(&p, SERVER_ADDR, 80, CLIENT_ADDR, t->port, &th);
	push(nr, there ? EM_CLIENTS : EM_SERVERS, &p);
}

void
talk_open(unsigned nr, struct talk *t, uint16_t port)
{
	t->port = port;
	t->there = 1000U * port;
	t->back = 7777U * port;
	segment(nr, t, true, SYN, 0);
	t->there++;
	segment(nr, t, false, SYN | ACK, 0);
	t->back++;
	segment(nr, t, true, ACK, 0);
}

void
talk_there(unsigned nr, struct talk *t, size_t len)
{
	segment(nr, t, true, ACK | PSH, len);
	t->there += (uint32_t)len;
}

void
udp(unsigned nr, uint16_t port)
{
	struct rig_packet p;

	rig_udp(&p, CLIENT_ADDR, port, SERVER_ADDR, 53, 32);
	push(nr, EM_CLIENTS, &p);
}

void
hear_frame(unsigned nr, unsigned from, uint8_t ttl, const uint8_t *frame,
    size_t len)
{
	static uint8_t pkt[65536];
	struct rig_packet head;
	char src[32];

	ATF_REQUIRE(20 + len <= sizeof(pkt));
	snprintf(src, sizeof(src), "203.0.113.%u", 100 + from);
	rig_other(&head, src, "224.0.0.240", PFSYNC_IPPROTO, 0);
	memcpy(pkt, head.b, 20);
	memcpy(pkt + 20, frame, len);
	pkt[2] = (uint8_t)((20 + len) >> 8);
	pkt[3] = (uint8_t)(20 + len);
	pkt[8] = ttl;
	memcpy(head.b, pkt, 20);
	rig_sums_set(&head);
	memcpy(pkt + 10, head.b + 10, 2);
	arrive(nr, EM_SYNC, pkt, 20 + len);
}

void
hear(unsigned nr, unsigned from, uint8_t action, unsigned count,
    const void *messages)
{
	static struct frame f;

	frame_one(&f, pf_checksum(hk_pf(sim.host[nr].hk)), action, count,
	    messages);
	f.bytes[1] = PFSYNC_SPEAKS_1500;
	hear_frame(nr, from, PFSYNC_TTL, f.bytes, f.len);
}

/*
 * Tables
 */

enum pfsync_refusal
plant(unsigned nr, const struct psync_state *st)
{
	struct sim_host *h = &sim.host[nr];
	struct fault *before = fault_enter(&h->fault);
	enum pfsync_refusal why = pf_state_import(hk_pf(h->hk), st, false);

	fault_leave(before);
	return (why);
}

void
uproot(unsigned nr, const struct psync_state *st)
{
	struct sim_host *h = &sim.host[nr];
	struct fault *before = fault_enter(&h->fault);
	struct pf_state *local = pf_state_find(hk_pf(h->hk), st->id,
	    st->creatorid);

	if (local != NULL)
		pf_state_remove(hk_pf(h->hk), local, false);
	fault_leave(before);
}

void
fill(unsigned nr, unsigned first, unsigned last)
{
	struct psync_state st;

	for (; first < last; first++) {
		st = fixture_state(first, sim.host[nr].config.hostid);
		ATF_REQUIRE_EQ(PFSYNC_OK, plant(nr, &st));
	}
}

void
begin_filled(unsigned nhosts, unsigned rate, unsigned states)
{
	unsigned i;

	setup(nhosts, SIM_ONE_ACTIVE);
	config.rules = ONE_STATE;
	for (i = 0; i < nhosts && rate != 0; i++) {
		ask(i, PFSYNC_CONFIG_BULKRATE);
		config.host[i].pfsync.bulk_rate = rate;
	}
	begin();
	sim.net.jitter_us = 0;
	fill(0, 0, states);
}

bool
lookup(unsigned nr, uint64_t id, uint32_t creatorid, struct psync_state *st)
{
	struct pf *pf = hk_pf(sim.host[nr].hk);
	struct pf_state *local = pf_state_find(pf, id, creatorid);

	if (local != NULL)
		pf_state_export(pf, local, st);
	return (local != NULL);
}
