/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the parser share.  One token is looked at ahead: p->tok.
 * Functions that parse return false once they have complained; a statement is
 * complained about once.
 */

#ifndef _PFCTL_PARSER_H_
#define _PFCTL_PARSER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "os/hosted/pf/pf_rule.h"
#include "pfctl/lexer.h"
#include "pfctl/parse.h"

#define PARSE_ERRORS_MAX	50
#define PARSE_LIST_DEPTH	8
#define PARSE_COMBINATIONS_MAX	1000000	/* that one statement may have */

struct parser {
	struct lexer	*lx;
	const char	*name;		/* of the file */
	FILE		*errors;	/* or NULL */
	struct pf_ruleset_text *out;
	size_t		 cap;		/* of out->rules */
	unsigned	 nerrors;
	unsigned	 braces;	/* open in this statement */
	unsigned	 list_line;	/* where the list at hand starts; 0 */
	bool		 failed;	/* said so of this statement */
	bool		 nomem;
	struct token	 tok;
};

/* Growing array of items of one size. */
struct list {
	void		*v;
	size_t		 n;
	size_t		 cap;
	size_t		 size;		/* of an item */
};

struct icmp_text {
	uint8_t		af;		/* which of the two protocols */
	uint8_t		type;		/* as in struct pf_rule: 0 is any */
	uint8_t		code;
};

struct if_text {
	char		name[PF_IFNAMSIZ];
	uint8_t		neg;
};

struct port_text {
	uint8_t		op;		/* enum pf_port_op */
	uint16_t	port[2];
};

/* What can be said once after the addresses of a rule. */
#define RULE_FLAGS	0x01
#define RULE_ICMP	0x02
#define RULE_STATE	0x04
#define RULE_LABEL	0x08
#define RULE_ALLOWOPTS	0x10
#define RULE_XLATE	0x20
#define RULE_POLICY	0x40		/* if-bound or floating */
#define RULE_NOSYNC	0x80
#define RULE_SLOPPY	0x100
#define RULE_MAX	0x200

/* A rule as written: lists are not expanded yet.  Empty list: any. */
struct rule_text {
	struct pf_rule	rule;		/* what the lists do not say */
	struct list	ifs;		/* struct if_text */
	struct list	protos;		/* uint8_t */
	struct list	icmps;		/* struct icmp_text */
	struct list	src;		/* struct pf_rule_addr */
	struct list	sports;		/* struct port_text */
	struct list	dst;
	struct list	dports;
	unsigned	line;
	unsigned	column;
	unsigned	given;		/* RULE_* */
};

/* parse.c */
void	parse_next(struct parser *);
bool	parse_is_word(const struct parser *, const char *word);
bool	parse_is_op(const struct parser *, const char *op);
bool	parse_accept_word(struct parser *, const char *word);
bool	parse_accept_op(struct parser *, const char *op);

/* Complains of the token at hand, or of a place.  Always false. */
bool	parse_error(struct parser *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
bool	parse_error_at(struct parser *, unsigned line, unsigned column,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void	parse_warn(struct parser *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Decimal digits and nothing else, at most max. */
bool	parse_number(const char *text, uint32_t max, uint32_t *);

/*
 * One item, or { items } with or without commas, over several lines if need
 * be.  item is called with arg at the start of each.
 */
bool	parse_list(struct parser *, bool (*item)(struct parser *, void *arg),
	    void *arg);
bool	parse_list_add(struct parser *, struct list *, const void *item);

/* parse_addr.c: addresses and ports, for parse_list() and alone */
bool	parse_host(struct parser *, void *list);
bool	parse_port(struct parser *, void *list);
bool	parse_ifname(struct parser *, char *ifname);

/* parse_option.c: what may follow the addresses of a rule, in any order */
bool	parse_options(struct parser *, struct rule_text *);

/* parse_state.c: what stands in ( ) after keep state */
bool	parse_state_options(struct parser *, struct rule_text *);

/* parse_rule.c, parse_set.c: at the statement's first word */
bool	parse_rule(struct parser *);
bool	parse_set(struct parser *);

/* expand.c: appends to p->out all rules that a rule as written stands for */
bool	expand_rule(struct parser *, const struct rule_text *);

#endif /* _PFCTL_PARSER_H_ */
