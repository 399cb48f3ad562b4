/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * NetBSD's <net/if_pfsync.h>: what pf, the protocol switch and userland know of
 * pfsync(4).  It takes the place of sys/dist/pf/net/if_pfsync.h.
 *
 * On the wire this driver speaks what its peers do: version 3 with NetBSD's own
 * driver, 5 with FreeBSD's and with itself, 6 with OpenBSD's.
 */

#ifndef _NETBSD_IF_PFSYNC_H_
#define _NETBSD_IF_PFSYNC_H_

#define INADDR_PFSYNC_GROUP	__IPADDR(0xe00000f0)	/* 224.0.0.240 */

/* Counters of the sysctl net.inet.pfsync.stats, 64 bits each. */
#define PFSYNC_STAT_IPACKETS	0	/* received, IPv4 */
#define PFSYNC_STAT_IPACKETS6	1	/* received, IPv6 */
#define PFSYNC_STAT_BADIF	2	/* not on the syncdev */
#define PFSYNC_STAT_BADTTL	3	/* TTL is not 255 */
#define PFSYNC_STAT_HDROPS	4	/* shorter than a header */
#define PFSYNC_STAT_BADVER	5	/* unknown version */
#define PFSYNC_STAT_BADACT	6	/* unknown action */
#define PFSYNC_STAT_BADLEN	7	/* lengths do not add up */
#define PFSYNC_STAT_BADAUTH	8	/* no authentication yet: 0 */
#define PFSYNC_STAT_STALE	9	/* stale state */
#define PFSYNC_STAT_BADVAL	10	/* a value out of range */
#define PFSYNC_STAT_BADSTATE	11	/* insert or lookup failed */
#define PFSYNC_STAT_OPACKETS	12	/* sent, IPv4 */
#define PFSYNC_STAT_OPACKETS6	13	/* sent, IPv6 */
#define PFSYNC_STAT_ONOMEM	14	/* no memory for a packet */
#define PFSYNC_STAT_OERRORS	15	/* a packet could not be sent */
#define PFSYNC_NSTATS		16

/*
 * SIOCSETPFSYNC and SIOCGETPFSYNC, 28 bytes.  The engine's header, where it was
 * read first, has the same by another type of address.
 */
#ifndef _NET_IF_PFSYNC_H_
struct pfsyncreq {
	char		pfsyncr_syncdev[IFNAMSIZ];
	struct in_addr	pfsyncr_syncpeer;
	int		pfsyncr_maxupdates;
	int		pfsyncr_authlevel;
};
#endif

#ifdef _KERNEL
struct mbuf;
struct pf_state;

/*
 * pf_free_state() spares the two states that these point to, as a former bulk
 * transfer needed.  This one walks by id and holds on to none, so that both are
 * always NULL; and pfsyncif always points to the same memory, whether there is
 * a pfsync0 or not.
 */
struct pfsync_softc {
	struct pf_state	*sc_bulk_send_next;
	struct pf_state	*sc_bulk_terminator;
};

extern struct pfsync_softc *const pfsyncif;

/* What happened to a state. */
#define PFSYNC_PF_INSERT	1
#define PFSYNC_PF_UPDATE	2
#define PFSYNC_PF_DELETE	3

/*
 * Of protocol 240, from the protocol switch.  Takes the mbuf.  softnet_lock
 * held.
 */
void	pfsync_input(struct mbuf *, ...);

/*
 * pf made, changed or is about to unlink a state: tells the peers, unless it is
 * not to be synchronised or was their doing (sync_flags).  KERNEL_LOCK or
 * softnet_lock held; does not sleep.  Returns 0.  flags: none yet.
 */
int	pfsync_pack_state(u_int8_t event, struct pf_state *, int flags);

/*
 * All states of creatorid on ifname (NULL or "": anywhere) were removed.  May
 * sleep.  Returns 0.
 */
int	pfsync_clear_states(u_int32_t creatorid, char *ifname);

#define pfsync_insert_state(st)	\
	((void)pfsync_pack_state(PFSYNC_PF_INSERT, (st), 0))
#define pfsync_update_state(st)	\
	((void)pfsync_pack_state(PFSYNC_PF_UPDATE, (st), 0))
#define pfsync_delete_state(st)	\
	((void)pfsync_pack_state(PFSYNC_PF_DELETE, (st), 0))
#endif /* _KERNEL */

#endif /* _NETBSD_IF_PFSYNC_H_ */
