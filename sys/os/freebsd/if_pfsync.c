/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync0 in a FreeBSD kernel: the module, its part in every vnet, and the
 * cloner.  It takes the place of the kernel's own pfsync.ko; pf stays as it is.
 *
 *	pf hook --> pfsync_hooks.c --> engine --> pfsync_output.c --> ip_output
 *	protocol 240 --> pfsync_input.c --> engine --> pfsync_state.c --> pf
 *	ioctl --> pfsync_ioctl.c --> engine <-- pfsync_timer.c
 *
 * One pfsync0 is made with each vnet and goes with it or with the module, not
 * before, as with the kernel's own.
 */

#include "os/freebsd/softc.h"

#include <sys/eventhandler.h>
#include <sys/module.h>
#include <sys/smp.h>
#include <sys/syslog.h>

#include <net/bpf.h>
#include <net/ethernet.h>
#include <net/if_clone.h>
#include <net/if_types.h>
#include <netinet/ip_carp.h>

#define SEND_QUEUE_MAX 256 /* packets */
#define RESUMED_MAX    512 /* a slice; more than one holds */

static const char name[] = "pfsync";

MALLOC_DEFINE(M_PFSYNC, "pfsync", "pfsync(4)");

struct sx pfsync_config;
SX_SYSINIT(pfsync_config, &pfsync_config, "pfsync config");
struct mtx pfsync_events;
MTX_SYSINIT(pfsync_events, &pfsync_events, "pfsync events", MTX_DEF);

struct taskqueue *pfsync_tq, *pfsync_path_tq;

VNET_DEFINE(struct pfsync_softc *, pfsyncif);
VNET_DEFINE_STATIC(struct if_clone *, cloner);
#define V_cloner VNET(cloner)

/*
 * The engine asks
 */

static void *
os_alloc(void *ctx, size_t len)
{
	(void)ctx;
	return (malloc(len, M_PFSYNC, M_WAITOK | M_ZERO));
}

static void
os_free(void *ctx, void *p, size_t len)
{
	(void)ctx;
	(void)len;
	free(p, M_PFSYNC);
}

/*
 * By net.pfsync.carp_demotion_factor, which may change between a demotion and
 * its end; and carp may come and go, and its counter with it.
 */
static void
os_demote(void *ctx, int delta, const char *why)
{
	struct pfsync_softc *sc = ctx;
	int adjust = delta > 0 ? V_pfsync_demotion : -sc->demoted;
	char reason[32];

	if (carp_demote_adj_p == NULL) {
		sc->demoted = 0;
		return;
	}
	if (adjust == 0)
		return;
	(void)strlcpy(reason, why, sizeof(reason));
	sc->demoted += adjust;
	(*carp_demote_adj_p)(adjust, reason);
}

static void
os_collision(void *ctx, uint32_t hostid, const uint8_t *addr, uint8_t af)
{
	char text[INET6_ADDRSTRLEN];

	(void)ctx;
	if (inet_ntop(af, addr, text, sizeof(text)) != NULL)
		log(LOG_ERR, "pfsync0: %s has our host id %08x\n", text,
		    ntohl(hostid));
}

static uint32_t
os_hostid(void *ctx)
{
	(void)ctx;
	return (V_pf_status.hostid);
}

static const uint8_t *
os_checksum(void *ctx)
{
	(void)ctx;
	return (V_pf_status.pf_chksum);
}

const struct psync_os pfsync_os = {
	.now = pfsync_now,
	.alloc = os_alloc,
	.free = os_free,
	.lock = pfsync_lock,
	.unlock = pfsync_unlock,
	.timer = pfsync_timer,
	.output = pfsync_output,
	.defer_send = pfsync_defer_send,
	.defer_drop = pfsync_defer_drop,
	.collision = os_collision,
	.demote = os_demote,
	.hostid = os_hostid,
	.checksum = os_checksum,
	.state_insert = pfsync_os_insert,
	.state_find = pfsync_os_find,
	.state_release = pfsync_os_release,
	.state_change = pfsync_os_change,
	.state_export = pfsync_os_export,
	.state_update = pfsync_os_update,
	.state_remove = pfsync_os_remove,
	.state_clear = pfsync_os_clear,
	.state_walk = pfsync_os_walk,
};

/*
 * The cloner
 */

