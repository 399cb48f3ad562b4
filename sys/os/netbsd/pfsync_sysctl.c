/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * net.inet.pfsync.stats: 16 counters for netstat(1), which go on counting when
 * pfsync0 is destroyed and created again.
 */

#include "os/netbsd/softc.h"

#include <sys/sysctl.h>
#include <netinet/in_systm.h>
#include <net/pfvar.h>

#include "os/netbsd/if_pfsync.h"

/* The engine's first 16 counters are NetBSD's, in its order. */
CTASSERT(offsetof(struct pfsyncstats, pfsyncs_ipackets) ==
    PFSYNC_STAT_IPACKETS * sizeof(uint64_t));
CTASSERT(offsetof(struct pfsyncstats, pfsyncs_stale) ==
    PFSYNC_STAT_STALE * sizeof(uint64_t));
CTASSERT(offsetof(struct pfsyncstats, pfsyncs_opackets) ==
    PFSYNC_STAT_OPACKETS * sizeof(uint64_t));
CTASSERT(offsetof(struct pfsyncstats, pfsyncs_oerrors) ==
    PFSYNC_STAT_OERRORS * sizeof(uint64_t));

static uint64_t kept[PFSYNC_NSTATS]; /* of former pfsync0s; KERNEL_LOCK */

/* Adds up what a pfsync0 has counted. */
static void
add(struct pfsync_dev *dev, uint64_t counters[PFSYNC_NSTATS])
{
	uint64_t now[PFSYNC_NSTATS];
	struct pfsyncxstats stats;
	unsigned i;

	psync_stats(dev->engine, &stats);
	memcpy(now, &stats.base, sizeof(now));
	now[PFSYNC_STAT_OERRORS] += dev->send_errors;
	for (i = 0; i < PFSYNC_NSTATS; i++)
		counters[i] += now[i];
}

void
pfsync_stats_keep(struct pfsync_dev *dev)
{
	KERNEL_LOCK(1, NULL);
	add(dev, kept);
	KERNEL_UNLOCK_ONE(NULL);
}

static int
stats_sysctl(SYSCTLFN_ARGS)
{
	uint64_t counters[PFSYNC_NSTATS];
	struct sysctlnode node = *rnode;
	struct pfsync_dev *dev;

	KERNEL_LOCK(1, NULL);
	memcpy(counters, kept, sizeof(counters));
	dev = pfsync_enter();
	if (dev != NULL) {
		add(dev, counters);
		pfsync_leave(dev);
	}
	KERNEL_UNLOCK_ONE(NULL);
	node.sysctl_data = counters;
	node.sysctl_size = sizeof(counters);
	return (sysctl_lookup(SYSCTLFN_CALL(&node)));
}

SYSCTL_SETUP(sysctl_net_inet_pfsync_setup, "net.inet.pfsync")
{
	sysctl_createv(clog, 0, NULL, NULL, CTLFLAG_PERMANENT, CTLTYPE_NODE,
	    "net", NULL, NULL, 0, NULL, 0, CTL_NET, CTL_EOL);
	sysctl_createv(clog, 0, NULL, NULL, CTLFLAG_PERMANENT, CTLTYPE_NODE,
	    "inet", NULL, NULL, 0, NULL, 0, CTL_NET, PF_INET, CTL_EOL);
	sysctl_createv(clog, 0, NULL, NULL, CTLFLAG_PERMANENT, CTLTYPE_NODE,
	    "pfsync", SYSCTL_DESCR("State table synchronisation"), NULL, 0,
	    NULL, 0, CTL_NET, PF_INET, IPPROTO_PFSYNC, CTL_EOL);
	sysctl_createv(clog, 0, NULL, NULL,
	    CTLFLAG_PERMANENT | CTLFLAG_READONLY, CTLTYPE_STRUCT, "stats",
	    SYSCTL_DESCR("pfsync statistics"), stats_sysctl, 0, NULL, 0,
	    CTL_NET, PF_INET, IPPROTO_PFSYNC, CTL_CREATE, CTL_EOL);
}
