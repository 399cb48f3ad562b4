/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What travels in a direction of a connection: bytes that depend on the
 * connection, the direction and the offset, so that anything lost, doubled,
 * moved or taken from another connection shows.
 */

#ifndef _DEMO_STREAM_H_
#define _DEMO_STREAM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A well mixed 64-bit number (splitmix64's finalizer). */
uint64_t stream_mix(uint64_t);

void	stream_fill(uint32_t id, uint64_t offset, uint8_t *buf, size_t len);
bool	stream_check(uint32_t id, uint64_t offset, const uint8_t *buf,
	    size_t len);

#endif /* _DEMO_STREAM_H_ */
