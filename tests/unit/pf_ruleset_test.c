/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which rule decides: one rule against one packet for every criterion, and
 * several rules for their order.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

/* Each sets one criterion of a rule that blocks. */
enum what {
	ANY,
	DIR_IN,
	DIR_OUT,
	ON_EM0,
	ON_EM1,
	ON_EM,
	ON_NOT_EM0,
	ON_NOT_EM1,
	INET,
	INET6,
	TCP,
	UDP,
	FROM_HOST,
	FROM_NET,
	FROM_NET_ODD,
	FROM_OTHER,
	FROM_NOT,
	FROM_NOT_OTHER,
	FROM_6,
	TO_HOST,
	TO_OTHER,
	SPORT,
	SPORT_OTHER,
	DPORT,
	RANGE,
	RANGE_OTHER,
	NE,
	NE_SAME,
	LT,
	LT_SAME,
	LE,
	GT,
	GT_SAME,
	GE,
	FLAGS_S,
	FLAGS_SA,
	FLAGS_A,
	TYPE,
	TYPE_OTHER,
	CODE,
	CODE_OTHER
};

static void
port(struct pf_rule_addr *a, uint8_t op, uint16_t p0, uint16_t p1)
{

	a->port_op = op;
	a->port[0] = p0;
	a->port[1] = p1;
}

static void
set(struct pf_rule *r, const char *ifname, bool not )
{

	snprintf(r->ifname, sizeof(r->ifname), "%s", ifname);
	r->ifnot = not ;
}

static struct pf_rule
make(enum what what)
{
	struct pf_rule r = rig_rule();

	r.action = PF_DROP;
	switch (what) {
	case ANY:
		break;
	case DIR_IN:
		r.direction = PF_IN;
		break;
	case DIR_OUT:
		r.direction = PF_OUT;
		break;
	case ON_EM0:
		set(&r, "em0", false);
		break;
	case ON_EM1:
		set(&r, "em1", false);
		break;
	case ON_EM:
		set(&r, "em", false);
		break;
	case ON_NOT_EM0:
		set(&r, "em0", true);
		break;
	case ON_NOT_EM1:
		set(&r, "em1", true);
		break;
	case INET:
		r.af = PF_AF_INET;
		break;
	case INET6:
		r.af = PF_AF_INET6;
		break;
	case TCP:
		r.proto = 6;
		break;
	case UDP:
		r.proto = 17;
		break;
	case FROM_HOST:
		r.src = rig_addr("10.1.2.3");
		break;
	case FROM_NET:
		r.src = rig_addr("10.0.0.0/8");
		break;
	case FROM_NET_ODD:
		r.src = rig_addr("10.1.2.0/30");
		break;
	case FROM_OTHER:
		r.src = rig_addr("10.1.2.4/30");
		break;
	case FROM_NOT:
		r.src = rig_addr("10.0.0.0/8");
		r.src.neg = 1;
		break;
	case FROM_NOT_OTHER:
		r.src = rig_addr("11.0.0.0/8");
		r.src.neg = 1;
		break;
	case FROM_6:
		r.src = rig_addr("2001:db8::/33");
		break;
	case TO_HOST:
		r.dst = rig_addr("192.0.2.9");
		break;
	case TO_OTHER:
		r.dst = rig_addr("192.0.2.8");
		break;
	case SPORT:
		port(&r.src, PF_OP_EQ, 1024, 0);
		break;
	case SPORT_OTHER:
		port(&r.src, PF_OP_EQ, 80, 0);
		break;
	case DPORT:
		port(&r.dst, PF_OP_EQ, 80, 0);
		break;
	case RANGE:
		port(&r.dst, PF_OP_RRG, 79, 80);
		break;
	case RANGE_OTHER:
		port(&r.dst, PF_OP_RRG, 81, 90);
		break;
	case NE:
		port(&r.dst, PF_OP_NE, 81, 0);
		break;
	case NE_SAME:
		port(&r.dst, PF_OP_NE, 80, 0);
		break;
	case LT:
		port(&r.dst, PF_OP_LT, 81, 0);
		break;
	case LT_SAME:
		port(&r.dst, PF_OP_LT, 80, 0);
		break;
	case LE:
		port(&r.dst, PF_OP_LE, 80, 0);
		break;
	case GT:
		port(&r.dst, PF_OP_GT, 79, 0);
		break;
	case GT_SAME:
		port(&r.dst, PF_OP_GT, 80, 0);
		break;
	case GE:
		port(&r.dst, PF_OP_GE, 80, 0);
		break;
	case FLAGS_S:
		r.flags = SYN;
		r.flagset = SYN;
		break;
	case FLAGS_SA:
		r.flags = SYN;
		r.flagset = SYN | ACK;
		break;
	case FLAGS_A:
		r.flags = ACK;
		r.flagset = ACK;
		break;
	case TYPE:
		r.icmp_type = 8 + 1;
		break;
	case TYPE_OTHER:
		r.icmp_type = 0 + 1;
		break;
	case CODE:
		r.icmp_type = 8 + 1;
		r.icmp_code = 0 + 1;
		break;
	case CODE_OTHER:
		r.icmp_type = 8 + 1;
		r.icmp_code = 1 + 1;
		break;
	}
	return (r);
}

