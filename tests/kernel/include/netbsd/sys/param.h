/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_PARAM_H_
#define _STANDIN_SYS_PARAM_H_

#include <sys/null.h>
#include <sys/types.h>
#include <sys/stdbool.h>
#include <sys/stdint.h>
#include <sys/errno.h>

#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define __arraycount(a)	(sizeof(a) / sizeof((a)[0]))
#define offsetof(type, member)	__builtin_offsetof(type, member)

/* Of an interrupt, and of a thread. */
enum { IPL_NONE, IPL_SOFTCLOCK, IPL_SOFTNET, IPL_VM, IPL_SCHED, IPL_HIGH };
#define PRI_SOFTNET	219
#define PRI_NONE	(-1)

int	mstohz(int);
uint32_t htonl(uint32_t);
uint32_t ntohl(uint32_t);
uint16_t htons(uint16_t);
uint16_t ntohs(uint16_t);

#endif /* _STANDIN_SYS_PARAM_H_ */
