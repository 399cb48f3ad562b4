/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What ifconfig(8) and netstat(1) ask beyond the BSDs' own ioctls.  See drv.h.
 */

#include "net/pfsync/bytes.h"
#include "net/pfsync/drv.h"
#include "net/pfsync/engine.h"
#include "net/pfsync/ifmap.h"

#define SUPPORTED                                                         \
	(PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_SYNCPEER |                 \
	    PFSYNC_CONFIG_MAXUPD | PFSYNC_CONFIG_VERSION |                \
	    PFSYNC_CONFIG_RESYNC | PFSYNC_CONFIG_MTU | PFSYNC_CONFIG_UP | \
	    PFSYNC_CONFIG_DEFER | PFSYNC_CONFIG_DELAY |                   \
	    PFSYNC_CONFIG_BULKRATE | PFSYNC_CONFIG_BULKBYTES)

/* All of it, so that a name is the same whoever set it. */
static enum psync_error
want_syncdev(const char name[PFSYNC_IFNAMSIZ], struct psync_config *want)
{
	unsigned i;

	if (!psync_ifname_ok((const uint8_t *)name, true))
		return (PSYNC_ERR_VALUE);
	psync_zero(want->syncdev, sizeof(want->syncdev));
	for (i = 0; name[i] != '\0'; i++)
		want->syncdev[i] = name[i];
	return (PSYNC_ERR_NONE);
}

/* The unspecified address means the group. */
static enum psync_error
want_syncpeer(const struct pfsync_drv_config *req, struct psync_config *want)
{
	static const uint8_t zero[16];
	size_t len = req->syncpeer_af == PFSYNC_AF_INET6 ? 16 : 4;

	if (req->syncpeer_af != 0 && req->syncpeer_af != PFSYNC_AF_INET &&
	    req->syncpeer_af != PFSYNC_AF_INET6)
		return (PSYNC_ERR_FAMILY);
	psync_zero(want->syncpeer, sizeof(want->syncpeer));
	want->syncpeer_af = 0;
	if (req->syncpeer_af == 0 || psync_same(req->syncpeer, zero, len))
		return (PSYNC_ERR_NONE);
	psync_copy(want->syncpeer, req->syncpeer, len);
	want->syncpeer_af = req->syncpeer_af;
	return (PSYNC_ERR_NONE);
}

/* 0 stands for the default of each. */
static enum psync_error
want_pace(const struct pfsync_drv_config *req, struct psync_config *want)
{
	if ((req->set & PFSYNC_CONFIG_DEFER) != 0)
		want->defer = req->defer != 0;
	if ((req->set & PFSYNC_CONFIG_DELAY) != 0) {
		if (req->defer_delay > PFSYNC_DEFER_DELAY_MAX)
			return (PSYNC_ERR_VALUE);
		want->defer_delay = (uint16_t)req->defer_delay;
	}
	if ((req->set & PFSYNC_CONFIG_BULKRATE) != 0)
		want->bulk_rate = req->bulk_rate;
	if ((req->set & PFSYNC_CONFIG_BULKBYTES) != 0)
		want->bulk_bytes = req->bulk_bytes;
	return (PSYNC_ERR_NONE);
}

enum psync_error
psync_drv_config(const struct pfsync_drv_config *req,
    const struct psync_config *now, struct psync_config *want)
{
	enum psync_error error = PSYNC_ERR_NONE;

	*want = *now;
	if ((req->set & ~(uint32_t)SUPPORTED) != 0)
		return (PSYNC_ERR_VALUE);
	if ((req->set & PFSYNC_CONFIG_SYNCDEV) != 0)
		error = want_syncdev(req->syncdev, want);
	if (error == PSYNC_ERR_NONE && (req->set & PFSYNC_CONFIG_SYNCPEER) != 0)
		error = want_syncpeer(req, want);
	if (error != PSYNC_ERR_NONE)
		return (error);
	if ((req->set & PFSYNC_CONFIG_MAXUPD) != 0) {
		if (req->maxupd > PFSYNC_MAXUPDATES_MAX)
			return (PSYNC_ERR_MAXUPD);
		want->maxupd = (uint16_t)req->maxupd;
	}
	if ((req->set & PFSYNC_CONFIG_VERSION) != 0) {
		if (req->version > UINT16_MAX)
			return (PSYNC_ERR_FORMAT);
		want->format = (uint16_t)req->version;
	}
	if ((req->set & PFSYNC_CONFIG_MTU) != 0) {
		if (req->mtu > PSYNC_MTU_MAX)
			return (PSYNC_ERR_MTU);
		want->mtu = (uint16_t)req->mtu;
	}
	if ((req->set & PFSYNC_CONFIG_UP) != 0)
		want->up = req->up != 0;
	return (want_pace(req, want));
}

uint16_t
psync_drv_mtu(unsigned want, unsigned syncdev)
{
	unsigned mtu = syncdev == 0 ? PSYNC_MTU_DEFAULT : syncdev;

	if (want != 0 && (syncdev == 0 || want < mtu))
		mtu = want;
	return ((uint16_t)(mtu < PSYNC_MTU_MAX ? mtu : PSYNC_MTU_MAX));
}

