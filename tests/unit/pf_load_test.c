/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Loading: what is refused and leaves all as it was, what becomes of the states
 * of rules that go, the checksum, settings and their defaults.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

static int
load(struct rig *rig, const struct pf_rule *rules, size_t n)
{
	struct pf_settings settings;

	pf_settings_default(&settings);
	return (pf_load(rig->pf, &settings, rules, n));
}

static void
spoil(struct pf_rule *r, unsigned row)
{

	switch (row) {
	case 0:
		memset(r->ifname, 'e', sizeof(r->ifname));
		break;
	case 1:
		memset(r->label, 'l', sizeof(r->label));
		break;
	case 2:
		r->action = PF_DROP + 1;
		break;
	case 3:
		r->direction = PF_OUT + 1;
		break;
	case 4:
		r->af = 24;
		break;
	case 5:
		r->keep_state = PF_KEEP_STATE + 1;
		break;
	case 6:
		r->src = rig_addr("10.0.0.0");
		r->src.plen = 33;
		break;
	case 7:
		r->dst = rig_addr("::1");
		r->dst.plen = 129;
		break;
	case 8:
		r->src.plen = 1;
		break;
	case 9:
		r->src.af = 10;
		break;
	case 10:
		r->dst.port_op = PF_OP_GE + 1;
		break;
	case 11:
		r->translate = PF_RDR + 1;
		break;
	case 12:
		r->translate = PF_NAT;
		break;
	case 13:
		r->translate = PF_RDR;
		r->xlate = rig_addr("10.0.0.1");
		r->action = PF_DROP;
		break;
	case 14:
		r->translate = PF_RDR;
		r->xlate = rig_addr("10.0.0.1");
		r->xlate.neg = 1;
		break;
	case 15:
		r->translate = PF_RDR;
		r->xlate = rig_addr("10.0.0.1");
		r->xlate.port[0] = 10;
		r->xlate.port[1] = 9;
		break;
	}
}

ATF_TC_WITHOUT_HEAD(invalid_rules);
ATF_TC_BODY(invalid_rules, tc)
{
	struct pf_rule good = rig_keep(), bad[2];
	uint8_t checksum[16];
	struct rig rig;
	unsigned i;
	size_t n;

	rig_open(&rig, &good, 1);
	memcpy(checksum, pf_checksum(rig.pf), 16);
	for (i = 0; i < 16; i++) {
		bad[0] = bad[1] = rig_keep();
		spoil(&bad[1], i);
		ATF_CHECK_EQ_MSG(EINVAL, load(&rig, bad, 2), "row %u", i);
		pf_rules(rig.pf, &n);
		ATF_CHECK_EQ(1, n);
		ATF_CHECK_EQ(0, memcmp(checksum, pf_checksum(rig.pf), 16));
	}
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(invalid_settings);
ATF_TC_BODY(invalid_settings, tc)
{
	struct pf_rule good = rig_keep(), *many;
	struct pf_settings settings;
	struct rig rig;
	size_t n, i;

	rig_open(&rig, &good, 1);
	pf_settings_default(&settings);
	settings.timeout[PFTM_INTERVAL] = 0;
	ATF_CHECK_EQ(EINVAL, pf_load(rig.pf, &settings, NULL, 0));
	pf_settings_default(&settings);
	memset(settings.skip[PF_SKIP_MAX - 1], 'e', PF_IFNAMSIZ);
	ATF_CHECK_EQ(EINVAL, pf_load(rig.pf, &settings, NULL, 0));
	many = calloc(PF_RULES_MAX + 1, sizeof(*many));
	ATF_REQUIRE(many != NULL);
	for (i = 0; i <= PF_RULES_MAX; i++)
		many[i] = rig_keep();
	ATF_CHECK_EQ(EINVAL, load(&rig, many, PF_RULES_MAX + 1));
	pf_rules(rig.pf, &n);
	ATF_CHECK_EQ(1, n);
	ATF_CHECK_EQ(0, load(&rig, many, PF_RULES_MAX));
	pf_rules(rig.pf, &n);
	ATF_CHECK_EQ(PF_RULES_MAX, n);
	free(many);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(defaults);
ATF_TC_BODY(defaults, tc)
{
	static const uint32_t expect[PFTM_MAX] = { 120, 30, 86400, 900, 45, 90,
		60, 30, 60, 20, 10, 60, 30, 60, 30, 10, 60000, 120000, 0, 30 };
	const struct pf_settings *got;
	struct pf_settings settings;
	struct pf_status status;
	struct rig rig;
	unsigned i;

	rig_open(&rig, NULL, 0);
	got = pf_settings(rig.pf);
	for (i = 0; i < PFTM_MAX; i++)
		ATF_CHECK_EQ_MSG(expect[i], got->timeout[i], "%u: %u", i,
		    got->timeout[i]);
	ATF_CHECK_EQ(100000, got->limit_states);
	ATF_CHECK_EQ(htonl(0x7dd88c87), got->hostid);

	pf_settings_default(&settings);
	settings.limit_states = 1000;
	settings.timeout[PFTM_TCP_CLOSED] = PFTM_UNSET;
	settings.hostid = htonl(77);
	ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, NULL, 0));
	ATF_CHECK_EQ(600, got->timeout[PFTM_ADAPTIVE_START]);
	ATF_CHECK_EQ(1200, got->timeout[PFTM_ADAPTIVE_END]);
	ATF_CHECK_EQ(90, got->timeout[PFTM_TCP_CLOSED]);
	ATF_CHECK_EQ(htonl(77), pf_hostid(rig.pf));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(htonl(77), status.hostid);
	/* 0 keeps the host id; 0 for adaptive.start is no default. */
	settings.hostid = 0;
	settings.limit_states = UINT32_MAX;
	settings.timeout[PFTM_ADAPTIVE_START] = 0;
	ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, NULL, 0));
	ATF_CHECK_EQ(htonl(77), pf_hostid(rig.pf));
	ATF_CHECK_EQ(0, got->timeout[PFTM_ADAPTIVE_START]);
	ATF_CHECK_EQ(PFTM_UNSET - 1, got->timeout[PFTM_ADAPTIVE_END]);
	rig_close(&rig);
}

