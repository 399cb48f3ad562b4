/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * IPv4 and IPv6 headers in front of pfsync.
 */

#ifndef _TCPDUMP_IP_H_
#define _TCPDUMP_IP_H_

#include <stdbool.h>

#include "netdissect.h"

/*
 * Is this packet of IP version 4 or 6, of which caplen bytes were captured,
 * one of pfsync?  False if too little was captured to tell.
 */
bool	ip_is_pfsync(u_int version, const u_char *, u_int caplen);

/*
 * Prints such a packet, from its addresses to the last message; with -v its
 * header, too.  It went over the wire in len bytes, some of which may be
 * padding of the link.
 */
void	ip_print(netdissect_options *, u_int version, const u_char *,
	    u_int len);

#endif /* _TCPDUMP_IP_H_ */
