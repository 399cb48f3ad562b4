/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads pcap files (microseconds or nanoseconds, either byte order, Ethernet)
 * and keeps the packets of IP protocol 240.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/if_pfsync.h"
#include "net/pfsync/state.h"

#include "capture.h"

#define FILE_HEADER   24
#define RECORD_HEADER 16
#define ETHER	      14
#define LINK_ETHER    1
#define LENGTH_MAX    262144

static uint32_t
get32(const uint8_t *p, bool swapped)
{
	return (swapped ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		    (uint32_t)p[2] << 8 | p[3] :
			  (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
		    (uint32_t)p[1] << 8 | p[0]);
}

static uint16_t
be16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

/* Fills *pkt with a view into an Ethernet frame.  False if it is no pfsync. */
static bool
dissect(const uint8_t *p, size_t len, struct capture_packet *pkt)
{
	size_t header, total;

	memset(pkt, 0, sizeof(*pkt));
	if (len < ETHER + 40)
		return (false);
	if (be16(p + 12) == 0x0800) {
		p += ETHER;
		header = (size_t)(p[0] & 15) * 4;
		total = be16(p + 2);
		if (p[0] >> 4 != 4 || p[9] != PFSYNC_IPPROTO)
			return (false);
		pkt->af = PSYNC_AF_INET;
		pkt->ttl = p[8];
		memcpy(pkt->src, p + 12, 4);
	} else if (be16(p + 12) == 0x86dd) {
		p += ETHER;
		header = 40;
		total = header + be16(p + 4);
		if (p[0] >> 4 != 6 || p[6] != PFSYNC_IPPROTO)
			return (false);
		pkt->af = PSYNC_AF_INET6;
		pkt->ttl = p[7];
		memcpy(pkt->src, p + 8, 16);
	} else
		return (false);
	if (header < 20 || total < header || total > len - ETHER)
		return (false);
	pkt->payload = (uint8_t *)(uintptr_t)(p + header);
	pkt->len = total - header;
	return (true);
}

static const char *
keep(struct capture *c, const struct capture_packet *pkt)
{
	struct capture_packet *grown;

	grown = realloc(c->packet, (c->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return ("out of memory");
	c->packet = grown;
	grown += c->count;
	*grown = *pkt;
	grown->payload = malloc(pkt->len == 0 ? 1 : pkt->len);
	if (grown->payload == NULL)
		return ("out of memory");
	memcpy(grown->payload, pkt->payload, pkt->len);
	c->count++;
	return (NULL);
}

static const char *
read_records(struct capture *c, FILE *file, bool swapped, uint8_t *buf)
{
	struct capture_packet pkt;
	uint8_t header[RECORD_HEADER];
	const char *why;
	uint32_t len;

	while (fread(header, sizeof(header), 1, file) == 1) {
		len = get32(header + 8, swapped);
		if (len > LENGTH_MAX || fread(buf, 1, len, file) != len)
			return ("truncated");
		if (!dissect(buf, len, &pkt))
			c->others++;
		else if ((why = keep(c, &pkt)) != NULL)
			return (why);
	}
	return (ferror(file) ? "read error" : NULL);
}

const char *
capture_read(struct capture *c, const char *path)
{
	uint8_t header[FILE_HEADER], *buf;
	const char *why;
	bool swapped;
	FILE *file;

	memset(c, 0, sizeof(*c));
	file = fopen(path, "rb");
	if (file == NULL)
		return ("cannot be opened");
	buf = malloc(LENGTH_MAX);
	if (buf == NULL)
		why = "out of memory";
	else if (fread(header, sizeof(header), 1, file) != 1)
		why = "no pcap file";
	else {
		swapped = header[0] == 0xa1;
		if (get32(header, swapped) != 0xa1b2c3d4 &&
		    get32(header, swapped) != 0xa1b23c4d)
			why = "no pcap file";
		else if (get32(header + 20, swapped) != LINK_ETHER)
			why = "not of Ethernet";
		else
			why = read_records(c, file, swapped, buf);
	}
	free(buf);
	fclose(file);
	if (why != NULL)
		capture_free(c);
	return (why);
}

void
capture_free(struct capture *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		free(c->packet[i].payload);
	free(c->packet);
	memset(c, 0, sizeof(*c));
}
