/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * nat-to and rdr-to: what a new connection looks like behind pf.  nat-to gives
 * its source another address and, so that replies can be told apart, a port (or
 * ICMP id) nobody uses; rdr-to gives its destination another address and port.
 * Once there is a state, its two keys say all about the translation.
 */

#include <string.h>

#include "os/hosted/pf/pf_impl.h"

/* pf.conf(5): where the ports of nat-to are from. */
#define NAT_PORT_LOW  50001
#define NAT_PORT_HIGH 65535

/* The rule's address; of a prefix, a random one. */
static void
pick_addr(struct pf *pf, const struct pf_rule_addr *pool, uint8_t *addr)
{
	size_t i, len = pf_addr_len(pool->af);
	unsigned keep;
	uint8_t mask;

	for (i = 0; i < len; i++) {
		keep = pool->plen <= i * 8 ? 0 : pool->plen - (unsigned)i * 8;
		mask = keep >= 8 ? 0xff : (uint8_t)(0xff00 >> keep);
		addr[i] = pool->addr[i] & mask;
		if (mask != 0xff)
			addr[i] |= (uint8_t)(pf->env.random(pf->env.ctx) &
			    (uint8_t)~mask);
	}
}

static uint16_t
host_to_net(uint32_t port)
{
	const uint8_t b[2] = { (uint8_t)(port >> 8), (uint8_t)port };
	uint16_t n;

	memcpy(&n, b, sizeof(n));
	return (n);
}

static uint16_t
net_to_host(uint16_t port)
{
	uint8_t b[2];

	memcpy(b, &port, sizeof(b));
	return (pf_get16(b));
}

/* The table in which the translated key of a new state must be unique. */
static unsigned
nat_table(const struct pf_pdesc *pd)
{

	return (pd->dir == PF_IN ? PF_TAB_STACK : PF_TAB_WIRE);
}

/* A source port that makes the key unique.  False: all are taken. */
static bool
pick_port(struct pf *pf, const struct pf_rule_addr *pool,
    const struct pf_pdesc *pd, struct psync_key *key)
{
	uint32_t low = NAT_PORT_LOW, high = NAT_PORT_HIGH, n, i, first;

	if (pool->port[0] != 0) {
		low = pool->port[0];
		high = pool->port[1] > low ? pool->port[1] : low;
	}
	n = high - low + 1;
	first = pf->env.random(pf->env.ctx) % n;
	for (i = 0; i < n; i++) {
		key->port[pd->sidx] = host_to_net(low + (first + i) % n);
		/* An id is one number, not two. */
		if (pd->icmp_query)
			key->port[pd->didx] = key->port[pd->sidx];
		if (!pf_state_taken(pf, nat_table(pd), key, pd->af, pd->proto))
			return (true);
	}
	return (false);
}

static bool
nat_to(struct pf *pf, const struct pf_rule *r, const struct pf_pdesc *pd,
    struct psync_key *key)
{
	bool ports = pd->proto == PF_PROTO_TCP || pd->proto == PF_PROTO_UDP ||
	    pd->icmp_query;

	pick_addr(pf, &r->xlate, key->addr[pd->sidx]);
	if (ports && !r->static_port)
		return (pick_port(pf, &r->xlate, pd, key));
	return (!pf_state_taken(pf, nat_table(pd), key, pd->af, pd->proto));
}

/* Ranges map one to one: the n-th port of the rule to the n-th of the pool. */
static void
rdr_to(struct pf *pf, const struct pf_rule *r, const struct pf_pdesc *pd,
    struct psync_key *key)
{
	const struct pf_rule_addr *to = &r->xlate;
	uint32_t n, offset;

	pick_addr(pf, to, key->addr[pd->didx]);
	if (to->port[0] == 0 ||
	    (pd->proto != PF_PROTO_TCP && pd->proto != PF_PROTO_UDP))
		return;
	n = to->port[1] > to->port[0] ? to->port[1] - to->port[0] + 1U : 1;
	offset = (uint16_t)(net_to_host(pd->dport) - r->dst.port[0]) % n;
	key->port[pd->didx] = host_to_net(to->port[0] + offset);
}

/*
 * Turns the key of a packet into that of its translation by the rule.  False:
 * there is no address and port left.
 */
bool
pf_nat(struct pf *pf, const struct pf_rule *r, const struct pf_pdesc *pd,
    struct psync_key *key)
{

	switch (r->translate) {
	case PF_NAT:
		return (nat_to(pf, r, pd, key));
	case PF_RDR:
		rdr_to(pf, r, pd, key);
		return (true);
	default:
		return (true);
	}
}
