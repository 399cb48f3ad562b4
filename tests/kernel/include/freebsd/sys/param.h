/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_PARAM_H_
#define _STANDIN_SYS_PARAM_H_

#ifndef __FreeBSD_version
#error "the compiler must be told __FreeBSD_version"
#endif

#include <sys/types.h>
#include <sys/errno.h>
#include <sys/time.h>

#define NULL		((void *)0)
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#define CACHE_LINE_SIZE	64
#define PI_NET		16

uint32_t htonl(uint32_t);
uint32_t ntohl(uint32_t);
uint16_t htons(uint16_t);
uint16_t ntohs(uint16_t);

#endif /* _STANDIN_SYS_PARAM_H_ */
