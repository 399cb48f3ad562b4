/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A rule as written stands for one rule for each combination of what its lists
 * hold.  They come in pf's order: interfaces vary slowest, then protocols, ICMP
 * types, sources, source ports, destinations, destination ports.
 *
 * Combinations of IPv4 with IPv6 are left out; a rule of which nothing is left
 * is a mistake.  What a combination cannot mean is one as well.
 */

#include <stdlib.h>
#include <string.h>

#include "pfctl/names.h"
#include "pfctl/parser.h"

enum { IFS, PROTOS, ICMPS, SRC, SPORTS, DST, DPORTS, NLISTS };

struct combination {
	const struct list *list[NLISTS];
	size_t at[NLISTS];
};

static void
begin(struct combination *c, const struct rule_text *rt)
{
	memset(c, 0, sizeof(*c));
	c->list[IFS] = &rt->ifs;
	c->list[PROTOS] = &rt->protos;
	c->list[ICMPS] = &rt->icmps;
	c->list[SRC] = &rt->src;
	c->list[SPORTS] = &rt->sports;
	c->list[DST] = &rt->dst;
	c->list[DPORTS] = &rt->dports;
}

/* The next one, the last list varying fastest.  False: there is none. */
static bool
advance(struct combination *c)
{
	unsigned i = NLISTS;

	while (i-- > 0) {
		if (c->at[i] + 1 < c->list[i]->n) {
			c->at[i]++;
			return (true);
		}
		c->at[i] = 0;
	}
	return (false);
}

/* Item of a list that this combination has; NULL: the list is empty. */
static const void *
item(const struct combination *c, unsigned i)
{
	const struct list *l = c->list[i];

	return (l->n == 0 ? NULL : (const char *)l->v + c->at[i] * l->size);
}

static bool
too_many(const struct combination *c)
{
	size_t n = 1;
	unsigned i;

	for (i = 0; i < NLISTS; i++)
		if (c->list[i]->n > 0 &&
		    (n *= c->list[i]->n) > PARSE_COMBINATIONS_MAX)
			return (true);
	return (false);
}

/* The family that an address leaves to its rule.  False: none is left. */
static bool
narrow(uint8_t *af, uint8_t by)
{
	if (by != 0 && *af != 0 && by != *af)
		return (false);
	if (by != 0)
		*af = by;
	return (true);
}

static void
set_end(struct pf_rule_addr *end, const struct pf_rule_addr *host,
    const struct port_text *port)
{
	if (host != NULL && host->plen > 0)
		*end = *host;
	if (port != NULL) {
		end->port_op = port->op;
		end->port[0] = port->port[0];
		end->port[1] = port->port[1];
	}
}

/* TCP's flags are of TCP; a pass rule that keeps state wants the first SYN. */
static void
set_flags(struct pf_rule *r, bool given)
{
	if (r->proto != 0 && r->proto != PFCTL_PROTO_TCP) {
		r->flags = r->flagset = 0;
		return;
	}
	if (given || r->action != PF_PASS || r->keep_state == PF_NOSTATE)
		return;
	r->flags = (uint8_t)pfctl_flags_parse("S");
	r->flagset = (uint8_t)pfctl_flags_parse("SA");
}

/* NULL, or what is wrong with a finished rule. */
static const char *
inconsistent(const struct pf_rule *r)
{
	bool ports = r->proto == PFCTL_PROTO_TCP || r->proto == PFCTL_PROTO_UDP;
	bool icmp = r->proto == PFCTL_PROTO_ICMP ||
	    r->proto == PFCTL_PROTO_ICMP6;

	if (!ports &&
	    (r->src.port_op != PF_OP_NONE || r->dst.port_op != PF_OP_NONE ||
		r->xlate.port[0] != 0))
		return ("port only applies to tcp/udp");
	if (r->icmp_type != 0 && r->af == 0)
		return ("must indicate address family with icmp-type/code");
	if (icmp && r->af != 0 &&
	    (r->af == PF_AF_INET6) != (r->proto == PFCTL_PROTO_ICMP6))
		return ("icmp of the other address family");
	if (r->action == PF_PASS)
		return (NULL);
	if (r->keep_state != PF_NOSTATE)
		return ("keep state on block rules doesn't make sense");
	if (r->allow_opts)
		return ("allow-opts can only be specified for pass rules");
	if (r->translate != PF_NONAT)
		return ("nat-to and rdr-to are for pass rules");
	return (NULL);
}

