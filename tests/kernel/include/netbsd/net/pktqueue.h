/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_NET_PKTQUEUE_H_
#define _STANDIN_NET_PKTQUEUE_H_

#include <sys/types.h>

typedef struct pktqueue pktqueue_t;

typedef enum { PKTQ_MAXLEN, PKTQ_NITEMS, PKTQ_DROPS } pktq_count_t;

uint64_t pktq_get_count(pktqueue_t *, pktq_count_t);

#endif /* _STANDIN_NET_PKTQUEUE_H_ */
