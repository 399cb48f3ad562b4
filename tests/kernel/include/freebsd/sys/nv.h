/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_NV_H_
#define _STANDIN_SYS_NV_H_

#include <sys/types.h>

struct nvlist;
typedef struct nvlist nvlist_t;

/* It is there for whoever has had sys/malloc.h before. */
#ifdef MALLOC_DECLARE
MALLOC_DECLARE(M_NVLIST);
#endif

nvlist_t *nvlist_create(int flags);
void	nvlist_destroy(nvlist_t *);
int	nvlist_error(const nvlist_t *);
void	*nvlist_pack(const nvlist_t *, size_t *);
nvlist_t *nvlist_unpack(const void *, size_t, int flags);

bool	nvlist_exists(const nvlist_t *, const char *name);
bool	nvlist_exists_number(const nvlist_t *, const char *name);
bool	nvlist_exists_string(const nvlist_t *, const char *name);
bool	nvlist_exists_nvlist(const nvlist_t *, const char *name);
bool	nvlist_exists_binary(const nvlist_t *, const char *name);

uint64_t nvlist_get_number(const nvlist_t *, const char *name);
const char *nvlist_get_string(const nvlist_t *, const char *name);
const nvlist_t *nvlist_get_nvlist(const nvlist_t *, const char *name);
const void *nvlist_get_binary(const nvlist_t *, const char *name, size_t *);

void	nvlist_add_number(nvlist_t *, const char *name, uint64_t);
void	nvlist_add_string(nvlist_t *, const char *name, const char *);
void	nvlist_add_nvlist(nvlist_t *, const char *name, const nvlist_t *);
void	nvlist_add_binary(nvlist_t *, const char *name, const void *, size_t);

#endif /* _STANDIN_SYS_NV_H_ */
