/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Values that BSDs number differently.  See values.h.
 */

#include "net/pfsync/values.h"
#include "net/pfsync/state.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static const struct psync_pair families_freebsd[] = {
	{ PSYNC_AF_INET, 2 },
	{ PSYNC_AF_INET6, 28 },
};

static const struct psync_pair families_others[] = {
	{ PSYNC_AF_INET, 2 },
	{ PSYNC_AF_INET6, 24 },
};

/* OpenBSD dropped fastroute and counted the others down. */
static const struct psync_pair routes_openbsd[] = {
	{ PSYNC_RT_NONE, 0 },
	{ PSYNC_RT_ROUTETO, 1 },
	{ PSYNC_RT_DUPTO, 2 },
	{ PSYNC_RT_REPLYTO, 3 },
};

#define FAMILIES(t) .families = families_##t, .nfamilies = NELEM(families_##t)

const struct psync_values psync_values_freebsd = {
	FAMILIES(freebsd),
	.timeouts = PSYNC_TM_MAX,
	.flags = 0xffff,
};

/*
 * No SCTP, whose packets OpenBSD's pf takes for those of a protocol without
 * ports.  Of the flags PFLOW (0x0004) and INP_UNLINKED (0x0400) are its own,
 * DN_IS_PIPE and DN_IS_QUEUE (0xc000) FreeBSD's.
 */
const struct psync_values psync_values_openbsd = {
	FAMILIES(others),
	.routes = routes_openbsd,
	.nroutes = NELEM(routes_openbsd),
	.timeouts = PSYNC_TM_SCTP_FIRST,
	.flags = 0x03fb,
};

const struct psync_values psync_values_netbsd = {
	FAMILIES(others),
	.timeouts = PSYNC_TM_SCTP_FIRST,
	.flags = PSYNC_STATE_ALLOWOPTS,
};

static bool
pair_to(const struct psync_pair *p, unsigned n, uint8_t ours, uint8_t *to)
{
	for (; n > 0; n--, p++)
		if (p->ours == ours) {
			*to = p->theirs;
			return (true);
		}
	return (false);
}

static bool
pair_from(const struct psync_pair *p, unsigned n, uint8_t theirs, uint8_t *to)
{
	for (; n > 0; n--, p++)
		if (p->theirs == theirs) {
			*to = p->ours;
			return (true);
		}
	return (false);
}

bool
psync_family_to(const struct psync_values *v, uint8_t ours, uint8_t *to)
{
	return (pair_to(v->families, v->nfamilies, ours, to));
}

bool
psync_family_from(const struct psync_values *v, uint8_t theirs, uint8_t *to)
{
	return (pair_from(v->families, v->nfamilies, theirs, to));
}

bool
psync_route_to(const struct psync_values *v, uint8_t ours, uint8_t *to)
{
	return (pair_to(v->routes, v->nroutes, ours, to));
}

bool
psync_route_from(const struct psync_values *v, uint8_t theirs, uint8_t *to)
{
	return (pair_from(v->routes, v->nroutes, theirs, to));
}
