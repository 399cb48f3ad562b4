/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Values that BSDs number differently.  struct psync_state has FreeBSD's; each
 * message layout names the table of those that it is written in.  Const tables,
 * read both ways.
 *
 * The rule for a value without a counterpart: a state that means something else
 * without it (families, timeout, routing domain) is not sent, or not taken in;
 * of a route and of flags what both kinds of pf know is passed on.  Either is
 * counted.
 */

#ifndef _NET_PFSYNC_VALUES_H_
#define _NET_PFSYNC_VALUES_H_

#include <stdbool.h>
#include <stdint.h>

/* Routes: pf_rule's rt, FreeBSD's numbers. */
#define PSYNC_RT_NONE		0
#define PSYNC_RT_FASTROUTE	1
#define PSYNC_RT_ROUTETO	2
#define PSYNC_RT_DUPTO		3
#define PSYNC_RT_REPLYTO	4

struct psync_pair {
	uint8_t		ours;
	uint8_t		theirs;
};

struct psync_values {
	const struct psync_pair *families;
	const struct psync_pair *routes;	/* NULL: as ours, or untold */
	uint8_t		nfamilies;
	uint8_t		nroutes;
	uint8_t		timeouts;	/* PSYNC_TM_*: those below exist */
	uint16_t	flags;		/* PSYNC_STATE_* that mean the same */
};

extern const struct psync_values psync_values_freebsd;
extern const struct psync_values psync_values_openbsd;	/* since 7.0 */
extern const struct psync_values psync_values_netbsd;

/* Each is false if the value has no counterpart; *to is then unchanged. */
bool	psync_family_to(const struct psync_values *, uint8_t ours,
	    uint8_t *to);
bool	psync_family_from(const struct psync_values *, uint8_t theirs,
	    uint8_t *to);
bool	psync_route_to(const struct psync_values *, uint8_t ours, uint8_t *to);
bool	psync_route_from(const struct psync_values *, uint8_t theirs,
	    uint8_t *to);

#endif /* _NET_PFSYNC_VALUES_H_ */