static void
config_get(const struct psync_config *c, struct pfsync_drv_config *out)
{
	psync_zero(out, sizeof(*out));
	out->version = c->format;
	out->maxupd = c->maxupd;
	out->mtu = c->mtu;
	psync_copy(out->syncdev, c->syncdev, sizeof(out->syncdev));
	psync_copy(out->syncpeer, c->syncpeer, sizeof(out->syncpeer));
	out->syncpeer_af = c->syncpeer_af;
	out->up = c->up;
	out->defer = c->defer;
	out->defer_delay = c->defer_delay;
	out->bulk_rate = c->bulk_rate;
	out->bulk_bytes = c->bulk_bytes;
	out->reachable = c->reachable;
}

static void
get_config(struct psync *sc, void *data)
{
	psync_lock(sc, PSYNC_LOCK_MAIN);
	config_get(&sc->config, data);
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

static void
get_status(struct psync *sc, void *data)
{
	struct pfsync_drv_status *out = data;
	struct psync_status st;

	psync_status(sc, &st);
	psync_zero(out, sizeof(*out));
	config_get(&st.config, &out->config);
	out->npeers = st.npeers;
	out->pending = st.pending;
	out->demotion = st.demotion;
	out->syncok = st.syncok;
	out->bulk = (uint8_t)st.bulk;
	out->sending_bulk = st.sending_bulk;
	out->bulk_states = st.bulk_states;
	out->bulk_ms = st.bulk_ms;
	out->bulk_age = st.bulk_age;
	out->bulk_tries = st.bulk_tries;
	psync_copy(out->bulk_from, st.bulk_from, sizeof(out->bulk_from));
	out->bulk_af = st.bulk_af;
	out->pending_bytes = st.pending_bytes;
	out->deferred = st.deferred;
	out->spoken = st.dialects;
	out->collision = st.collision;
	out->oldest = st.oldest;
	out->lag = st.lag;
	out->lag_max = st.lag_max;
	out->update_age = st.update_age;
}

static void
get_peers(struct psync *sc, void *data)
{
	struct pfsync_drv_peers *peers = data;
	unsigned i;

	psync_lock(sc, PSYNC_LOCK_MAIN);
	psync_peers_get(&sc->peers, psync_now(sc), data);
	for (i = 0; sc->config.format != 0 && i < peers->count; i++) {
		peers->peer[i].told = sc->config.format;
		peers->peer[i].why = PFSYNC_WHY_CONFIGURED;
	}
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

static void
get_ifmap(struct psync *sc, void *data)
{
	psync_lock(sc, PSYNC_LOCK_MAIN);
	psync_copy(data, &sc->ifmap, sizeof(sc->ifmap));
	psync_unlock(sc, PSYNC_LOCK_MAIN);
}

static enum psync_error
set_ifmap(struct psync *sc, const void *data)
{
	if (!psync_ifmap_ok(data))
		return (PSYNC_ERR_VALUE);
	psync_lock(sc, PSYNC_LOCK_MAIN);
	psync_copy(&sc->ifmap, data, sizeof(sc->ifmap));
	psync_unlock(sc, PSYNC_LOCK_MAIN);
	return (PSYNC_ERR_NONE);
}

static void
get_stats(struct psync *sc, void *data)
{
	psync_stats(sc, data);
}

static const struct command {
	size_t size;
	void (*get)(struct psync *, void *data);
	enum psync_error (*set)(struct psync *, const void *data);
} commands[] = {
	[PFSYNC_DRV_CONFIG] = { sizeof(struct pfsync_drv_config), get_config,
	    NULL },
	[PFSYNC_DRV_STATUS] = { sizeof(struct pfsync_drv_status), get_status,
	    NULL },
	[PFSYNC_DRV_PEERS] = { sizeof(struct pfsync_drv_peers), get_peers,
	    NULL },
	[PFSYNC_DRV_IFMAP] = { sizeof(struct pfsync_drv_ifmap), get_ifmap,
	    set_ifmap },
	[PFSYNC_DRV_STATS] = { sizeof(struct pfsyncxstats), get_stats, NULL },
};

size_t
psync_drv_size(unsigned long cmd)
{
	if (cmd >= sizeof(commands) / sizeof(commands[0]))
		return (0);
	return (commands[cmd].size);
}

enum psync_error
psync_drv_get(struct psync *sc, unsigned long cmd, void *data, size_t len)
{
	size_t size = psync_drv_size(cmd);

	if (size == 0)
		return (PSYNC_ERR_COMMAND);
	if (len != size)
		return (PSYNC_ERR_VALUE);
	commands[cmd].get(sc, data);
	return (PSYNC_ERR_NONE);
}

enum psync_error
psync_drv_set(struct psync *sc, unsigned long cmd, const void *data, size_t len)
{
	size_t size = psync_drv_size(cmd);

	if (size == 0 || commands[cmd].set == NULL)
		return (PSYNC_ERR_COMMAND);
	if (len != size)
		return (PSYNC_ERR_VALUE);
	return (commands[cmd].set(sc, data));
}
