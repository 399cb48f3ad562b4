/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Big endian integers at any alignment, and copying.  The compiler turns each
 * into a load or store and a byte swap.
 */

#ifndef _NET_PFSYNC_BYTES_H_
#define _NET_PFSYNC_BYTES_H_

#include <stdint.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PSYNC_BE16(v)	__builtin_bswap16(v)
#define PSYNC_BE32(v)	__builtin_bswap32(v)
#define PSYNC_BE64(v)	__builtin_bswap64(v)
#else
#define PSYNC_BE16(v)	(v)
#define PSYNC_BE32(v)	(v)
#define PSYNC_BE64(v)	(v)
#endif

/* Known to the compiler even where there is no library (-ffreestanding). */
#define psync_copy(to, from, n)	__builtin_memcpy((to), (from), (n))
#define psync_zero(to, n)	__builtin_memset((to), 0, (n))
#define psync_same(a, b, n)	(__builtin_memcmp((a), (b), (n)) == 0)

static inline void
psync_put16(uint8_t *p, uint16_t v)
{
	v = PSYNC_BE16(v);
	psync_copy(p, &v, sizeof(v));
}

static inline void
psync_put32(uint8_t *p, uint32_t v)
{
	v = PSYNC_BE32(v);
	psync_copy(p, &v, sizeof(v));
}

static inline void
psync_put64(uint8_t *p, uint64_t v)
{
	v = PSYNC_BE64(v);
	psync_copy(p, &v, sizeof(v));
}

static inline uint16_t
psync_get16(const uint8_t *p)
{
	uint16_t v;

	psync_copy(&v, p, sizeof(v));
	return (PSYNC_BE16(v));
}

static inline uint32_t
psync_get32(const uint8_t *p)
{
	uint32_t v;

	psync_copy(&v, p, sizeof(v));
	return (PSYNC_BE32(v));
}

static inline uint64_t
psync_get64(const uint8_t *p)
{
	uint64_t v;

	psync_copy(&v, p, sizeof(v));
	return (PSYNC_BE64(v));
}

#endif /* _NET_PFSYNC_BYTES_H_ */
