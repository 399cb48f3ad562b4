/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The engine's view of a pf state: what any wire format can say of one, in
 * host byte order, with FreeBSD's numbers where BSDs differ.  Codecs turn it
 * into messages, a kernel's glue turns it into its own struct pf_state.
 *
 * Invariant: a psync_state decoded from a packet has passed psync_message_ok().
 */

#ifndef _NET_PFSYNC_STATE_H_
#define _NET_PFSYNC_STATE_H_

#include <stdbool.h>
#include <stdint.h>

#include "net/if_pfsync.h"

#define PSYNC_IFNAMSIZ		16
#define PSYNC_TAGSIZ		64

#define PSYNC_AF_INET		PFSYNC_AF_INET	/* on the wire too */
#define PSYNC_AF_INET6		PFSYNC_AF_INET6

/* Index of a key: as packets look on the wire, and to the local stack. */
#define PSYNC_WIRE		0
#define PSYNC_STACK		1

#define PSYNC_DIR_IN		1
#define PSYNC_DIR_OUT		2

/* state_flags, FreeBSD's numbers */
#define PSYNC_STATE_ALLOWOPTS	0x0001
#define PSYNC_STATE_SLOPPY	0x0002
#define PSYNC_STATE_NOSYNC	0x0008	/* keep state (no-sync) */
#define PSYNC_STATE_ACK		0x0010	/* answer an insert by INS_ACK */

/* TCP states of a peer: TCPS_*, and two of pf's syn proxy. */
#define PSYNC_TCPS_CLOSED	0
#define PSYNC_TCPS_LISTEN	1
#define PSYNC_TCPS_SYN_SENT	2
#define PSYNC_TCPS_SYN_RECEIVED	3
#define PSYNC_TCPS_ESTABLISHED	4
#define PSYNC_TCPS_CLOSE_WAIT	5
#define PSYNC_TCPS_FIN_WAIT_1	6
#define PSYNC_TCPS_CLOSING	7
#define PSYNC_TCPS_LAST_ACK	8
#define PSYNC_TCPS_FIN_WAIT_2	9
#define PSYNC_TCPS_TIME_WAIT	10
#define PSYNC_TCPS_PROXY_SRC	11
#define PSYNC_TCPS_PROXY_DST	12
#define PSYNC_PEER_STATE_MAX	12	/* greatest legal peer.state */

/* Timeouts: PFTM_*, FreeBSD's numbers. */
enum psync_timeout {
	PSYNC_TM_TCP_FIRST, PSYNC_TM_TCP_OPENING, PSYNC_TM_TCP_ESTABLISHED,
	PSYNC_TM_TCP_CLOSING, PSYNC_TM_TCP_FIN_WAIT, PSYNC_TM_TCP_CLOSED,
	PSYNC_TM_UDP_FIRST, PSYNC_TM_UDP_SINGLE, PSYNC_TM_UDP_MULTIPLE,
	PSYNC_TM_ICMP_FIRST, PSYNC_TM_ICMP_REPLY,
	PSYNC_TM_OTHER_FIRST, PSYNC_TM_OTHER_SINGLE, PSYNC_TM_OTHER_MULTIPLE,
	PSYNC_TM_FRAG, PSYNC_TM_INTERVAL, PSYNC_TM_ADAPTIVE_START,
	PSYNC_TM_ADAPTIVE_END, PSYNC_TM_SRC_NODE, PSYNC_TM_TS_DIFF,
	PSYNC_TM_SCTP_FIRST, PSYNC_TM_SCTP_OPENING, PSYNC_TM_SCTP_ESTABLISHED,
	PSYNC_TM_SCTP_CLOSING, PSYNC_TM_SCTP_CLOSED,
	PSYNC_TM_MAX
};

