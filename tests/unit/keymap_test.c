/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * lan, gwy and ext of NetBSD's pf against wire and stack keys: every kind of
 * translation in its direction, both families, ICMP; there and back; and what
 * three hosts cannot hold.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <string.h>

#include "net/pfsync/keymap.c"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define TCP 6
#define UDP 17
#define GRE 47

/* An end of a connection, as text. */
struct end {
	const char *addr;
	uint16_t port;
};

/*
 * A connection as its packets show it: the first packet's source and
 * destination on the wire, and to the local stack; and what NetBSD's pf makes
 * of it.
 */
static const struct connection {
	const char *name;
	uint8_t direction;
	uint8_t proto;
	struct end wire[2]; /* source, destination */
	struct end stack[2];
	struct end lan;
	struct end gwy;
	struct end ext;
} connections[] = {
	{ "out, plain", PSYNC_DIR_OUT, TCP,
	    { { "10.0.0.5", 1025 }, { "192.0.2.1", 80 } },
	    { { "10.0.0.5", 1025 }, { "192.0.2.1", 80 } }, { "10.0.0.5", 1025 },
	    { "10.0.0.5", 1025 }, { "192.0.2.1", 80 } },
	{ "out, nat", PSYNC_DIR_OUT, TCP,
	    { { "198.51.100.7", 50001 }, { "192.0.2.1", 80 } },
	    { { "10.0.0.5", 1025 }, { "192.0.2.1", 80 } }, { "10.0.0.5", 1025 },
	    { "198.51.100.7", 50001 }, { "192.0.2.1", 80 } },
	{ "out, nat with static-port", PSYNC_DIR_OUT, UDP,
	    { { "198.51.100.7", 1025 }, { "192.0.2.1", 53 } },
	    { { "10.0.0.5", 1025 }, { "192.0.2.1", 53 } }, { "10.0.0.5", 1025 },
	    { "198.51.100.7", 1025 }, { "192.0.2.1", 53 } },
	{ "in, plain", PSYNC_DIR_IN, TCP,
	    { { "192.0.2.9", 4000 }, { "198.51.100.7", 22 } },
	    { { "192.0.2.9", 4000 }, { "198.51.100.7", 22 } },
	    { "198.51.100.7", 22 }, { "198.51.100.7", 22 },
	    { "192.0.2.9", 4000 } },
	{ "in, rdr", PSYNC_DIR_IN, TCP,
	    { { "192.0.2.9", 4000 }, { "198.51.100.7", 80 } },
	    { { "192.0.2.9", 4000 }, { "10.0.0.8", 8080 } },
	    { "10.0.0.8", 8080 }, { "198.51.100.7", 80 },
	    { "192.0.2.9", 4000 } },
	{ "in, binat", PSYNC_DIR_IN, GRE,
	    { { "192.0.2.9", 0 }, { "198.51.100.8", 0 } },
	    { { "192.0.2.9", 0 }, { "10.0.0.8", 0 } }, { "10.0.0.8", 0 },
	    { "198.51.100.8", 0 }, { "192.0.2.9", 0 } },
	{ "out, ping", PSYNC_DIR_OUT, PROTO_ICMP,
	    { { "10.0.0.5", 77 }, { "192.0.2.1", 77 } },
	    { { "10.0.0.5", 77 }, { "192.0.2.1", 77 } }, { "10.0.0.5", 77 },
	    { "10.0.0.5", 77 }, { "192.0.2.1", 0 } },
	{ "out, ping by nat", PSYNC_DIR_OUT, PROTO_ICMP,
	    { { "198.51.100.7", 501 }, { "192.0.2.1", 501 } },
	    { { "10.0.0.5", 77 }, { "192.0.2.1", 77 } }, { "10.0.0.5", 77 },
	    { "198.51.100.7", 501 }, { "192.0.2.1", 0 } },
	{ "in, ping", PSYNC_DIR_IN, PROTO_ICMP6,
	    { { "2001:db8::9", 78 }, { "2001:db8:1::1", 78 } },
	    { { "2001:db8::9", 78 }, { "2001:db8:1::1", 78 } },
	    { "2001:db8:1::1", 78 }, { "2001:db8:1::1", 78 },
	    { "2001:db8::9", 0 } },
	{ "in, rdr, IPv6", PSYNC_DIR_IN, TCP,
	    { { "2001:db8::9", 4000 }, { "2001:db8:1::1", 80 } },
	    { { "2001:db8::9", 4000 }, { "fd00::8", 8080 } },
	    { "fd00::8", 8080 }, { "2001:db8:1::1", 80 },
	    { "2001:db8::9", 4000 } },
};

