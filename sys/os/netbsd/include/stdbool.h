/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the engine wants of <stdbool.h>, from a kernel that has no such header.
 */

#ifndef _NETBSD_STDBOOL_H_
#define _NETBSD_STDBOOL_H_

#include <sys/types.h>
#include <sys/stdbool.h>

#endif /* _NETBSD_STDBOOL_H_ */
