/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * States of peers: taken in and given out unchanged, refused where this pf
 * cannot hold them, updated, and used by packets as if they were pf's own.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <endian.h>
#include <string.h>

#include "tests/lib/pf_rig.h"
#include "tests/lib/same.h"

/*
 * A translated connection as captured from FreeBSD 12.2:
 * all tcp 198.51.100.1:52964 (10.1.1.2:19244) -> 198.51.100.254:7780
 */
static struct psync_state
captured(void)
{
	struct psync_state ps;
	const uint32_t nat = inet_addr("198.51.100.1");
	const uint32_t client = inet_addr("10.1.1.2");
	const uint32_t server = inet_addr("198.51.100.254");

	memset(&ps, 0, sizeof(ps));
	ps.id = 0x8d5c026b00000000;
	ps.creatorid = htonl(0x7dd88c87);
	ps.rule = 0;
	ps.anchor = ps.nat_rule = UINT32_MAX;
	ps.creation = 4;
	ps.expire = 86396;
	ps.packets[0] = 3;
	ps.packets[1] = 2;
	ps.bytes[0] = 173;
	ps.bytes[1] = 112;
	memcpy(ps.key[PSYNC_WIRE].addr[0], &server, 4);
	memcpy(ps.key[PSYNC_WIRE].addr[1], &nat, 4);
	ps.key[PSYNC_WIRE].port[0] = htons(7780);
	ps.key[PSYNC_WIRE].port[1] = htons(52964);
	memcpy(ps.key[PSYNC_STACK].addr[0], &server, 4);
	memcpy(ps.key[PSYNC_STACK].addr[1], &client, 4);
	ps.key[PSYNC_STACK].port[0] = htons(7780);
	ps.key[PSYNC_STACK].port[1] = htons(19244);
	ps.src.seqlo = 3996232948;
	ps.src.seqhi = 3996232948 + 65728;
	ps.src.max_win = 1027;
	ps.src.state = PSYNC_TCPS_ESTABLISHED;
	ps.src.wscale = 0x86;
	ps.dst.seqlo = 2680476266;
	ps.dst.seqhi = 2680476266 + 65728;
	ps.dst.max_win = 1027;
	ps.dst.state = PSYNC_TCPS_ESTABLISHED;
	ps.dst.wscale = 0x86;
	snprintf(ps.ifname, sizeof(ps.ifname), "all");
	ps.rtableid = -1;
	ps.af[0] = ps.af[1] = PSYNC_AF_INET;
	ps.proto[0] = ps.proto[1] = 6;
	ps.direction = PSYNC_DIR_OUT;
	ps.timeout = PSYNC_TM_TCP_ESTABLISHED;
	return (ps);
}

static void
open_rig(struct rig *rig)
{
	struct pf_rule r = rig_keep();

	rig_open(rig, &r, 1);
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	struct psync_state in = captured(), out;
	struct rig rig;

	open_rig(&rig);
	in.src.scrub = 1;
	in.src.ts_mod = 7;
	in.src.pfss_ttl = 64;
	in.src.pfss_flags = 1;
	in.dst.seqdiff = 99;
	in.dst.mss = 1460;
	in.log = 1;
	in.qid = 1;
	in.pqid = 2;
	in.dnpipe = 3;
	in.dnrpipe = 4;
	in.max_mss = 1400;
	in.min_ttl = 5;
	in.set_tos = 6;
	in.set_prio[0] = 7;
	in.set_prio[1] = 8;
	in.state_flags = PSYNC_STATE_ALLOWOPTS | PSYNC_STATE_SLOPPY | 0x0200;
	snprintf(in.orig_ifname, sizeof(in.orig_ifname), "em2");
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &in, true));
	rig_only(&rig, &out);
	ATF_CHECK(same_state(&in, &out));
	ATF_CHECK_EQ(0, rig.inserts);
	/* Without the same rules, its number means nothing here. */
	pf_states_clear(rig.pf, 0, "", false);
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &in, false));
	rig_only(&rig, &out);
	ATF_CHECK_EQ(UINT32_MAX, out.rule);
	in.rule = UINT32_MAX;
	ATF_CHECK(same_state(&in, &out));
	rig_close(&rig);
}

