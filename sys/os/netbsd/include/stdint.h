/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the engine wants of <stdint.h>, from a kernel that has no such header.
 */

#ifndef _NETBSD_STDINT_H_
#define _NETBSD_STDINT_H_

#include <sys/types.h>
#include <sys/stdint.h>

#endif /* _NETBSD_STDINT_H_ */
