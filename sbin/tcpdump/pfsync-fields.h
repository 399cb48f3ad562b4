/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Fields of pfsync(4) messages: what a layout table is made of, and the
 * functions that print what stands in a field.  Between print-pfsync.c, which
 * has the tables, and pfsync-fields.c; include it behind netdissect.h.
 */

#ifndef _TCPDUMP_PFSYNC_FIELDS_H_
#define _TCPDUMP_PFSYNC_FIELDS_H_

struct pfs_field;

/* msg is the begin of the message.  Gives up where the capture ends. */
typedef void pfs_put(netdissect_options *, const struct pfs_field *,
    const u_char *msg);

struct pfs_field {
	const char	*name;	/* printed before the value, unless empty */
	u_int		offset;	/* in the message */
	u_int		width;	/* bytes of an integer; others know theirs */
	pfs_put		*put;	/* NULL ends a table */
	const struct tok *toks;	/* names of values or bits */
};

/*
 * Where the fields are that tell how to print others.  In a full state they
 * are at the same place in version 3 and in the formats 1301 and 1400 of
 * version 5; only addresses differ.
 */
#define ST_SRC		96
#define ST_DST		128
#define ST_AF		232
#define ST_PROTO	233
#define ST_DIRECTION	234
#define UPD_C_SRC	8
#define UPD_C_DST	40
#define UPD_C_TIMEOUT	80

/* Any message */
pfs_put	pfs_uint;	/* big endian, any width */
pfs_put	pfs_hex;	/* the same in hex */
pfs_put	pfs_pair;	/* two integers, one for each way of a connection */
pfs_put	pfs_number;	/* four bytes; -1 is none */
pfs_put	pfs_seconds;	/* four bytes, as HH:MM:SS */
pfs_put	pfs_bits;	/* integer, and the names of its bits */
pfs_put	pfs_name;	/* one byte that has a name */
pfs_put	pfs_ifname;	/* an interface name, "" if empty */
pfs_put	pfs_sockaddr;	/* a BSD sockaddr in 28 bytes */
pfs_put	pfs_peer;	/* a peer, but how far it has come */

/* UPD_C */
pfs_put	pfs_upd_c;	/* how far its peers have come */

/* Full states */
pfs_put	pfs_addr;	/* an address of the state's family */
pfs_put	pfs_state_v3;	/* protocol, hosts, and how far its peers have come */
pfs_put	pfs_state_v5;

#endif /* _TCPDUMP_PFSYNC_FIELDS_H_ */
