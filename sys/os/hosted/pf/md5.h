/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MD5 (RFC 1321).  It names rulesets, as pf does; it protects nothing.
 */

#ifndef _HOSTED_PF_MD5_H_
#define _HOSTED_PF_MD5_H_

#include <stddef.h>
#include <stdint.h>

struct md5 {
	uint64_t	len;		/* bytes so far */
	uint32_t	h[4];
	uint8_t		block[64];
};

void	md5_init(struct md5 *);
void	md5_update(struct md5 *, const void *, size_t);
void	md5_final(struct md5 *, uint8_t digest[16]);

#endif /* _HOSTED_PF_MD5_H_ */
