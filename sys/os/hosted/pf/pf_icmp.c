/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ICMP errors.  They quote the beginning of the packet they are about; they
 * belong to the state of that packet and are translated with it: the quoted
 * headers back into what its sender sent, and the outer address likewise.
 *
 * The ICMP checksum covers the quote, so it is made good for every change in
 * there, the changes of inner checksums included.
 */

#include <string.h>

#include "os/hosted/pf/pf_impl.h"

#define ICMP_HLEN 8

/* Changes quoted bytes and makes good what sums them up. */
static void
quote_patch(struct pf_pdesc *outer, uint8_t *field, const void *to, size_t len)
{

	pf_cksum_fix(outer->l4_sum, field, to, len, outer->proto);
	memcpy(field, to, len);
}

/*
 * The same for an inner field that an inner checksum covers: that changes too.
 * sum may be NULL.
 */
static void
quote_patch_summed(struct pf_pdesc *outer, uint8_t *sum, uint8_t proto,
    uint8_t *field, const void *to, size_t len)
{
	uint8_t fixed[2];

	if (sum != NULL) {
		memcpy(fixed, sum, sizeof(fixed));
		pf_cksum_fix(fixed, field, to, len, proto);
		quote_patch(outer, sum, fixed, sizeof(fixed));
	}
	quote_patch(outer, field, to, len);
}

/* Where the quoted transport checksum is, if the quote has it. */
static uint8_t *
quoted_sum(const struct pf_pdesc *in)
{

	switch (in->proto) {
	case PF_PROTO_TCP:
		return (in->l4_len >= 18 ? in->l4 + 16 : NULL);
	case PF_PROTO_UDP:
		return (pf_get16(in->l4 + 6) != 0 ? in->l4 + 6 : NULL);
	case PF_PROTO_ICMP:
	case PF_PROTO_ICMP6:
		return (in->l4 + 2);
	default:
		return (NULL);
	}
}

/* The transport header's first 8 bytes: all a quote must have. */
static bool
quoted_ports(struct pf_pdesc *in)
{

	switch (in->proto) {
	case PF_PROTO_TCP:
	case PF_PROTO_UDP:
		if (in->l4_len < ICMP_HLEN)
			return (false);
		memcpy(&in->sport, in->l4, 2);
		memcpy(&in->dport, in->l4 + 2, 2);
		break;
	case PF_PROTO_ICMP:
	case PF_PROTO_ICMP6:
		if (in->l4_len < ICMP_HLEN)
			return (false);
		memcpy(&in->sport, in->l4 + 4, 2);
		in->dport = in->sport;
		break;
	default:
		break;
	}
	in->l4_sum = quoted_sum(in);
	return (true);
}

static void
quoted_addr(struct pf_pdesc *outer, struct pf_pdesc *in, uint8_t *field,
    uint8_t *outer_addr, const uint8_t *to)
{
	size_t len = pf_addr_len(in->af);
	uint8_t fixed[2];

	if (memcmp(field, to, len) == 0)
		return;
	if (in->ip_sum != NULL) {
		memcpy(fixed, in->ip_sum, sizeof(fixed));
		pf_cksum_fix(fixed, field, to, len, 0);
		quote_patch(outer, in->ip_sum, fixed, sizeof(fixed));
	}
	quote_patch_summed(outer,
	    in->proto == PF_PROTO_ICMP ? NULL : in->l4_sum, in->proto, field,
	    to, len);
	pf_rewrite_addr(outer, outer_addr, to);
}

/* in->sidx and didx are those of the quoted packet. */
static void
quoted_translate(struct pf_pdesc *outer, struct pf_pdesc *in,
    const struct pf_state *st)
{
	const struct psync_key *to;
	bool tcpudp = in->proto == PF_PROTO_TCP || in->proto == PF_PROTO_UDP;
	bool icmp = in->proto == PF_PROTO_ICMP || in->proto == PF_PROTO_ICMP6;

	if (memcmp(&st->key[PSYNC_WIRE], &st->key[PSYNC_STACK], sizeof(*to)) ==
	    0)
		return;
	to = &st->key[outer->dir == PF_IN ? PSYNC_STACK : PSYNC_WIRE];
	/* Who sent the quoted packet is who gets the error. */
	quoted_addr(outer, in, in->src, outer->dst, to->addr[in->sidx]);
	quoted_addr(outer, in, in->dst, outer->src, to->addr[in->didx]);
	if (tcpudp) {
		quote_patch_summed(outer, in->l4_sum, in->proto, in->l4,
		    &to->port[in->sidx], 2);
		quote_patch_summed(outer, in->l4_sum, in->proto, in->l4 + 2,
		    &to->port[in->didx], 2);
	} else if (icmp)
		quote_patch_summed(outer, in->l4_sum, in->proto, in->l4 + 4,
		    &to->port[in->sidx], 2);
}

/*
 * Finds the state of the packet that an ICMP error quotes, and translates the
 * error.  PF_ICMP_NONE: there is none.  PF_ICMP_BAD: malformed (*stp NULL), or
 * no packet of *stp can have been like that.
 */
enum pf_icmp
pf_icmp_error(struct pf *pf, struct pf_pdesc *pd, struct pf_state **stp)
{
	struct pf_pdesc in = { .dir = pd->dir, .kif = pd->kif };
	struct psync_key key;

	*stp = NULL;
	if (!pf_packet_ip(&in, pd->l4 + ICMP_HLEN, pd->l4_len - ICMP_HLEN,
		true) ||
	    in.af != pd->af)
		return (PF_ICMP_BAD);
	if (in.fragment)
		return (PF_ICMP_NONE);
	if (!quoted_ports(&in))
		return (PF_ICMP_BAD);
	/* It went the other way. */
	in.sidx = pd->didx;
	in.didx = pd->sidx;
	pf_key_init(&key, &in, in.sidx);
	*stp = pf_state_lookup(pf, &key, pd, in.proto);
	if (*stp == NULL)
		return (PF_ICMP_NONE);
	if (in.proto == PF_PROTO_TCP &&
	    !pf_tcp_quoted(*stp, pd->dir, pf_get32(in.l4 + 4)))
		return (PF_ICMP_BAD);
	quoted_translate(pd, &in, *stp);
	return (PF_ICMP_OK);
}
