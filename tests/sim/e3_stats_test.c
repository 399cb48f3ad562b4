/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Statistics of both firewalls, every counter of them, over IPv4 and IPv6: what
 * a known scene must have added, action by action, and nothing else.
 */

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/sim/cluster.h"

#define RULES                                                             \
	"set timeout { udp.first 600, udp.single 600, udp.multiple 600, " \
	"tcp.first 600, tcp.opening 600 }\n"                              \
	"block all\npass in on em0\npass out on em2\n"

static struct pfsyncxstats want[2];
static bool inet6;

static void
check(const char *step)
{
	struct pfsyncxstats got;
	const uint64_t *g, *w;
	unsigned nr, i;

	for (nr = 0; nr < 2; nr++) {
		got = sim_host_stats(&sim.host[nr]);
		g = (const uint64_t *)(const void *)&got;
		w = (const uint64_t *)(const void *)&want[nr];
		for (i = 0; i < sizeof(got) / sizeof(*g); i++)
			ATF_CHECK_EQ_MSG(w[i], g[i],
			    "%s: fw%u: counter %u is %llu, not %llu", step, nr,
			    i, (unsigned long long)g[i],
			    (unsigned long long)w[i]);
	}
}

/* Messages that nr says, and the other hears unless they get lost. */
static void
says(unsigned nr, uint8_t action, unsigned n)
{
	want[nr].base.pfsyncs_oacts[action] += n;
	want[!nr].base.pfsyncs_iacts[action] += n;
}

static void
frames(unsigned nr, unsigned n)
{
	if (inet6) {
		want[nr].base.pfsyncs_opackets6 += n;
		want[!nr].base.pfsyncs_ipackets6 += n;
	} else {
		want[nr].base.pfsyncs_opackets += n;
		want[!nr].base.pfsyncs_ipackets += n;
	}
}

static void
packets(unsigned nr, unsigned n)
{
	says(nr, PFSYNC_ACT_EOF, n);
	frames(nr, n);
}

/* For everything: in each version, of which ours look at one. */
static void
requests(unsigned nr)
{
	says(nr, PFSYNC_ACT_UPD_REQ, 1);
	packets(nr, 1);
	want[nr].base.pfsyncs_oacts[PFSYNC_ACT_UPD_REQ] += 2;
	frames(nr, 2);
	want[!nr].repeated += 2;
}

static void
defer(bool on)
{
	struct pfsync_drv_config rq = drv_config(PFSYNC_CONFIG_DEFER);

	rq.defer = on;
	configure(0, &rq);
	wait_us(CLOCK_S);
	check("defer");
}

static void
open_both(void)
{
	unsigned i;

	setup(2, SIM_ONE_ACTIVE);
	config.slices = 1;
	config.rules = RULES;
	for (i = 0; i < 2 && inet6; i++) {
		ask(i, PFSYNC_CONFIG_SYNCPEER);
		config.host[i].pfsync.syncpeer_af = PFSYNC_AF_INET6;
		inet_pton(AF_INET6, "ff12::f0", config.host[i].pfsync.syncpeer);
	}
	begin();
	sim.net.jitter_us = 0;
	for (i = 0; i < 2; i++)
		want[i] = sim_host_stats(&sim.host[i]);
}

static void
scene(void)
{
	struct talk t[4];
	unsigned i;

	open_both();

	/* A connection is two states. */
	for (i = 0; i < 3; i++)
		udp(0, (uint16_t)(1000 + i));
	wait_us(CLOCK_S);
	says(0, PFSYNC_ACT_INS_1500, 6);
	packets(0, 2);
	check("inserts");

	for (i = 0; i < 2; i++) {
		talk_open(0, &t[i], (uint16_t)(2000 + i));
		wait_us(CLOCK_S);
	}
	says(0, PFSYNC_ACT_INS_1500, 4);
	packets(0, 2);
	want[0].coalesced += 8; /* SYN|ACK and ACK */
	check("connections");

	for (i = 0; i < 4; i++)
		talk_there(0, &t[i % 2], 1);
	wait_us(CLOCK_S);
	says(0, PFSYNC_ACT_UPD_C, 4);
	packets(0, 1);
	want[0].coalesced += 4;
	check("updates");

	resync(1);
	wait_us(CLOCK_S);
	requests(1);
	says(0, PFSYNC_ACT_BUS, 2);
	says(0, PFSYNC_ACT_UPD_1500, 10);
	packets(0, 2 + (inet6 ? 4 : 3)); /* a header takes the room of one */
	check("bulk");

	/* Two inserts get lost: asked for, and sent. */
	tape.lose = lose_inserts;
	talk_open(0, &t[2], 2002);
	wait_us(CLOCK_S);
	tape.lose = NULL;
	want[0].base.pfsyncs_oacts[PFSYNC_ACT_INS_1500] += 2;
	want[0].base.pfsyncs_oacts[PFSYNC_ACT_EOF]++;
	if (inet6)
		want[0].base.pfsyncs_opackets6++;
	else
		want[0].base.pfsyncs_opackets++;
	want[0].coalesced += 4;
	check("lost");
	talk_there(0, &t[2], 1);
	wait_us(CLOCK_S);
	says(0, PFSYNC_ACT_UPD_C, 2);
	says(1, PFSYNC_ACT_UPD_REQ, 2);
	says(0, PFSYNC_ACT_UPD_1500, 2);
	packets(0, 2);
	packets(1, 1);
	want[1].refused[PFSYNC_R_UNKNOWN] += 2;
	want[1].base.pfsyncs_badstate += 2;
	check("asked for");

	/* A first packet waits until both of its states are acknowledged. */
	defer(true);
	talk_open(0, &t[3], 2003);
	wait_us(CLOCK_S);
	says(0, PFSYNC_ACT_INS_1500, 2);
	says(1, PFSYNC_ACT_INS_ACK, 2);
	says(0, PFSYNC_ACT_UPD_C, 2);
	packets(0, 2);
	packets(1, 1);
	want[0].deferrals++;
	want[0].defer_acks++;
	want[0].coalesced += 2;
	check("deferred");
	defer(false);

	/* Not told at all, and told by one message. */
	udp(0, 1100);
	ATF_CHECK_EQ(16, sim_host_clear(&sim.host[0], ""));
	sim_host_run(&sim.host[0]);
	wait_us(CLOCK_S);
	says(0, PFSYNC_ACT_CLR, 1);
	packets(0, 1);
	check("clear");

	udp(0, 1200);
	wait_us(CLOCK_S);
	says(0, PFSYNC_ACT_INS_1500, 2);
	packets(0, 1);
	ATF_CHECK_EQ(2, kill_states(0));
	wait_us(CLOCK_S);
	says(0, PFSYNC_ACT_DEL_C, 2);
	packets(0, 1);
	check("deletes");

	/* Failures. */
	sim.host[0].port[EM_SYNC].failing = 2;
	udp(0, 1300);
	wait_us(CLOCK_S);
	says(0, PFSYNC_ACT_INS_1500, 2);
	packets(0, 1);
	want[0].base.pfsyncs_onomem += 2;
	want[0].retries += 2;
	check("failures");
	settled();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_10_statistics_ipv4);
