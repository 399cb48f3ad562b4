/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How long a state has to live, as peers tell each other.  pf counts its
 * timeout from the last packet, and peers tell the seconds that are left of it.
 *
 * Adaptive timeouts shrink with every state in the table, so what is left by
 * them says nothing to a peer that has another number of states: it would take
 * a state for idle much longer than it was, and shrink its timeouts once more.
 * So the whole timeout is told of, as if there were no shrinking; each pf does
 * its own.  A BSD's pfsync takes in what it is told in this way too, though it
 * tells what is left by its adaptive timeouts.
 */

#ifndef _NET_PFSYNC_LIFETIME_H_
#define _NET_PFSYNC_LIFETIME_H_

#include <stdint.h>

/* Seconds left, to be told, of a timeout of whole seconds after idle ones. */
static inline uint32_t
psync_left(uint32_t whole, uint32_t idle)
{
	return (idle < whole ? whole - idle : 0);
}

/*
 * Seconds since the last packet of a state that is age seconds old, which a
 * peer says has left ones of a timeout of whole seconds.  0 left is unknown, as
 * to pf: all.  No state has been idle for longer than it exists, however the
 * peer's timeouts have shrunk, and none will get its last packet in the future.
 */
static inline uint32_t
psync_idle(uint32_t whole, uint32_t left, uint32_t age)
{
	uint32_t idle;

	if (left == 0 || left >= whole)
		return (0);
	idle = whole - left;
	return (idle < age ? idle : age);
}

#endif /* _NET_PFSYNC_LIFETIME_H_ */
