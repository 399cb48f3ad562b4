/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Every message of pfsync(4), by version and action: its name, the layout of
 * its fields, what -v puts on its line, and the lines that -vv adds below it.
 */

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "netdissect-stdinc.h"

#include "netdissect.h"

#include "pfsync-layout.h"
#include "pfsync-fields.h"
#include "pfsync-messages.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
/*
 * Names of values.
 */
static const struct tok timeouts[] = {
	{ 0, "tcp.first" }, { 1, "tcp.opening" }, { 2, "tcp.established" },
	{ 3, "tcp.closing" }, { 4, "tcp.finwait" }, { 5, "tcp.closed" },
	{ 6, "udp.first" }, { 7, "udp.single" }, { 8, "udp.multiple" },
	{ 9, "icmp.first" }, { 10, "icmp.error" }, { 11, "other.first" },
	{ 12, "other.single" }, { 13, "other.multiple" }, { 14, "frag" },
	{ 15, "interval" }, { 16, "adaptive.start" }, { 17, "adaptive.end" },
	{ 18, "src.track" }, { 19, "tcp.tsdiff" }, { 20, "sctp.first" },
	{ 21, "sctp.opening" }, { 22, "sctp.established" },
	{ 23, "sctp.closing" }, { 24, "sctp.closed" }, { 0, NULL }
};

static const struct tok state_flags[] = {
	{ 0x0001, "allow-opts" }, { 0x0002, "sloppy" }, { 0x0004, "pflow" },
	{ 0x0008, "no-sync" }, { 0x0010, "ack" }, { 0x0020, "no-df" },
	{ 0x0040, "set-tos" }, { 0x0080, "random-id" },
	{ 0x0100, "scrub-tcp" }, { 0x0200, "set-prio" },
	{ 0x0400, "inp-unlinked" },
	{ 0x4000, "dn-pipe" }, { 0x8000, "dn-queue" }, { 0, NULL }
};

static const struct tok sync_flags[] = {
	{ 0x04, "source-track" }, { 0x08, "sticky-address" }, { 0, NULL }
};

static const struct tok sync_flags_v3[] = {
	{ 0x01, "no-sync" }, { 0x02, "from-sync" }, { 0x04, "stale" },
	{ 0, NULL }
};

static const struct tok routes[] = {
	{ 0, "none" }, { 1, "fastroute" }, { 2, "route-to" },
	{ 3, "dup-to" }, { 4, "reply-to" }, { 0, NULL }
};

static const struct tok routes_v6[] = {
	{ 0, "none" }, { 1, "route-to" }, { 2, "dup-to" }, { 3, "reply-to" },
	{ 0, NULL }
};

static const struct tok bulk_marks[] = {
	{ 1, "start" }, { 2, "end" }, { 0, NULL }
};

static const struct tok ipsec_protocols[] = {
	{ 50, "esp" }, { 51, "ah" }, { 108, "ipcomp" }, { 0, NULL }
};

/*
 * What is printed; of an item whose field a message has not, nothing is.
 */
#define I(name, id, put)	{ name, id, put, NULL }
#define END			{ NULL, 0, NULL, NULL }
#define TIMEOUT			{ "timeout", PFS_TIMEOUT, pfs_name, timeouts }
#define STATE_FLAGS							\
	{ "state_flags", PFS_STATE_FLAGS, pfs_bits, state_flags }
#define KEY								\
	I("id", PFS_ID, pfs_hex), I("creatorid", PFS_CREATORID, pfs_hex)

