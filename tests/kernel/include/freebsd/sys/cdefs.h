/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_CDEFS_H_
#define _STANDIN_SYS_CDEFS_H_

#define __aligned(n)	__attribute__((__aligned__(n)))
#define __packed	__attribute__((__packed__))
#define __unused	__attribute__((__unused__))
#define __printflike(format, first)	\
	__attribute__((__format__(__printf__, format, first)))
#define __CONCAT(a, b)	a ## b
#define __DECONST(type, var)	\
	((type)(__UINTPTR_TYPE__)(const void *)(var))

#endif /* _STANDIN_SYS_CDEFS_H_ */
