/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packets that wait until a peer has their state: what pf's defer hook is in a
 * real kernel.  The engine decides how long; see net/pfsync/defer.h.
 */

#include <string.h>

#include "os/hosted/hk_impl.h"

static bool
to_many(const uint8_t *pkt, size_t len)
{
	static const uint8_t all[4] = { 0xff, 0xff, 0xff, 0xff };

	if (len >= HK_IP6_HLEN && pkt[0] >> 4 == 6)
		return (hk_is_multicast(PSYNC_AF_INET6, pkt + 24));
	return (len < HK_IP4_HLEN || hk_is_multicast(PSYNC_AF_INET, pkt + 16) ||
	    memcmp(pkt + 16, all, sizeof(all)) == 0);
}

bool
hk_may_hold(struct hk *hk, const uint8_t *pkt, size_t len)
{
	return (hk->psync != NULL && hk->config.defer &&
	    pf_made(hk->pf) != NULL && !to_many(pkt, len));
}

bool
hk_hold(struct hk *hk, struct hk_held *held)
{
	struct psync_change change;

	pf_state_change(hk->pf, pf_made(hk->pf), &change);
	return (psync_defer(hk->psync, &change, held));
}

void
hk_defer_send(void *ctx, void *pkt)
{
	struct hk_held *held = pkt;

	(void)ctx;
	held->send(held);
}

void
hk_defer_drop(void *ctx, void *pkt)
{
	struct hk_held *held = pkt;

	(void)ctx;
	held->drop(held);
}
