/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_TREE_H_
#define _STANDIN_SYS_TREE_H_

/* Of the right types, but they find nothing. */

#define RB_HEAD(name, type)	struct name { struct type *rbh_root; }
#define RB_PROTOTYPE(name, type, field, cmp)	\
	struct type *name##_RB_MINMAX(struct name *, int);	\
	struct type *name##_RB_FIND(struct name *, struct type *);	\
	struct type *name##_RB_NFIND(struct name *, struct type *);	\
	struct type *name##_RB_NEXT(struct type *)

#define RB_MIN(name, head)		name##_RB_MINMAX((head), -1)
#define RB_FIND(name, head, elm)	name##_RB_FIND((head), (elm))
#define RB_NFIND(name, head, elm)	name##_RB_NFIND((head), (elm))
#define RB_NEXT(name, head, elm)	name##_RB_NEXT(elm)

#endif /* _STANDIN_SYS_TREE_H_ */
