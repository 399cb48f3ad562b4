/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync0 of a hosted kernel: what a cloner and ioctls are in a real one.
 *
 * Invariants: hk->config is what the engine runs by, and hk->group is the one
 * group that is joined for it.  Both change together or not at all.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
	};

	return (number[error]);
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
	if (ifp != NULL && config.mtu > ifp->link->mtu)
		config.mtu = (uint16_t)ifp->link->mtu;

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

#define SET_ALL                                                         \
	(CTL_PFSYNC_SYNCDEV | CTL_PFSYNC_SYNCPEER | CTL_PFSYNC_MAXUPD | \
	    CTL_PFSYNC_VERSION | CTL_PFSYNC_RESYNC | CTL_PFSYNC_MTU |   \
	    CTL_PFSYNC_UP)

static int
want_syncdev(struct hk *hk, const struct psync_config *want,
    struct psync_config *config)
{
	if (want->syncdev[0] != '\0') {
		if (!hk_ifname_ok(want->syncdev))
			return (EINVAL);
		if (hk_if_find(hk, want->syncdev) == NULL)
			return (ENXIO);
	}
	memset(config->syncdev, 0, sizeof(config->syncdev));
	(void)snprintf(config->syncdev, sizeof(config->syncdev), "%s",
	    want->syncdev);
	return (0);
}

/* The unspecified address means the group. */
static int
want_syncpeer(const struct psync_config *want, struct psync_config *config)
{
	static const uint8_t zero[16];
	size_t len = want->syncpeer_af == PSYNC_AF_INET6 ? 16 : 4;

	if (want->syncpeer_af != 0 && want->syncpeer_af != PSYNC_AF_INET &&
	    want->syncpeer_af != PSYNC_AF_INET6)
		return (EAFNOSUPPORT);
	memset(config->syncpeer, 0, sizeof(config->syncpeer));
	config->syncpeer_af = 0;
	if (want->syncpeer_af == 0 || memcmp(want->syncpeer, zero, len) == 0)
		return (0);
	memcpy(config->syncpeer, want->syncpeer, len);
	config->syncpeer_af = want->syncpeer_af;
	return (0);
}

int
hk_pfsync_set(struct hk *hk, const struct ctl_pfsync *req)
{
	const struct psync_config *want;
	const struct hk_if *ifp;
	struct psync_config config;
	uint8_t up;
	int error;

	if (hk->psync == NULL)
		return (ENXIO);
	if (req->set & ~(uint32_t)SET_ALL)
		return (EINVAL);
	want = &req->status.config;
	config = hk->config;
	if (req->set & CTL_PFSYNC_SYNCDEV) {
		error = want_syncdev(hk, want, &config);
		if (error != 0)
			return (error);
	}
	if (req->set & CTL_PFSYNC_SYNCPEER) {
		error = want_syncpeer(want, &config);
		if (error != 0)
			return (error);
	}
	if (req->set & CTL_PFSYNC_MAXUPD)
		config.maxupd = want->maxupd;
	if (req->set & CTL_PFSYNC_VERSION)
		config.format = want->format;
	if (req->set & CTL_PFSYNC_UP) {
		/* A client may have put any byte there. */
		memcpy(&up, &want->up, sizeof(up));
		config.up = up != 0;
	}
	ifp = hk_if_find(hk, config.syncdev);
	if (req->set & CTL_PFSYNC_MTU) {
		if (ifp != NULL && want->mtu > ifp->link->mtu)
			return (EINVAL);
		config.mtu = want->mtu;
	}
	if ((req->set & CTL_PFSYNC_RESYNC) &&
	    !(config.up && ifp != NULL && ifp->up && ifp->running))
		return (ENETDOWN);
	if (req->set & ~(uint32_t)CTL_PFSYNC_RESYNC) {
		error = hk_pfsync_apply(hk, &config);
		if (error != 0)
			return (error);
	}
	if (req->set & CTL_PFSYNC_RESYNC)
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
	config.format = PFSYNC_FORMAT_1400;
	config.maxupd = PFSYNC_MAXUPDATES;
	memset(&hk->config, 0, sizeof(hk->config));
	memset(&hk->group, 0, sizeof(hk->group));
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
