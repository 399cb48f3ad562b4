/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_TASKQUEUE_H_
#define _STANDIN_SYS_TASKQUEUE_H_

#include <sys/kernel.h>
#include <sys/callout.h>

struct taskqueue;
struct thread;

typedef void task_fn_t(void *context, int pending);
typedef void taskqueue_enqueue_fn(void *context);

struct task {
	task_fn_t	*ta_func;
	void		*ta_context;
};
struct timeout_task {
	struct task	t;
	struct callout	c;
};

#define TASK_INIT(task, priority, func, context)	\
	((task)->ta_func = (func), (task)->ta_context = (context))
#define TIMEOUT_TASK_INIT(queue, task, priority, func, context)	\
	((void)(queue), TASK_INIT(&(task)->t, priority, func, context))

extern struct taskqueue *taskqueue_thread;
extern struct taskqueue *taskqueue_swi;

struct taskqueue *taskqueue_create(const char *name, int mflags,
	    taskqueue_enqueue_fn, void *context);
int	taskqueue_start_threads(struct taskqueue **, int count, int pri,
	    const char *name, ...) __printflike(4, 5);
void	taskqueue_thread_enqueue(void *context);
int	taskqueue_enqueue(struct taskqueue *, struct task *);
int	taskqueue_enqueue_timeout(struct taskqueue *, struct timeout_task *,
	    int ticks);
int	taskqueue_cancel(struct taskqueue *, struct task *, u_int *pending);
int	taskqueue_cancel_timeout(struct taskqueue *, struct timeout_task *,
	    u_int *pending);
void	taskqueue_drain(struct taskqueue *, struct task *);
void	taskqueue_drain_timeout(struct taskqueue *, struct timeout_task *);
void	taskqueue_free(struct taskqueue *);

#endif /* _STANDIN_SYS_TASKQUEUE_H_ */
