/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ICMP errors: they find the state of the packet they quote, are translated
 * with it, and are refused where they quote what cannot have been sent.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

/*
 * A packet goes out translated; somebody on the way sends an error about it.
 * proto: of the packet.  quote: how much of it the error has.
 */
static const struct {
	const char *name;
	int proto;
	size_t quote;
	bool v6;
} errors[] = {
	{ "TCP, 8 octets", 6, 20 + 8, false },
	{ "TCP, whole", 6, 1000, false },
	{ "UDP, 8 octets", 17, 20 + 8, false },
	{ "UDP, whole", 17, 1000, false },
	{ "echo, 8 octets", 1, 20 + 8, false },
	{ "echo, whole", 1, 1000, false },
	{ "GRE", 47, 20 + 4, false },
	{ "TCP, 8 octets", 6, 40 + 8, true },
	{ "TCP, whole", 6, 1000, true },
	{ "UDP, whole", 17, 1000, true },
	{ "echo, whole", 58, 1000, true },
};

static void
error_packet(struct rig_packet *p, size_t i)
{
	const char *src = errors[i].v6 ? "2001:db8:1::2" : "10.1.1.2";
	const char *dst = errors[i].v6 ? "2001:db8::fe" : "198.51.100.254";
	struct rig_tcp syn = { .seq = 100,
		.win = 8192,
		.flags = SYN,
		.wscale = -1 };

	switch (errors[i].proto) {
	case 6:
		rig_tcp(p, src, 4000, dst, 80, &syn);
		break;
	case 17:
		rig_udp(p, src, 4000, dst, 80, 100);
		break;
	case 1:
	case 58:
		rig_icmp(p, src, dst, errors[i].v6 ? 128 : 8, 0, 4000);
		break;
	default:
		rig_other(p, src, dst, (uint8_t)errors[i].proto, 40);
		break;
	}
}

ATF_TC_WITHOUT_HEAD(error_nat);
ATF_TC_BODY(error_nat, tc)
{
	struct rig_packet original, sent, error;
	struct pf_rule rules[2];
	char expect[128];
	struct rig rig;
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		bool v6 = errors[i].v6;
		const char *nat = v6 ? "2001:db8:ff::1" : "198.51.100.1";
		unsigned updates;

		rig_nat_rules(rules, nat);
		rig_open(&rig, rules, 2);
		error_packet(&original, i);
		sent = original;
		ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &sent));
		ATF_CHECK(strcmp(rig_show(&sent), "") != 0);
		rig_error(&error, v6 ? "2001:db8:99::9" : "203.0.113.9", nat,
		    v6 ? 1 : 3, 1, &sent, errors[i].quote);
		updates = rig.updates;
		ATF_REQUIRE_EQ_MSG(PF_PASS,
		    rig_forward(&rig, "em1", "em0", &error), "%s",
		    errors[i].name);
		ATF_CHECK_EQ(updates + 2, rig.updates);
		/* The client sees its own packet, to the octet. */
		snprintf(expect, sizeof(expect), "%s", rig_show(&original));
		ATF_CHECK_STREQ(expect, rig_show_quoted(&error));
		ATF_CHECK_EQ_MSG(0,
		    memcmp(original.b, error.b + (v6 ? 48 : 28),
			error.len - (v6 ? 48 : 28)),
		    "%s", errors[i].name);
		snprintf(expect, sizeof(expect), "%s > %s [0]",
		    v6 ? "2001:db8:99::9" : "203.0.113.9",
		    v6 ? "2001:db8:1::2" : "10.1.1.2");
		ATF_CHECK_STREQ(expect, rig_show(&error));
		ATF_CHECK_EQ(2, rig_count(&rig));
		rig_close(&rig);
	}
}

ATF_TC(error_rdr);
ATF_TC_HEAD(error_rdr, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "An error of the real server looks as from the one asked for");
}
ATF_TC_BODY(error_rdr, tc)
{
	struct rig_packet p, error;
	struct pf_rule rules[2];
	struct rig rig;

	rig_rdr_rules(rules);
	rules[0].proto = 17;
	rig_open(&rig, rules, 2);
	rig_udp(&p, "198.51.100.254", 33418, "198.51.100.1", 8080, 10);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em1", "em0", &p));
	rig_error(&error, "10.1.1.2", "198.51.100.254", 3, 3, &p, 28);
	ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &error));
	ATF_CHECK_STREQ("198.51.100.1 > 198.51.100.254 [0]", rig_show(&error));
	ATF_CHECK_STREQ("198.51.100.254:33418 > 198.51.100.1:8080",
	    rig_show_quoted(&error));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(error_refused);
