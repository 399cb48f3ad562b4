/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_STDINT_H_
#define _STANDIN_SYS_STDINT_H_

#include <sys/types.h>

#define UINT8_MAX	0xff
#define UINT16_MAX	0xffff
#define INT32_MAX	0x7fffffff
#define UINT32_MAX	0xffffffffU
#define UINT64_MAX	0xffffffffffffffffULL

#endif /* _STANDIN_SYS_STDINT_H_ */