ATF_TC(adjusted);
ATF_TC_HEAD(adjusted, tc)
{
	atf_tc_set_md_var(tc, "descr", "What an import does not take over");
}
ATF_TC_BODY(adjusted, tc)
{
	struct psync_state in = captured(), out;
	struct pf_rule_stats stats;
	struct rig rig;

	open_rig(&rig);
	/* Flags that mean something to the sender only. */
	in.state_flags = PSYNC_STATE_NOSYNC | PSYNC_STATE_ACK |
	    PSYNC_STATE_SLOPPY | 0x0404;
	/* Octets behind an IPv4 address, an interface of 1400 not here. */
	memset(in.key[0].addr[0] + 4, 0xee, 12);
	memset(in.key[1].addr[1] + 4, 0xee, 12);
	memset(in.orig_ifname, 'x', sizeof(in.orig_ifname));
	/* No such rule; more time than there is for such a state. */
	in.rule = 1;
	in.expire = UINT32_MAX;
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &in, true));
	rig_only(&rig, &out);
	ATF_CHECK_EQ(PSYNC_STATE_SLOPPY, out.state_flags);
	ATF_CHECK_EQ(0, out.key[0].addr[0][4]);
	ATF_CHECK_EQ(0, out.key[1].addr[1][15]);
	ATF_CHECK_STREQ("", out.orig_ifname);
	ATF_CHECK_EQ(UINT32_MAX, out.rule);
	ATF_CHECK_EQ(86400, out.expire);
	pf_state_remove(rig.pf, pf_state_find(rig.pf, in.id, in.creatorid),
	    false);
	/* 0 is unknown: all of the time. */
	in.rule = 0;
	in.expire = 0;
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &in, true));
	rig_only(&rig, &out);
	ATF_CHECK_EQ(86400, out.expire);
	pf_rule_stats(rig.pf, 0, &stats);
	ATF_CHECK_EQ(1, stats.states);
	ATF_CHECK_EQ(0, rig.deletes);
	rig_close(&rig);
}

static void
change(struct psync_state *ps, unsigned row)
{

	switch (row) {
	case 0:
		ps->af[0] = ps->af[1] = 0;
		break;
	case 1:
		ps->af[0] = ps->af[1] = 24;
		break;
	case 2:
		ps->af[1] = PSYNC_AF_INET6;
		break;
	case 3:
		ps->proto[1] = 17;
		break;
	case 4:
		ps->timeout = PFTM_MAX;
		break;
	case 5:
		ps->timeout = 255;
		break;
	case 6:
		ps->direction = 0;
		break;
	case 7:
		ps->direction = 3;
		break;
	case 8:
		ps->rtableid = 1;
		break;
	case 9:
		ps->rtableid = -2;
		break;
	case 10:
		ps->tagname[0] = 't';
		break;
	case 11:
		ps->rt = 2;
		break;
	case 12:
		snprintf(ps->ifname, sizeof(ps->ifname), "ix3");
		break;
	case 13:
		memset(ps->ifname, 'e', sizeof(ps->ifname));
		break;
	case 14:
		ps->ifname[0] = '\0';
		break;
	}
}

static const enum pfsync_refusal refusals[] = {
	PFSYNC_R_PROTO,
	PFSYNC_R_PROTO,
	PFSYNC_R_PROTO,
	PFSYNC_R_PROTO,
	PFSYNC_R_PROTO,
	PFSYNC_R_PROTO,
	PFSYNC_R_VALUE,
	PFSYNC_R_VALUE,
	PFSYNC_R_RTABLE,
	PFSYNC_R_RTABLE,
	PFSYNC_R_TAG,
	PFSYNC_R_ROUTE,
	PFSYNC_R_INTERFACE,
	PFSYNC_R_INTERFACE,
	PFSYNC_R_INTERFACE,
};

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct psync_state ps;
	struct rig rig;
	unsigned i;

	open_rig(&rig);
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		ps = captured();
		change(&ps, i);
		ATF_CHECK_EQ_MSG(refusals[i],
		    pf_state_import(rig.pf, &ps, true), "row %u", i);
		ATF_CHECK_EQ(0, rig_count(&rig));
	}
	/* Table 0 and none at all are the same to this pf. */
	ps = captured();
	ps.rtableid = 0;
	ATF_CHECK_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));
	rig_close(&rig);
}

