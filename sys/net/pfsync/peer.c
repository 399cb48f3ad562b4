/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who is out there.  A small table: a cluster has a handful of firewalls, and
 * whoever forges addresses must not make us remember more.  Nor forget: what we
 * know of a peer, such as its version, must outlive strangers.
 */

#include "net/pfsync/bulk.h"
#include "net/pfsync/bytes.h"
#include "net/pfsync/peer.h"
#include "net/pfsync/speak.h"

/* After so many packets an address is no stranger any more. */
#define KNOWN 16

/* Is a to make room rather than b?  Unused, strangers, and then by age. */
static bool
goes_first(const struct psync_node *a, const struct psync_node *b)
{
	if (a->af == 0 || b->af == 0)
		return (b->af != 0);
	if ((a->packets < KNOWN) != (b->packets < KNOWN))
		return (a->packets < KNOWN);
	return (a->heard < b->heard);
}

struct psync_node *
psync_peer_heard(struct psync_peers *peers, const struct psync_packet *pkt,
    uint64_t now)
{
	struct psync_node *n, *first = peers->node;
	uint8_t addr[16] = { 0 };

	psync_copy(addr, pkt->src, pkt->af == PSYNC_AF_INET6 ? 16 : 4);
	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++) {
		if (n->af == pkt->af && psync_same(n->addr, addr, 16)) {
			n->heard = now;
			n->packets++;
			return (n);
		}
		if (goes_first(n, first))
			first = n;
	}
	psync_zero(first, sizeof(*first));
	psync_copy(first->addr, addr, 16);
	first->af = pkt->af;
	first->heard = now;
	first->packets = 1;
	return (first);
}

/*
 * A state that is not here: an insert of its has not come yet, or never will.
 */
void
psync_peer_refused(struct psync_node *n, enum pfsync_refusal why)
{
	n->refused++;
	if (why == PFSYNC_R_UNKNOWN)
		n->missed++;
}

unsigned
psync_peers_alive(const struct psync_peers *peers, uint64_t now)
{
	const struct psync_node *n;
	unsigned alive = 0;

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++)
		alive += n->af != 0 && now - n->heard < PSYNC_PEER_ALIVE;
	return (alive);
}

void
psync_peers_unlearn(struct psync_peers *peers)
{
	struct psync_node *n;

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++) {
		n->version = 0;
		n->format = 0;
	}
}

void
psync_peers_bulk_reset(struct psync_peers *peers)
{
	struct psync_node *n;

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++) {
		n->bulk = PSYNC_NODE_SILENT;
		n->round = n->ended = 0;
		n->asked = 0;
		n->bulk_states = 0;
	}
}

void
psync_peers_bulk_asked(struct psync_peers *peers)
{
	struct psync_node *n;

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++)
		if (n->bulk == PSYNC_NODE_SILENT && n->asked < UINT8_MAX)
			n->asked++;
}

void
psync_peers_bulk_stalled(struct psync_peers *peers)
{
	struct psync_node *n;

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++)
		if (n->bulk == PSYNC_NODE_STARTED) {
			n->bulk = PSYNC_NODE_SILENT;
			n->asked = 0;
		}
}

bool
psync_peers_stock(const struct psync_peers *peers, uint8_t version)
{
	const struct psync_node *n;

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++)
		if (n->version == version && n->speaks == PFSYNC_SPEAKS_STOCK)
			return (true);
	return (false);
}

struct psync_left
psync_peers_left(const struct psync_peers *peers, uint64_t now)
{
	const struct psync_node *n;
	struct psync_left left = { 0 };

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++) {
		left.ended += n->bulk == PSYNC_NODE_ENDED;
		if (n->af == 0 || now - n->heard >= PSYNC_PEER_ALIVE)
			continue;
		left.started += n->bulk == PSYNC_NODE_STARTED;
		if (n->bulk != PSYNC_NODE_SILENT)
			continue;
		left.silent++;
		left.unasked += n->asked == 0;
		left.hopeful += n->asked < PSYNC_BULK_CHANCES;
	}
	return (left);
}

uint64_t
psync_peers_told_at(const struct psync_peers *peers)
{
	const struct psync_node *n;
	uint64_t latest = 0;

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++)
		if (n->told_at > latest)
			latest = n->told_at;
	return (latest);
}

static uint64_t
age(uint64_t at, uint64_t now)
{
	return (at == 0 ? PFSYNC_NEVER : now - at);
}

static void
describe(const struct psync_node *n, uint64_t now, struct pfsync_drv_peer *p)
{
	static const uint8_t bulk[] = {
		[PSYNC_NODE_SILENT] = PSYNC_BULK_NONE,
		[PSYNC_NODE_STARTED] = PSYNC_BULK_RUNNING,
		[PSYNC_NODE_ENDED] = PSYNC_BULK_OK,
	};
	enum pfsync_why why;

	psync_zero(p, sizeof(*p));
	psync_copy(p->addr, n->addr, sizeof(p->addr));
	p->af = n->af;
	p->version = n->version;
	p->format = n->format;
	p->bulk = bulk[n->bulk];
	if (n->version != 0) {
		p->told = psync_dialects[psync_speak_to(n, &why)].number;
		p->why = (uint8_t)why;
	}
	p->age = now - n->heard;
	p->update_age = age(n->told_at, now);
	p->request_age = age(n->bulk_at, now);
	p->packets = n->packets;
	p->states = n->states;
	p->refused = n->refused;
	p->missed = n->missed;
	p->bulk_states = n->bulk_states;
}

/* Latest first. */
void
psync_peers_get(const struct psync_peers *peers, uint64_t now,
    struct pfsync_drv_peers *out)
{
	const struct psync_node *n;
	struct pfsync_drv_peer *p;

	psync_zero(out, sizeof(*out));
	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++) {
		if (n->af == 0)
			continue;
		p = &out->peer[out->count++];
		for (; p > out->peer && p[-1].age > now - n->heard; p--)
			p[0] = p[-1];
		describe(n, now, p);
	}
}
