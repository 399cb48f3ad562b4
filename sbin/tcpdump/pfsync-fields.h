/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is printed of pfsync(4) messages: items, which name a field (or some
 * that belong together) and the function that prints what stands there.
 * Include it behind netdissect.h and pfsync-layout.h.
 */

#ifndef _TCPDUMP_PFSYNC_FIELDS_H_
#define _TCPDUMP_PFSYNC_FIELDS_H_

struct pfs_item;

/* Prints an item of the message.  Gives up where the capture ends. */
typedef void pfs_put(netdissect_options *, const struct pfs_item *,
    const struct pfs_msg *);

/*
 * An item is for those messages that have its field.  It stands for the other
 * fields that its function prints, too.
 */
struct pfs_item {
	const char	*name;	/* printed before the value, unless empty */
	u_int		id;	/* of the field */
	pfs_put		*put;	/* NULL ends a table */
	const struct tok *toks;	/* names of values or bits */
};

/* Any message */
pfs_put	pfs_uint;	/* big endian, any width */
pfs_put	pfs_hex;	/* the same in hex */
pfs_put	pfs_pair;	/* this field and the next, one for each way */
pfs_put	pfs_number;	/* four bytes; -1 is none */
pfs_put	pfs_numbers;	/* this field and the next, -1 is none */
pfs_put	pfs_seconds;	/* four bytes, as HH:MM:SS */
pfs_put	pfs_bits;	/* integer, and the names of its bits */
pfs_put	pfs_name;	/* one byte that has a name */
pfs_put	pfs_string;	/* a name, "" if empty */
pfs_put	pfs_sockaddr;	/* the address in a BSD sockaddr, from its family */
pfs_put	pfs_peer;	/* a peer, but how far it has come */

/* UPD_C */
pfs_put	pfs_levels;	/* how far its peers have come */

/* Full states */
pfs_put	pfs_addr;	/* an address of the state's family */
pfs_put	pfs_state;	/* protocol, hosts, and how far its peers have come */

/* The bytes of an address of a family as any BSD numbers it; 0: not IP. */
u_int	pfs_addr_len(u_int af);

/* Prints an address of that many bytes, and a port if it is not 0. */
void	pfs_put_host(netdissect_options *, const u_char *, u_int len,
	    u_int port);

/* Prints a string in a field of so many bytes, "" if it is empty. */
void	pfs_put_string(netdissect_options *, const u_char *, u_int width);

#endif /* _TCPDUMP_PFSYNC_FIELDS_H_ */
