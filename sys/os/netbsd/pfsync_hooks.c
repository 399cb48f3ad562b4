/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pf tells of its states.
 *
 * sync_flags of a state: NOSYNC, it is never told of; FROMSYNC, a peer's doing,
 * set by us around one call of pf.
 */

#include "os/netbsd/softc.h"

#include <sys/kernel.h>
#include <netinet/in_systm.h>
#include <net/pfvar.h>

#include "os/netbsd/if_pfsync.h"

static void
hook_insert(struct psync *engine, struct pf_state *st)
{
	struct psync_state state;

	pfsync_export(st, &state);
	psync_insert(engine, &state);
}

static void
hook_update(struct psync *engine, struct pf_state *st)
{
	struct psync_peer peers[2];
	struct psync_change change;

	pfsync_change(st, peers, &change);
	psync_update(engine, &change);
}

/* pf unlinks a state by itself only when its time is over. */
static void
hook_delete(struct psync *engine, struct pf_state *st)
{
	struct psync_peer peers[2];
	struct psync_change change;
	bool expired;

	expired = st->timeout < PFTM_MAX &&
	    pf_state_expires(st) <= (uint32_t)time_second;
	pfsync_change(st, peers, &change);
	psync_delete(engine, &change, expired);
}

static void (*const hooks[])(struct psync *, struct pf_state *) = {
	[PFSYNC_PF_INSERT] = hook_insert,
	[PFSYNC_PF_UPDATE] = hook_update,
	[PFSYNC_PF_DELETE] = hook_delete,
};

int
pfsync_pack_state(u_int8_t event, struct pf_state *st, int flags)
{
	struct pfsync_dev *dev;

	KASSERT(event >= PFSYNC_PF_INSERT && event <= PFSYNC_PF_DELETE);
	(void)flags;
	if (event == PFSYNC_PF_INSERT) {
		if (st->sync_flags == 0)
			*pfsync_told(st) = PSYNC_TOLD_NOTHING;
		if ((st->rule.ptr->rule_flag & PFRULE_NOSYNC) != 0 ||
		    st->state_key->proto == IPPROTO_PFSYNC)
			st->sync_flags |= PFSTATE_NOSYNC;
	}
	if (st->sync_flags == 0 && (dev = pfsync_enter()) != NULL) {
		hooks[event](dev->engine, st);
		pfsync_leave(dev);
	}
	if (event != PFSYNC_PF_DELETE)
		st->sync_flags &= (uint8_t)~PFSTATE_FROMSYNC;
	return (0);
}

int
pfsync_clear_states(u_int32_t creatorid, char *ifname)
{
	struct pfsync_dev *dev = pfsync_enter();

	if (dev == NULL)
		return (0);
	psync_clear(dev->engine, creatorid, ifname == NULL ? "" : ifname);
	pfsync_leave(dev);
	return (0);
}
