/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The counters of pfsync: FreeBSD's lines in FreeBSD's order, and for machines
 * FreeBSD's names.  Where one of FreeBSD's counters sums several reasons, these
 * follow it, a tab further in; where it has but one reason, its line is the
 * reason's.
 */

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "netstat/counters.h"

struct counter {
	uint16_t offset;  /* in struct pfsyncxstats */
	uint8_t depth;	  /* tabs */
	const char *name; /* for machines */
	const char *one;
	const char *many;
};

#define BASE(name)  offsetof(struct pfsyncxstats, base.pfsyncs_##name)
#define EXTRA(name) offsetof(struct pfsyncxstats, name)
#define REFUSED(why)                              \
	(offsetof(struct pfsyncxstats, refused) + \
	    PFSYNC_R_##why * sizeof(uint64_t))

static const struct counter received[] = {
	{ BASE(ipackets), 1, "received-inet-packets", "packet received (IPv4)",
	    "packets received (IPv4)" },
	{ BASE(ipackets6), 1, "received-inet6-packets",
	    "packet received (IPv6)", "packets received (IPv6)" },
};

static const struct counter refused[] = {
	{ REFUSED(DOWN), 2, "dropped-down", "packet discarded while down",
	    "packets discarded while down" },
	{ BASE(badif), 2, "dropped-bad-interface",
	    "packet discarded for bad interface",
	    "packets discarded for bad interface" },
	{ BASE(badttl), 2, "dropped-bad-ttl", "packet discarded for bad ttl",
	    "packets discarded for bad ttl" },
	{ BASE(hdrops), 2, "dropped-short-header", "packet shorter than header",
	    "packets shorter than header" },
	{ BASE(badver), 2, "dropped-bad-version",
	    "packet discarded for bad version",
	    "packets discarded for bad version" },
	{ BASE(badauth), 2, "dropped-bad-auth", "packet discarded for bad HMAC",
	    "packets discarded for bad HMAC" },
	{ BASE(badact), 2, "dropped-bad-action",
	    "packet discarded for bad action",
	    "packets discarded for bad action" },
	{ BASE(badlen), 2, "dropped-short", "packet discarded for short packet",
	    "packets discarded for short packet" },
	{ REFUSED(LENGTH), 3, "dropped-length-mismatch",
	    "packet not as long as its header says",
	    "packets not as long as their headers say" },
	{ REFUSED(COUNT), 3, "dropped-bad-count",
	    "packet too short for its messages",
	    "packets too short for their messages" },
	{ REFUSED(EOF), 3, "dropped-bad-end",
	    "packet without one end of frame mark at its end",
	    "packets without one end of frame mark at their ends" },
	{ BASE(badval), 2, "dropped-bad-values",
	    "state discarded for bad values",
	    "states discarded for bad values" },
	{ REFUSED(VALUE), 3, "dropped-value-out-of-range",
	    "packet with a value out of range",
	    "packets with a value out of range" },
	{ REFUSED(PEER), 3, "dropped-contradiction",
	    "state contradicting its protocol",
	    "states contradicting their protocol" },
	{ BASE(stale), 2, "dropped-stale-state", "stale state",
	    "stale states" },
	{ BASE(badstate), 2, "dropped-failed-lookup",
	    "failed state lookup/insert", "failed state lookup/inserts" },
	{ REFUSED(UNKNOWN), 3, "dropped-unknown-state", "unknown state",
	    "unknown states" },
	{ REFUSED(INTERFACE), 3, "dropped-unknown-interface",
	    "state of an unknown interface", "states of an unknown interface" },
	{ REFUSED(RTABLE), 3, "dropped-unknown-rtable",
	    "state of an unknown routing table",
	    "states of an unknown routing table" },
	{ REFUSED(TAG), 3, "dropped-unknown-tag", "state of an unknown tag",
	    "states of an unknown tag" },
	{ REFUSED(ROUTE), 3, "dropped-unknown-route",
	    "state of an unknown route", "states of an unknown route" },
	{ REFUSED(PROTO), 3, "dropped-unknown-protocol",
	    "state of an unknown protocol", "states of an unknown protocol" },
	{ REFUSED(EXISTS), 3, "dropped-key-exists",
	    "state with the key of another", "states with the key of another" },
	{ REFUSED(LIMIT), 3, "dropped-state-limit",
	    "state beyond the state limit", "states beyond the state limit" },
	{ REFUSED(NOMEM), 3, "dropped-no-memory", "state without memory for it",
	    "states without memory for them" },
	{ EXTRA(repeated), 2, "ignored-repeated",
	    "packet that said it again in another version",
	    "packets that said it again in another version" },
	{ REFUSED(RATE), 2, "ignored-too-soon",
	    "request, clear or update ignored, too soon",
	    "requests, clears or updates ignored, too soon" },
};

static const struct counter sent[] = {
	{ BASE(opackets), 1, "sent-inet-packets", "packet sent (IPv4)",
	    "packets sent (IPv4)" },
	{ BASE(opackets6), 1, "send-inet6-packets", "packet sent (IPv6)",
	    "packets sent (IPv6)" },
};

static const struct counter unsent[] = {
	{ BASE(onomem), 2, "discarded-no-memory",
	    "send failed due to mbuf memory error",
	    "sends failed due to mbuf memory error" },
	{ BASE(oerrors), 2, "send-errors", "send error", "send errors" },
	{ EXTRA(retries), 2, "sent-again", "packet sent again after a failure",
	    "packets sent again after a failure" },
	{ EXTRA(overflows), 2, "messages-lost", "message lost for want of room",
	    "messages lost for want of room" },
	{ EXTRA(coalesced), 2, "updates-merged",
	    "update merged into one not yet sent",
	    "updates merged into ones not yet sent" },
	{ EXTRA(collapsed), 2, "inserts-cancelled",
	    "insert deleted before it was sent",
	    "inserts deleted before they were sent" },
	{ EXTRA(unmapped), 2, "values-left-out",
	    "value left out that another system does not know",
	    "values left out that another system does not know" },
	{ EXTRA(untold), 2, "messages-without-words",
	    "message not sent in a version without words for it",
	    "messages not sent in a version without words for them" },
	{ EXTRA(collisions), 2, "creatorid-collisions",
	    "message of another host with our host id",
	    "messages of another host with our host id" },
	{ EXTRA(losses), 2, "losses", "loss that the network reported",
	    "losses that the network reported" },
	{ EXTRA(deferrals), 2, "packets-held", "packet held for its state",
	    "packets held for their states" },
	{ EXTRA(defer_acks), 3, "held-acknowledged",
	    "packet sent when a peer had it",
	    "packets sent when a peer had it" },
	{ EXTRA(defer_timeouts), 3, "held-timed-out",
	    "packet sent when its time was up",
	    "packets sent when their time was up" },
	{ EXTRA(defer_overflows), 3, "held-for-others",
	    "packet sent to make room for others",
	    "packets sent to make room for others" },
	{ EXTRA(defer_drops), 3, "held-dropped",
	    "packet dropped with its state",
	    "packets dropped with their states" },
	{ EXTRA(defer_resends), 2, "inserts-repeated",
	    "insert sent again for a held packet",
	    "inserts sent again for held packets" },
};

/* Messages by action; "received" or "sent" follows. */
static const struct {
	const char *name;
	const char *one;
	const char *many;
} actions[PFSYNC_ACT_MAX] = {
	[PFSYNC_ACT_CLR] = { "clear-all-request", "clear all request",
	    "clear all requests" },
	[PFSYNC_ACT_INS_1301] = { "state-insert", "state insert",
	    "state inserts" },
	[PFSYNC_ACT_INS_ACK] = { "state-inserted-ack", "state inserted ack",
	    "state inserted acks" },
	[PFSYNC_ACT_UPD_1301] = { "state-update", "state update",
	    "state updates" },
	[PFSYNC_ACT_UPD_C] = { "compressed-state-update",
	    "compressed state update", "compressed state updates" },
	[PFSYNC_ACT_UPD_REQ] = { "uncompressed-state-request",
	    "uncompressed state request", "uncompressed state requests" },
	[PFSYNC_ACT_DEL] = { "state-delete", "state delete", "state deletes" },
	[PFSYNC_ACT_DEL_C] = { "compressed-state-delete",
	    "compressed state delete", "compressed state deletes" },
	[PFSYNC_ACT_INS_F] = { "fragment-insert", "fragment insert",
	    "fragment inserts" },
	[PFSYNC_ACT_DEL_F] = { "fragment-delete", "fragment delete",
	    "fragment deletes" },
	[PFSYNC_ACT_BUS] = { "bulk-update-mark", "bulk update mark",
	    "bulk update marks" },
	[PFSYNC_ACT_TDB] = { "TDB-replay-counter-update",
	    "TDB replay counter update", "TDB replay counter updates" },
	[PFSYNC_ACT_EOF] = { "end-of-frame-mark", "end of frame mark",
	    "end of frame marks" },
	[PFSYNC_ACT_INS_1400] = { "state-insert-1400", "state insert (1400)",
	    "state inserts (1400)" },
	[PFSYNC_ACT_UPD_1400] = { "state-update-1400", "state update (1400)",
	    "state updates (1400)" },
	[PFSYNC_ACT_INS_1500] = { "state-insert-1500", "state insert (1500)",
	    "state inserts (1500)" },
	[PFSYNC_ACT_UPD_1500] = { "state-update-1500", "state update (1500)",
	    "state updates (1500)" },
};

#define ROWS(table) (sizeof(table) / sizeof(table[0]))

/* What stands in either form, in this order. */
static const struct section {
	const struct counter *counters;
	size_t n;
	uint16_t acts; /* offset in struct pfsyncxstats, 0: none follow */
	const char *list;
	const char *done;
} sections[] = {
#define SECTION(table) table, ROWS(table)
	{ SECTION(received), BASE(iacts), "input-histogram", "received" },
	{ SECTION(refused), 0, NULL, NULL },
	{ SECTION(sent), BASE(oacts), "output-histogram", "sent" },
	{ SECTION(unsent), 0, NULL, NULL },
#undef SECTION
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* Six reasons stand in their counters of FreeBSD's; PFSYNC_OK is none. */
_Static_assert(ROWS(received) + ROWS(refused) + ROWS(sent) + ROWS(unsent) +
	    2 * PFSYNC_ACT_MAX + 7 ==
	sizeof(struct pfsyncxstats) / sizeof(uint64_t),
    "a counter that is not shown");

static uint64_t
value(const struct pfsyncxstats *stats, size_t offset)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)stats + offset, sizeof(v));
	return (v);
}

