/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync(4) as seen from outside: what goes over the wire, and what userland
 * and the kernel tell each other.
 *
 * All wire structures are packed and may stand at any alignment in a packet
 * (a 1301 state is 242 bytes long), so read them by memcpy or byte access.
 * Multi-byte integers are big endian, except ids and creatorids: those are
 * opaque and only ever compared.
 *
 * The layout of full states (INS and UPD) is not spelled out here: it is data,
 * in sys/net/pfsync/codec_v3.c, codec_v5.c and codec_v6.c.
 */

#ifndef _NET_IF_PFSYNC_H_
#define _NET_IF_PFSYNC_H_

#include <stdint.h>

#define PFSYNC_IPPROTO		240	/* IP protocol number, both families */
#define PFSYNC_GROUP		0xe00000f0U	/* 224.0.0.240, host order */
#define PFSYNC_TTL		255	/* sent, and required on receipt */
#define PFSYNC_TOS		0x10	/* IPTOS_LOWDELAY */
#define PFSYNC_VERSION		5	/* version byte of FreeBSD's frames */
#define PFSYNC_VERSION_3	3	/* of NetBSD's */
#define PFSYNC_VERSION_6	6	/* of OpenBSD's */

#define PFSYNC_IFNAMSIZ		16
#define PFSYNC_AF_INET		2	/* FreeBSD's numbers, whatever */
#define PFSYNC_AF_INET6		28	/* the system has itself */
#define PFSYNC_CKSUM_LEN	16	/* MD5 of the ruleset */

/*
 * Formats, as ifconfig(8) names them: what frames look like, and an insert or
 * update inside them.  In version 5 frames the number is that of the
 * __FreeBSD_version / 1000 which introduced it; the others are version bytes.
 */
#define PFSYNC_FORMAT_AUTO	0	/* learned from the peers */
#define PFSYNC_FORMAT_V3	3	/* NetBSD */
#define PFSYNC_FORMAT_V6	6	/* OpenBSD */
#define PFSYNC_FORMAT_1301	1301
#define PFSYNC_FORMAT_1400	1400
#define PFSYNC_FORMAT_1500	1500
#define PFSYNC_STATE_V3_LEN	240
#define PFSYNC_STATE_V6_LEN	264
#define PFSYNC_STATE_1301_LEN	242
#define PFSYNC_STATE_1400_LEN	277
#define PFSYNC_STATE_1500_LEN	360

/* Actions of version 5: the first byte of a subheader. */
#define PFSYNC_ACT_CLR		0	/* clear all states */
#define PFSYNC_ACT_INS_1301	1	/* insert a state */
#define PFSYNC_ACT_INS_ACK	2	/* a state was inserted */
#define PFSYNC_ACT_UPD_1301	3	/* update a state */
#define PFSYNC_ACT_UPD_C	4	/* update a state, compressed */
#define PFSYNC_ACT_UPD_REQ	5	/* request a state, or all of them */
#define PFSYNC_ACT_DEL		6	/* delete a state, whole state sent */
#define PFSYNC_ACT_DEL_C	7	/* delete a state, compressed */
#define PFSYNC_ACT_INS_F	8	/* insert a fragment; never in use */
#define PFSYNC_ACT_DEL_F	9	/* delete a fragment; never in use */
#define PFSYNC_ACT_BUS		10	/* bulk update status */
#define PFSYNC_ACT_TDB		11	/* IPsec TDB update */
#define PFSYNC_ACT_EOF		12	/* end of the frame */
#define PFSYNC_ACT_INS_1400	13
#define PFSYNC_ACT_UPD_1400	14
#define PFSYNC_ACT_INS_1500	15
#define PFSYNC_ACT_UPD_1500	16
#define PFSYNC_ACT_MAX		17

/* Those of version 6 where they differ; 1, 3 and 11 are of old formats. */
#define PFSYNC6_ACT_OINS	1
#define PFSYNC6_ACT_OUPD	3
#define PFSYNC6_ACT_OTDB	11
#define PFSYNC6_ACT_INS		13
#define PFSYNC6_ACT_UPD		14
#define PFSYNC6_ACT_TDB		15
#define PFSYNC6_ACT_MAX		16

