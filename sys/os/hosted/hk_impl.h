/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of one hosted kernel share among themselves.  Everybody else
 * includes hk.h.
 *
 *	hk.c		the object, its interfaces, running it
 *	hk_pfsync.c	pfsync0: create, destroy, configure
 *	hk_os.c		struct psync_os over pf, and pf's hooks
 *	hk_forward.c	routes, packets in and out
 *	hk_hold.c	packets that wait until a peer has their state
 *	hk_control*.c	requests of the control socket
 */

#ifndef _HOSTED_HK_IMPL_H_
#define _HOSTED_HK_IMPL_H_

#include "os/hosted/hk.h"

#define HK_IFS_MAX	32
#define HK_ROUTES_MAX	256
#define HK_POLL_BATCH	64	/* packets of a link before timers run */
#define HK_PURGE_MS	10	/* between calls of pf_purge() */
#define HK_LINK_MS	500	/* between looks at the links' carrier */
#define HK_PFSYNC	"pfsync0"

#define HK_IP4_HLEN	20
#define HK_IP6_HLEN	40

struct hk_if {
	char		name[PSYNC_IFNAMSIZ];
	struct link	*link;
	unsigned	mtu;		/* of the link, when last looked at */
	bool		up;		/* ifconfig up */
	bool		running;	/* the link says so */
};

struct hk_route {
	uint8_t		dst[16];	/* masked */
	uint8_t		af;
	uint8_t		plen;
	char		ifname[PSYNC_IFNAMSIZ];
};

/* The multicast group that is joined; link NULL: none. */
struct hk_group {
	struct link	*link;
	uint8_t		addr[16];
	uint8_t		af;
};

struct hk {
	struct hk_env	env;
	struct pf	*pf;
	struct psync	*psync;		/* NULL: there is no pfsync0 */
	struct psync_config config;	/* of pfsync0, in force */
	uint16_t	mtu_want;	/* of pfsync0; 0: as the syncdev's */
	struct hk_group	group;
	struct hk_if	ifs[HK_IFS_MAX];
	struct hk_route	routes[HK_ROUTES_MAX];
	struct pf_status base;		/* counters when last cleared */
	uint64_t	timer[PSYNC_SLICES_MAX + 1];
	uint64_t	purge_at;
	uint64_t	links_at;
	unsigned	nslices;
	unsigned	nifs;
	unsigned	nroutes;
	int		demotion;
	uint16_t	ip_id;
	bool		watching;	/* links change by themselves */
	uint8_t		out[HK_IP6_HLEN + PSYNC_MTU_MAX];
};

extern const struct psync_os hk_psync_os;

/* The part of it that is about held packets. */
void		 hk_defer_send(void *ctx, void *pkt);
void		 hk_defer_drop(void *ctx, void *pkt);
extern const uint8_t hk_group4[4];	/* 224.0.0.240 */

/* What the engine says, as errno has it. */
int		 hk_errno(enum psync_error);

void		 hk_hooks(struct hk *, struct pf_env *);
void		 hk_log(struct hk *, const char *fmt, ...)
		    __attribute__((__format__(__printf__, 2, 3)));

/* Tells pfsync0 that its syncdev, if ifname is that, has changed. */
int		 hk_syncdev_changed(struct hk *, const char *ifname);

/* NULL if there is none.  pfsync0 is not in the table. */
struct hk_if	*hk_if_find(struct hk *, const char *name);

/* Whether name is a legal interface name, ended by NUL within its field. */
bool		 hk_ifname_ok(const char name[PSYNC_IFNAMSIZ]);

/*
 * pfsync0.  hk_pfsync_apply() takes on want, completed by what is known of the
 * syncdev, or leaves everything as it was.  EINVAL, EMSGSIZE, ENOMEM, or what
 * joining the group failed with.
 */
int		 hk_pfsync_create(struct hk *);		/* EEXIST, ENOMEM */
int		 hk_pfsync_destroy(struct hk *);	/* ENXIO */
int		 hk_pfsync_apply(struct hk *, const struct psync_config *want);
int		 hk_pfsync_mtu(struct hk *, const struct psync_config *want,
		    uint32_t mtu);	/* EINVAL */
/* The syncdev cannot hold a state any more: nothing is sent by it. */
bool		 hk_pfsync_too_small(struct hk *, const struct hk_if *);
/* PFSYNC_DRV_CONFIG.  Besides the above ENXIO, ENETDOWN, EAFNOSUPPORT. */
int		 hk_pfsync_set(struct hk *, const struct pfsync_drv_config *);
bool		 hk_is_multicast(uint8_t af, const uint8_t *addr);

/* The Internet checksum of len bytes, ready to be stored; 0 if it is right. */
uint16_t	 hk_cksum(const uint8_t *p, size_t len);

#endif /* _HOSTED_HK_IMPL_H_ */
