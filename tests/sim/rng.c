/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * splitmix64 (Steele, Lea, Flood 2014).
 */

#include "tests/demo/stream.h"
#include "tests/sim/rng.h"

#define GAMMA 0x9e3779b97f4a7c15ULL

void
rng_init(struct rng *r, uint64_t seed, unsigned stream)
{
	r->s = stream_mix(seed * GAMMA + stream);
}

uint64_t
rng_next(struct rng *r)
{
	r->s += GAMMA;
	return (stream_mix(r->s));
}

uint64_t
rng_below(struct rng *r, uint64_t n)
{
	return (n == 0 ? 0 : rng_next(r) % n);
}

uint64_t
rng_between(struct rng *r, uint64_t lo, uint64_t hi)
{
	return (lo + rng_below(r, hi - lo + 1));
}

bool
rng_chance(struct rng *r, unsigned permille)
{
	return (permille != 0 && rng_below(r, 1000) < permille);
}
