/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The counters of pfsync in words: FreeBSD's lines in FreeBSD's order.  Where
 * one of FreeBSD's counters sums several reasons, these follow it, a tab
 * further in; where it has but one reason, its line is the reason's.
 */

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "netstat/counters.h"

struct counter {
	uint16_t offset; /* in struct pfsyncxstats */
	uint8_t depth;	 /* tabs */
	const char *one;
	const char *many;
};

#define BASE(name)  offsetof(struct pfsyncxstats, base.pfsyncs_##name)
#define EXTRA(name) offsetof(struct pfsyncxstats, name)
#define REFUSED(why)                              \
	(offsetof(struct pfsyncxstats, refused) + \
	    PFSYNC_R_##why * sizeof(uint64_t))

static const struct counter received[] = {
	{ BASE(ipackets), 1, "packet received (IPv4)",
	    "packets received (IPv4)" },
	{ BASE(ipackets6), 1, "packet received (IPv6)",
	    "packets received (IPv6)" },
};

static const struct counter refused[] = {
	{ REFUSED(DOWN), 2, "packet discarded while down",
	    "packets discarded while down" },
	{ BASE(badif), 2, "packet discarded for bad interface",
	    "packets discarded for bad interface" },
	{ BASE(badttl), 2, "packet discarded for bad ttl",
	    "packets discarded for bad ttl" },
	{ BASE(hdrops), 2, "packet shorter than header",
	    "packets shorter than header" },
	{ BASE(badver), 2, "packet discarded for bad version",
	    "packets discarded for bad version" },
	{ BASE(badauth), 2, "packet discarded for bad HMAC",
	    "packets discarded for bad HMAC" },
	{ BASE(badact), 2, "packet discarded for bad action",
	    "packets discarded for bad action" },
	{ BASE(badlen), 2, "packet discarded for short packet",
	    "packets discarded for short packet" },
	{ REFUSED(LENGTH), 3, "packet not as long as its header says",
	    "packets not as long as their headers say" },
	{ REFUSED(COUNT), 3, "packet too short for its messages",
	    "packets too short for their messages" },
	{ REFUSED(EOF), 3, "packet without one end of frame mark at its end",
	    "packets without one end of frame mark at their ends" },
	{ BASE(badval), 2, "state discarded for bad values",
	    "states discarded for bad values" },
	{ REFUSED(VALUE), 3, "packet with a value out of range",
	    "packets with a value out of range" },
	{ REFUSED(PEER), 3, "state contradicting its protocol",
	    "states contradicting their protocol" },
	{ BASE(stale), 2, "stale state", "stale states" },
	{ BASE(badstate), 2, "failed state lookup/insert",
	    "failed state lookup/inserts" },
	{ REFUSED(UNKNOWN), 3, "unknown state", "unknown states" },
	{ REFUSED(INTERFACE), 3, "state of an unknown interface",
	    "states of an unknown interface" },
	{ REFUSED(RTABLE), 3, "state of an unknown routing table",
	    "states of an unknown routing table" },
	{ REFUSED(TAG), 3, "state of an unknown tag",
	    "states of an unknown tag" },
	{ REFUSED(ROUTE), 3, "state of an unknown route",
	    "states of an unknown route" },
	{ REFUSED(PROTO), 3, "state of an unknown protocol",
	    "states of an unknown protocol" },
	{ REFUSED(EXISTS), 3, "state with the key of another",
	    "states with the key of another" },
	{ REFUSED(LIMIT), 3, "state beyond the state limit",
	    "states beyond the state limit" },
	{ REFUSED(NOMEM), 3, "state without memory for it",
	    "states without memory for them" },
	{ REFUSED(RATE), 2, "bulk update request ignored, too soon",
	    "bulk update requests ignored, too soon" },
};

static const struct counter sent[] = {
	{ BASE(opackets), 1, "packet sent (IPv4)", "packets sent (IPv4)" },
	{ BASE(opackets6), 1, "packet sent (IPv6)", "packets sent (IPv6)" },
};

static const struct counter unsent[] = {
	{ BASE(onomem), 2, "send failed due to mbuf memory error",
	    "sends failed due to mbuf memory error" },
	{ BASE(oerrors), 2, "send error", "send errors" },
	{ EXTRA(retries), 2, "packet sent again after a failure",
	    "packets sent again after a failure" },
	{ EXTRA(overflows), 2, "message lost for want of room",
	    "messages lost for want of room" },
	{ EXTRA(coalesced), 2, "update merged into one not yet sent",
	    "updates merged into ones not yet sent" },
	{ EXTRA(collapsed), 2, "insert deleted before it was sent",
	    "inserts deleted before they were sent" },
};

/* Messages by action; "received" or "sent" follows. */
static const struct {
	const char *one;
	const char *many;
} actions[PFSYNC_ACT_MAX] = {
	[PFSYNC_ACT_CLR] = { "clear all request", "clear all requests" },
	[PFSYNC_ACT_INS_1301] = { "state insert", "state inserts" },
	[PFSYNC_ACT_INS_ACK] = { "state inserted ack", "state inserted acks" },
	[PFSYNC_ACT_UPD_1301] = { "state update", "state updates" },
	[PFSYNC_ACT_UPD_C] = { "compressed state update",
	    "compressed state updates" },
	[PFSYNC_ACT_UPD_REQ] = { "uncompressed state request",
	    "uncompressed state requests" },
	[PFSYNC_ACT_DEL] = { "state delete", "state deletes" },
	[PFSYNC_ACT_DEL_C] = { "compressed state delete",
	    "compressed state deletes" },
	[PFSYNC_ACT_INS_F] = { "fragment insert", "fragment inserts" },
	[PFSYNC_ACT_DEL_F] = { "fragment delete", "fragment deletes" },
	[PFSYNC_ACT_BUS] = { "bulk update mark", "bulk update marks" },
	[PFSYNC_ACT_TDB] = { "TDB replay counter update",
	    "TDB replay counter updates" },
	[PFSYNC_ACT_EOF] = { "end of frame mark", "end of frame marks" },
	[PFSYNC_ACT_INS_1400] = { "state insert (1400)",
	    "state inserts (1400)" },
	[PFSYNC_ACT_UPD_1400] = { "state update (1400)",
	    "state updates (1400)" },
	[PFSYNC_ACT_INS_1500] = { "state insert (1500)",
	    "state inserts (1500)" },
	[PFSYNC_ACT_UPD_1500] = { "state update (1500)",
	    "state updates (1500)" },
};

static void
show(const struct pfsyncxstats *stats, bool nonzero, const struct counter *c,
    size_t n)
{
	uint64_t v;

	for (; n > 0; n--, c++) {
		memcpy(&v, (const uint8_t *)stats + c->offset, sizeof(v));
		if (v != 0 || !nonzero)
			printf("%.*s%" PRIu64 " %s\n", c->depth, "\t\t\t", v,
			    v == 1 ? c->one : c->many);
	}
}

static void
show_actions(const uint64_t acts[PFSYNC_ACT_MAX], bool nonzero,
    const char *done)
{
	unsigned i;

	for (i = 0; i < PFSYNC_ACT_MAX; i++)
		if (acts[i] != 0 || !nonzero)
			printf("\t\t%" PRIu64 " %s %s\n", acts[i],
			    acts[i] == 1 ? actions[i].one : actions[i].many,
			    done);
}

void
counters_show(const struct pfsyncxstats *stats, bool nonzero)
{
#define SHOW(table) \
	show(stats, nonzero, table, sizeof(table) / sizeof(table[0]))
	printf("pfsync:\n");
	SHOW(received);
	show_actions(stats->base.pfsyncs_iacts, nonzero, "received");
	SHOW(refused);
	SHOW(sent);
	show_actions(stats->base.pfsyncs_oacts, nonzero, "sent");
	SHOW(unsent);
#undef SHOW
}
