/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Rewrites addresses and ports and keeps checksums right, by RFC 1624:
 * HC' = ~(~HC + ~m + m').  A checksum that was wrong stays wrong, so the end
 * still sees damage done before pf.
 */

#include <string.h>

#include "os/hosted/pf/pf_impl.h"

static uint32_t
fold(uint32_t sum)
{

	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (sum);
}

/* sum plus the change from was to is; len is even. */
static uint32_t
sum_change(uint32_t sum, const uint8_t *was, const uint8_t *is, size_t len)
{
	size_t i;

	for (i = 0; i < len; i += 2)
		sum += (0xffffU & ~(uint32_t)pf_get16(was + i)) +
		    pf_get16(is + i);
	return (fold(sum));
}

static void
put16(uint8_t *p, uint32_t v)
{

	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/*
 * Makes good a checksum for len bytes (even, at an even offset of what it
 * covers) that change.  proto: whose it is; UDP's is never 0, as that means
 * none.
 */
void
pf_cksum_fix(uint8_t *sum, const uint8_t *was, const uint8_t *is, size_t len,
    uint8_t proto)
{
	uint32_t v;

	v = 0xffff &
	    ~sum_change(0xffff & ~(uint32_t)pf_get16(sum), was, is, len);
	if (v == 0 && proto == PF_PROTO_UDP)
		v = 0xffff;
	put16(sum, v);
}

/* Whether the transport checksum covers a pseudo header. */
static bool
has_pseudo(const struct pf_pdesc *pd)
{

	return (pd->proto != PF_PROTO_ICMP);
}

/* Only TCP's and UDP's checksums are left to hardware. */
static bool
is_partial(const struct pf_pdesc *pd)
{

	return (pd->partial &&
	    (pd->proto == PF_PROTO_TCP || pd->proto == PF_PROTO_UDP));
}

/* field: pd->src or pd->dst.  to: as long as the family's addresses. */
void
pf_rewrite_addr(struct pf_pdesc *pd, uint8_t *field, const uint8_t *to)
{
	size_t len = pf_addr_len(pd->af);

	if (memcmp(field, to, len) == 0)
		return;
	if (pd->ip_sum != NULL)
		pf_cksum_fix(pd->ip_sum, field, to, len, 0);
	if (pd->l4_sum != NULL && has_pseudo(pd)) {
		/* A partial one is the sum itself, not its complement. */
		if (is_partial(pd))
			put16(pd->l4_sum,
			    sum_change(pf_get16(pd->l4_sum), field, to, len));
		else
			pf_cksum_fix(pd->l4_sum, field, to, len, pd->proto);
	}
	memcpy(field, to, len);
}

/* field: a port or ICMP id in the transport header.  to: network order. */
void
pf_rewrite_port(struct pf_pdesc *pd, uint8_t *field, uint16_t to)
{
	uint8_t is[2];

	memcpy(is, &to, sizeof(is));
	if (pd->l4_sum != NULL && !is_partial(pd))
		pf_cksum_fix(pd->l4_sum, field, is, sizeof(is), pd->proto);
	memcpy(field, is, sizeof(is));
}
