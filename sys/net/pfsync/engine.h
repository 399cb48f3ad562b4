/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * struct psync, for the engine's own files.
 *
 * Guards: [I] immutable after psync_create(), [M] the main lock, [S] the lock
 * of the slice.  Order: main, then pf's lock of a state, then slices.
 */

#ifndef _NET_PFSYNC_ENGINE_H_
#define _NET_PFSYNC_ENGINE_H_

#include "net/pfsync/bulk.h"
#include "net/pfsync/defer.h"
#include "net/pfsync/dialect.h"
#include "net/pfsync/peer.h"
#include "net/pfsync/pfsync.h"
#include "net/pfsync/queue.h"

#define PSYNC_CONTROL_MAX	64	/* control messages that can wait */

#define PSYNC_CONTROL_LEN	24	/* the longest, in any version */

/* CLR, BUS and the request for everything: each goes in a frame of its own. */
struct psync_control {
	uint8_t		message;	/* enum psync_message */
	uint8_t		len;
	uint8_t		versions;	/* set of enum psync_version_index; 0:
					   not sent in any yet */
	uint8_t		said;		/* those of them that are done */
	uint8_t		only;		/* in no others, if spoken */
	uint8_t		body[20];	/* as in version 5 */
};

/*
 * States that were asked for lately, by the hash of their ids.  A question or
 * its answer may get lost, so it is asked again after that long, which doubles,
 * so many times.
 */
#define PSYNC_ASKED_MAX		512
#define PSYNC_ASK_INTERVAL	125	/* ms */
#define PSYNC_ASK_DOUBLES	3
#define PSYNC_GONE_MS		2000	/* that a packet may be late */

struct psync_asked {
	uint64_t	id;
	uint64_t	at;		/* ms */
	uint32_t	creatorid;
	uint8_t		doubled;	/* times, the interval until the next */
};

/*
 * Corrections of stale views that were sent lately, by the hash of their ids.
 * Peers that all see packets of a connection send each other views that cross
 * on their way; the same correction again for each of them would be a storm.
 */
#define PSYNC_CORRECT_MS	10

struct psync_corrected {
	uint64_t	id;
	uint64_t	at;		/* ms */
	uint32_t	creatorid;
	uint32_t	view;		/* a hash of what was said */
};

/*
 * Whole tables that make good what was lost are so far apart: twice as long
 * each time that they are lost as well, up to the second.
 */
#define PSYNC_GOOD_INTERVAL	5000	/* ms */
#define PSYNC_GOOD_INTERVAL_MAX	60000	/* ms */

/* Another host with our id is reported so often. */
#define PSYNC_COLLISION_INTERVAL 60000	/* ms */

struct psync {
	const struct psync_os *os;	/* [I] */
	void		*ctx;		/* [I] of os */
	struct psync_slice *slices;	/* [I] */
	unsigned	nslices;	/* [I] */
	bool		locks;		/* [I] os has any */
	bool		active;		/* hint: what the slices' active say */
	bool		missed;		/* [M] changes nobody was told */
	bool		inet6;		/* [S] of all: frames go over IPv6 */
	bool		acks;		/* hint: a peer has sent INS_ACK */
	bool		answers;	/* [M] some slice has one pending */
	bool		leaving;	/* [M] a packet that was held may go */
	uint32_t	heard;		/* hint: good packets; 0: none yet on
					   this path */
	struct psync_config config;	/* [M] */

	uint8_t		dialects;	/* [M] set of what is spoken */
	struct psync_control control[PSYNC_CONTROL_MAX];	/* [M] */
	unsigned	ncontrol;	/* [M] waiting, oldest first */
	uint64_t	control_at;	/* [M] try again then; PSYNC_NEVER */

	struct psync_asked asked[PSYNC_ASKED_MAX];	/* [M] */
	struct psync_corrected corrected[PSYNC_ASKED_MAX];	/* [M] */
	struct psync_asked gone[PSYNC_ASKED_MAX];	/* [S] deleted lately:
							   each slice's part */
	uint64_t	good_at;	/* [M] ms; not before then again */
	uint32_t	good_ms;	/* [M] since the last time */
	struct psync_buckets limits;	/* [M] for all peers together */
	uint64_t	collided_at;	/* [M] ms; last reported; 0: never */
	struct psync_ask ask;		/* [M] */
	struct psync_bulk bulk;		/* [M] */
	struct psync_peers peers;	/* [M] */
	struct pfsync_drv_ifmap ifmap;	/* [M] */
	struct pfsyncxstats stats;	/* [M] what is not a slice's */
	struct psync_deferrals deferrals[PSYNC_SLICES_MAX];	/* [S] */
};

