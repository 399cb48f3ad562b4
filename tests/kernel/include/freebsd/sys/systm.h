/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SYSTM_H_
#define _STANDIN_SYS_SYSTM_H_

#include <sys/param.h>

#define KASSERT(exp, msg)	do { if (!(exp)) panic msg; } while (0)

void	panic(const char *, ...) __printflike(1, 2)
	    __attribute__((__noreturn__));
int	printf(const char *, ...) __printflike(1, 2);
void	log(int level, const char *, ...) __printflike(2, 3);
int	snprintf(char *, size_t, const char *, ...) __printflike(3, 4);

void	*memcpy(void *, const void *, size_t);
void	*memmove(void *, const void *, size_t);
void	*memset(void *, int, size_t);
int	memcmp(const void *, const void *, size_t);
void	bzero(void *, size_t);
int	strcmp(const char *, const char *);
int	strncmp(const char *, const char *, size_t);
size_t	strlen(const char *);
size_t	strlcpy(char *, const char *, size_t);

int	copyin(const void *user, void *kernel, size_t);
int	copyout(const void *kernel, void *user, size_t);
void	wakeup(const void *);
void	pause(const char *wmesg, int ticks);

#endif /* _STANDIN_SYS_SYSTM_H_ */
