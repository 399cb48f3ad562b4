/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages: what real kernels sent, and where each field lands.  The
 * offsets here were written down from the description of the formats, not from
 * the engine's tables.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/if_pfsync.h"
#include "net/pfsync/dialect.h"
#include "tests/lib/capture.h"
#include "tests/lib/fixture.h"
#include "tests/lib/same.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ST(m) \
	offsetof(struct psync_state, m), sizeof(((struct psync_state *)0)->m)

/* Where a field of struct psync_state stands in a message. */
struct place {
	const char *name;
	size_t host, host_len;
	unsigned wire, wire_len;
	char how; /* 'b' big endian, '=' bytes as they are */
};

#define COMMON                                                             \
	{ "id", ST(id), 0, 8, '=' }, { "ifname", ST(ifname), 8, 16, '=' }, \
	    { "wire addr 0", ST(key[0].addr[0]), 24, 16, '=' },            \
	    { "wire addr 1", ST(key[0].addr[1]), 40, 16, '=' },            \
	    { "wire port 0", ST(key[0].port[0]), 56, 2, '=' },             \
	    { "wire port 1", ST(key[0].port[1]), 58, 2, '=' },             \
	    { "stack addr 0", ST(key[1].addr[0]), 60, 16, '=' },           \
	    { "stack addr 1", ST(key[1].addr[1]), 76, 16, '=' },           \
	    { "stack port 0", ST(key[1].port[0]), 92, 2, '=' },            \
	    { "stack port 1", ST(key[1].port[1]), 94, 2, '=' },            \
	    { "src flags", ST(src.pfss_flags), 96, 2, 'b' },               \
	    { "src ttl", ST(src.pfss_ttl), 98, 1, '=' },                   \
	    { "src scrub", ST(src.scrub), 99, 1, '=' },                    \
	    { "src ts_mod", ST(src.ts_mod), 100, 4, 'b' },                 \
	    { "src seqlo", ST(src.seqlo), 104, 4, 'b' },                   \
	    { "src seqhi", ST(src.seqhi), 108, 4, 'b' },                   \
	    { "src seqdiff", ST(src.seqdiff), 112, 4, 'b' },               \
	    { "src max_win", ST(src.max_win), 116, 2, 'b' },               \
	    { "src mss", ST(src.mss), 118, 2, 'b' },                       \
	    { "src state", ST(src.state), 120, 1, '=' },                   \
	    { "src wscale", ST(src.wscale), 121, 1, '=' },                 \
	    { "dst flags", ST(dst.pfss_flags), 128, 2, 'b' },              \
	    { "dst ttl", ST(dst.pfss_ttl), 130, 1, '=' },                  \
	    { "dst scrub", ST(dst.scrub), 131, 1, '=' },                   \
	    { "dst ts_mod", ST(dst.ts_mod), 132, 4, 'b' },                 \
	    { "dst seqlo", ST(dst.seqlo), 136, 4, 'b' },                   \
	    { "dst seqhi", ST(dst.seqhi), 140, 4, 'b' },                   \
	    { "dst seqdiff", ST(dst.seqdiff), 144, 4, 'b' },               \
	    { "dst max_win", ST(dst.max_win), 148, 2, 'b' },               \
	    { "dst mss", ST(dst.mss), 150, 2, 'b' },                       \
	    { "dst state", ST(dst.state), 152, 1, '=' },                   \
	    { "dst wscale", ST(dst.wscale), 153, 1, '=' },                 \
	    { "rt_addr", ST(rt_addr), 160, 16, '=' },                      \
	    { "rule", ST(rule), 176, 4, 'b' },                             \
	    { "anchor", ST(anchor), 180, 4, 'b' },                         \
	    { "nat_rule", ST(nat_rule), 184, 4, 'b' },                     \
	    { "creation", ST(creation), 188, 4, 'b' },                     \
	    { "expire", ST(expire), 192, 4, 'b' },                         \
	    { "packets 0", ST(packets[0]), 196, 8, 'b' },                  \
	    { "packets 1", ST(packets[1]), 204, 8, 'b' },                  \
	    { "bytes 0", ST(bytes[0]), 212, 8, 'b' },                      \
	    { "bytes 1", ST(bytes[1]), 220, 8, 'b' },                      \
	    { "creatorid", ST(creatorid), 228, 4, '=' },                   \
	    { "af", ST(af[PSYNC_WIRE]), 232, 1, '=' },                     \
	    { "proto", ST(proto[PSYNC_WIRE]), 233, 1, '=' },               \
	    { "direction", ST(direction), 234, 1, '=' },                   \
	    { "log", ST(log), 237, 1, '=' },                               \
	    { "timeout", ST(timeout), 239, 1, '=' },                       \
	    { "sync_flags", ST(sync_flags), 240, 1, '=' },                 \
	{                                                                  \
		"updates", ST(updates), 241, 1, '='                        \
	}

