/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * net.pfsync: the kernel's own sysctls, with their ABI, and what the engine
 * knows beyond them.
 */

#include "os/freebsd/softc.h"

#include <sys/sbuf.h>
#include <sys/sysctl.h>
#include <netinet/ip_carp.h>

/* struct pfsyncstats of this kernel's netstat(1). */
struct kernel_stats {
	uint64_t counters[16]; /* ours before the actions */
	uint64_t iacts[PFSYNC_ACT_KERNEL];
	uint64_t oacts[PFSYNC_ACT_KERNEL];
};

_Static_assert(offsetof(struct pfsyncstats, pfsyncs_iacts) ==
	offsetof(struct kernel_stats, iacts),
    "counters before the actions");

/* What netstat -z made the new zero. */
VNET_DEFINE_STATIC(struct kernel_stats, zero);
#define V_zero VNET(zero)

VNET_DEFINE(int, pfsync_demotion) = CARP_MAXSKEW;
unsigned long pfsync_slices;

/*
 * All zero without a pfsync0.  Packets that ip_output() refused had counted as
 * sent.
 */
static void
read_stats(struct pfsyncxstats *x)
{
	struct pfsyncstats *s = &x->base;
	struct pfsync_softc *sc;

	memset(x, 0, sizeof(*x));
	sx_slock(&pfsync_config);
	sc = V_pfsyncif;
	if (sc != NULL) {
		psync_stats(sc->engine, x);
		s->pfsyncs_opackets -= sc->send_errors[0];
		s->pfsyncs_opackets6 -= sc->send_errors[1];
		s->pfsyncs_oerrors += sc->send_errors[0] + sc->send_errors[1];
	}
	sx_sunlock(&pfsync_config);
}

/* This kernel's netstat(1) may not know all actions that insert and update. */
static unsigned
action_of_kernel(unsigned action)
{
	if (action < PFSYNC_ACT_KERNEL)
		return (action);
	return (action == PFSYNC_ACT_INS_1400 || action == PFSYNC_ACT_INS_1500 ?
		PFSYNC_ACT_INS_1301 :
		PFSYNC_ACT_UPD_1301);
}

static void
kernel_stats(struct kernel_stats *k)
{
	struct pfsyncxstats x;
	unsigned i;

	read_stats(&x);
	memset(k, 0, sizeof(*k));
	memcpy(k->counters, &x.base, sizeof(k->counters));
	for (i = 0; i < PFSYNC_ACT_MAX; i++) {
		k->iacts[action_of_kernel(i)] += x.base.pfsyncs_iacts[i];
		k->oacts[action_of_kernel(i)] += x.base.pfsyncs_oacts[i];
	}
}

/* What every handler is given and hardly one needs. */
#define UNUSED_ARGS() ((void)oidp, (void)arg1, (void)arg2)

static int
stats_handler(SYSCTL_HANDLER_ARGS)
{
	struct kernel_stats now, since;
	uint64_t *s = (uint64_t *)&since;
	const uint64_t *n = (const uint64_t *)&now;
	const uint64_t *z = (const uint64_t *)&V_zero;
	unsigned i;
	int error;

	UNUSED_ARGS();
	kernel_stats(&now);
	/* A pfsync0 that is younger than the zero counts from its own. */
	for (i = 0; i < sizeof(now) / sizeof(*n); i++)
		s[i] = n[i] >= z[i] ? n[i] - z[i] : n[i];
	error = SYSCTL_OUT(req, &since, sizeof(since));
	if (error == 0 && req->newptr != NULL)
		V_zero = now;
	return (error);
}

static const char *const refusals[] = { PFSYNC_REFUSAL_NAMES };
_Static_assert(nitems(refusals) == PFSYNC_R_MAX, "each has a name");

static int
refused_handler(SYSCTL_HANDLER_ARGS)
{
	struct pfsyncxstats x;
	struct sbuf sb;
	unsigned i;
	int error;

	UNUSED_ARGS();
	read_stats(&x);
	(void)sbuf_new_for_sysctl(&sb, NULL, 512, req);
	for (i = 1; i < PFSYNC_R_MAX; i++)
		sbuf_printf(&sb, "%s%s %ju", i == 1 ? "" : ", ", refusals[i],
		    (uintmax_t)x.refused[i]);
	error = sbuf_finish(&sb);
	sbuf_delete(&sb);
	return (error);
}

static const char *const bulk_results[] = {
	[PSYNC_BULK_NONE] = "none",
	[PSYNC_BULK_RUNNING] = "running",
	[PSYNC_BULK_OK] = "ok",
	[PSYNC_BULK_FAILED] = "failed",
};

/* As configured, or what auto comes to at present. */
static void
print_version(struct sbuf *sb, const struct psync_status *st)
{
	static const char *const spoken[] = { "1500", "1400", "1301", "6",
		"3" };
	const char *before = "auto (";
	unsigned i;

	if (st->config.format != PFSYNC_FORMAT_AUTO) {
		sbuf_printf(sb, "%u", st->config.format);
		return;
	}
	for (i = 0; i < nitems(spoken); i++)
		if ((st->dialects & 1U << i) != 0) {
			sbuf_printf(sb, "%s%s", before, spoken[i]);
			before = " ";
		}
	sbuf_printf(sb, ")");
}

