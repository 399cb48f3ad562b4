/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Virtual time: what is to happen, in order.  Microseconds since the simulation
 * began.  Of two events at the same time the one that was put in first comes
 * first, so a run is the same every time.
 */

#ifndef _SIM_CLOCK_H_
#define _SIM_CLOCK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_MS	1000ULL		/* a millisecond */
#define CLOCK_S		1000000ULL	/* a second */

/* pkt: bytes the event carries, or NULL; they are gone afterwards. */
typedef void clock_fn(void *arg, uint64_t data, uint8_t *pkt, size_t len);

struct clock_event {
	uint64_t	at;
	uint64_t	seq;
	clock_fn	*fn;
	void		*arg;
	uint64_t	data;
	uint8_t		*pkt;
	size_t		len;
};

struct clock {
	uint64_t	now;
	uint64_t	seq;
	struct clock_event *heap;
	size_t		count;
	size_t		max;
};

void	clock_init(struct clock *);
void	clock_fini(struct clock *);

/* Calls fn at that time; len bytes of pkt are copied. */
void	clock_at(struct clock *, uint64_t at, clock_fn *, void *arg,
	    uint64_t data, const uint8_t *pkt, size_t len);

/*
 * Runs the next event if it is due by then, and moves time on to it.  False if
 * there is none: then time is moved on to then.
 */
bool	clock_step(struct clock *, uint64_t then);

#endif /* _SIM_CLOCK_H_ */