static const struct place places_1301[] = {
	COMMON,
	{ "state_flags", ST(state_flags), 238, 1, 'b' },
};

static const struct place places_1400[] = {
	COMMON,
	{ "state_flags", ST(state_flags), 235, 2, 'b' },
	{ "qid", ST(qid), 242, 2, 'b' },
	{ "pqid", ST(pqid), 244, 2, 'b' },
	{ "dnpipe", ST(dnpipe), 246, 2, 'b' },
	{ "dnrpipe", ST(dnrpipe), 248, 2, 'b' },
	{ "rtableid", ST(rtableid), 250, 4, 'b' },
	{ "min_ttl", ST(min_ttl), 254, 1, '=' },
	{ "set_tos", ST(set_tos), 255, 1, '=' },
	{ "max_mss", ST(max_mss), 256, 2, 'b' },
	{ "set_prio", ST(set_prio), 258, 2, '=' },
	{ "rt", ST(rt), 260, 1, '=' },
	{ "rt_ifname", ST(rt_ifname), 261, 16, '=' },
};

/* The i-th byte on the wire of a field, which lies in st. */
static uint8_t
wire_byte(const struct place *p, const struct psync_state *st, unsigned i)
{
	const uint8_t *h = (const uint8_t *)st + p->host;
	unsigned from_end = p->wire_len - 1 - i;

	/* Integers are little endian in the memory of this machine, or big. */
	if (p->how == '=')
		return (h[i]);
	return (h[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ?
		from_end :
		p->host_len - 1 - from_end]);
}

static void
check_places(const struct psync_layout *l, const struct place *places, size_t n)
{
	struct psync_state back, st;
	uint8_t w[512];
	unsigned at, i;
	const struct place *p;

	for (p = places; p < places + n; p++) {
		memset(&st, 0, sizeof(st));
		for (i = 0; i < p->host_len; i++)
			((uint8_t *)&st)[p->host + i] = (uint8_t)(0xa1 + i);
		if (p->wire_len < p->host_len && p->how == 'b')
			st.state_flags = 0xa1;
		memset(w, 0xee, sizeof(w));
		psync_encode(l, w, &st);
		for (at = 0; at < l->size; at++)
			ATF_CHECK_EQ_MSG(at >= p->wire &&
				    at < p->wire + p->wire_len ?
				wire_byte(p, &st, at - p->wire) :
				0,
			    w[at], "%s: byte %u is %#x", p->name, at, w[at]);
		for (; at < sizeof(w); at++)
			ATF_CHECK_EQ_MSG(0xee, w[at], "%s: byte %u written",
			    p->name, at);

		/* The receiver masks what the sender says of scrubbing. */
		psync_decode(l, w, &back);
		st.src.scrub &= 1;
		st.dst.scrub &= 1;
		st.src.pfss_flags &= 1;
		st.dst.pfss_flags &= 1;
		ATF_CHECK_MSG(memcmp((uint8_t *)&st + p->host,
				  (uint8_t *)&back + p->host, p->host_len) == 0,
		    "%s does not come back", p->name);
	}
}

