/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MD5, written from RFC 1321.  The additive constants are the integer parts of
 * 2^32 * |sin(i + 1)|, i in radians from 0 to 63.
 */

#include <string.h>

#include "os/hosted/pf/md5.h"

static const uint32_t md5_sine[64] = { 0xd76aa478, 0xe8c7b756, 0x242070db,
	0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8,
	0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e,
	0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
	0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87,
	0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
	0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60,
	0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039,
	0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7,
	0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1, 0x6fa87e4f,
	0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
	0xeb86d391 };

static const uint8_t md5_shift[4][4] = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 },
	{ 4, 11, 16, 23 }, { 6, 10, 15, 21 } };

/* Which word of the block step i takes: (mul * i + add) % 16, by round. */
static const uint8_t md5_word[4][2] = { { 1, 0 }, { 5, 1 }, { 3, 5 },
	{ 7, 0 } };

static uint32_t
md5_mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{

	switch (round) {
	case 0:
		return ((b & c) | (~b & d));
	case 1:
		return ((b & d) | (c & ~d));
	case 2:
		return (b ^ c ^ d);
	default:
		return (c ^ (b | ~d));
	}
}

static void
md5_block(struct md5 *m, const uint8_t *p)
{
	uint32_t a, b, c, d, x[16], t;
	unsigned i, round, s;

	for (i = 0; i < 16; i++, p += 4)
		x[i] = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	a = m->h[0];
	b = m->h[1];
	c = m->h[2];
	d = m->h[3];
	for (i = 0; i < 64; i++) {
		round = i / 16;
		s = md5_shift[round][i % 4];
		t = a + md5_mix(round, b, c, d) + md5_sine[i] +
		    x[(md5_word[round][0] * i + md5_word[round][1]) % 16];
		a = d;
		d = c;
		c = b;
		b += t << s | t >> (32 - s);
	}
	m->h[0] += a;
	m->h[1] += b;
	m->h[2] += c;
	m->h[3] += d;
}

void
md5_init(struct md5 *m)
{
	static const uint32_t first[4] = { 0x67452301, 0xefcdab89, 0x98badcfe,
		0x10325476 };

	memset(m, 0, sizeof(*m));
	memcpy(m->h, first, sizeof(m->h));
}

void
md5_update(struct md5 *m, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t have, n;

	while (len > 0) {
		have = m->len % sizeof(m->block);
		n = sizeof(m->block) - have;
		if (n > len)
			n = len;
		memcpy(m->block + have, p, n);
		m->len += n;
		p += n;
		len -= n;
		if (have + n == sizeof(m->block))
			md5_block(m, m->block);
	}
}

void
md5_final(struct md5 *m, uint8_t digest[16])
{
	static const uint8_t pad[64] = { 0x80 };
	uint8_t bits[8];
	uint64_t n = m->len * 8;
	unsigned i;

	for (i = 0; i < 8; i++)
		bits[i] = (uint8_t)(n >> (8 * i));
	md5_update(m, pad, 1 + (119 - m->len % 64) % 64);
	md5_update(m, bits, sizeof(bits));
	for (i = 0; i < 16; i++)
		digest[i] = (uint8_t)(m->h[i / 4] >> (8 * (i % 4)));
}
