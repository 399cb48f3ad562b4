/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_QUEUE_H_
#define _STANDIN_SYS_QUEUE_H_

/* Of the right types, but they link nothing. */

#define TAILQ_HEAD(name, type)	struct name { struct type *tqh_first; }
#define TAILQ_ENTRY(type)	struct { struct type *tqe_next; }
#define TAILQ_INIT(head)	((head)->tqh_first = NULL)
#define TAILQ_EMPTY(head)	((head)->tqh_first == NULL)
#define TAILQ_FIRST(head)	((head)->tqh_first)
#define TAILQ_NEXT(elm, field)	((elm)->field.tqe_next)
#define TAILQ_FOREACH(var, head, field)	\
	for ((var) = TAILQ_FIRST(head); (var) != NULL;	\
	    (var) = TAILQ_NEXT(var, field))
#define TAILQ_INSERT_TAIL(head, elm, field)	\
	((elm)->field.tqe_next = NULL, (head)->tqh_first = (elm))
#define TAILQ_REMOVE(head, elm, field)	\
	((head)->tqh_first = (elm)->field.tqe_next)

#endif /* _STANDIN_SYS_QUEUE_H_ */
