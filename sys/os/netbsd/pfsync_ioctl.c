/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ioctls of pfsync0: the ABI that NetBSD's ifconfig(8) has, and for the rest
 * SIOCGDRVSPEC and SIOCSDRVSPEC (enum pfsync_drv).
 */

#include "os/netbsd/softc.h"

#include <sys/ioctl.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>

#include "net/pfsync/drv.h"

static int
authorize(struct ifnet *ifp, u_long cmd, enum kauth_network_req req)
{
	return (kauth_authorize_network(curlwp->l_cred, KAUTH_NETWORK_INTERFACE,
	    req, ifp, (void *)cmd, NULL));
}

static int
get(struct pfsync_dev *dev, const struct ifreq *ifr)
{
	const struct psync_config *config = &dev->config;
	struct pfsyncreq req;

	memset(&req, 0, sizeof(req));
	mutex_enter(&dev->config_lock);
	strlcpy(req.pfsyncr_syncdev, config->syncdev,
	    sizeof(req.pfsyncr_syncdev));
	req.pfsyncr_syncpeer = htonl(PFSYNC_GROUP);
	if (config->syncpeer_af != 0)
		memcpy(&req.pfsyncr_syncpeer, config->syncpeer,
		    sizeof(req.pfsyncr_syncpeer));
	req.pfsyncr_maxupdates = config->maxupd;
	mutex_exit(&dev->config_lock);
	return (copyout(&req, ifr->ifr_data, sizeof(req)));
}

/* Config lock held. */
static int
change(struct pfsync_dev *dev, const struct pfsync_drv_config *req)
{
	struct psync_config config;
	int error;

	if ((req->set & PFSYNC_CONFIG_IFNET) != 0)
		return (EINVAL);
	error = pfsync_errno(psync_drv_config(req, &dev->config, &config));
	if (error != 0)
		return (error);
	if (config.syncpeer_af == PSYNC_AF_INET6)
		return (EAFNOSUPPORT);
	if ((req->set & PFSYNC_CONFIG_SYNCDEV) != 0 &&
	    config.syncdev[0] != '\0' && ifunit(config.syncdev) == NULL)
		return (ENXIO);
	if ((req->set & PFSYNC_CONFIG_RESYNC) != 0 &&
	    !(config.up && pfsync_usable(ifunit(config.syncdev))))
		return (ENETDOWN);
	if ((req->set & ~(uint32_t)PFSYNC_CONFIG_RESYNC) != 0)
		error = pfsync_apply(dev, &config);
	if (error == 0 && (req->set & PFSYNC_CONFIG_RESYNC) != 0) {
		pfsync_big_lock();
		error = pfsync_errno(psync_resync(dev->engine));
		pfsync_big_unlock();
	}
	return (error);
}

static int
change_locked(struct pfsync_dev *dev, const struct pfsync_drv_config *req)
{
	int error;

	mutex_enter(&dev->config_lock);
	error = change(dev, req);
	mutex_exit(&dev->config_lock);
	return (error);
}

/* SIOCSETPFSYNC.  An address of 0, or the group's own, means the group. */
static int
set(struct pfsync_dev *dev, const struct ifreq *ifr)
{
	struct pfsync_drv_config want;
	struct pfsyncreq req;
	int error;

	error = copyin(ifr->ifr_data, &req, sizeof(req));
	if (error != 0)
		return (error);
	req.pfsyncr_syncdev[sizeof(req.pfsyncr_syncdev) - 1] = '\0';
	memset(&want, 0, sizeof(want));
	want.set = PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_SYNCPEER |
	    PFSYNC_CONFIG_MAXUPD;
	strlcpy(want.syncdev, req.pfsyncr_syncdev, sizeof(want.syncdev));
	if (req.pfsyncr_syncpeer != htonl(PFSYNC_GROUP)) {
		memcpy(want.syncpeer, &req.pfsyncr_syncpeer,
		    sizeof(req.pfsyncr_syncpeer));
		want.syncpeer_af = PSYNC_AF_INET;
	}
	want.maxupd = (uint32_t)req.pfsyncr_maxupdates;
	error = change_locked(dev, &want);
	return (error == ENXIO ? EINVAL : error);
}

