/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The retransmission timer.
 */

#include <string.h>

#include "tests/demo/rto.h"

static uint32_t
clamp(uint32_t ms)
{
	return (ms < RTO_MIN ? RTO_MIN : ms > RTO_MAX ? RTO_MAX : ms);
}

void
rto_init(struct rto *r)
{
	memset(r, 0, sizeof(*r));
	r->interval = RTO_MIN;
}

void
rto_start(struct rto *r, uint64_t now)
{
	if (r->at == 0)
		r->at = now + r->interval;
}

void
rto_stop(struct rto *r)
{
	r->at = 0;
	r->retries = 0;
	if (r->srtt != 0)
		r->interval = clamp(r->srtt + 4 * r->rttvar);
	else
		r->interval = RTO_MIN;
}

void
rto_sample(struct rto *r, uint32_t ms)
{
	uint32_t diff;

	if (r->srtt == 0) {
		r->srtt = ms + 1;
		r->rttvar = ms / 2;
		return;
	}
	diff = ms > r->srtt ? ms - r->srtt : r->srtt - ms;
	r->rttvar = (3 * r->rttvar + diff) / 4;
	r->srtt = (7 * r->srtt + ms) / 8 + 1;
}

enum rto_event
rto_check(struct rto *r, uint64_t now)
{
	if (r->at == 0 || now < r->at)
		return (RTO_WAIT);
	if (r->retries == RTO_RETRIES)
		return (RTO_GIVE_UP);
	r->retries++;
	r->interval = clamp(r->interval * 2);
	r->at = now + r->interval;
	return (RTO_RESEND);
}
