/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where FreeBSD's kernels differ.  The glue is written for the newest; what an
 * older one lacks is made up for here.  Compiled against the headers of 12.1,
 * 13.0, 14.2, 14.3, 15.0 and 15.1; those of 13.1 to 13.5 were not at hand.
 */

#ifndef _FREEBSD_COMPAT_H_
#define _FREEBSD_COMPAT_H_

#include <sys/param.h>

/* Names of pf's kernel structures.  Remove when 12 and 13.0 are. */
#if __FreeBSD_version < 1301000
#define pf_kstate	pf_state
#endif
#if __FreeBSD_version < 1300000
#define pf_krule	pf_rule
#define pfi_kkif	pfi_kif
#define pfi_kkif_find	pfi_kif_find
#define pf_kpooladdr	pf_pooladdr
#endif

/* The network epoch is entered with a tracker.  Remove when 12 is. */
#if __FreeBSD_version < 1300000
#undef NET_EPOCH_ENTER
#undef NET_EPOCH_EXIT
#define NET_EPOCH_ENTER(et)	NET_EPOCH_ENTER_ET(et)
#define NET_EPOCH_EXIT(et)	NET_EPOCH_EXIT_ET(et)
#endif

/* struct ifnet became opaque.  Remove when 13 is. */
#if __FreeBSD_version < 1400000
#define if_getlinkstate(ifp)		((ifp)->if_link_state)
#define if_getvnet(ifp)			((ifp)->if_vnet)
#define if_getfib(ifp)			((ifp)->if_fib)
#define if_setoutputfn(ifp, fn)		((ifp)->if_output = (fn))
#define if_sethdrlen(ifp, len)		((ifp)->if_hdrlen = (len))
#define pfsync_bpf_attached(ifp)	bpf_peers_present((ifp)->if_bpf)
#define pfsync_bpf_mtap(ifp, m)		bpf_mtap((ifp)->if_bpf, (m))
#else
#define if_sethdrlen(ifp, len)		if_setifheaderlen((ifp), (len))
#define pfsync_bpf_attached(ifp)	bpf_peers_present_if(ifp)
#define pfsync_bpf_mtap(ifp, m)		bpf_mtap_if((ifp), (m))
#endif

/* A protocol is registered with two functions.  Remove when 13 is. */
#if __FreeBSD_version < 1400000
#define PFSYNC_PROTOSW
#endif

/* A rule is behind a union in states.  Remove when 14 is. */
#if __FreeBSD_version < 1500000
#define PFSYNC_RULE(ref)	((ref).ptr)
#else
#define PFSYNC_RULE(ref)	(ref)
#endif

/*
 * A state counts packets itself (12), or in counter(9) (13.0), or itself again
 * (later).  Remove when 13.0 is.
 */
#if __FreeBSD_version >= 1300000 && __FreeBSD_version < 1301000
#define PFSYNC_STATE_COUNTERS
#define PFSYNC_COUNT(count)	counter_u64_fetch(count)
#else
#define PFSYNC_COUNT(count)	(count)
#endif

/* pf makes and frees states by functions.  Remove when 13.0 is. */
#if __FreeBSD_version < 1301000
#define PFSYNC_STATE_ZONE
#endif

/*
 * A state has its own copy of what its rule asks for, and says itself how it is
 * routed.  Remove when 13 is.
 */
#if __FreeBSD_version >= 1400000
#define PFSYNC_STATE_ACTIONS
#endif

/*
 * Where a state has rt, rt_kif and rt_addr, and which of its rule's pools it
 * has them of.  Remove when 14 is.
 */
#if __FreeBSD_version >= 1500000
#define PFSYNC_ROUTE(st)	((st)->act)
#define PFSYNC_ROUTES(r)	\
	(TAILQ_EMPTY(&(r)->route.list) ? &(r)->rdr.list : &(r)->route.list)
#else
#define PFSYNC_ROUTE(st)	(*(st))
#define PFSYNC_ROUTES(r)	(&(r)->rpool.list)
#endif

/* Rules are in an array, too.  Remove when 14 is. */
#if __FreeBSD_version < 1500000
#define PFSYNC_RULE_ARRAY
#endif

/*
 * A state may go from one address family to another, and what it tags packets
 * with may be said without pf's rules being locked.  Remove when 14 is.
 */
#if __FreeBSD_version >= 1500000
#define PFSYNC_AF_TO
#define PFSYNC_STATE_TAG
#endif

/*
 * What DIOCADDSTATE hands over is a message of the version that is told, not
 * always of the same.  Remove when 13 is.
 */
#if __FreeBSD_version >= 1400000
#define PFSYNC_IMPORT_UNION
#endif

/* A state's tag by name: of what pf would send.  Remove when 15.0 is. */
#if __FreeBSD_version >= 1501000
#define pfsync_pf_export(sp, st)	pfsync_state_export_1500((sp), (st))
#else
#define pfsync_pf_export(sp, st)	\
	pfsync_state_export((union pfsync_state_union *)(sp), (st),	\
	    PFSYNC_FORMAT_1500)
