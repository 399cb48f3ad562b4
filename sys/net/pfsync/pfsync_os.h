/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the engine asks of a kernel.  Glue in sys/os/<kernel>/ fills one const
 * struct psync_os and hands it to psync_create() with a context pointer that
 * every call gets back.
 *
 * Locks.  The engine has PSYNC_LOCK_MAIN and one lock a slice.  The order is
 * main, then pf's lock of a state, then a slice.  Hooks (called with a state
 * locked) take slice locks only.  Nothing of pf is called with a slice locked.
 */

#ifndef _NET_PFSYNC_PFSYNC_OS_H_
#define _NET_PFSYNC_PFSYNC_OS_H_

#include <stddef.h>
#include <stdint.h>

#include "net/if_pfsync.h"
#include "net/pfsync/state.h"

#define PSYNC_NEVER		UINT64_MAX	/* a deadline that is not */
#define PSYNC_SLICES_MAX	64
#define PSYNC_LOCK_MAIN		PSYNC_SLICES_MAX
#define PSYNC_TIMER_BULK	PSYNC_SLICES_MAX

/*
 * Where a walk of the state table stands.  All zero: at the start.  It grows on
 * the way: a, and of the same a, b.
 */
struct psync_cursor {
	uint64_t	a;
	uint64_t	b;
};

/* What became of a frame. */
enum psync_sent {
	PSYNC_SENT,
	PSYNC_NOBUFS,		/* no room now: offer it again */
	PSYNC_UNREACHABLE,	/* no way there now: offer it again */
	PSYNC_UNSENDABLE,	/* never: drop it */
	PSYNC_TAPPED		/* there is no syncdev: only bpf saw it */
};

/* Called with the state locked.  Must not sleep, nor change the state. */
typedef void psync_visit_fn(void *arg, const struct psync_state *);

struct psync_os {
	/* Milliseconds since boot; never goes back.  Cheap. */
	uint64_t (*now)(void *ctx);

	/*
	 * Zeroed memory, or NULL.  Called only from psync_create() and
	 * psync_configure(), may sleep.
	 */
	void	*(*alloc)(void *ctx, size_t);
	void	 (*free)(void *ctx, void *, size_t);

	/*
	 * Lock i: 0 to nslices - 1, or PSYNC_LOCK_MAIN.  Both NULL where one
	 * thread does everything.
	 */
	void	 (*lock)(void *ctx, unsigned i);
	void	 (*unlock)(void *ctx, unsigned i);

	/*
	 * Calls psync_timer(sc, i) once, at or soon after the deadline, in
	 * place of any earlier deadline of the same timer; PSYNC_NEVER cancels.
	 * i: a slice, or PSYNC_TIMER_BULK.  A slice's timer is set with its
	 * lock held, the other with the main lock held; psync_destroy() cancels
	 * all without.  Must not sleep.
	 */
	void	 (*timer)(void *ctx, unsigned i, uint64_t deadline);

	/*
	 * Sends one frame (no IP header; len <= mtu less IP header).  The glue
	 * adds the IP header, shows the packet to bpf and sends it to the group
	 * or peer.  Called with a slice or the main lock held: copies
	 * the bytes, does not sleep, does not call the engine.
	 */
	enum psync_sent (*output)(void *ctx, const uint8_t *frame, size_t len);

	/*
	 * What becomes of a packet that psync_defer() took: it goes on as if
	 * pf had just passed it (not through pf again), or it is freed.
	 *
	 * defer_send is called from psync_input(), psync_timer() and
	 * psync_configure(), without any lock of the engine or of a state held;
	 * so it may enter the network stack, come back by psync_input() or pf's
	 * hooks, and take long.  Inside a net epoch only if the caller of those
	 * three was.
	 *
	 * defer_drop is called from psync_delete() with the state locked (its
	 * id-hash row in FreeBSD), from psync_input() and psync_clear() with
	 * the main lock held, and from psync_destroy(): only frees, does not
	 * sleep, does not call the engine.  Never with a slice locked.
	 *
	 * Both NULL where packets cannot be held.
	 */
	void	 (*defer_send)(void *ctx, void *pkt);
	void	 (*defer_drop)(void *ctx, void *pkt);

	/*
	 * Another firewall, of this address, has our host id: worth a line in
	 * the system's log.  At most once a minute, with the main lock held;
	 * must not sleep.  May be NULL.
	 */
	void	 (*collision)(void *ctx, uint32_t hostid, const uint8_t *addr,
		    uint8_t af);

	/* Adds delta to the CARP demotion counter. */
	void	 (*demote)(void *ctx, int delta, const char *why);

	/* pf's host id, opaque, not 0; and its ruleset's MD5, 16 bytes. */
	uint32_t (*hostid)(void *ctx);
	const uint8_t *(*checksum)(void *ctx);

	/*
	 * Makes a state of what a peer sent.  Must not lead to a hook of the
	 * engine for it.  Sets its peer_time, and told to PSYNC_TOLD_PEER.
	 * same_rules: its rule numbers mean ours.  Returns
	 * PFSYNC_OK or why not (PFSYNC_R_INTERFACE, _EXISTS, _LIMIT, ...).
	 */
	enum pfsync_refusal (*state_insert)(void *ctx,
	    const struct psync_state *, bool same_rules);

	/*
	 * Finds a state and locks it; NULL if there is none.  One of
	 * state_release, state_update and state_remove must follow and ends
	 * the lock.
	 */
	void	*(*state_find)(void *ctx, uint64_t id, uint32_t creatorid);
	void	 (*state_release)(void *ctx, void *st);

	/* Reads a locked state.  change->src and dst last until unlocked. */
	void	 (*state_change)(void *ctx, void *st, struct psync_change *);
	void	 (*state_export)(void *ctx, void *st, struct psync_state *);

	/*
	 * Gives a locked state new peers and a timeout, from now on, marks it
	 * as updated by a peer now (peer_time), and unlocks it.  No hook.
	 */
	void	 (*state_update)(void *ctx, void *st,
	    const struct psync_peer *src, const struct psync_peer *dst,
	    uint8_t timeout);

	/* Removes a locked state, with no hook. */
	void	 (*state_remove)(void *ctx, void *st);

	/*
	 * Removes all states of creatorid (0: of anyone) bound to ifname ("":
	 * any), with no hook.  Returns how many.
	 */
	unsigned (*state_clear)(void *ctx, uint32_t creatorid,
	    const char *ifname);

	/*
	 * Looks at states from the cursor on, whole buckets at a time, until
	 * it has at least max or the table ends; moves the cursor.  Visits
	 * those that may be synchronised; the others count all the same, so
	 * that no step is long because of them.  A state that exists all
	 * through a walk is visited exactly once.  Returns false at the end.
	 */
	bool	 (*state_walk)(void *ctx, struct psync_cursor *, unsigned max,
	    psync_visit_fn *, void *arg);

	/*
	 * A peer tells how far a security association has come: takes on the
	 * replay counter and bytes if they are ahead of its own.  Main lock
	 * held.  NULL in a kernel that has no IPsec, or does not share it.
	 */
	void	 (*tdb_update)(void *ctx, const struct psync_tdb *);
};

#endif /* _NET_PFSYNC_PFSYNC_OS_H_ */
