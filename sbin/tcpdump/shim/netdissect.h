/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * As much of tcpdump's printer interface as print-pfsync.c uses, so that
 * pfsyncdump can be built from it without tcpdump.  The names and what they
 * promise are tcpdump 4.99's; the definitions are in netdissect.c.
 *
 * A printer may read no byte at or behind ndo_snapend.  Where a packet was cut
 * by the capture it calls nd_trunc_longjmp(), and whoever called it, having
 * done setjmp(ndo_early_end), marks the packet with nd_print_trunc().
 */

#ifndef _SHIM_NETDISSECT_H_
#define _SHIM_NETDISSECT_H_

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include <pcap.h>

#define _U_		__attribute__((__unused__))

typedef struct netdissect_options {
	int		ndo_eflag;	/* print the link header */
	int		ndo_tflag;	/* 1: no time, 2: epoch seconds */
	int		ndo_vflag;	/* verbosity */
	int		ndo_xflag;	/* hex; 2: with the link header */
	FILE		*ndo_out;	/* where ND_PRINT prints */
	const char	*ndo_protocol;	/* what nd_print_trunc() names */
	const u_char	*ndo_snapend;	/* end of the captured bytes */
	jmp_buf		ndo_early_end;
} netdissect_options;

/* A name of a value or of a bit; tables end with a NULL name. */
struct tok {
	u_int		v;
	const char	*s;
};

#define ND_PRINT(...)	((void)fprintf(ndo->ndo_out, __VA_ARGS__))

/* Are len bytes at p captured? */
static inline bool
nd_captured(const netdissect_options *ndo, const u_char *p, size_t len)
{
	return (p <= ndo->ndo_snapend &&
	    len <= (size_t)(ndo->ndo_snapend - p));
}

_Noreturn void	nd_trunc_longjmp(netdissect_options *);

#define ND_TTEST_LEN(p, len)	nd_captured(ndo, (p), (len))
#define ND_TCHECK_LEN(p, len)						\
	do {								\
		if (!ND_TTEST_LEN((p), (len)))				\
			nd_trunc_longjmp(ndo);				\
	} while (0)

/* Prints " [|protocol]". */
void	nd_print_trunc(netdissect_options *);

/* Prints at most n bytes of a string, and none that is not printable. */
void	nd_printjnp(netdissect_options *, const u_char *s, u_int n);

/*
 * The name of v, or v by the format if it has none; the names of all bits of v,
 * with commas between, or v by the format.  In a buffer that the next call of
 * the same function may overwrite.
 */
const char	*tok2str(const struct tok *, const char *format, u_int v);
char		*bittok2str(const struct tok *, const char *format, u_int v);

/*
 * Print packets of IP, captured at least to the version: the words "IP" or
 * "IP6" (unless the link header was printed), the header, and what is in it.
 */
void	ip_print(netdissect_options *, const u_char *, u_int len);
void	ip6_print(netdissect_options *, const u_char *, u_int len);

#endif /* _SHIM_NETDISSECT_H_ */
