/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the engine wants of <stddef.h>, from a kernel that has no such header.
 */

#ifndef _NETBSD_STDDEF_H_
#define _NETBSD_STDDEF_H_

#include <sys/param.h>
#include <sys/null.h>

#ifndef offsetof
#define offsetof(type, member)	__builtin_offsetof(type, member)
#endif

#endif /* _NETBSD_STDDEF_H_ */