/* A creator has no two states of a key: the one with the higher id is it. */
ATF_TC_WITHOUT_HEAD(succeeds);
ATF_TC_BODY(succeeds, tc)
{
	struct psync_state newer, older, ps = captured();
	struct rig rig;

	(void)tc;
	open_rig(&rig);
	newer = older = ps;
	ps.id = htobe64(0x100);
	newer.id = htobe64(0x101);
	older.id = htobe64(0xff);
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));
	ATF_CHECK_EQ(PFSYNC_R_EXISTS, pf_state_import(rig.pf, &older, true));
	ATF_CHECK_EQ(PFSYNC_OK, pf_state_import(rig.pf, &newer, true));
	ATF_CHECK_EQ(1, rig_count(&rig));
	ATF_CHECK(pf_state_find(rig.pf, ps.id, ps.creatorid) == NULL);
	ATF_CHECK(pf_state_find(rig.pf, newer.id, ps.creatorid) != NULL);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(exists);
ATF_TC_BODY(exists, tc)
{
	struct psync_state ps = captured(), other;
	struct pf_status status;
	struct rig rig;

	open_rig(&rig);
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));
	/* The same id, another key. */
	other = ps;
	other.key[0].port[0] = other.key[1].port[0] = htons(1);
	ATF_CHECK_EQ(PFSYNC_R_EXISTS, pf_state_import(rig.pf, &other, true));
	/* The same id of another creator is another state. */
	other.creatorid++;
	ATF_CHECK_EQ(PFSYNC_OK, pf_state_import(rig.pf, &other, true));
	/* Another creator's, the same keys; then either of them. */
	other = ps;
	other.creatorid += 2;
	ATF_CHECK_EQ(PFSYNC_R_EXISTS, pf_state_import(rig.pf, &other, true));
	other.key[0].port[0] = htons(2);
	ATF_CHECK_EQ(PFSYNC_R_EXISTS, pf_state_import(rig.pf, &other, true));
	other = ps;
	other.creatorid += 2;
	other.key[1].port[0] = htons(2);
	ATF_CHECK_EQ(PFSYNC_R_EXISTS, pf_state_import(rig.pf, &other, true));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(3, status.state_insert);
	ATF_CHECK_EQ(2, rig_count(&rig));
	/* The same keys bound to an interface, or of the other direction. */
	other = ps;
	other.id++;
	snprintf(other.ifname, sizeof(other.ifname), "em0");
	ATF_CHECK_EQ(PFSYNC_OK, pf_state_import(rig.pf, &other, true));
	other = ps;
	other.id += 2;
	other.direction = PSYNC_DIR_IN;
	ATF_CHECK_EQ(PFSYNC_OK, pf_state_import(rig.pf, &other, true));
	ATF_CHECK_EQ(4, rig_count(&rig));
	rig_close(&rig);
}

