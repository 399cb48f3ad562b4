/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The counters of pfsync, for people and for machines.
 */

#ifndef _NETSTAT_COUNTERS_H_
#define _NETSTAT_COUNTERS_H_

#include <stdbool.h>

#include "common/json.h"
#include "net/if_pfsync.h"

/* Prints all counters, or those that are not zero, on stdout. */
void	counters_show(const struct pfsyncxstats *, bool nonzero);
void	counters_json(const struct pfsyncxstats *, bool nonzero, enum style);

#endif /* _NETSTAT_COUNTERS_H_ */
