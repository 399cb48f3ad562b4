/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What ifconfig(8) prints: lines as FreeBSD's has them, and for pfsync one
 * more that says how synchronisation stands.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ifconfig/show.h"

#define FLAG_UP	       0x1U
#define FLAG_RUNNING   0x40U
#define FLAG_MULTICAST 0x8000U

static void
show_flags(const struct ctl_ifreq *ifr)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ FLAG_UP, "UP" },
		{ FLAG_RUNNING, "RUNNING" },
		{ FLAG_MULTICAST, "MULTICAST" },
	};
	const char *sep = "";
	unsigned flags = 0;
	size_t i;

	flags |= ifr->up ? FLAG_UP : 0;
	flags |= ifr->running ? FLAG_RUNNING : 0;
	flags |= ifr->multicast ? FLAG_MULTICAST : 0;
	printf("%s: flags=%x<", ifr->name, flags);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].bit) {
			printf("%s%s", sep, names[i].name);
			sep = ",";
		}
	printf("> metric 0 mtu %" PRIu32 "\n", ifr->mtu);
}

static void
show_addr(const struct ctl_ifreq *ifr)
{
	char text[INET6_ADDRSTRLEN];
	uint32_t mask;

	if (ifr->af == PFSYNC_AF_INET) {
		mask = ifr->plen == 0 ? 0 : UINT32_MAX << (32 - ifr->plen);
		printf("\tinet %s netmask 0x%08" PRIx32 "\n",
		    inet_ntop(AF_INET, ifr->addr, text, sizeof(text)), mask);
	} else if (ifr->af == PFSYNC_AF_INET6)
		printf("\tinet6 %s prefixlen %u\n",
		    inet_ntop(AF_INET6, ifr->addr, text, sizeof(text)),
		    ifr->plen);
}

static void
show_config(const struct pfsync_drv_config *c)
{
	char peer[INET6_ADDRSTRLEN] = "224.0.0.240";

	if (c->syncpeer_af != 0)
		(void)inet_ntop(c->syncpeer_af == PFSYNC_AF_INET6 ? AF_INET6 :
								    AF_INET,
		    c->syncpeer, peer, sizeof(peer));
	printf("\tpfsync: ");
	if (c->syncdev[0] != '\0')
		printf("syncdev: %s ", c->syncdev);
	printf("syncpeer: %s maxupd: %" PRIu32 " defer: %s version: %" PRIu32
	       "\n",
	    peer, c->maxupd, c->defer ? "on" : "off", c->version);
}

static const char *
summary(const struct pfsync_drv_status *st)
{
	static const char *const by_bulk[] = {
		[PSYNC_BULK_NONE] = "out of sync",
		[PSYNC_BULK_RUNNING] = "syncing",
		[PSYNC_BULK_OK] = "in sync",
		[PSYNC_BULK_FAILED] = "out of sync",
	};

	if (!st->config.up)
		return ("down");
	if (st->config.syncdev[0] == '\0')
		return ("no syncdev");
	if (!st->config.reachable)
		return ("syncdev is down");
	return (by_bulk[st->bulk]);
}

static const char *
plural(uint64_t n)
{
	return (n == 1 ? "" : "s");
}

static void
show_bulk(const struct pfsync_drv_status *st)
{
	switch (st->bulk) {
	case PSYNC_BULK_NONE:
		printf("no bulk update");
		break;
	case PSYNC_BULK_RUNNING:
	case PSYNC_BULK_OK:
		printf("bulk update %s (%" PRIu64 " state%s in %" PRIu64 " ms)",
		    st->bulk == PSYNC_BULK_OK ? "ok" : "running",
		    st->bulk_states, plural(st->bulk_states), st->bulk_ms);
		break;
	case PSYNC_BULK_FAILED:
		printf("bulk update failed (%s)",
		    st->bulk_states == 0 ? "no peer answered" :
					   "no peer answered to the end");
		break;
	}
}

static void
show_status(const struct pfsync_drv_status *st)
{
	printf("\tstatus: %s, %u peer%s heard, ", summary(st), st->npeers,
	    plural(st->npeers));
	show_bulk(st);
	printf(", %u message%s pending", st->pending, plural(st->pending));
	if (st->sending_bulk)
		printf(", sending a bulk update");
	if (st->demotion != 0)
		printf(", demoted by %" PRId32, st->demotion);
	printf("\n");
}

void
show_if(const struct ctl_ifreq *ifr, const struct pfsync_drv_status *pfsync)
{
	show_flags(ifr);
	show_addr(ifr);
	if (pfsync == NULL) {
		printf("\tlink: %s\n", ifr->link);
		return;
	}
	show_config(&pfsync->config);
	printf("\tsyncok: %d\n", pfsync->syncok);
	show_status(pfsync);
}
