/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_TIME_H_
#define _STANDIN_SYS_TIME_H_

#include <sys/types.h>

struct timeval {
	time_t	tv_sec;
	int	tv_usec;
};

void	getmicrouptime(struct timeval *);

#endif /* _STANDIN_SYS_TIME_H_ */
