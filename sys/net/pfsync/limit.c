/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How much others may make us do.  See limit.h.
 */

#include <stddef.h>

#include "net/pfsync/limit.h"

/* clang-format off */
struct rate {
	uint32_t	per_s;		/* in thousandths */
	uint32_t	burst;		/* in thousandths */
};

static const struct {
	struct rate source, all;
} limits[PSYNC_LIMITS] = {
	/* A firewall that got nothing asks again every two seconds. */
	[PSYNC_LIMIT_TABLE] = { { 1000, 1000 }, { 250, 4000 } },
	/* Who missed a burst of inserts asks for each of them. */
	[PSYNC_LIMIT_STATE] = { { 4000000, 4000000 }, { 10000000, 10000000 } },
	/* Each walks the table. */
	[PSYNC_LIMIT_CLEAR] = { { 2000, 16000 }, { 4000, 32000 } },
	[PSYNC_LIMIT_ASK] = { { 4000000, 4000000 }, { 10000000, 10000000 } },
	[PSYNC_LIMIT_CORRECT] = { { 100000000, 100000000 },
				  { 200000000, 200000000 } },
};
/* clang-format on */

static void
refill(struct psync_bucket *b, const struct rate *r, uint64_t now)
{
	uint64_t more;

	if (b->at == 0 || now - b->at > 1000000) {
		b->left = r->burst;
		b->at = now == 0 ? 1 : now;
		return;
	}
	/* What is less than a thousandth is kept for the next time. */
	more = (now - b->at) * r->per_s / 1000;
	b->at += more * 1000 / r->per_s;
	b->left = more < r->burst - b->left ? b->left + (uint32_t)more :
					      r->burst;
}

bool
psync_limit_take(struct psync_buckets *source, struct psync_buckets *all,
    enum psync_limit what, uint64_t now)
{
	struct psync_bucket *s = source == NULL ? NULL : &source->of[what];
	struct psync_bucket *a = &all->of[what];

	if (s != NULL)
		refill(s, &limits[what].source, now);
	refill(a, &limits[what].all, now);
	if ((s != NULL && s->left < 1000) || a->left < 1000)
		return (false);
	if (s != NULL)
		s->left -= 1000;
	a->left -= 1000;
	return (true);
}
