/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * CLR: exactly the states of one creator, or of one creator on one interface,
 * go, at three firewalls, and it is said once.
 */

#include <string.h>

#include "tests/sim/cluster.h"

#define HOSTS 3

static const char *const ifname[] = { "em0", "em2" };

/* States by creator and interface; all: of any interface. */
struct census {
	size_t n[HOSTS][2];
	size_t all[HOSTS];
};

static struct census
census(unsigned at)
{
	struct psync_state *st, *s;
	struct census c;
	unsigned i, k;
	size_t n;

	memset(&c, 0, sizeof(c));
	st = sim_host_states(&sim.host[at], &n);
	for (s = st; s < st + n; s++)
		for (i = 0; i < HOSTS; i++) {
			if (s->creatorid != sim.host[i].config.hostid)
				continue;
			c.all[i]++;
			for (k = 0; k < 2; k++)
				c.n[i][k] += strcmp(s->ifname, ifname[k]) == 0;
		}
	sim_free(st);
	return (c);
}

/* Everywhere what it was, less what has been cleared. */
static void
check_everywhere(const struct census *want)
{
	struct census c;
	unsigned at;

	for (at = 0; at < HOSTS; at++) {
		c = census(at);
		ATF_CHECK_MSG(memcmp(&c, want, sizeof(c)) == 0,
		    "fw%u: %zu %zu %zu states, want %zu %zu %zu", at, c.all[0],
		    c.all[1], c.all[2], want->all[0], want->all[1],
		    want->all[2]);
	}
}

static void
up(const char *rules)
{
	struct census c;
	unsigned i;

	setup(HOSTS, SIM_SYMMETRIC);
	config.rules = rules;
	begin();
	connections(0, 30, 20);
	settled();
	c = census(0);
	for (i = 0; i < HOSTS; i++)
		ATF_REQUIRE(c.all[i] > 0);
	check_everywhere(&c);
	tape_begin();
}

static void
clear(unsigned nr, const char *name, size_t n)
{
	ATF_CHECK_EQ(n, sim_host_clear(&sim.host[nr], name));
	sim_host_run(&sim.host[nr]);
	wait_us(100 * CLOCK_MS);
}

#define BOUND                                                                \
	"set state-policy if-bound\n"                                        \
	"set timeout { udp.first 600, udp.single 600, udp.multiple 600, "    \
	"tcp.first 600, tcp.opening 600, icmp.first 600, icmp.error 600 }\n" \
	"block all\npass in on em0\npass out on em2\n"

ATF_TC_WITHOUT_HEAD(e3_03_clear_of_one_creator_of_three);
ATF_TC_BODY(e3_03_clear_of_one_creator_of_three, tc)
{
	struct census c;

	up(BOUND);
	c = census(0);
	clear(1, "", c.all[1]);
	c.all[1] = c.n[1][0] = c.n[1][1] = 0;
	check_everywhere(&c);
	ATF_CHECK_EQ(1, tape_messages(1, ONLY(CLR)));
	ATF_CHECK_EQ(1, tape.n);
	settled();
	end();
}

/* Each interface of each creator, one after the other. */
ATF_TC_WITHOUT_HEAD(e3_03_clear_by_interface);
ATF_TC_BODY(e3_03_clear_by_interface, tc)
{
	struct census c;
	unsigned nr, k, said = 0;

	up(BOUND);
	c = census(0);
	for (nr = 0; nr < HOSTS; nr++)
		for (k = 0; k < 2; k++) {
			ATF_REQUIRE(c.n[nr][k] > 0);
			clear(nr, ifname[k], c.n[nr][k]);
			c.all[nr] -= c.n[nr][k];
			c.n[nr][k] = 0;
			check_everywhere(&c);
			ATF_CHECK_EQ(++said, tape.n);
			ATF_CHECK_EQ(said, tape_messages(ANYBODY, ONLY(CLR)));
			ATF_CHECK(strcmp((const char *)tape_message(nr,
					     PFSYNC_ACT_CLR, k),
				      ifname[k]) == 0);
		}
	settled();
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[0]));
	end();
}

/* Floating states go by the interface that they were made on. */
ATF_TC_WITHOUT_HEAD(e3_03_clear_by_interface_of_floating_states);
ATF_TC_BODY(e3_03_clear_by_interface_of_floating_states, tc)
{
	struct psync_state *st;
	size_t n, i, gone = 0;
	unsigned at;

	up("set timeout { udp.first 600, udp.single 600, udp.multiple 600, "
	   "tcp.first 600, tcp.opening 600, icmp.first 600, "
	   "icmp.error 600 }\n"
	   "block all\npass in on em0\npass out on em2\n");
	st = sim_host_states(&sim.host[1], &n);
	for (i = 0; i < n; i++) {
		ATF_CHECK(strcmp(st[i].ifname, "all") == 0);
		gone += st[i].creatorid == sim.host[1].config.hostid &&
		    strcmp(st[i].orig_ifname, "em0") == 0;
	}
	sim_free(st);
	ATF_REQUIRE(gone > 0);
	clear(1, "em0", gone);
	for (at = 0; at < HOSTS; at++)
		ATF_CHECK_EQ(n - gone, sim_host_count(&sim.host[at]));
	settled();
	end();
}

/* An interface that is not here clears nothing; nor does a creator. */
ATF_TC_WITHOUT_HEAD(e3_03_clear_of_what_is_not_here);
ATF_TC_BODY(e3_03_clear_of_what_is_not_here, tc)
{
	struct census c;
	struct pfsync_clr clr;

	up(BOUND);
	c = census(0);
	clear(0, "em9", 0);
	ATF_CHECK_EQ(0, tape.n);

	memset(&clr, 0, sizeof(clr));
	strcpy(clr.ifname, "em9");
	clr.creatorid = sim.host[1].config.hostid;
	hear(0, 0, PFSYNC_ACT_CLR, 1, &clr);
	memset(clr.ifname, 0, sizeof(clr.ifname));
	clr.creatorid = 0x12345678;
	hear(0, 0, PFSYNC_ACT_CLR, 1, &clr);
	check_everywhere(&c);

	/* Nobody means everybody: refused. */
	clr.creatorid = 0;
	hear(0, 0, PFSYNC_ACT_CLR, 1, &clr);
	ATF_CHECK_EQ(1, sim_host_stats(&sim.host[0]).refused[PFSYNC_R_VALUE]);
	check_everywhere(&c);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(0, tape_messages(ANYBODY, ONLY(CLR)));
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_03_clear_of_one_creator_of_three);
	ATF_TP_ADD_TC(tp, e3_03_clear_by_interface);
	ATF_TP_ADD_TC(tp, e3_03_clear_by_interface_of_floating_states);
	ATF_TP_ADD_TC(tp, e3_03_clear_of_what_is_not_here);
	return (atf_no_error());
}
