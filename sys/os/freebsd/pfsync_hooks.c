/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pf's hooks.  They are called with the state locked, but for clear, and are
 * there only while pfsync0 is up.  Import is for DIOCADDSTATE and is there as
 * long as the module.
 */

#include "os/freebsd/softc.h"

#include <netinet/in_systm.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include "net/pfsync/dialect.h"

/* What pf may call has no lock in common but the rows: one after the other. */
static void
wait_for_hooks(void)
{
	struct pf_idhash *row;

	for (row = V_pf_idhash; row <= V_pf_idhash + V_pf_hashmask; row++) {
		PF_HASHROW_LOCK(row);
		PF_HASHROW_UNLOCK(row);
	}
}

/*
 * States that must stay here are marked at birth, as every pf expects.  The
 * peers know nothing of the others yet.
 */
static void
insert_state(struct pf_kstate *st)
{
	struct pfsync_softc *sc = V_pfsyncif;
	struct psync_state ps;

	if (pfsync_private(st)) {
		st->state_flags |= PFSTATE_NOSYNC;
		return;
	}
	st->sync_updates = PSYNC_TOLD_NOTHING;
	if (sc == NULL)
		return;
	pfsync_export(st, &ps);
	psync_insert(sc->engine, &ps);
}

static void
update_state(struct pf_kstate *st)
{
	struct pfsync_softc *sc = V_pfsyncif;
	struct psync_peer peers[2];
	struct psync_change change;

	if (sc == NULL || pfsync_private(st))
		return;
	pfsync_change(st, peers, &change);
	psync_update(sc->engine, &change);
}

static void
delete_state(struct pf_kstate *st)
{
	struct pfsync_softc *sc = V_pfsyncif;
	struct psync_peer peers[2];
	struct psync_change change;

	if (sc == NULL)
		return;
	pfsync_linger(sc, st);
	if (pfsync_private(st))
		return;
	pfsync_change(st, peers, &change);
	psync_delete(sc->engine, &change, pfsync_expired(st));
}

/*
 * What cannot go on later as it would now is not held: what goes to many; what
 * is routed by its rule, which happens after this; and what is for a link-local
 * address, whose link the packet does not tell any more.
 */
static bool
may_wait(const struct pf_kstate *st, const struct mbuf *m)
{
	struct in6_addr dst;

	if ((m->m_flags & (M_BCAST | M_MCAST)) != 0 || pfsync_routed(st))
		return (false);
	if (st->key[PF_SK_WIRE]->af != AF_INET6)
		return (!IN_MULTICAST(
		    ntohl(mtod(m, const struct ip *)->ip_dst.s_addr)));
	memcpy(&dst, &mtod(m, const struct ip6_hdr *)->ip6_dst, sizeof(dst));
	return (!IN6_IS_ADDR_MULTICAST(&dst) && !IN6_IS_ADDR_LINKLOCAL(&dst));
}

/*
 * 1: the packet is taken.  It may go on before psync_defer() is back.  The
 * interface it came from may be gone by then.
 */
static int
defer_packet(struct pf_kstate *st, struct mbuf *m)
{
	struct pfsync_softc *sc = V_pfsyncif;
	struct ifnet *rcvif = m->m_pkthdr.rcvif;
	struct psync_peer peers[2];
	struct psync_change change;

	if (sc == NULL || pfsync_private(st) || !may_wait(st, m))
		return (0);
	pfsync_change(st, peers, &change);
	m->m_flags |= M_SKIP_FIREWALL;
	m->m_pkthdr.rcvif = NULL;
	if (psync_defer(sc->engine, &change, m))
		return (1);
	m->m_flags &= ~M_SKIP_FIREWALL;
	m->m_pkthdr.rcvif = rcvif;
	return (0);
}

static void
clear_states(uint32_t creatorid, const char *ifname)
{
	struct pfsync_softc *sc;
	PF_RULES_RLOCK_TRACKER;

	PF_RULES_RLOCK();
	sc = V_pfsyncif;
	if (sc != NULL)
		psync_clear(sc->engine, creatorid, ifname);
	PF_RULES_RUNLOCK();
}