static uint8_t
parse(const struct end *e, uint8_t addr[16], uint16_t *port)
{
	uint8_t af = strchr(e->addr, ':') != NULL ? PSYNC_AF_INET6 :
						    PSYNC_AF_INET;

	memset(addr, 0, 16);
	ATF_REQUIRE_EQ(1,
	    inet_pton(af == PSYNC_AF_INET6 ? AF_INET6 : AF_INET, e->addr,
		addr));
	*port = htons(e->port);
	return (af);
}

static void
parse_host(const struct end *e, struct psync_host *h)
{
	memset(h, 0, sizeof(*h));
	(void)parse(e, h->addr, &h->port);
}

static void
parse_map(const struct connection *c, struct psync_hosts *map)
{
	parse_host(&c->lan, &map->lan);
	parse_host(&c->gwy, &map->gwy);
	parse_host(&c->ext, &map->ext);
}

/*
 * As FreeBSD's pf fills in keys: an incoming connection's source is end 0, an
 * outgoing one's is end 1.
 */
static void
parse_state(const struct connection *c, struct psync_state *st)
{
	unsigned src = c->direction == PSYNC_DIR_IN ? 0 : 1, end, i;

	memset(st, 0, sizeof(*st));
	st->direction = c->direction;
	for (i = 0; i < 2; i++) {
		end = i == 0 ? src : 1 - src;
		st->af[PSYNC_WIRE] = parse(&c->wire[i],
		    st->key[PSYNC_WIRE].addr[end],
		    &st->key[PSYNC_WIRE].port[end]);
		st->af[PSYNC_STACK] = parse(&c->stack[i],
		    st->key[PSYNC_STACK].addr[end],
		    &st->key[PSYNC_STACK].port[end]);
		st->proto[i] = c->proto;
	}
}

static bool
same_host(const struct psync_host *a, const struct psync_host *b)
{
	return (memcmp(a->addr, b->addr, sizeof(a->addr)) == 0 &&
	    a->port == b->port);
}

static bool
same_map(const struct psync_hosts *a, const struct psync_hosts *b)
{
	return (same_host(&a->lan, &b->lan) && same_host(&a->gwy, &b->gwy) &&
	    same_host(&a->ext, &b->ext));
}

ATF_TC_WITHOUT_HEAD(exported);
ATF_TC_BODY(exported, tc)
{
	const struct connection *c;
	struct psync_state is, want;
	struct psync_hosts map;

	for (c = connections; c < connections + NELEM(connections); c++) {
		parse_state(c, &want);
		parse_map(c, &map);
		memset(&is, 0xa5, sizeof(is));
		psync_hosts_to_keys(&map, want.af[0], c->proto, &is);
		ATF_CHECK_MSG(memcmp(is.key, want.key, sizeof(is.key)) == 0,
		    "%s: keys", c->name);
		ATF_CHECK_MSG(memcmp(is.af, want.af, sizeof(is.af)) == 0,
		    "%s: families", c->name);
		ATF_CHECK_MSG(memcmp(is.proto, want.proto, 2) == 0,
		    "%s: protocols", c->name);
	}
}

ATF_TC_WITHOUT_HEAD(imported);
ATF_TC_BODY(imported, tc)
{
	const struct connection *c;
	struct psync_hosts is, want;
	struct psync_state st;

	for (c = connections; c < connections + NELEM(connections); c++) {
		parse_state(c, &st);
		parse_map(c, &want);
		memset(&is, 0xa5, sizeof(is));
		ATF_CHECK_EQ_MSG(PFSYNC_OK, psync_keys_to_hosts(&st, &is), "%s",
		    c->name);
		ATF_CHECK_MSG(same_map(&is, &want), "%s", c->name);
	}
}

