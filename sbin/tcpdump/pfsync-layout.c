/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The layout of every header and message of pfsync(4), and the fields by name
 * and number.  These tables were written from the description of the protocol,
 * not from the driver's, so that one can be checked against the other.
 *
 * Invariant: bytes of the packet are read only behind a check against the
 * capture's end, which gives up there.
 */

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "netdissect-stdinc.h"

#define ND_LONGJMP_FROM_TCHECK
#include "netdissect.h"
#include "extract.h"

#include "pfsync-layout.h"
#include "pfsync-fields.h"

/* clang-format off */
#define PAD(n)	{ PFS_PAD, n }
#define END	{ PFS_END, 0 }

const struct pfs_field pfs_header[] = {
	{ PFS_VERSION, 1 }, { PFS_SPARE, 1 }, { PFS_LEN, 2 },
	{ PFS_CKSUM, 16 }, END
};
const struct pfs_field pfs_header_v3[] = {
	{ PFS_VERSION, 1 }, { PFS_HEADER_AF, 1 }, { PFS_ACTION, 1 },
	{ PFS_COUNT, 1 }, { PFS_CKSUM, 16 }, END
};
const struct pfs_field pfs_subheader_v5[] = {
	{ PFS_ACTION, 1 }, { PFS_SPARE, 1 }, { PFS_COUNT, 2 }, END
};
const struct pfs_field pfs_subheader_v6[] = {
	{ PFS_ACTION, 1 }, { PFS_SIZE, 1 }, { PFS_COUNT, 2 }, END
};

/*
 * Messages that are no full state.
 */
#define KEY	{ PFS_ID, 8 }, { PFS_CREATORID, 4 }
#define CLR	{ PFS_IFNAME, 16 }, { PFS_CREATORID, 4 }
#define BUS	{ PFS_CREATORID, 4 }, { PFS_ENDTIME, 4 }, { PFS_STATUS, 1 }
#define SA	{ PFS_SA_LEN, 1 }, { PFS_SA_FAMILY, 1 }, { PFS_SA_REST, 26 }

const struct pfs_field pfs_clr[] = { CLR, END };
const struct pfs_field pfs_clr_v3[] = { CLR, PAD(4), END };
const struct pfs_field pfs_key[] = { KEY, END };
const struct pfs_field pfs_key_v3[] = { KEY, PAD(4), END };
const struct pfs_field pfs_del_c_v3[] = {
	KEY, { PFS_SRC_LEVEL, 1 }, { PFS_DST_LEVEL, 1 }, PAD(2), END
};
const struct pfs_field pfs_bus[] = { BUS, PAD(3), END };
const struct pfs_field pfs_bus_v3[] = { BUS, PAD(7), END };

const struct pfs_field pfs_tdb[] = {	/* version 3, too */
	{ PFS_SPI, 4 }, SA, { PFS_RPL, 4 }, { PFS_CUR_BYTES, 8 },
	{ PFS_SPROTO, 1 }, { PFS_UPDATES, 1 }, PAD(2), END
};
const struct pfs_field pfs_tdb_v6[] = {
	{ PFS_SPI, 4 }, SA, { PFS_RPL, 8 }, { PFS_CUR_BYTES, 8 },
	{ PFS_SPROTO, 1 }, { PFS_UPDATES, 1 }, { PFS_RDOMAIN, 2 }, END
};

#define PEER(p)								\
	{ p + PFS_SCRUB_FLAGS, 2 }, { p + PFS_SCRUB_TTL, 1 },		\
	{ p + PFS_SCRUB_VALID, 1 }, { p + PFS_TS_MOD, 4 },		\
	{ p + PFS_SEQLO, 4 }, { p + PFS_SEQHI, 4 },			\
	{ p + PFS_SEQDIFF, 4 }, { p + PFS_MAX_WIN, 2 },			\
	{ p + PFS_MSS, 2 }, { p + PFS_LEVEL, 1 }, { p + PFS_WSCALE, 1 }, \
	PAD(6)
