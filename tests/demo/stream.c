/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Contents of the streams: eight bytes at a time from one mixed number.
 */

#include "tests/demo/stream.h"

uint64_t
stream_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return (x ^ x >> 31);
}

static uint64_t
word(uint32_t id, uint64_t offset)
{
	return (stream_mix((uint64_t)id << 32 ^ offset / 8));
}

void
stream_fill(uint32_t id, uint64_t offset, uint8_t *buf, size_t len)
{
	uint64_t w = word(id, offset);
	size_t i;

	for (i = 0; i < len; i++, offset++) {
		if (offset % 8 == 0)
			w = word(id, offset);
		buf[i] = (uint8_t)(w >> offset % 8 * 8);
	}
}

bool
stream_check(uint32_t id, uint64_t offset, const uint8_t *buf, size_t len)
{
	uint64_t w = word(id, offset);
	size_t i;

	for (i = 0; i < len; i++, offset++) {
		if (offset % 8 == 0)
			w = word(id, offset);
		if (buf[i] != (uint8_t)(w >> offset % 8 * 8))
			return (false);
	}
	return (true);
}
