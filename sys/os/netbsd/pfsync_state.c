/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * struct psync_os: the engine asks.  pf's states have no locks; all that comes
 * here has both big locks, which exclude everyone else.
 */

#include "os/netbsd/softc.h"

#include <sys/kernel.h>
#include <sys/kmem.h>
#include <netinet/in_systm.h>
#include <net/pfvar.h>

#include "carp.h"

#if NCARP > 0
extern int carp_suppress_preempt;
#endif

/* With softnet_lock held it must not wait for memory. */
static void *
os_alloc(void *dev, size_t len)
{
	return (kmem_zalloc(len, KM_NOSLEEP));
}

static void
os_free(void *dev, void *p, size_t len)
{
	kmem_free(p, len);
}

/* carp(4) counts reasons, however grave. */
static void
os_demote(void *dev, int delta, const char *why)
{
#if NCARP > 0
	carp_suppress_preempt += delta > 0 ? 1 : -1;
#endif
	if (pf_status.debug >= PF_DEBUG_MISC)
		printf("pfsync0: carp: %s (%s)\n",
		    delta > 0 ? "no preemption" : "preemption again", why);
}

static void
os_collision(void *dev, uint32_t hostid, const uint8_t *addr, uint8_t af)
{
	if (af == PSYNC_AF_INET)
		printf("pfsync0: %u.%u.%u.%u has our host id %08x\n", addr[0],
		    addr[1], addr[2], addr[3], ntohl(hostid));
}

static uint32_t
os_hostid(void *dev)
{
	return (pf_status.hostid);
}

static const uint8_t *
os_checksum(void *dev)
{
	return (pf_status.pf_chksum);
}

static enum pfsync_refusal
state_insert(void *arg, const struct psync_state *state, bool same_rules)
{
	struct pfsync_dev *dev = arg;

	return (pfsync_import(state, same_rules, psync_now_s(dev->engine)));
}

static void *
state_find(void *dev, uint64_t id, uint32_t creatorid)
{
	struct pf_state_cmp cmp;

	memset(&cmp, 0, sizeof(cmp));
	cmp.id = id;
	cmp.creatorid = creatorid;
	return (pf_find_state_byid(&cmp));
}

static void
state_release(void *dev, void *st)
{
}

static void
state_change(void *arg, void *st, struct psync_change *change)
{
	struct pfsync_dev *dev = arg;

	pfsync_change(st, dev->peers, change);
}

static void
state_export(void *dev, void *st, struct psync_state *state)
{
	pfsync_export(st, state);
}

/* Without memory for scrub the numbers stay as they are on that side. */
static void
state_update(void *arg, void *state, const struct psync_peer *src,
    const struct psync_peer *dst, uint8_t timeout)
{
	struct pfsync_dev *dev = arg;
	struct pf_state *st = state;

	(void)pfsync_import_peer(src, &st->src);
	(void)pfsync_import_peer(dst, &st->dst);
	if (st->timeout < PFTM_MAX && timeout < PFTM_MAX)
		st->timeout = timeout;
	st->expire = (uint32_t)time_second;
	st->pfsync_time = psync_now_s(dev->engine);
	*pfsync_told(st) = PSYNC_TOLD_PEER;
}

static void
unlink(struct pf_state *st)
{
	st->sync_flags |= PFSTATE_FROMSYNC;
	pf_unlink_state(st);
}

static void
state_remove(void *dev, void *st)
{
	unlink(st);
}

/*
 * By id and creator, so that nothing need be held on to.  The cursor has the
 * key of the last visited, and a bit that tells it from the start.
 */
#define CURSOR_MOVED (1ULL << 32)

/* The state after the cursor, which moves to it; NULL at the end. */
static struct pf_state *
walk_next(struct psync_cursor *cursor)
{
	struct pf_state key, *st;

	if ((cursor->b & CURSOR_MOVED) == 0)
		st = RB_MIN(pf_state_tree_id, &tree_id);
	else {
		key.id = cursor->a;
		key.creatorid = (uint32_t)cursor->b;
		st = RB_NFIND(pf_state_tree_id, &tree_id, &key);
		if (st != NULL && st->id == key.id &&
		    st->creatorid == key.creatorid)
			st = RB_NEXT(pf_state_tree_id, &tree_id, st);
	}
	if (st != NULL) {
		cursor->a = st->id;
		cursor->b = CURSOR_MOVED | st->creatorid;
	}
	return (st);
}

/* Unlinking may sleep for a moment, so that only the cursor holds its place. */
static unsigned
state_clear(void *dev, uint32_t creatorid, const char *ifname)
{
	struct psync_cursor cursor = { 0, 0 };
	struct pf_state *st;
	unsigned n = 0;

	while ((st = walk_next(&cursor)) != NULL) {
		if (creatorid != 0 && st->creatorid != creatorid)
			continue;
		if (ifname[0] != '\0' &&
		    strcmp(ifname, st->kif->pfik_name) != 0)
			continue;
		unlink(st);
		n++;
	}
	return (n);
}

static bool
state_walk(void *dev, struct psync_cursor *cursor, unsigned max,
    psync_visit_fn *visit, void *arg)
{
	struct psync_state state;
	struct pf_state *st;
	unsigned n;

	for (n = 0; n < max; n++) {
		st = walk_next(cursor);
		if (st == NULL)
			return (false);
		if (pfsync_private(st))
			continue;
		pfsync_export(st, &state);
		visit(arg, &state);
	}
	return (true);
}

const struct psync_os pfsync_os = {
	.now = pfsync_now,
	.alloc = os_alloc,
	.free = os_free,
	.lock = pfsync_lock,
	.unlock = pfsync_unlock,
	.timer = pfsync_timer,
	.output = pfsync_output,
	.demote = os_demote,
	.collision = os_collision,
	.hostid = os_hostid,
	.checksum = os_checksum,
	.state_insert = state_insert,
	.state_find = state_find,
	.state_release = state_release,
	.state_change = state_change,
	.state_export = state_export,
	.state_update = state_update,
	.state_remove = state_remove,
	.state_clear = state_clear,
	.state_walk = state_walk,
};
