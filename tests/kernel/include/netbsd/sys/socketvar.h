/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SOCKETVAR_H_
#define _STANDIN_SYS_SOCKETVAR_H_

#include <sys/mutex.h>

extern kmutex_t *softnet_lock;

#endif /* _STANDIN_SYS_SOCKETVAR_H_ */
