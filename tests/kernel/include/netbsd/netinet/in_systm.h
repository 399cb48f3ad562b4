/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NETINET_IN_SYSTM_H_
#define _STANDIN_NETINET_IN_SYSTM_H_

#include <sys/types.h>

typedef uint32_t n_time;

#endif /* _STANDIN_NETINET_IN_SYSTM_H_ */
