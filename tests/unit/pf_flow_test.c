/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * States of UDP, ICMP and other protocols, and what passes without a state:
 * fragments, options, skipped interfaces, a pf that is disabled.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

static void
check_state(struct rig *rig, uint8_t src, uint8_t dst, uint8_t timeout,
    uint32_t expire)
{
	struct psync_state ps;

	rig_only(rig, &ps);
	ATF_CHECK_EQ_MSG(src, ps.src.state, "src is %u", ps.src.state);
	ATF_CHECK_EQ_MSG(dst, ps.dst.state, "dst is %u", ps.dst.state);
	ATF_CHECK_EQ_MSG(timeout, ps.timeout, "timeout is %u", ps.timeout);
	ATF_CHECK_EQ_MSG(expire, ps.expire, "expires in %u", ps.expire);
}

enum { NO_TRAFFIC, SINGLE, MULTIPLE };

ATF_TC_WITHOUT_HEAD(udp);
ATF_TC_BODY(udp, tc)
{
	struct pf_rule r = rig_keep();
	struct rig_packet there, back;
	struct psync_state ps;
	struct rig rig;

	rig_open(&rig, &r, 1);
	rig_udp(&there, "10.1.1.2", 26215, "198.51.100.254", 5353, 4);
	rig_udp(&back, "198.51.100.254", 5353, "10.1.1.2", 26215, 100);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &there));
	check_state(&rig, SINGLE, NO_TRAFFIC, PFTM_UDP_FIRST_PACKET, 60);
	/* As captured from FreeBSD: counted at once, addr[0] the source. */
	ATF_CHECK_EQ(1, rig.inserted.packets[0]);
	ATF_CHECK_EQ(32, rig.inserted.bytes[0]);
	ATF_CHECK_EQ(inet_addr("10.1.1.2"),
	    *(uint32_t *)(void *)rig.inserted.key[PSYNC_WIRE].addr[0]);
	ATF_CHECK_EQ(0,
	    memcmp(&rig.inserted.key[0], &rig.inserted.key[1],
		sizeof(rig.inserted.key[0])));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &there));
	check_state(&rig, SINGLE, NO_TRAFFIC, PFTM_UDP_SINGLE, 30);
	ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em0", &back));
	check_state(&rig, MULTIPLE, SINGLE, PFTM_UDP_SINGLE, 30);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &there));
	check_state(&rig, MULTIPLE, MULTIPLE, PFTM_UDP_MULTIPLE, 60);
	rig.now += 20500;
	check_state(&rig, MULTIPLE, MULTIPLE, PFTM_UDP_MULTIPLE, 40);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(20, ps.creation);
	ATF_CHECK_EQ(3, ps.packets[0]);
	ATF_CHECK_EQ(1, ps.packets[1]);
	ATF_CHECK_EQ(128, ps.bytes[1]);
	ATF_CHECK_EQ(1, rig.inserts);
	ATF_CHECK_EQ(3, rig.updates);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(icmp);
ATF_TC_BODY(icmp, tc)
{
	static const struct {
		const char *a;
		const char *b;
		uint8_t request;
		uint8_t reply;
	} rows[] = {
		{ "10.1.1.2", "198.51.100.254", 8, 0 },
		{ "10.1.1.2", "198.51.100.254", 13, 14 },
		{ "2001:db8:1::2", "2001:db8::fe", 128, 129 },
	};
	struct pf_rule r = rig_keep();
	struct rig_packet p;
	struct rig rig;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig_open(&rig, &r, 1);
		rig_icmp(&p, rows[i].a, rows[i].b, rows[i].request, 0, 81);
		ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
		check_state(&rig, 0, 0, PFTM_ICMP_FIRST_PACKET, 20);
		rig_icmp(&p, rows[i].b, rows[i].a, rows[i].reply, 0, 81);
		ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em0", &p));
		check_state(&rig, 0, 0, PFTM_ICMP_ERROR_REPLY, 10);
		/* Another id is another flow. */
		rig_icmp(&p, rows[i].a, rows[i].b, rows[i].request, 0, 82);
		ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
		ATF_CHECK_EQ(2, rig_count(&rig));
		rig_close(&rig);
	}
}