static const struct pfs_item clr[] = {
	I("ifname", PFS_IFNAME, pfs_string),
	I("creatorid", PFS_CREATORID, pfs_hex), END
};
static const struct pfs_item key[] = {	/* UPD_REQ, INS_ACK, DEL_C */
	KEY, I("src", PFS_SRC_LEVEL, pfs_uint),
	I("dst", PFS_DST_LEVEL, pfs_uint), END
};
static const struct pfs_item bus[] = {
	{ "status", PFS_STATUS, pfs_name, bulk_marks },
	I("creatorid", PFS_CREATORID, pfs_hex),
	I("endtime", PFS_ENDTIME, pfs_seconds), END
};
static const struct pfs_item tdb[] = {
	I("spi", PFS_SPI, pfs_hex), I("dst", PFS_SA_FAMILY, pfs_sockaddr),
	{ "proto", PFS_SPROTO, pfs_name, ipsec_protocols },
	I("rpl", PFS_RPL, pfs_uint), I("cur_bytes", PFS_CUR_BYTES, pfs_uint),
	I("updates", PFS_UPDATES, pfs_uint),
	I("rdomain", PFS_RDOMAIN, pfs_uint), END
};
static const struct pfs_item upd_c[] = {
	KEY, I("", PFS_ID, pfs_levels), END
};
static const struct pfs_item state[] = {
	KEY, I("", PFS_IFNAME, pfs_string), I("", PFS_ID, pfs_state), END
};
static const struct pfs_item src[] = { I("src", PFS_SRC, pfs_peer), END };
static const struct pfs_item dst[] = { I("dst", PFS_DST, pfs_peer), END };
static const struct pfs_item upd_c_rest[] = {
	I("expires in", PFS_EXPIRE, pfs_seconds), TIMEOUT, STATE_FLAGS,
	I("updates", PFS_UPDATES, pfs_uint), END
};
static const struct pfs_item state_mid[] = {
	I("age", PFS_CREATION, pfs_seconds),
	I("expires in", PFS_EXPIRE, pfs_seconds),
	I("pkts", PFS_PACKETS0, pfs_pair), I("bytes", PFS_BYTES0, pfs_pair),
	I("rule", PFS_RULE, pfs_number), I("anchor", PFS_ANCHOR, pfs_number),
	I("nat_rule", PFS_NAT_RULE, pfs_number),
	I("rt_addr", PFS_RT_ADDR, pfs_addr), END
};
static const struct pfs_item state_tail[] = {
	I("log", PFS_LOG, pfs_uint), I("allow_opts", PFS_ALLOW_OPTS, pfs_uint),
	TIMEOUT, STATE_FLAGS,
	{ "sync_flags", PFS_SYNC_FLAGS, pfs_bits, sync_flags },
	{ "sync_flags", PFS_SYNC_FLAGS_V3, pfs_bits, sync_flags_v3 },
	I("updates", PFS_UPDATES, pfs_uint), END
};
static const struct pfs_item state_more[] = {	/* not in 1301 and version 3 */
	{ "rt", PFS_RT, pfs_name, routes },
	{ "rt", PFS_RT_V6, pfs_name, routes_v6 },
	I("rt_ifname", PFS_RT_IFNAME, pfs_string),
	I("orig_ifname", PFS_ORIG_IFNAME, pfs_string),
	I("tag", PFS_TAGNAME, pfs_string),
	I("rtableid", PFS_RTABLEID, pfs_number),
	I("rtableid", PFS_RTABLEID0, pfs_numbers),
	I("wire rdomain", PFS_WIRE + PFS_KEY_RDOMAIN, pfs_uint),
	I("stack rdomain", PFS_STACK + PFS_KEY_RDOMAIN, pfs_uint),
	I("qid", PFS_QID, pfs_uint), I("pqid", PFS_PQID, pfs_uint),
	I("dnpipe", PFS_DNPIPE, pfs_uint), I("dnrpipe", PFS_DNRPIPE, pfs_uint),
	I("min_ttl", PFS_MIN_TTL, pfs_uint),
	I("set_tos", PFS_SET_TOS, pfs_hex), I("max_mss", PFS_MAX_MSS, pfs_uint),
	I("set_prio", PFS_PRIO0, pfs_pair), END
};

