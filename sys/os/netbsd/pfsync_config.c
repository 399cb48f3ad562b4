/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What pfsync0 is set to, and the interface it sends by.
 *
 * Invariant, with the config lock held: config is what was asked for, path what
 * the syncdev looked like when the engine was last told, and group the one
 * membership that both lead to.
 *
 * Nothing tells of another interface's link, so a timer looks each second; that
 * an interface goes away altogether, pfil(9) tells.
 */

#include "os/netbsd/softc.h"

#include <sys/kernel.h>
#include <net/pfil.h>
#include <netinet/in_var.h>

#include "net/pfsync/drv.h"

int
pfsync_errno(enum psync_error error)
{
	static const int number[] = {
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

	return (number[error]);
}

bool
pfsync_usable(const struct ifnet *ifp)
{
	return (ifp != NULL &&
	    (ifp->if_flags & (IFF_UP | IFF_RUNNING)) ==
		(IFF_UP | IFF_RUNNING) &&
	    ifp->if_link_state != LINK_STATE_DOWN);
}

/* KERNEL_LOCK held. */
static struct ifnet *
look(const char *name, struct pfsync_path *path)
{
	struct ifnet *ifp = name[0] == '\0' ? NULL : ifunit(name);

	memset(path, 0, sizeof(*path));
	if (ifp == NULL)
		return (NULL);
	path->index = if_get_index(ifp);
	path->mtu = (unsigned)ifp->if_mtu;
	path->usable = pfsync_usable(ifp);
	return (ifp);
}

static bool
same_path(const struct pfsync_path *a, const struct pfsync_path *b)
{
	return (
	    a->index == b->index && a->usable == b->usable && a->mtu == b->mtu);
}

/* Where frames go to: the group, or the one that was set. */
static struct in_addr
peer_of(const struct psync_config *config)
{
	struct in_addr peer;

	peer.s_addr = htonl(PFSYNC_GROUP);
	if (config->syncpeer_af != 0)
		memcpy(&peer, config->syncpeer, sizeof(peer));
	return (peer);
}

/*
 * The membership that a peer wants on ifp: none for NULL or unicast.  It is the
 * old one, with one more reference, if that is the same.
 */
static int
join(struct ifnet *ifp, struct in_addr peer, struct in_multi **group)
{
	*group = NULL;
	if (ifp == NULL || !IN_MULTICAST(peer.s_addr))
		return (0);
	if ((ifp->if_flags & IFF_MULTICAST) == 0)
		return (EADDRNOTAVAIL);
	*group = in_addmulti(&peer, ifp);
	return (*group == NULL ? ENOBUFS : 0);
}

static void
leave(struct in_multi *group)
{
	if (group != NULL)
		in_delmulti(group);
}

/* How frames leave from now on. */
static void
set_output(struct pfsync_dev *dev, const struct psync_config *config,
    const struct pfsync_path *path)
{
	mutex_enter(&dev->queue_lock);
	dev->tap_only = config->syncdev[0] == '\0';
	dev->syncdev = path->index;
	dev->syncdev_mtu = path->mtu;
	dev->peer = peer_of(config);
	mutex_exit(&dev->queue_lock);
}

/* What is wanted that has to do with the mtu is what is there already. */
static bool
same_wants(const struct psync_config *a, const struct psync_config *b)
{
	return (a->mtu == b->mtu && a->format == b->format &&
	    strcmp(a->syncdev, b->syncdev) == 0);
}

static int
configure(struct pfsync_dev *dev, const struct psync_config *want,
    const struct pfsync_path *path)
{
	struct psync_config config = *want;
	struct ifnet *ifp = &dev->ifnet;
	enum psync_error error;

	config.reachable = config.syncdev[0] == '\0' || path->usable;
	config.mtu = psync_drv_mtu(want->mtu, path->mtu);
	/* Whoever asks for too little is told; a syncdev just has it. */
	if (config.mtu < psync_mtu_min(config.format) &&
	    same_wants(want, &dev->config)) {
		config.mtu = (uint16_t)ifp->if_mtu;
		config.reachable = false;
	}
	pfsync_big_lock();
	error = psync_configure(dev->engine, &config);
	if (error == PSYNC_ERR_NONE)
		ifp->if_mtu = config.mtu;
	pfsync_big_unlock();
	return (pfsync_errno(error));
}

/*
 * The engine may send at once, by way of the new configuration.  An interface
 * that is not there yet is one that cannot be reached.
 */
int
pfsync_apply(struct pfsync_dev *dev, const struct psync_config *want)
{
	struct pfsync_path path;
	struct in_multi *group;
	int error;

	KASSERT(mutex_owned(&dev->config_lock));
	KERNEL_LOCK(1, NULL);
	error = join(look(want->syncdev, &path), peer_of(want), &group);
	if (error == 0) {
		set_output(dev, want, &path);
		error = configure(dev, want, &path);
		if (error != 0) {
			set_output(dev, &dev->config, &dev->path);
			leave(group);
		}
	}
	if (error == 0) {
		leave(dev->group);
		dev->group = group;
		dev->config = *want;
		dev->path = path;
	}
	KERNEL_UNLOCK_ONE(NULL);
	return (error);
}

int
pfsync_set_mtu(struct pfsync_dev *dev, unsigned mtu)
{
	struct psync_config config = dev->config;
	struct pfsync_path path;

	KASSERT(mutex_owned(&dev->config_lock));
	KERNEL_LOCK(1, NULL);
	(void)look(config.syncdev, &path);
	KERNEL_UNLOCK_ONE(NULL);
	if (mtu < psync_mtu_min(config.format) || mtu > PSYNC_MTU_MAX ||
	    (path.index != 0 && mtu > path.mtu))
		return (EINVAL);
	config.mtu = mtu == path.mtu ? 0 : (uint16_t)mtu;
	return (pfsync_apply(dev, &config));
}

/* The syncdev may not look as it did. */
static void
path_look(struct pfsync_dev *dev)
{
	struct psync_config same = dev->config;
	struct pfsync_path path;

	KERNEL_LOCK(1, NULL);
	(void)look(same.syncdev, &path);
	KERNEL_UNLOCK_ONE(NULL);
	if (!same_path(&path, &dev->path))
		(void)pfsync_apply(dev, &same);
}

/* All of IP has one queue; whatever was dropped may have been for us. */
static void
queue_look(struct pfsync_dev *dev)
{
	uint64_t dropped = pktq_get_count(ip_pktq, PKTQ_DROPS);

	if (dropped != dev->dropped)
		psync_missed(dev->engine);
	dev->dropped = dropped;
}

/* In a thread: what is looked at may have to be waited for. */
static void
look_around(struct work *wk, void *arg)
{
	struct pfsync_dev *dev = arg;

	(void)wk;
	mutex_enter(&dev->queue_lock);
	dev->look_queued = false;
	mutex_exit(&dev->queue_lock);
	mutex_enter(&dev->config_lock);
	if (!dev->dying) {
		path_look(dev);
		queue_look(dev);
	}
	mutex_exit(&dev->config_lock);
}

static void
look_soon(void *arg)
{
	struct pfsync_dev *dev = arg;

	mutex_enter(&dev->queue_lock);
	if (!dev->look_queued) {
		dev->look_queued = true;
		workqueue_enqueue(dev->look_queue, &dev->look_work, NULL);
	}
	mutex_exit(&dev->queue_lock);
	if (!dev->dying)
		callout_schedule(&dev->look_timer, hz / PFSYNC_LOOK_HZ);
}

/*
 * pfil(9): an interface goes away.  It has left the list of interfaces before,
 * so that what applies now is the configuration without it; and it lasts until
 * this returns, so that with the config lock held no interface goes.
 */
static int
path_gone(void *arg, struct mbuf **event, struct ifnet *ifp, int dir)
{
	struct psync_config same;
	struct pfsync_dev *dev;

	(void)arg;
	(void)dir;
	if ((u_long)event != PFIL_IFNET_DETACH ||
	    (dev = pfsync_enter()) == NULL)
		return (0);
	mutex_enter(&dev->config_lock);
	if (dev->path.index == if_get_index(ifp)) {
		same = dev->config;
		(void)pfsync_apply(dev, &same);
	}
	mutex_exit(&dev->config_lock);
	pfsync_leave(dev);
	return (0);
}

/* Starts with no syncdev, down. */
int
pfsync_config_init(struct pfsync_dev *dev)
{
	struct psync_config config;
	int error;

	mutex_init(&dev->config_lock, MUTEX_DEFAULT, IPL_NONE);
	error = workqueue_create(&dev->look_queue, "pfsync", look_around, dev,
	    PRI_SOFTNET, IPL_VM, 0);
	if (error != 0) {
		mutex_destroy(&dev->config_lock);
		return (error);
	}
	callout_init(&dev->look_timer, 0);
	callout_setfunc(&dev->look_timer, look_soon, dev);
	(void)pfil_add_hook(path_gone, NULL, PFIL_IFNET, if_pfil);

	dev->dropped = pktq_get_count(ip_pktq, PKTQ_DROPS);
	memset(&config, 0, sizeof(config));
	config.format = PFSYNC_FORMAT_AUTO;
	config.maxupd = PFSYNC_MAXUPDATES;
	config.bulk_rate = PFSYNC_PACE;
	mutex_enter(&dev->config_lock);
	error = pfsync_apply(dev, &config);
	mutex_exit(&dev->config_lock);
	if (error == 0)
		callout_schedule(&dev->look_timer, hz / PFSYNC_LOOK_HZ);
	else {
		dev->dying = true;
		pfsync_config_fini(dev);
	}
	return (error);
}

/* dying is set: nothing is applied, and no timer set, any more. */
void
pfsync_config_fini(struct pfsync_dev *dev)
{
	KASSERT(dev->dying);
	(void)pfil_remove_hook(path_gone, NULL, PFIL_IFNET, if_pfil);
	callout_halt(&dev->look_timer, NULL);
	callout_destroy(&dev->look_timer);
	workqueue_destroy(dev->look_queue);
	mutex_enter(&dev->config_lock);
	leave(dev->group);
	dev->group = NULL;
	mutex_exit(&dev->config_lock);
	mutex_destroy(&dev->config_lock);
}
