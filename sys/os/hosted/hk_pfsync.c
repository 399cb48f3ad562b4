/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync0 of a hosted kernel: what a cloner and ioctls are in a real one.
 *
 * Invariants: hk->config is what the engine runs by, and hk->group is the one
 * group that is joined for it.  Both change together or not at all.
 */

#include <errno.h>
#include <string.h>

#include "net/pfsync/drv.h"
#include "os/hosted/hk_impl.h"

const uint8_t hk_group4[4] = { 224, 0, 0, 240 };

bool
hk_is_multicast(uint8_t af, const uint8_t *addr)
{
	if (af == PSYNC_AF_INET6)
		return (addr[0] == 0xff);
	return ((addr[0] & 0xf0) == 0xe0);
}

/* The group that a configuration listens to. */
static void
group_of(const struct psync_config *config, struct link *l, struct hk_group *g)
{
	memset(g, 0, sizeof(*g));
	if (l == NULL)
		return;
	if (config->syncpeer_af == 0) {
		g->link = l;
		g->af = PSYNC_AF_INET;
		memcpy(g->addr, hk_group4, sizeof(hk_group4));
	} else if (hk_is_multicast(config->syncpeer_af, config->syncpeer)) {
		g->link = l;
		g->af = config->syncpeer_af;
		memcpy(g->addr, config->syncpeer, sizeof(g->addr));
	}
}

static bool
same_group(const struct hk_group *a, const struct hk_group *b)
{
	return (a->link == b->link && a->af == b->af &&
	    memcmp(a->addr, b->addr, sizeof(a->addr)) == 0);
}

static int
join(const struct hk_group *g)
{
	if (g->link == NULL)
		return (0);
	if (!g->link->multicast)
		return (EADDRNOTAVAIL);
	return (g->link->ops->group(g->link, g->af, g->addr, true));
}

static void
leave(const struct hk_group *g)
{
	if (g->link != NULL)
		(void)g->link->ops->group(g->link, g->af, g->addr, false);
}

int
hk_errno(enum psync_error error)
{
	static const int number[] = {
		[PSYNC_ERR_NONE] = 0,
		[PSYNC_ERR_MAXUPD] = EINVAL,
		[PSYNC_ERR_FORMAT] = EINVAL,
		[PSYNC_ERR_MTU] = EMSGSIZE,
		[PSYNC_ERR_NOMEM] = ENOMEM,
		[PSYNC_ERR_DOWN] = ENETDOWN,
		[PSYNC_ERR_VALUE] = EINVAL,
		[PSYNC_ERR_FAMILY] = EAFNOSUPPORT,
		[PSYNC_ERR_COMMAND] = ENOTTY,
		[PSYNC_ERR_DEFER] = EINVAL,
	};

	return (number[error]);
}

bool
hk_pfsync_too_small(struct hk *hk, const struct hk_if *ifp)
{
	return (hk->psync != NULL &&
	    strcmp(hk->config.syncdev, ifp->name) == 0 &&
	    ifp->link->mtu < psync_mtu_min(hk->config.format));
}

int
hk_pfsync_mtu(struct hk *hk, const struct psync_config *want, uint32_t mtu)
{
	const struct hk_if *ifp = hk_if_find(hk, want->syncdev);
	const uint16_t was = hk->mtu_want;
	int error;

	if (mtu == 0 || mtu > PSYNC_MTU_MAX ||
	    (ifp != NULL && mtu > ifp->link->mtu))
		return (EINVAL);
	hk->mtu_want = ifp != NULL && mtu == ifp->link->mtu ? 0 : (uint16_t)mtu;
	error = hk_pfsync_apply(hk, want);
	if (error != 0)
		hk->mtu_want = was;
	return (error);
}