#define PEERS	PEER(PFS_SRC), PEER(PFS_DST)
#define UPD_C								\
	{ PFS_ID, 8 }, PEERS, { PFS_CREATORID, 4 },			\
	{ PFS_EXPIRE, 4 }, { PFS_TIMEOUT, 1 }

const struct pfs_field pfs_upd_c[] = { UPD_C, PAD(3), END };
const struct pfs_field pfs_upd_c_v3[] = {
	UPD_C, { PFS_UPDATES, 1 }, PAD(6), END
};
const struct pfs_field pfs_upd_c_v6[] = {
	UPD_C, { PFS_STATE_FLAGS, 1 }, PAD(2), END
};

/*
 * Full states: a head, keys, a middle, and a tail that is each format's own.
 */
#define HEAD	{ PFS_ID, 8 }, { PFS_IFNAME, 16 }
#define HOST(h)	{ h + PFS_ADDR0, 16 }, { h + PFS_PORT0, 2 }, PAD(6)
#define KEY_V5(k)							\
	{ k + PFS_ADDR0, 16 }, { k + PFS_ADDR1, 16 },			\
	{ k + PFS_PORT0, 2 }, { k + PFS_PORT1, 2 }
#define KEY_V6(k)							\
	KEY_V5(k), { k + PFS_KEY_RDOMAIN, 2 }, { k + PFS_KEY_AF, 1 }, PAD(1)
#define MIDDLE								\
	PEERS, { PFS_RT_ADDR, 16 }, { PFS_RULE, 4 },			\
	{ PFS_ANCHOR, 4 }, { PFS_NAT_RULE, 4 }, { PFS_CREATION, 4 },	\
	{ PFS_EXPIRE, 4 }, { PFS_PACKETS0, 8 }, { PFS_PACKETS1, 8 },	\
	{ PFS_BYTES0, 8 }, { PFS_BYTES1, 8 }, { PFS_CREATORID, 4 }
#define WHAT	{ PFS_AF, 1 }, { PFS_PROTO, 1 }, { PFS_DIRECTION, 1 }
#define QUEUES								\
	{ PFS_QID, 2 }, { PFS_PQID, 2 }, { PFS_DNPIPE, 2 }, { PFS_DNRPIPE, 2 }
#define PRIOS	{ PFS_PRIO0, 1 }, { PFS_PRIO1, 1 }

