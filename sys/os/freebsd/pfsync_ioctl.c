/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What ifconfig(8) asks of pfsync0.
 */

#include "net/pfsync/drv.h"
#include "os/freebsd/softc.h"

#include <sys/priv.h>
#include <sys/proc.h>
#include <sys/sockio.h>

/* It wants to know of sys/malloc.h. */
#include "os/freebsd/pfsync_nv.h"

static int
set_flags(struct pfsync_softc *sc)
{
	struct psync_config config = sc->config;
	int error;

	config.up = (if_getflags(sc->ifp) & IFF_UP) != 0;
	if (config.up)
		pfsync_hook(sc);
	error = pfsync_apply_here(sc, &config);
	if (!sc->config.up)
		pfsync_unhook(sc);
	if_setdrvflagbits(sc->ifp, sc->config.up ? IFF_DRV_RUNNING : 0,
	    sc->config.up ? 0 : IFF_DRV_RUNNING);
	return (error);
}

/*
 * An IPv6 syncpeer, in a structure that has room for IPv4 only.  Who sets what
 * he got, but for one member, leaves the syncpeer as it is.
 */
#define SYNCPEER_ELSEWHERE INADDR_BROADCAST

static int
set_pfsync(struct pfsync_softc *sc, const struct pfsyncreq *req)
{
	struct psync_config config = sc->config;
	in_addr_t peer = req->pfsyncr_syncpeer;
	struct ifnet *syncdev;
	int error;

	if (req->pfsyncr_maxupdates < 0 ||
	    req->pfsyncr_maxupdates > PFSYNC_MAXUPDATES_MAX)
		return (EINVAL);
	config.defer = PFSYNC_ASKS_DEFER(req->pfsyncr_defer);
	config.maxupd = (uint16_t)req->pfsyncr_maxupdates;

	if (config.syncpeer_af != PSYNC_AF_INET6 ||
	    peer != htonl(SYNCPEER_ELSEWHERE)) {
		memset(config.syncpeer, 0, sizeof(config.syncpeer));
		config.syncpeer_af = 0;
		if (peer != 0 && peer != htonl(PFSYNC_GROUP)) {
			memcpy(config.syncpeer, &peer, sizeof(peer));
			config.syncpeer_af = PSYNC_AF_INET;
		}
	}

	memset(config.syncdev, 0, sizeof(config.syncdev));
	(void)strlcpy(config.syncdev, req->pfsyncr_syncdev,
	    sizeof(config.syncdev));
	error = pfsync_find_syncdev(sc, &config, &syncdev);
	return (error != 0 ? error : pfsync_apply(sc, &config, syncdev));
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
	req->pfsyncr_syncpeer = sc->dst.af == AF_INET ?
	    sc->dst.in4.s_addr :
	    htonl(SYNCPEER_ELSEWHERE);
	req->pfsyncr_maxupdates = sc->config.maxupd;
	if (status.bulk != PSYNC_BULK_RUNNING)
		req->pfsyncr_defer |= PFSYNC_GET_FLAGS;
	if (sc->config.defer)
		req->pfsyncr_defer |= PFSYNC_SAYS_DEFER;
}

/* Mtu and flags have ioctls of their own. */
int
pfsync_set_config(struct pfsync_softc *sc, const struct pfsync_drv_config *req)
{
	const bool resync = (req->set & PFSYNC_CONFIG_RESYNC) != 0;
	struct psync_config config;
	struct ifnet *syncdev;
	int error;

	if ((req->set & PFSYNC_CONFIG_IFNET) != 0)
		return (EINVAL);
	error = pfsync_errno(psync_drv_config(req, &sc->config, &config));
	if (error == 0)
		error = pfsync_find_syncdev(sc, &config, &syncdev);
	if (error != 0)
		return (error);
	if (resync && !(config.up && pfsync_usable(syncdev))) {
		if (syncdev != NULL)
			if_rele(syncdev);
		return (ENETDOWN);
	}
	error = pfsync_apply(sc, &config, syncdev);
	if (error == 0 && resync)
		error = pfsync_errno(psync_resync(sc->engine));
	return (error);
}