ATF_TC_BODY(error_refused, tc)
{
	struct rig_tcp syn = { .seq = 100,
		.win = 8192,
		.flags = SYN,
		.wscale = -1 };
	struct pf_rule rules[2] = { rig_rule(), rig_keep() };
	struct rig_packet p, bogus, error;
	struct pf_status status;
	struct rig rig;

	/* block all; pass out */
	rules[0].action = PF_DROP;
	rules[1].direction = PF_OUT;
	rig_open(&rig, rules, 2);
	rig_tcp(&p, "10.1.1.2", 4000, "192.0.2.1", 80, &syn);
	ATF_REQUIRE_EQ(PF_PASS, rig_out(&rig, "em1", &p));

	rig_error(&error, "192.0.2.7", "10.1.1.2", 3, 1, &p, 28);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em1", &error));

	/* About a segment that was never sent: a guess. */
	bogus = p;
	bogus.b[24] ^= 0x40;
	rig_error(&error, "192.0.2.7", "10.1.1.2", 3, 1, &bogus, 28);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &error));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(1, status.state_mismatch);
	ATF_CHECK_EQ(0, status.bad_offset);

	/* About no state: the rules decide. */
	bogus = p;
	bogus.b[20] ^= 0x40;
	rig_error(&error, "192.0.2.7", "10.1.1.2", 3, 1, &bogus, 28);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &error));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(1, status.match - rig.inserts);

	/* Quotes too little, or another family, or no packet. */
	rig_error(&error, "192.0.2.7", "10.1.1.2", 3, 1, &p, 27);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &error));
	rig_error(&error, "192.0.2.7", "10.1.1.2", 3, 1, &p, 0);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &error));
	rig_udp(&bogus, "2001:db8::1", 1, "2001:db8::2", 2, 8);
	rig_error(&error, "192.0.2.7", "10.1.1.2", 3, 1, &bogus, 48);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &error));
	rig_icmp(&bogus, "10.1.1.2", "192.0.2.1", 8, 0, 1);
	rig_error(&error, "192.0.2.7", "10.1.1.2", 3, 1, &bogus, 27);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &error));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(4, status.bad_offset);

	/* A quoted fragment has no ports to find a state by. */
	bogus = p;
	bogus.b[7] = 9;
	rig_error(&error, "192.0.2.7", "10.1.1.2", 3, 1, &bogus, 28);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &error));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(4, status.bad_offset);
	ATF_CHECK_EQ(1, rig_count(&rig));
	rig_close(&rig);
}

/* Which quoted sequence numbers can have been sent, at window scale 4. */
static const struct {
	uint32_t seq;
	bool sloppy;
	enum pf_action action;
} quoted_seqs[] = {
	{ 200, false, PF_PASS },
	{ 101 + (1000 << 4), false, PF_PASS },
	{ 102 + (1000 << 4), false, PF_DROP },
	{ 201 - (1000 << 4), false, PF_PASS },
	{ 200 - (1000 << 4), false, PF_DROP },
	{ 77777777, false, PF_DROP },
	{ 77777777, true, PF_PASS },
};

ATF_TC_WITHOUT_HEAD(error_seq);
ATF_TC_BODY(error_seq, tc)
{
	struct rig_tcp syn = { .seq = 100,
		.win = 500,
		.flags = SYN,
		.wscale = 2 };
	struct rig_tcp synack = { .seq = 900,
		.ack = 101,
		.win = 500,
		.flags = SYN | ACK,
		.wscale = 4 };
	struct rig_tcp data = { .seq = 101,
		.ack = 901,
		.win = 500,
		.flags = ACK,
		.len = 100,
		.wscale = -1 };
	struct rig_tcp ack = { .seq = 901,
		.ack = 101,
		.win = 1000,
		.flags = ACK,
		.wscale = -1 };
	struct pf_rule r = rig_keep();
	struct rig_packet p, error;
	struct rig rig;
	size_t i;

	for (i = 0; i < sizeof(quoted_seqs) / sizeof(quoted_seqs[0]); i++) {
		r.sloppy = quoted_seqs[i].sloppy;
		rig_open(&rig, &r, 1);
		rig_tcp(&p, "10.0.0.1", 1, "10.0.0.2", 80, &syn);
		ATF_REQUIRE_EQ(PF_PASS, rig_out(&rig, "em0", &p));
		rig_tcp(&p, "10.0.0.2", 80, "10.0.0.1", 1, &synack);
		ATF_REQUIRE_EQ(PF_PASS, rig_in(&rig, "em0", &p));
		data.seq = 101;
		rig_tcp(&p, "10.0.0.1", 1, "10.0.0.2", 80, &data);
		ATF_REQUIRE_EQ(PF_PASS, rig_out(&rig, "em0", &p));
		rig_tcp(&p, "10.0.0.2", 80, "10.0.0.1", 1, &ack);
		ATF_REQUIRE_EQ(PF_PASS, rig_in(&rig, "em0", &p));
		data.seq = quoted_seqs[i].seq;
		rig_tcp(&p, "10.0.0.1", 1, "10.0.0.2", 80, &data);
		rig_error(&error, "10.0.0.9", "10.0.0.1", 11, 0, &p, 28);
		ATF_CHECK_EQ_MSG(quoted_seqs[i].action,
		    rig_in(&rig, "em0", &error), "row %zu", i);
		rig_close(&rig);
	}
}

ATF_TC_WITHOUT_HEAD(error_options);
ATF_TC_BODY(error_options, tc)
{
	static const uint8_t option[4] = { 148, 4, 0, 0 };
	struct pf_rule r = rig_keep();
	struct rig_packet p, error;
	struct pf_status status;
	struct rig rig;

	rig_open(&rig, &r, 1);
	rig_udp(&p, "10.0.0.1", 1, "10.0.0.2", 80, 9);
	ATF_REQUIRE_EQ(PF_PASS, rig_out(&rig, "em0", &p));
	rig_error(&error, "10.0.0.2", "10.0.0.1", 3, 3, &p, 28);
	rig_push(&error, 20, option, sizeof(option));
	error.b[0] = 0x46;
	rig_sums_set(&error);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em0", &error));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(1, status.ip_option);
	ATF_CHECK_EQ(0, rig.updates);
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, error_nat);
	ATF_TP_ADD_TC(tp, error_rdr);
	ATF_TP_ADD_TC(tp, error_refused);
	ATF_TP_ADD_TC(tp, error_seq);
	ATF_TP_ADD_TC(tp, error_options);
	return (atf_no_error());
}