const struct pfs_field pfs_state_v3[] = {
	HEAD, HOST(PFS_LAN), HOST(PFS_GWY), HOST(PFS_EXT), MIDDLE, WHAT,
	{ PFS_LOG, 1 }, { PFS_ALLOW_OPTS, 1 }, { PFS_TIMEOUT, 1 },
	{ PFS_SYNC_FLAGS_V3, 1 }, { PFS_UPDATES, 1 }, END
};
const struct pfs_field pfs_state_1301[] = {
	HEAD, KEY_V5(PFS_WIRE), KEY_V5(PFS_STACK), MIDDLE, WHAT, PAD(2),
	{ PFS_LOG, 1 }, { PFS_STATE_FLAGS, 1 }, { PFS_TIMEOUT, 1 },
	{ PFS_SYNC_FLAGS, 1 }, { PFS_UPDATES, 1 }, END
};
const struct pfs_field pfs_state_1400[] = {
	HEAD, KEY_V5(PFS_WIRE), KEY_V5(PFS_STACK), MIDDLE, WHAT,
	{ PFS_STATE_FLAGS, 2 }, { PFS_LOG, 1 }, PAD(1), { PFS_TIMEOUT, 1 },
	{ PFS_SYNC_FLAGS, 1 }, { PFS_UPDATES, 1 }, QUEUES,
	{ PFS_RTABLEID, 4 }, { PFS_MIN_TTL, 1 }, { PFS_SET_TOS, 1 },
	{ PFS_MAX_MSS, 2 }, PRIOS, { PFS_RT, 1 }, { PFS_RT_IFNAME, 16 }, END
};
const struct pfs_field pfs_state_1500[] = {
	HEAD, KEY_V5(PFS_WIRE), KEY_V5(PFS_STACK), MIDDLE,
	{ PFS_TAGNAME, 64 }, { PFS_RT_IFNAME, 16 }, { PFS_ORIG_IFNAME, 16 },
	{ PFS_RTABLEID, 4 }, { PFS_STATE_FLAGS, 2 }, QUEUES,
	{ PFS_MAX_MSS, 2 }, { PFS_WIRE + PFS_KEY_AF, 1 },
	{ PFS_STACK + PFS_KEY_AF, 1 }, { PFS_RT_AF, 1 },
	{ PFS_WIRE + PFS_KEY_PROTO, 1 }, { PFS_STACK + PFS_KEY_PROTO, 1 },
	{ PFS_LOG, 1 }, { PFS_TIMEOUT, 1 }, { PFS_DIRECTION, 1 },
	{ PFS_RT, 1 }, { PFS_MIN_TTL, 1 }, { PFS_SET_TOS, 1 }, PRIOS, PAD(3),
	END
};
const struct pfs_field pfs_state_v6[] = {
	HEAD, KEY_V6(PFS_WIRE), KEY_V6(PFS_STACK), MIDDLE,
	{ PFS_RTABLEID0, 4 }, { PFS_RTABLEID1, 4 }, { PFS_MAX_MSS, 2 }, WHAT,
	{ PFS_LOG, 1 }, { PFS_RT_V6, 1 }, { PFS_TIMEOUT, 1 },
	{ PFS_SYNC_FLAGS, 1 }, { PFS_UPDATES, 1 }, { PFS_MIN_TTL, 1 },
	{ PFS_SET_TOS, 1 }, { PFS_STATE_FLAGS, 2 }, PRIOS, END
};

/*
 * How a field is printed by pfs_print_all().  No base: as what it is.
 */
enum base { DEC, HEX, SIGNED, NAME, ADDRESS, SOCKADDR };

struct what {
	const char *name;
	enum base base;
};

#define PEER_WHAT(p, s)							\
	[p + PFS_SCRUB_FLAGS] = { s ".scrub_flags", HEX },		\
	[p + PFS_SCRUB_TTL] = { s ".scrub_ttl", DEC },			\
	[p + PFS_SCRUB_VALID] = { s ".scrub_valid", DEC },		\
	[p + PFS_TS_MOD] = { s ".ts_mod", DEC },			\
	[p + PFS_SEQLO] = { s ".seqlo", DEC },				\
	[p + PFS_SEQHI] = { s ".seqhi", DEC },				\
	[p + PFS_SEQDIFF] = { s ".seqdiff", DEC },			\
	[p + PFS_MAX_WIN] = { s ".max_win", DEC },			\
	[p + PFS_MSS] = { s ".mss", DEC },				\
	[p + PFS_LEVEL] = { s ".state", DEC },				\
	[p + PFS_WSCALE] = { s ".wscale", HEX }
#define HOST_WHAT(h, s)							\
	[h + PFS_ADDR0] = { s ".addr", ADDRESS },			\
	[h + PFS_PORT0] = { s ".port", DEC }
#define KEY_WHAT(k, s)							\
	[k + PFS_ADDR0] = { s ".addr0", ADDRESS },			\
	[k + PFS_ADDR1] = { s ".addr1", ADDRESS },			\
	[k + PFS_PORT0] = { s ".port0", DEC },				\
	[k + PFS_PORT1] = { s ".port1", DEC },				\
	[k + PFS_KEY_RDOMAIN] = { s ".rdomain", DEC },			\
	[k + PFS_KEY_AF] = { s ".af", DEC },				\
	[k + PFS_KEY_PROTO] = { s ".proto", DEC }