ATF_TC(gives_way);
ATF_TC_HEAD(gives_way, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A connection that is over gives way to the peer's new one");
}
ATF_TC_BODY(gives_way, tc)
{
	struct psync_state old = captured(), new = captured();
	struct rig rig;

	open_rig(&rig);
	old.src.state = PSYNC_TCPS_TIME_WAIT;
	old.dst.state = PSYNC_TCPS_FIN_WAIT_2;
	old.timeout = PSYNC_TM_TCP_CLOSED;
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &old, true));
	new.id++;
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &new, true));
	ATF_CHECK(pf_state_find(rig.pf, old.id, old.creatorid) == NULL);
	ATF_CHECK(pf_state_find(rig.pf, new.id, new.creatorid) != NULL);
	ATF_CHECK_EQ(1, rig_count(&rig));
	ATF_CHECK_EQ(0, rig.deletes + rig.inserts + rig.updates);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	struct psync_state ps = captured();
	struct pf_settings settings;
	struct pf_status status;
	struct rig_packet p;
	struct pf_rule r;
	struct rig rig;
	uint16_t i;

	open_rig(&rig);
	r = rig_keep();
	settings = *pf_settings(rig.pf);
	settings.limit_states = 5;
	ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, &r, 1));
	for (i = 1; i <= 6; i++) {
		ps.id++;
		ps.key[0].port[0] = ps.key[1].port[0] = htons(i);
		ATF_CHECK_EQ(i <= 5 ? PFSYNC_OK : PFSYNC_R_LIMIT,
		    pf_state_import(rig.pf, &ps, true));
	}
	/* Nor does a packet make a sixth one. */
	rig_udp(&p, "10.1.1.2", 1, "10.2.2.2", 2, 4);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em0", &p));
	rig_status(&rig, &status);
	ATF_CHECK_EQ(2, status.state_limit);
	ATF_CHECK_EQ(5, status.states);
	ATF_CHECK_EQ(5, status.limit_states);
	settings.limit_states = 0;
	ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, &r, 1));
	ATF_CHECK_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));
	rig_close(&rig);
}

ATF_TC(carries_on);
ATF_TC_HEAD(carries_on, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "Packets of an imported connection pass, translated, windows kept");
}
ATF_TC_BODY(carries_on, tc)
{
	struct psync_state ps = captured(), out;
	struct rig_tcp data = { .seq = 3996232948,
		.ack = 2680476266,
		.len = 100,
		.win = 1027,
		.flags = ACK,
		.wscale = -1 };
	struct rig_tcp answer = { .seq = 2680476266,
		.ack = 3996233048,
		.len = 50,
		.win = 1027,
		.flags = ACK,
		.wscale = -1 };
	struct pf_rule rules[2] = { rig_rule(), rig_keep() };
	struct rig_packet p;
	struct rig rig;

	/* block all; what passes does so by the state. */
	rules[0].action = PF_DROP;
	rig_open(&rig, rules, 1);
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, false));
	rig_tcp(&p, "10.1.1.2", 19244, "198.51.100.254", 7780, &data);
	ATF_CHECK_EQ(PF_PASS, rig_out(&rig, "em1", &p));
	ATF_CHECK_STREQ("198.51.100.1:52964 > 198.51.100.254:7780",
	    rig_show(&p));
	ATF_CHECK(rig_sums_ok(&p));
	rig_tcp(&p, "198.51.100.254", 7780, "198.51.100.1", 52964, &answer);
	ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em1", &p));
	ATF_CHECK_STREQ("198.51.100.254:7780 > 10.1.1.2:19244", rig_show(&p));
	ATF_CHECK(rig_sums_ok(&p));
	answer.seq += 100000;
	rig_tcp(&p, "198.51.100.254", 7780, "198.51.100.1", 52964, &answer);
	ATF_CHECK_EQ(PF_DROP, rig_in(&rig, "em1", &p));
	rig_only(&rig, &out);
	ATF_CHECK_EQ(3996233048, out.src.seqlo);
	ATF_CHECK_EQ(2680476316, out.dst.seqlo);
	ATF_CHECK_EQ(4, out.packets[0]);
	ATF_CHECK_EQ(3, out.packets[1]);
	ATF_CHECK_EQ(86400, out.expire);
	ATF_CHECK_EQ(2, rig.updates);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(update);
