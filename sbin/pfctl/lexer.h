/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tokens of pf.conf(5).  Macros are expanded here, as text, so that the parser
 * never sees one.
 */

#ifndef _PFCTL_LEXER_H_
#define _PFCTL_LEXER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define LEX_FILE_MAX		(4U << 20)	/* bytes of a ruleset */
#define LEX_TOKEN_MAX		8192	/* bytes of a word, string or macro */
#define LEX_MACRO_DEPTH		16	/* macros within macros */
#define LEX_MACRO_NAME		64
#define LEX_MACROS_MAX		1000
#define LEX_EXPANSIONS_MAX	100000	/* uses of macros in one file */

enum token_kind {
	TOK_EOF,
	TOK_NEWLINE,
	TOK_WORD,
	TOK_STRING,		/* was quoted; text is without the quotes */
	TOK_OP,			/* one of ( ) { } ! = / , < > != <= >= <> >< */
	TOK_BAD			/* text says what is wrong */
};

struct token {
	enum token_kind	kind;
	unsigned	line;		/* from 1; of $name for its text */
	unsigned	column;		/* from 1, in bytes */
	size_t		len;
	char		text[LEX_TOKEN_MAX];	/* terminated */
};

struct lexer;

/*
 * Reads all of fp.  Returns 0, EFBIG, ENOMEM or the errno of reading.
 */
int	lex_open(struct lexer **, FILE *fp);
void	lex_close(struct lexer *);	/* NULL is harmless */

/* The next token, into *tok.  It may be called on after TOK_BAD. */
void	lex_next(struct lexer *, struct token *tok);

/*
 * Defines or redefines $name; not while a macro is being expanded.  ENOMEM,
 * ENAMETOOLONG, EINVAL (not a name), E2BIG (LEX_MACROS_MAX).
 */
int	lex_define(struct lexer *, const char *name, const char *value);

#endif /* _PFCTL_LEXER_H_ */
