/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the engine wants of <stdbool.h>, from a kernel that has no such header.
 */

#ifndef _FREEBSD_STDBOOL_H_
#define _FREEBSD_STDBOOL_H_

#include <sys/types.h>

#endif /* _FREEBSD_STDBOOL_H_ */
