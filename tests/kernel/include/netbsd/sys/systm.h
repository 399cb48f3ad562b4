/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SYSTM_H_
#define _STANDIN_SYS_SYSTM_H_

#include <sys/param.h>

#define KASSERT(exp)	do { if (!(exp)) panic("%s", #exp); } while (0)
#define CTASSERT(exp)	_Static_assert(exp, #exp)

struct lwp;

void	panic(const char *, ...) __printflike(1, 2) __dead;
void	printf(const char *, ...) __printflike(1, 2);
int	snprintf(char *, size_t, const char *, ...) __printflike(3, 4);

void	*memcpy(void *, const void *, size_t);
void	*memmove(void *, const void *, size_t);
void	*memset(void *, int, size_t);
int	memcmp(const void *, const void *, size_t);
int	strcmp(const char *, const char *);
int	strncmp(const char *, const char *, size_t);
size_t	strlen(const char *);
size_t	strlcpy(char *, const char *, size_t);

int	copyin(const void *user, void *kernel, size_t);
int	copyout(const void *kernel, void *user, size_t);

#define KERNEL_LOCK(count, lwp)		standin_kernel_lock((count), (lwp))
#define KERNEL_UNLOCK_ONE(lwp)		standin_kernel_unlock(1, (lwp))
#define KERNEL_UNLOCK_LAST(lwp)		standin_kernel_unlock(-1, (lwp))
#define KERNEL_LOCKED_P()		standin_kernel_locked()
void	standin_kernel_lock(int, struct lwp *);
void	standin_kernel_unlock(int, struct lwp *);
bool	standin_kernel_locked(void);

#endif /* _STANDIN_SYS_SYSTM_H_ */
