/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_KERNEL_H_
#define _STANDIN_SYS_KERNEL_H_

#include <sys/time.h>

extern int hz;
extern volatile time_t time_second;
extern volatile time_t time_uptime;

#endif /* _STANDIN_SYS_KERNEL_H_ */
