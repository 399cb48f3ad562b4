/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_POOL_H_
#define _STANDIN_SYS_POOL_H_

struct pool {
	unsigned int pr_hardlimit;
};

#define PR_WAITOK	0x01
#define PR_NOWAIT	0x02
#define PR_ZERO		0x04

void	*pool_get(struct pool *, int flags);
void	pool_put(struct pool *, void *);

#endif /* _STANDIN_SYS_POOL_H_ */
