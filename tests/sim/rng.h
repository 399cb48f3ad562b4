/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Random numbers of a simulation: the same seed, the same numbers, on every
 * machine.  Each part of it has a generator of its own, so that one part does
 * not change what another one draws.
 */

#ifndef _SIM_RNG_H_
#define _SIM_RNG_H_

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t	s;
};

/* stream: which of the generators of a seed. */
void	 rng_init(struct rng *, uint64_t seed, unsigned stream);
uint64_t rng_next(struct rng *);
/* 0 to n - 1; 0 for n 0. */
uint64_t rng_below(struct rng *, uint64_t n);
/* lo to hi, both included. */
uint64_t rng_between(struct rng *, uint64_t lo, uint64_t hi);
/* True permille times out of a thousand. */
bool	 rng_chance(struct rng *, unsigned permille);

#endif /* _SIM_RNG_H_ */
