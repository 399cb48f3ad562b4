/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Hostile packets: cut at every octet, with every octet changed, and noise.
 * Each stands in memory of its exact size, so that a sanitizer sees any read
 * beyond it.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

/* Hands pf a copy that ends where the packet ends. */
static enum pf_action
test_exact(struct rig *rig, enum pf_dir dir, const uint8_t *b, size_t len)
{
	enum pf_action action;
	uint8_t *copy = malloc(len + 1);

	ATF_REQUIRE(copy != NULL);
	memcpy(copy + 1, b, len);
	action = pf_test(rig->pf, dir, dir == PF_IN ? "em0" : "em1", copy + 1,
	    len, 0);
	free(copy);
	return (action);
}

enum { SAMPLES = 9 };

static void
sample(struct rig_packet *p, unsigned i)
{
	static const uint8_t hop[8] = { 17, 0, 5, 2, 0, 0, 1, 0 };
	static const uint8_t fragment[8] = { 6, 0, 0, 1, 0, 0, 0, 1 };
	struct rig_tcp syn = { .seq = 9,
		.win = 512,
		.flags = SYN,
		.len = 8,
		.wscale = 7 };
	struct rig_packet quoted;

	switch (i) {
	case 0:
		rig_tcp(p, "10.1.1.2", 4000, "10.2.2.2", 80, &syn);
		break;
	case 1:
		rig_udp(p, "10.1.1.2", 4000, "10.2.2.2", 80, 12);
		break;
	case 2:
		rig_icmp(p, "10.1.1.2", "10.2.2.2", 8, 0, 77);
		break;
	case 3:
		rig_udp(&quoted, "10.2.2.2", 80, "10.1.1.2", 4000, 12);
		rig_error(p, "10.1.1.2", "10.2.2.2", 3, 3, &quoted, 40);
		break;
	case 4:
		rig_tcp(p, "2001:db8::1", 4000, "2001:db8::2", 80, &syn);
		break;
	case 5:
		rig_udp(p, "2001:db8::1", 4000, "2001:db8::2", 80, 12);
		p->b[6] = 0;
		rig_push(p, 40, hop, sizeof(hop));
		break;
	case 6:
		rig_udp(&quoted, "2001:db8::2", 80, "2001:db8::1", 4000, 12);
		rig_error(p, "2001:db8::1", "2001:db8::2", 1, 4, &quoted, 60);
		break;
	case 7:
		rig_tcp(p, "2001:db8::1", 4000, "2001:db8::2", 80, &syn);
		p->b[6] = 44;
		rig_push(p, 40, fragment, sizeof(fragment));
		break;
	case 8:
		rig_other(p, "10.1.1.2", "10.2.2.2", 132, 20);
		break;
	}
}

static void
open_rig(struct rig *rig)
{
	struct pf_rule rules[3] = { rig_keep(), rig_keep(), rig_keep() };

	rules[0].translate = PF_NAT;
	rules[0].xlate = rig_addr("192.0.2.1");
	rules[1].translate = PF_NAT;
	rules[1].xlate = rig_addr("2001:db8:f::1");
	rules[2].direction = PF_IN;
	rig_open(rig, rules, 3);
}

ATF_TC(truncated);
ATF_TC_HEAD(truncated, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A packet shorter than its IP length is malformed at any octet");
}
ATF_TC_BODY(truncated, tc)
{
	struct pf_status status;
	struct rig_packet p;
	struct rig rig;
	unsigned i;
	size_t len;

	for (i = 0; i < SAMPLES; i++) {
		open_rig(&rig);
		sample(&p, i);
		for (len = 0; len < p.len; len++) {
			ATF_CHECK_EQ(PF_DROP,
			    test_exact(&rig, PF_IN, p.b, len));
			ATF_CHECK_EQ(PF_DROP,
			    test_exact(&rig, PF_OUT, p.b, len));
		}
		rig_status(&rig, &status);
		ATF_CHECK_EQ(2 * p.len, status.bad_offset);
		ATF_CHECK_EQ(0, status.states);
		ATF_CHECK_EQ(PF_PASS, test_exact(&rig, PF_IN, p.b, p.len));
		rig_close(&rig);
	}
}

/* Says that the packet is len octets long, as if sent like that. */
static void
set_length(struct rig_packet *p, size_t len)
{
	size_t claim = p->b[0] >> 4 == 6 ? len - 40 : len;

	p->b[p->b[0] >> 4 == 6 ? 4 : 2] = (uint8_t)(claim >> 8);
	p->b[p->b[0] >> 4 == 6 ? 5 : 3] = (uint8_t)claim;
	p->len = len;
}

ATF_TC(short_transport);
ATF_TC_HEAD(short_transport, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "Consistently short packets: dropped until the headers are whole");
}
ATF_TC_BODY(short_transport, tc)
{
	/* Octets from which the headers (for UDP: the datagram) are whole. */
	static const size_t whole[SAMPLES] = { 20 + 24, 20 + 20, 20 + 8,
		20 + 8 + 28, 40 + 24, 40 + 8 + 20, 40 + 8 + 48, 40 + 8 + 24,
		20 };
	struct rig_packet p;
	struct rig rig;
	unsigned i;
	size_t len;

	for (i = 0; i < SAMPLES; i++) {
		sample(&p, i);
		for (len = p.len; len >= (p.b[0] >> 4 == 6 ? 40U : 20U);
		     len--) {
			open_rig(&rig);
			set_length(&p, len);
			ATF_CHECK_EQ_MSG(len >= whole[i] ? PF_PASS : PF_DROP,
			    test_exact(&rig, PF_IN, p.b, len),
			    "sample %u, %zu octets", i, len);
			rig_close(&rig);
		}
	}
}