ATF_TC_BODY(e3_10_statistics_ipv4, tc)
{
	inet6 = false;
	scene();
}

ATF_TC_WITHOUT_HEAD(e3_10_statistics_ipv6);
ATF_TC_BODY(e3_10_statistics_ipv6, tc)
{
	inet6 = true;
	scene();
}

/* Every action of version 5, heard three at a time. */
ATF_TC_WITHOUT_HEAD(e3_10_statistics_of_every_action_received);
ATF_TC_BODY(e3_10_statistics_of_every_action_received, tc)
{
	static const struct psync_layout *const layouts[PFSYNC_ACT_MAX] = {
		[PFSYNC_ACT_INS_1301] = &psync_layout_1301,
		[PFSYNC_ACT_UPD_1301] = &psync_layout_1301,
		[PFSYNC_ACT_DEL] = &psync_layout_1301,
		[PFSYNC_ACT_INS_1400] = &psync_layout_1400,
		[PFSYNC_ACT_UPD_1400] = &psync_layout_1400,
		[PFSYNC_ACT_INS_1500] = &psync_layout_1500,
		[PFSYNC_ACT_UPD_1500] = &psync_layout_1500,
	};
	uint8_t w[3 * PFSYNC_STATE_1500_LEN], action;
	struct pfsyncstats before, after;
	struct psync_state st;
	unsigned i, known = 0;
	size_t size;

	inet6 = false;
	open_both();
	alone();
	for (action = 0; action < PFSYNC_ACT_MAX; action++) {
		size = frame_size(action);
		if (size == 0)
			continue;
		known++;
		memset(w, 0, sizeof(w));
		for (i = 0; i < 3; i++) {
			st = fixture_state(100U * action + i, 0x77);
			if (layouts[action] != NULL)
				(void)psync_encode(layouts[action],
				    w + i * size, &st);
			else if (action == PFSYNC_ACT_UPD_C)
				fixture_upd_c(w + i * size, &st);
			else if (action == PFSYNC_ACT_BUS)
				fixture_bus(w + i * size, PFSYNC_BUS_END, 0);
			else if (action == PFSYNC_ACT_CLR)
				memcpy(w + i * size + 16, "\0\0\0\1", 4);
			else if (action == PFSYNC_ACT_TDB) {
				w[i * size + 2] = 1;  /* SPI */
				w[i * size + 4] = 16; /* sockaddr_in */
				w[i * size + 5] = 2;
				w[i * size + 44] = 50; /* ESP */
			} else
				fixture_key(w + i * size, st.id, st.creatorid);
		}
		before = sim_host_stats(&sim.host[0]).base;
		hear(0, 0, action, 3, w);
		after = sim_host_stats(&sim.host[0]).base;
		before.pfsyncs_ipackets++;
		before.pfsyncs_iacts[action] += 3;
		before.pfsyncs_iacts[PFSYNC_ACT_EOF]++;
		for (i = 0; i < PFSYNC_ACT_MAX; i++)
			ATF_CHECK_EQ_MSG(before.pfsyncs_iacts[i],
			    after.pfsyncs_iacts[i], "action %u counts as %u",
			    action, i);
		ATF_CHECK_EQ(before.pfsyncs_ipackets, after.pfsyncs_ipackets);
		ATF_CHECK_EQ(0, after.pfsyncs_ipackets6);
		ATF_CHECK_EQ_MSG(before.pfsyncs_badval, after.pfsyncs_badval,
		    "action %u", action);
	}
	ATF_CHECK_EQ(14, known);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_10_statistics_ipv4);
	ATF_TP_ADD_TC(tp, e3_10_statistics_ipv6);
	ATF_TP_ADD_TC(tp, e3_10_statistics_of_every_action_received);
	return (atf_no_error());
}
