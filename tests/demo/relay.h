/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Firewalls that are none, for the generator's self-test: one that forwards
 * everything but loses some of it, and one that lets only pings through.
 */

#ifndef _DEMO_RELAY_H_
#define _DEMO_RELAY_H_

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts one in the working directory, with the sockets of a firewall of that
 * name.  Returns its process; it ends with this one.
 */
pid_t	relay_start(char name, bool pings_only);

#endif /* _DEMO_RELAY_H_ */