/* Whether a protocol has the ICMP types of a family. */
static const char *
wrong_icmp(uint8_t proto, uint8_t af)
{
	if (proto != PFCTL_PROTO_ICMP && proto != PFCTL_PROTO_ICMP6)
		return ("icmp-type/code only applies to icmp");
	if ((proto == PFCTL_PROTO_ICMP6) != (af == PF_AF_INET6))
		return ("icmp-type mismatch");
	return (NULL);
}

/* What translation asks of a rule. */
static const char *
untranslatable(const struct pf_rule *r)
{
	if (r->translate == PF_NONAT)
		return (NULL);
	if (r->af != r->xlate.af)
		return ("no translation address with matching address family");
	if (r->translate == PF_NAT && r->direction != PF_OUT)
		return ("nat-to is for packets going out: say \"pass out\"");
	if (r->translate == PF_RDR && r->direction != PF_IN)
		return ("rdr-to is for packets coming in: say \"pass in\"");
	if (r->action == PF_PASS && r->keep_state == PF_NOSTATE)
		return ("nat-to and rdr-to need keep state");
	return (NULL);
}

/*
 * Makes the rule of one combination.  False: it is left out, or *wrong says why
 * it cannot be.
 */
static bool
combine(const struct combination *c, const struct rule_text *rt,
    const struct pf_settings *settings, struct pf_rule *r, const char **wrong)
{
	const struct if_text *ifp = item(c, IFS);
	const uint8_t *proto = item(c, PROTOS);
	const struct icmp_text *icmp = item(c, ICMPS);
	const struct pf_rule_addr *src = item(c, SRC), *dst = item(c, DST);

	*wrong = NULL;
	*r = rt->rule;
	if ((src != NULL && !narrow(&r->af, src->af)) ||
	    (dst != NULL && !narrow(&r->af, dst->af)))
		return (false);
	if (r->af == 0)
		r->af = r->xlate.af;
	if (ifp != NULL) {
		memcpy(r->ifname, ifp->name, sizeof(r->ifname));
		r->ifnot = ifp->neg;
	}
	if (proto != NULL)
		r->proto = *proto;
	if (icmp != NULL) {
		if ((*wrong = wrong_icmp(r->proto, icmp->af)) != NULL)
			return (false);
		r->icmp_type = icmp->type;
		r->icmp_code = icmp->code;
	}
	set_end(&r->src, src, item(c, SPORTS));
	set_end(&r->dst, dst, item(c, DPORTS));
	if (!(rt->given & RULE_POLICY) && r->keep_state == PF_KEEP_STATE)
		r->if_bound = settings->if_bound;
	set_flags(r, (rt->given & RULE_FLAGS) != 0);
	if ((*wrong = inconsistent(r)) == NULL)
		*wrong = untranslatable(r);
	return (*wrong == NULL);
}

static bool
append(struct parser *p, const struct pf_rule *r)
{
	struct pf_ruleset_text *out = p->out;
	struct pf_rule *rules;
	size_t cap;

	if (out->nrules == p->cap) {
		cap = p->cap == 0 ? 16 : p->cap * 2;
		if ((rules = realloc(out->rules, cap * sizeof(*rules))) ==
		    NULL) {
			p->nomem = p->failed = true;
			return (false);
		}
		out->rules = rules;
		p->cap = cap;
	}
	out->rules[out->nrules++] = *r;
	return (true);
}

bool
expand_rule(struct parser *p, const struct rule_text *rt)
{
	struct combination c;
	struct pf_rule r;
	size_t before = p->out->nrules;
	const char *wrong;

	begin(&c, rt);
	if (too_many(&c))
		return (parse_error_at(p, rt->line, rt->column,
		    "rule expands to too many combinations"));
	do {
		if (combine(&c, rt, &p->out->settings, &r, &wrong)) {
			if (p->out->nrules == PF_RULES_MAX)
				return (parse_error_at(p, rt->line, rt->column,
				    "more than %d rules", PF_RULES_MAX));
			if (!append(p, &r))
				return (false);
		} else if (wrong != NULL)
			return (parse_error_at(p, rt->line, rt->column, "%s",
			    wrong));
	} while (advance(&c));
	if (p->out->nrules == before)
		return (parse_error_at(p, rt->line, rt->column,
		    "rule expands to no valid combination"));
	return (true);
}
