/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync packets out of a pcap file of Ethernet frames, without libpcap.
 */

#ifndef _LIB_CAPTURE_H_
#define _LIB_CAPTURE_H_

#include <stddef.h>
#include <stdint.h>

struct capture_packet {
	uint8_t		*payload;	/* what follows the IP header */
	size_t		len;
	uint8_t		src[16];	/* 4 bytes of it for IPv4 */
	uint8_t		af;		/* PSYNC_AF_* */
	uint8_t		ttl;
};

struct capture {
	struct capture_packet *packet;
	size_t		count;		/* packets of protocol 240 */
	size_t		others;		/* packets of anything else */
};

/* NULL, or why it cannot be read. */
const char *capture_read(struct capture *, const char *path);
void	capture_free(struct capture *);

/*
 * Reads tests/captures/name for a test, and fails it if that cannot be read.
 * The caller frees it by capture_free().  In capture_load.c, since not all who
 * read captures are tests.
 */
struct atf_tc;
void	capture_load(const struct atf_tc *, const char *name, struct capture *);

#endif /* _LIB_CAPTURE_H_ */
