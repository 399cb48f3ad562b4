/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Captured frames: finding the pfsync packet in one, and printing it.
 */

#ifndef _TCPDUMP_FRAME_H_
#define _TCPDUMP_FRAME_H_

#include <stdbool.h>

#include "netdissect.h"

/* Is frame_print() able to read captures of this DLT_? */
bool	frame_supported(int dlt);

/*
 * Prints one captured frame, in tcpdump's manner, and returns true if it is
 * one of pfsync: protocol 240 in IPv4 or IPv6.  Prints nothing and returns
 * false if it is of another protocol, or was cut before that can be known.
 */
bool	frame_print(netdissect_options *, int dlt, const struct pcap_pkthdr *,
	    const u_char *);

#endif /* _TCPDUMP_FRAME_H_ */