static int
set_drv(struct pfsync_softc *sc, const struct ifdrv *ifd, const void *data)
{
	if (ifd->ifd_cmd == PFSYNC_DRV_CONFIG)
		return (pfsync_set_config(sc, data));
	return (pfsync_errno(
	    psync_drv_set(sc->engine, ifd->ifd_cmd, data, ifd->ifd_len)));
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
		error = set ? set_drv(sc, ifd, data) :
			      pfsync_errno(psync_drv_get(sc->engine,
				  ifd->ifd_cmd, data, size));
		sx_xunlock(&pfsync_config);
	}
	if (error == 0 && !set)
		error = copyout(data, ifd->ifd_data, size);
	free(data, M_PFSYNC);
	return (error);
}

#ifdef PFSYNC_NV
_Static_assert(offsetof(struct sockaddr_in6, sin6_addr) == 8 &&
	sizeof(struct sockaddr_in6) == 28 && sizeof(struct sockaddr_in) == 16,
    "addresses in lists");

static int
set_nv(struct pfsync_softc *sc, const struct ifreq_nv_req *nv)
{
	struct pfsync_drv_config config;
	nvlist_t *nvl;
	void *packed;
	int error;

	error = priv_check(curthread, PRIV_NETINET_PF);
	if (error == 0 && nv->length > IFR_CAP_NV_MAXBUFSIZE)
		error = EINVAL;
	if (error != 0)
		return (error);
	packed = malloc(nv->length, M_PFSYNC, M_WAITOK);
	error = copyin(nv->buffer, packed, nv->length);
	nvl = error == 0 ? nvlist_unpack(packed, nv->length, 0) : NULL;
	free(packed, M_PFSYNC);
	if (nvl == NULL)
		return (error != 0 ? error : EINVAL);
	error = pfsync_nv_parse(nvl, &config);
	nvlist_destroy(nvl);
	if (error != 0)
		return (error);
	sx_xlock(&pfsync_config);
	error = pfsync_set_config(sc, &config);
	sx_xunlock(&pfsync_config);
	return (error);
}

/* Packed; to be freed as M_NVLIST.  NULL without memory. */
static void *
pack_nv(struct pfsync_softc *sc, size_t *len)
{
	struct pfsync_drv_status st;
	uint32_t zone = 0;
	void *packed = NULL;
	nvlist_t *nvl;

	sx_slock(&pfsync_config);
	(void)psync_drv_get(sc->engine, PFSYNC_DRV_STATUS, &st, sizeof(st));
	if (sc->syncdev != NULL)
		zone = if_getindex(sc->syncdev);
	sx_sunlock(&pfsync_config);
	nvl = nvlist_create(0);
	if (nvl != NULL) {
		pfsync_nv_fill(nvl, &st.config, st.bulk != PSYNC_BULK_RUNNING,
		    zone);
		packed = nvlist_pack(nvl, len);
	}
	nvlist_destroy(nvl);
	return (packed);
}

static int
get_nv(struct pfsync_softc *sc, struct ifreq_nv_req *nv)
{
	void *packed;
	size_t len;
	int error;

	packed = pack_nv(sc, &len);
	if (packed == NULL)
		return (ENOMEM);
	if (len > nv->buf_length) {
		nv->buffer = NULL;
		error = EFBIG;
	} else
		error = copyout(packed, nv->buffer, len);
	nv->length = (u_int)len;
	free(packed, M_NVLIST);
	return (error);
}
#endif

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
#ifdef PFSYNC_NV
	if (cmd == SIOCSETPFSYNCNV)
		return (set_nv(sc, &ifr->ifr_cap_nv));
	if (cmd == SIOCGETPFSYNCNV)
		return (get_nv(sc, &ifr->ifr_cap_nv));
#endif
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
		error = pfsync_set_mtu(sc, ifr->ifr_mtu);
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