/* Those of version 3: a byte of the header. */
#define PFSYNC3_ACT_CLR		0
#define PFSYNC3_ACT_INS		1
#define PFSYNC3_ACT_UPD		2
#define PFSYNC3_ACT_DEL		3
#define PFSYNC3_ACT_UPD_C	4
#define PFSYNC3_ACT_DEL_C	5
#define PFSYNC3_ACT_INS_F	6
#define PFSYNC3_ACT_DEL_F	7
#define PFSYNC3_ACT_UPD_REQ	8
#define PFSYNC3_ACT_BUS		9
#define PFSYNC3_ACT_TDB		10
#define PFSYNC3_ACT_MAX		11

#define PFSYNC_BUS_START	1
#define PFSYNC_BUS_END		2

/*
 * Versions 5 and 6.  Stock kernels send the spare byte as 0 and do not look at
 * it; this driver announces itself there: see PFSYNC_SPEAKS_*.
 */
struct pfsync_header {
	uint8_t		version;
	uint8_t		speaks;
	uint16_t	len;		/* of the frame, this header included */
	uint8_t		pfcksum[PFSYNC_CKSUM_LEN];
} __attribute__((__packed__));

/*
 * The byte after the version, in all of them: the richest format of version 5
 * that the sender understands, and whether the frame only repeats what the
 * sender says in version 5 as well.
 */
#define PFSYNC_SPEAKS_FORMAT	0x0f
#define PFSYNC_SPEAKS_STOCK	0	/* not this driver: unknown */
#define PFSYNC_SPEAKS_1500	3
#define PFSYNC_SPEAKS_REPEATED	0x80

/* Version 3, and then count messages of the one action, up to 254. */
struct pfsync_header_v3 {
	uint8_t		version;
	uint8_t		speaks;		/* "af", and always 0 */
	uint8_t		action;
	uint8_t		count;		/* may be 0 with one CLR or BUS */
	uint8_t		pfcksum[PFSYNC_CKSUM_LEN];
} __attribute__((__packed__));

struct pfsync_subheader {
	uint8_t		action;
	uint8_t		words;		/* version 6: of a message; else 0 */
	uint16_t	count;		/* messages of this action */
} __attribute__((__packed__));

struct pfsync_clr {
	char		ifname[PFSYNC_IFNAMSIZ];	/* "" for all */
	uint32_t	creatorid;
} __attribute__((__packed__));

/* INS_ACK, UPD_REQ and DEL_C.  UPD_REQ of 0, 0 asks for the whole table. */
struct pfsync_key12 {
	uint64_t	id;
	uint32_t	creatorid;
} __attribute__((__packed__));

struct pfsync_scrub {
	uint16_t	flags;		/* PFSYNC_SCRUB_TIMESTAMP only */
	uint8_t		ttl;
	uint8_t		scrub_flag;	/* PFSYNC_SCRUB_VALID */
	uint32_t	ts_mod;
} __attribute__((__packed__));

#define PFSYNC_SCRUB_TIMESTAMP	0x0001
#define PFSYNC_SCRUB_VALID	0x01

struct pfsync_peer {
	struct pfsync_scrub scrub;
	uint32_t	seqlo;
	uint32_t	seqhi;
	uint32_t	seqdiff;
	uint16_t	max_win;
	uint16_t	mss;
	uint8_t		state;
	uint8_t		wscale;
	uint8_t		_pad[6];
} __attribute__((__packed__));

struct pfsync_upd_c {
	uint64_t	id;
	struct pfsync_peer src;
	struct pfsync_peer dst;
	uint32_t	creatorid;
	uint32_t	expire;
	uint8_t		timeout;
	uint8_t		_pad[3];
} __attribute__((__packed__));

struct pfsync_bus {
	uint32_t	creatorid;
	uint32_t	endtime;	/* seconds since the request arrived */
	uint8_t		status;
	uint8_t		round;		/* of this driver; 0: none told */
	uint8_t		_pad[2];
} __attribute__((__packed__));

struct pfsync_tdb {
	uint32_t	spi;
	uint8_t		dst[28];	/* union of sockaddrs */
	uint32_t	rpl;
	uint64_t	cur_bytes;
	uint8_t		sproto;
	uint8_t		updates;
	uint8_t		_pad[2];
} __attribute__((__packed__));

/*
 * SIOCSETPFSYNC and SIOCGETPFSYNC, the ABI of every BSD (28 bytes).
 */
struct pfsyncreq {
	char		pfsyncr_syncdev[PFSYNC_IFNAMSIZ];
	uint32_t	pfsyncr_syncpeer;	/* IPv4, network order */
	int32_t		pfsyncr_maxupdates;
	int32_t		pfsyncr_defer;	/* out: PFSYNCF_* */
};

