/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tokens of pf.conf(5).  The whole file is in memory; macros in use are a stack
 * of texts above it, read until they are used up.  A macro's text joins what
 * follows it without a break, so "$net/24" and "1024:$high" work.
 *
 * Invariants: every call of lex_next() moves on or is at the end; a macro is on
 * the stack at most once; positions are those of the file.
 */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pfctl/lexer.h"

struct macro {
	struct macro *next;
	bool active; /* on the stack */
	char *value;
	char name[LEX_MACRO_NAME];
};

struct text {
	const char *text;
	size_t len;
	size_t pos;
	struct macro *macro; /* NULL: the file */
};

struct lexer {
	char *file;
	struct text stack[LEX_MACRO_DEPTH + 1]; /* [0]: the file */
	unsigned depth;
	unsigned line, column;	       /* of the file's next byte */
	unsigned use_line, use_column; /* of the $name in use */
	unsigned expansions;
	unsigned nmacros;
	struct macro *macros;
};

static int
read_all(FILE *fp, char **bufp, size_t *lenp)
{
	size_t cap = 0, len = 0, n;
	char *buf = NULL, *more;
	int error = 0;

	do {
		if (len == cap) {
			cap = cap == 0 ? 8192 : cap * 2;
			if ((more = realloc(buf, cap)) == NULL) {
				error = ENOMEM;
				break;
			}
			buf = more;
		}
		errno = 0;
		n = fread(buf + len, 1, cap - len, fp);
		len += n;
		if (len > LEX_FILE_MAX)
			error = EFBIG;
		else if (n == 0 && ferror(fp))
			error = errno != 0 ? errno : EIO;
	} while (error == 0 && n > 0);
	if (error != 0) {
		free(buf);
		return (error);
	}
	*bufp = buf;
	*lenp = len;
	return (0);
}

int
lex_open(struct lexer **lxp, FILE *fp)
{
	struct lexer *lx;
	int error;

	if ((lx = calloc(1, sizeof(*lx))) == NULL)
		return (ENOMEM);
	if ((error = read_all(fp, &lx->file, &lx->stack[0].len)) != 0) {
		free(lx);
		return (error);
	}
	lx->stack[0].text = lx->file;
	lx->line = lx->column = 1;
	*lxp = lx;
	return (0);
}

void
lex_close(struct lexer *lx)
{
	struct macro *m;

	if (lx == NULL)
		return;
	while ((m = lx->macros) != NULL) {
		lx->macros = m->next;
		free(m->value);
		free(m);
	}
	free(lx->file);
	free(lx);
}

/* The next byte, leaving macros that are used up; EOF at the file's end. */
static int
peek(struct lexer *lx)
{
	struct text *t;

	for (;;) {
		t = &lx->stack[lx->depth];
		if (t->pos < t->len)
			return ((unsigned char)t->text[t->pos]);
		if (lx->depth == 0)
			return (EOF);
		t->macro->active = false;
		lx->depth--;
	}
}

/* The byte at an offset from the next one, if it is of the same text. */
static int
look(const struct lexer *lx, size_t ahead)
{
	const struct text *t = &lx->stack[lx->depth];

	return (t->len - t->pos > ahead ?
		(unsigned char)t->text[t->pos + ahead] :
		EOF);
}

static int
take(struct lexer *lx)
{
	int c = peek(lx);

	if (c == EOF)
		return (EOF);
	lx->stack[lx->depth].pos++;
	if (lx->depth > 0)
		return (c);
	if (c == '\n') {
		lx->line++;
		lx->column = 1;
	} else
		lx->column++;
	return (c);
}

static void
put(struct token *tok, int c)
{
	if (tok->len < sizeof(tok->text))
		tok->text[tok->len++] = (char)c;
}

/* False: what was put did not fit, and the token has become bad. */
static bool
put_end(struct token *tok, enum token_kind kind)
{
	if (tok->len == sizeof(tok->text)) {
		tok->kind = TOK_BAD;
		tok->len = (size_t)snprintf(tok->text, sizeof(tok->text),
		    "%s is longer than %zu bytes",
		    kind == TOK_STRING ? "string" : "word",
		    sizeof(tok->text) - 1);
		return (false);
	}
	tok->kind = kind;
	tok->text[tok->len] = '\0';
	return (true);
}

static void __attribute__((format(printf, 2, 3)))
bad(struct token *tok, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tok->text, sizeof(tok->text), fmt, ap);
	va_end(ap);
	tok->len = n < 0 ? 0 : (size_t)n;
	tok->kind = TOK_BAD;
}

static void
bad_char(struct token *tok, int c)
{
	if (c == '\0')
		bad(tok, "NUL byte: this is not text");
	else if (isprint(c))
		bad(tok, "illegal character %c", c);
	else
		bad(tok, "illegal character \\x%02x", (unsigned)c);
}

static bool
is_name(int c)
{
	return (c != EOF && (isalnum(c) || c == '_'));
}

static bool
is_word(int c)
{
	return (c != EOF && c < 0x80 &&
	    (isalnum(c) ||
		(ispunct(c) && strchr("(){}<>!=#,/\"'$\\", c) == NULL)));
}