#endif

/*
 * The flags of a state that stay as they are on the way; the others are only
 * this firewall's.  Remove when 13 is.
 */
#if __FreeBSD_version >= 1400000
#define PFSYNC_STATE_FLAGS	(~(PFSTATE_NOSYNC | PFSTATE_ACK))
#else
#define PFSYNC_STATE_FLAGS	(PFSTATE_ALLOWOPTS | PFSTATE_SLOPPY)
#endif

/*
 * pf_state_insert() is told the interface a state was made on, too.  Remove
 * when 13.0 is.
 */
#if __FreeBSD_version >= 1301000
#define PFSYNC_ORIG_KIF
#define pfsync_pf_insert(kif, orig, skw, sks, st)	\
	pf_state_insert((kif), (orig), (skw), (sks), (st))
#else
#define pfsync_pf_insert(kif, orig, skw, sks, st)	\
	((void)(orig), pf_state_insert((kif), (skw), (sks), (st)))
#endif

/*
 * Unlinking drops the lock of the row; in 13.0 it is told that it is held.
 * Remove when 14 is.
 */
#if __FreeBSD_version >= 1500000
#define pfsync_pf_unlink(st)	pf_remove_state(st)
#elif __FreeBSD_version >= 1301000
#define pfsync_pf_unlink(st)	pf_unlink_state(st)
#else
#define pfsync_pf_unlink(st)	pf_unlink_state((st), PF_ENTER_LOCKED)
#endif

/*
 * pf's clock for when a state was made and last seen: seconds, or milliseconds
 * from 15 on.  pf_state_expires() tells seconds on all.  Remove when 14 is.
 */
#if __FreeBSD_version >= 1500000
#define PFSYNC_PF_SECOND	1000
#define pfsync_pf_now()		pf_get_uptime()
typedef uint64_t pfsync_pf_time_t;
#else
#define PFSYNC_PF_SECOND	1
#define pfsync_pf_now()		((uint32_t)time_uptime)
typedef uint32_t pfsync_pf_time_t;
#endif

/*
 * pf_find_state() looks at a state that may be gone.  Seen with 12.1, in a
 * kernel without any pfsync too.  Remove when 13.0 is.
 */
#if __FreeBSD_version < 1301000
#define PFSYNC_LINGER
#endif

/* The id of a packet: one by one, or at random.  Remove when 14 is. */
#if __FreeBSD_version >= 1500000
#define pfsync_ip_fillid(ip)	ip_fillid((ip), V_ip_random_id)
#else
#define pfsync_ip_fillid(ip)	ip_fillid(ip)
#endif

/*
 * How many actions its netstat(1) knows: the size of net.pfsync.stats.  Remove
 * when 14 is.
 */
#if __FreeBSD_version >= 1500000
#define PFSYNC_ACT_KERNEL	17
#elif __FreeBSD_version >= 1400000
#define PFSYNC_ACT_KERNEL	15
#else
#define PFSYNC_ACT_KERNEL	13
#endif

/* SIOCGETPFSYNC tells all flags, not only defer.  Remove when 13 is. */
#if __FreeBSD_version >= 1400000
#define PFSYNC_GET_FLAGS	PFSYNCF_OK
#else
#define PFSYNC_GET_FLAGS	0
#endif

/*
 * Its SIOCSETPFSYNC asks for defer by a flag, not by any number.  Remove when
 * 13 is.
 */
#if __FreeBSD_version >= 1400000
#define PFSYNC_ASKS_DEFER(flags)	(((flags) & PFSYNCF_DEFER) != 0)
#define PFSYNC_SAYS_DEFER	PFSYNCF_DEFER
#else
#define PFSYNC_ASKS_DEFER(flags)	((flags) != 0)
#define PFSYNC_SAYS_DEFER	1
#endif

/* SIOCSETPFSYNCNV and SIOCGETPFSYNCNV.  Remove when 13 is. */
#if __FreeBSD_version >= 1400000
#define PFSYNC_NV
#define SIOCSETPFSYNCNV		_IOW('i', 249, struct ifreq)
#define SIOCGETPFSYNCNV		_IOWR('i', 250, struct ifreq)
#endif

/* Of the kernel's net/if_pfsync.h, which ours hides. */
#define SIOCSETPFSYNC		_IOW('i', 247, struct ifreq)
#define SIOCGETPFSYNC		_IOWR('i', 248, struct ifreq)
#define PFSYNC_SI_IOCTL		0x01	/* a state that userland adds */
#define PFSYNC_S_NONE		0xff	/* sync_state: nothing is queued */

/* The names above are for these. */
#include <sys/endian.h>
#include <sys/rmlock.h>
#include <net/pfvar.h>

/*
 * The size of the state table became each vnet's in the course of 14, which no
 * number tells but the name does.  Remove when 14 is.
 */
#ifndef V_pf_hashmask
#define V_pf_hashmask		pf_hashmask
#endif

#endif /* _FREEBSD_COMPAT_H_ */
