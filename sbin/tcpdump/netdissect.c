/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The part of tcpdump's printer library that print-pfsync.c uses.
 */

#include "netdissect-stdinc.h"

#include "netdissect.h"
#include "extract.h"

_Noreturn void
nd_trunc_longjmp(netdissect_options *ndo)
{
	longjmp(ndo->ndo_early_end, 1);
}

void
nd_print_trunc(netdissect_options *ndo)
{
	ND_PRINT(" [|%s]", ndo->ndo_protocol);
}

/* Control characters become ^X, bytes above ASCII get M- in front. */
void
nd_printjnp(netdissect_options *ndo, const u_char *s, u_int n)
{
	u_char c;

	for (; n > 0 && (c = GET_U_1(s)) != '\0'; n--, s++) {
		if (c >= 0x80)
			ND_PRINT("M-");
		c &= 0x7f;
		if (c < ' ' || c == 0x7f)
			ND_PRINT("^%c", c ^ 0x40);
		else
			ND_PRINT("%c", c);
	}
}

const char *
tok2str(const struct tok *t, const char *format, u_int v)
{
	static char number[32];

	for (; t->s != NULL; t++)
		if (t->v == v)
			return (t->s);
	snprintf(number, sizeof(number), format, v);
	return (number);
}

char *
bittok2str(const struct tok *t, const char *format, u_int v)
{
	static char names[256];
	size_t len = 0;
	int n;

	for (; t->s != NULL; t++) {
		if (t->v == 0 || (v & t->v) != t->v)
			continue;
		n = snprintf(names + len, sizeof(names) - len, "%s%s",
		    len != 0 ? ", " : "", t->s);
		if (n < 0 || (size_t)n >= sizeof(names) - len)
			break;
		len += (size_t)n;
	}
	if (len == 0)
		snprintf(names, sizeof(names), format, v);
	return (names);
}