/* At $name: puts its text on the stack.  False: *tok has become bad. */
static bool
expand(struct lexer *lx, struct token *tok)
{
	char name[LEX_MACRO_NAME];
	unsigned line = lx->line, column = lx->column;
	struct macro *m;
	struct text *t;
	size_t n = 0;

	if (lx->depth > 0) {
		line = lx->use_line;
		column = lx->use_column;
	}
	take(lx);
	/* A name ends with its text, lest that text counts as used up. */
	while (is_name(look(lx, 0))) {
		if (n < sizeof(name) - 1)
			name[n++] = (char)look(lx, 0);
		take(lx);
	}
	name[n] = '\0';
	for (m = lx->macros; m != NULL; m = m->next)
		if (strcmp(m->name, name) == 0)
			break;
	if (n == 0)
		bad(tok, "$ without a macro's name");
	else if (m == NULL)
		bad(tok, "macro \"%s\" is not defined", name);
	else if (m->active)
		bad(tok, "macro \"%s\" leads to itself", name);
	else if (lx->depth == LEX_MACRO_DEPTH)
		bad(tok, "macro \"%s\" is nested too deeply", name);
	else if (++lx->expansions > LEX_EXPANSIONS_MAX)
		bad(tok, "macro \"%s\": macros are used too often", name);
	else {
		m->active = true;
		lx->use_line = line;
		lx->use_column = column;
		t = &lx->stack[++lx->depth];
		*t = (struct text) { m->value, strlen(m->value), 0, m };
		return (true);
	}
	tok->line = line;
	tok->column = column;
	return (false);
}

/* A quoted string.  A line's end in it is a space, or with \ nothing. */
static void
lex_string(struct lexer *lx, struct token *tok)
{
	int c, quote = take(lx);

	while ((c = take(lx)) != quote) {
		if (c == EOF) {
			bad(tok, "string is not terminated");
			return;
		}
		if (c == '\0') {
			bad_char(tok, c);
			return;
		}
		if (c == '\\' && peek(lx) == '\n') {
			take(lx);
			continue;
		}
		if (c == '\\' && peek(lx) == quote)
			c = take(lx);
		put(tok, c == '\n' ? ' ' : c);
	}
	put_end(tok, TOK_STRING);
}

static void
lex_word(struct lexer *lx, struct token *tok)
{
	int c;

	for (;;) {
		if ((c = peek(lx)) == '$') {
			if (!expand(lx, tok))
				return;
		} else if (is_word(c))
			put(tok, take(lx));
		else
			break;
	}
	put_end(tok, TOK_WORD);
}

static void
lex_op(struct lexer *lx, struct token *tok)
{
	static const char *const pairs[] = { "!=", "<=", ">=", "<>", "><",
		NULL };
	const char *const *p;
	int c = take(lx), second = peek(lx);

	put(tok, c);
	for (p = pairs; *p != NULL; p++)
		if (c == (*p)[0] && second == (*p)[1])
			put(tok, take(lx));
	put_end(tok, TOK_OP);
}

/* Blanks, comments, and lines joined by \.  False: *tok has become bad. */
static bool
skip_blank(struct lexer *lx, struct token *tok)
{
	bool comment = false;
	int c;

	for (;;) {
		c = peek(lx);
		if (c == '\\' && look(lx, 1) == '\n')
			take(lx);
		else if (c == '#')
			comment = true;
		else if (c == EOF || c == '\n')
			return (true);
		else if (c == '\0') {
			take(lx);
			bad_char(tok, c);
			return (false);
		} else if (!comment && c != ' ' && c != '\t')
			return (true);
		take(lx);
	}
}

void
lex_next(struct lexer *lx, struct token *tok)
{
	int c;

	do {
		tok->len = 0;
		tok->text[0] = '\0';
		tok->line = lx->line;
		tok->column = lx->column;
		if (!skip_blank(lx, tok))
			return;
		c = peek(lx);
		tok->line = lx->depth > 0 ? lx->use_line : lx->line;
		tok->column = lx->depth > 0 ? lx->use_column : lx->column;
	} while (c == '$' && expand(lx, tok));

	if (c == '$')
		return;
	if (c == EOF)
		tok->kind = TOK_EOF;
	else if (c == '\n') {
		take(lx);
		tok->kind = TOK_NEWLINE;
	} else if (c == '"' || c == '\'')
		lex_string(lx, tok);
	else if (is_word(c))
		lex_word(lx, tok);
	else if (strchr("(){}<>!=,/", c) != NULL)
		lex_op(lx, tok);
	else
		bad_char(tok, take(lx));
}

int
lex_define(struct lexer *lx, const char *name, const char *value)
{
	const char *c;
	struct macro *m;
	char *copy;

	if (strlen(name) >= LEX_MACRO_NAME)
		return (ENAMETOOLONG);
	for (c = name; is_name((unsigned char)*c); c++)
		continue;
	if (c == name || *c != '\0')
		return (EINVAL);
	for (m = lx->macros; m != NULL; m = m->next)
		if (strcmp(m->name, name) == 0)
			break;
	if (m == NULL && lx->nmacros == LEX_MACROS_MAX)
		return (E2BIG);
	if ((copy = strdup(value)) == NULL)
		return (ENOMEM);
	if (m != NULL) {
		free(m->value);
		m->value = copy;
		return (0);
	}
	if ((m = calloc(1, sizeof(*m))) == NULL) {
		free(copy);
		return (ENOMEM);
	}
	strcpy(m->name, name);
	m->value = copy;
	m->next = lx->macros;
	lx->macros = m;
	lx->nmacros++;
	return (0);
}