#define PFSYNCF_OK		0x00000001	/* bulk update ended well */
#define PFSYNCF_DEFER		0x00000002

#define PFSYNC_MTU_MAX		65535

#define PFSYNC_MAXUPDATES	128	/* default */
#define PFSYNC_MAXUPDATES_MAX	255

/* Of PFSYNC_DRV_CONFIG: the defaults, and what may be. */
#define PFSYNC_DEFER_DELAY	20
#define PFSYNC_DEFER_DELAY_MAX	1000
#define PFSYNC_BULK_RATE	200000
#define PFSYNC_BULK_RATE_MIN	100
#define PFSYNC_BULK_RATE_MAX	10000000
#define PFSYNC_BULK_BYTES	100000000
#define PFSYNC_BULK_BYTES_MIN	10000
#define PFSYNC_BULK_BYTES_MAX	10000000000ULL

/* Statistics: the layout of FreeBSD, for netstat -s -p pfsync. */
struct pfsyncstats {
	uint64_t	pfsyncs_ipackets;	/* received, IPv4 */
	uint64_t	pfsyncs_ipackets6;	/* received, IPv6 */
	uint64_t	pfsyncs_badif;		/* not on the syncdev */
	uint64_t	pfsyncs_badttl;		/* TTL is not PFSYNC_TTL */
	uint64_t	pfsyncs_hdrops;		/* shorter than a header */
	uint64_t	pfsyncs_badver;		/* unknown version */
	uint64_t	pfsyncs_badact;		/* unknown action */
	uint64_t	pfsyncs_badlen;		/* lengths do not add up */
	uint64_t	pfsyncs_badauth;	/* no authentication yet: 0 */
	uint64_t	pfsyncs_stale;		/* stale state */
	uint64_t	pfsyncs_badval;		/* a value out of range */
	uint64_t	pfsyncs_badstate;	/* insert or lookup failed */

	uint64_t	pfsyncs_opackets;	/* sent, IPv4 */
	uint64_t	pfsyncs_opackets6;	/* sent, IPv6 */
	uint64_t	pfsyncs_onomem;		/* no memory for a packet */
	uint64_t	pfsyncs_oerrors;	/* a packet could not be sent */

	uint64_t	pfsyncs_iacts[PFSYNC_ACT_MAX];
	uint64_t	pfsyncs_oacts[PFSYNC_ACT_MAX];
};

/*
 * Why a received packet or state was not applied, and what became of what was
 * to be sent.  One counter each, beside struct pfsyncstats.
 */
enum pfsync_refusal {
	PFSYNC_OK = 0,

	/* the whole packet, before any of it was applied */
	PFSYNC_R_DOWN,		/* pfsync0 is down or has no syncdev */
	PFSYNC_R_IFACE,		/* arrived elsewhere than the syncdev */
	PFSYNC_R_TTL,		/* was routed */
	PFSYNC_R_SHORT,		/* shorter than a header */
	PFSYNC_R_VERSION,	/* version byte is not ours */
	PFSYNC_R_LENGTH,	/* header length differs from the packet's */
	PFSYNC_R_COUNT,		/* count times size passes the end */
	PFSYNC_R_EOF,		/* EOF is missing, repeated or not last */
	PFSYNC_R_ACTION,	/* unknown action */
	PFSYNC_R_VALUE,		/* a value out of range */

	/* one state of a packet */
	PFSYNC_R_STALE,		/* the local state is newer */
	PFSYNC_R_UNKNOWN,	/* no such state here */
	PFSYNC_R_INTERFACE,	/* no such interface here */
	PFSYNC_R_RTABLE,	/* no such routing table here */
	PFSYNC_R_TAG,		/* no such tag here */
	PFSYNC_R_ROUTE,		/* no such route here */
	PFSYNC_R_PROTO,		/* a protocol or family pf cannot hold */
	PFSYNC_R_EXISTS,	/* its key belongs to another state */
	PFSYNC_R_LIMIT,		/* state limit reached */
	PFSYNC_R_NOMEM,		/* no memory for the state */
	PFSYNC_R_PEER,		/* contradicts what the peer may know */
	PFSYNC_R_RATE,		/* asked for more often than allowed */

	PFSYNC_R_MAX
};

