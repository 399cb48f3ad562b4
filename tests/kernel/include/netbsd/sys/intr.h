/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_INTR_H_
#define _STANDIN_SYS_INTR_H_

#include <sys/types.h>

#define SOFTINT_NET	0x0003
#define SOFTINT_MPSAFE	0x0100

void	*softint_establish(u_int flags, void (*)(void *), void *arg);
void	softint_disestablish(void *);
void	softint_schedule(void *);

#endif /* _STANDIN_SYS_INTR_H_ */
