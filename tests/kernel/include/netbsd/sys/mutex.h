/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_MUTEX_H_
#define _STANDIN_SYS_MUTEX_H_

#include <sys/types.h>
#include <sys/stdbool.h>

typedef struct kmutex {
	volatile uintptr_t mtx_owner;
} kmutex_t;
typedef enum { MUTEX_SPIN, MUTEX_ADAPTIVE, MUTEX_DEFAULT } kmutex_type_t;

void	mutex_init(kmutex_t *, kmutex_type_t, int ipl);
void	mutex_destroy(kmutex_t *);
void	mutex_enter(kmutex_t *);
void	mutex_exit(kmutex_t *);
int	mutex_tryenter(kmutex_t *);
int	mutex_owned(const kmutex_t *);

#endif /* _STANDIN_SYS_MUTEX_H_ */
