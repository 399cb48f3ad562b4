/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * keep state ( ... ): what a rule says of its states.
 */

#include <string.h>

#include "pfctl/names.h"
#include "pfctl/parser.h"

static const struct {
	const char *word;
	unsigned bit;
	const char *name; /* in complaints */
} state_words[] = { { "no-sync", RULE_NOSYNC, "no-sync" },
	{ "sloppy", RULE_SLOPPY, "sloppy" },
	{ "if-bound", RULE_POLICY, "state policy" },
	{ "floating", RULE_POLICY, "state policy" }, { "max", RULE_MAX, "max" },
	{ NULL, 0, NULL } };

static const char *const unsupported[] = { "max-src-conn", "max-src-conn-rate",
	"max-src-nodes", "max-src-states", "overload", "pflow", "set-tos",
	"source-track", NULL };

static bool
parse_timeout(struct parser *p, struct pf_rule *r)
{
	const struct pfctl_timeout *t = pfctl_timeout_find(p->tok.text);
	uint32_t seconds;

	if (p->tok.kind != TOK_WORD || t == NULL)
		return (parse_error(p, "not a state option"));
	/* Those without a dot are not about states. */
	if (strchr(t->name, '.') == NULL)
		return (parse_error(p, "not a timeout of states"));
	if (r->timeout[t->timeout] != PFTM_UNSET)
		return (parse_error(p, "timeout cannot be redefined"));
	parse_next(p);
	if (p->tok.kind != TOK_WORD ||
	    !parse_number(p->tok.text, INT32_MAX, &seconds))
		return (parse_error(p, "bad timeout"));
	r->timeout[t->timeout] = seconds;
	parse_next(p);
	return (!p->failed);
}

/* The bit of the word at hand, which is then read; 0: some other word. */
static unsigned
parse_state_word(struct parser *p, struct rule_text *rt)
{
	unsigned i;

	for (i = 0; state_words[i].word != NULL; i++)
		if (parse_is_word(p, state_words[i].word))
			break;
	if (state_words[i].word == NULL)
		return (0);
	if (rt->given & state_words[i].bit) {
		parse_error(p, "%s cannot be redefined", state_words[i].name);
		return (0);
	}
	rt->given |= state_words[i].bit;
	if (state_words[i].bit == RULE_POLICY)
		rt->rule.if_bound = parse_is_word(p, "if-bound");
	parse_next(p);
	return (state_words[i].bit);
}

static bool
parse_state_option(struct parser *p, struct rule_text *rt)
{
	struct pf_rule *r = &rt->rule;
	const char *const *u;

	switch (parse_state_word(p, rt)) {
	case RULE_NOSYNC:
		r->nosync = 1;
		return (!p->failed);
	case RULE_SLOPPY:
		r->sloppy = 1;
		return (!p->failed);
	case RULE_POLICY:
		return (!p->failed);
	case RULE_MAX:
		if (p->tok.kind != TOK_WORD ||
		    !parse_number(p->tok.text, INT32_MAX, &r->max_states) ||
		    r->max_states == 0)
			return (parse_error(p, "bad number of states"));
		parse_next(p);
		return (!p->failed);
	}
	for (u = unsupported; *u != NULL; u++)
		if (parse_is_word(p, *u))
			return (parse_error(p, "not supported"));
	return (parse_timeout(p, r));
}

bool
parse_state_options(struct parser *p, struct rule_text *rt)
{
	unsigned line = p->tok.line, column = p->tok.column;

	if (!parse_accept_op(p, "("))
		return (!p->failed);
	do {
		if (p->tok.kind == TOK_EOF || p->tok.kind == TOK_NEWLINE)
			return (parse_error_at(p, line, column,
			    "\"(\" is not closed"));
		if (!parse_state_option(p, rt))
			return (false);
		parse_accept_op(p, ",");
	} while (!parse_accept_op(p, ")"));
	return (!p->failed);
}
