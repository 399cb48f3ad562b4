/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A pcap file of whole IP packets (LINKTYPE_RAW), as tcpdump reads it.
 */

#ifndef _HOSTED_PCAP_H_
#define _HOSTED_PCAP_H_

#include <stddef.h>
#include <stdint.h>

struct pcap_file;

/* Creates or truncates path.  NULL with errno. */
struct pcap_file *pcap_file_open(const char *path);

/* Adds a packet, stamped with the time of day.  0 or an errno. */
int	pcap_file_write(struct pcap_file *, const uint8_t *pkt, size_t len);

void	pcap_file_close(struct pcap_file *);

#endif /* _HOSTED_PCAP_H_ */