enum kind {
	K_TCP,
	K_SYNACK,
	K_UDP,
	K_ICMP,
	K_ICMP6,
	K_TCP6,
	K_GRE,
	K_FRAGMENT
};

static void
packet(struct rig_packet *p, enum kind kind)
{
	struct rig_tcp t = { .seq = 1,
		.win = 1000,
		.flags = SYN,
		.wscale = -1 };

	switch (kind) {
	case K_SYNACK:
		t.flags |= ACK;
		/* FALLTHROUGH */
	case K_TCP:
		rig_tcp(p, "10.1.2.3", 1024, "192.0.2.9", 80, &t);
		break;
	case K_UDP:
		rig_udp(p, "10.1.2.3", 1024, "192.0.2.9", 80, 10);
		break;
	case K_ICMP:
		rig_icmp(p, "10.1.2.3", "192.0.2.9", 8, 0, 1);
		break;
	case K_ICMP6:
		rig_icmp(p, "2001:db8::1", "2001:db8::2", 128, 0, 1);
		break;
	case K_TCP6:
		rig_tcp(p, "2001:db8:7fff::1", 1024, "2001:db8::2", 80, &t);
		break;
	case K_GRE:
		rig_other(p, "10.1.2.3", "192.0.2.9", 47, 20);
		break;
	case K_FRAGMENT:
		rig_tcp(p, "10.1.2.3", 1024, "192.0.2.9", 80, &t);
		p->b[7] = 10;
		rig_sums_set(p);
		break;
	}
}

static const struct {
	enum what what;
	enum kind kind;
	bool match;
} table[] = {
	{ ANY, K_TCP, true },
	{ ANY, K_GRE, true },
	{ ANY, K_TCP6, true },
	{ DIR_IN, K_TCP, true },
	{ DIR_OUT, K_TCP, false },
	{ ON_EM0, K_TCP, true },
	{ ON_EM1, K_TCP, false },
	{ ON_EM, K_TCP, true },
	{ ON_NOT_EM0, K_TCP, false },
	{ ON_NOT_EM1, K_TCP, true },
	{ INET, K_TCP, true },
	{ INET, K_TCP6, false },
	{ INET6, K_TCP, false },
	{ INET6, K_TCP6, true },
	{ TCP, K_TCP, true },
	{ TCP, K_UDP, false },
	{ UDP, K_UDP, true },
	{ FROM_HOST, K_TCP, true },
	{ FROM_NET, K_TCP, true },
	{ FROM_NET_ODD, K_TCP, true },
	{ FROM_OTHER, K_TCP, false },
	{ FROM_NOT, K_TCP, false },
	{ FROM_NOT_OTHER, K_TCP, true },
	{ FROM_HOST, K_TCP6, false },
	{ FROM_NOT_OTHER, K_TCP6, false },
	{ FROM_6, K_TCP6, true },
	{ FROM_6, K_TCP, false },
	{ TO_HOST, K_TCP, true },
	{ TO_OTHER, K_TCP, false },
	{ SPORT, K_TCP, true },
	{ SPORT_OTHER, K_TCP, false },
	{ DPORT, K_TCP, true },
	{ DPORT, K_UDP, true },
	{ DPORT, K_TCP6, true },
	{ DPORT, K_GRE, false },
	{ DPORT, K_ICMP, false },
	{ DPORT, K_FRAGMENT, false },
	{ RANGE, K_TCP, true },
	{ RANGE_OTHER, K_TCP, false },
	{ NE, K_TCP, true },
	{ NE_SAME, K_TCP, false },
	{ LT, K_TCP, true },
	{ LT_SAME, K_TCP, false },
	{ LE, K_TCP, true },
	{ GT, K_TCP, true },
	{ GT_SAME, K_TCP, false },
	{ GE, K_TCP, true },
	{ FLAGS_S, K_TCP, true },
	{ FLAGS_S, K_SYNACK, true },
	{ FLAGS_SA, K_TCP, true },
	{ FLAGS_SA, K_SYNACK, false },
	{ FLAGS_A, K_TCP, false },
	{ FLAGS_A, K_SYNACK, true },
	{ FLAGS_SA, K_UDP, true },
	{ FLAGS_SA, K_ICMP, true },
	{ FLAGS_SA, K_FRAGMENT, false },
	{ TYPE, K_ICMP, true },
	{ TYPE_OTHER, K_ICMP, false },
	{ TYPE, K_ICMP6, false },
	{ TYPE, K_TCP, false },
	{ CODE, K_ICMP, true },
	{ CODE_OTHER, K_ICMP, false },
	{ ANY, K_FRAGMENT, true },
	{ TCP, K_FRAGMENT, true },
	{ FROM_HOST, K_FRAGMENT, true },
};

