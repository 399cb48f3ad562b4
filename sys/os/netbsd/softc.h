/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync0, for the glue's own files.
 *
 * Nothing of the system's is common to all of pf: packets have softnet_lock,
 * ioctls, callouts and the purge thread have KERNEL_LOCK.  So:
 *  - whoever touches pf's states has both (pfsync_big_lock());
 *  - pf's hooks have either, and take only locks of our own that spin: a hook
 *    that slept would let go of KERNEL_LOCK in the middle of pf's loops;
 *  - nobody needs any of them to know that pfsync0 exists: pfsync_enter() does.
 *
 * Locks, outermost first:
 *	config		one configuration at a time; held while multicast groups
 *			are joined and left.
 *	KERNEL_LOCK and softnet_lock, in any order
 *	main		the engine's main lock.
 *	slice		the engine's; spins.
 *	queue		frames on their way to ip_output(); spins.
 *	gate		who uses pfsync0; spins, and nothing is taken under it.
 *
 * Guards: [I] immutable after creation, [C] config, [Q] queue, [B] both big
 * locks, [K] KERNEL_LOCK, [G] gate.  [CQ] and [CK]: both to write, either to
 * read.
 */

#ifndef _NETBSD_SOFTC_H_
#define _NETBSD_SOFTC_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/workqueue.h>

#include <net/if.h>
#include <netinet/in.h>

#include "net/pfsync/lifetime.h"
#include "net/pfsync/pfsync.h"

struct in_multi;
struct pf_rule;
struct pf_state;
struct pf_state_peer;
struct pfsync_dev;

/*
 * Nearly all that pf does it does under softnet_lock, so that there is nothing
 * to be won by more.
 */
#define PFSYNC_SLICES	1

#define PFSYNC_LOOK_HZ	1	/* looks at syncdev and queue, each second */

/*
 * States a second of a bulk update, unless another pace is asked for.  What a
 * few ticks of 10 ms send of them must fit into the IP input queue of a peer
 * (net.inet.ip.ifq.maxlen, 256 packets): NetBSD's own pfsync that lost some of
 * them takes a minute to ask again.
 */
#define PFSYNC_PACE	20000

/* A lock of the engine and the timer of the same number. */
struct pfsync_lane {
	kmutex_t	lock;
	callout_t	timer;
	struct pfsync_dev *dev;		/* [I] */
	unsigned	number;		/* [I] */
};

/* What of a syncdev matters. */
struct pfsync_path {
	if_index_t	index;		/* 0: there is none of that name */
	bool		usable;		/* up, running, with a link */
	unsigned	mtu;
};

struct pfsync_dev {
	struct ifnet	ifnet;		/* pfsync0 */
	struct psync	*engine;	/* [I] */
	struct pfsync_lane slice[PFSYNC_SLICES];
	struct pfsync_lane main;
	unsigned	users;		/* [G] */
	volatile bool	dying;		/* no timer is set any more; written
					   with config and both big locks */

	kmutex_t	config_lock;
	struct psync_config config;	/* [CK] mtu: what is asked for; 0: the
					   syncdev's */
	struct in_multi	*group;		/* [C] joined, or NULL */
	struct pfsync_path path;	/* [CK] as the engine was told */
	uint64_t	dropped;	/* [C] packets by IP's input queue */
	callout_t	look_timer;
	struct workqueue *look_queue;	/* [I] */
	struct work	look_work;
	bool		look_queued;	/* [Q] */

	kmutex_t	queue_lock;
	struct ifqueue	queue;		/* [Q] packets with an IP header */
	bool		stuck;		/* [Q] the queue was full */
	bool		tap_only;	/* [CQ] there is to be no syncdev */
	if_index_t	syncdev;	/* [CQ] 0: there is none */
	unsigned	syncdev_mtu;	/* [CQ] */
	struct in_addr	peer;		/* [CQ] where to: group or syncpeer */
	void		*send_softint;	/* [I] */
	uint64_t	send_errors;	/* [B] of ip_output() */

	struct psync_peer peers[2];	/* [B] what state_change() gives out */
};

extern const struct psync_os pfsync_os;

/* pfsync_gate.c */

void	pfsync_gate_init(void);

/* Opens the gate to a new pfsync0. */
void	pfsync_gate_open(struct pfsync_dev *);

/* Shuts it, and waits until nobody has it.  May sleep. */
void	pfsync_gate_shut(struct pfsync_dev *);

/*
 * pfsync0, which does not go away before pfsync_leave(); or NULL.  Does not
 * sleep.
 */
struct pfsync_dev *pfsync_enter(void);
void	pfsync_leave(struct pfsync_dev *);

/* KERNEL_LOCK and softnet_lock.  May sleep. */
void	pfsync_big_lock(void);
void	pfsync_big_unlock(void);

/* pfsync_ioctl.c.  errno. */
int	pfsync_ioctl(struct ifnet *, u_long cmd, void *data);

/* pfsync_config.c.  All take the config lock, or are told it is held. */

/* Config lock held.  All of it or nothing.  errno. */
int	pfsync_apply(struct pfsync_dev *, const struct psync_config *);

/*
 * What SIOCSIFMTU asks for: the syncdev's own, whatever that is from now on, or
 * a lesser one.  Config lock held.  errno.
 */
int	pfsync_set_mtu(struct pfsync_dev *, unsigned mtu);

int	pfsync_errno(enum psync_error);

/* It can send; false for NULL.  KERNEL_LOCK held. */
bool	pfsync_usable(const struct ifnet *);

int	pfsync_config_init(struct pfsync_dev *);
void	pfsync_config_fini(struct pfsync_dev *);

/* pfsync_export.c: what pf has, for the engine. */

void	pfsync_export(const struct pf_state *, struct psync_state *);

/* Seconds from a state's last packet, where timeouts do not shrink. */
uint32_t pfsync_timeout(const struct pf_rule *, uint8_t timeout);

/* Peers is where change->src and dst will point to. */
void	pfsync_change(struct pf_state *, struct psync_peer peers[2],
	    struct psync_change *);

/* no-sync, of pfsync's own packets, or about to be purged. */
bool	pfsync_private(const struct pf_state *);

/* The byte of a state for the engine: struct psync_change's told. */
uint8_t	*pfsync_told(struct pf_state *);

/* pfsync_import.c: what peers have, for pf. */

enum pfsync_refusal pfsync_import(const struct psync_state *, bool same_rules,
	    uint32_t peer_time);

/* False without memory: then nothing is changed. */
bool	pfsync_import_peer(const struct psync_peer *, struct pf_state_peer *);

/* pfsync_output.c */

int	pfsync_output_init(struct pfsync_dev *);
void	pfsync_output_fini(struct pfsync_dev *);
enum psync_sent pfsync_output(void *dev, const uint8_t *frame, size_t len);

/* pfsync_timer.c */

void	pfsync_lanes_init(struct pfsync_dev *);

/* Waits until no timer runs; dying keeps them from being set.  May sleep. */
void	pfsync_lanes_halt(struct pfsync_dev *);
void	pfsync_lanes_fini(struct pfsync_dev *);
uint64_t pfsync_now(void *dev);
void	pfsync_lock(void *dev, unsigned);
void	pfsync_unlock(void *dev, unsigned);
void	pfsync_timer(void *dev, unsigned, uint64_t deadline);

/* pfsync_sysctl.c: keeps what a pfsync0 that goes away has counted. */
void	pfsync_stats_keep(struct pfsync_dev *);

#endif /* _NETBSD_SOFTC_H_ */
