/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel that the engine's tests run it in: a struct psync_os with a clock
 * that stands still until told, a state table, an output that records frames
 * and fails on demand, and an allocator that fails on demand.
 *
 * It holds the engine to the contract of pfsync_os.h: a lock taken in the wrong
 * order, a state that stays locked, a call that must not come with a slice
 * locked abort the program.
 */

#ifndef _LIB_FAKEOS_H_
#define _LIB_FAKEOS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/pfsync/pfsync.h"

#ifndef FAKEOS_BUCKETS
#define FAKEOS_BUCKETS	4096	/* the fuzzer makes do with fewer */
#endif
#define FAKEOS_TIMERS	(PSYNC_SLICES_MAX + 1)
#define FAKEOS_PACKETS	1024
#define FAKEOS_ALWAYS	UINT32_MAX

struct fakeos_frame {
	uint64_t	at;		/* ms */
	size_t		len;
	uint8_t		*bytes;
};

struct fakeos_state {
	struct psync_state st;
	struct fakeos_state *next;	/* in its bucket */
	uint32_t	peer_time;
	uint8_t		told;
};

struct fakeos {
	struct psync	*sc;		/* whose timers run out */
	uint64_t	now;		/* ms */
	uint32_t	hostid;
	uint8_t		checksum[16];

	unsigned	allocs;		/* calls so far */
	unsigned	fail_alloc;	/* this call fails; 0: none */
	size_t		live;		/* bytes not freed yet */
	/* What another thread does meanwhile; may be NULL. */
	void		(*on_alloc)(struct fakeos *);
	void		(*on_free)(struct fakeos *);

	bool		held[FAKEOS_TIMERS];	/* locks */
	unsigned	slices_held;
	const void	*locked;	/* state */
	uint64_t	timer[FAKEOS_TIMERS];
	unsigned	slice_timers;	/* of slices 0 to this - 1 only */

	enum psync_sent	outcome;	/* of the next ... */
	uint32_t	outcomes;	/* ... so many frames, */
	uint32_t	grace;		/* after so many that are sent */
	unsigned	attempts;	/* frames offered */
	struct fakeos_frame *frame;	/* frames sent */
	size_t		nframes;

	void		*released[FAKEOS_PACKETS];	/* by defer_send */
	unsigned	nreleased;
	void		*dropped[FAKEOS_PACKETS];	/* by defer_drop */
	unsigned	ndropped;

	int		demotion;	/* sum of all deltas */
	unsigned	demoted;	/* calls that raised it */
	unsigned	restored;	/* calls that lowered it */

	struct fakeos_state *bucket[FAKEOS_BUCKETS];
	size_t		nstates;
	enum pfsync_refusal insert_refusal;	/* what an insert gets */
	bool		same_rules;	/* as the last insert was told */
	unsigned	updates;	/* calls of state_update */
	struct psync_tdb tdb;		/* the last that was told of */
	unsigned	tdbs;		/* calls of tdb_update */
	unsigned	clears;		/* calls of state_clear */
	unsigned	collisions;	/* calls of collision */
};

extern const struct psync_os fakeos_ops;

/* All zero but the host id, and no timer set. */
void	fakeos_init(struct fakeos *);

/* Frees states and frames.  The engine must be gone: no memory is live. */
void	fakeos_fini(struct fakeos *);

/* Moves the clock on to ms, running each timer at its time. */
void	fakeos_run_until(struct fakeos *, uint64_t ms);

/* The next count frames meet this outcome. */
void	fakeos_fail_output(struct fakeos *, enum psync_sent, uint32_t count);

/* Drops the frames recorded so far. */
void	fakeos_forget(struct fakeos *);

/* Messages of an action in all frames recorded, and the i-th of them. */
unsigned fakeos_sent(const struct fakeos *, uint8_t action);
const uint8_t *fakeos_message(const struct fakeos *, uint8_t action,
	    unsigned i);

/* The table, without a hook. */
struct fakeos_state *fakeos_add(struct fakeos *, const struct psync_state *);
struct fakeos_state *fakeos_find(struct fakeos *, uint64_t id,
	    uint32_t creatorid);
void	fakeos_remove(struct fakeos *, struct fakeos_state *);

/* A number that changes with any state; the order of states is no matter. */
uint64_t fakeos_digest(const struct fakeos *);

/* What pf does: changes the table and calls the engine's hook. */
struct fakeos_state *fakeos_pf_insert(struct fakeos *,
	    const struct psync_state *);
void	fakeos_pf_change(struct fakeos *, struct fakeos_state *);
void	fakeos_pf_remove(struct fakeos *, struct fakeos_state *, bool expired);

/* pf's defer hook: whether the engine holds the first packet of a state. */
bool	fakeos_pf_defer(struct fakeos *, struct fakeos_state *, void *pkt);

/* Prints why on stderr and aborts. */
void	fakeos_abort(const char *why) __attribute__((__noreturn__));

/* For fakeos.c and fakeos_state.c: no slice may be locked. */
void	fakeos_no_slice(const struct fakeos *, const char *call);

/* The state half of fakeos_ops, in fakeos_state.c. */
enum pfsync_refusal fakeos_state_insert(void *, const struct psync_state *,
	    bool same_rules);
void	*fakeos_state_find(void *, uint64_t id, uint32_t creatorid);
void	fakeos_state_release(void *, void *st);
void	fakeos_state_change(void *, void *st, struct psync_change *);
void	fakeos_state_export(void *, void *st, struct psync_state *);
void	fakeos_state_update(void *, void *st, const struct psync_peer *src,
	    const struct psync_peer *dst, uint8_t timeout);
void	fakeos_state_remove(void *, void *st);
unsigned fakeos_state_clear(void *, uint32_t creatorid, const char *ifname);
bool	fakeos_state_walk(void *, struct psync_cursor *, unsigned max,
	    psync_visit_fn *, void *arg);

#endif /* _LIB_FAKEOS_H_ */