/*
 * The messages of each version, by action.
 */
#define MSG(name, layout, items)	{ name, layout, items, { NULL } }
#define NOTHING(name)			MSG(name, NULL, NULL)
#define UPD_C(layout)							\
	{ "UPD_C", layout, upd_c, { src, dst, upd_c_rest } }
#define STATE(name, layout)						\
	{ name, layout, state, { src, dst, state_mid, state_tail } }
#define LONG_STATE(name, layout)					\
	{ name, layout, state, { src, dst, state_mid, state_tail, state_more } }

static const struct pfs_message messages_v3[] = {
	[0] = MSG("CLR", pfs_clr_v3, clr),
	[1] = STATE("INS", pfs_state_v3),
	[2] = STATE("UPD", pfs_state_v3),
	[3] = STATE("DEL", pfs_state_v3),
	[4] = UPD_C(pfs_upd_c_v3),
	[5] = MSG("DEL_C", pfs_del_c_v3, key),
	[8] = MSG("UREQ", pfs_key_v3, key),
	[9] = MSG("BUS", pfs_bus_v3, bus),
	[10] = MSG("TDB", pfs_tdb, tdb),
};

static const struct pfs_message messages_v5[] = {
	[0] = MSG("CLR", pfs_clr, clr),
	[1] = STATE("INS_1301", pfs_state_1301),
	[2] = MSG("INS_ACK", pfs_key, key),
	[3] = STATE("UPD_1301", pfs_state_1301),
	[4] = UPD_C(pfs_upd_c),
	[5] = MSG("UPD_REQ", pfs_key, key),
	[6] = STATE("DEL", pfs_state_1301),
	[7] = MSG("DEL_C", pfs_key, key),
	[10] = MSG("BUS", pfs_bus, bus),
	[11] = MSG("TDB", pfs_tdb, tdb),
	[12] = NOTHING("EOF"),
	[13] = LONG_STATE("INS_1400", pfs_state_1400),
	[14] = LONG_STATE("UPD_1400", pfs_state_1400),
	[15] = LONG_STATE("INS_1500", pfs_state_1500),
	[16] = LONG_STATE("UPD_1500", pfs_state_1500),
};

/* Receivers skip those of which nothing is known: they are of old versions. */
static const struct pfs_message messages_v6[] = {
	[0] = MSG("CLR", pfs_clr, clr),
	[1] = NOTHING("OINS"),
	[2] = MSG("INS_ACK", pfs_key, key),
	[3] = NOTHING("OUPD"),
	[4] = UPD_C(pfs_upd_c_v6),
	[5] = MSG("UPD_REQ", pfs_key, key),
	[6] = LONG_STATE("DEL", pfs_state_v6),
	[7] = MSG("DEL_C", pfs_key, key),
	[8] = NOTHING("INS_F"),
	[9] = NOTHING("DEL_F"),
	[10] = MSG("BUS", pfs_bus, bus),
	[11] = NOTHING("OTDB"),
	[12] = NOTHING("EOF"),
	[13] = LONG_STATE("INS", pfs_state_v6),
	[14] = LONG_STATE("UPD", pfs_state_v6),
	[15] = MSG("TDB", pfs_tdb_v6, tdb),
};

static const struct pfs_dialect dialects[] = {
	{ 3, false, messages_v3, NELEMS(messages_v3), pfs_header_v3, NULL },
	{ 5, false, messages_v5, NELEMS(messages_v5), pfs_header,
	    pfs_subheader_v5 },
	{ 6, true, messages_v6, NELEMS(messages_v6), pfs_header,
	    pfs_subheader_v6 },
};
/* clang-format on */

const struct pfs_dialect *
pfs_find_dialect(u_int version)
{
	u_int i;

	for (i = 0; i < NELEMS(dialects); i++)
		if (dialects[i].version == version)
			return (&dialects[i]);
	return (NULL);
}