static void
print_status(struct sbuf *sb, struct pfsync_softc *sc)
{
	struct psync_status st;
	struct pfsyncxstats x;

	psync_status(sc->engine, &st);
	psync_stats(sc->engine, &x);
	sbuf_printf(sb, "%s, version ",
	    !st.config.up	     ? "down" :
		!st.config.reachable ? "unreachable" :
				       "up");
	print_version(sb, &st);
	sbuf_printf(sb,
	    ", mtu %u, slices %u, peers %u, pending "
	    "%u, bulk %s (%ju states, %ju ms), sending bulk %s, coalesced %ju, "
	    "collapsed %ju, retries %ju, overflows %ju, held %u",
	    st.config.mtu, sc->nslices, st.npeers, st.pending,
	    bulk_results[st.bulk], (uintmax_t)st.bulk_states,
	    (uintmax_t)st.bulk_ms, st.sending_bulk ? "yes" : "no",
	    (uintmax_t)x.coalesced, (uintmax_t)x.collapsed,
	    (uintmax_t)x.retries, (uintmax_t)x.overflows, st.deferred);
}

static int
status_handler(SYSCTL_HANDLER_ARGS)
{
	struct sbuf sb;
	int error;

	UNUSED_ARGS();
	(void)sbuf_new_for_sysctl(&sb, NULL, 256, req);
	sx_slock(&pfsync_config);
	if (V_pfsyncif != NULL)
		print_status(&sb, V_pfsyncif);
	sx_sunlock(&pfsync_config);
	error = sbuf_finish(&sb);
	sbuf_delete(&sb);
	return (error);
}

/* Any write asks the peers for their states. */
static int
resync_handler(SYSCTL_HANDLER_ARGS)
{
	int error, value = 0;

	UNUSED_ARGS();
	error = sysctl_handle_int(oidp, &value, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	sx_slock(&pfsync_config);
	if (V_pfsyncif == NULL ||
	    psync_resync(V_pfsyncif->engine) != PSYNC_ERR_NONE)
		error = ENETDOWN;
	sx_sunlock(&pfsync_config);
	return (error);
}

/* Milliseconds; of pfsync0, as PFSYNC_DRV_CONFIG has it too. */
static int
defer_delay_handler(SYSCTL_HANDLER_ARGS)
{
	struct pfsync_drv_config config = { .set = PFSYNC_CONFIG_DELAY };
	struct psync_status st = { .config.defer_delay = PFSYNC_DEFER_DELAY };
	int delay, error;

	UNUSED_ARGS();
	sx_slock(&pfsync_config);
	if (V_pfsyncif != NULL)
		psync_status(V_pfsyncif->engine, &st);
	sx_sunlock(&pfsync_config);
	delay = st.config.defer_delay;
	error = sysctl_handle_int(oidp, &delay, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (delay < 1 || delay > PFSYNC_DEFER_DELAY_MAX)
		return (EINVAL);
	config.defer_delay = (uint32_t)delay;
	sx_xlock(&pfsync_config);
	error = V_pfsyncif == NULL ? ENXIO :
				     pfsync_set_config(V_pfsyncif, &config);
	sx_xunlock(&pfsync_config);
	return (error);
}

SYSCTL_NODE(_net, OID_AUTO, pfsync, CTLFLAG_RW | CTLFLAG_MPSAFE, 0, "pfsync");
SYSCTL_PROC(_net_pfsync, OID_AUTO, stats,
    CTLFLAG_VNET | CTLFLAG_RW | CTLFLAG_MPSAFE | CTLTYPE_OPAQUE, NULL, 0,
    stats_handler, "S,pfsyncstats", "Statistics (struct pfsyncstats)");
SYSCTL_INT(_net_pfsync, OID_AUTO, carp_demotion_factor,
    CTLFLAG_VNET | CTLFLAG_RW, &VNET_NAME(pfsync_demotion), 0,
    "CARP demotion while the states of the peers are awaited");
SYSCTL_ULONG(_net_pfsync, OID_AUTO, pfsync_buckets, CTLFLAG_RDTUN,
    &pfsync_slices, 0, "Slices of the queue of changes; 0: one a CPU");
SYSCTL_PROC(_net_pfsync, OID_AUTO, defer_delay,
    CTLFLAG_VNET | CTLFLAG_RW | CTLFLAG_MPSAFE | CTLTYPE_UINT, NULL, 0,
    defer_delay_handler, "IU", "Milliseconds a deferred packet waits at most");
SYSCTL_PROC(_net_pfsync, OID_AUTO, refused,
    CTLFLAG_VNET | CTLFLAG_RD | CTLFLAG_MPSAFE | CTLTYPE_STRING, NULL, 0,
    refused_handler, "A", "Packets and states not applied, by reason");
SYSCTL_PROC(_net_pfsync, OID_AUTO, status,
    CTLFLAG_VNET | CTLFLAG_RD | CTLFLAG_MPSAFE | CTLTYPE_STRING, NULL, 0,
    status_handler, "A", "Path, bulk update, queue");
SYSCTL_PROC(_net_pfsync, OID_AUTO, resync,
    CTLFLAG_VNET | CTLFLAG_RW | CTLFLAG_MPSAFE | CTLTYPE_INT, NULL, 0,
    resync_handler, "I", "Write to ask the peers for all their states");
