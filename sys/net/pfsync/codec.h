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

enum psync_field_type {
	PSYNC_F_BYTES,		/* len bytes, as they are */
	PSYNC_F_U8,
	PSYNC_F_U8TO16,		/* one byte on the wire, uint16_t here */
	PSYNC_F_U16,		/* big endian on the wire, host order here */
	PSYNC_F_U32,
	PSYNC_F_U64,
	PSYNC_F_PEER		/* 32 bytes; struct psync_peer here */
};

struct psync_field {
	uint16_t	wire;	/* offset in the message */
	uint16_t	host;	/* offset in struct psync_state */
	uint8_t		type;	/* enum psync_field_type */
	uint8_t		len;	/* on the wire */
};

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
	uint16_t	af[2];		/* wire, stack; may be the same */
	uint16_t	proto[2];
};

struct psync_layout {
	const struct psync_field *fields;
	uint16_t	nfields;
	uint16_t	size;		/* of the message, bytes */
	struct psync_places at;
};

/* A full state in one of the formats (INS and UPD share it). */
struct psync_format {
	const struct psync_layout *state;
	uint16_t	number;		/* PFSYNC_FORMAT_* */
	uint8_t		act_ins;	/* PFSYNC_ACT_* */
	uint8_t		act_upd;
};

extern const struct psync_layout psync_layout_1301;
extern const struct psync_layout psync_layout_1400;
extern const struct psync_layout psync_layout_upd_c;
extern const struct psync_layout psync_layout_key12;

/* NULL if the format is unknown. */
const struct psync_format *psync_format(unsigned number);

#define PSYNC_UPD_C_LEN		84
#define PSYNC_KEY12_LEN		12
#define PSYNC_PEER_LEN		32

/*
 * Encodes a full state: fills layout->size bytes at w, spare fields with 0.
 */
void	psync_encode(const struct psync_layout *, uint8_t *w,
	    const struct psync_state *);

/*
 * Decodes one.  What the layout lacks is 0, rtableid -1.  The message must
 * have passed psync_message_ok().
 */
void	psync_decode(const struct psync_layout *, const uint8_t *w,
	    struct psync_state *);

/* The compressed update, 84 bytes.  Decoding sets only what it carries. */
void	psync_encode_upd_c(uint8_t *w, const struct psync_change *);
void	psync_decode_upd_c(const uint8_t *w, struct psync_peer *src,
	    struct psync_peer *dst, struct psync_change *);

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
 * exist; the interface has a printable name of at most 15 characters.
 */
bool	psync_message_ok(const struct psync_layout *, const uint8_t *w);

/* Is this state legal for one side of a connection of this protocol? */
bool	psync_peer_state_ok(uint8_t proto, uint8_t state);

/* A name of at most PSYNC_IFNAMSIZ - 1 printable characters. */
bool	psync_ifname_ok(const uint8_t *name, bool empty_too);

#endif /* _NET_PFSYNC_CODEC_H_ */
