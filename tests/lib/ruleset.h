/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Rulesets as text for tests: strings in place of pfctl's streams.
 */

#ifndef _LIB_RULESET_H_
#define _LIB_RULESET_H_

#include <stdbool.h>
#include <stddef.h>

#include "pfctl/parse.h"

/*
 * pfctl_parse() of len bytes, or of a string, as a file named "f".  What it
 * says of them goes to *said, malloc'd.
 */
int	 ruleset_parse_bytes(const char *text, size_t len,
	    struct pf_ruleset_text *out, char **said);
int	 ruleset_parse(const char *text, struct pf_ruleset_text *out,
	    char **said);

/* Rules as pfctl prints them, malloc'd; the settings first if asked for. */
char	*ruleset_print(const struct pf_ruleset_text *, bool settings);

#endif /* _LIB_RULESET_H_ */
