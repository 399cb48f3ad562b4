/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_ENDIAN_H_
#define _STANDIN_SYS_ENDIAN_H_

#include <sys/types.h>

uint64_t be64toh(uint64_t);
uint64_t htobe64(uint64_t);

#endif /* _STANDIN_SYS_ENDIAN_H_ */