ATF_TC_WITHOUT_HEAD(offsets_1301);
ATF_TC_BODY(offsets_1301, tc)
{
	(void)tc;
	ATF_CHECK_EQ(242, psync_layout_1301.size);
	check_places(&psync_layout_1301, places_1301, NELEM(places_1301));
}

ATF_TC_WITHOUT_HEAD(offsets_1400);
ATF_TC_BODY(offsets_1400, tc)
{
	(void)tc;
	ATF_CHECK_EQ(277, psync_layout_1400.size);
	check_places(&psync_layout_1400, places_1400, NELEM(places_1400));
}

/* One family and protocol on the wire are those of both keys. */
ATF_TC_WITHOUT_HEAD(both_keys);
ATF_TC_BODY(both_keys, tc)
{
	const struct psync_layout *l[] = { &psync_layout_1301,
		&psync_layout_1400 };
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	uint8_t w[277];
	unsigned i;

	(void)tc;
	st.af[PSYNC_STACK] = st.rt_af = 2;
	st.af[PSYNC_WIRE] = 28;
	st.proto[PSYNC_STACK] = 17;
	st.proto[PSYNC_WIRE] = 6;
	for (i = 0; i < 2; i++) {
		struct psync_state back;

		psync_encode(l[i], w, &st);
		ATF_CHECK_EQ(28, w[232]);
		ATF_CHECK_EQ(6, w[233]);
		psync_decode(l[i], w, &back);
		ATF_CHECK_EQ(28, back.af[PSYNC_WIRE]);
		ATF_CHECK_EQ(28, back.af[PSYNC_STACK]);
		ATF_CHECK_EQ(28, back.rt_af);
		ATF_CHECK_EQ(6, back.proto[PSYNC_WIRE]);
		ATF_CHECK_EQ(6, back.proto[PSYNC_STACK]);
	}
}

/* A state of random values that both the struct and the message can hold. */
static void
random_state(struct psync_state *st, const struct place *places, size_t n)
{
	const struct place *p;
	size_t i;

	memset(st, 0, sizeof(*st));
	for (p = places; p < places + n; p++)
		for (i = 0; i < p->host_len; i++)
			((uint8_t *)st)[p->host + i] = (uint8_t)rand();
	st->af[PSYNC_STACK] = st->rt_af = st->af[PSYNC_WIRE];
	st->proto[PSYNC_STACK] = st->proto[PSYNC_WIRE];
	st->src.scrub &= 1;
	st->dst.scrub &= 1;
	st->src.pfss_flags &= 1;
	st->dst.pfss_flags &= 1;
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	struct psync_state back, st;
	uint8_t again[277], w[1 + 277 + 1];
	unsigned i;

	(void)tc;
	srand(1);
	for (i = 0; i < 2000; i++) {
		random_state(&st, places_1400, NELEM(places_1400));
		w[0] = w[278] = 0x5a;
		psync_encode(&psync_layout_1400, w + 1, &st);
		psync_decode(&psync_layout_1400, w + 1, &back);
		ATF_REQUIRE(same_state(&st, &back));
		psync_encode(&psync_layout_1400, again, &back);
		ATF_REQUIRE(memcmp(w + 1, again, 277) == 0);
		ATF_REQUIRE(w[0] == 0x5a && w[278] == 0x5a);

		/* What 1301 has no room for comes back as nothing. */
		random_state(&st, places_1301, NELEM(places_1301));
		st.state_flags &= 0xff;
		st.rtableid = 7;
		st.qid = 8;
		psync_encode(&psync_layout_1301, w + 1, &st);
		psync_decode(&psync_layout_1301, w + 1, &back);
		st.rtableid = -1;
		st.qid = 0;
		ATF_REQUIRE(same_state(&st, &back));
	}
}

