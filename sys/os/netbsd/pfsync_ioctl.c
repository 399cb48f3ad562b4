/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ioctls of pfsync0: the ABI that NetBSD's ifconfig(8) has.
 */

#include "os/netbsd/softc.h"

#include <sys/ioctl.h>
#include <sys/kauth.h>
#include <sys/lwp.h>

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

/* An address of 0, or the group's own, means the group. */
static void
want_syncpeer(uint32_t peer, struct psync_config *config)
{
	memset(config->syncpeer, 0, sizeof(config->syncpeer));
	config->syncpeer_af = 0;
	if (peer == 0 || peer == htonl(PFSYNC_GROUP))
		return;
	memcpy(config->syncpeer, &peer, sizeof(peer));
	config->syncpeer_af = PSYNC_AF_INET;
}

static int
set(struct pfsync_dev *dev, const struct ifreq *ifr)
{
	struct psync_config config;
	struct pfsyncreq req;
	int error;

	error = copyin(ifr->ifr_data, &req, sizeof(req));
	if (error != 0)
		return (error);
	req.pfsyncr_syncdev[sizeof(req.pfsyncr_syncdev) - 1] = '\0';
	if (req.pfsyncr_maxupdates < 0 ||
	    req.pfsyncr_maxupdates > PFSYNC_MAXUPDATES_MAX)
		return (EINVAL);
	if (req.pfsyncr_syncdev[0] != '\0' &&
	    ifunit(req.pfsyncr_syncdev) == NULL)
		return (EINVAL);

	mutex_enter(&dev->config_lock);
	config = dev->config;
	strlcpy(config.syncdev, req.pfsyncr_syncdev, sizeof(config.syncdev));
	want_syncpeer(req.pfsyncr_syncpeer, &config);
	config.maxupd = (uint16_t)req.pfsyncr_maxupdates;
	error = pfsync_apply(dev, &config);
	mutex_exit(&dev->config_lock);
	return (error);
}

static int
set_mtu(struct pfsync_dev *dev, const struct ifreq *ifr)
{
	struct psync_config config;
	int error, mtu = ifr->ifr_mtu;

	mutex_enter(&dev->config_lock);
	config = dev->config;
	config.mtu = (uint16_t)mtu;
	if (mtu < (int)psync_mtu_min(config.format) || mtu > PSYNC_MTU_MAX ||
	    (dev->path.index != 0 && (unsigned)mtu > dev->path.mtu))
		error = EINVAL;
	else
		error = pfsync_apply(dev, &config);
	if (error == 0)
		dev->ifnet.if_mtu = (uint64_t)mtu;
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
	default:
		return (ifioctl_common(ifp, cmd, data));
	}
}
