/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_STDDEF_H_
#define _STANDIN_SYS_STDDEF_H_

#include <sys/types.h>

#define offsetof(type, member)	__builtin_offsetof(type, member)

#endif /* _STANDIN_SYS_STDDEF_H_ */