static inline void
psync_lock(struct psync *sc, unsigned i)
{
	if (sc->locks)
		sc->os->lock(sc->ctx, i);
}

static inline void
psync_unlock(struct psync *sc, unsigned i)
{
	if (sc->locks)
		sc->os->unlock(sc->ctx, i);
}

static inline void
psync_slice_lock(struct psync *sc, const struct psync_slice *s)
{
	if (sc->locks)
		sc->os->lock(sc->ctx, s->number);
}

static inline void
psync_slice_unlock(struct psync *sc, const struct psync_slice *s)
{
	if (sc->locks)
		sc->os->unlock(sc->ctx, s->number);
}

/* The slice of a state, by the hash of its id. */
static inline struct psync_slice *
psync_slice_at(struct psync *sc, uint32_t hash)
{
	return (&sc->slices[((uint64_t)hash * sc->nslices) >> 32]);
}

static inline struct psync_slice *
psync_slice_of(struct psync *sc, uint64_t id)
{
	return (psync_slice_at(sc, psync_hash(id)));
}

static inline uint64_t
psync_now(struct psync *sc)
{
	return (sc->os->now(sc->ctx));
}

/*
 * A delete may overtake the insert, and whoever has not heard of it yet still
 * speaks of the state.  One that was deleted does not come back: no firewall
 * uses an id twice.  Slice locked.
 */
static inline struct psync_asked *
psync_gone_of(struct psync *sc, const struct psync_slice *s, uint64_t id)
{
	const unsigned part = PSYNC_ASKED_MAX / sc->nslices;

	return (&sc->gone[s->number * part + psync_hash(id) % part]);
}

static inline void
psync_gone(struct psync *sc, const struct psync_slice *s, uint64_t id,
    uint32_t creatorid)
{
	*psync_gone_of(sc, s, id) = (struct psync_asked) { .id = id,
		.creatorid = creatorid,
		.at = psync_now(sc) };
}

/* When slice s has something to do: its frame, a loss, or what is held. */
static inline uint64_t
psync_slice_due(const struct psync *sc, const struct psync_slice *s)
{
	uint64_t at = s->deadline < s->lost_at ? s->deadline : s->lost_at;
	uint64_t defer = sc->deferrals[s->number].at;

	if (at < s->retry_at)
		at = s->retry_at;
	return (at < defer ? at : defer);
}

/* Sets the slice's timer for that.  Slice locked. */
static inline void
psync_slice_arm(struct psync *sc, const struct psync_slice *s)
{
	sc->os->timer(sc->ctx, s->number, psync_slice_due(sc, s));
}

/*
 * Queues a control message of len bytes and sends it as soon as everything
 * that was pending before it has left, in those versions of the set that are
 * spoken.  Main lock held.
 */
#define PSYNC_ALL_VERSIONS	((1U << PSYNC_VERSIONS) - 1)

void	psync_control(struct psync *, enum psync_message, unsigned versions,
	    const void *body, size_t len);

/*
 * Sends waiting control messages.  Main lock held.  True if none is left.
 */
bool	psync_control_run(struct psync *);

/*
 * Hands a frame to os->output and counts it; its messages are the caller's to
 * count, if it was sent.
 */
enum psync_sent psync_output(struct psync *, struct pfsyncxstats *,
	    const uint8_t *frame, size_t len);

/* As psync_lost(), but nobody has reported a loss.  No slice locked. */
void	psync_send_later(struct psync *);

/* Flushes every slice.  No slice locked.  True if all are empty. */
bool	psync_flush_slices(struct psync *);

/* Sets PSYNC_TIMER_BULK for whatever under the main lock is due first. */
void	psync_main_timer(struct psync *);

#endif /* _NET_PFSYNC_ENGINE_H_ */
