/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The interfaces of a hosted kernel in words: lines as FreeBSD's ifconfig(8)
 * has them.
 */

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "ifconfig/show.h"

#define FLAG_UP	       0x1U
#define FLAG_RUNNING   0x40U
#define FLAG_MULTICAST 0x8000U

/* clang-format off */
const struct if_flag if_flags[] = {
	{ FLAG_UP, "UP" },
	{ FLAG_RUNNING, "RUNNING" },
	{ FLAG_MULTICAST, "MULTICAST" },
	{ 0, NULL }
};
/* clang-format on */

unsigned
if_flags_of(const struct ctl_ifreq *ifr)
{
	unsigned flags = 0;

	flags |= ifr->up ? FLAG_UP : 0;
	flags |= ifr->running ? FLAG_RUNNING : 0;
	flags |= ifr->multicast ? FLAG_MULTICAST : 0;
	return (flags);
}

static void
show_flags(const struct ctl_ifreq *ifr)
{
	const struct if_flag *f;
	const char *sep = "";
	unsigned flags = if_flags_of(ifr);

	printf("%s: flags=%x<", ifr->name, flags);
	for (f = if_flags; f->name != NULL; f++)
		if (flags & f->bit) {
			printf("%s%s", sep, f->name);
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
		    report_addr(ifr->af, ifr->addr, text), mask);
	} else if (ifr->af == PFSYNC_AF_INET6)
		printf("\tinet6 %s prefixlen %u\n",
		    report_addr(ifr->af, ifr->addr, text), ifr->plen);
}

void
show_if(const struct ctl_ifreq *ifr, const struct report *pfsync, bool verbose)
{
	show_flags(ifr);
	show_addr(ifr);
	if (pfsync == NULL)
		printf("\tlink: %s\n", ifr->link);
	else
		report_text(pfsync, verbose);
}