/* errno for userland of why a state could not be made. */
static int
import_errno(enum pfsync_refusal why)
{
	switch (why) {
	case PFSYNC_OK:
		return (0);
	case PFSYNC_R_EXISTS:
		return (EEXIST);
	case PFSYNC_R_LIMIT:
	case PFSYNC_R_NOMEM:
		return (ENOMEM);
	default:
		return (EINVAL);
	}
}

static int
import_state(const void *message, const struct psync_layout *layout, int flags)
{
	enum pfsync_refusal why;
	struct epoch_tracker et;
	struct psync_state ps;

	if ((flags & PFSYNC_SI_IOCTL) == 0)
		return (EOPNOTSUPP);
	if (!psync_message_ok(layout, message))
		return (EINVAL);
	psync_decode(layout, message, &ps);
	NET_EPOCH_ENTER(et);
	why = pfsync_import(&ps, true, false, 0);
	NET_EPOCH_EXIT(et);
	return (import_errno(why));
}

#ifdef PFSYNC_IMPORT_UNION
static int
import_hook(union pfsync_state_union *sp, int flags, int format)
{
	const struct psync_dialect *d = psync_dialect((unsigned)format);

	if (d == NULL || d->version->number != PFSYNC_VERSION)
		return (EOPNOTSUPP);
	return (import_state(sp, d->state, flags));
}
#else
/* A byte in 13.0, an int later: what pf says it is. */
typedef __typeof__(__builtin_choose_expr(
    __builtin_types_compatible_p(pfsync_state_import_t,
	int(struct pfsync_state *, u_int8_t)),
    (u_int8_t)0, 0)) import_flags_t;

static int
import_hook(struct pfsync_state *sp, import_flags_t flags)
{
	_Static_assert(sizeof(*sp) == PFSYNC_STATE_1301_LEN,
	    "what DIOCADDSTATE takes is a message");

	return (import_state(sp, &psync_layout_1301, flags));
}
#endif

void
pfsync_hook(struct pfsync_softc *sc)
{
	sx_assert(&pfsync_config, SA_XLOCKED);
	if (sc->hooked)
		return;
	sc->hooked = true;
	PF_RULES_WLOCK();
	V_pfsync_insert_state_ptr = insert_state;
	V_pfsync_update_state_ptr = update_state;
	V_pfsync_delete_state_ptr = delete_state;
	V_pfsync_defer_ptr = defer_packet;
	V_pfsync_clear_states_ptr = clear_states;
	PF_RULES_WUNLOCK();
}

void
pfsync_unhook(struct pfsync_softc *sc)
{
	sx_assert(&pfsync_config, SA_XLOCKED);
	if (!sc->hooked)
		return;
	sc->hooked = false;
	PF_RULES_WLOCK();
	V_pfsync_insert_state_ptr = NULL;
	V_pfsync_update_state_ptr = NULL;
	V_pfsync_delete_state_ptr = NULL;
	V_pfsync_defer_ptr = NULL;
	V_pfsync_clear_states_ptr = NULL;
	PF_RULES_WUNLOCK();
	wait_for_hooks();
	pfsync_linger_drain(sc);
}

void
pfsync_publish(struct pfsync_softc *sc)
{
	sx_assert(&pfsync_config, SA_XLOCKED);
	PF_RULES_WLOCK();
	mtx_lock(&pfsync_events);
	V_pfsyncif = sc;
	mtx_unlock(&pfsync_events);
	PF_RULES_WUNLOCK();
	if (sc == NULL)
		wait_for_hooks();
}

void
pfsync_hook_import(bool on)
{
	PF_RULES_WLOCK();
	V_pfsync_state_import_ptr = on ? import_hook : NULL;
	PF_RULES_WUNLOCK();
}

void
pfsync_hook_detach(bool on)
{
	PF_RULES_WLOCK();
	pfsync_detach_ifnet_ptr = on ? pfsync_detach_ifnet : NULL;
	PF_RULES_WUNLOCK();
}