/* SIOCGDRVSPEC, SIOCSDRVSPEC with what the user gave. */
static int
drv(struct pfsync_dev *dev, u_long cmd, const struct ifdrv *ifd, void *data)
{
	int error;

	if (cmd == SIOCGDRVSPEC) {
		error = pfsync_errno(psync_drv_get(dev->engine, ifd->ifd_cmd,
		    data, ifd->ifd_len));
		if (error != 0)
			return (error);
		return (copyout(data, ifd->ifd_data, ifd->ifd_len));
	}
	error = copyin(ifd->ifd_data, data, ifd->ifd_len);
	if (error != 0)
		return (error);
	if (ifd->ifd_cmd == PFSYNC_DRV_CONFIG)
		return (change_locked(dev, data));
	return (pfsync_errno(
	    psync_drv_set(dev->engine, ifd->ifd_cmd, data, ifd->ifd_len)));
}

static int
drvspec(struct pfsync_dev *dev, u_long cmd, const struct ifdrv *ifd)
{
	size_t len = psync_drv_size(ifd->ifd_cmd);
	void *data;
	int error;

	if (len == 0)
		return (ENOTTY);
	if (ifd->ifd_len != len)
		return (EINVAL);
	data = kmem_zalloc(len, KM_SLEEP);
	error = drv(dev, cmd, ifd, data);
	kmem_free(data, len);
	return (error);
}

static int
set_mtu(struct pfsync_dev *dev, const struct ifreq *ifr)
{
	int error;

	mutex_enter(&dev->config_lock);
	error = pfsync_set_mtu(dev, (unsigned)ifr->ifr_mtu);
	mutex_exit(&dev->config_lock);
	return (error);
}

/* if_flags are set already. */
static int
set_flags(struct pfsync_dev *dev)
{
	struct ifnet *ifp = &dev->ifnet;
	struct psync_config config;
	int error;

	mutex_enter(&dev->config_lock);
	config = dev->config;
	config.up = (ifp->if_flags & IFF_UP) != 0;
	error = pfsync_apply(dev, &config);
	if (error == 0 && config.up)
		ifp->if_flags |= IFF_RUNNING;
	else
		ifp->if_flags &= ~IFF_RUNNING;
	if (error != 0)
		ifp->if_flags &= ~IFF_UP;
	mutex_exit(&dev->config_lock);
	return (error);
}

int
pfsync_ioctl(struct ifnet *ifp, u_long cmd, void *data)
{
	struct pfsync_dev *dev = ifp->if_softc;
	struct ifreq *ifr = data;
	int error;

	switch (cmd) {
	case SIOCSIFFLAGS:
		error = ifioctl_common(ifp, cmd, data);
		return (error != 0 ? error : set_flags(dev));
	case SIOCSIFMTU:
		return (set_mtu(dev, ifr));
	case SIOCGETPFSYNC:
		error = authorize(ifp, cmd,
		    KAUTH_REQ_NETWORK_INTERFACE_GETPRIV);
		return (error != 0 ? error : get(dev, ifr));
	case SIOCSETPFSYNC:
		error = authorize(ifp, cmd,
		    KAUTH_REQ_NETWORK_INTERFACE_SETPRIV);
		return (error != 0 ? error : set(dev, ifr));
	case SIOCGDRVSPEC:
		error = authorize(ifp, cmd,
		    KAUTH_REQ_NETWORK_INTERFACE_GETPRIV);
		return (error != 0 ? error : drvspec(dev, cmd, data));
	case SIOCSDRVSPEC:
		error = authorize(ifp, cmd,
		    KAUTH_REQ_NETWORK_INTERFACE_SETPRIV);
		return (error != 0 ? error : drvspec(dev, cmd, data));
	default:
		return (ifioctl_common(ifp, cmd, data));
	}
}