static uint32_t
no_random(void *ctx)
{
	uint32_t *calls = ctx;

	return (++*calls <= 3 ? 0 : 42);
}

static uint64_t
no_time(void *ctx)
{

	(void)ctx;
	return (0);
}

ATF_TC(host_id);
ATF_TC_HEAD(host_id, tc)
{
	atf_tc_set_md_var(tc, "descr", "A host id that is drawn is not 0");
}
ATF_TC_BODY(host_id, tc)
{
	uint32_t calls = 0;
	struct pf_env env = { .ctx = &calls,
		.now = no_time,
		.random = no_random };
	struct pf *pf = pf_create(&env, 0);

	ATF_REQUIRE(pf != NULL);
	ATF_CHECK_EQ(42, pf_hostid(pf));
	pf_destroy(pf);
	pf_destroy(NULL);
}

/* Changes one field of a rule, each row another. */
static bool
vary(struct pf_rule *r, unsigned row)
{

	switch (row) {
	case 0:
		r->ifname[0] = 'x';
		break;
	case 1:
		r->label[0] = 'x';
		break;
	case 2:
		r->src = rig_addr("10.0.0.1");
		break;
	case 3:
		r->dst = rig_addr("10.0.0.1");
		break;
	case 4:
		r->dst = rig_addr("10.0.0.1");
		r->dst.neg = 1;
		break;
	case 5:
		r->src.port_op = PF_OP_EQ;
		break;
	case 6:
		r->src.port[1] = 1;
		break;
	case 7:
		r->timeout[PFTM_TS_DIFF] = 1;
		break;
	case 8:
		r->max_states = 1;
		break;
	case 9:
		r->action = PF_DROP;
		break;
	case 10:
		r->direction = PF_IN;
		break;
	case 11:
		r->quick = 1;
		break;
	case 12:
		r->ifnot = 1;
		break;
	case 13:
		r->log = 1;
		break;
	case 14:
		r->af = PF_AF_INET;
		break;
	case 15:
		r->proto = 6;
		break;
	case 16:
		r->flags = 1;
		break;
	case 17:
		r->flagset = 1;
		break;
	case 18:
		r->icmp_type = 1;
		break;
	case 19:
		r->icmp_code = 1;
		break;
	case 20:
		r->keep_state = PF_NOSTATE;
		break;
	case 21:
		r->nosync = 1;
		break;
	case 22:
		r->sloppy = 1;
		break;
	case 23:
		r->if_bound = 1;
		break;
	case 24:
		r->translate = PF_NAT;
		r->xlate = rig_addr("::1");
		break;
	case 25:
		r->translate = PF_RDR;
		r->xlate = rig_addr("::1");
		break;
	case 26:
		r->static_port = 1;
		break;
	case 27:
		r->allow_opts = 1;
		break;
	default:
		return (false);
	}
	return (true);
}

