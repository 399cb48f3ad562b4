/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the hosted pf share with each other and with nobody else.
 *
 * Invariants: a state in use is in all three hash tables and its bit is set in
 * its chunk's map; st->kif and st->orig_kif hold a reference on their
 * interface, st->rule on its rule.  Addresses of IPv4 keys have 12 zero bytes
 * behind them, so that keys compare by memcmp.
 */

#ifndef _HOSTED_PF_PF_IMPL_H_
#define _HOSTED_PF_PF_IMPL_H_

#include "os/hosted/pf/pf.h"

/* Interfaces, by index.  "all" is where floating states are. */
#define PF_KIF_ALL		0
#define PF_KIF_NONE		UINT16_MAX

struct pf_kif {
	char		name[PF_IFNAMSIZ];
	char		group[PF_IFNAMSIZ];	/* the name less its digits */
	uint32_t	refs;		/* states bound to or created on it */
	bool		attached;
	bool		skip;		/* set skip on */
};

/*
 * A rule as states know it.  It outlives its ruleset as long as states came
 * from it; then nr is UINT32_MAX.
 */
struct pf_krule {
	struct pf_rule_stats stats;
	uint32_t	timeout[PFTM_MAX];
	uint32_t	nr;
};

/* Hash tables: keys as in psync_state.key[], and (id, creatorid). */
enum { PF_TAB_WIRE = PSYNC_WIRE, PF_TAB_STACK = PSYNC_STACK, PF_TAB_ID,
    PF_TABS };

#define PF_ROWS			262144	/* chains of 4 at 1,000,000 states */
#define PF_CHUNK		256	/* states a chunk */
#define PF_CHUNK_WORDS		(PF_CHUNK / 64)

struct pf_state {
	uint64_t	id;		/* big endian */
	struct pf_krule	*rule;		/* NULL: none of ours */
	uint64_t	packets[2];	/* forward, back */
	uint64_t	bytes[2];
	int64_t		creation;	/* ms, by env.now */
	int64_t		expire;		/* ms; the timeout counts from here */
	struct psync_key key[2];	/* [PSYNC_WIRE], [PSYNC_STACK] */
	struct psync_peer src;		/* who opened it */
	struct psync_peer dst;
	uint32_t	creatorid;
	uint32_t	peer_time;	/* s; a peer's last update, 0: never */
	uint32_t	slot;
	uint32_t	next[PF_TABS];	/* slot + 1; 0 ends a chain */
	uint16_t	kif;		/* PF_KIF_ALL: floating */
	uint16_t	orig_kif;	/* PF_KIF_NONE: not known here */
	uint16_t	state_flags;	/* PSYNC_STATE_* */
	uint16_t	qid;		/* from here on: kept for peers */
	uint16_t	pqid;
	uint16_t	dnpipe;
	uint16_t	dnrpipe;
	uint16_t	max_mss;
	uint8_t		min_ttl;
	uint8_t		set_tos;
	uint8_t		set_prio[2];	/* up to here */
	uint8_t		af;
	uint8_t		proto;
	uint8_t		direction;
	uint8_t		timeout;	/* enum pf_timeout */
	uint8_t		log;
	uint8_t		told;		/* the sync engine's; first 0xff */
};

/* Where states live.  maps[c] has a bit for each slot of chunk c in use. */
struct pf_slab {
	struct pf_state	**chunks;	/* NULL: a chunk without memory */
	uint64_t	(*maps)[PF_CHUNK_WORDS];
	uint64_t	*avail;		/* chunks that have a free slot */
	uint32_t	nchunks;	/* a multiple of 64 */
	uint32_t	empty;		/* chunks with memory and no state */
};

struct pf {
	struct pf_env	env;
	struct pf_settings settings;	/* in force, nothing PFTM_UNSET */
	struct pf_rule	*rules;
	struct pf_krule	**krules;
	size_t		nrules;
	struct pf_kif	*kifs;
	unsigned	nkifs;
	struct pf_slab	slab;
	uint32_t	*rows[PF_TABS];	/* slot + 1; 0: empty */
	uint64_t	seed[2];
	uint64_t	next_id;	/* host order */
	struct pf_status status;
	struct pf_state	*made;		/* by the packet last tested */
	struct {
		uint64_t	last;	/* ms */
		uint64_t	credit;	/* words to look at, times ms */
		uint64_t	word;	/* the next one */
		uint64_t	words_seen;	/* by the last call */
		uint64_t	states_seen;
	} purge;
};

/* A packet taken apart. */
struct pf_pdesc {
	uint8_t		*src;
	uint8_t		*dst;
	uint8_t		*ip_sum;	/* IPv4 header checksum; NULL: none */
	uint8_t		*l4;		/* behind the IP headers */
	uint8_t		*l4_sum;	/* NULL: no checksum there */
	size_t		len;		/* of the packet */
	size_t		l4_len;
	uint32_t	seq;		/* TCP, host order */
	uint32_t	ack;
	uint32_t	p_len;		/* TCP payload */
	uint16_t	win;
	uint16_t	sport;		/* network order; ICMP: the id, twice */
	uint16_t	dport;
	uint16_t	kif;
	uint8_t		af;
	uint8_t		proto;
	uint8_t		dir;		/* enum pf_dir */
	uint8_t		sidx;		/* where src is in a key */
	uint8_t		didx;
	uint8_t		tcp_flags;
	uint8_t		icmp_type;
	uint8_t		icmp_code;
	bool		fragment;	/* not the first: has no ports */
	bool		more;		/* a first fragment */
	bool		badopts;	/* IPv4 options, IPv6 routing header */
	bool		partial;	/* PF_CSUM_PARTIAL */
	bool		icmp_error;	/* quotes a packet */
	bool		icmp_query;	/* its id can be translated */
};

