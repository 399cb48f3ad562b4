/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The printer of pfsync(4) for tcpdump; include it behind netdissect.h.
 */

#ifndef _TCPDUMP_PRINT_PFSYNC_H_
#define _TCPDUMP_PRINT_PFSYNC_H_

/* What captures of a pfsync interface have as link type, on some BSD each. */
#define PFSYNC_DLT_SAVED   246 /* LINKTYPE_PFSYNC, in files of all */
#define PFSYNC_DLT_OPENBSD 18  /* NetBSD too, and OpenBSD in files */
#define PFSYNC_DLT_FREEBSD 121 /* in files of an old libpcap */

/* Prints the payload of IP protocol 240, len bytes on the wire. */
void	pfsync_print(netdissect_options *, const u_char *, u_int len);

/* Prints a packet of these link types. */
void	pfsync_if_print(netdissect_options *, const struct pcap_pkthdr *,
	    const u_char *);

#endif /* _TCPDUMP_PRINT_PFSYNC_H_ */