static void
show(const struct pfsyncxstats *stats, bool nonzero, const struct section *s)
{
	const struct counter *c;
	uint64_t v;
	unsigned i;

	for (c = s->counters; c < s->counters + s->n; c++) {
		v = value(stats, c->offset);
		if (v != 0 || !nonzero)
			printf("%.*s%" PRIu64 " %s\n", c->depth, "\t\t\t", v,
			    v == 1 ? c->one : c->many);
	}
	for (i = 0; s->acts != 0 && i < PFSYNC_ACT_MAX; i++) {
		v = value(stats, s->acts + i * sizeof(v));
		if (v != 0 || !nonzero)
			printf("\t\t%" PRIu64 " %s %s\n", v,
			    v == 1 ? actions[i].one : actions[i].many, s->done);
	}
}

void
counters_show(const struct pfsyncxstats *stats, bool nonzero)
{
	const struct section *s;

	printf("pfsync:\n");
	for (s = sections; s < sections + SECTIONS; s++)
		show(stats, nonzero, s);
}

static void
put(const struct pfsyncxstats *stats, bool nonzero, const struct section *s,
    struct json *j)
{
	const struct counter *c;
	uint64_t v;
	unsigned i;

	for (c = s->counters; c < s->counters + s->n; c++) {
		v = value(stats, c->offset);
		if (v != 0 || !nonzero)
			json_uint(j, c->name, v);
	}
	if (s->acts == 0)
		return;
	json_list(j, s->list);
	for (i = 0; i < PFSYNC_ACT_MAX; i++) {
		v = value(stats, s->acts + i * sizeof(v));
		if (v == 0 && nonzero)
			continue;
		json_container(j, NULL);
		json_string(j, "name", actions[i].name);
		json_uint(j, "count", v);
		json_close(j);
	}
	json_close(j);
}

void
counters_json(const struct pfsyncxstats *stats, bool nonzero, enum style style)
{
	const struct section *s;
	struct json j;

	json_begin(&j, stdout, style);
	json_container(&j, "statistics");
	json_container(&j, "pfsync");
	for (s = sections; s < sections + SECTIONS; s++)
		put(stats, nonzero, s, &j);
	json_close(&j);
	json_close(&j);
	json_end(&j);
}