static void
check_full(const uint8_t *w)
{
	struct psync_state st;
	uint8_t again[242];

	ATF_REQUIRE(psync_message_ok(&psync_layout_1301, w));
	psync_decode(&psync_layout_1301, w, &st);
	psync_encode(&psync_layout_1301, again, &st);
	ATF_CHECK(memcmp(w, again, 242) == 0);
}

static void
check_upd_c(const uint8_t *w)
{
	struct psync_peer dst, src;
	struct psync_change c;
	uint8_t again[84];

	ATF_REQUIRE(psync_message_ok(&psync_layout_upd_c, w));
	memset(&src, 0, sizeof(src));
	memset(&dst, 0, sizeof(dst));
	psync_decode_change(&psync_layout_upd_c, w, &src, &dst, &c);
	ATF_CHECK(c.src == &src && c.dst == &dst);
	psync_encode_upd_c(again, &c);
	ATF_CHECK(memcmp(w, again, 84) == 0);
}

static void
check_key(const uint8_t *w)
{
	uint8_t again[12];
	uint32_t creatorid;
	uint64_t id;

	memcpy(&id, w, 8);
	memcpy(&creatorid, w + 8, 4);
	ATF_CHECK_EQ(id != 0, psync_message_ok(&psync_layout_key12, w));
	psync_encode_key(again, id, creatorid);
	ATF_CHECK(memcmp(w, again, 12) == 0);
}

/* Every message that a FreeBSD kernel sent comes back byte for byte. */
ATF_TC_WITHOUT_HEAD(captured);
ATF_TC_BODY(captured, tc)
{
	static const uint8_t full[] = { 1, 3, 6 }, keys[] = { 2, 5, 7 };
	const struct capture_packet *p;
	struct capture c;
	unsigned i, k, nfull = 0, nkeys = 0, nupd_c = 0;
	const char *why;
	char path[1024];

	snprintf(path, sizeof(path), "%s/../captures/freebsd-12.2-v5-1301.pcap",
	    atf_tc_get_config_var(tc, "srcdir"));
	why = capture_read(&c, path);
	ATF_REQUIRE_MSG(why == NULL, "%s: %s", path, why);
	for (p = c.packet; p < c.packet + c.count; p++) {
		const uint8_t *w;

		for (k = 0; k < 3; k++) {
			for (i = 0; (w = frame_message(p->payload, p->len,
					 full[k], i)) != NULL;
			     i++, nfull++)
				check_full(w);
			for (i = 0; (w = frame_message(p->payload, p->len,
					 keys[k], i)) != NULL;
			     i++, nkeys++)
				check_key(w);
		}
		for (i = 0;
		     (w = frame_message(p->payload, p->len, 4, i)) != NULL;
		     i++, nupd_c++)
			check_upd_c(w);
	}
	capture_free(&c);
	ATF_CHECK_EQ(57 + 24, nfull);
	ATF_CHECK_EQ(5 + 23, nkeys);
	ATF_CHECK_EQ(16, nupd_c);
}

/*
 * One of them as pfctl(8) showed it there:
 * tcp 198.51.100.1:52964 (10.1.1.2:19244) -> 198.51.100.254:7780
 * [3996232948 + 65728](+798975828) wscale 6, 3:2 pkts, 173:112 bytes, rule 3
 */
