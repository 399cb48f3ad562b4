/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * nat-to and rdr-to, both ways of a connection, with every checksum computed
 * anew after each packet.
 *
 * em0 has clients 10.1.1.0/24, em1 the world.  A forwarded packet passes pf in
 * on one and out on the other.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

/* The port pf chose, from what rig_show() says. */
static unsigned
shown_port(const struct rig_packet *p, const char *src)
{
	char format[64];
	unsigned port = 0;

	snprintf(format, sizeof(format), "%s:%%u > ", src);
	ATF_REQUIRE_EQ_MSG(1, sscanf(rig_show(p), format, &port), "%s",
	    rig_show(p));
	return (port);
}

ATF_TC_WITHOUT_HEAD(nat_tcp);
ATF_TC_BODY(nat_tcp, tc)
{
	struct rig_tcp syn = { .seq = 100,
		.win = 8192,
		.flags = SYN,
		.wscale = 3 };
	struct rig_tcp synack = { .seq = 900,
		.ack = 101,
		.win = 8192,
		.flags = SYN | ACK,
		.wscale = 3 };
	struct rig_tcp ack = { .seq = 101,
		.ack = 901,
		.win = 1024,
		.len = 33,
		.flags = ACK,
		.wscale = -1 };
	struct psync_state *ps;
	struct pf_rule rules[2];
	struct rig_packet p;
	struct rig rig;
	unsigned port;
	char expect[128];

	rig_nat_rules(rules, "198.51.100.1");
	rig_open(&rig, rules, 2);
	rig_tcp(&p, "10.1.1.2", 4000, "198.51.100.254", 80, &syn);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	port = shown_port(&p, "198.51.100.1");
	ATF_CHECK(port >= 50001 && port <= 65535);
	ATF_CHECK_EQ(2, rig.inserts);
	ATF_CHECK_EQ(2, rig_count(&rig));

	/* As FreeBSD: of an OUT state addr[1] is the source. */
	ps = &rig.inserted;
	ATF_CHECK_EQ(PSYNC_DIR_OUT, ps->direction);
	ATF_CHECK_EQ(inet_addr("198.51.100.1"),
	    *(uint32_t *)(void *)ps->key[PSYNC_WIRE].addr[1]);
	ATF_CHECK_EQ(inet_addr("198.51.100.254"),
	    *(uint32_t *)(void *)ps->key[PSYNC_WIRE].addr[0]);
	ATF_CHECK_EQ(inet_addr("10.1.1.2"),
	    *(uint32_t *)(void *)ps->key[PSYNC_STACK].addr[1]);
	ATF_CHECK_EQ(htons((uint16_t)port), ps->key[PSYNC_WIRE].port[1]);
	ATF_CHECK_EQ(htons(4000), ps->key[PSYNC_STACK].port[1]);
	ATF_CHECK_EQ(htons(80), ps->key[PSYNC_STACK].port[0]);
	ATF_CHECK_STREQ("all", ps->ifname);
	ATF_CHECK_STREQ("em1", ps->orig_ifname);

	rig_tcp(&p, "198.51.100.254", 80, "198.51.100.1", (uint16_t)port,
	    &synack);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em1", "em0", &p));
	ATF_CHECK_STREQ("198.51.100.254:80 > 10.1.1.2:4000", rig_show(&p));

	rig_tcp(&p, "10.1.1.2", 4000, "198.51.100.254", 80, &ack);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	snprintf(expect, sizeof(expect), "198.51.100.1:%u > 198.51.100.254:80",
	    port);
	ATF_CHECK_STREQ(expect, rig_show(&p));
	ATF_CHECK_EQ(2, rig_count(&rig));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(nat_udp);
ATF_TC_BODY(nat_udp, tc)
{
	struct pf_rule rules[2];
	struct rig_packet p;
	struct rig rig;
	unsigned port, other;

	rig_nat_rules(rules, "198.51.100.1");
	rig_open(&rig, rules, 2);
	rig_udp(&p, "10.1.1.2", 53, "198.51.100.254", 53, 31);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	port = shown_port(&p, "198.51.100.1");
	/* Another client, same port: they must not meet. */
	rig_udp(&p, "10.1.1.3", 53, "198.51.100.254", 53, 31);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	other = shown_port(&p, "198.51.100.1");
	ATF_CHECK(port != other);

	rig_udp(&p, "198.51.100.254", 53, "198.51.100.1", (uint16_t)port, 500);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em1", "em0", &p));
	ATF_CHECK_STREQ("198.51.100.254:53 > 10.1.1.2:53", rig_show(&p));
	rig_udp(&p, "198.51.100.254", 53, "198.51.100.1", (uint16_t)other, 500);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em1", "em0", &p));
	ATF_CHECK_STREQ("198.51.100.254:53 > 10.1.1.3:53", rig_show(&p));

	/* A datagram without checksum has none afterwards either. */
	rig_udp(&p, "10.1.1.2", 53, "198.51.100.254", 53, 31);
	p.b[26] = p.b[27] = 0;
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	ATF_CHECK_EQ(0, p.b[26] | p.b[27]);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(nat_icmp);
ATF_TC_BODY(nat_icmp, tc)
{
	struct pf_rule rules[2];
	struct rig_packet p;
	struct psync_state *ps;
	struct rig rig;
	unsigned id;
	char expect[96];

	rig_nat_rules(rules, "198.51.100.1");
	rig_open(&rig, rules, 2);
	rig_icmp(&p, "10.1.1.2", "198.51.100.254", 8, 0, 20480);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	ps = &rig.inserted;
	/* Both ports of each key are the id, as in FreeBSD's states. */
	ATF_CHECK_EQ(ps->key[PSYNC_WIRE].port[0], ps->key[PSYNC_WIRE].port[1]);
	ATF_CHECK_EQ(htons(20480), ps->key[PSYNC_STACK].port[0]);
	ATF_CHECK_EQ(htons(20480), ps->key[PSYNC_STACK].port[1]);
	id = ntohs(ps->key[PSYNC_WIRE].port[0]);
	ATF_CHECK(id >= 50001);
	snprintf(expect, sizeof(expect), "198.51.100.1 > 198.51.100.254 [%u]",
	    id);
	ATF_CHECK_STREQ(expect, rig_show(&p));
	rig_icmp(&p, "198.51.100.254", "198.51.100.1", 0, 0, (uint16_t)id);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em1", "em0", &p));
	ATF_CHECK_STREQ("198.51.100.254 > 10.1.1.2 [20480]", rig_show(&p));
	ATF_CHECK_EQ(2, rig_count(&rig));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(nat_other);
ATF_TC_BODY(nat_other, tc)
{
	struct pf_rule rules[2];
	struct pf_status status;
	struct rig_packet p;
	struct rig rig;

	rig_nat_rules(rules, "198.51.100.1");
	rig_open(&rig, rules, 2);
	rig_other(&p, "10.1.1.2", "198.51.100.254", 47, 40);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	ATF_CHECK_STREQ("198.51.100.1 > 198.51.100.254", rig_show(&p));
	rig_other(&p, "198.51.100.254", "198.51.100.1", 47, 40);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em1", "em0", &p));
	ATF_CHECK_STREQ("198.51.100.254 > 10.1.1.2", rig_show(&p));
	/* Nothing could tell the replies to a second client apart. */
	rig_other(&p, "10.1.1.3", "198.51.100.254", 47, 40);
	ATF_REQUIRE_EQ(PF_DROP, rig_forward(&rig, "em0", "em1", &p));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(1, status.state_insert);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(nat_inet6);
ATF_TC_BODY(nat_inet6, tc)
{
	struct rig_tcp syn = { .seq = 1,
		.win = 100,
		.flags = SYN,
		.wscale = -1 };
	struct pf_rule rules[2];
	struct rig_packet p;
	struct rig rig;
	unsigned port;
	char *gt;

	rig_nat_rules(rules, "2001:db8:ff::1");
	rig_open(&rig, rules, 2);
	rig_tcp(&p, "2001:db8:1::2", 4000, "2001:db8::fe", 80, &syn);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	port = shown_port(&p, "2001:db8:ff::1");
	ATF_CHECK(port >= 50001);
	rig_udp(&p, "2001:db8:1::2", 4000, "2001:db8::fe", 53, 33);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	port = shown_port(&p, "2001:db8:ff::1");
	rig_udp(&p, "2001:db8::fe", 53, "2001:db8:ff::1", (uint16_t)port, 9);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em1", "em0", &p));
	gt = strstr(rig_show(&p), "> ");
	ATF_CHECK_STREQ("> 2001:db8:1::2:4000", gt);
	rig_icmp(&p, "2001:db8:1::2", "2001:db8::fe", 128, 0, 7);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	ATF_CHECK(
	    strncmp("2001:db8:ff::1 > 2001:db8::fe [", rig_show(&p), 31) == 0);
	/* The rule is for the other family: it does not match IPv4. */
	rig_udp(&p, "10.1.1.2", 4000, "10.2.2.2", 53, 33);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	ATF_CHECK_STREQ("10.1.1.2:4000 > 10.2.2.2:53", rig_show(&p));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(static_port);
ATF_TC_BODY(static_port, tc)
{
	struct pf_rule rules[2];
	struct rig_packet p;
	struct rig rig;

	rig_nat_rules(rules, "198.51.100.1");
	rules[1].static_port = 1;
	rig_open(&rig, rules, 2);
	rig_udp(&p, "10.1.1.2", 500, "198.51.100.254", 500, 10);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	ATF_CHECK_STREQ("198.51.100.1:500 > 198.51.100.254:500", rig_show(&p));
	rig_udp(&p, "10.1.1.3", 500, "198.51.100.254", 500, 10);
	ATF_CHECK_EQ(PF_DROP, rig_forward(&rig, "em0", "em1", &p));
	rig_udp(&p, "10.1.1.3", 500, "198.51.100.253", 500, 10);
	ATF_CHECK_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	rig_close(&rig);
}

ATF_TC(port_range);
ATF_TC_HEAD(port_range, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A range is used up to the last port, and no further");
}
ATF_TC_BODY(port_range, tc)
{
	struct pf_rule rules[2];
	struct rig_packet p;
	bool used[10] = { false };
	struct rig rig;
	unsigned port, i;
	char src[16];

	rig_nat_rules(rules, "198.51.100.1");
	rules[1].xlate.port[0] = 2000;
	rules[1].xlate.port[1] = 2009;
	rig_open(&rig, rules, 2);
	for (i = 0; i < 11; i++) {
		snprintf(src, sizeof(src), "10.1.1.%u", i + 2);
		rig_udp(&p, src, 500, "198.51.100.254", 500, 10);
		ATF_REQUIRE_EQ(i < 10 ? PF_PASS : PF_DROP,
		    rig_forward(&rig, "em0", "em1", &p));
		if (i == 10)
			break;
		port = shown_port(&p, "198.51.100.1");
		ATF_REQUIRE(port >= 2000 && port <= 2009);
		ATF_CHECK(!used[port - 2000]);
		used[port - 2000] = true;
	}
	rig_close(&rig);

	rules[1].xlate.port[0] = 2000;
	rules[1].xlate.port[1] = 0;
	rig_open(&rig, rules, 2);
	rig_udp(&p, "10.1.1.1", 500, "198.51.100.254", 500, 10);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	ATF_CHECK_EQ(2000, shown_port(&p, "198.51.100.1"));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(prefix_pool);
ATF_TC_BODY(prefix_pool, tc)
{
	struct pf_rule rules[2];
	struct rig_packet p;
	struct rig rig;
	unsigned a, b, c, d, last = 256, moved = 0, i;

	rig_nat_rules(rules, "198.51.100.0/27");
	rig_open(&rig, rules, 2);
	for (i = 0; i < 50; i++) {
		rig_udp(&p, "10.1.1.2", (uint16_t)(1000 + i), "192.0.2.1", 53,
		    10);
		ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
		ATF_REQUIRE_EQ(4,
		    sscanf(rig_show(&p), "%u.%u.%u.%u:", &a, &b, &c, &d));
		ATF_CHECK_EQ(198, a);
		ATF_CHECK_EQ(51, b);
		ATF_CHECK_EQ(100, c);
		ATF_CHECK(d < 32);
		moved += d != last;
		last = d;
	}
	ATF_CHECK(moved > 10);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(rdr);
ATF_TC_BODY(rdr, tc)
{
	struct rig_tcp syn = { .seq = 100,
		.win = 8192,
		.flags = SYN,
		.wscale = -1 };
	struct rig_tcp synack = { .seq = 900,
		.ack = 101,
		.win = 8192,
		.flags = SYN | ACK,
		.wscale = -1 };
	struct pf_rule rules[2];
	struct rig_packet p;
	struct rig rig;

	rig_rdr_rules(rules);
	rig_open(&rig, rules, 2);
	rig_tcp(&p, "198.51.100.254", 33418, "198.51.100.1", 8080, &syn);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em1", "em0", &p));
	ATF_CHECK_STREQ("198.51.100.254:33418 > 10.1.1.2:80", rig_show(&p));
	rig_tcp(&p, "10.1.1.2", 80, "198.51.100.254", 33418, &synack);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
	ATF_CHECK_STREQ("198.51.100.1:8080 > 198.51.100.254:33418",
	    rig_show(&p));
	ATF_CHECK_EQ(2, rig_count(&rig));
	ATF_CHECK_EQ(2, rig.inserts);
	rig_close(&rig);
}

static const struct {
	uint16_t from[2]; /* of the rule's destination */
	uint16_t to[2];
	uint16_t port;
	uint16_t expect;
} ranges[] = {
	{ { 8000, 8009 }, { 80, 0 }, 8005, 80 },
	{ { 8000, 8009 }, { 80, 89 }, 8005, 85 },
	{ { 8000, 8009 }, { 80, 81 }, 8005, 81 },
	{ { 8000, 8009 }, { 0, 0 }, 8005, 8005 },
	{ { 8000, 8009 }, { 65530, 65535 }, 8009, 65533 },
};

ATF_TC_WITHOUT_HEAD(rdr_range);
ATF_TC_BODY(rdr_range, tc)
{
	struct pf_rule rules[2];
	struct rig_packet p;
	char expect[96];
	struct rig rig;
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		rig_rdr_rules(rules);
		rules[0].proto = 17;
		rules[0].dst.port_op = PF_OP_RRG;
		memcpy(rules[0].dst.port, ranges[i].from, 4);
		memcpy(rules[0].xlate.port, ranges[i].to, 4);
		rig_open(&rig, rules, 2);
		rig_udp(&p, "198.51.100.254", 1000, "198.51.100.1",
		    ranges[i].port, 10);
		ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em1", "em0", &p));
		snprintf(expect, sizeof(expect),
		    "198.51.100.254:1000 > 10.1.1.2:%u", ranges[i].expect);
		ATF_CHECK_STREQ(expect, rig_show(&p));
		rig_close(&rig);
	}
}

ATF_TC(rdr_meets);
ATF_TC_HEAD(rdr_meets, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "Two connections that would look alike behind pf");
}
ATF_TC_BODY(rdr_meets, tc)
{
	struct rig_tcp syn = { .seq = 100,
		.win = 8192,
		.flags = SYN,
		.wscale = -1 };
	struct rig_tcp rst = { .seq = 0,
		.ack = 101,
		.flags = RST | ACK,
		.wscale = -1 };
	struct pf_rule r = rig_keep();
	struct pf_status status;
	struct psync_state first;
	struct rig_packet p;
	struct rig rig;

	/* pass in rdr-to 10.1.1.2: whatever was asked for */
	r.direction = PF_IN;
	r.translate = PF_RDR;
	r.xlate = rig_addr("10.1.1.2");
	rig_open(&rig, &r, 1);
	rig_tcp(&p, "192.0.2.1", 999, "198.51.100.1", 80, &syn);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em1", &p));
	first = rig.inserted;
	rig_tcp(&p, "192.0.2.1", 999, "198.51.100.2", 80, &syn);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &p));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(1, status.state_insert);
	ATF_CHECK_EQ(1, rig_count(&rig));
	/* Once the first is over it gives way. */
	rig_tcp(&p, "10.1.1.2", 80, "192.0.2.1", 999, &rst);
	ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em1", &p));
	rig_tcp(&p, "192.0.2.1", 999, "198.51.100.2", 80, &syn);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em1", &p));
	ATF_CHECK_EQ(1, rig.deletes);
	ATF_CHECK_EQ(first.id, rig.deleted.id);
	ATF_CHECK_EQ(1, rig_count(&rig));
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nat_tcp);
	ATF_TP_ADD_TC(tp, nat_udp);
	ATF_TP_ADD_TC(tp, nat_icmp);
	ATF_TP_ADD_TC(tp, nat_other);
	ATF_TP_ADD_TC(tp, nat_inet6);
	ATF_TP_ADD_TC(tp, static_port);
	ATF_TP_ADD_TC(tp, port_range);
	ATF_TP_ADD_TC(tp, prefix_pool);
	ATF_TP_ADD_TC(tp, rdr);
	ATF_TP_ADD_TC(tp, rdr_range);
	ATF_TP_ADD_TC(tp, rdr_meets);
	return (atf_no_error());
}
