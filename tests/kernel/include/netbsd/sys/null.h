/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_NULL_H_
#define _STANDIN_SYS_NULL_H_

#define NULL	((void *)0)

#endif /* _STANDIN_SYS_NULL_H_ */