ATF_TC_WITHOUT_HEAD(as_pfctl_saw_it);
ATF_TC_BODY(as_pfctl_saw_it, tc)
{
	static const uint8_t wanted[8] = { 0, 0, 0, 0, 0x6b, 2, 0x5c, 0x8d };
	static const uint8_t creator[4] = { 0x7d, 0xd8, 0x8c, 0x87 };
	const struct capture_packet *p;
	const uint8_t *w = NULL;
	struct psync_state st;
	struct capture c;
	char path[1024];
	unsigned i;

	snprintf(path, sizeof(path), "%s/../captures/freebsd-12.2-v5-1301.pcap",
	    atf_tc_get_config_var(tc, "srcdir"));
	ATF_REQUIRE(capture_read(&c, path) == NULL);
	for (p = c.packet; p < c.packet + c.count && w == NULL; p++)
		for (i = 0;
		     (w = frame_message(p->payload, p->len, 1, i)) != NULL &&
		     memcmp(w, wanted, 8) != 0;
		     i++)
			;
	ATF_REQUIRE(w != NULL);
	psync_decode(&psync_layout_1301, w, &st);
	capture_free(&c);

	ATF_CHECK(memcmp(&st.id, wanted, 8) == 0);
	ATF_CHECK(memcmp(&st.creatorid, creator, 4) == 0);
	ATF_CHECK_STREQ("all", st.ifname);
	ATF_CHECK(
	    memcmp(st.key[PSYNC_WIRE].addr[0], "\306\63\144\376", 4) == 0);
	ATF_CHECK(memcmp(st.key[PSYNC_WIRE].addr[1], "\306\63\144\1", 4) == 0);
	ATF_CHECK(memcmp(st.key[PSYNC_STACK].addr[1], "\12\1\1\2", 4) == 0);
	ATF_CHECK(memcmp(&st.key[PSYNC_WIRE].port[0], "\36\144", 2) == 0);
	ATF_CHECK(memcmp(&st.key[PSYNC_WIRE].port[1], "\316\344", 2) == 0);
	ATF_CHECK(memcmp(&st.key[PSYNC_STACK].port[1], "\113\54", 2) == 0);
	ATF_CHECK_EQ(3996232948U, st.src.seqlo);
	ATF_CHECK_EQ(65728U, st.src.seqhi - st.src.seqlo);
	ATF_CHECK_EQ(798975828U, st.src.seqdiff);
	ATF_CHECK_EQ(2680476266U, st.dst.seqlo);
	ATF_CHECK_EQ(3444015361U, st.dst.seqdiff);
	ATF_CHECK_EQ(0x86, st.src.wscale);
	ATF_CHECK_EQ(PSYNC_TCPS_ESTABLISHED, st.src.state);
	ATF_CHECK_EQ(PSYNC_TCPS_ESTABLISHED, st.dst.state);
	ATF_CHECK_EQ(3, st.packets[0]);
	ATF_CHECK_EQ(2, st.packets[1]);
	ATF_CHECK_EQ(173, st.bytes[0]);
	ATF_CHECK_EQ(112, st.bytes[1]);
	ATF_CHECK_EQ(3, st.rule);
	ATF_CHECK_EQ(UINT32_MAX, st.anchor);
	ATF_CHECK_EQ(0, st.nat_rule);
	ATF_CHECK_EQ(PSYNC_AF_INET, st.af[PSYNC_WIRE]);
	ATF_CHECK_EQ(6, st.proto[PSYNC_WIRE]);
	ATF_CHECK_EQ(PSYNC_DIR_OUT, st.direction);
	ATF_CHECK_EQ(PSYNC_TM_TCP_ESTABLISHED, st.timeout);
	ATF_CHECK_EQ(-1, st.rtableid);
}

static struct psync_change
change_of(const struct psync_state *st)
{
	struct psync_change c = {
		.id = st->id,
		.creatorid = st->creatorid,
		.expire = st->expire,
		.src = &st->src,
		.dst = &st->dst,
		.timeout = st->timeout,
	};

	return (c);
}