ATF_TC_BODY(update, tc)
{
	struct psync_state ps = captured(), out;
	struct psync_change c;
	struct pf_state *st;
	struct rig rig;

	open_rig(&rig);
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));
	st = pf_state_find(rig.pf, ps.id, ps.creatorid);
	ATF_REQUIRE(st != NULL);
	ATF_CHECK(pf_state_find(rig.pf, ps.id, ps.creatorid + 1) == NULL);
	ATF_CHECK(pf_state_find(rig.pf, ps.id + 1, ps.creatorid) == NULL);
	pf_state_change(rig.pf, st, &c);
	ATF_CHECK_EQ(ps.id, c.id);
	ATF_CHECK_EQ(ps.creatorid, c.creatorid);
	ATF_CHECK(c.peer_time != 0);
	ATF_CHECK_EQ(PSYNC_TOLD_PEER, *c.told);
	ATF_CHECK_EQ(6, c.proto);
	ATF_CHECK_EQ(86396, c.expire);
	ATF_CHECK_EQ(PSYNC_TM_TCP_ESTABLISHED, c.timeout);
	ATF_CHECK_EQ(ps.src.seqlo, c.src->seqlo);
	*c.told = 3;

	rig.now += 7000;
	ps.src.seqlo += 1000;
	ps.src.state = PSYNC_TCPS_CLOSING;
	pf_state_update(rig.pf, st, &ps.src, &ps.dst, PSYNC_TM_TCP_CLOSING);
	pf_state_change(rig.pf, st, &c);
	ATF_CHECK_EQ(rig.now / 1000, c.peer_time);
	ATF_CHECK_EQ(3, *c.told);
	ATF_CHECK_EQ(900, c.expire);
	rig_only(&rig, &out);
	ATF_CHECK(same_peer(&ps.src, &out.src));
	ATF_CHECK(same_peer(&ps.dst, &out.dst));
	/* A timeout unknown here leaves the old one. */
	pf_state_update(rig.pf, st, &ps.src, &ps.dst, PSYNC_TM_SCTP_OPENING);
	rig_only(&rig, &out);
	ATF_CHECK_EQ(PSYNC_TM_TCP_CLOSING, out.timeout);
	/* peer_time is 0 only if there was no update. */
	rig.now = 3;
	pf_state_update(rig.pf, st, &ps.src, &ps.dst, PSYNC_TM_TCP_CLOSING);
	pf_state_change(rig.pf, st, &c);
	ATF_CHECK_EQ(1, c.peer_time);
	/* Not in the second, either, in which the seconds begin anew. */
	rig.now += (UINT64_C(1) << 32) * 1000;
	pf_state_update(rig.pf, st, &ps.src, &ps.dst, PSYNC_TM_TCP_CLOSING);
	pf_state_change(rig.pf, st, &c);
	ATF_CHECK_EQ(1, c.peer_time);
	ATF_CHECK_EQ(0, rig.inserts + rig.updates + rig.deletes);
	pf_state_remove(rig.pf, st, true);
	ATF_CHECK_EQ(1, rig.deletes);
	ATF_CHECK_EQ(ps.id, rig.deleted.id);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(other_protocols);
ATF_TC_BODY(other_protocols, tc)
{
	static const uint8_t protos[] = { 1, 17, 47, 58, 132, 0, 255 };
	struct psync_state ps = captured();
	struct rig rig;
	unsigned i;

	open_rig(&rig);
	for (i = 0; i < sizeof(protos); i++) {
		ps.id++;
		ps.proto[0] = ps.proto[1] = protos[i];
		ps.af[0] = ps.af[1] = i % 2 ? PSYNC_AF_INET6 : PSYNC_AF_INET;
		ps.timeout = PSYNC_TM_OTHER_SINGLE;
		ATF_CHECK_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));
	}
	ATF_CHECK_EQ(sizeof(protos), rig_count(&rig));
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, adjusted);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, succeeds);
	ATF_TP_ADD_TC(tp, exists);
	ATF_TP_ADD_TC(tp, gives_way);
	ATF_TP_ADD_TC(tp, limit);
	ATF_TP_ADD_TC(tp, carries_on);
	ATF_TP_ADD_TC(tp, update);
	ATF_TP_ADD_TC(tp, other_protocols);
	return (atf_no_error());
}
