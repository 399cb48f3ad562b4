/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The engine's interface for a kernel: its life, pf's hooks, input, timers.
 *
 *	pf hook --> queue.c (slice: one frame) --> os->output
 *	packet --> psync_input --> wire.c (check) --> input.c --> os->state_*
 *	UPD_REQ 0/0 --> bulk_send.c --> os->state_walk --> queue.c
 *
 * Nothing here sleeps but psync_create(), psync_configure() and
 * psync_destroy().
 */

#ifndef _NET_PFSYNC_PFSYNC_H_
#define _NET_PFSYNC_PFSYNC_H_

#include "net/pfsync/pfsync_os.h"

struct psync;

/* The glue has its kernel's errno for each. */
enum psync_error {
	PSYNC_ERR_NONE,
	PSYNC_ERR_MAXUPD,	/* maxupd above 255 */
	PSYNC_ERR_FORMAT,	/* no such format */
	PSYNC_ERR_MTU,		/* below psync_mtu_min() */
	PSYNC_ERR_NOMEM,
	PSYNC_ERR_DOWN,		/* not up, or the syncdev is not */
	PSYNC_ERR_VALUE,	/* not a legal value, EINVAL */
	PSYNC_ERR_FAMILY,	/* no such address family, EAFNOSUPPORT */
	PSYNC_ERR_COMMAND,	/* no such PFSYNC_DRV_*, ENOTTY */
	PSYNC_ERR_DEFER,	/* this kernel cannot hold packets */
	PSYNC_ERRS
};

struct psync_config {
	char		syncdev[PSYNC_IFNAMSIZ];	/* "": none */
	uint8_t		syncpeer[16];	/* network order; zero: the group */
	uint8_t		syncpeer_af;	/* PSYNC_AF_*; 0: the group, IPv4 */
	bool		up;		/* IFF_UP */
	bool		reachable;	/* the syncdev is there and up; true
					   without a syncdev: only bpf looks */
	uint16_t	mtu;		/* of pfsync0, IP header included */
	uint16_t	format;		/* PFSYNC_FORMAT_* we send, or _AUTO */
	uint16_t	maxupd;		/* 0 to 255 */
	bool		defer;		/* hold first packets for INS_ACK */

	/* 0 stands for the default, which psync_status() shows instead. */
	uint16_t	defer_delay;	/* ms a packet is held, at most */
	uint32_t	bulk_rate;	/* states a second that a whole-table
					   transfer sends, at most */
	uint64_t	bulk_bytes;	/* and bytes a second */
};


#define PSYNC_MTU_DEFAULT	1500
#define PSYNC_MTU_MAX		PFSYNC_MTU_MAX

/* The least mtu that holds one full state of the given format, or of any. */
unsigned	 psync_mtu_min(unsigned format);

/*
 * Makes an engine of nslices slices (1 to PSYNC_SLICES_MAX), down.  Returns
 * NULL without memory.  os and ctx must outlive it.
 */
struct psync	*psync_create(const struct psync_os *os, void *ctx,
		    unsigned nslices);

/*
 * Frees it.  The glue has first unhooked pf and drained its timers.  Gives
 * back any demotion.
 */
void		 psync_destroy(struct psync *);

/*
 * Takes on a configuration, all of it or nothing.  Asks the peers for their
 * states if the engine came up or its path changed, not otherwise.  On an
 * error the old configuration stays.  Takes the main lock; the glue lets one
 * call run at a time.
 */
enum psync_error psync_configure(struct psync *, const struct psync_config *);

/* Asks the peers for their states now.  PSYNC_ERR_DOWN, or none. */
enum psync_error psync_resync(struct psync *);

/*
 * pf's hooks.  The state is locked by the caller.  All return at once when
 * the engine is down.  States with PSYNC_STATE_NOSYNC are ignored.
 */
void		 psync_insert(struct psync *, const struct psync_state *);
void		 psync_update(struct psync *, const struct psync_change *);

/*
 * The first packet of a state that pf made, on its way out; called after
 * psync_insert() and with the state still locked.  True: the engine has the
 * packet, and hands it to os->defer_send or os->defer_drop later, once.  False:
 * the caller goes on with it.  Leave out what has no one answer: broadcast and
 * multicast.
 */
