/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads integers and bytes of a packet, at any alignment, for pfsyncdump.
 * Each checks first that what it reads was captured: see netdissect.h.
 */

#ifndef _SHIM_EXTRACT_H_
#define _SHIM_EXTRACT_H_

#include <stdint.h>
#include <string.h>

#include "netdissect.h"

/* A big endian integer of 1 to 8 bytes. */
static inline uint64_t
nd_get_be(netdissect_options *ndo, const u_char *p, u_int width)
{
	uint64_t v = 0;
	u_int i;

	ND_TCHECK_LEN(p, width);
	for (i = 0; i < width; i++)
		v = v << 8 | p[i];
	return (v);
}

static inline void
nd_get_bytes(netdissect_options *ndo, u_char *to, const u_char *p, size_t len)
{
	ND_TCHECK_LEN(p, len);
	memcpy(to, p, len);
}

#define GET_U_1(p)	((uint8_t)nd_get_be(ndo, (p), 1))
#define GET_BE_U_2(p)	((uint16_t)nd_get_be(ndo, (p), 2))
#define GET_BE_U_4(p)	((uint32_t)nd_get_be(ndo, (p), 4))
#define GET_BE_U_8(p)	nd_get_be(ndo, (p), 8)
#define GET_CPY_BYTES(to, p, len)	nd_get_bytes(ndo, (to), (p), (len))

#endif /* _SHIM_EXTRACT_H_ */
