/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The parser of pf.conf(5): statements, macros, complaints.  Recursive descent
 * over the tokens of lexer.c; rules and "set" have files of their own.  After a
 * bad statement it goes on behind it, so that one run names all mistakes.
 */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pfctl/parser.h"

/* Statements of pf.conf(5) that there is nothing behind here. */
static const char *const unsupported[] = { "altq", "anchor", "antispoof",
	"binat", "ether", "include", "load", "match", "nat", "queue", "rdr",
	"scrub", "table", NULL };

static void
complain(struct parser *p, unsigned line, unsigned column, const char *kind,
    const char *fmt, va_list ap)
{
	if (p->errors == NULL)
		return;
	fprintf(p->errors, "%s:%u:%u: %s", p->name, line, column, kind);
	vfprintf(p->errors, fmt, ap);
}

/* Text of the file, made safe for a terminal and cut. */
static void
print_near(FILE *fp, const struct token *tok)
{
	size_t i, n = tok->len > 40 ? 40 : tok->len;

	if (tok->kind == TOK_EOF || tok->kind == TOK_NEWLINE) {
		fprintf(fp, " near end of %s",
		    tok->kind == TOK_EOF ? "file" : "line");
		return;
	}
	fprintf(fp, " near \"");
	for (i = 0; i < n; i++)
		if (isprint((unsigned char)tok->text[i]))
			putc(tok->text[i], fp);
		else
			fprintf(fp, "\\x%02x", (unsigned char)tok->text[i]);
	fprintf(fp, "%s\"", n < tok->len ? "..." : "");
}

static void
end_complaint(struct parser *p, unsigned line)
{
	if (p->list_line != 0 && p->list_line != line)
		fprintf(p->errors, " in the list from line %u", p->list_line);
	putc('\n', p->errors);
}

bool
parse_error(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return (false);
	p->failed = true;
	p->nerrors++;
	va_start(ap, fmt);
	complain(p, p->tok.line, p->tok.column, "", fmt, ap);
	va_end(ap);
	if (p->errors == NULL)
		return (false);
	print_near(p->errors, &p->tok);
	end_complaint(p, p->tok.line);
	return (false);
}

bool
parse_error_at(struct parser *p, unsigned line, unsigned column,
    const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return (false);
	p->failed = true;
	p->nerrors++;
	va_start(ap, fmt);
	complain(p, line, column, "", fmt, ap);
	va_end(ap);
	if (p->errors != NULL)
		end_complaint(p, line);
	return (false);
}

void
parse_warn(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(p, p->tok.line, p->tok.column, "warning: ", fmt, ap);
	va_end(ap);
	if (p->errors != NULL)
		putc('\n', p->errors);
}

void
parse_next(struct parser *p)
{
	lex_next(p->lx, &p->tok);
	if (p->tok.kind == TOK_BAD)
		parse_error_at(p, p->tok.line, p->tok.column, "%s",
		    p->tok.text);
	else if (parse_is_op(p, "{"))
		p->braces++;
	else if (parse_is_op(p, "}") && p->braces > 0)
		p->braces--;
}

bool
parse_is_word(const struct parser *p, const char *word)
{
	return (p->tok.kind == TOK_WORD && strcmp(p->tok.text, word) == 0);
}

bool
parse_is_op(const struct parser *p, const char *op)
{
	return (p->tok.kind == TOK_OP && strcmp(p->tok.text, op) == 0);
}

bool
parse_accept_word(struct parser *p, const char *word)
{
	if (!parse_is_word(p, word))
		return (false);
	parse_next(p);
	return (true);
}

bool
parse_accept_op(struct parser *p, const char *op)
{
	if (!parse_is_op(p, op))
		return (false);
	parse_next(p);
	return (true);
}

bool
parse_number(const char *text, uint32_t max, uint32_t *number)
{
	uint64_t n = 0;
	const char *c;

	for (c = text; *c >= '0' && *c <= '9'; c++)
		if ((n = n * 10 + (uint64_t)(*c - '0')) > max)
			return (false);
	if (c == text || *c != '\0')
		return (false);
	*number = (uint32_t)n;
	return (true);
}

static void
skip_newlines(struct parser *p)
{
	while (p->tok.kind == TOK_NEWLINE)
		parse_next(p);
}

static bool
parse_braces(struct parser *p, bool (*item)(struct parser *, void *), void *arg)
{
	unsigned line = p->tok.line, column = p->tok.column;

	if (p->braces > PARSE_LIST_DEPTH)
		return (parse_error(p, "lists are nested too deeply"));
	if (p->list_line == 0)
		p->list_line = line;
	parse_next(p);
	do {
		skip_newlines(p);
		if (p->tok.kind == TOK_EOF)
			return (parse_error_at(p, line, column,
			    "list is not closed"));
		if (!parse_list(p, item, arg))
			return (false);
		skip_newlines(p);
		if (parse_accept_op(p, ","))
			skip_newlines(p);
	} while (!parse_is_op(p, "}"));
	if (p->braces == 0)
		p->list_line = 0;
	parse_next(p);
	return (!p->failed);
}

