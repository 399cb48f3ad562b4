/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * From what is wanted to ioctls.  See apply.h.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ifconfig/apply.h"

/* What struct pfsyncreq has a member for, beside defer. */
#define STOCK \
	(PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_SYNCPEER | PFSYNC_CONFIG_MAXUPD)

static bool
failed(const struct kernel *k, const char *request, int error,
    struct complaint *why)
{
	return (
	    complain(why, "%s (%s): %s", request, k->ifname, strerror(error)));
}

/*
 * By SIOCSETPFSYNC
 */

static bool
stock_can(const struct kernel *k, const struct want *want,
    struct complaint *why)
{
	struct want rest = *want;
	const char *verb;

	rest.config.set &= ~(uint32_t)STOCK;
	if (k->stock_defers)
		rest.config.set &= ~(uint32_t)PFSYNC_CONFIG_DEFER;
	verb = want_pfsync_verb(&rest);
	if (verb != NULL)
		return (complain(why, "%s: this system's own pfsync has it not",
		    verb));
	if ((want->config.set & PFSYNC_CONFIG_SYNCPEER) &&
	    want->config.syncpeer_af == PFSYNC_AF_INET6)
		return (complain(why,
		    "syncpeer: this system's own pfsync has IPv4 only"));
	return (true);
}

static bool
stock_apply(const struct kernel *k, const struct want *want,
    struct complaint *why)
{
	const struct pfsync_drv_config *c = &want->config;
	struct pfsyncreq req;
	int error;

	if (!stock_can(k, want, why))
		return (false);
	memset(&req, 0, sizeof(req));
	error = k->stock_get(k->ctx, &req);
	if (error != 0)
		return (failed(k, "SIOCGETPFSYNC", error, why));
	if (c->set & PFSYNC_CONFIG_SYNCDEV)
		memcpy(req.pfsyncr_syncdev, c->syncdev,
		    sizeof(req.pfsyncr_syncdev));
	if (c->set & PFSYNC_CONFIG_SYNCPEER)
		memcpy(&req.pfsyncr_syncpeer, c->syncpeer,
		    sizeof(req.pfsyncr_syncpeer));
	if (c->set & PFSYNC_CONFIG_MAXUPD)
		req.pfsyncr_maxupdates = (int32_t)c->maxupd;
	if (c->set & PFSYNC_CONFIG_DEFER)
		req.pfsyncr_defer = c->defer ? PFSYNCF_DEFER : 0;
	error = k->stock_set(k->ctx, &req);
	if (error != 0)
		return (failed(k, "SIOCSETPFSYNC", error, why));
	return (true);
}

/*
 * By SIOCSDRVSPEC
 */

/* The map that there is to be. */
static bool
want_ifmap(const struct want *want, const struct pfsync_drv_ifmap *now,
    struct pfsync_drv_ifmap *map, struct complaint *why)
{
	uint32_t i;

	memset(map, 0, sizeof(*map));
	if (!want->clear_ifmap)
		*map = *now;
	for (i = 0; i < want->ifmap.count; i++)
		if (!ifmap_add(map, want->ifmap.pair[i].local,
			want->ifmap.pair[i].remote))
			return (complain(why, "ifmap %s=%s: more than %d",
			    want->ifmap.pair[i].local,
			    want->ifmap.pair[i].remote, PFSYNC_IFMAP_MAX));
	return (true);
}

static bool
set_config(const struct kernel *k, const struct pfsync_drv_config *config,
    struct complaint *why)
{
	int error;

	if (config->set == 0)
		return (true);
	error = k->drv_set(k->ctx, PFSYNC_DRV_CONFIG, config, sizeof(*config));
	if (error == ENETDOWN && (config->set & PFSYNC_CONFIG_RESYNC))
		return (complain(why,
		    "resync: %s is not up, or its syncdev is not", k->ifname));
	if (error != 0)
		return (failed(k, "SIOCSDRVSPEC", error, why));
	return (true);
}

/* Asking the peers comes last: their states are to be mapped. */
static bool
drv_apply(const struct kernel *k, const struct want *want,
    struct complaint *why)
{
	struct pfsync_drv_ifmap now, map;
	bool mapped = want->clear_ifmap || want->ifmap.count > 0;
	int error;

	if (!mapped)
		return (set_config(k, &want->config, why));
	error = k->drv_get(k->ctx, PFSYNC_DRV_IFMAP, &now, sizeof(now));
	if (error != 0)
		return (failed(k, "SIOCGDRVSPEC", error, why));
	if (!want_ifmap(want, &now, &map, why))
		return (false);
	error = k->drv_set(k->ctx, PFSYNC_DRV_IFMAP, &map, sizeof(map));
	if (error != 0)
		return (failed(k, "SIOCSDRVSPEC", error, why));
	if (set_config(k, &want->config, why))
		return (true);
	(void)k->drv_set(k->ctx, PFSYNC_DRV_IFMAP, &now, sizeof(now));
	return (false);
}

bool
kernel_apply(const struct kernel *k, const struct want *want,
    struct complaint *why)
{
	struct pfsync_drv_config config;
	struct pfsyncreq req;
	int error;

	if (k->stock_get == NULL)
		return (drv_apply(k, want, why));
	/* SIOCSDRVSPEC means other things to other interfaces. */
	error = k->stock_get(k->ctx, &req);
	if (error != 0)
		return (failed(k, "SIOCGETPFSYNC", error, why));
	if (k->drv_get(k->ctx, PFSYNC_DRV_CONFIG, &config, sizeof(config)) == 0)
		return (drv_apply(k, want, why));
	return (stock_apply(k, want, why));
}
