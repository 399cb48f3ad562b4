/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What may follow the addresses of a rule, in any order, each at most once.
 */

#include <ctype.h>
#include <string.h>

#include "pfctl/names.h"
#include "pfctl/parser.h"

/* Words that pf.conf(5) knows in a rule and this pf does not. */
static const char *const unsupported[] = { "af-to", "binat-to", "bitmask",
	"divert-packet", "divert-reply", "divert-to", "dnpipe", "dnqueue",
	"dup-to", "fastroute", "fragment", "group", "least-states",
	"max-pkt-rate", "modulate", "once", "os", "prio", "probability",
	"queue", "random", "received-on", "reply-to", "return-icmp",
	"return-icmp6", "return-rst", "ridentifier", "round-robin", "route-to",
	"rtable", "scrub", "set", "source-hash", "sticky-address", "synproxy",
	"tag", "tagged", "tos", "user", NULL };

/* any | [letters] / letters */
static bool
option_flags(struct parser *p, struct rule_text *rt)
{
	int flags = 0, set;

	if (parse_accept_word(p, "any"))
		return (!p->failed);
	if (p->tok.kind == TOK_WORD) {
		if ((flags = pfctl_flags_parse(p->tok.text)) == -1)
			return (parse_error(p, "not TCP flags"));
		parse_next(p);
	}
	if (!parse_accept_op(p, "/"))
		return (parse_error(p, "\"/\" and a mask of flags is missing"));
	if (p->tok.kind != TOK_WORD ||
	    (set = pfctl_flags_parse(p->tok.text)) == -1)
		return (parse_error(p, "not TCP flags"));
	if ((flags & set) != flags)
		return (parse_error(p, "flags always false"));
	rt->rule.flags = (uint8_t)flags;
	rt->rule.flagset = (uint8_t)set;
	parse_next(p);
	return (!p->failed);
}

static bool
item_icmp(struct parser *p, struct list *list, uint8_t af)
{
	struct icmp_text icmp = { af, 0, 0 };
	uint32_t type, code;
	int known;

	if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_STRING)
		return (parse_error(p, "an ICMP type is missing"));
	/* The rule holds type + 1 in 8 bits. */
	if (!parse_number(p->tok.text, UINT8_MAX - 1, &type)) {
		if ((known = pfctl_icmp_type(af, p->tok.text)) == -1)
			return (parse_error(p, "unknown ICMP type"));
		type = (uint32_t)known;
	}
	icmp.type = (uint8_t)(type + 1);
	parse_next(p);
	if (parse_accept_word(p, "code")) {
		if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_STRING)
			return (parse_error(p, "an ICMP code is missing"));
		if (!parse_number(p->tok.text, UINT8_MAX - 1, &code)) {
			known = pfctl_icmp_code(af, (uint8_t)type, p->tok.text);
			if (known == -1)
				return (parse_error(p, "unknown ICMP code"));
			code = (uint32_t)known;
		}
		icmp.code = (uint8_t)(code + 1);
		parse_next(p);
	}
	return (!p->failed && parse_list_add(p, list, &icmp));
}

static bool
item_icmp4(struct parser *p, void *list)
{
	return (item_icmp(p, list, PF_AF_INET));
}

static bool
item_icmp6(struct parser *p, void *list)
{
	return (item_icmp(p, list, PF_AF_INET6));
}

static bool
option_icmp(struct parser *p, struct rule_text *rt)
{
	return (parse_list(p, item_icmp4, &rt->icmps));
}

static bool
option_icmp6(struct parser *p, struct rule_text *rt)
{
	return (parse_list(p, item_icmp6, &rt->icmps));
}

static bool
option_keep(struct parser *p, struct rule_text *rt)
{
	if (!parse_accept_word(p, "state"))
		return (parse_error(p, "\"state\" is missing"));
	rt->rule.keep_state = PF_KEEP_STATE;
	return (parse_state_options(p, rt));
}

static bool
option_no(struct parser *p, struct rule_text *rt)
{
	if (!parse_accept_word(p, "state"))
		return (parse_error(p, "\"state\" is missing"));
	rt->rule.keep_state = PF_NOSTATE;
	return (!p->failed);
}

