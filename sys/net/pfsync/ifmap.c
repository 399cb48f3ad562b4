/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names of interfaces.  See ifmap.h.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/codec.h"
#include "net/pfsync/ifmap.h"

/* What follows the end of a name means nothing. */
static bool
same_name(const char *a, const char *b)
{
	unsigned i;

	for (i = 0; i < PSYNC_IFNAMSIZ && a[i] == b[i]; i++)
		if (a[i] == '\0')
			return (true);
	return (i == PSYNC_IFNAMSIZ);
}

bool
psync_ifmap_ok(const struct pfsync_drv_ifmap *map)
{
	unsigned i, j;

	if (map->count > PFSYNC_IFMAP_MAX)
		return (false);
	for (i = 0; i < map->count; i++) {
		if (!psync_ifname_ok((const uint8_t *)map->pair[i].local,
			false) ||
		    !psync_ifname_ok((const uint8_t *)map->pair[i].remote,
			false))
			return (false);
		for (j = 0; j < i; j++)
			if (same_name(map->pair[i].remote, map->pair[j].remote))
				return (false);
	}
	return (true);
}

void
psync_ifmap_name(const struct pfsync_drv_ifmap *map, char name[PSYNC_IFNAMSIZ])
{
	const char *local;
	unsigned i, j;

	for (i = 0; i < map->count; i++)
		if (same_name(map->pair[i].remote, name)) {
			local = map->pair[i].local;
			psync_zero(name, PSYNC_IFNAMSIZ);
			for (j = 0; local[j] != '\0'; j++)
				name[j] = local[j];
			return;
		}
}

void
psync_ifmap_state(const struct pfsync_drv_ifmap *map, struct psync_state *st)
{
	psync_ifmap_name(map, st->ifname);
	psync_ifmap_name(map, st->rt_ifname);
	psync_ifmap_name(map, st->orig_ifname);
}