#define PF_PROTO_ICMP		1
#define PF_PROTO_TCP		6
#define PF_PROTO_UDP		17
#define PF_PROTO_ICMP6		58

#define PF_TH_FIN		0x01
#define PF_TH_SYN		0x02
#define PF_TH_RST		0x04
#define PF_TH_ACK		0x10

#define PF_WSCALE_FLAG		0x80
#define PF_WSCALE_MASK		0x0f

/* Peer states of UDP and of other protocols but TCP. */
enum { PF_NO_TRAFFIC, PF_SINGLE, PF_MULTIPLE };

static inline uint16_t
pf_get16(const uint8_t *p)
{

	return ((uint16_t)(p[0] << 8 | p[1]));
}

static inline uint32_t
pf_get32(const uint8_t *p)
{

	return ((uint32_t)pf_get16(p) << 16 | pf_get16(p + 2));
}

static inline size_t
pf_addr_len(uint8_t af)
{

	return (af == PF_AF_INET ? 4 : 16);
}

/* pf_packet.c */
bool	 pf_packet_ip(struct pf_pdesc *, uint8_t *pkt, size_t len, bool quoted);
bool	 pf_packet_parse(struct pf_pdesc *, uint8_t *pkt, size_t len);

/* pf_cksum.c */
void	 pf_cksum_fix(uint8_t *sum, const uint8_t *was, const uint8_t *is,
	    size_t len, uint8_t proto);
void	 pf_rewrite_addr(struct pf_pdesc *, uint8_t *field, const uint8_t *to);
void	 pf_rewrite_port(struct pf_pdesc *, uint8_t *field, uint16_t to);

/* pf_if.c */
uint16_t pf_if_find(const struct pf *, const char *ifname);
bool	 pf_if_match(const struct pf_kif *, const char *ifname);
void	 pf_if_skip(struct pf *);

/* pf_load.c */
void	 pf_krules_free(struct pf *);
void	 pf_krule_release(struct pf_krule *);

/* pf_checksum.c */
void	 pf_rules_checksum(const struct pf_rule *, size_t nrules,
	    uint8_t digest[16]);

/* pf_ruleset.c */
bool	 pf_addr_match(const struct pf_rule_addr *, uint8_t af,
	    const uint8_t *addr);
size_t	 pf_ruleset_eval(struct pf *, const struct pf_pdesc *);

/* pf_slab.c */
struct pf_state *pf_slab_alloc(struct pf_slab *);
void	 pf_slab_free(struct pf_slab *, struct pf_state *);
void	 pf_slab_destroy(struct pf_slab *);

static inline struct pf_state *
pf_slab_at(const struct pf_slab *slab, uint32_t slot)
{

	return (&slab->chunks[slot / PF_CHUNK][slot % PF_CHUNK]);
}

/* pf_state.c */
void	 pf_key_init(struct psync_key *, const struct pf_pdesc *,
	    unsigned sidx);
struct pf_state *pf_state_lookup(struct pf *, const struct psync_key *,
	    const struct pf_pdesc *, uint8_t proto);
bool	 pf_state_taken(const struct pf *, unsigned tab,
	    const struct psync_key *, uint8_t af, uint8_t proto);
struct pf_state *pf_state_rival(const struct pf *, const struct pf_state *);
bool	 pf_state_full(const struct pf *);
void	 pf_state_init(struct pf_state *);
struct pf_state *pf_state_insert(struct pf *, const struct pf_state *);
void	 pf_state_unlink(struct pf *, struct pf_state *);
void	 pf_state_delete(struct pf *, struct pf_state *, bool expired);
void	 pf_state_translate(const struct pf_state *, struct pf_pdesc *);

/* pf_tcp.c */
bool	 pf_tcp_closed(const struct pf_state *);
void	 pf_tcp_open(struct pf_state *, const struct pf_pdesc *);
bool	 pf_tcp_track(struct pf_state *, const struct pf_pdesc *, int64_t now);
bool	 pf_tcp_quoted(const struct pf_state *, unsigned dir, uint32_t seq);

/* pf_nat.c */
bool	 pf_nat(struct pf *, const struct pf_rule *, const struct pf_pdesc *,
	    struct psync_key *);

/* pf_icmp.c */
enum pf_icmp { PF_ICMP_NONE, PF_ICMP_OK, PF_ICMP_BAD };
enum pf_icmp pf_icmp_error(struct pf *, struct pf_pdesc *,
	    struct pf_state **);

/* pf_purge.c */
uint32_t pf_timeout_of(const struct pf *, const struct pf_state *,
	    unsigned timeout);
int64_t	 pf_state_expires(const struct pf *, const struct pf_state *);

static inline int64_t
pf_now(const struct pf *pf)
{

	return ((int64_t)pf->env.now(pf->env.ctx));
}

#endif /* _HOSTED_PF_PF_IMPL_H_ */