/* What IPv4 does not use of an address is neither told nor believed. */
ATF_TC_WITHOUT_HEAD(unused_bytes);
ATF_TC_BODY(unused_bytes, tc)
{
	struct psync_state clean, st;
	struct psync_hosts map, want;
	unsigned i, k;

	parse_state(&connections[1], &clean);
	parse_map(&connections[1], &want);
	st = clean;
	for (k = 0; k < 2; k++)
		for (i = 0; i < 2; i++)
			memset(st.key[k].addr[i] + 4, 0x5a + (int)(k * 2 + i),
			    12);
	ATF_REQUIRE_EQ(PFSYNC_OK, psync_keys_to_hosts(&st, &map));
	ATF_CHECK(same_map(&map, &want));

	memset(map.lan.addr + 4, 0xff, 12);
	memset(map.gwy.addr + 4, 0xff, 12);
	memset(map.ext.addr + 4, 0xff, 12);
	psync_hosts_to_keys(&map, PSYNC_AF_INET, TCP, &st);
	ATF_CHECK(memcmp(st.key, clean.key, sizeof(st.key)) == 0);
}

/* The remote end is one host: each bit of it counts, in each family. */
ATF_TC_WITHOUT_HEAD(remote_translated);
ATF_TC_BODY(remote_translated, tc)
{
	const struct connection *c;
	struct psync_state clean, st;
	struct psync_hosts map;
	unsigned bit, bits, k;

	for (c = connections; c < connections + NELEM(connections); c++) {
		parse_state(c, &clean);
		bits = clean.af[0] == PSYNC_AF_INET6 ? 128 : 32;
		for (k = 0; k < 2; k++)
			for (bit = 0; bit < bits; bit++) {
				st = clean;
				st.key[k].addr[0][bit / 8] ^= (uint8_t)(1
				    << bit % 8);
				ATF_CHECK_EQ_MSG(PFSYNC_R_PROTO,
				    psync_keys_to_hosts(&st, &map),
				    "%s: key %u bit %u", c->name, k, bit);
			}
		st = clean;
		st.key[PSYNC_STACK].port[0] ^= htons(1);
		ATF_CHECK_EQ_MSG(is_icmp(c->proto) ? PFSYNC_OK : PFSYNC_R_PROTO,
		    psync_keys_to_hosts(&st, &map), "%s: port", c->name);
	}
}

/* af-to, and families that pf has not. */
ATF_TC_WITHOUT_HEAD(families);
ATF_TC_BODY(families, tc)
{
	struct psync_state st;
	struct psync_hosts map;
	unsigned stack, wire;
	bool legal;

	parse_state(&connections[0], &st);
	for (wire = 0; wire < 256; wire++)
		for (stack = 0; stack < 256; stack++) {
			st.af[PSYNC_WIRE] = (uint8_t)wire;
			st.af[PSYNC_STACK] = (uint8_t)stack;
			legal = wire == stack &&
			    (wire == PSYNC_AF_INET || wire == PSYNC_AF_INET6);
			ATF_CHECK_EQ_MSG(legal ? PFSYNC_OK : PFSYNC_R_PROTO,
			    psync_keys_to_hosts(&st, &map), "%u %u", wire,
			    stack);
		}
}

ATF_TC_WITHOUT_HEAD(protocols);
ATF_TC_BODY(protocols, tc)
{
	struct psync_state st;
	struct psync_hosts map;
	unsigned proto;

	parse_state(&connections[0], &st);
	for (proto = 0; proto < 256; proto++) {
		st.proto[PSYNC_STACK] = (uint8_t)proto;
		ATF_CHECK_EQ_MSG(proto == TCP ? PFSYNC_OK : PFSYNC_R_PROTO,
		    psync_keys_to_hosts(&st, &map), "%u", proto);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, exported);
	ATF_TP_ADD_TC(tp, imported);
	ATF_TP_ADD_TC(tp, unused_bytes);
	ATF_TP_ADD_TC(tp, remote_translated);
	ATF_TP_ADD_TC(tp, families);
	ATF_TP_ADD_TC(tp, protocols);
	return (atf_no_error());
}