ATF_TC(no_icmp_error_state);
ATF_TC_HEAD(no_icmp_error_state, tc)
{
	atf_tc_set_md_var(tc, "descr", "An ICMP error makes no state");
}
ATF_TC_BODY(no_icmp_error_state, tc)
{
	struct pf_rule r = rig_keep();
	struct rig_packet p, quoted;
	struct rig rig;

	rig_open(&rig, &r, 1);
	rig_udp(&quoted, "10.9.9.9", 1, "10.8.8.8", 2, 8);
	rig_error(&p, "10.8.8.8", "10.9.9.9", 3, 3, &quoted, 28);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	ATF_CHECK_EQ(0, rig_count(&rig));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(other);
ATF_TC_BODY(other, tc)
{
	struct pf_rule r = rig_keep();
	struct rig_packet p;
	struct rig rig;

	rig_open(&rig, &r, 1);
	rig_other(&p, "10.1.1.2", "198.51.100.254", 47, 40);
	ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em1", &p));
	check_state(&rig, SINGLE, NO_TRAFFIC, PFTM_OTHER_FIRST_PACKET, 60);
	rig_other(&p, "198.51.100.254", "10.1.1.2", 47, 40);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em1", &p));
	check_state(&rig, MULTIPLE, SINGLE, PFTM_OTHER_SINGLE, 30);
	rig_other(&p, "10.1.1.2", "198.51.100.254", 47, 40);
	ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em1", &p));
	check_state(&rig, MULTIPLE, MULTIPLE, PFTM_OTHER_MULTIPLE, 60);
	/* An empty payload is no reason to drop. */
	rig_other(&p, "10.1.1.2", "198.51.100.254", 50, 0);
	ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em1", &p));
	ATF_CHECK_EQ(2, rig_count(&rig));
	rig_close(&rig);
}

ATF_TC(directions);
ATF_TC_HEAD(directions, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A state passes its packets and their answers, not their mirror");
}
ATF_TC_BODY(directions, tc)
{
	struct pf_rule rules[2] = { rig_rule(), rig_keep() };
	struct rig_packet there, back;
	struct rig rig;

	/* block all; pass out */
	rules[0].action = PF_DROP;
	rules[1].direction = PF_OUT;
	rig_open(&rig, rules, 2);
	rig_udp(&there, "10.1.1.2", 1, "10.2.2.2", 2, 4);
	rig_udp(&back, "10.2.2.2", 2, "10.1.1.2", 1, 4);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em0", &back));
	ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em0", &there));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &back));
	/* Floating: another interface will do. */
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em1", &back));
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em0", &there));
	ATF_CHECK_EQ(1, rig_count(&rig));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(if_bound);
ATF_TC_BODY(if_bound, tc)
{
	struct pf_rule rules[2] = { rig_rule(), rig_keep() };
	struct pf_settings settings;
	struct rig_packet there, back;
	struct psync_state ps;
	struct rig rig;
	unsigned i;

	rules[0].action = PF_DROP;
	rules[1].direction = PF_OUT;
	/* By the rule, then by "set state-policy". */
	for (i = 0; i < 2; i++) {
		rules[1].if_bound = i == 0;
		rig_open(&rig, rules, 2);
		settings = *pf_settings(rig.pf);
		settings.if_bound = i == 1;
		ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, rules, 2));
		rig_udp(&there, "10.1.1.2", 1, "10.2.2.2", 2, 4);
		rig_udp(&back, "10.2.2.2", 2, "10.1.1.2", 1, 4);
		ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em0", &there));
		rig_only(&rig, &ps);
		ATF_CHECK_STREQ("em0", ps.ifname);
		ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &back));
		ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &back));
		/* The same connection on another interface: its own state. */
		ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em1", &there));
		ATF_CHECK_EQ(2, rig_count(&rig));
		rig_close(&rig);
	}
}

