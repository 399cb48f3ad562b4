/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * So much of FreeBSD's libnv as sys/os/freebsd/pfsync_nv.c uses, where there is
 * none.  As in a kernel, asking for what is not there, or is of another type,
 * is the end: it aborts.
 */

#ifndef _TESTS_LIB_NV_H_
#define _TESTS_LIB_NV_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/kernel/include/freebsd/sys/nv.h"

/* Takes a pair out, as all of nvlist_free_*() do. */
void	 nvlist_free(nvlist_t *, const char *name);

#endif /* _TESTS_LIB_NV_H_ */
