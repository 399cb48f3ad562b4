/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_CONDVAR_H_
#define _STANDIN_SYS_CONDVAR_H_

#include <sys/mutex.h>

typedef struct kcondvar {
	void	*cv_opaque;
} kcondvar_t;

void	cv_init(kcondvar_t *, const char *);
void	cv_destroy(kcondvar_t *);
void	cv_wait(kcondvar_t *, kmutex_t *);
void	cv_signal(kcondvar_t *);
void	cv_broadcast(kcondvar_t *);

#endif /* _STANDIN_SYS_CONDVAR_H_ */
