/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_MALLOC_H_
#define _STANDIN_SYS_MALLOC_H_

#include <sys/types.h>

struct malloc_type {
	const char *ks_shortdesc;
};

#define M_NOWAIT	0x0001
#define M_WAITOK	0x0002
#define M_ZERO		0x0100

#define MALLOC_DEFINE(type, shortdesc, longdesc)	\
	struct malloc_type type[1] = { { shortdesc } }
#define MALLOC_DECLARE(type)	extern struct malloc_type type[1]

void	*malloc(size_t, struct malloc_type *, int flags);
void	free(void *, struct malloc_type *);

#endif /* _STANDIN_SYS_MALLOC_H_ */
