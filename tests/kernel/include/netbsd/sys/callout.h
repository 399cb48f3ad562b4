/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_CALLOUT_H_
#define _STANDIN_SYS_CALLOUT_H_

#include <sys/types.h>
#include <sys/stdbool.h>

typedef struct callout {
	void	*_c_store[10];
} callout_t;

#define CALLOUT_MPSAFE	0x0100

void	callout_init(callout_t *, u_int flags);
void	callout_destroy(callout_t *);
void	callout_setfunc(callout_t *, void (*)(void *), void *);
void	callout_reset(callout_t *, int ticks, void (*)(void *), void *);
void	callout_schedule(callout_t *, int ticks);
bool	callout_stop(callout_t *);
bool	callout_halt(callout_t *, void *interlock);
bool	callout_pending(callout_t *);

#endif /* _STANDIN_SYS_CALLOUT_H_ */