static const struct what whats[PFS_IDS] = {
	[PFS_PAD] = { "pad", HEX }, [PFS_VERSION] = { "version", DEC },
	[PFS_SPARE] = { "spare", DEC }, [PFS_LEN] = { "len", DEC },
	[PFS_CKSUM] = { "cksum", HEX }, [PFS_HEADER_AF] = { "af", DEC },
	[PFS_ACTION] = { "action", DEC }, [PFS_SIZE] = { "size", DEC },
	[PFS_COUNT] = { "count", DEC }, [PFS_ID] = { "id", HEX },
	[PFS_CREATORID] = { "creatorid", HEX },
	[PFS_IFNAME] = { "ifname", NAME }, [PFS_STATUS] = { "status", DEC },
	[PFS_ENDTIME] = { "endtime", DEC },
	[PFS_SRC_LEVEL] = { "src.state", DEC },
	[PFS_DST_LEVEL] = { "dst.state", DEC },
	[PFS_SPI] = { "spi", HEX }, [PFS_SA_LEN] = { "dst.len", DEC },
	[PFS_SA_FAMILY] = { "dst.family", DEC },
	[PFS_SA_REST] = { "dst.addr", SOCKADDR },
	[PFS_RPL] = { "rpl", DEC }, [PFS_CUR_BYTES] = { "cur_bytes", DEC },
	[PFS_SPROTO] = { "sproto", DEC }, [PFS_RDOMAIN] = { "rdomain", DEC },
	PEER_WHAT(PFS_SRC, "src"), PEER_WHAT(PFS_DST, "dst"),
	KEY_WHAT(PFS_WIRE, "wire"), KEY_WHAT(PFS_STACK, "stack"),
	HOST_WHAT(PFS_LAN, "lan"), HOST_WHAT(PFS_GWY, "gwy"),
	HOST_WHAT(PFS_EXT, "ext"),
	[PFS_AF] = { "af", DEC }, [PFS_PROTO] = { "proto", DEC },
	[PFS_DIRECTION] = { "direction", DEC },
	[PFS_RT_ADDR] = { "rt_addr", ADDRESS }, [PFS_RT_AF] = { "rt_af", DEC },
	[PFS_RULE] = { "rule", SIGNED }, [PFS_ANCHOR] = { "anchor", SIGNED },
	[PFS_NAT_RULE] = { "nat_rule", SIGNED },
	[PFS_CREATION] = { "creation", DEC },
	[PFS_EXPIRE] = { "expire", DEC },
	[PFS_PACKETS0] = { "packets0", DEC },
	[PFS_PACKETS1] = { "packets1", DEC },
	[PFS_BYTES0] = { "bytes0", DEC }, [PFS_BYTES1] = { "bytes1", DEC },
	[PFS_LOG] = { "log", DEC }, [PFS_ALLOW_OPTS] = { "allow_opts", DEC },
	[PFS_TIMEOUT] = { "timeout", DEC },
	[PFS_STATE_FLAGS] = { "state_flags", HEX },
	[PFS_SYNC_FLAGS] = { "sync_flags", HEX },
	[PFS_SYNC_FLAGS_V3] = { "sync_flags", HEX },
	[PFS_UPDATES] = { "updates", DEC }, [PFS_RT] = { "rt", DEC },
	[PFS_RT_V6] = { "rt", DEC }, [PFS_RT_IFNAME] = { "rt_ifname", NAME },
	[PFS_ORIG_IFNAME] = { "orig_ifname", NAME },
	[PFS_TAGNAME] = { "tagname", NAME },
	[PFS_RTABLEID] = { "rtableid", SIGNED },
	[PFS_RTABLEID0] = { "rtableid0", SIGNED },
	[PFS_RTABLEID1] = { "rtableid1", SIGNED },
	[PFS_QID] = { "qid", DEC }, [PFS_PQID] = { "pqid", DEC },
	[PFS_DNPIPE] = { "dnpipe", DEC }, [PFS_DNRPIPE] = { "dnrpipe", DEC },
	[PFS_MIN_TTL] = { "min_ttl", DEC }, [PFS_SET_TOS] = { "set_tos", HEX },
	[PFS_MAX_MSS] = { "max_mss", DEC }, [PFS_PRIO0] = { "set_prio0", DEC },
	[PFS_PRIO1] = { "set_prio1", DEC },
};
/* clang-format on */

