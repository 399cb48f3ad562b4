/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_VM_UMA_H_
#define _STANDIN_VM_UMA_H_

#include <sys/types.h>

typedef struct uma_zone *uma_zone_t;

void	*uma_zalloc(uma_zone_t, int flags);
void	uma_zfree(uma_zone_t, void *);
int	uma_zone_get_cur(uma_zone_t);

#endif /* _STANDIN_VM_UMA_H_ */