ATF_TC(mutated);
ATF_TC_HEAD(mutated, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "Every octet of every sample with many values; then noise");
}
ATF_TC_BODY(mutated, tc)
{
	static const uint8_t values[] = { 0, 1, 2, 4, 5, 6, 8, 15, 16, 43, 44,
		47, 51, 58, 60, 63, 64, 69, 70, 79, 96, 127, 128, 240, 254,
		255 };
	struct pf_status status;
	struct rig_packet p, q;
	struct rig rig;
	uint32_t x = 12345;
	uint64_t tests = 0;
	unsigned i, v, n;
	size_t at;

	open_rig(&rig);
	for (i = 0; i < SAMPLES; i++) {
		sample(&p, i);
		for (at = 0; at < p.len; at++) {
			for (v = 0; v < sizeof(values); v++, tests += 2) {
				q = p;
				q.b[at] = values[v];
				test_exact(&rig, PF_IN, q.b, q.len);
				test_exact(&rig, PF_OUT, q.b, q.len);
			}
		}
	}
	for (n = 0; n < 20000; n++, tests++) {
		sample(&q, n % SAMPLES);
		for (i = 0; i < 4; i++) {
			x = x * 1664525 + 1013904223;
			q.b[(x >> 16) % q.len] = (uint8_t)(x >> 8);
		}
		test_exact(&rig, n & 1 ? PF_IN : PF_OUT, q.b, q.len);
		rig.now += 10;
		pf_purge(rig.pf);
	}
	rig_status(&rig, &status);
	ATF_CHECK_EQ(tests,
	    status.packets[0][0] + status.packets[0][1] + status.packets[1][0] +
		status.packets[1][1]);
	ATF_CHECK_EQ(status.states, rig_count(&rig));
	ATF_CHECK_EQ(status.inserts, status.removals + status.states);
	ATF_CHECK_EQ(status.inserts, rig.inserts);
	ATF_CHECK_EQ(status.removals, rig.deletes + rig.expires);
	rig_close(&rig);
}

/* Octets of a sample that make it malformed. */
static const struct {
	unsigned sample;
	size_t at;
	uint8_t value;
} malformed[] = {
	{ 0, 0, 0x55 },	 /* version 5 */
	{ 0, 0, 0x44 },	 /* header of 16 octets */
	{ 0, 0, 0x4f },	 /* header beyond the packet */
	{ 0, 3, 19 },	 /* total length below the header's */
	{ 0, 32, 0x40 }, /* TCP header of 16 octets */
	{ 0, 32, 0xf0 }, /* TCP header beyond the packet */
	{ 1, 25, 7 },	 /* UDP length below its header's */
	{ 1, 25, 21 },	 /* UDP length beyond the packet */
	{ 2, 9, 58 },	 /* ICMPv6 in IPv4 */
	{ 4, 6, 1 },	 /* ICMP in IPv6 */
	{ 5, 41, 200 },	 /* extension header beyond the packet */
	{ 7, 40, 44 },	 /* fragment header in a fragment */
};

ATF_TC_WITHOUT_HEAD(malformed_fields);
ATF_TC_BODY(malformed_fields, tc)
{
	struct pf_status status;
	struct rig_packet p;
	struct rig rig;
	size_t i;

	for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		open_rig(&rig);
		sample(&p, malformed[i].sample);
		ATF_REQUIRE(p.b[malformed[i].at] != malformed[i].value);
		p.b[malformed[i].at] = malformed[i].value;
		ATF_CHECK_EQ_MSG(PF_DROP, test_exact(&rig, PF_IN, p.b, p.len),
		    "row %zu", i);
		rig_status(&rig, &status);
		ATF_CHECK_EQ_MSG(1, status.bad_offset, "row %zu", i);
		rig_close(&rig);
	}
	/* UDP to port 0. */
	open_rig(&rig);
	rig_udp(&p, "10.1.1.2", 4000, "10.2.2.2", 0, 12);
	ATF_CHECK_EQ(PF_DROP, test_exact(&rig, PF_IN, p.b, p.len));
	/* Octets behind the packet (padding of a frame) do no harm. */
	rig_udp(&p, "10.1.1.2", 4000, "10.2.2.2", 1, 12);
	ATF_CHECK_EQ(PF_PASS, test_exact(&rig, PF_IN, p.b, p.len + 6));
	ATF_CHECK_EQ(40, rig.inserted.bytes[0]);
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, truncated);
	ATF_TP_ADD_TC(tp, short_transport);
	ATF_TP_ADD_TC(tp, mutated);
	ATF_TP_ADD_TC(tp, malformed_fields);
	return (atf_no_error());
}
