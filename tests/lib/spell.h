/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Full states written by hand in every dialect, from the description of the
 * formats and apart from the engine's tables; states at random; and what of a
 * state each dialect has words for.
 */

#ifndef _LIB_SPELL_H_
#define _LIB_SPELL_H_

#include <stdbool.h>

#include "net/pfsync/dialect.h"

/* Indices of psync_dialects[]. */

/* A legal state of random values.  rand(3) must be seeded. */
void	spell_random(struct psync_state *);

/* Can the dialect say this state at all? */
bool	spell_can(unsigned dialect, const struct psync_state *);

/* What comes back of a state that it can say. */
void	spell_left(unsigned dialect, struct psync_state *);

/* The message, of psync_dialects[dialect].state->size bytes. */
void	spell(unsigned dialect, uint8_t *w, const struct psync_state *);

/* What stands at a byte of the message. */
const char *spell_byte(unsigned dialect, unsigned at);

#endif /* _LIB_SPELL_H_ */