/* Their names, in that order. */
#define PFSYNC_REFUSAL_NAMES						\
	"ok", "down", "iface", "ttl", "short", "version", "length",	\
	"count", "eof", "action", "value", "stale", "unknown",		\
	"interface", "rtable", "tag", "route", "proto", "exists",	\
	"limit", "nomem", "peer", "rate"

struct pfsyncxstats {
	struct pfsyncstats base;
	uint64_t	refused[PFSYNC_R_MAX];	/* by reason; [0] unused */
	uint64_t	coalesced;	/* updates that joined another */
	uint64_t	collapsed;	/* inserts gone before they were sent */
	uint64_t	retries;	/* frames sent again after a failure */
	uint64_t	overflows;	/* messages that found no room */
	uint64_t	deferrals;	/* packets held */
	uint64_t	defer_acks;	/* ... until a peer had the state */
	uint64_t	defer_timeouts;	/* ... until their time was up */
	uint64_t	defer_overflows; /* ... until others needed the room */
	uint64_t	defer_drops;	/* ... and dropped with their state */
	uint64_t	defer_resends;	/* inserts sent again meanwhile */
	uint64_t	collisions;	/* messages of another with our id */
	uint64_t	losses;		/* of frames, told by the kernel */
	uint64_t	unmapped;	/* values that the other kind of pf has
					   no counterpart for: left out */
	uint64_t	untold;		/* messages that a dialect in use has
					   no words for: not sent in it */
	uint64_t	repeated;	/* frames that said in another dialect
					   what was heard already */
};

/*
 * SIOCGDRVSPEC and SIOCSDRVSPEC with struct ifdrv, for what the ioctls above
 * cannot say.  ifd_cmd is one of these, ifd_data its structure and ifd_len the
 * size of that.  Integers are in host byte order, addresses in network order.
 */
enum pfsync_drv {
	PFSYNC_DRV_CONFIG = 1,	/* get, set: struct pfsync_drv_config */
	PFSYNC_DRV_STATUS,	/* get: struct pfsync_drv_status */
	PFSYNC_DRV_PEERS,	/* get: struct pfsync_drv_peers */
	PFSYNC_DRV_IFMAP,	/* get, set: struct pfsync_drv_ifmap */
	PFSYNC_DRV_STATS	/* get: struct pfsyncxstats */
};

/*
 * What to set, all of it or nothing; the rest stays as it is.  A kernel whose
 * interfaces have their mtu and flags by SIOCSIFMTU and SIOCSIFFLAGS refuses
 * those of PFSYNC_CONFIG_IFNET.
 */
#define PFSYNC_CONFIG_SYNCDEV	0x0001
#define PFSYNC_CONFIG_SYNCPEER	0x0002
#define PFSYNC_CONFIG_MAXUPD	0x0004
#define PFSYNC_CONFIG_VERSION	0x0008
#define PFSYNC_CONFIG_RESYNC	0x0010	/* then ask the peers for everything;
					   has no member */
#define PFSYNC_CONFIG_MTU	0x0020
#define PFSYNC_CONFIG_UP	0x0040
#define PFSYNC_CONFIG_DEFER	0x0080
#define PFSYNC_CONFIG_DELAY	0x0100
#define PFSYNC_CONFIG_BULKRATE	0x0200
#define PFSYNC_CONFIG_BULKBYTES	0x0400
#define PFSYNC_CONFIG_IFNET	(PFSYNC_CONFIG_MTU | PFSYNC_CONFIG_UP)

struct pfsync_drv_config {
	uint32_t	set;		/* PFSYNC_CONFIG_*; 0 when got */
	uint32_t	version;	/* PFSYNC_FORMAT_*, 3 or 6; 0: auto */
	uint32_t	maxupd;		/* 0 to PFSYNC_MAXUPDATES_MAX */
	uint32_t	mtu;		/* of pfsync0, IP header included */
	uint32_t	defer_delay;	/* ms a packet is held, at most */
	uint32_t	bulk_rate;	/* states a second, at most */
	uint64_t	bulk_bytes;	/* bytes a second, at most */
	char		syncdev[PFSYNC_IFNAMSIZ];	/* "": none */
	uint8_t		syncpeer[16];
	uint8_t		syncpeer_af;	/* PFSYNC_AF_*; 0: the IPv4 group */
	uint8_t		defer;
	uint8_t		up;
	uint8_t		reachable;	/* get: the syncdev is there and up */
	uint8_t		_pad[4];
};

