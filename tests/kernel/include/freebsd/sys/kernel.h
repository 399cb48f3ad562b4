/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_KERNEL_H_
#define _STANDIN_SYS_KERNEL_H_

#include <sys/systm.h>

enum sysinit_sub_id { SI_SUB_PROTO_FIREWALL, SI_SUB_PROTO_IFATTACHDOMAIN };
enum sysinit_elem_order {
	SI_ORDER_FIRST, SI_ORDER_SECOND, SI_ORDER_THIRD, SI_ORDER_FOURTH,
	SI_ORDER_MIDDLE, SI_ORDER_ANY
};

/* What the linker set would have. */
struct sysinit {
	enum sysinit_sub_id sub;
	enum sysinit_elem_order order;
	void	(*func)(const void *);
	const void *arg;
};

#define SYSINIT(name, sub, order, func, arg)	\
	extern const struct sysinit name##_init;	\
	const struct sysinit name##_init = { sub, order, func, arg }
#define SYSUNINIT(name, sub, order, func, arg)	\
	extern const struct sysinit name##_uninit;	\
	const struct sysinit name##_uninit = { sub, order, func, arg }

extern int hz;
extern int ticks;
extern volatile __INT64_TYPE__ time_uptime;
extern volatile __INT64_TYPE__ time_second;

#endif /* _STANDIN_SYS_KERNEL_H_ */
