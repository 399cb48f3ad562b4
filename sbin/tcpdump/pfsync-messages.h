/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What messages each version of pfsync(4) has.  Include it behind netdissect.h,
 * pfsync-layout.h and pfsync-fields.h.
 */

#ifndef _TCPDUMP_PFSYNC_MESSAGES_H_
#define _TCPDUMP_PFSYNC_MESSAGES_H_

#include <stdbool.h>

#define PFS_MAX_LINES	5

struct pfs_message {
	const char	*name;			/* NULL: no such action */
	const struct pfs_field *layout;		/* NULL: no fields */
	const struct pfs_item *brief;		/* -v */
	const struct pfs_item *lines[PFS_MAX_LINES];	/* -vv; NULL: none */
};

struct pfs_dialect {
	u_int		version;
	bool		sized;	/* subheaders have the size of messages */
	const struct pfs_message *messages;	/* by action */
	u_int		nmessages;
	const struct pfs_field *header;
	const struct pfs_field *subheader;	/* NULL: all in the header */
};

/* NULL if that version is not decoded. */
const struct pfs_dialect *pfs_find_dialect(u_int version);

#endif /* _TCPDUMP_PFSYNC_MESSAGES_H_ */
