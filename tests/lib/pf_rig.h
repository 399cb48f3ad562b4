/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A pf on a bench: with a clock that tests set, hooks that count, interfaces
 * em0, em1 and em2, and packets made to measure.  Checksums are computed here
 * from whole packets, in another way than pf adjusts them.
 */

#ifndef _TESTS_PF_RIG_H_
#define _TESTS_PF_RIG_H_

#include "os/hosted/pf/pf.h"

struct rig {
	struct pf	*pf;
	uint64_t	now;		/* ms */
	uint32_t	seed;		/* of env.random */
	unsigned	inserts;
	unsigned	updates;
	unsigned	deletes;	/* by hand, or pf's own */
	unsigned	expires;
	unsigned	clears;
	uint32_t	cleared_by;
	char		cleared_if[PF_IFNAMSIZ];
	struct psync_state inserted;	/* the last one, exported in the hook */
	struct psync_state deleted;
	uint64_t	updated_id;
};

/* An enabled pf with these rules; aborts if they do not load. */
void	rig_open(struct rig *, const struct pf_rule *, size_t nrules);
void	rig_close(struct rig *);

/* pass, any timeouts global; the rest zero. */
struct pf_rule	rig_rule(void);
/* pass keep state, flags S/SA */
struct pf_rule	rig_keep(void);
/* "10.0.0.0/8", "2001:db8::1" */
struct pf_rule_addr rig_addr(const char *);

struct rig_packet {
	size_t		len;
	uint8_t		b[2048];
};

struct rig_tcp {
	uint32_t	seq;
	uint32_t	ack;
	size_t		len;		/* of the payload */
	uint16_t	win;
	uint8_t		flags;
	int		wscale;		/* -1: no option */
};

#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define PSH	0x08
#define ACK	0x10

/* The family is that of the addresses. */
void	rig_tcp(struct rig_packet *, const char *src, uint16_t sport,
	    const char *dst, uint16_t dport, const struct rig_tcp *);
void	rig_udp(struct rig_packet *, const char *src, uint16_t sport,
	    const char *dst, uint16_t dport, size_t len);
void	rig_icmp(struct rig_packet *, const char *src, const char *dst,
	    uint8_t type, uint8_t code, uint16_t id);
void	rig_other(struct rig_packet *, const char *src, const char *dst,
	    uint8_t proto, size_t len);
/* An ICMP error about the first qlen bytes of a packet. */
void	rig_error(struct rig_packet *, const char *src, const char *dst,
	    uint8_t type, uint8_t code, const struct rig_packet *quoted,
	    size_t qlen);

/* Puts bytes in behind the IP header of hlen bytes, lengths made good. */
void	rig_push(struct rig_packet *, size_t hlen, const uint8_t *, size_t len);

/*
 * Whether every checksum in it is right: IP header, transport, and those of a
 * quoted packet as far as it is there as a whole.
 */
bool	rig_sums_ok(const struct rig_packet *);
/* Computes them all. */
void	rig_sums_set(struct rig_packet *);

/* "10.1.1.2:1000 > 10.2.2.2:80", in a static buffer; ICMP: [id] once. */
const char *rig_show(const struct rig_packet *);
/* The packet an ICMP error quotes. */
const char *rig_show_quoted(const struct rig_packet *);

enum pf_action	rig_in(struct rig *, const char *ifname, struct rig_packet *);
enum pf_action	rig_out(struct rig *, const char *ifname, struct rig_packet *);

/*
 * em0 has clients 10.1.1.0/24, em1 the world.
 * nat: pass in; pass out on em1 nat-to ...
 * rdr: pass in proto tcp to 198.51.100.1 port 8080 rdr-to 10.1.1.2 port 80;
 * pass out
 */
void	rig_nat_rules(struct pf_rule rules[2], const char *to);
void	rig_rdr_rules(struct pf_rule rules[2]);

/* In on one, out on the other; PF_DROP also if a checksum is wrong then. */
enum pf_action	rig_forward(struct rig *, const char *in, const char *out,
	    struct rig_packet *);

/* A UDP state number n, 60 s to live, by itself in the key space. */
struct psync_state rig_numbered(uint32_t n, uint32_t creatorid);
/* Puts in n of them, numbered from; aborts if one is refused. */
void	rig_fill(struct rig *, uint32_t from, uint32_t n, uint32_t creatorid);
/* Adaptive timeouts begin at 60 %, and end at 120 % of the limit. */
void	rig_limit(struct rig *, uint32_t states);

/* The only state, exported; aborts if there is another number of them. */
void	rig_only(struct rig *, struct psync_state *);
/* As many states as the table says there are, counted by a walk. */
size_t	rig_count(struct rig *);
void	rig_status(struct rig *, struct pf_status *);

#endif /* _TESTS_PF_RIG_H_ */
