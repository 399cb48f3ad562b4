/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SX_H_
#define _STANDIN_SYS_SX_H_

#include <sys/kernel.h>
#include <sys/lock.h>

struct sx {
	volatile uintptr_t sx_lock;
};

#define SX_SYSINIT(name, lock, desc)	\
	extern struct sx *const name##_sx_init;	\
	struct sx *const name##_sx_init = (lock)

void	sx_init(struct sx *, const char *);
void	sx_destroy(struct sx *);
void	sx_xlock(struct sx *);
void	sx_xunlock(struct sx *);
void	sx_slock(struct sx *);
void	sx_sunlock(struct sx *);
void	sx_assert(const struct sx *, int what);
int	sx_xlocked(const struct sx *);

#endif /* _STANDIN_SYS_SX_H_ */
