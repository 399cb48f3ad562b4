/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The way to the peers: the syncdev, the group that is joined on it, where
 * packets go, and how large they may be.
 *
 * No kernel tells of every change of a syncdev, so it is looked at each second,
 * too.
 *
 * Invariant: with pfsync_config released, the engine, the sender and the
 * joined group agree on syncdev and peer.
 */

#include "opt_inet6.h"

#include "net/pfsync/drv.h"
#include "os/freebsd/softc.h"

#include <netinet/in_var.h>
#ifdef INET6
#include <netinet6/in6_var.h>
#include <netinet6/scope6_var.h>
#endif

static const int errnos[] = {
	[PSYNC_ERR_NONE] = 0,
	[PSYNC_ERR_MAXUPD] = EINVAL,
	[PSYNC_ERR_FORMAT] = EINVAL,
	[PSYNC_ERR_MTU] = EINVAL,
	[PSYNC_ERR_NOMEM] = ENOMEM,
	[PSYNC_ERR_DOWN] = ENETDOWN,
	[PSYNC_ERR_VALUE] = EINVAL,
	[PSYNC_ERR_FAMILY] = EAFNOSUPPORT,
	[PSYNC_ERR_COMMAND] = ENOTTY,
	[PSYNC_ERR_DEFER] = EINVAL,
};

int
pfsync_errno(enum psync_error error)
{
	return (errnos[error]);
}

static struct pfsync_path
look(struct ifnet *syncdev)
{
	struct pfsync_path path = { 0 };

	if (syncdev != NULL) {
		path.usable = (if_getflags(syncdev) & IFF_UP) != 0 &&
		    if_getlinkstate(syncdev) != LINK_STATE_DOWN;
		path.mtu = (unsigned)if_getmtu(syncdev);
	}
	return (path);
}

bool
pfsync_usable(struct ifnet *syncdev)
{
	return (look(syncdev).usable);
}

/* Where a configuration sends to, by that syncdev.  errno. */
static int
dst_of(const struct psync_config *c, struct ifnet *syncdev,
    struct pfsync_dst *dst)
{
	memset(dst, 0, sizeof(*dst));
	dst->af = AF_INET;
	dst->in4.s_addr = htonl(PFSYNC_GROUP);
	if (c->syncpeer_af == PSYNC_AF_INET)
		memcpy(&dst->in4, c->syncpeer, sizeof(dst->in4));
	if (c->syncpeer_af != PSYNC_AF_INET6)
		return (0);
#ifdef INET6
	dst->af = AF_INET6;
	memcpy(&dst->in6, c->syncpeer, sizeof(dst->in6));
	if (syncdev == NULL)
		return (0);
	return (in6_setscope(&dst->in6, syncdev, NULL));
#else
	(void)syncdev;
	return (EAFNOSUPPORT);
#endif
}

static bool
is_group(const struct pfsync_dst *dst)
{
	if (dst->af == AF_INET6)
		return (IN6_IS_ADDR_MULTICAST(&dst->in6));
	return (IN_MULTICAST(ntohl(dst->in4.s_addr)));
}

/* A group may be joined twice.  errno. */
static int
join(struct ifnet *syncdev, const struct pfsync_dst *dst,
    struct pfsync_group *group)
{
	memset(group, 0, sizeof(*group));
	if (syncdev == NULL || !is_group(dst))
		return (0);
	if ((if_getflags(syncdev) & IFF_MULTICAST) == 0)
		return (EADDRNOTAVAIL);
#ifdef INET6
	if (dst->af == AF_INET6)
		return (
		    in6_joingroup(syncdev, &dst->in6, NULL, &group->in6, 0));
#endif
	return (in_joingroup(syncdev, &dst->in4, NULL, &group->in4));
}

static void
leave(struct pfsync_group *group)
{
	if (group->in4 != NULL)
		(void)in_leavegroup(group->in4, NULL);
#ifdef INET6
	if (group->in6 != NULL)
		(void)in6_leavegroup(group->in6, NULL);
#endif
}

/* What of a configuration has to do with the mtu is what is there already. */
static bool
same_wants(const struct pfsync_softc *sc, const struct psync_config *want,
    const struct ifnet *old_syncdev)
{
	return (sc->syncdev == old_syncdev && want->mtu == sc->config.mtu &&
	    want->format == sc->config.format);
}

/*
 * Tells the engine.  Whoever asks for too small an mtu is told so; a syncdev
 * that has come to have it just cannot be used.
 */
static int
configure(struct pfsync_softc *sc, const struct psync_config *want, bool same)
{
	struct psync_config c = *want;
	struct pfsync_path path = look(sc->syncdev);
	enum psync_error error;

	c.reachable = c.syncdev[0] == '\0' || path.usable;
	c.mtu = psync_drv_mtu(want->mtu, path.mtu);
	if (same && c.mtu < psync_mtu_min(c.format)) {
		c.mtu = (uint16_t)psync_mtu_min(c.format);
		c.reachable = false;
	}
	error = psync_configure(sc->engine, &c);
	if (error == PSYNC_ERR_NONE) {
		sc->path = path;
		if_setmtu(sc->ifp, c.mtu);
	}
	return (errnos[error]);
}