ATF_TC_WITHOUT_HEAD(checksum);
ATF_TC_BODY(checksum, tc)
{
	struct pf_rule rules[2] = { rig_keep(), rig_keep() }, swapped[2];
	uint8_t sums[40][16], again[16];
	struct rig rig;
	unsigned i, j;

	rig_open(&rig, NULL, 0);
	memcpy(sums[0], pf_checksum(rig.pf), 16);
	for (i = 0;; i++) {
		struct pf_rule r = rig_keep();

		if (!vary(&r, i))
			break;
		ATF_REQUIRE_EQ(0, load(&rig, &r, 1));
		memcpy(sums[i + 1], pf_checksum(rig.pf), 16);
		for (j = 0; j <= i; j++)
			ATF_CHECK_MSG(memcmp(sums[j], sums[i + 1], 16) != 0,
			    "rows %u and %u", j, i);
	}
	ATF_CHECK_EQ(28, i);
	/* Order counts, settings and what is behind a NUL do not. */
	rules[0].proto = 6;
	rules[1].proto = 17;
	swapped[0] = rules[1];
	swapped[1] = rules[0];
	ATF_REQUIRE_EQ(0, load(&rig, rules, 2));
	memcpy(again, pf_checksum(rig.pf), 16);
	ATF_REQUIRE_EQ(0, load(&rig, swapped, 2));
	ATF_CHECK(memcmp(again, pf_checksum(rig.pf), 16) != 0);
	rules[0].ifname[9] = 'z';
	{
		struct pf_settings settings;

		pf_settings_default(&settings);
		settings.limit_states = 7;
		ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, rules, 2));
	}
	ATF_CHECK_EQ(0, memcmp(again, pf_checksum(rig.pf), 16));
	rig_close(&rig);
}

ATF_TC(states_stay);
ATF_TC_HEAD(states_stay, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A state keeps the timeouts of its rule when the rules change");
}
ATF_TC_BODY(states_stay, tc)
{
	struct pf_rule rules[2] = { rig_rule(), rig_keep() }, other;
	struct pf_rule_stats stats;
	struct psync_state ps;
	struct rig_packet p;
	struct rig rig;

	rules[1].timeout[PFTM_UDP_SINGLE] = 5;
	rules[1].proto = 17;
	rig_open(&rig, rules, 2);
	rig_udp(&p, "10.1.1.2", 1, "10.2.2.2", 2, 4);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(1, ps.rule);
	/* The same rules again change nothing. */
	ATF_REQUIRE_EQ(0, load(&rig, rules, 2));
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(1, ps.rule);
	pf_rule_stats(rig.pf, 1, &stats);
	ATF_CHECK_EQ(1, stats.states);

	/* Others: its number means nothing now, its timeouts do. */
	other = rig_rule();
	other.action = PF_DROP;
	ATF_REQUIRE_EQ(0, load(&rig, &other, 1));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(UINT32_MAX, ps.rule);
	ATF_CHECK_EQ(5, ps.expire);
	pf_rule_stats(rig.pf, 0, &stats);
	ATF_CHECK_EQ(0, stats.states);
	/* No such rule. */
	pf_rule_stats(rig.pf, 1, &stats);
	ATF_CHECK_EQ(0, stats.created);

	/* And if it alone is left of its rule, it takes that with it. */
	pf_states_clear(rig.pf, 0, "", false);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em0", &p));
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, invalid_rules);
	ATF_TP_ADD_TC(tp, invalid_settings);
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, host_id);
	ATF_TP_ADD_TC(tp, checksum);
	ATF_TP_ADD_TC(tp, states_stay);
	return (atf_no_error());
}