ATF_TC_WITHOUT_HEAD(upd_c);
ATF_TC_BODY(upd_c, tc)
{
	struct psync_state st;
	struct psync_change c;
	struct psync_peer dst, src;
	uint8_t got[86], want[84];
	unsigned i;

	(void)tc;
	srand(2);
	for (i = 0; i < 500; i++) {
		random_state(&st, places_1400, NELEM(places_1400));
		fixture_upd_c(want, &st);
		c = change_of(&st);
		memset(got, 0x5a, sizeof(got));
		psync_encode_upd_c(got + 1, &c);
		ATF_REQUIRE(memcmp(got + 1, want, 84) == 0);
		ATF_REQUIRE(got[0] == 0x5a && got[85] == 0x5a);

		memset(&src, 0, sizeof(src));
		memset(&dst, 0, sizeof(dst));
		psync_decode_change(&psync_layout_upd_c, want, &src, &dst, &c);
		ATF_REQUIRE(same_peer(&src, &st.src));
		ATF_REQUIRE(same_peer(&dst, &st.dst));
		ATF_REQUIRE(c.id == st.id && c.creatorid == st.creatorid);
		ATF_REQUIRE_EQ(0, c.expire);
		ATF_REQUIRE_EQ(st.timeout, c.timeout);
		ATF_REQUIRE(c.told == NULL && c.peer_time == 0);
	}
}

/* A message rewritten in place is the one encoded anew. */
ATF_TC_WITHOUT_HEAD(patch);
ATF_TC_BODY(patch, tc)
{
	const struct psync_layout *l[] = { &psync_layout_1301,
		&psync_layout_1400 };
	struct psync_state newer, old;
	struct psync_change c;
	uint8_t got[277], want[277];
	unsigned i, k;

	(void)tc;
	srand(3);
	for (i = 0; i < 500; i++) {
		random_state(&old, places_1301, NELEM(places_1301));
		random_state(&newer, places_1301, NELEM(places_1301));
		c = change_of(&newer);
		c.id = old.id;
		c.creatorid = old.creatorid;
		for (k = 0; k < 2; k++) {
			struct psync_state both = old;

			both.src = newer.src;
			both.dst = newer.dst;
			both.expire = newer.expire;
			both.timeout = newer.timeout;
			psync_encode(l[k], got, &old);
			psync_patch(l[k], got, &c);
			psync_encode(l[k], want, &both);
			ATF_REQUIRE(memcmp(got, want, l[k]->size) == 0);
		}
		fixture_upd_c(got, &old);
		psync_patch(&psync_layout_upd_c, got, &c);
		psync_encode_upd_c(want, &c);
		ATF_REQUIRE(memcmp(got, want, 84) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(dialects);
ATF_TC_BODY(dialects, tc)
{
	static const struct {
		unsigned number;
		unsigned version;
		const struct psync_layout *state;
		unsigned ins, upd;
	} want[] = {
		{ 3, 3, &psync_layout_v3, 1, 2 },
		{ 6, 6, &psync_layout_v6, 13, 14 },
		{ 1301, 5, &psync_layout_1301, 1, 3 },
		{ 1400, 5, &psync_layout_1400, 13, 14 },
		{ 1500, 5, &psync_layout_1500, 15, 16 },
	};
	const struct psync_dialect *d;
	unsigned i, n, known = 0;

	(void)tc;
	for (n = 0; n < 65536; n++)
		known += psync_dialect(n) != NULL;
	ATF_CHECK_EQ(5, known);
	for (i = 0; i < NELEM(want); i++) {
		d = psync_dialect(want[i].number);
		ATF_REQUIRE(d != NULL);
		ATF_CHECK(d->state == want[i].state);
		ATF_CHECK_EQ(want[i].version, d->version->number);
		ATF_CHECK_EQ(want[i].ins, psync_action_of(d, PSYNC_M_INS));
		ATF_CHECK_EQ(want[i].upd, psync_action_of(d, PSYNC_M_UPD));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, offsets_1301);
	ATF_TP_ADD_TC(tp, offsets_1400);
	ATF_TP_ADD_TC(tp, both_keys);
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, captured);
	ATF_TP_ADD_TC(tp, as_pfctl_saw_it);
	ATF_TP_ADD_TC(tp, upd_c);
	ATF_TP_ADD_TC(tp, patch);
	ATF_TP_ADD_TC(tp, dialects);
	return (atf_no_error());
}