/* The sender's view.  Frames may come as soon as the engine is told. */
static void
set_path(struct pfsync_softc *sc, struct ifnet *syncdev, bool tap_only,
    const struct pfsync_dst *dst)
{
	mtx_lock(&sc->queue_lock);
	sc->syncdev = syncdev;
	sc->tap_only = tap_only;
	sc->dst = *dst;
	mtx_unlock(&sc->queue_lock);
}

static int
join_and_configure(struct pfsync_softc *sc, const struct psync_config *want,
    struct ifnet *syncdev)
{
	struct ifnet *old_syncdev = sc->syncdev;
	struct pfsync_dst old_dst = sc->dst, dst;
	bool old_tap_only = sc->tap_only;
	struct pfsync_group group;
	int error;

	error = dst_of(want, syncdev, &dst);
	if (error == 0)
		error = join(syncdev, &dst, &group);
	if (error != 0)
		return (error);
	set_path(sc, syncdev, want->syncdev[0] == '\0', &dst);
	error = configure(sc, want, same_wants(sc, want, old_syncdev));
	if (error != 0) {
		set_path(sc, old_syncdev, old_tap_only, &old_dst);
		leave(&group);
		return (error);
	}
	leave(&sc->group);
	sc->group = group;
	sc->config = *want;
	return (0);
}

int
pfsync_apply(struct pfsync_softc *sc, const struct psync_config *want,
    struct ifnet *syncdev)
{
	struct ifnet *old = sc->syncdev;
	int error;

	sx_assert(&pfsync_config, SA_XLOCKED);
	error = join_and_configure(sc, want, syncdev);
	if (error != 0)
		old = syncdev;
	if (old != NULL) {
		if (old != sc->syncdev)
			pfsync_send_wait(sc, old);
		if_rele(old);
	}
	if (sc->syncdev != NULL)
		(void)taskqueue_enqueue_timeout(pfsync_path_tq, &sc->path_task,
		    hz);
	return (error);
}

int
pfsync_apply_here(struct pfsync_softc *sc, const struct psync_config *want)
{
	if (sc->syncdev != NULL)
		if_ref(sc->syncdev);
	return (pfsync_apply(sc, want, sc->syncdev));
}

int
pfsync_find_syncdev(struct pfsync_softc *sc, const struct psync_config *want,
    struct ifnet **syncdev)
{
	*syncdev = NULL;
	if (want->syncdev[0] == '\0')
		return (0);
	*syncdev = ifunit_ref(want->syncdev);
	if (*syncdev == sc->ifp) {
		if_rele(*syncdev);
		*syncdev = NULL;
	}
	return (*syncdev == NULL ? EINVAL : 0);
}

int
pfsync_set_mtu(struct pfsync_softc *sc, int mtu)
{
	struct psync_config config = sc->config;
	unsigned syncdev = look(sc->syncdev).mtu;

	if (mtu < (int)psync_mtu_min(config.format) || mtu > PSYNC_MTU_MAX ||
	    (syncdev != 0 && (unsigned)mtu > syncdev))
		return (EINVAL);
	config.mtu = (unsigned)mtu == syncdev ? 0 : (uint16_t)mtu;
	return (pfsync_apply_here(sc, &config));
}

void
pfsync_forget_syncdev(struct pfsync_softc *sc)
{
	struct psync_config config = sc->config;

	memset(config.syncdev, 0, sizeof(config.syncdev));
	/* There is no group to join, and memory is waited for. */
	(void)pfsync_apply(sc, &config, NULL);
}

void
pfsync_stop(struct pfsync_softc *sc)
{
	struct psync_config config = sc->config;

	config.up = false;
	/* No frames of another size are needed, or memory is waited for. */
	(void)configure(sc, &config, true);
	sc->config.up = false;
}

void
pfsync_look_at_path(void *arg, int pending)
{
	struct pfsync_softc *sc = arg;
	struct pfsync_path path;

	(void)pending;
	CURVNET_SET(sc->vnet);
	sx_xlock(&pfsync_config);
	if (sc->syncdev != NULL) {
		path = look(sc->syncdev);
		if (path.usable != sc->path.usable || path.mtu != sc->path.mtu)
			(void)configure(sc, &sc->config, true);
		(void)taskqueue_enqueue_timeout(pfsync_path_tq, &sc->path_task,
		    hz);
	}
	sx_xunlock(&pfsync_config);
	CURVNET_RESTORE();
}

/*
 * A departing interface has lost its IPv4 groups already, unless its whole vnet
 * goes.  One of IPv6 has only lost its interface.
 */
static bool
group_is_gone(struct ifnet *ifp, const struct in_multi *group,
    struct in_addr addr)
{
	struct in_multi *here;

	IN_MULTI_LIST_LOCK();
	here = inm_lookup(ifp, addr);
	IN_MULTI_LIST_UNLOCK();
	return (here != group);
}

void
pfsync_detach_ifnet(struct ifnet *ifp)
{
	struct pfsync_softc *sc;

	sx_xlock(&pfsync_config);
	sc = V_pfsyncif;
	if (sc != NULL && sc->syncdev == ifp) {
		if (sc->group.in4 != NULL &&
		    group_is_gone(ifp, sc->group.in4, sc->dst.in4))
			sc->group.in4 = NULL;
		pfsync_forget_syncdev(sc);
	}
	sx_xunlock(&pfsync_config);
}
