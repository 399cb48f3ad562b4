/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_RMLOCK_H_
#define _STANDIN_SYS_RMLOCK_H_

#include <sys/lock.h>

struct rmlock {
	int	rm_any;
};
struct rm_priotracker {
	int	rmp_any;
};

#define RA_LOCKED	0x01
#define RA_RLOCKED	0x02
#define RA_WLOCKED	0x04

void	rm_rlock(struct rmlock *, struct rm_priotracker *);
void	rm_runlock(struct rmlock *, struct rm_priotracker *);
void	rm_wlock(struct rmlock *);
void	rm_wunlock(struct rmlock *);
void	rm_assert(const struct rmlock *, int what);

#endif /* _STANDIN_SYS_RMLOCK_H_ */
