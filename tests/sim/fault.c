/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Allocators that count and fail.  See fault.h.
 */

#include <sys/mman.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include "tests/sim/fault.h"

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void __real_free(void *);
void *__real_mmap(void *, size_t, int, int, int, off_t);
int __real_munmap(void *, size_t);

void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
void __wrap_free(void *);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);
int __wrap_munmap(void *, size_t);

static struct fault *current;

struct fault *
fault_enter(struct fault *f)
{
	struct fault *before = current;

	current = f;
	return (before);
}

void
fault_leave(struct fault *before)
{
	current = before;
}

struct fault *
fault_current(void)
{
	return (current);
}

/* Counts an allocation.  Whether it fails. */
static bool
fails(void)
{
	if (current == NULL)
		return (false);
	current->calls++;
	if (current->calls != current->fail_at &&
	    (current->fail_from == 0 || current->calls < current->fail_from) &&
	    (current->fail_every == 0 ||
		current->calls % current->fail_every != 0) &&
	    !rng_chance(&current->rng, current->permille))
		return (false);
	current->failed++;
	errno = ENOMEM;
	return (true);
}

static void
count(int delta)
{
	if (current != NULL)
		current->live += delta;
}

void *
__wrap_malloc(size_t size)
{
	void *p = fails() ? NULL : __real_malloc(size);

	count(p != NULL);
	return (p);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	void *p = fails() ? NULL : __real_calloc(n, size);

	count(p != NULL);
	return (p);
}

void *
__wrap_realloc(void *old, size_t size)
{
	void *p = fails() ? NULL : __real_realloc(old, size);

	count(p != NULL && old == NULL);
	return (p);
}

void
__wrap_free(void *p)
{
	count(-(p != NULL));
	__real_free(p);
}

void *
__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	void *p = fails() ? MAP_FAILED :
			    __real_mmap(addr, len, prot, flags, fd, off);

	count(p != MAP_FAILED);
	return (p);
}

int
__wrap_munmap(void *p, size_t len)
{
	int error = __real_munmap(p, len);

	count(-(error == 0));
	return (error);
}

static void *
must(void *p)
{
	if (p == NULL)
		err(1, "sim");
	return (p);
}

void *
sim_malloc(size_t size)
{
	return (must(__real_malloc(size > 0 ? size : 1)));
}

void *
sim_calloc(size_t n, size_t size)
{
	return (must(__real_calloc(n > 0 ? n : 1, size)));
}

void *
sim_realloc(void *p, size_t size)
{
	return (must(__real_realloc(p, size)));
}

void
sim_free(void *p)
{
	__real_free(p);
}
