/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What ifconfig(8) asks of pfsync0, and what follows when the interface it
 * syncs over changes or goes.
 *
 * Invariant: with pfsync_config released, the engine, the sender and the
 * joined group agree on syncdev and peer.
 */

#include "net/pfsync/drv.h"
#include "os/freebsd/softc.h"

#include <sys/priv.h>
#include <sys/proc.h>
#include <sys/sockio.h>

#include <netinet/in_var.h>

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

static bool
is_up(struct ifnet *ifp)
{
	return ((if_getflags(ifp) & IFF_UP) != 0 &&
	    if_getlinkstate(ifp) != LINK_STATE_DOWN);
}

/* Where a configuration sends to. */
static struct in_addr
peer_of(const struct psync_config *c)
{
	struct in_addr peer = { .s_addr = htonl(PFSYNC_GROUP) };

	if (c->syncpeer_af != 0)
		memcpy(&peer, c->syncpeer, sizeof(peer));
	return (peer);
}

/* Tells the engine.  Its mtu is the least on the way. */
static int
configure(struct pfsync_softc *sc, const struct psync_config *want,
    struct ifnet *syncdev)
{
	struct psync_config c = *want;

	c.reachable = c.syncdev[0] == '\0' ||
	    (syncdev != NULL && is_up(syncdev));
	if (syncdev != NULL && if_getmtu(syncdev) < c.mtu)
		c.mtu = (uint16_t)if_getmtu(syncdev);
	return (errnos[psync_configure(sc->engine, &c)]);
}

/* The sender's view.  Frames may come as soon as the engine is told. */
static void
set_path(struct pfsync_softc *sc, struct ifnet *syncdev, bool tap_only,
    struct in_addr peer)
{
	mtx_lock(&sc->queue_lock);
	sc->syncdev = syncdev;
	sc->tap_only = tap_only;
	sc->peer = peer;
	mtx_unlock(&sc->queue_lock);
}

static int
join(struct ifnet *syncdev, struct in_addr peer, struct in_multi **group)
{
	*group = NULL;
	if (syncdev == NULL || !IN_MULTICAST(ntohl(peer.s_addr)))
		return (0);
	if ((if_getflags(syncdev) & IFF_MULTICAST) == 0)
		return (EADDRNOTAVAIL);
	return (in_joingroup(syncdev, &peer, NULL, group));
}

static void
leave(struct in_multi *group)
{
	if (group != NULL)
		(void)in_leavegroup(group, NULL);
}

/*
 * Takes on a configuration and syncdev (with its reference, also in case of an
 * error), all of it or nothing.
 */
static int
apply(struct pfsync_softc *sc, const struct psync_config *want,
    struct ifnet *syncdev)
{
	struct ifnet *old_syncdev = sc->syncdev;
	struct in_addr old_peer = sc->peer, peer = peer_of(want);
	bool old_tap_only = sc->tap_only;
	struct in_multi *group;
	int error;

	sx_assert(&pfsync_config, SA_XLOCKED);
	/* A group may be joined twice. */
	error = join(syncdev, peer, &group);
	if (error == 0) {
		set_path(sc, syncdev, want->syncdev[0] == '\0', peer);
		error = configure(sc, want, syncdev);
		if (error != 0) {
			set_path(sc, old_syncdev, old_tap_only, old_peer);
			leave(group);
		}
	}
	if (error != 0) {
		old_syncdev = syncdev;
	} else {
		leave(sc->group);
		sc->group = group;
		sc->config = *want;
	}
	if (old_syncdev != NULL) {
		if (old_syncdev != sc->syncdev)
			pfsync_send_wait(sc, old_syncdev);
		if_rele(old_syncdev);
	}
	return (error);
}

/* The same configuration over the same syncdev. */
static int
apply_here(struct pfsync_softc *sc, const struct psync_config *want)
{
	if (sc->syncdev != NULL)
		if_ref(sc->syncdev);
	return (apply(sc, want, sc->syncdev));
}

void
pfsync_forget_syncdev(struct pfsync_softc *sc)
{
	struct psync_config config = sc->config;

	memset(config.syncdev, 0, sizeof(config.syncdev));
	/* Needs no memory, as neither format nor mtu grow. */
	(void)apply(sc, &config, NULL);
}

