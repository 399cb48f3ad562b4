/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages of the peer, each in a good packet of its own, for the engine of
 * fixture.h.  Fail the test if a packet is refused.
 */

#ifndef _LIB_RECEIVE_H_
#define _LIB_RECEIVE_H_

#include "fixture.h"

/* A full state, by any action of format 1301 or 1400. */
void	receive_full(struct fakeos *, uint8_t action,
	    const struct psync_state *);
/* UPD_C of a state that is so. */
void	receive_upd_c(struct fakeos *, const struct psync_state *);
/* A message that is a key. */
void	receive_key(struct fakeos *, uint8_t action, uint64_t id,
	    uint32_t creatorid);

/* Nothing was sent, nor will be. */
void	receive_quiet(struct fakeos *);

/* State n of the peer is here, as it said itself. */
struct fakeos_state *receive_known(struct fakeos *, unsigned n);

#endif /* _LIB_RECEIVE_H_ */
