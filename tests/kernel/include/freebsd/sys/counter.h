/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_COUNTER_H_
#define _STANDIN_SYS_COUNTER_H_

#include <sys/types.h>

typedef uint64_t *counter_u64_t;

counter_u64_t counter_u64_alloc(int how);
void	counter_u64_free(counter_u64_t);
void	counter_u64_add(counter_u64_t, int64_t);
uint64_t counter_u64_fetch(counter_u64_t);

#endif /* _STANDIN_SYS_COUNTER_H_ */
