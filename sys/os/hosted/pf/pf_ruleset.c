/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which rule a packet matches: the last one that does, or the first that does
 * and is quick.  A rule's tests stand from cheap and selective to dear.
 */

#include <string.h>

#include "os/hosted/pf/pf_impl.h"

/* Whether addr has the rule's prefix; "any" (af 0) is true, also negated. */
bool
pf_addr_match(const struct pf_rule_addr *ra, uint8_t af, const uint8_t *addr)
{
	unsigned bytes = ra->plen / 8, bits = ra->plen % 8;
	bool same;

	if (ra->af == 0)
		return (true);
	if (ra->af != af)
		return (false);
	same = memcmp(ra->addr, addr, bytes) == 0 &&
	    (bits == 0 || ((ra->addr[bytes] ^ addr[bytes]) >> (8 - bits)) == 0);
	return (same != (ra->neg != 0));
}

/* port: network order */
static bool
port_match(const struct pf_rule_addr *ra, uint16_t port)
{
	const uint8_t b[2] = { ((const uint8_t *)&port)[0],
		((const uint8_t *)&port)[1] };
	uint16_t p = pf_get16(b);

	switch (ra->port_op) {
	case PF_OP_EQ:
		return (p == ra->port[0]);
	case PF_OP_RRG:
		return (p >= ra->port[0] && p <= ra->port[1]);
	case PF_OP_NE:
		return (p != ra->port[0]);
	case PF_OP_LT:
		return (p < ra->port[0]);
	case PF_OP_LE:
		return (p <= ra->port[0]);
	case PF_OP_GT:
		return (p > ra->port[0]);
	case PF_OP_GE:
		return (p >= ra->port[0]);
	default:
		return (true);
	}
}

/* Ports, TCP flags, ICMP type and code: fragments without them match none. */
static bool
transport_match(const struct pf_rule *r, const struct pf_pdesc *pd)
{
	bool tcp = pd->proto == PF_PROTO_TCP;
	bool icmp = pd->proto == PF_PROTO_ICMP || pd->proto == PF_PROTO_ICMP6;

	if (r->src.port_op != PF_OP_NONE || r->dst.port_op != PF_OP_NONE) {
		if ((!tcp && pd->proto != PF_PROTO_UDP) || pd->fragment ||
		    !port_match(&r->src, pd->sport) ||
		    !port_match(&r->dst, pd->dport))
			return (false);
	}
	if (tcp && r->flagset != 0 &&
	    (pd->fragment || (pd->tcp_flags & r->flagset) != r->flags))
		return (false);
	if (r->icmp_type != 0 &&
	    (!icmp || pd->fragment || pd->icmp_type != r->icmp_type - 1))
		return (false);
	if (r->icmp_code != 0 &&
	    (!icmp || pd->fragment || pd->icmp_code != r->icmp_code - 1))
		return (false);
	return (true);
}

static bool
rule_match(const struct pf_rule *r, const struct pf_kif *kif,
    const struct pf_pdesc *pd)
{

	if (r->direction != PF_INOUT && r->direction != pd->dir)
		return (false);
	if (r->af != 0 && r->af != pd->af)
		return (false);
	if (r->proto != 0 && r->proto != pd->proto)
		return (false);
	if (r->ifname[0] != '\0' &&
	    pf_if_match(kif, r->ifname) == (r->ifnot != 0))
		return (false);
	if (!pf_addr_match(&r->src, pd->af, pd->src) ||
	    !pf_addr_match(&r->dst, pd->af, pd->dst))
		return (false);
	if (!transport_match(r, pd))
		return (false);
	/* An address of the other family cannot be translated to. */
	return (r->translate == PF_NONAT || r->xlate.af == pd->af);
}

/* The number of the rule that decides; nrules if none matches. */
size_t
pf_ruleset_eval(struct pf *pf, const struct pf_pdesc *pd)
{
	const struct pf_kif *kif = &pf->kifs[pd->kif];
	size_t i, match = pf->nrules;

	for (i = 0; i < pf->nrules; i++) {
		pf->krules[i]->stats.evaluations++;
		if (rule_match(&pf->rules[i], kif, pd)) {
			match = i;
			if (pf->rules[i].quick)
				break;
		}
	}
	return (match);
}