/* Nothing is sent through pfsync0 but by its driver. */
static int
no_output(struct ifnet *ifp, struct mbuf *m, const struct sockaddr *dst,
    struct route *ro)
{
	(void)ifp;
	(void)dst;
	(void)ro;
	m_freem(m);
	return (0);
}

static struct pfsync_softc *
softc_create(void)
{
	struct pfsync_softc *sc;

	sc = malloc(sizeof(*sc), M_PFSYNC, M_WAITOK | M_ZERO);
	sc->vnet = curvnet;
	sc->nslices = (unsigned)MIN(PSYNC_SLICES_MAX,
	    pfsync_slices != 0 ? pfsync_slices : (unsigned long)mp_ncpus);
	sc->slice = malloc(sc->nslices * sizeof(*sc->slice), M_PFSYNC,
	    M_WAITOK | M_ZERO);
	pfsync_lanes_init(sc);
	pfsync_linger_init(sc);
	mtx_init(&sc->queue_lock, "pfsync queue", NULL, MTX_DEF);
	mbufq_init(&sc->queue, SEND_QUEUE_MAX);
	mbufq_init(&sc->resumed, (int)sc->nslices * RESUMED_MAX);
	TASK_INIT(&sc->send_task, 0, pfsync_send, sc);
	TIMEOUT_TASK_INIT(pfsync_path_tq, &sc->path_task, 0,
	    pfsync_look_at_path, sc);
	sc->tap_only = true;
	sc->dst.af = AF_INET;
	sc->dst.in4.s_addr = htonl(PFSYNC_GROUP);
	sc->config.format = PFSYNC_FORMAT_AUTO;
	sc->config.maxupd = PFSYNC_MAXUPDATES;
	sc->engine = psync_create(&pfsync_os, sc, sc->nslices);
	return (sc);
}

static void
softc_free(struct pfsync_softc *sc)
{
	if (sc->engine != NULL)
		psync_destroy(sc->engine);
	mbufq_drain(&sc->queue);
	mbufq_drain(&sc->resumed);
	mtx_destroy(&sc->queue_lock);
	pfsync_linger_fini(sc);
	pfsync_lanes_fini(sc);
	free(sc->slice, M_PFSYNC);
	free(sc, M_PFSYNC);
}

static int
clone_create(struct if_clone *ifc, int unit, caddr_t params)
{
	struct pfsync_softc *sc;
	struct ifnet *ifp;

	(void)ifc;
	(void)params;
	if (unit != 0)
		return (EINVAL);
	sc = softc_create();
	ifp = if_alloc(IFT_PFSYNC);
	if (ifp == NULL || sc->engine == NULL) {
		if (ifp != NULL)
			if_free(ifp);
		softc_free(sc);
		return (ENOSPC);
	}
	sc->ifp = ifp;
	if_initname(ifp, name, unit);
	if_setsoftc(ifp, sc);
	if_setioctlfn(ifp, pfsync_ioctl);
	if_setoutputfn(ifp, no_output);
	if_sethdrlen(ifp, sizeof(struct pfsync_header));
	if_setmtu(ifp, PSYNC_MTU_DEFAULT);
	if_attach(ifp);
	bpfattach(ifp, DLT_PFSYNC, sizeof(struct pfsync_header));

	sx_xlock(&pfsync_config);
	pfsync_publish(sc);
	sx_xunlock(&pfsync_config);
	return (0);
}

/*
 * Hooks and input first, so that nothing new comes; then what is pending goes
 * out; then the engine is put down, which gives back any demotion, lets held
 * packets go on and leaves it nothing to set a timer for.
 */
static void
clone_destroy(struct ifnet *ifp)
{
	struct pfsync_softc *sc = if_getsoftc(ifp);

	CURVNET_SET(sc->vnet);
	sx_xlock(&pfsync_config);
	pfsync_unhook(sc);
	pfsync_publish(NULL);
	psync_flush(sc->engine);
	taskqueue_drain(pfsync_tq, &sc->send_task);
	pfsync_stop(sc);
	pfsync_lanes_drain(sc);
	pfsync_forget_syncdev(sc);
	sx_xunlock(&pfsync_config);

	pfsync_end_timeout(pfsync_path_tq, &sc->path_task);
	taskqueue_drain(pfsync_tq, &sc->send_task);
	bpfdetach(ifp);
	if_detach(ifp);
	softc_free(sc);
	if_free(ifp);
	CURVNET_RESTORE();
}

