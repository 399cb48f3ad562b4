/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync0 comes and goes: the cloner and the interface.
 *
 * It goes in this order: nobody enters; whoever is inside leaves; no timer is
 * set; those that run end; what they used is freed.  No step holds a lock
 * that those it waits for may want.
 */

#include "os/netbsd/softc.h"

#include <sys/kmem.h>
#include <net/bpf.h>
#include <net/if_types.h>

#include "ioconf.h"

static int clone_create(struct if_clone *, int);
static int clone_destroy(struct ifnet *);

static struct if_clone cloner = IF_CLONE_INITIALIZER("pfsync", clone_create,
    clone_destroy);

/* Nothing is ever sent by way of pfsync0 itself. */
static int
output(struct ifnet *ifp, struct mbuf *m, const struct sockaddr *dst,
    const struct rtentry *rt)
{
	m_freem(m);
	return (0);
}

static void
start(struct ifnet *ifp)
{
	IFQ_PURGE(&ifp->if_snd);
}

static void
attach(struct pfsync_dev *dev, int unit)
{
	struct ifnet *ifp = &dev->ifnet;

	if_initname(ifp, "pfsync", unit);
	ifp->if_softc = dev;
	ifp->if_ioctl = pfsync_ioctl;
	ifp->if_output = output;
	ifp->if_start = start;
	ifp->if_type = IFT_PFSYNC;
	ifp->if_hdrlen = sizeof(struct pfsync_header);
	IFQ_SET_MAXLEN(&ifp->if_snd, IFQ_MAXLEN);
	IFQ_SET_READY(&ifp->if_snd);
	/* No packet comes in by it: not if_attach(), which makes queues. */
	if_initialize(ifp);
	if_register(ifp);
	if_alloc_sadl(ifp);
	bpf_attach(ifp, DLT_PFSYNC, sizeof(struct pfsync_header));
}

/* No timer runs. */
static void
engine_free(struct pfsync_dev *dev)
{
	pfsync_big_lock();
	psync_destroy(dev->engine);
	pfsync_big_unlock();
}

static int
clone_create(struct if_clone *ifc, int unit)
{
	struct pfsync_dev *dev;
	int error;

	if (unit != 0)
		return (EINVAL);
	dev = kmem_zalloc(sizeof(*dev), KM_SLEEP);
	pfsync_lanes_init(dev);
	error = pfsync_output_init(dev);
	if (error != 0)
		goto no_output;
	dev->engine = psync_create(&pfsync_os, dev, PFSYNC_SLICES);
	error = dev->engine == NULL ? ENOMEM : pfsync_config_init(dev);
	if (error != 0)
		goto no_config;
	attach(dev, unit);
	pfsync_gate_open(dev);
	return (0);

no_config:
	pfsync_lanes_halt(dev);
	if (dev->engine != NULL)
		engine_free(dev);
	pfsync_output_fini(dev);
no_output:
	pfsync_lanes_fini(dev);
	kmem_free(dev, sizeof(*dev));
	return (error);
}

static int
clone_destroy(struct ifnet *ifp)
{
	struct pfsync_dev *dev = ifp->if_softc;

	pfsync_gate_shut(dev);
	mutex_enter(&dev->config_lock);
	pfsync_big_lock();
	dev->dying = true;
	pfsync_big_unlock();
	mutex_exit(&dev->config_lock);
	pfsync_config_fini(dev);
	pfsync_lanes_halt(dev);
	bpf_detach(ifp);
	if_detach(ifp);
	pfsync_output_fini(dev);
	pfsync_stats_keep(dev);
	engine_free(dev);
	pfsync_lanes_fini(dev);
	kmem_free(dev, sizeof(*dev));
	return (0);
}

/* Called once, at boot; n: how many were configured, which is of no meaning. */
void
pfsyncattach(int n)
{
	pfsync_gate_init();
	if_clone_attach(&cloner);
}
