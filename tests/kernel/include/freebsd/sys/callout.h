/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_CALLOUT_H_
#define _STANDIN_SYS_CALLOUT_H_

#include <sys/types.h>
#include <sys/mutex.h>

struct callout {
	void	(*c_func)(void *);
};

#define C_ABSOLUTE	0x0200
#define C_PREL(x)	((x) << 1)

void	callout_init(struct callout *, int mpsafe);
void	callout_init_mtx(struct callout *, struct mtx *, int flags);
int	callout_reset(struct callout *, int ticks, void (*)(void *), void *);
int	callout_reset_sbt(struct callout *, sbintime_t, sbintime_t precision,
	    void (*)(void *), void *, int flags);
int	callout_stop(struct callout *);
int	callout_drain(struct callout *);
int	callout_pending(struct callout *);

#endif /* _STANDIN_SYS_CALLOUT_H_ */