void
pfsync_path_changed(void *arg, int pending)
{
	struct pfsync_softc *sc = arg;

	(void)pending;
	CURVNET_SET(sc->vnet);
	sx_xlock(&pfsync_config);
	if (sc->syncdev != NULL)
		(void)configure(sc, &sc->config, sc->syncdev);
	sx_xunlock(&pfsync_config);
	CURVNET_RESTORE();
}

/*
 * A departing interface has lost its groups already, unless its whole vnet
 * goes.
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
		if (sc->group != NULL &&
		    group_is_gone(ifp, sc->group, sc->peer))
			sc->group = NULL;
		pfsync_forget_syncdev(sc);
	}
	sx_xunlock(&pfsync_config);
}

static int
set_flags(struct pfsync_softc *sc)
{
	struct psync_config config = sc->config;
	int error;

	config.up = (if_getflags(sc->ifp) & IFF_UP) != 0;
	if (config.up)
		pfsync_hook(sc);
	error = apply_here(sc, &config);
	if (!sc->config.up)
		pfsync_unhook(sc);
	if_setdrvflagbits(sc->ifp, sc->config.up ? IFF_DRV_RUNNING : 0,
	    sc->config.up ? 0 : IFF_DRV_RUNNING);
	return (error);
}

static int
set_mtu(struct pfsync_softc *sc, int mtu)
{
	struct psync_config config = sc->config;
	int error;

	if (mtu < (int)psync_mtu_min(config.format) || mtu > PSYNC_MTU_MAX ||
	    (sc->syncdev != NULL && mtu > if_getmtu(sc->syncdev)))
		return (EINVAL);
	config.mtu = (uint16_t)mtu;
	error = apply_here(sc, &config);
	if (error == 0)
		if_setmtu(sc->ifp, mtu);
	return (error);
}

/* The interface of a name, with a reference, or none for no name. */
static int
find_syncdev(struct pfsync_softc *sc, struct psync_config *config,
    struct ifnet **syncdev)
{
	*syncdev = NULL;
	if (config->syncdev[0] == '\0')
		return (0);
	*syncdev = ifunit_ref(config->syncdev);
	if (*syncdev == sc->ifp) {
		if_rele(*syncdev);
		*syncdev = NULL;
	}
	return (*syncdev == NULL ? EINVAL : 0);
}

static int
set_pfsync(struct pfsync_softc *sc, const struct pfsyncreq *req)
{
	struct psync_config config = sc->config;
	in_addr_t group = htonl(PFSYNC_GROUP);
	struct ifnet *syncdev;
	int error;

	if (req->pfsyncr_maxupdates < 0 ||
	    req->pfsyncr_maxupdates > PFSYNC_MAXUPDATES_MAX)
		return (EINVAL);
	config.defer = PFSYNC_ASKS_DEFER(req->pfsyncr_defer);
	config.maxupd = (uint16_t)req->pfsyncr_maxupdates;

	memset(config.syncpeer, 0, sizeof(config.syncpeer));
	config.syncpeer_af = 0;
	if (req->pfsyncr_syncpeer != 0 && req->pfsyncr_syncpeer != group) {
		memcpy(config.syncpeer, &req->pfsyncr_syncpeer,
		    sizeof(req->pfsyncr_syncpeer));
		config.syncpeer_af = PSYNC_AF_INET;
	}

	memset(config.syncdev, 0, sizeof(config.syncdev));
	(void)strlcpy(config.syncdev, req->pfsyncr_syncdev,
	    sizeof(config.syncdev));
	error = find_syncdev(sc, &config, &syncdev);
	return (error != 0 ? error : apply(sc, &config, syncdev));
}

static void
get_pfsync(struct pfsync_softc *sc, struct pfsyncreq *req)
{
	struct psync_status status;

	memset(req, 0, sizeof(*req));
	psync_status(sc->engine, &status);
	if (sc->syncdev != NULL)
		(void)strlcpy(req->pfsyncr_syncdev, if_name(sc->syncdev),
		    sizeof(req->pfsyncr_syncdev));
	req->pfsyncr_syncpeer = sc->peer.s_addr;
	req->pfsyncr_maxupdates = sc->config.maxupd;
	if (status.bulk != PSYNC_BULK_RUNNING)
		req->pfsyncr_defer |= PFSYNC_GET_FLAGS;
	if (sc->config.defer)
		req->pfsyncr_defer |= PFSYNC_SAYS_DEFER;
}

