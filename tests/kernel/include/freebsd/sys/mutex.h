/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_MUTEX_H_
#define _STANDIN_SYS_MUTEX_H_

#include <sys/lock.h>
#include <sys/types.h>

struct mtx {
	volatile uintptr_t mtx_lock;
};

#define MTX_DEF		0
#define MTX_DUPOK	0x400000
#define MTX_NEW		0x8

void	mtx_init(struct mtx *, const char *name, const char *type, int opts);
void	mtx_destroy(struct mtx *);
void	mtx_lock(struct mtx *);
void	mtx_unlock(struct mtx *);
int	mtx_trylock(struct mtx *);
int	mtx_owned(const struct mtx *);
void	mtx_assert(const struct mtx *, int what);
#define MTX_SYSINIT(name, mtx, desc, opts)	\
	SYSINIT(name##_mtx, 0, 0, standin_mtx_sysinit, mtx)
void	standin_mtx_sysinit(const void *);
int	msleep(const void *chan, struct mtx *, int priority, const char *wmesg,
	    int timo);

#endif /* _STANDIN_SYS_MUTEX_H_ */
