/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Checksums of translated packets where they are not simply right before and
 * after: see pf_nat_test.c for those.
 */

#include <atf-c.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

ATF_TC(udp_sum_zero);
ATF_TC_HEAD(udp_sum_zero, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A UDP checksum that comes out as 0 is sent as 0xffff");
}
ATF_TC_BODY(udp_sum_zero, tc)
{
	struct pf_rule r = rig_keep();
	struct rig_packet p;
	unsigned seen = 0, i;
	struct rig rig;

	r.translate = PF_RDR;
	r.xlate = rig_addr("10.9.9.9");
	for (i = 0; i < 65536; i++) {
		if (i % 1024 == 0) {
			if (i > 0)
				rig_close(&rig);
			rig_open(&rig, &r, 1);
		}
		/* The last two octets run through all sums there are. */
		rig_udp(&p, "10.1.1.1", 7, "10.2.2.2", 7, 2);
		p.b[28] = (uint8_t)(i >> 8);
		p.b[29] = (uint8_t)i;
		rig_sums_set(&p);
		ATF_REQUIRE_EQ(PF_PASS, rig_in(&rig, "em0", &p));
		ATF_REQUIRE(p.b[26] != 0 || p.b[27] != 0);
		ATF_REQUIRE_MSG(rig_sums_ok(&p), "%u", i);
		if (p.b[26] == 0xff && p.b[27] == 0xff)
			seen++;
	}
	rig_close(&rig);
	ATF_CHECK(seen > 0);
}

ATF_TC(partial_sum);
ATF_TC_HEAD(partial_sum, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A checksum left to hardware stays the pseudo header's sum");
}
ATF_TC_BODY(partial_sum, tc)
{
	struct rig_tcp syn = { .seq = 100,
		.win = 8192,
		.flags = SYN,
		.wscale = -1 };
	struct pf_rule rules[2];
	struct rig_packet p, whole;
	struct rig rig;
	uint32_t s;
	unsigned i;

	rig_rdr_rules(rules);
	rig_open(&rig, rules, 2);
	rig_tcp(&p, "198.51.100.254", 33418, "198.51.100.1", 8080, &syn);
	for (i = 12, s = 6 + 20; i < 20; i += 2)
		s += (uint32_t)p.b[i] << 8 | p.b[i + 1];
	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	p.b[36] = (uint8_t)(s >> 8);
	p.b[37] = (uint8_t)s;
	ATF_REQUIRE_EQ(PF_PASS,
	    pf_test(rig.pf, PF_IN, "em1", p.b, p.len, PF_CSUM_PARTIAL));
	ATF_CHECK_STREQ("198.51.100.254:33418 > 10.1.1.2:80", rig_show(&p));
	/* Finish it as the hardware does: add the rest, complement. */
	whole = p;
	for (i = 20, s = 0; i < 40; i += 2)
		s += (uint32_t)p.b[i] << 8 | p.b[i + 1];
	s = (s & 0xffff) + (s >> 16);
	s = 0xffff & ~((s & 0xffff) + (s >> 16));
	whole.b[36] = (uint8_t)(s >> 8);
	whole.b[37] = (uint8_t)s;
	ATF_CHECK(rig_sums_ok(&whole));
	/* ICMP's is never left to hardware. */
	rig_close(&rig);
	rig_nat_rules(rules, "2001:db8:ff::1");
	rig_open(&rig, rules, 2);
	rig_icmp(&p, "2001:db8:1::2", "2001:db8::fe", 128, 0, 7);
	ATF_REQUIRE_EQ(PF_PASS,
	    pf_test(rig.pf, PF_OUT, "em1", p.b, p.len, PF_CSUM_PARTIAL));
	ATF_CHECK(strncmp("2001:db8:ff::1 > ", rig_show(&p), 17) == 0);
	ATF_CHECK(rig_sums_ok(&p));
	rig_close(&rig);
}

ATF_TC(broken_sum);
ATF_TC_HEAD(broken_sum, tc)
{
	atf_tc_set_md_var(tc, "descr", "Damage is not repaired by translation");
}
ATF_TC_BODY(broken_sum, tc)
{
	struct pf_rule rules[2];
	struct rig_packet p;
	struct rig rig;

	rig_nat_rules(rules, "198.51.100.1");
	rig_open(&rig, rules, 2);
	rig_udp(&p, "10.1.1.2", 53, "198.51.100.254", 53, 31);
	p.b[40] ^= 0x10;
	ATF_REQUIRE_EQ(PF_PASS, rig_out(&rig, "em1", &p));
	ATF_CHECK(!rig_sums_ok(&p));
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, udp_sum_zero);
	ATF_TP_ADD_TC(tp, partial_sum);
	ATF_TP_ADD_TC(tp, broken_sum);
	return (atf_no_error());
}