ATF_TC(bound_first);
ATF_TC_HEAD(bound_first, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A state of the interface comes before a floating one");
}
ATF_TC_BODY(bound_first, tc)
{
	struct pf_rule rules[2] = { rig_keep(), rig_keep() };
	struct psync_state bound, floating;
	struct rig_packet p;
	struct rig rig;

	rules[1].if_bound = 1;
	snprintf(rules[1].ifname, PF_IFNAMSIZ, "em0");
	rig_open(&rig, rules, 2);
	rig_udp(&p, "10.1.1.2", 1, "10.2.2.2", 2, 4);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	bound = rig.inserted;
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em1", &p));
	floating = rig.inserted;
	ATF_CHECK_STREQ("em0", bound.ifname);
	ATF_CHECK_STREQ("all", floating.ifname);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	ATF_CHECK_EQ(bound.id, rig.updated_id);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em2", &p));
	ATF_CHECK_EQ(floating.id, rig.updated_id);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(flags_of_rules);
ATF_TC_BODY(flags_of_rules, tc)
{
	struct pf_rule r = rig_keep();
	struct rig_packet p;
	struct rig rig;

	r.nosync = r.allow_opts = 1;
	r.log = 1;
	r.timeout[PFTM_UDP_FIRST_PACKET] = 7;
	rig_open(&rig, &r, 1);
	rig_udp(&p, "10.1.1.2", 1, "10.2.2.2", 2, 4);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	ATF_CHECK_EQ(PSYNC_STATE_NOSYNC | PSYNC_STATE_ALLOWOPTS,
	    rig.inserted.state_flags);
	ATF_CHECK_EQ(1, rig.inserted.log);
	ATF_CHECK_EQ(7, rig.inserted.expire);
	ATF_CHECK_EQ(0, rig.inserted.rule);
	ATF_CHECK_EQ(htonl(0x7dd88c87), rig.inserted.creatorid);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(max_states);
ATF_TC_BODY(max_states, tc)
{
	struct pf_rule r = rig_keep();
	struct pf_status status;
	struct pf_rule_stats stats;
	struct rig_packet p;
	struct rig rig;
	uint16_t i;

	r.max_states = 3;
	rig_open(&rig, &r, 1);
	for (i = 1; i <= 4; i++) {
		rig_udp(&p, "10.1.1.2", i, "10.2.2.2", 2, 4);
		ATF_CHECK_EQ(i <= 3 ? PF_PASS : PF_DROP,
		    rig_in(&rig, "em0", &p));
	}
	rig_status(&rig, &status);
	ATF_CHECK_EQ(1, status.state_limit);
	ATF_CHECK_EQ(3, status.states);
	pf_rule_stats(rig.pf, 0, &stats);
	ATF_CHECK_EQ(3, stats.states);
	ATF_CHECK_EQ(3, stats.created);
	pf_states_clear(rig.pf, 0, "", false);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	pf_rule_stats(rig.pf, 0, &stats);
	ATF_CHECK_EQ(1, stats.states);
	ATF_CHECK_EQ(4, stats.created);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(fragments);
ATF_TC_BODY(fragments, tc)
{
	/* next header UDP, offset 8 (1 << 3), more, id */
	static const uint8_t fragment6[8] = { 17, 0, 0, 9, 0, 0, 0, 1 };
	struct pf_rule rules[2] = { rig_keep(), rig_rule() };
	struct pf_status status;
	struct rig_packet p;
	struct rig rig;

	/* pass keep state; block from 10.6.6.6 */
	rules[1].action = PF_DROP;
	rules[1].src = rig_addr("10.6.6.6");
	rig_open(&rig, rules, 2);
	rig_udp(&p, "10.1.1.2", 1, "10.2.2.2", 2, 64);
	p.b[7] = 1; /* offset 8 */
	rig_sums_set(&p);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	rig_udp(&p, "10.6.6.6", 1, "10.2.2.2", 2, 64);
	p.b[7] = 1;
	rig_sums_set(&p);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em0", &p));
	rig_udp(&p, "2001:db8::1", 1, "2001:db8::2", 2, 64);
	p.b[6] = 44;
	rig_push(&p, 40, fragment6, sizeof(fragment6));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(3, status.fragment);
	ATF_CHECK_EQ(0, status.states);
	/* A first fragment has ports; its UDP length is of the whole. */
	rig_udp(&p, "10.1.1.2", 1, "10.2.2.2", 2, 64);
	p.b[6] = 0x20;
	p.b[25] = 200;
	rig_sums_set(&p);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(3, status.fragment);
	ATF_CHECK_EQ(1, status.states);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(options);
ATF_TC_BODY(options, tc)
{
	static const uint8_t option4[4] = { 148, 4, 0, 0 };
	static const uint8_t routing6[8] = { 17, 0, 2, 0, 0, 0, 0, 0 };
	static const uint8_t hop6[8] = { 17, 0, 5, 2, 0, 0, 1, 0 };
	struct pf_rule r = rig_keep();
	struct rig_packet p4, p6, hop;
	struct pf_status status;
	struct rig rig;
	unsigned allow;

	rig_udp(&p4, "10.1.1.2", 1, "10.2.2.2", 2, 4);
	rig_push(&p4, 20, option4, sizeof(option4));
	p4.b[0] = 0x46;
	rig_sums_set(&p4);
	rig_udp(&p6, "2001:db8::1", 1, "2001:db8::2", 2, 4);
	hop = p6;
	p6.b[6] = 43;
	rig_push(&p6, 40, routing6, sizeof(routing6));
	hop.b[6] = 0;
	rig_push(&hop, 40, hop6, sizeof(hop6));

	for (allow = 0; allow < 2; allow++) {
		r.allow_opts = (uint8_t)allow;
		rig_open(&rig, &r, 1);
		ATF_CHECK_EQ(allow ? PF_PASS : PF_DROP,
		    rig_in(&rig, "em0", &p4));
		ATF_CHECK_EQ(allow ? PF_PASS : PF_DROP,
		    rig_in(&rig, "em0", &p6));
		/* Hop-by-hop options are everyday: MLD has them. */
		ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &hop));
		ATF_CHECK_EQ(allow ? 2 : 1, rig_count(&rig));
		rig_status(&rig, &status);
		ATF_CHECK_EQ(allow ? 0 : 2, status.ip_option);
		/* In a state too. */
		ATF_CHECK_EQ(allow ? PF_PASS : PF_DROP,
		    rig_in(&rig, "em0", &p6));
		rig_close(&rig);
	}
	rig_open(&rig, NULL, 0);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em0", &p4));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(extension_headers);
ATF_TC_BODY(extension_headers, tc)
{
	static const uint8_t chain[] = {
		60, 0, 1, 4, 0, 0, 0, 0, /* hop-by-hop -> destination */
		51, 0, 1, 4, 0, 0, 0, 0, /* destination -> AH */
		44, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, /* AH -> fragment */
		17, 0, 0, 0, 0, 0, 0, 7, /* fragment, whole -> UDP */
	};
	struct pf_rule r = rig_keep();
	struct rig_packet p;
	struct rig rig;

	rig_open(&rig, &r, 1);
	rig_udp(&p, "2001:db8::1", 1000, "2001:db8::2", 2000, 4);
	p.b[6] = 0;
	rig_push(&p, 40, chain, sizeof(chain));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	ATF_CHECK_EQ(17, rig.inserted.proto[0]);
	ATF_CHECK_EQ(htons(1000), rig.inserted.key[0].port[0]);
	ATF_CHECK_EQ(p.len, rig.inserted.bytes[0]);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(uncounted);
ATF_TC_BODY(uncounted, tc)
{
	struct pf_rule r = rig_rule();
	struct pf_settings settings;
	struct pf_status status;
	struct rig_packet p;
	struct rig rig;

	r.action = PF_DROP;
	rig_open(&rig, &r, 1);
	rig_udp(&p, "10.1.1.2", 1, "10.2.2.2", 2, 4);
	pf_enable(rig.pf, false);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	rig.now += 5000;
	pf_enable(rig.pf, true);
	rig_status(&rig, &status);
	ATF_CHECK_EQ(rig.now, status.since);
	ATF_CHECK_EQ(1, status.running);
	rig.now += 1;
	pf_enable(rig.pf, true);
	rig_status(&rig, &status);
	ATF_CHECK_EQ(rig.now - 1, status.since);

	settings = *pf_settings(rig.pf);
	snprintf(settings.skip[0], PF_IFNAMSIZ, "em1");
	snprintf(settings.skip[1], PF_IFNAMSIZ, "lo");
	ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, &r, 1));
	ATF_REQUIRE_EQ(0, pf_if_attach(rig.pf, "lo0"));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em1", &p));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "lo0", &p));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(0, status.packets[0][0] + status.packets[0][1]);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em0", &p));
	ATF_CHECK_EQ(PF_DROP, rig_out(&rig, "em0", &p));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(1, status.packets[0][1]);
	ATF_CHECK_EQ(1, status.packets[1][1]);
	ATF_CHECK_EQ(p.len, status.bytes[1]);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(interfaces);
ATF_TC_BODY(interfaces, tc)
{
	struct pf_rule r = rig_keep();
	struct rig_packet p;
	struct rig rig;

	r.if_bound = 1;
	rig_open(&rig, &r, 1);
	rig_udp(&p, "10.1.1.2", 1, "10.2.2.2", 2, 4);
	ATF_CHECK(pf_if_known(rig.pf, "em0"));
	ATF_CHECK(!pf_if_known(rig.pf, "em9"));
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em9", &p));
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "all", &p));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	pf_if_detach(rig.pf, "em0");
	ATF_CHECK(!pf_if_known(rig.pf, "em0"));
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em0", &p));
	/* Its states wait for it: no other name takes its place. */
	ATF_REQUIRE_EQ(0, pf_if_attach(rig.pf, "em7"));
	ATF_CHECK_STREQ("em0", rig.inserted.ifname);
	ATF_REQUIRE_EQ(0, pf_if_attach(rig.pf, "em0"));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
	ATF_CHECK_EQ(1, rig_count(&rig));
	ATF_CHECK_EQ(1, rig.updates);
	pf_if_detach(rig.pf, "em9");
	pf_if_detach(rig.pf, "all");
	ATF_CHECK(pf_if_known(rig.pf, "all"));
	/* Without states a place is used again. */
	pf_states_clear(rig.pf, 0, "", false);
	pf_if_detach(rig.pf, "em0");
	ATF_REQUIRE_EQ(0, pf_if_attach(rig.pf, "ix0"));
	ATF_CHECK(!pf_if_known(rig.pf, "em0"));
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "ix0", &p));
	ATF_CHECK_STREQ("ix0", rig.inserted.ifname);
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, udp);
	ATF_TP_ADD_TC(tp, icmp);
	ATF_TP_ADD_TC(tp, no_icmp_error_state);
	ATF_TP_ADD_TC(tp, other);
	ATF_TP_ADD_TC(tp, directions);
	ATF_TP_ADD_TC(tp, if_bound);
	ATF_TP_ADD_TC(tp, bound_first);
	ATF_TP_ADD_TC(tp, flags_of_rules);
	ATF_TP_ADD_TC(tp, max_states);
	ATF_TP_ADD_TC(tp, fragments);
	ATF_TP_ADD_TC(tp, options);
	ATF_TP_ADD_TC(tp, extension_headers);
	ATF_TP_ADD_TC(tp, uncounted);
	ATF_TP_ADD_TC(tp, interfaces);
	return (atf_no_error());
}
