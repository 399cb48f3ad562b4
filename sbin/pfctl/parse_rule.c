/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pass and block.  What comes before the addresses has a fixed order, as in
 * pf.conf(5); what comes after them has none (parse_option.c).
 */

#include <stdlib.h>
#include <string.h>

#include "pfctl/names.h"
#include "pfctl/parser.h"

static bool
item_interface(struct parser *p, void *list)
{
	struct if_text i;

	i.neg = parse_accept_op(p, "!");
	return (parse_ifname(p, i.name) && parse_list_add(p, list, &i));
}

static bool
item_proto(struct parser *p, void *list)
{
	uint32_t n;
	uint8_t proto;
	int known;

	if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_STRING)
		return (parse_error(p, "a protocol is missing"));
	if (!parse_number(p->tok.text, UINT8_MAX, &n)) {
		if ((known = pfctl_proto_number(p->tok.text)) == -1)
			return (parse_error(p, "unknown protocol"));
		n = (uint32_t)known;
	}
	if (n == 0)
		return (parse_error(p, "protocol 0 cannot be used"));
	proto = (uint8_t)n;
	parse_next(p);
	return (!p->failed && parse_list_add(p, list, &proto));
}

/* [host] [port ports] */
static bool
parse_end(struct parser *p, struct list *hosts, struct list *ports)
{
	if (!parse_is_word(p, "port") && !parse_list(p, parse_host, hosts))
		return (false);
	if (parse_accept_word(p, "port") && !parse_list(p, parse_port, ports))
		return (false);
	return (!p->failed);
}

static bool
parse_from_to(struct parser *p, struct rule_text *rt)
{
	if (parse_accept_word(p, "all"))
		return (!p->failed);
	if (parse_accept_word(p, "from") &&
	    !parse_end(p, &rt->src, &rt->sports))
		return (false);
	if (parse_accept_word(p, "to") && !parse_end(p, &rt->dst, &rt->dports))
		return (false);
	return (!p->failed);
}

/* pass; block drop; block return: there is nobody to send the answer. */
static void
parse_action(struct parser *p, struct pf_rule *r)
{
	r->action = parse_is_word(p, "block") ? PF_DROP : PF_PASS;
	parse_next(p);
	if (r->action == PF_PASS || parse_accept_word(p, "drop"))
		return;
	if (parse_is_word(p, "return")) {
		parse_warn(p,
		    "no answer is sent: \"block return\" is loaded "
		    "as \"block drop\"");
		parse_next(p);
	}
}

/* Up to the addresses. */
static bool
parse_head(struct parser *p, struct rule_text *rt)
{
	struct pf_rule *r = &rt->rule;

	parse_action(p, r);
	if (parse_accept_word(p, "in"))
		r->direction = PF_IN;
	else if (parse_accept_word(p, "out"))
		r->direction = PF_OUT;
	while (parse_is_word(p, "log") || parse_is_word(p, "quick")) {
		if (parse_is_word(p, "log") ? r->log++ : r->quick++)
			return (parse_error(p, "given twice"));
		parse_next(p);
		if (parse_is_op(p, "("))
			return (
			    parse_error(p, "log options are not supported"));
	}
	if (parse_accept_word(p, "on") &&
	    !parse_list(p, item_interface, &rt->ifs))
		return (false);
	if (parse_accept_word(p, "inet"))
		r->af = PF_AF_INET;
	else if (parse_accept_word(p, "inet6"))
		r->af = PF_AF_INET6;
	if (parse_accept_word(p, "proto") &&
	    !parse_list(p, item_proto, &rt->protos))
		return (false);
	return (!p->failed);
}

bool
parse_rule(struct parser *p)
{
	struct rule_text rt;
	bool ok;
	unsigned i;

	memset(&rt, 0, sizeof(rt));
	for (i = 0; i < PFTM_MAX; i++)
		rt.rule.timeout[i] = PFTM_UNSET;
	rt.ifs.size = sizeof(struct if_text);
	rt.protos.size = sizeof(uint8_t);
	rt.icmps.size = sizeof(struct icmp_text);
	rt.src.size = rt.dst.size = sizeof(struct pf_rule_addr);
	rt.sports.size = rt.dports.size = sizeof(struct port_text);
	rt.line = p->tok.line;
	rt.column = p->tok.column;

	ok = parse_head(p, &rt) && parse_from_to(p, &rt) &&
	    parse_options(p, &rt);
	if (ok && p->tok.kind == TOK_NEWLINE)
		ok = expand_rule(p, &rt);

	free(rt.ifs.v);
	free(rt.protos.v);
	free(rt.icmps.v);
	free(rt.src.v);
	free(rt.sports.v);
	free(rt.dst.v);
	free(rt.dports.v);
	return (ok);
}
