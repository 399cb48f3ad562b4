/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the engine wants of <stddef.h>, from a kernel that has no such header.
 */

#ifndef _FREEBSD_STDDEF_H_
#define _FREEBSD_STDDEF_H_

#include <sys/param.h>
#include <sys/stddef.h>

#endif /* _FREEBSD_STDDEF_H_ */