u_int
pfs_layout_size(const struct pfs_field *f)
{
	u_int size = 0;

	for (; f->id != PFS_END; f++)
		size += f->width;
	return (size);
}

u_int
pfs_find(const struct pfs_field *f, u_int id, u_int *off)
{
	u_int at = 0;

	for (; f->id != PFS_END; at += f->width, f++) {
		if (f->id != id)
			continue;
		if (off != NULL)
			*off = at;
		return (f->width);
	}
	return (0);
}

static uint64_t
get_uint(netdissect_options *ndo, const u_char *p, u_int width)
{
	uint64_t v = 0;

	while (width-- > 0)
		v = v << 8 | GET_U_1(p++);
	return (v);
}

uint64_t
pfs_get(netdissect_options *ndo, const struct pfs_msg *m, u_int id)
{
	u_int off = 0, width = pfs_find(m->layout, id, &off);

	return (get_uint(ndo, m->p + off, width));
}

/* A key may have its own family; if not, or it is 0, the state's counts. */
u_int
pfs_family(netdissect_options *ndo, const struct pfs_msg *m, u_int id)
{
	u_int af = 0;

	if (id == PFS_RT_ADDR)
		af = (u_int)pfs_get(ndo, m, PFS_RT_AF);
	else if (id >= PFS_STACK && id < PFS_LAN)
		af = (u_int)pfs_get(ndo, m, PFS_STACK + PFS_KEY_AF);
	else if (id >= PFS_WIRE && id < PFS_STACK)
		af = (u_int)pfs_get(ndo, m, PFS_WIRE + PFS_KEY_AF);
	return (af != 0 ? af : (u_int)pfs_get(ndo, m, PFS_AF));
}

static void
put_hex(netdissect_options *ndo, const u_char *p, u_int width)
{
	while (width-- > 0)
		ND_PRINT("%02x", GET_U_1(p++));
}

/* An address of a family, or room of it in hex if that is none of IP's. */
static void
put_address(netdissect_options *ndo, u_int af, const u_char *p, u_int width)
{
	u_int len = pfs_addr_len(af);

	if (len != 0)
		pfs_put_host(ndo, p, len, 0);
	else
		put_hex(ndo, p, width);
}

static void
put_value(netdissect_options *ndo, const struct pfs_msg *m,
    const struct pfs_field *f, const u_char *p)
{
	u_int af;

	switch (whats[f->id].base) {
	case DEC:
		ND_PRINT("%" PRIu64, get_uint(ndo, p, f->width));
		break;
	case SIGNED:
		ND_PRINT("%" PRId32, (int32_t)get_uint(ndo, p, f->width));
		break;
	case HEX:
		put_hex(ndo, p, f->width);
		break;
	case NAME:
		pfs_put_string(ndo, p, f->width);
		break;
	case ADDRESS:
		put_address(ndo, pfs_family(ndo, m, f->id), p, f->width);
		break;
	case SOCKADDR:
		af = (u_int)pfs_get(ndo, m, PFS_SA_FAMILY);
		if (pfs_addr_len(af) != 0)
			p += pfs_addr_len(af) == 4 ? 2 : 6;
		put_address(ndo, af, p, f->width);
		break;
	}
}

void
pfs_print_all(netdissect_options *ndo, const struct pfs_msg *m)
{
	const struct pfs_field *f;
	const char *before = "\n\t\t";
	const u_char *p = m->p;

	for (f = m->layout; f->id != PFS_END; p += f->width, f++) {
		ND_PRINT("%s%s ", before, whats[f->id].name);
		put_value(ndo, m, f, p);
		before = ", ";
	}
}
