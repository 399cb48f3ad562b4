/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Every full state that FreeBSD 12.2 was seen to send: this pf takes it in,
 * gives it out unchanged, and would itself have made such keys of the packet
 * that opened the connection.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "os/hosted/pf/pf_impl.h"
#include "tests/lib/capture.h"
#include "tests/lib/pf_rig.h"

/* Sizes of version 5's messages, by action; 0 ends a frame. */
static const size_t sizes[] = {
	[PFSYNC_ACT_CLR] = 20,
	[PFSYNC_ACT_INS_1301] = 242,
	[PFSYNC_ACT_INS_ACK] = 12,
	[PFSYNC_ACT_UPD_1301] = 242,
	[PFSYNC_ACT_UPD_C] = 84,
	[PFSYNC_ACT_UPD_REQ] = 12,
	[PFSYNC_ACT_DEL_C] = 12,
	[PFSYNC_ACT_BUS] = 12,
	[PFSYNC_ACT_EOF] = 0,
};

struct seen {
	struct rig rig;
	unsigned states;
	unsigned translated;
};

/*
 * A packet that opens the state must be found by its own key: the source at
 * index 0 of a state that came in, at 1 of one that went out.
 */
static void
check_key(struct seen *seen, const struct psync_state *ps)
{
	unsigned in = ps->direction == PSYNC_DIR_IN;
	const struct psync_key *key = &ps->key[in ? PSYNC_WIRE : PSYNC_STACK];
	struct pf_pdesc pd = { .af = ps->af[0],
		.proto = ps->proto[0],
		.dir = ps->direction,
		.kif = PF_KIF_ALL };
	struct psync_key made;
	struct pf_state *st;
	uint8_t src[16], dst[16];

	memcpy(src, key->addr[in ? 0 : 1], 16);
	memcpy(dst, key->addr[in ? 1 : 0], 16);
	pd.src = src;
	pd.dst = dst;
	pd.sport = key->port[in ? 0 : 1];
	pd.dport = key->port[in ? 1 : 0];
	pf_key_init(&made, &pd, in ? 0 : 1);
	st = pf_state_lookup(seen->rig.pf, &made, &pd, pd.proto);
	ATF_REQUIRE(st != NULL);
	ATF_CHECK_EQ(ps->id, st->id);
	/* Clients are in 10.1.1.0/24; translated, their states go out. */
	if (memcmp(&ps->key[0], &ps->key[1], sizeof(made)) != 0) {
		seen->translated++;
		if (!in) {
			ATF_CHECK_EQ(10, src[0]);
			ATF_CHECK_EQ(198, ps->key[PSYNC_WIRE].addr[1][0]);
		}
	}
}

static void
check_state(struct seen *seen, const uint8_t *message)
{
	uint8_t again[PFSYNC_STATE_1301_LEN];
	struct psync_state in, out;
	struct pf_state *st;

	ATF_REQUIRE(psync_message_ok(&psync_layout_1301, message));
	psync_decode(&psync_layout_1301, message, &in);
	st = pf_state_find(seen->rig.pf, in.id, in.creatorid);
	if (st != NULL)
		pf_state_remove(seen->rig.pf, st, false);
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(seen->rig.pf, &in, false));
	st = pf_state_find(seen->rig.pf, in.id, in.creatorid);
	ATF_REQUIRE(st != NULL);
	pf_state_export(seen->rig.pf, st, &out);
	/* The rules are not ours. */
	ATF_CHECK_EQ(UINT32_MAX, out.rule);
	out.rule = in.rule;
	out.nat_rule = in.nat_rule;
	psync_encode(&psync_layout_1301, again, &out);
	ATF_CHECK_EQ(0, memcmp(message, again, sizeof(again)));
	check_key(seen, &in);
	seen->states++;
}

static void
check_frame(struct seen *seen, const uint8_t *frame, size_t len)
{
	size_t at = 20, size;
	unsigned action, count;

	while (at + 4 <= len) {
		action = frame[at];
		count = (unsigned)frame[at + 2] << 8 | frame[at + 3];
		at += 4;
		ATF_REQUIRE(action < sizeof(sizes) / sizeof(sizes[0]));
		if ((size = sizes[action]) == 0)
			break;
		ATF_REQUIRE(at + count * size <= len);
		for (; count > 0; count--, at += size)
			if (action == PFSYNC_ACT_INS_1301 ||
			    action == PFSYNC_ACT_UPD_1301)
				check_state(seen, frame + at);
	}
}

ATF_TC_WITHOUT_HEAD(freebsd);
ATF_TC_BODY(freebsd, tc)
{
	struct capture capture;
	struct seen seen = { .states = 0 };
	const char *error;
	char path[1024];
	size_t i;

	snprintf(path, sizeof(path), "%s/../captures/freebsd-12.2-v5-1301.pcap",
	    atf_tc_get_config_var(tc, "srcdir"));
	error = capture_read(&capture, path);
	ATF_REQUIRE_MSG(error == NULL, "%s", error);
	rig_open(&seen.rig, NULL, 0);
	for (i = 0; i < capture.count; i++)
		check_frame(&seen, capture.packet[i].payload,
		    capture.packet[i].len);
	ATF_CHECK_MSG(seen.states >= 80, "%u states", seen.states);
	ATF_CHECK_MSG(seen.translated >= 15, "%u translated", seen.translated);
	rig_close(&seen.rig);
	capture_free(&capture);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, freebsd);
	return (atf_no_error());
}
