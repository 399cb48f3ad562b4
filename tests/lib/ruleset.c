/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Rulesets as text for tests: strings in place of pfctl's streams.
 */

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "pfctl/print.h"
#include "tests/lib/ruleset.h"

int
ruleset_parse_bytes(const char *text, size_t len, struct pf_ruleset_text *out,
    char **said)
{
	FILE *in, *errors;
	size_t n;
	int error;

	/* fmemopen() wants at least one byte. */
	in = len > 0 ? fmemopen((void *)(uintptr_t)text, len, "r") :
		       fopen("/dev/null", "r");
	errors = open_memstream(said, &n);
	ATF_REQUIRE(in != NULL && errors != NULL);
	error = pfctl_parse("f", in, out, errors);
	fclose(in);
	fclose(errors);
	return (error);
}

int
ruleset_parse(const char *text, struct pf_ruleset_text *out, char **said)
{
	return (ruleset_parse_bytes(text, strlen(text), out, said));
}

char *
ruleset_print(const struct pf_ruleset_text *text, bool settings)
{
	char *s;
	size_t i, n;
	FILE *fp = open_memstream(&s, &n);

	ATF_REQUIRE(fp != NULL);
	if (settings)
		pfctl_print_settings(fp, &text->settings);
	for (i = 0; i < text->nrules; i++)
		pfctl_print_rule(fp, &text->rules[i], &text->settings);
	fclose(fp);
	return (s);
}
