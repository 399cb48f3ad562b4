/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * set: what is not about one rule.  The last of two wins, except "skip on",
 * which adds up.  state-policy holds for the rules that follow it.
 */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "pfctl/names.h"
#include "pfctl/parser.h"

static bool
item_skip(struct parser *p, void *arg)
{
	struct pf_settings *s = arg;
	char ifname[PF_IFNAMSIZ];
	unsigned i, line = p->tok.line, column = p->tok.column;

	if (parse_is_op(p, "!"))
		return (parse_error(p, "skip takes no \"!\""));
	if (!parse_ifname(p, ifname))
		return (false);
	for (i = 0; i < PF_SKIP_MAX && s->skip[i][0] != '\0'; i++)
		if (strcmp(s->skip[i], ifname) == 0)
			return (true);
	if (i == PF_SKIP_MAX)
		return (parse_error_at(p, line, column,
		    "more than %d interfaces to skip", PF_SKIP_MAX));
	memcpy(s->skip[i], ifname, sizeof(ifname));
	return (true);
}

static bool
set_skip(struct parser *p, struct pf_settings *s)
{
	if (!parse_accept_word(p, "on"))
		return (parse_error(p, "\"on\" is missing"));
	return (parse_list(p, item_skip, s));
}

static bool
item_timeout(struct parser *p, void *arg)
{
	struct pf_settings *s = arg;
	const struct pfctl_timeout *t = pfctl_timeout_find(p->tok.text);
	uint32_t n;

	if (p->tok.kind != TOK_WORD || t == NULL)
		return (parse_error(p, "unknown timeout"));
	parse_next(p);
	if (p->tok.kind != TOK_WORD ||
	    !parse_number(p->tok.text, INT32_MAX, &n) ||
	    (n == 0 && t->timeout == PFTM_INTERVAL))
		return (parse_error(p, "bad timeout"));
	s->timeout[t->timeout] = n;
	parse_next(p);
	return (!p->failed);
}

static bool
set_timeout(struct parser *p, struct pf_settings *s)
{
	return (parse_list(p, item_timeout, s));
}

static bool
item_limit(struct parser *p, void *arg)
{
	struct pf_settings *s = arg;
	uint32_t n;

	if (!parse_is_word(p, "states"))
		return (parse_error(p, "only \"limit states\" is supported"));
	parse_next(p);
	if (p->tok.kind != TOK_WORD ||
	    !parse_number(p->tok.text, INT32_MAX, &n) || n == 0)
		return (parse_error(p, "bad limit"));
	s->limit_states = n;
	parse_next(p);
	return (!p->failed);
}

static bool
set_limit(struct parser *p, struct pf_settings *s)
{
	return (parse_list(p, item_limit, s));
}

static bool
set_state_policy(struct parser *p, struct pf_settings *s)
{
	if (!parse_is_word(p, "if-bound") && !parse_is_word(p, "floating"))
		return (parse_error(p,
		    "\"if-bound\" or \"floating\" is "
		    "missing"));
	s->if_bound = parse_is_word(p, "if-bound");
	parse_next(p);
	return (!p->failed);
}

/* Decimal, or 0x and hexadecimal, as pfctl -s info shows it. */
static bool
set_hostid(struct parser *p, struct pf_settings *s)
{
	const char *text = p->tok.text;
	uint32_t id = 0;
	bool ok;

	if (strncmp(text, "0x", 2) == 0) {
		ok = p->tok.len > 2 && p->tok.len <= 10 &&
		    strspn(text + 2, "0123456789abcdefABCDEF") ==
			p->tok.len - 2;
		if (ok)
			id = (uint32_t)strtoul(text, NULL, 16);
	} else
		ok = parse_number(text, UINT32_MAX, &id);
	if (p->tok.kind != TOK_WORD || !ok)
		return (parse_error(p, "bad hostid"));
	if (id == 0)
		return (parse_error(p, "hostid must be non-zero"));
	s->hostid = htonl(id);
	parse_next(p);
	return (!p->failed);
}

static const struct setting {
	const char *word;
	bool (*parse)(struct parser *, struct pf_settings *);
} known[] = { { "skip", set_skip }, { "timeout", set_timeout },
	{ "limit", set_limit }, { "state-policy", set_state_policy },
	{ "hostid", set_hostid }, { NULL, NULL } };

static const char *const unsupported[] = { "block-policy", "debug",
	"fail-policy", "fingerprints", "keepcounters", "loginterface",
	"optimization", "reassemble", "require-order", "ruleset-optimization",
	"state-defaults", "syncookies", NULL };

bool
parse_set(struct parser *p)
{
	const struct setting *s;
	const char *const *u;

	parse_next(p);
	for (s = known; s->word != NULL; s++)
		if (parse_accept_word(p, s->word))
			return (!p->failed && s->parse(p, &p->out->settings));
	for (u = unsupported; *u != NULL; u++)
		if (parse_is_word(p, *u))
			return (parse_error(p, "setting not supported"));
	return (parse_error(p, "unknown setting"));
}
