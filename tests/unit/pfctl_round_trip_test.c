/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Any rule that the parser can make is printed as text that it reads back as
 * the same rule.
 */

#include <atf-c.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pfctl/names.h"
#include "pfctl/print.h"
#include "tests/lib/ruleset.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t prng;

static unsigned
below(unsigned n)
{
	prng ^= prng << 13;
	prng ^= prng >> 7;
	prng ^= prng << 17;
	return ((unsigned)((prng >> 16) % n));
}

static void
make_addr(struct pf_rule_addr *a, uint8_t af, bool ports)
{
	unsigned i, bits = af == PF_AF_INET6 ? 128 : 32;

	if (af != 0 && below(2)) {
		a->af = af;
		a->neg = below(4) == 0;
		a->plen = (uint8_t)(1 + below(bits));
		for (i = 0; i < a->plen; i++)
			if (below(2))
				a->addr[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	if (!ports || below(2))
		return;
	a->port_op = (uint8_t)(1 + below(PF_OP_GE));
	a->port[0] = (uint16_t)below(below(2) ? 1024 : 65536);
	if (a->port_op == PF_OP_RRG)
		a->port[1] = (uint16_t)(a->port[0] +
		    below(65536U - a->port[0]));
}

static void
make_state(struct pf_rule *r)
{
	unsigned i;

	r->keep_state = PF_KEEP_STATE;
	r->max_states = below(3) ? 0 : 1 + below(1000000);
	r->nosync = below(4) == 0;
	r->sloppy = below(4) == 0;
	r->if_bound = below(4) == 0;
	for (i = 0; i < PFTM_MAX; i++)
		if (i != PFTM_FRAG && i != PFTM_INTERVAL && below(8) == 0)
			r->timeout[i] = below(100000);
}

static void
make_translation(struct pf_rule *r, bool ports)
{
	unsigned i, len = r->af == PF_AF_INET6 ? 16 : 4;

	if (r->af == 0 || r->direction == PF_INOUT || below(3))
		return;
	r->translate = r->direction == PF_OUT ? PF_NAT : PF_RDR;
	r->xlate.af = r->af;
	r->xlate.plen = (uint8_t)(len * 8);
	for (i = 0; i < len; i++)
		r->xlate.addr[i] = (uint8_t)below(256);
	if (ports && below(2)) {
		r->xlate.port[0] = (uint16_t)(1 + below(65535));
		if (below(2))
			r->xlate.port[1] = (uint16_t)(r->xlate.port[0] +
			    below(65536U - r->xlate.port[0]));
	} else if (r->translate == PF_NAT)
		r->static_port = below(4) == 0;
}

/* Any rule that the parser can make. */
static void
make_rule(struct pf_rule *r)
{
	static const uint8_t protos[] = { 0, 1, 6, 6, 17, 58, 50, 112, 240 };
	bool tcp, ports, icmp;
	unsigned i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < PFTM_MAX; i++)
		r->timeout[i] = PFTM_UNSET;
	r->action = below(3) ? PF_PASS : PF_DROP;
	r->direction = (uint8_t)below(3);
	r->quick = (uint8_t)below(2);
	r->log = (uint8_t)below(2);
	if (below(2)) {
		snprintf(r->ifname, sizeof(r->ifname), "vlan%u", below(4096));
		r->ifnot = (uint8_t)below(2);
	}
	r->proto = below(8) ? protos[below(NELEM(protos))] :
			      (uint8_t)(1 + below(255));
	tcp = r->proto == PFCTL_PROTO_TCP;
	ports = tcp || r->proto == PFCTL_PROTO_UDP;
	icmp = r->proto == PFCTL_PROTO_ICMP || r->proto == PFCTL_PROTO_ICMP6;
	if (below(3) > 0)
		r->af = icmp ?
		    (r->proto == PFCTL_PROTO_ICMP ? PF_AF_INET : PF_AF_INET6) :
		    (below(2) ? PF_AF_INET : PF_AF_INET6);
	make_addr(&r->src, r->af, ports);
	make_addr(&r->dst, r->af, ports);
	if (icmp && r->af != 0 && below(2)) {
		r->icmp_type = (uint8_t)(1 + below(255));
		r->icmp_code = below(2) ? 0 : (uint8_t)(1 + below(255));
	}
	if (r->action == PF_PASS && below(4))
		make_state(r);
	if (r->proto == 0 || tcp) {
		r->flagset = (uint8_t)below(256);
		r->flags = (uint8_t)below(256) & r->flagset;
	}
	if (r->action == PF_PASS)
		r->allow_opts = below(4) == 0;
	if (r->keep_state)
		make_translation(r, ports);
	if (below(3) == 0)
		for (i = 0; i < 1 + below(31); i++)
			r->label[i] = "az AZ,09;{}#()=/!<>'"[below(20)];
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	struct pf_ruleset_text text = { .nrules = 1000 }, again;
	char *said, *printed;
	size_t i;
	uint64_t seed;

	text.rules = calloc(text.nrules, sizeof(*text.rules));
	ATF_REQUIRE(text.rules != NULL);
	for (seed = 1; seed <= 20; seed++) {
		prng = seed * 0x9e3779b97f4a7c15ULL;
		pf_settings_default(&text.settings);
		text.settings.if_bound = (uint8_t)(seed % 2);
		for (i = 0; i < text.nrules; i++)
			make_rule(&text.rules[i]);
		printed = ruleset_print(&text, true);
		ATF_REQUIRE_EQ_MSG(ruleset_parse(printed, &again, &said), 0,
		    "seed %ju: %s", (uintmax_t)seed, said);
		ATF_CHECK_STREQ(said, "");
		ATF_REQUIRE_EQ(again.nrules, text.nrules);
		for (i = 0; i < text.nrules; i++) {
			if (memcmp(&text.rules[i], &again.rules[i],
				sizeof(text.rules[i])) == 0)
				continue;
			pfctl_print_rule(stderr, &text.rules[i],
			    &text.settings);
			pfctl_print_rule(stderr, &again.rules[i],
			    &again.settings);
			atf_tc_fail("seed %ju, rule %zu is read back as "
				    "another",
			    (uintmax_t)seed, i);
		}
		ATF_CHECK(memcmp(&text.settings, &again.settings,
			      sizeof(text.settings)) == 0);
		free(printed);
		free(said);
		pfctl_ruleset_free(&again);
	}
	pfctl_ruleset_free(&text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	return (atf_no_error());
}
