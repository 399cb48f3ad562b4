/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The checksum of a ruleset: MD5 over its rules in order.  Peers compare it to
 * learn whether a rule number means the same rule to both, so it is taken over
 * the values of the fields, not over memory with its padding and byte order.
 */

#include <string.h>

#include "os/hosted/pf/md5.h"
#include "os/hosted/pf/pf_impl.h"

static void
sum_int(struct md5 *m, uint32_t v)
{
	const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v };

	md5_update(m, b, sizeof(b));
}

/* With its NUL, so that neighbours cannot run into each other. */
static void
sum_string(struct md5 *m, const char *s, size_t size)
{

	md5_update(m, s, strnlen(s, size));
	md5_update(m, "", 1);
}

static void
sum_addr(struct md5 *m, const struct pf_rule_addr *a)
{

	md5_update(m, a->addr, sizeof(a->addr));
	sum_int(m, a->plen);
	sum_int(m, a->af);
	sum_int(m, a->neg != 0);
	sum_int(m, a->port_op);
	sum_int(m, a->port[0]);
	sum_int(m, a->port[1]);
}

static void
sum_rule(struct md5 *m, const struct pf_rule *r)
{
	const uint8_t values[] = { r->action, r->direction, r->quick, r->ifnot,
		r->log, r->af, r->proto, r->flags, r->flagset, r->icmp_type,
		r->icmp_code, r->keep_state, r->nosync, r->sloppy, r->if_bound,
		r->translate, r->static_port, r->allow_opts };
	unsigned i;

	sum_string(m, r->ifname, sizeof(r->ifname));
	sum_string(m, r->label, sizeof(r->label));
	sum_addr(m, &r->src);
	sum_addr(m, &r->dst);
	sum_addr(m, &r->xlate);
	for (i = 0; i < PFTM_MAX; i++)
		sum_int(m, r->timeout[i]);
	sum_int(m, r->max_states);
	md5_update(m, values, sizeof(values));
}

void
pf_rules_checksum(const struct pf_rule *rules, size_t nrules,
    uint8_t digest[16])
{
	struct md5 m;
	size_t i;

	md5_init(&m);
	for (i = 0; i < nrules; i++)
		sum_rule(&m, &rules[i]);
	md5_final(&m, digest);
}
