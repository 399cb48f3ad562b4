/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_PROC_H_
#define _STANDIN_SYS_PROC_H_

struct thread {
	struct vnet	*td_vnet;
};

#define curthread	standin_curthread()
struct thread *standin_curthread(void);

#endif /* _STANDIN_SYS_PROC_H_ */