static bool
option_label(struct parser *p, struct rule_text *rt)
{
	const char *c;

	if ((p->tok.kind != TOK_WORD && p->tok.kind != TOK_STRING) ||
	    p->tok.len == 0)
		return (parse_error(p, "a label is missing"));
	if (p->tok.len >= sizeof(rt->rule.label))
		return (parse_error(p, "rule label too long (max %zu chars)",
		    sizeof(rt->rule.label) - 1));
	for (c = p->tok.text; *c != '\0'; c++) {
		if (*c == '$')
			return (parse_error(p,
			    "macros in labels are not supported"));
		if (!isprint((unsigned char)*c) || *c == '"' || *c == '\\')
			return (parse_error(p, "illegal character in label"));
	}
	memcpy(rt->rule.label, p->tok.text, p->tok.len);
	parse_next(p);
	return (!p->failed);
}

static bool
option_allow_opts(struct parser *p, struct rule_text *rt)
{
	rt->rule.allow_opts = 1;
	return (!p->failed);
}

/* One address, [port n | port n:m], [static-port] */
static bool
parse_translation(struct parser *p, struct pf_rule *r)
{
	struct pf_rule_addr a;
	struct port_text port;
	struct list list = { &a, 0, 1, sizeof(a) };
	struct list ports = { &port, 0, 1, sizeof(port) };
	const char *what = r->translate == PF_NAT ? "nat-to" : "rdr-to";
	unsigned line = p->tok.line, column = p->tok.column;

	if (parse_is_op(p, "{"))
		return (parse_error(p, "%s takes one address", what));
	if (!parse_host(p, &list))
		return (false);
	if (a.neg || a.plen != (a.af == PF_AF_INET6 ? 128 : 32))
		return (parse_error_at(p, line, column, "%s takes one address",
		    what));
	r->xlate = a;
	line = p->tok.line;
	column = p->tok.column;
	if (parse_accept_word(p, "port")) {
		if (parse_is_op(p, "{"))
			return (
			    parse_error(p, "%s takes one port or range", what));
		if (!parse_port(p, &ports))
			return (false);
		if ((port.op != PF_OP_EQ && port.op != PF_OP_RRG) ||
		    port.port[0] == 0)
			return (parse_error_at(p, line, column,
			    "%s takes one port or range", what));
		memcpy(r->xlate.port, port.port, sizeof(port.port));
	}
	if (parse_is_word(p, "static-port")) {
		if (r->translate != PF_NAT)
			return (parse_error(p,
			    "static-port only applies to nat-to"));
		if (r->xlate.port[0] != 0)
			return (parse_error(p, "a port is given already"));
		r->static_port = 1;
		parse_next(p);
	}
	return (!p->failed);
}

static bool
option_nat(struct parser *p, struct rule_text *rt)
{
	rt->rule.translate = PF_NAT;
	return (parse_translation(p, &rt->rule));
}

static bool
option_rdr(struct parser *p, struct rule_text *rt)
{
	rt->rule.translate = PF_RDR;
	return (parse_translation(p, &rt->rule));
}

static const struct option {
	const char *word;
	unsigned bit;
	bool (*parse)(struct parser *, struct rule_text *);
	const char *name; /* in complaints */
} options[] = { { "flags", RULE_FLAGS, option_flags, "flags" },
	{ "icmp-type", RULE_ICMP, option_icmp, "icmp-type" },
	{ "icmp6-type", RULE_ICMP, option_icmp6, "icmp-type" },
	{ "keep", RULE_STATE, option_keep, "keep or no state" },
	{ "no", RULE_STATE, option_no, "keep or no state" },
	{ "label", RULE_LABEL, option_label, "label" },
	{ "allow-opts", RULE_ALLOWOPTS, option_allow_opts, "allow-opts" },
	{ "nat-to", RULE_XLATE, option_nat, "nat-to or rdr-to" },
	{ "rdr-to", RULE_XLATE, option_rdr, "nat-to or rdr-to" },
	{ NULL, 0, NULL, NULL } };

static const struct option *
find_option(const struct parser *p)
{
	const struct option *o;

	for (o = options; o->word != NULL; o++)
		if (parse_is_word(p, o->word))
			return (o);
	return (NULL);
}

bool
parse_options(struct parser *p, struct rule_text *rt)
{
	const struct option *o;
	const char *const *u;

	rt->rule.keep_state = rt->rule.action == PF_PASS ? PF_KEEP_STATE :
							   PF_NOSTATE;
	while ((o = find_option(p)) != NULL) {
		if (rt->given & o->bit)
			return (
			    parse_error(p, "%s cannot be redefined", o->name));
		rt->given |= o->bit;
		parse_next(p);
		if (p->failed || !o->parse(p, rt))
			return (false);
	}
	for (u = unsupported; *u != NULL; u++)
		if (parse_is_word(p, *u))
			return (parse_error(p, "not supported"));
	return (!p->failed);
}
