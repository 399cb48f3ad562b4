/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync0 of one vnet, for the glue's own files.
 *
 * Locks, outermost first:
 *	pfsync_config	sx, of the module: one configuration at a time.  Held
 *			while multicast groups are joined and left, and while
 *			tasks and callouts are waited for.
 *	pf_rules_lock	pf's.  Held shared while a packet is taken in.
 *	main		the engine's main lock.
 *	a row of pf's id hash, which is the lock of the states in it.
 *	slice		the engine's, one each.
 *	queue		frames on their way to ip_output().
 *	linger		removed states, in some kernels.
 *	events		of the module: for what happens to interfaces, also
 *			after pf is gone from a vnet, its locks with it.  Taken
 *			after pf_rules_lock, before queue.
 * Nothing is sent, and no group joined, with a mutex held.
 *
 * Guards: [I] immutable after creation, [C] pfsync_config, [M] main,
 * [Q] queue, [L] linger, [CQ] both to write, either to read.
 *
 * V_pfsyncif is written with pfsync_config, pf_rules_lock and events held
 * exclusively, and then all rows of the id hash are locked once: whoever has
 * any of the four may use what it read there.
 */

#ifndef _FREEBSD_SOFTC_H_
#define _FREEBSD_SOFTC_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/vnet.h>
#include <netinet/in.h>

#include "net/pfsync/lifetime.h"
#include "net/pfsync/pfsync.h"
#include "os/freebsd/compat.h"

struct in_multi;
struct in6_multi;
struct pf_kstate;
TAILQ_HEAD(pfsync_states, pf_kstate);
struct pfsync_softc;

/* A lock of the engine and the timer of the same number. */
struct pfsync_lane {
	struct mtx	lock;
	struct callout	timer;
	struct pfsync_softc *sc;	/* [I] */
	unsigned	number;		/* [I] PSYNC_TIMER_BULK: the main one */
} __aligned(CACHE_LINE_SIZE);

/* Where packets go: a group or a syncpeer; with its zone, in IPv6. */
struct pfsync_dst {
	sa_family_t	af;
	struct in_addr	in4;
	struct in6_addr	in6;
};

/* What is joined; NULL: nothing. */
struct pfsync_group {
	struct in_multi	*in4;
	struct in6_multi *in6;
};

/* What of a syncdev matters.  All 0: there is none. */
struct pfsync_path {
	bool		usable;		/* up, with a link */
	unsigned	mtu;
};

struct pfsync_softc {
	struct ifnet	*ifp;		/* [I] pfsync0 */
	struct vnet	*vnet;		/* [I] where it was made */
	struct psync	*engine;	/* [I] */
	struct pfsync_lane *slice;	/* [I] nslices of them */
	unsigned	nslices;	/* [I] */
	struct pfsync_lane main;

	struct psync_config config;	/* [C] mtu: what was asked for; 0:
					   nothing, that of the syncdev */
	struct pfsync_group group;	/* [C] joined on syncdev */
	struct pfsync_path path;	/* [C] as the engine was told */
	bool		hooked;		/* [C] pf's hooks lead here */
	struct timeout_task path_task;	/* looks at the syncdev */

	struct mtx	queue_lock;
	struct mbufq	queue;		/* [Q] packets with an IP header */
	bool		stuck;		/* [Q] a frame found no room */
	bool		tap_only;	/* [CQ] there is to be no syncdev */
	struct ifnet	*syncdev;	/* [CQ] referenced, or NULL */
	struct ifnet	*sending;	/* [Q] what a packet is now given to */
	struct pfsync_dst dst;		/* [CQ] */
	struct task	send_task;
	struct mbufq	resumed;	/* [Q] packets held till now */
	uint64_t	send_errors[2];	/* of ip_output(), of ip6_output();
					   send_task's, read without a lock */

#ifdef PFSYNC_LINGER
	struct mtx	linger_lock;
	struct pfsync_states lingering;	/* [L] each with a reference */
	struct timeout_task linger_task;
#endif

	struct psync_peer peers[2];	/* [M] what state_change() gives out */
	int		demoted;	/* [M] added to carp's counter */
};

MALLOC_DECLARE(M_PFSYNC);

extern struct sx pfsync_config;
extern struct mtx pfsync_events;
/*
 * Threads of our own.  One sends.  The other looks at paths, may wait for
 * pfsync_config, and so must not be waited for with that held.  Neither is the
 * system's taskqueue_thread: that one destroys vnets, and cannot wait for
 * itself.
 */
extern struct taskqueue *pfsync_tq, *pfsync_path_tq;
extern unsigned long pfsync_slices;
extern const struct psync_os pfsync_os;

VNET_DECLARE(struct pfsync_softc *, pfsyncif);
#define V_pfsyncif	VNET(pfsyncif)
VNET_DECLARE(int, pfsync_demotion);
#define V_pfsync_demotion	VNET(pfsync_demotion)

/* pfsync_ioctl.c */

/* Of pfsync0.  errno. */
int	pfsync_ioctl(struct ifnet *, u_long cmd, caddr_t data);

/* pfsync_config held.  PFSYNC_DRV_CONFIG.  errno. */
int	pfsync_set_config(struct pfsync_softc *,
	    const struct pfsync_drv_config *);

/* pfsync_path.c.  pfsync_config is held, where nothing else is said. */

int	pfsync_errno(enum psync_error);

/* The interface that want names, with a reference, or NULL for "".  errno. */
int	pfsync_find_syncdev(struct pfsync_softc *,
	    const struct psync_config *want, struct ifnet **);

/* It is there and can send. */
bool	pfsync_usable(struct ifnet *);

/*
 * Takes on a configuration and syncdev (with its reference, also in case of an
 * error), all of it or nothing.  errno.
 */
