/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Counters.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/stats.h"

/* Offset of the counter of FreeBSD's for each reason; 0: it has none. */
static const uint16_t base[PFSYNC_R_MAX] = {
#define COUNTER(reason, counter) \
	[reason] = offsetof(struct pfsyncstats, pfsyncs_##counter)
	COUNTER(PFSYNC_R_IFACE, badif),
	COUNTER(PFSYNC_R_TTL, badttl),
	COUNTER(PFSYNC_R_SHORT, hdrops),
	COUNTER(PFSYNC_R_VERSION, badver),
	COUNTER(PFSYNC_R_LENGTH, badlen),
	COUNTER(PFSYNC_R_COUNT, badlen),
	COUNTER(PFSYNC_R_EOF, badlen),
	COUNTER(PFSYNC_R_ACTION, badact),
	COUNTER(PFSYNC_R_VALUE, badval),
	COUNTER(PFSYNC_R_STALE, stale),
	COUNTER(PFSYNC_R_UNKNOWN, badstate),
	COUNTER(PFSYNC_R_INTERFACE, badstate),
	COUNTER(PFSYNC_R_RTABLE, badstate),
	COUNTER(PFSYNC_R_TAG, badstate),
	COUNTER(PFSYNC_R_ROUTE, badstate),
	COUNTER(PFSYNC_R_PROTO, badstate),
	COUNTER(PFSYNC_R_EXISTS, badstate),
	COUNTER(PFSYNC_R_LIMIT, badstate),
	COUNTER(PFSYNC_R_NOMEM, badstate),
	COUNTER(PFSYNC_R_PEER, badval),
#undef COUNTER
};

void
psync_refuse(struct pfsyncxstats *stats, enum pfsync_refusal reason)
{
	stats->refused[reason]++;
	if (base[reason] != 0)
		++*(uint64_t *)(void *)((uint8_t *)&stats->base + base[reason]);
}

void
psync_stats_add(struct pfsyncxstats *to, const struct pfsyncxstats *from)
{
	const uint64_t *f = (const uint64_t *)(const void *)from;
	uint64_t *t = (uint64_t *)(void *)to;
	size_t i;

	for (i = 0; i < sizeof(*to) / sizeof(*t); i++)
		t[i] += f[i];
}

void
psync_stats(struct psync *sc, struct pfsyncxstats *stats)
{
	unsigned i;

	psync_lock(sc, PSYNC_LOCK_MAIN);
	psync_copy(stats, &sc->stats, sizeof(*stats));
	for (i = 0; i < sc->nslices; i++) {
		psync_lock(sc, i);
		psync_stats_add(stats, &sc->slices[i].stats);
		psync_unlock(sc, i);
	}
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}
