/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The system headers that a tcpdump printer may count on, for pfsyncdump.
 */

#ifndef _SHIM_NETDISSECT_STDINC_H_
#define _SHIM_NETDISSECT_STDINC_H_

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#endif /* _SHIM_NETDISSECT_STDINC_H_ */