int	pfsync_apply(struct pfsync_softc *, const struct psync_config *want,
	    struct ifnet *syncdev);

/* The same over the same syncdev. */
int	pfsync_apply_here(struct pfsync_softc *,
	    const struct psync_config *want);

/*
 * What SIOCSIFMTU asks for: the syncdev's own, whatever that is from now on, or
 * a lesser one.  errno.
 */
int	pfsync_set_mtu(struct pfsync_softc *, int mtu);

/* Puts the engine down, whatever state the path is in. */
void	pfsync_stop(struct pfsync_softc *);

/* Leaves the group and gives up the syncdev. */
void	pfsync_forget_syncdev(struct pfsync_softc *);

/*
 * A task's function, without pfsync_config: has the syncdev gone up or down, or
 * got another mtu?  Comes back each second while there is a syncdev.
 */
void	pfsync_look_at_path(void *sc, int pending);

/*
 * pf's detach hook, without pfsync_config: any interface of this vnet is going.
 * May sleep.
 */
void	pfsync_detach_ifnet(struct ifnet *);

/* pfsync_hooks.c */

/* pfsync_config held.  Lead pf's hooks to V_pfsyncif, or nowhere. */
void	pfsync_hook(struct pfsync_softc *);
void	pfsync_unhook(struct pfsync_softc *);

/*
 * pfsync_config held.  Sets V_pfsyncif; nobody uses what it was before when
 * this returns.
 */
void	pfsync_publish(struct pfsync_softc *);

/* DIOCADDSTATE works without a pfsync0, in every vnet. */
void	pfsync_hook_import(bool on);

/* Departing interfaces, of all vnets. */
void	pfsync_hook_detach(bool on);

/* pfsync_export.c: what pf has, for the engine.  The state is locked. */

void	pfsync_export(const struct pf_kstate *, struct psync_state *);

/* Peers is where change->src and dst will point to. */
void	pfsync_change(struct pf_kstate *, struct psync_peer peers[2],
	    struct psync_change *change);

/* no-sync, or a state of pfsync's own packets. */
bool	pfsync_private(const struct pf_kstate *);

/* Its rule says where packets go: route-to and the like. */
bool	pfsync_routed(const struct pf_kstate *);

/* It has run out, rather than that pf ended it. */
bool	pfsync_expired(const struct pf_kstate *);

/* Seconds from a state's last packet, where timeouts do not shrink. */
uint32_t pfsync_timeout(const struct pf_krule *, uint8_t timeout);

/* pfsync_import.c: what peers have, for pf. */

/*
 * Makes a state.  pf_rules_lock held shared.  From a peer: without hooks, and
 * trusting rule numbers only if the rules are the same.  From userland: with
 * hooks, peer_time 0.
 */
enum pfsync_refusal pfsync_import(const struct psync_state *, bool same_rules,
	    bool from_peer, uint32_t peer_time);

/* False without memory: then nothing is changed. */
struct pf_state_peer;
bool	pfsync_import_peer(struct pf_state_peer *, const struct psync_peer *);

/* pfsync_state.c: struct psync_os's state_*. */

enum pfsync_refusal pfsync_os_insert(void *, const struct psync_state *,
	    bool same_rules);
void	*pfsync_os_find(void *, uint64_t id, uint32_t creatorid);
void	pfsync_os_release(void *, void *);
void	pfsync_os_change(void *, void *, struct psync_change *);
void	pfsync_os_export(void *, void *, struct psync_state *);
void	pfsync_os_update(void *, void *, const struct psync_peer *src,
	    const struct psync_peer *dst, uint8_t timeout);
void	pfsync_os_remove(void *, void *);
unsigned pfsync_os_clear(void *, uint32_t creatorid, const char *ifname);
bool	pfsync_os_walk(void *, struct psync_cursor *, unsigned max,
	    psync_visit_fn *, void *arg);

/* pfsync_output.c */

enum psync_sent pfsync_output(void *, const uint8_t *frame, size_t len);
void	pfsync_send(void *sc, int pending);

/* A packet that was held: it goes on, or is freed.  Neither sleeps. */
void	pfsync_defer_send(void *, void *);
void	pfsync_defer_drop(void *, void *);

/*
 * Returns when no packet is being given to an interface that is not, or no
 * longer, the syncdev.  May sleep.
 */
void	pfsync_send_wait(struct pfsync_softc *, struct ifnet *);

/* pfsync_input.c.  errno. */
int	pfsync_proto_register(void);
void	pfsync_proto_unregister(void);

/* pfsync_linger.c */

#ifdef PFSYNC_LINGER
void	pfsync_linger(struct pfsync_softc *, struct pf_kstate *);
void	pfsync_linger_init(struct pfsync_softc *);
void	pfsync_linger_drain(struct pfsync_softc *);
void	pfsync_linger_fini(struct pfsync_softc *);
#else
#define pfsync_linger(sc, st)	((void)0)
#define pfsync_linger_init(sc)	((void)0)
#define pfsync_linger_drain(sc)	((void)0)
#define pfsync_linger_fini(sc)	((void)0)
#endif

/* pfsync_timer.c */

void	pfsync_lanes_init(struct pfsync_softc *);
void	pfsync_lanes_drain(struct pfsync_softc *);
void	pfsync_lanes_fini(struct pfsync_softc *);

/*
 * The task neither waits nor runs when this returns, if nothing sets it again.
 * May sleep.
 */
void	pfsync_end_timeout(struct taskqueue *, struct timeout_task *);

uint64_t pfsync_now(void *);
void	pfsync_lock(void *, unsigned);
void	pfsync_unlock(void *, unsigned);
void	pfsync_timer(void *, unsigned, uint64_t deadline);

#endif /* _FREEBSD_SOFTC_H_ */
