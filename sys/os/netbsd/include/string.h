/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the engine wants of <string.h>, from a kernel that has no such header.
 */

#ifndef _NETBSD_STRING_H_
#define _NETBSD_STRING_H_

#include <sys/param.h>
#include <sys/systm.h>

#endif /* _NETBSD_STRING_H_ */
