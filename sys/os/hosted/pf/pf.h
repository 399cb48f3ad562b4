/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A small pf for the hosted kernel: rules, states, translation, TCP window
 * tracking, timeouts.  It stands in for the pf that a real kernel brings.
 *
 * One thread, no globals: a simulation runs many in one process.  It knows time
 * only through pf_env.now, and changes in its table reach pfsync through the
 * three hooks of pf_env.
 */

#ifndef _HOSTED_PF_PF_H_
#define _HOSTED_PF_PF_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/if_pfsync.h"
#include "net/pfsync/state.h"
#include "os/hosted/pf/pf_rule.h"

struct pf;
struct pf_state;

/* What pf asks of whoever embeds it. */
struct pf_env {
	void	*ctx;
	uint64_t (*now)(void *ctx);		/* ms, monotonic */
	uint32_t (*random)(void *ctx);
	/* Hooks; any may be NULL.  They must not add or remove states. */
	void	 (*insert)(void *ctx, const struct pf_state *);
	void	 (*update)(void *ctx, struct pf_state *);
	void	 (*delete)(void *ctx, struct pf_state *, bool expired);
	void	 (*clear)(void *ctx, uint32_t creatorid, const char *ifname);
};

/* env is copied; hostid 0 draws one.  NULL without memory. */
struct pf	*pf_create(const struct pf_env *, uint32_t hostid);
void		 pf_destroy(struct pf *);

/*
 * Interfaces that exist here.  Names unknown to pf match no rule or state, and
 * packets on them are dropped.  "all" is there from the start: floating states
 * are bound to it.  "em" in a rule or in "set skip on" means em0, em1, ...
 */
int		 pf_if_attach(struct pf *, const char *ifname);	/* ENOMEM */
void		 pf_if_detach(struct pf *, const char *ifname);
bool		 pf_if_known(struct pf *, const char *ifname);

/*
 * The packet filter.  pkt is a whole IP packet; translation rewrites it in
 * place and keeps its checksums right.  PF_CSUM_PARTIAL: the TCP or UDP
 * checksum is only the pseudo header's sum yet (an offloading host).
 * No rule matches: passes, without a state.  Passes uncounted while pf is
 * disabled and on interfaces of "set skip on".
 */
#define PF_CSUM_PARTIAL		0x1
enum pf_action	 pf_test(struct pf *, enum pf_dir, const char *ifname,
		    uint8_t *pkt, size_t len, unsigned flags);

/*
 * The state that the packet last tested has made; NULL if it made none.  Good
 * until the next call of anything else here.
 */
struct pf_state	*pf_made(struct pf *);

void		 pf_enable(struct pf *, bool);

/*
 * Puts a ruleset and settings in force, all or nothing; states stay.  Copies
 * both.  EINVAL, ENOMEM: the old ones stay.  A state keeps the timeouts of the
 * rule that made it, also of one that is gone; rules whose checksum has not
 * changed keep their states and counters.  Adaptive bounds that are PFTM_UNSET
 * become 60 % and 120 % of the limit.  limit_states 0: no limit.
 */
int		 pf_load(struct pf *, const struct pf_settings *,
		    const struct pf_rule *, size_t nrules);

/* What pf.conf(5) came down to.  rules: owned by pf, until the next load. */
const struct pf_settings *pf_settings(struct pf *);
const struct pf_rule	*pf_rules(struct pf *, size_t *nrules);

struct pf_rule_stats {
	uint64_t	evaluations;
	uint64_t	packets;
	uint64_t	bytes;
	uint64_t	states;		/* now */
	uint64_t	created;	/* ever */
};
void		 pf_rule_stats(struct pf *, size_t rule,
		    struct pf_rule_stats *);

/* MD5 over the ruleset, for the header of pfsync frames. */
const uint8_t	*pf_checksum(struct pf *);
uint32_t	 pf_hostid(struct pf *);	/* network order */

/*
 * States.  A pointer is good until the state is removed.
 */

/* NULL if there is none. */
struct pf_state	*pf_state_find(struct pf *, uint64_t id, uint32_t creatorid);