bool		 psync_defer(struct psync *, const struct psync_change *,
		    void *pkt);

/*
 * expired: the state ran out by itself.  Then a state that peers updated last
 * is not announced: they know better whether it lives.
 */
void		 psync_delete(struct psync *, const struct psync_change *,
		    bool expired);

/* All states of creatorid on ifname ("" for all) were removed.  No locks. */
void		 psync_clear(struct psync *, uint32_t creatorid,
		    const char *ifname);

/*
 * How far an outgoing security association has come: told within 100 ms, the
 * latest of it alone.  The kernel's lock of it may be held; takes a slice's.
 * A kernel without IPsec, or that does not share it, need not call this.
 */
void		 psync_tdb_update(struct psync *, const struct psync_tdb *);

/* A received packet: the frame without its IP header, and what IP said. */
struct psync_packet {
	const uint8_t	*frame;
	size_t		 len;
	const uint8_t	*src;		/* 4 or 16 bytes */
	uint8_t		 af;		/* PSYNC_AF_* */
	uint8_t		 ttl;		/* or hop limit */
	bool		 on_syncdev;
};

/*
 * Takes in one packet.  Applies all of it, or (when malformed) none.  Returns
 * PFSYNC_OK, or why it was refused; single states may have been refused even
 * then (see the statistics).  No locks held; takes the main lock.
 */
enum pfsync_refusal psync_input(struct psync *, const struct psync_packet *);

/* A timer set by os->timer has run out.  No locks held. */
void		 psync_timer(struct psync *, unsigned i);

/* Sends everything that is pending. */
void		 psync_flush(struct psync *);

/*
 * After os->output had to say PSYNC_NOBUFS: there is room again.  Sends what is
 * stuck without waiting for its timer.  No locks held.  A kernel that cannot
 * tell need not call this.
 */
void		 psync_writable(struct psync *);

/*
 * A frame that os->output said was sent has been lost after all, on this host:
 * a queue overran, or the network refused it later.  Leads to a whole-table
 * transfer, not more often than every few seconds.  No locks held.
 */
void		 psync_lost(struct psync *);

/*
 * Packets were dropped on this host, within the last second or so, before
 * psync_input() could see them: an input queue was full.  A bulk update that
 * is under way, or has just ended, is asked for again.  No locks held.
 */
void		 psync_missed(struct psync *);

/* Seconds since boot as struct psync_change has them. */
uint32_t	 psync_now_s(struct psync *);

void		 psync_stats(struct psync *, struct pfsyncxstats *);

/* What ifconfig(8) shows. */
struct psync_status {
	struct psync_config config;
	unsigned	npeers;		/* heard within the last 10 s */
	unsigned	pending;	/* messages waiting to be sent */
	unsigned	deferred;	/* packets held at the moment */
	unsigned	pending_bytes;	/* of frames, with what is pending */
	uint64_t	oldest;		/* ms the oldest of them has waited */
	uint64_t	lag;		/* ms the oldest message of the last
					   frame waited that had to wait */
	uint64_t	lag_max;	/* the most, since the engine came up */
	uint64_t	update_age;	/* ms since the latest change heard of;
					   PSYNC_NEVER */
	enum psync_bulk_result bulk;
	uint64_t	bulk_states;	/* received by the last bulk update */
	uint64_t	bulk_ms;	/* how long it took, or has taken */
	uint64_t	bulk_age;	/* ms since it was first asked for;
					   PSYNC_NEVER */
	unsigned	bulk_tries;	/* times that it was asked for */
	uint8_t		bulk_from[16];	/* who sent the last of it */
	uint8_t		bulk_af;	/* PSYNC_AF_*; 0: nobody yet */
	bool		sending_bulk;
	bool		syncok;		/* PFSYNCF_OK */
	uint8_t		dialects;	/* PFSYNC_SPOKEN_*: what is sent */
	int		demotion;	/* os->demote() in force */
	bool		collision;	/* another host with our id was heard
					   within the last minute */
};

void		 psync_status(struct psync *, struct psync_status *);

#endif /* _NET_PFSYNC_PFSYNC_H_ */