enum psync_bulk_result {
	PSYNC_BULK_NONE,	/* never asked */
	PSYNC_BULK_RUNNING,
	PSYNC_BULK_OK,
	PSYNC_BULK_FAILED	/* no peer answered to the end */
};

/* What is sent at the moment. */
#define PFSYNC_SPOKEN_1500	0x01
#define PFSYNC_SPOKEN_1400	0x02
#define PFSYNC_SPOKEN_1301	0x04
#define PFSYNC_SPOKEN_V6	0x08
#define PFSYNC_SPOKEN_V3	0x10

struct pfsync_drv_status {
	struct pfsync_drv_config config;
	uint32_t	npeers;		/* heard within the last 10 s */
	uint32_t	pending;	/* messages waiting to be sent */
	int32_t		demotion;	/* what CARP is demoted by */
	uint8_t		syncok;		/* PFSYNCF_OK */
	uint8_t		bulk;		/* enum psync_bulk_result */
	uint8_t		sending_bulk;
	uint8_t		bulk_af;	/* of bulk_from; 0: nobody yet */
	uint8_t		bulk_from[16];	/* who sent the last of it */
	uint32_t	bulk_tries;	/* times that it was asked for */
	uint32_t	pending_bytes;	/* of frames, with what is pending */
	uint32_t	deferred;	/* packets held at the moment */
	uint32_t	spoken;		/* PFSYNC_SPOKEN_*, all of them */
	uint8_t		collision;	/* another host has our id */
	uint8_t		_pad[7];
	uint64_t	bulk_states;	/* received by the last bulk update */
	uint64_t	bulk_ms;	/* how long it took, or has taken */
	uint64_t	bulk_age;	/* ms since it was first asked for */
	uint64_t	oldest;		/* ms the oldest message has waited */
	uint64_t	lag;		/* ms the oldest message of the last
					   frame waited that had to wait */
	uint64_t	lag_max;	/* the most, since pfsync0 came up */
	uint64_t	update_age;	/* ms since a change was heard of */
};

#define PFSYNC_NEVER	UINT64_MAX	/* an age: it did not happen */

#define PFSYNC_PEERS_MAX	16

/* Why a peer is told in the format that it is. */
enum pfsync_why {
	PFSYNC_WHY_UNKNOWN,	/* no whole state of it seen yet: 1301 */
	PFSYNC_WHY_STATES,	/* its whole states are of that format */
	PFSYNC_WHY_VERSION,	/* its frames are of that version */
	PFSYNC_WHY_ANNOUNCED,	/* it says what it understands */
	PFSYNC_WHY_CONFIGURED	/* ifconfig pfsync0 version */
};

struct pfsync_drv_peer {
	uint8_t		addr[16];
	uint8_t		af;		/* PFSYNC_AF_* */
	uint8_t		version;	/* version byte last heard */
	uint16_t	format;		/* of its whole states; 0: none yet */
	uint8_t		bulk;		/* enum psync_bulk_result of its
					   part of the last one */
	uint8_t		why;		/* enum pfsync_why */
	uint16_t	told;		/* PFSYNC_FORMAT_* that it is told in */
	uint64_t	age;		/* ms since it was last heard */
	uint64_t	update_age;	/* ms since its latest change */
	uint64_t	request_age;	/* ms since it asked for everything */
	uint64_t	packets;	/* good ones */
	uint64_t	states;		/* it told of: inserts and updates */
	uint64_t	refused;	/* messages of good packets */
	uint64_t	missed;		/* ... of states that are not here */
	uint64_t	bulk_states;	/* full updates in the last bulk */
};

struct pfsync_drv_peers {
	uint32_t	count;
	uint32_t	_pad;
	struct pfsync_drv_peer peer[PFSYNC_PEERS_MAX];	/* latest first */
};

#define PFSYNC_IFMAP_MAX	32

/* Interfaces that are called otherwise by the peers.  Names end with NUL. */
struct pfsync_drv_ifmap {
	uint32_t	count;
	struct {
		char	local[PFSYNC_IFNAMSIZ];
		char	remote[PFSYNC_IFNAMSIZ];
	} pair[PFSYNC_IFMAP_MAX];
};

/* Any of them: as much as there can be to copy in or out. */
union pfsync_drv_data {
	struct pfsync_drv_config config;
	struct pfsync_drv_status status;
	struct pfsync_drv_peers peers;
	struct pfsync_drv_ifmap ifmap;
	struct pfsyncxstats stats;
};

#endif /* _NET_IF_PFSYNC_H_ */
