/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whole IP packets of the demonstration: TCP, UDP and ICMP echo over IPv4 and
 * IPv6, built and taken apart with every length and checksum checked.
 */

#ifndef _DEMO_PACKET_H_
#define _DEMO_PACKET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX	1500	/* the links' MTU */
#define PACKET_MSS	1360	/* payload of a TCP segment, both families */

/* Numbers of IP; PACKET_ICMP is ICMPv6 in an IPv6 packet. */
enum { PACKET_ICMP = 1, PACKET_TCP = 6, PACKET_UDP = 17 };

enum { TH_FIN = 0x01, TH_SYN = 0x02, TH_RST = 0x04, TH_PUSH = 0x08,
	TH_ACK = 0x10 };

struct packet_addr {
	uint8_t		addr[16];	/* network order */
	uint16_t	port;		/* host order; ICMP: the identifier */
};

struct packet {
	uint8_t		version;	/* 4 or 6 */
	uint8_t		proto;		/* PACKET_* */
	struct packet_addr src;
	struct packet_addr dst;		/* ICMP: its port is src's */
	uint32_t	seq;		/* TCP, and ICMP's sequence number */
	uint32_t	ack;
	uint32_t	window;		/* as in the header, not scaled */
	uint8_t		flags;		/* TH_* */
	bool		reply;		/* ICMP: echo reply, not request */
	uint16_t	mss;		/* SYN only; 0: no option */
	int		wscale;		/* SYN only; -1: no option */
	const uint8_t	*data;
	size_t		len;		/* of data */
};

/*
 * Writes the packet into buf[PACKET_MAX] and returns its length.  data must not
 * be longer than fits.
 */
size_t	packet_build(const struct packet *, uint8_t *buf);

/*
 * False for what is no packet of this demonstration or has a wrong length or
 * checksum.  data points into buf.
 */
bool	packet_parse(const uint8_t *buf, size_t len, struct packet *);

#endif /* _DEMO_PACKET_H_ */
