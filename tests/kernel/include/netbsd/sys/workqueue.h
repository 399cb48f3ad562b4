/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_WORKQUEUE_H_
#define _STANDIN_SYS_WORKQUEUE_H_

#include <sys/types.h>

struct cpu_info;
struct workqueue;
struct work {
	void	*wk_dummy;
};

int	workqueue_create(struct workqueue **, const char *name,
	    void (*)(struct work *, void *), void *arg, pri_t, int ipl,
	    int flags);
void	workqueue_destroy(struct workqueue *);
void	workqueue_enqueue(struct workqueue *, struct work *,
	    struct cpu_info *);

#endif /* _STANDIN_SYS_WORKQUEUE_H_ */