/* Mtu and flags have ioctls of their own; only IPv4 is sent to. */
int
pfsync_set_config(struct pfsync_softc *sc, const struct pfsync_drv_config *req)
{
	struct psync_config config;
	struct ifnet *syncdev;
	int error;

	if ((req->set & PFSYNC_CONFIG_IFNET) != 0)
		return (EINVAL);
	error = errnos[psync_drv_config(req, &sc->config, &config)];
	if (error == 0 && config.syncpeer_af == PSYNC_AF_INET6)
		error = EAFNOSUPPORT;
	if (error == 0)
		error = find_syncdev(sc, &config, &syncdev);
	if (error != 0)
		return (error);
	if ((req->set & PFSYNC_CONFIG_RESYNC) != 0 &&
	    !(config.up && syncdev != NULL && is_up(syncdev))) {
		if (syncdev != NULL)
			if_rele(syncdev);
		return (ENETDOWN);
	}
	error = apply(sc, &config, syncdev);
	if (error == 0 && (req->set & PFSYNC_CONFIG_RESYNC) != 0)
		error = errnos[psync_resync(sc->engine)];
	return (error);
}

static int
set_drv(struct pfsync_softc *sc, const struct ifdrv *ifd, const void *data)
{
	if (ifd->ifd_cmd == PFSYNC_DRV_CONFIG)
		return (pfsync_set_config(sc, data));
	return (errnos[psync_drv_set(sc->engine, ifd->ifd_cmd, data,
	    ifd->ifd_len)]);
}

/* SIOCSDRVSPEC and SIOCGDRVSPEC. */
static int
drv_ioctl(struct pfsync_softc *sc, bool set, const struct ifdrv *ifd)
{
	size_t size = psync_drv_size(ifd->ifd_cmd);
	void *data;
	int error = 0;

	if (set)
		error = priv_check(curthread, PRIV_NETINET_PF);
	if (error == 0 && size == 0)
		error = ENOTTY;
	if (error == 0 && ifd->ifd_len != size)
		error = EINVAL;
	if (error != 0)
		return (error);
	data = malloc(size, M_PFSYNC, M_WAITOK | M_ZERO);
	if (set)
		error = copyin(ifd->ifd_data, data, size);
	if (error == 0) {
		sx_xlock(&pfsync_config);
		error = set ?
		    set_drv(sc, ifd, data) :
		    errnos[psync_drv_get(sc->engine, ifd->ifd_cmd, data, size)];
		sx_xunlock(&pfsync_config);
	}
	if (error == 0 && !set)
		error = copyout(data, ifd->ifd_data, size);
	free(data, M_PFSYNC);
	return (error);
}

/* The kernel has checked that a thread may set the flags or the mtu. */
int
pfsync_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	struct pfsync_softc *sc = if_getsoftc(ifp);
	struct ifreq *ifr = (struct ifreq *)data;
	struct pfsyncreq req;
	int error = 0;

	_Static_assert(sizeof(req) == 28, "the ABI of every BSD");

	/* It may have been moved, but works where it was made. */
	if (curvnet != sc->vnet)
		return (ENXIO);
	if (cmd == SIOCSDRVSPEC || cmd == SIOCGDRVSPEC)
		return (drv_ioctl(sc, cmd == SIOCSDRVSPEC,
		    (const struct ifdrv *)data));
	if (cmd == SIOCSETPFSYNC) {
		error = priv_check(curthread, PRIV_NETINET_PF);
		if (error == 0)
			error = copyin(ifr_data_get_ptr(ifr), &req,
			    sizeof(req));
		if (error != 0)
			return (error);
	}
	sx_xlock(&pfsync_config);
	switch (cmd) {
	case SIOCSIFFLAGS:
		error = set_flags(sc);
		break;
	case SIOCSIFMTU:
		error = set_mtu(sc, ifr->ifr_mtu);
		break;
	case SIOCSETPFSYNC:
		error = set_pfsync(sc, &req);
		break;
	case SIOCGETPFSYNC:
		get_pfsync(sc, &req);
		break;
	default:
		error = ENOTTY;
		break;
	}
	sx_xunlock(&pfsync_config);
	if (error == 0 && cmd == SIOCGETPFSYNC)
		error = copyout(&req, ifr_data_get_ptr(ifr), sizeof(req));
	return (error);
}
