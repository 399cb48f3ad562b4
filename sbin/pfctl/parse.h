/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Rulesets as text: pf.conf(5), as far as the hosted kernel knows it, to the
 * rules and settings that it loads.  pfctl(8) is one user of this; tests and
 * simulations link it as well, so it never exits, keeps nothing in globals and
 * talks only to the streams it is given.
 */

#ifndef _PFCTL_PARSE_H_
#define _PFCTL_PARSE_H_

#include <stddef.h>
#include <stdio.h>

#include "os/hosted/pf/pf_rule.h"

/* What a file came down to: lists and macros are expanded. */
struct pf_ruleset_text {
	struct pf_settings settings;
	struct pf_rule	*rules;		/* nrules of them, malloc'd */
	size_t		nrules;
};

/*
 * Reads a ruleset to the end of fp.  name is what messages call it.  errors
 * gets one line for each bad statement, "name:line:column: what is wrong", and
 * one for each warning; NULL keeps quiet.  Every statement must end with a
 * newline, the last one too: a file that was cut short must not pass for a
 * ruleset that lets more through.
 *
 * Returns 0; the caller then owns *out, see pfctl_ruleset_free().  Otherwise
 * nothing is owned: EINVAL (errors told), ENOMEM, or the errno of reading.
 */
int	pfctl_parse(const char *name, FILE *fp, struct pf_ruleset_text *out,
	    FILE *errors);

/* Frees what pfctl_parse() allocated; harmless twice. */
void	pfctl_ruleset_free(struct pf_ruleset_text *);

/*
 * An address, or address/length as of a network, in digits: into *a, without
 * ports.  0 or EINVAL.
 */
int	pfctl_parse_address(const char *text, struct pf_rule_addr *a);

#endif /* _PFCTL_PARSE_H_ */