ATF_TC_WITHOUT_HEAD(criteria);
ATF_TC_BODY(criteria, tc)
{
	struct pf_rule_stats stats;
	struct rig_packet p;
	struct pf_rule r;
	struct rig rig;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		r = make(table[i].what);
		rig_open(&rig, &r, 1);
		packet(&p, table[i].kind);
		ATF_CHECK_EQ_MSG(table[i].match ? PF_DROP : PF_PASS,
		    rig_in(&rig, "em0", &p), "row %zu: rule %d, packet %d", i,
		    table[i].what, table[i].kind);
		pf_rule_stats(rig.pf, 0, &stats);
		ATF_CHECK_EQ(1, stats.evaluations);
		ATF_CHECK_EQ(table[i].match ? 1 : 0, stats.packets);
		ATF_CHECK_EQ(table[i].match ? p.len : 0, stats.bytes);
		rig_close(&rig);
	}
}

/* 'p' pass, 'b' block, 'P' and 'B' quick, '-' a rule that does not match. */
static const struct {
	const char *rules;
	enum pf_action action;
	int last; /* rule evaluated last */
} orders[] = {
	{ "", PF_PASS, -1 },
	{ "b", PF_DROP, 0 },
	{ "bp", PF_PASS, 1 },
	{ "pb", PF_DROP, 1 },
	{ "Bp", PF_DROP, 0 },
	{ "Pb", PF_PASS, 0 },
	{ "bPb", PF_PASS, 1 },
	{ "-b-", PF_DROP, 2 },
	{ "b--", PF_DROP, 2 },
	{ "---", PF_PASS, 2 },
	{ "pbpbB-p", PF_DROP, 4 },
};

ATF_TC(order);
ATF_TC_HEAD(order, tc)
{
	atf_tc_set_md_var(tc, "descr", "The last match wins, quick ends");
}
ATF_TC_BODY(order, tc)
{
	struct pf_rule_stats stats;
	struct pf_rule rules[8];
	struct rig_packet p;
	struct rig rig;
	size_t i, n, j;

	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		n = strlen(orders[i].rules);
		for (j = 0; j < n; j++) {
			char c = orders[i].rules[j];

			rules[j] = rig_rule();
			rules[j].action = c == 'b' || c == 'B' ? PF_DROP :
								 PF_PASS;
			rules[j].quick = c == 'B' || c == 'P';
			if (c == '-')
				rules[j].proto = 47;
		}
		rig_open(&rig, rules, n);
		packet(&p, K_TCP);
		ATF_CHECK_EQ_MSG(orders[i].action, rig_in(&rig, "em0", &p),
		    "rules %s", orders[i].rules);
		for (j = 0; j < n; j++) {
			pf_rule_stats(rig.pf, j, &stats);
			ATF_CHECK_EQ((int)j <= orders[i].last,
			    stats.evaluations == 1);
		}
		rig_close(&rig);
	}
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, criteria);
	ATF_TP_ADD_TC(tp, order);
	return (atf_no_error());
}
