/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A link is what a hosted interface is plugged into.  It carries whole IP
 * packets.  Kinds, one file each:
 *
 *	link_mem.c	queues in memory (tests, simulation)
 *	link_unix.c	Unix datagram sockets; no privilege needed
 *	link_raw.c	protocol 240 on a real interface; root
 */

#ifndef _HOSTED_LINK_H_
#define _HOSTED_LINK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link;

/* Called for each packet received; pkt may be changed, not kept. */
typedef void link_input_fn(void *arg, uint8_t *pkt, size_t len);

struct link_ops {
	/*
	 * Sends pkt to everyone on the link (or to where its IP header says).
	 * Never blocks, never calls link_input_fn.  0 or an errno: ENOBUFS,
	 * EAGAIN: nobody got it, try again later; EMSGSIZE: never.
	 */
	int	(*send)(struct link *, const uint8_t *pkt, size_t len);
	/* Takes in up to max packets.  Returns how many there were. */
	unsigned (*poll)(struct link *, unsigned max, link_input_fn *, void *);
	/* Joins or leaves a multicast group; 0 or an errno. */
	int	(*group)(struct link *, uint8_t af, const uint8_t *group,
		    bool join);
	void	(*close)(struct link *);
	/* Whether the medium is there; NULL: always. */
	bool	(*running)(struct link *);
	/* Has send, which had to say ENOBUFS, room again?  NULL: who knows. */
	bool	(*writable)(struct link *);
};

struct link {
	const struct link_ops *ops;
	int	fd;		/* readable when poll has work; -1: none */
	int	blocked;	/* writable when send has room; -1: it has */
	unsigned mtu;
	unsigned mtu_max;	/* ifconfig may set mtu up to this; 0: not */
	bool	multicast;
	bool	terminal;	/* carries only what is for this host */
	uint8_t	af;		/* of addr; 0: addr is IPv4, for sending */
	uint8_t	addr[16];	/* the interface's own address */
	uint8_t	plen;
	uint8_t	addr6[16];	/* IPv6 source of pfsync; zero: none */
	char	name[64];	/* for ifconfig: "unix:/a,/b", "raw:em1" */
};

/* Two ends of a wire in memory that holds max packets; NULL without memory. */
int	link_mem_pair(struct link *end[2], unsigned mtu, unsigned max);

/*
 * "unix:LOCAL,PEER[,PEER...]" binds LOCAL and sends to every PEER; a peer that
 * is not there is not an error.  "raw" is the host's interface of the same
 * name.  Returns NULL with errno, and a message for the user in err.
 */
struct link *link_open(const char *ifname, const char *spec, char *err,
	    size_t errlen);

#endif /* _HOSTED_LINK_H_ */