/* One side of a connection. */
struct psync_peer {
	uint32_t	seqlo;		/* highest sequence number sent */
	uint32_t	seqhi;		/* highest the other side ACKed + win */
	uint32_t	seqdiff;	/* sequence number modulator */
	uint32_t	ts_mod;		/* timestamp modulation */
	uint16_t	max_win;	/* largest window, not scaled */
	uint16_t	mss;
	uint16_t	pfss_flags;	/* PFSYNC_SCRUB_TIMESTAMP */
	uint8_t		pfss_ttl;
	uint8_t		scrub;		/* the pfss_* and ts_mod are valid */
	uint8_t		state;
	uint8_t		wscale;		/* low 4 bits shift, 0x80 used */
};

struct psync_key {
	uint8_t		addr[2][16];	/* IPv4 in the first 4 bytes */
	uint16_t	port[2];	/* network order */
};

/* A whole state, as INS and UPD carry it. */
struct psync_state {
	uint64_t	id;		/* as stored by pf: big endian */
	uint32_t	creatorid;	/* opaque */
	uint32_t	rule;		/* number, or UINT32_MAX */
	uint32_t	anchor;
	uint32_t	nat_rule;
	uint32_t	creation;	/* age in seconds */
	uint32_t	expire;		/* seconds left, see lifetime.h */
	uint64_t	packets[2];	/* forward, back */
	uint64_t	bytes[2];
	struct psync_key key[2];	/* [PSYNC_WIRE], [PSYNC_STACK] */
	struct psync_peer src;
	struct psync_peer dst;
	uint8_t		rt_addr[16];
	char		ifname[PSYNC_IFNAMSIZ];
	char		rt_ifname[PSYNC_IFNAMSIZ];
	char		orig_ifname[PSYNC_IFNAMSIZ];
	char		tagname[PSYNC_TAGSIZ];
	int32_t		rtableid;	/* -1: none */
	uint16_t	state_flags;
	uint16_t	qid;
	uint16_t	pqid;
	uint16_t	dnpipe;
	uint16_t	dnrpipe;
	uint16_t	max_mss;
	uint8_t		af[2];		/* of each key */
	uint8_t		proto[2];
	uint8_t		rt_af;
	uint8_t		rt;
	uint8_t		direction;
	uint8_t		log;
	uint8_t		timeout;	/* enum psync_timeout */
	uint8_t		sync_flags;
	uint8_t		updates;
	uint8_t		min_ttl;
	uint8_t		set_tos;
	uint8_t		set_prio[2];
};

/*
 * What the peers know of a state: nothing yet, what one of them said itself,
 * or the pair of peer states that was last sent (src << 4 | dst).
 */
#define PSYNC_TOLD_NOTHING	0xff
#define PSYNC_TOLD_PEER		0xfe

/*
 * What changes in a state while it lives, as UPD_C carries it, and what the
 * engine must know of the state to send it.  The peers are pointed to, so that
 * a pf whose states hold struct psync_peer pays for no copy.
 */
struct psync_change {
	uint64_t	id;
	uint32_t	creatorid;
	uint32_t	expire;		/* as in struct psync_state */
	const struct psync_peer *src;
	const struct psync_peer *dst;
	uint8_t		*told;		/* a byte of the state for the engine:
					   PSYNC_TOLD_*; may be NULL */
	uint32_t	peer_time;	/* psync_now_s() when a peer last
					   updated the state; 0: never */
	uint16_t	state_flags;
	uint8_t		timeout;
	uint8_t		proto;
	uint8_t		updates;	/* collapsed into this, if known */
};

/* The replay counter of an IPsec security association. */
struct psync_tdb {
	uint64_t	rpl;		/* the last sequence number */
	uint64_t	cur_bytes;
	uint32_t	spi;		/* network order */
	uint32_t	scope;		/* of an IPv6 address, or 0 */
	uint8_t		dst[16];	/* IPv4 in the first 4 bytes */
	uint16_t	rdomain;
	uint8_t		af;		/* PSYNC_AF_* */
	uint8_t		sproto;		/* 50 ESP, 51 AH */
	uint8_t		updates;	/* collapsed into this */
};

#endif /* _NET_PFSYNC_STATE_H_ */
