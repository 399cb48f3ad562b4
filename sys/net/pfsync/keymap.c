/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * lan, gwy and ext <-> wire and stack keys.  See keymap.h.
 *
 * The query id of ICMP stands at both ends of a peer's key, since either end's
 * packets have it; the old way is the port of lan and gwy, and 0 at ext.
 */

#include "net/pfsync/keymap.h"
#include "net/pfsync/bytes.h"

#define REMOTE 0 /* index of an end in a key */
#define LOCAL  1

#define PROTO_ICMP  1
#define PROTO_ICMP6 58

static bool
is_icmp(uint8_t proto)
{
	return (proto == PROTO_ICMP || proto == PROTO_ICMP6);
}

static unsigned
addr_len(uint8_t af)
{
	return (af == PSYNC_AF_INET6 ? 16 : 4);
}

static void
put_end(struct psync_key *key, unsigned end, const struct psync_host *h,
    unsigned len)
{
	psync_zero(key->addr[end], sizeof(key->addr[end]));
	psync_copy(key->addr[end], h->addr, len);
	key->port[end] = h->port;
}

static void
get_end(const struct psync_key *key, unsigned end, struct psync_host *h,
    unsigned len)
{
	psync_zero(h, sizeof(*h));
	psync_copy(h->addr, key->addr[end], len);
	h->port = key->port[end];
}

void
psync_hosts_to_keys(const struct psync_hosts *map, uint8_t af, uint8_t proto,
    struct psync_state *state)
{
	const struct psync_host *local[2];
	unsigned k, len = addr_len(af);
	struct psync_key *key;

	local[PSYNC_WIRE] = &map->gwy;
	local[PSYNC_STACK] = &map->lan;
	for (k = 0; k < 2; k++) {
		key = &state->key[k];
		put_end(key, REMOTE, &map->ext, len);
		put_end(key, LOCAL, local[k], len);
		if (is_icmp(proto))
			key->port[REMOTE] = key->port[LOCAL];
		state->af[k] = af;
		state->proto[k] = proto;
	}
}

enum pfsync_refusal
psync_keys_to_hosts(const struct psync_state *state, struct psync_hosts *map)
{
	const struct psync_key *wire = &state->key[PSYNC_WIRE];
	const struct psync_key *stack = &state->key[PSYNC_STACK];
	uint8_t af = state->af[PSYNC_WIRE], proto = state->proto[PSYNC_WIRE];
	unsigned len = addr_len(af);

	if ((af != PSYNC_AF_INET && af != PSYNC_AF_INET6) ||
	    state->af[PSYNC_STACK] != af || state->proto[PSYNC_STACK] != proto)
		return (PFSYNC_R_PROTO);
	if (!psync_same(wire->addr[REMOTE], stack->addr[REMOTE], len))
		return (PFSYNC_R_PROTO);
	if (!is_icmp(proto) && wire->port[REMOTE] != stack->port[REMOTE])
		return (PFSYNC_R_PROTO);
	get_end(wire, REMOTE, &map->ext, len);
	get_end(wire, LOCAL, &map->gwy, len);
	get_end(stack, LOCAL, &map->lan, len);
	if (is_icmp(proto))
		map->ext.port = 0;
	return (PFSYNC_OK);
}
