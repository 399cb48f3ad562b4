/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the fields of pfsync(4) packets stand.  A layout is the row of all
 * fields of a header or message, padding too, in the order of the wire: what
 * is before a field is where it stands.  Include it behind netdissect.h.
 */

#ifndef _TCPDUMP_PFSYNC_LAYOUT_H_
#define _TCPDUMP_PFSYNC_LAYOUT_H_

/*
 * What a field is.  Fields that mean the same have one id in every format,
 * whatever their width; where the same name has other values, or another
 * form, there are two.
 */
enum pfs_id {
	PFS_END,	/* of a layout */
	PFS_PAD,
	/* Headers */
	PFS_VERSION, PFS_SPARE, PFS_LEN, PFS_CKSUM, PFS_HEADER_AF,
	PFS_ACTION, PFS_SIZE, PFS_COUNT,
	/* Messages */
	PFS_ID, PFS_CREATORID, PFS_IFNAME, PFS_STATUS, PFS_ENDTIME,
	PFS_SRC_LEVEL, PFS_DST_LEVEL,
	PFS_SPI, PFS_SA_LEN, PFS_SA_FAMILY, PFS_SA_REST, PFS_RPL,
	PFS_CUR_BYTES, PFS_SPROTO, PFS_RDOMAIN,
	/* States */
	PFS_AF, PFS_PROTO, PFS_DIRECTION,
	PFS_RT_ADDR, PFS_RT_AF, PFS_RULE, PFS_ANCHOR, PFS_NAT_RULE,
	PFS_CREATION, PFS_EXPIRE,
	PFS_PACKETS0, PFS_PACKETS1, PFS_BYTES0, PFS_BYTES1,
	PFS_LOG, PFS_ALLOW_OPTS, PFS_TIMEOUT, PFS_STATE_FLAGS,
	PFS_SYNC_FLAGS, PFS_SYNC_FLAGS_V3, PFS_UPDATES,
	PFS_RT, PFS_RT_V6, PFS_RT_IFNAME, PFS_ORIG_IFNAME, PFS_TAGNAME,
	PFS_RTABLEID, PFS_RTABLEID0, PFS_RTABLEID1,
	PFS_QID, PFS_PQID, PFS_DNPIPE, PFS_DNRPIPE, PFS_MIN_TTL, PFS_SET_TOS,
	PFS_MAX_MSS, PFS_PRIO0, PFS_PRIO1,
	/* A peer: the fields from here to the next, and again for the other */
	PFS_SRC,
	PFS_DST = PFS_SRC + 11,
	/* A key, likewise */
	PFS_WIRE = PFS_DST + 11,
	PFS_STACK = PFS_WIRE + 7,
	/* A host of version 3 */
	PFS_LAN = PFS_STACK + 7,
	PFS_GWY = PFS_LAN + 2,
	PFS_EXT = PFS_GWY + 2,
	PFS_IDS = PFS_EXT + 2
};

/* In a peer */
enum {
	PFS_SCRUB_FLAGS, PFS_SCRUB_TTL, PFS_SCRUB_VALID, PFS_TS_MOD,
	PFS_SEQLO, PFS_SEQHI, PFS_SEQDIFF, PFS_MAX_WIN, PFS_MSS, PFS_LEVEL,
	PFS_WSCALE
};

/* In a key; a host has the first two. */
enum {
	PFS_ADDR0, PFS_PORT0, PFS_ADDR1, PFS_PORT1, PFS_KEY_RDOMAIN,
	PFS_KEY_AF, PFS_KEY_PROTO
};

struct pfs_field {
	uint8_t		id;
	uint8_t		width;	/* bytes */
};

/* A message or header in a packet, and what is in it. */
struct pfs_msg {
	const u_char	*p;
	const struct pfs_field *layout;
};

/* Messages: v3, v5 and v6 are versions, others formats of a state in v5. */
extern const struct pfs_field pfs_header[], pfs_header_v3[];
extern const struct pfs_field pfs_subheader_v5[], pfs_subheader_v6[];
extern const struct pfs_field pfs_clr[], pfs_clr_v3[];
extern const struct pfs_field pfs_key[], pfs_key_v3[], pfs_del_c_v3[];
extern const struct pfs_field pfs_bus[], pfs_bus_v3[];
extern const struct pfs_field pfs_tdb[], pfs_tdb_v6[];
extern const struct pfs_field pfs_upd_c[], pfs_upd_c_v3[], pfs_upd_c_v6[];
extern const struct pfs_field pfs_state_v3[], pfs_state_1301[];
extern const struct pfs_field pfs_state_1400[], pfs_state_1500[];
extern const struct pfs_field pfs_state_v6[];

/* The bytes of all fields together. */
u_int	pfs_layout_size(const struct pfs_field *);

/* The bytes of a field, and with off not NULL where it is; 0 if not there. */
u_int	pfs_find(const struct pfs_field *, u_int id, u_int *off);

/*
 * The integer that a field is, big endian, or 0 if there is no such field.
 * Gives up where the capture ends.
 */
uint64_t pfs_get(netdissect_options *, const struct pfs_msg *, u_int id);

/* The address family by which to read an address field. */
u_int	pfs_family(netdissect_options *, const struct pfs_msg *, u_int id);

/* Prints all fields by name and number, in the order of the wire. */
void	pfs_print_all(netdissect_options *, const struct pfs_msg *);

#endif /* _TCPDUMP_PFSYNC_LAYOUT_H_ */
