/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Message layouts as data.  A layout is a const table of fields, each saying
 * where it stands in the message and where in struct psync_state; encoding,
 * decoding and checking follow the table.  A new format is a new table.
 */

#ifndef _NET_PFSYNC_CODEC_H_
#define _NET_PFSYNC_CODEC_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/pfsync/bytes.h"
#include "net/pfsync/state.h"
#include "net/pfsync/values.h"

enum psync_field_type {
	PSYNC_F_BYTES,		/* len bytes, as they are */
	PSYNC_F_U8,
	PSYNC_F_U8TO16,		/* one byte on the wire, uint16_t here */
	PSYNC_F_U16,		/* big endian on the wire, host order here */
	PSYNC_F_U32,
	PSYNC_F_U64,
	PSYNC_F_PEER,		/* 32 bytes; struct psync_peer here */

	/* By the layout's values. */
	PSYNC_F_FAMILY,		/* one byte; 0: as it was decoded before */
	PSYNC_F_FAMILY_IN,	/* the same, only decoded */
	PSYNC_F_ROUTE,		/* one byte */
	PSYNC_F_FLAGS,		/* state_flags, big endian uint16_t */
	PSYNC_F_OPTS,		/* state_flags of which one is told: 0 or 1 */

	/* What is one thing here and several there, or the other way. */
	PSYNC_F_PROTO,		/* one byte for both keys */
	PSYNC_F_RTABLES,	/* one int32_t for each key */
	PSYNC_F_RDOMAIN,	/* uint16_t; must be 0 */
	PSYNC_F_HOSTS		/* lan, gwy and ext, 72 bytes, for the keys */
};

struct psync_field {
	uint16_t	wire;	/* offset in the message */
	uint16_t	host;	/* offset in struct psync_state */
	uint8_t		type;	/* enum psync_field_type */
	uint8_t		len;	/* on the wire */
};

/* Rows of such a table: offset in the message, member, type. */
#define PSYNC_F(w, m, t)	\
	{ (w), offsetof(struct psync_state, m), PSYNC_F_##t, 0 }
#define PSYNC_BYTES(w, m)	\
	{ (w), offsetof(struct psync_state, m), PSYNC_F_BYTES, \
	  sizeof(((struct psync_state *)0)->m) }

/* What follows the keys, from w on: in each format the same. */
#define PSYNC_AFTER_KEYS(w)						\
	PSYNC_F((w), src, PEER),					\
	PSYNC_F((w) + 32, dst, PEER),					\
	PSYNC_BYTES((w) + 64, rt_addr),					\
	PSYNC_F((w) + 80, rule, U32),					\
	PSYNC_F((w) + 84, anchor, U32),					\
	PSYNC_F((w) + 88, nat_rule, U32),				\
	PSYNC_F((w) + 92, creation, U32),				\
	PSYNC_F((w) + 100, packets[0], U64),				\
	PSYNC_F((w) + 108, packets[1], U64),				\
	PSYNC_F((w) + 116, bytes[0], U64),				\
	PSYNC_F((w) + 124, bytes[1], U64),				\
	PSYNC_BYTES((w) + 132, creatorid)
#define PSYNC_EXPIRE_AFTER_KEYS(w)	PSYNC_F((w) + 96, expire, U32)

#define PSYNC_NOWHERE	0xffff

/*
 * Where a message has what a receiver must check before it believes anything,
 * and what a sender rewrites in place; PSYNC_NOWHERE where it has no such
 * thing.
 */
struct psync_places {
	uint16_t	id;
	uint16_t	creatorid;
	uint16_t	src;		/* a peer, 32 bytes */
	uint16_t	dst;
	uint16_t	expire;
	uint16_t	timeout;
	uint16_t	direction;
	uint16_t	ifname;
	uint16_t	rt_ifname;
	uint16_t	orig_ifname;
	uint16_t	tagname;
	uint16_t	af;		/* of both keys, or where theirs is 0 */
	uint16_t	key_af[2];	/* wire, stack */
	uint16_t	proto;		/* of the wire key */
	uint16_t	updates;	/* UPD_C: collapsed into it */
	uint16_t	flags;		/* UPD_C: low byte of state_flags */
};

/* What a layout can say of a state's two keys. */
enum psync_keys {
	PSYNC_KEYS_ONE,		/* one family and protocol for both */
	PSYNC_KEYS_FAMILIES,	/* one protocol, ICMP follows the family */
	PSYNC_KEYS_ANY,
	PSYNC_KEYS_HOSTS	/* as ONE, and one remote end for both */
};

/*
 * What got lost between a struct psync_state and a message, for want of a
 * counterpart.  What a format has no field for is not counted as lost.
 */
#define PSYNC_LOST_KEYS		0x01	/* families, protocols, remote ends */
#define PSYNC_LOST_TIMEOUT	0x02
#define PSYNC_LOST_ROUTE	0x04
#define PSYNC_LOST_RDOMAIN	0x08
#define PSYNC_LOST_RTABLE	0x10	/* that of the way back */
#define PSYNC_LOST_FLAGS	0x20

/* Without these it would be another state. */
#define PSYNC_LOST_ALL	(PSYNC_LOST_KEYS | PSYNC_LOST_TIMEOUT | \
			    PSYNC_LOST_RDOMAIN)

