/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Finding pfsync behind IPv4 and IPv6 headers; netdissect.h has their printers.
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

#endif /* _TCPDUMP_IP_H_ */