/*
 * Events of other interfaces
 */

static eventhandler_tag up_down_tag, link_tag;

/* pf may be gone from the vnet already, and its locks with it. */
static void
interface_event(void *arg, struct ifnet *ifp, int event)
{
	struct pfsync_softc *sc;

	(void)arg;
	(void)event;
	CURVNET_SET(if_getvnet(ifp));
	mtx_lock(&pfsync_events);
	sc = V_pfsyncif;
	if (sc != NULL) {
		mtx_lock(&sc->queue_lock);
		if (sc->syncdev == ifp)
			(void)taskqueue_enqueue_timeout(pfsync_path_tq,
			    &sc->path_task, 0);
		mtx_unlock(&sc->queue_lock);
	}
	mtx_unlock(&pfsync_events);
	CURVNET_RESTORE();
}

/*
 * The module and its vnets.  Unloading runs pfsync_modevent() first, then
 * vnet_uninit() for each vnet, then stop().
 */

static void
start(const void *unused)
{
	(void)unused;
	pfsync_tq = taskqueue_create(name, M_WAITOK, taskqueue_thread_enqueue,
	    &pfsync_tq);
	(void)taskqueue_start_threads(&pfsync_tq, 1, PI_NET, "%s", name);
	pfsync_path_tq = taskqueue_create("pfsync path", M_WAITOK,
	    taskqueue_thread_enqueue, &pfsync_path_tq);
	(void)taskqueue_start_threads(&pfsync_path_tq, 1, PI_NET, "%s path",
	    name);
	up_down_tag = EVENTHANDLER_REGISTER(ifnet_event, interface_event, NULL,
	    EVENTHANDLER_PRI_ANY);
	link_tag = EVENTHANDLER_REGISTER(ifnet_link_event, interface_event,
	    NULL, EVENTHANDLER_PRI_ANY);
}
SYSINIT(pfsync_start, SI_SUB_PROTO_FIREWALL, SI_ORDER_FIRST, start, NULL);

static void
stop(const void *unused)
{
	(void)unused;
	pfsync_hook_detach(false);
	EVENTHANDLER_DEREGISTER(ifnet_event, up_down_tag);
	EVENTHANDLER_DEREGISTER(ifnet_link_event, link_tag);
	taskqueue_free(pfsync_path_tq);
	taskqueue_free(pfsync_tq);
}
SYSUNINIT(pfsync_stop, SI_SUB_PROTO_FIREWALL, SI_ORDER_FIRST, stop, NULL);

static void
vnet_init(const void *unused)
{
	(void)unused;
	V_cloner = if_clone_simple(name, clone_create, clone_destroy, 1);
	pfsync_hook_import(true);
	/* The same for all; before this, pf need not have its lock. */
	pfsync_hook_detach(true);
}
VNET_SYSINIT(pfsync_vnet_init, SI_SUB_PROTO_FIREWALL, SI_ORDER_ANY, vnet_init,
    NULL);

/* Before pf's own, which is the third. */
static void
vnet_uninit(const void *unused)
{
	(void)unused;
	pfsync_hook_import(false);
	if_clone_detach(V_cloner);
}
VNET_SYSUNINIT(pfsync_vnet_uninit, SI_SUB_PROTO_FIREWALL, SI_ORDER_FOURTH,
    vnet_uninit, NULL);

static int
unload(void)
{
	/* vnet_uninit() lets go of every syncdev before the code goes. */
	pfsync_proto_unregister();
	return (0);
}

static int
pfsync_modevent(module_t mod, int event, void *arg)
{
	(void)mod;
	(void)arg;
	switch (event) {
	case MOD_LOAD:
		return (pfsync_proto_register());
	case MOD_UNLOAD:
		return (unload());
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t pfsync_mod = { name, pfsync_modevent, NULL };

DECLARE_MODULE(pfsync, pfsync_mod, SI_SUB_PROTO_FIREWALL, SI_ORDER_SECOND);
MODULE_VERSION(pfsync, 1);
MODULE_DEPEND(pfsync, pf, PF_MODVER, PF_MODVER, PF_MODVER);