struct psync_layout {
	const struct psync_field *fields;
	const struct psync_values *values;
	uint16_t	nfields;
	uint16_t	size;		/* of the message, bytes */
	uint8_t		keys;		/* enum psync_keys */
	struct psync_places at;
};

extern const struct psync_layout psync_layout_1301;
extern const struct psync_layout psync_layout_1400;
extern const struct psync_layout psync_layout_1500;
extern const struct psync_layout psync_layout_mixed;
extern const struct psync_layout psync_layout_v3;
extern const struct psync_layout psync_layout_v6;
extern const struct psync_layout psync_layout_upd_c;
extern const struct psync_layout psync_layout_upd_c_v3;
extern const struct psync_layout psync_layout_upd_c_v6;
extern const struct psync_layout psync_layout_key12;

/* PSYNC_NOWHERE for all that short messages have not. */
#define PSYNC_PLACES_SHORT						\
	.direction = PSYNC_NOWHERE, .ifname = PSYNC_NOWHERE,		\
	.rt_ifname = PSYNC_NOWHERE, .orig_ifname = PSYNC_NOWHERE,	\
	.tagname = PSYNC_NOWHERE, .af = PSYNC_NOWHERE,			\
	.key_af = { PSYNC_NOWHERE, PSYNC_NOWHERE },			\
	.proto = PSYNC_NOWHERE

#define PSYNC_UPD_C_LEN		84
#define PSYNC_UPD_C_V3_LEN	88
#define PSYNC_KEY12_LEN		12
#define PSYNC_PEER_LEN		32

/*
 * Encodes a full state: fills layout->size bytes at w, spare fields with 0.
 * Returns PSYNC_LOST_*; with any of PSYNC_LOST_ALL the message is no good.
 */
unsigned psync_encode(const struct psync_layout *, uint8_t *w,
	    const struct psync_state *);

/* Can the layout say this state's keys?  Not looked at for hosts. */
bool	psync_keys_fit(const struct psync_layout *, const struct psync_state *);

/*
 * Decodes one.  What the layout lacks is 0, rtableid -1.  The message must
 * have passed psync_message_ok().  Returns PSYNC_LOST_*; with any of
 * PSYNC_LOST_ALL the state has no place here.
 */
unsigned psync_decode(const struct psync_layout *, const uint8_t *w,
	    struct psync_state *);

/* The compressed update of version 5, 84 bytes. */
void	psync_encode_upd_c(uint8_t *w, const struct psync_change *);

/*
 * That of any version.  Encoding fills layout->size bytes; false if the timeout
 * has no counterpart.  Decoding sets only what the message carries.
 */
bool	psync_encode_change(const struct psync_layout *, uint8_t *w,
	    const struct psync_change *);
void	psync_decode_change(const struct psync_layout *, const uint8_t *w,
	    struct psync_peer *src, struct psync_peer *dst,
	    struct psync_change *);

/* id and creatorid, 12 bytes: UPD_REQ, DEL_C, INS_ACK. */
void	psync_encode_key(uint8_t *w, uint64_t id, uint32_t creatorid);

/*
 * Rewrites peers, timeout and expire of an encoded message in place.
 */
void	psync_patch(const struct psync_layout *, uint8_t *w,
	    const struct psync_change *);

/*
 * As psync_patch() for a compressed update, where the peer states are those
 * that the message was made with: then only sequence numbers and windows move.
 */
static inline void
psync_patch_moved(uint8_t *w, const struct psync_change *c)
{
	psync_put32(w + 16, c->src->seqlo);
	psync_put32(w + 20, c->src->seqhi);
	psync_put16(w + 28, c->src->max_win);
	psync_put32(w + 48, c->dst->seqlo);
	psync_put32(w + 52, c->dst->seqhi);
	psync_put16(w + 60, c->dst->max_win);
}

/*
 * Are all values in range?  Reads layout->size bytes.  The rules: creatorid is
 * not 0; peer states exist for the protocol; timeout, direction and families
 * exist; the interface has a printable name of at most 15 characters, and what
 * else has a name has a printable one or none.
 */
bool	psync_message_ok(const struct psync_layout *, const uint8_t *w);

/* Is this state legal for one side of a connection of this protocol? */
bool	psync_peer_state_ok(uint8_t proto, uint8_t state);

/* A name of at most PSYNC_IFNAMSIZ - 1 printable characters. */
bool	psync_ifname_ok(const uint8_t *name, bool empty_too);

#endif /* _NET_PFSYNC_CODEC_H_ */
