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

struct nvlist;
typedef struct nvlist nvlist_t;

nvlist_t *nvlist_create(int flags);
void	 nvlist_destroy(nvlist_t *);
int	 nvlist_error(const nvlist_t *);

bool	 nvlist_exists(const nvlist_t *, const char *name);
bool	 nvlist_exists_number(const nvlist_t *, const char *name);
bool	 nvlist_exists_string(const nvlist_t *, const char *name);
bool	 nvlist_exists_nvlist(const nvlist_t *, const char *name);
bool	 nvlist_exists_binary(const nvlist_t *, const char *name);

uint64_t nvlist_get_number(const nvlist_t *, const char *name);
const char *nvlist_get_string(const nvlist_t *, const char *name);
const nvlist_t *nvlist_get_nvlist(const nvlist_t *, const char *name);
const void *nvlist_get_binary(const nvlist_t *, const char *name, size_t *);

void	 nvlist_add_number(nvlist_t *, const char *name, uint64_t);
void	 nvlist_add_string(nvlist_t *, const char *name, const char *);
void	 nvlist_add_nvlist(nvlist_t *, const char *name, const nvlist_t *);
void	 nvlist_add_binary(nvlist_t *, const char *name, const void *, size_t);

/* Takes a pair out, as all of nvlist_free_*() do. */
void	 nvlist_free(nvlist_t *, const char *name);

#endif /* _TESTS_LIB_NV_H_ */
