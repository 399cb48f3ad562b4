/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * An engine with defer on, in format 1400, whose first packets are numbers.
 */

#ifndef _TESTS_DEFER_RIG_H_
#define _TESTS_DEFER_RIG_H_

#include "tests/lib/fixture.h"

#define INS	13
#define INS_ACK 2
#define UPD	14
#define DEL_C	7

extern struct fakeos os;
extern struct psync_config defer_config;

void	up(unsigned slices);
void	defer_configure(void);
void	*packet(unsigned n);

/* pf makes state n and asks for its packet to be held: whether it is. */
bool	new_connection(unsigned n);
struct fakeos_state *state(unsigned n);

/* A peer acknowledges state n of a creator. */
void	ack(unsigned n, uint32_t creatorid);
void	pass(uint64_t ms);

/* So many have been sent, in this order, and so many dropped. */
void	gone(unsigned released, unsigned dropped);
unsigned held(void);
bool	wants_ack(const uint8_t *message);

#endif /* _TESTS_DEFER_RIG_H_ */