int
hk_pfsync_apply(struct hk *hk, const struct psync_config *want)
{
	struct psync_config config, old;
	struct hk_group group;
	struct hk_if *ifp;
	int error;

	config = *want;
	ifp = hk_if_find(hk, config.syncdev);
	config.reachable = config.syncdev[0] == '\0' ||
	    (ifp != NULL && ifp->up && ifp->running);
	config.mtu = psync_drv_mtu(hk->mtu_want,
	    ifp == NULL ? 0 : ifp->link->mtu);
	/* Said by whoever configures it; the host just does it. */
	if (hk->watching && ifp != NULL && hk_pfsync_too_small(hk, ifp)) {
		config.mtu = hk->config.mtu;
		config.reachable = false;
	}

	group_of(&config, ifp != NULL ? ifp->link : NULL, &group);
	if (!same_group(&group, &hk->group)) {
		error = join(&group);
		if (error != 0)
			return (error);
	}
	/* The engine may send at once, by way of the new configuration. */
	old = hk->config;
	hk->config = config;
	error = hk_errno(psync_configure(hk->psync, &config));
	if (error != 0) {
		hk->config = old;
		if (!same_group(&group, &hk->group))
			leave(&group);
		return (error);
	}
	if (!same_group(&group, &hk->group))
		leave(&hk->group);
	hk->group = group;
	return (0);
}

int
hk_pfsync_set(struct hk *hk, const struct pfsync_drv_config *req)
{
	const struct hk_if *ifp;
	struct psync_config config;
	int error;

	error = hk_errno(psync_drv_config(req, &hk->config, &config));
	if (error != 0)
		return (error);
	ifp = hk_if_find(hk, config.syncdev);
	if ((req->set & PFSYNC_CONFIG_SYNCDEV) && ifp == NULL &&
	    config.syncdev[0] != '\0')
		return (ENXIO);
	if ((req->set & PFSYNC_CONFIG_RESYNC) &&
	    !(config.up && ifp != NULL && ifp->up && ifp->running))
		return (ENETDOWN);
	if (req->set & ~(uint32_t)PFSYNC_CONFIG_RESYNC) {
		error = req->set & PFSYNC_CONFIG_MTU ?
		    hk_pfsync_mtu(hk, &config, req->mtu) :
		    hk_pfsync_apply(hk, &config);
		if (error != 0)
			return (error);
	}
	if (req->set & PFSYNC_CONFIG_RESYNC)
		return (hk_errno(psync_resync(hk->psync)));
	return (0);
}

int
hk_pfsync_create(struct hk *hk)
{
	struct psync_config config;
	int error;

	if (hk->psync != NULL)
		return (EEXIST);
	if (hk->env.clone != NULL) {
		error = hk->env.clone(hk->env.ctx, true);
		if (error != 0)
			return (error);
	}
	memset(&config, 0, sizeof(config));
	config.mtu = PSYNC_MTU_DEFAULT;
	config.format = PFSYNC_FORMAT_AUTO;
	config.maxupd = PFSYNC_MAXUPDATES;
	memset(&hk->config, 0, sizeof(hk->config));
	memset(&hk->group, 0, sizeof(hk->group));
	hk->mtu_want = 0;
	hk->psync = psync_create(&hk_psync_os, hk, hk->nslices);
	error = hk->psync == NULL ? ENOMEM : hk_pfsync_apply(hk, &config);
	if (error != 0) {
		if (hk->psync != NULL)
			psync_destroy(hk->psync);
		hk->psync = NULL;
		if (hk->env.clone != NULL)
			(void)hk->env.clone(hk->env.ctx, false);
		return (error);
	}
	hk_log(hk, HK_PFSYNC ": created");
	return (0);
}

int
hk_pfsync_destroy(struct hk *hk)
{
	struct psync *sc = hk->psync;
	unsigned i;

	if (sc == NULL)
		return (ENXIO);
	psync_flush(sc);
	hk->psync = NULL;
	psync_destroy(sc);
	for (i = 0; i <= PSYNC_SLICES_MAX; i++)
		hk->timer[i] = PSYNC_NEVER;
	leave(&hk->group);
	memset(&hk->group, 0, sizeof(hk->group));
	memset(&hk->config, 0, sizeof(hk->config));
	hk_log(hk, HK_PFSYNC ": destroyed");
	if (hk->env.clone != NULL)
		(void)hk->env.clone(hk->env.ctx, false);
	return (0);
}
