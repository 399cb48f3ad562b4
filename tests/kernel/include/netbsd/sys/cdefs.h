/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_CDEFS_H_
#define _STANDIN_SYS_CDEFS_H_

#define __aligned(n)	__attribute__((__aligned__(n)))
#define __packed	__attribute__((__packed__))
#define __unused	__attribute__((__unused__))
#define __dead		__attribute__((__noreturn__))
#define __printflike(format, first)	\
	__attribute__((__format__(__printf__, format, first)))
#define __UNCONST(p)	((void *)(__UINTPTR_TYPE__)(p))

#endif /* _STANDIN_SYS_CDEFS_H_ */