/*
 * Puts in a state learned from a peer: no hook is called.  same_rules: its rule
 * number is ours.  A TCP connection of the same key that is over gives way.
 * What expire says: net/pfsync/lifetime.h.  Returns PFSYNC_OK, or _R_PROTO
 * (family, protocol, timeout), _VALUE (direction), _RTABLE, _TAG, _ROUTE,
 * _INTERFACE, _EXISTS (id or key), _LIMIT, _NOMEM.
 */
enum pfsync_refusal pf_state_import(struct pf *, const struct psync_state *,
		    bool same_rules);

/* As peers are told: expire is without adaptive timeouts. */
void		 pf_state_export(struct pf *, const struct pf_state *,
		    struct psync_state *);

/* Seconds until it runs out, adaptive timeouts considered. */
uint32_t	 pf_state_left(const struct pf *, const struct pf_state *);

/* change->src, ->dst and ->told point into the state. */
void		 pf_state_change(struct pf *, struct pf_state *,
		    struct psync_change *);

/* A peer's view of a state: no hook.  Sets its peer_time. */
void		 pf_state_update(struct pf *, struct pf_state *,
		    const struct psync_peer *src, const struct psync_peer *dst,
		    uint8_t timeout);

/* notify: whether the delete hook is called. */
void		 pf_state_remove(struct pf *, struct pf_state *, bool notify);

/*
 * Removes every state of creatorid (0: anyone's) bound to or created on ifname
 * ("": anywhere; "all": floating ones).  With notify the clear hook is called
 * once, the delete hook never.  An unknown ifname clears and calls nothing.
 * Returns how many.
 */
size_t		 pf_states_clear(struct pf *, uint32_t creatorid,
		    const char *ifname, bool notify);

/*
 * pfctl -k: by source, or source and destination, as who opened the connection
 * knows them (before nat-to and rdr-to); the delete hook is called for each.
 */
struct pf_kill {
	struct pf_rule_addr src;	/* ports are not looked at */
	struct pf_rule_addr dst;
	char		ifname[PF_IFNAMSIZ];	/* "": any */
};
size_t		 pf_states_kill(struct pf *, const struct pf_kill *);

/*
 * Walks the table: visits max states or ends.  *row is 0 at first; a state that
 * is there all along is seen once.  The visitor may remove any state.  False at
 * the end.
 */
typedef void pf_visit_fn(void *arg, struct pf_state *);
bool		 pf_states_walk(struct pf *, uint64_t *row, size_t max,
		    pf_visit_fn *, void *arg);

/*
 * Removes expired states, looking at a bounded part of the table (about
 * 1/interval of it for each second that has passed since the last call, and
 * never more than 1,024 times 64 slots and 2,048 states).  Call it every 10 ms
 * or so.
 */
void		 pf_purge(struct pf *);

/* pfctl -s info */
struct pf_status {
	uint64_t	since;		/* ms; when it was enabled */
	uint64_t	searches;
	uint64_t	inserts;
	uint64_t	removals;
	uint64_t	packets[2][2];	/* [in, out][passed, blocked] */
	uint64_t	bytes[2];
	uint64_t	match;
	uint64_t	bad_offset;	/* malformed packets */
	uint64_t	fragment;	/* fragments but first ones */
	uint64_t	ip_option;	/* options where no rule allows them */
	uint64_t	memory;
	uint64_t	state_mismatch;	/* outside the window */
	uint64_t	state_insert;	/* insert failed */
	uint64_t	state_limit;
	uint32_t	states;
	uint32_t	limit_states;
	uint32_t	hostid;		/* network order */
	uint8_t		checksum[16];
	uint8_t		running;
};
void		 pf_status(struct pf *, struct pf_status *);

/*
 * Bytes of memory a state takes, its share of all indexes included, when the
 * table is full (and its limit is not below PF_LIMIT_STATES).
 */
size_t		 pf_state_memory(struct pf *);

#endif /* _HOSTED_PF_PF_H_ */