bool
parse_list(struct parser *p, bool (*item)(struct parser *, void *), void *arg)
{
	if (parse_is_op(p, "{"))
		return (parse_braces(p, item, arg));
	return (item(p, arg));
}

bool
parse_list_add(struct parser *p, struct list *list, const void *item)
{
	size_t cap;
	void *v;

	if (list->n == PF_RULES_MAX)
		return (parse_error(p, "list has more than %d items",
		    PF_RULES_MAX));
	if (list->n == list->cap) {
		cap = list->cap == 0 ? 8 : list->cap * 2;
		if ((v = realloc(list->v, cap * list->size)) == NULL) {
			p->nomem = p->failed = true;
			return (false);
		}
		list->v = v;
		list->cap = cap;
	}
	memcpy((char *)list->v + list->n++ * list->size, item, list->size);
	return (true);
}

/* name = value ...: the values are joined by spaces. */
static bool
parse_macro(struct parser *p, const char *name, unsigned line, unsigned column)
{
	char value[LEX_TOKEN_MAX];
	size_t len = 0;
	int error;

	value[0] = '\0';
	do {
		if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_STRING)
			return (parse_error(p,
			    parse_is_op(p, "{") ?
				"a list in a macro must be quoted" :
				"syntax error"));
		if (len + 1 + p->tok.len >= sizeof(value))
			return (parse_error_at(p, line, column,
			    "macro \"%s\" is longer than %zu bytes", name,
			    sizeof(value) - 1));
		if (len > 0)
			value[len++] = ' ';
		memcpy(value + len, p->tok.text, p->tok.len + 1);
		len += p->tok.len;
		parse_next(p);
	} while (
	    p->tok.kind != TOK_NEWLINE && p->tok.kind != TOK_EOF && !p->failed);
	if (p->failed)
		return (false);

	error = lex_define(p->lx, name, value);
	if (error == ENOMEM)
		p->nomem = p->failed = true;
	else if (error == E2BIG)
		parse_error_at(p, line, column, "more than %d macros",
		    LEX_MACROS_MAX);
	else if (error != 0)
		parse_error_at(p, line, column, "\"%.40s\" cannot name a macro",
		    name);
	return (error == 0);
}

static bool
parse_statement(struct parser *p)
{
	unsigned line = p->tok.line, column = p->tok.column;
	const char *const *u;
	char name[LEX_MACRO_NAME];

	if (p->tok.kind != TOK_WORD)
		return (parse_error(p, "syntax error"));
	if (parse_is_word(p, "pass") || parse_is_word(p, "block"))
		return (parse_rule(p));
	if (parse_is_word(p, "set"))
		return (parse_set(p));
	for (u = unsupported; *u != NULL; u++)
		if (parse_is_word(p, *u))
			return (parse_error(p, "statement not supported"));

	if (p->tok.len >= sizeof(name))
		return (parse_error(p, "syntax error"));
	memcpy(name, p->tok.text, p->tok.len + 1);
	parse_next(p);
	if (parse_accept_op(p, "="))
		return (parse_macro(p, name, line, column));
	return (
	    parse_error_at(p, line, column, "syntax error near \"%s\"", name));
}

/* To the end of a bad statement, with the lists it holds. */
static void
resync(struct parser *p)
{
	while (p->tok.kind != TOK_EOF &&
	    (p->tok.kind != TOK_NEWLINE || p->braces > 0))
		parse_next(p);
}

static void
parse_file(struct parser *p)
{
	for (parse_next(p); p->tok.kind != TOK_EOF || p->failed;) {
		if (p->tok.kind == TOK_NEWLINE && !p->failed) {
			parse_next(p);
			continue;
		}
		if (!p->failed && parse_statement(p) && !p->failed) {
			if (p->tok.kind == TOK_EOF)
				parse_error(p,
				    "no newline: is the file "
				    "cut short?");
			else if (p->tok.kind != TOK_NEWLINE)
				parse_error(p, "syntax error");
		}
		if (p->nomem)
			return;
		if (p->nerrors == PARSE_ERRORS_MAX) {
			if (p->errors != NULL)
				fprintf(p->errors, "%s: too many errors\n",
				    p->name);
			return;
		}
		if (p->failed)
			resync(p);
		p->braces = p->list_line = 0;
		p->failed = false;
	}
}

int
pfctl_parse(const char *name, FILE *fp, struct pf_ruleset_text *out,
    FILE *errors)
{
	struct parser *p;
	int error;

	memset(out, 0, sizeof(*out));
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (ENOMEM);
	p->name = name;
	p->errors = errors;
	p->out = out;
	pf_settings_default(&out->settings);
	if ((error = lex_open(&p->lx, fp)) == 0) {
		parse_file(p);
		error = p->nomem ? ENOMEM : p->nerrors > 0 ? EINVAL : 0;
	}
	lex_close(p->lx);
	free(p);
	if (error != 0)
		pfctl_ruleset_free(out);
	return (error);
}

void
pfctl_ruleset_free(struct pf_ruleset_text *text)
{
	free(text->rules);
	text->rules = NULL;
	text->nrules = 0;
}
