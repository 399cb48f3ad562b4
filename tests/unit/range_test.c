/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Values of a message that a receiver must not believe: each limit, tried with
 * every value of the byte.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/lib/fixture.h"

/* Is a good message with one byte changed still good? */
static bool
ok_with(const struct psync_layout *l, const uint8_t *good, unsigned at,
    unsigned value)
{
	uint8_t *w = malloc(l->size);
	bool ok;

	ATF_REQUIRE(w != NULL);
	memcpy(w, good, l->size);
	w[at] = (uint8_t)value;
	ok = psync_message_ok(l, w);
	free(w);
	return (ok);
}

static void
check_full_range(const struct psync_layout *l)
{
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	uint8_t w[277];
	unsigned i, p, v;

	psync_encode(l, w, &st);
	ATF_REQUIRE(psync_message_ok(l, w));
	for (v = 0; v < 256; v++) {
		ATF_CHECK_EQ(v <= 12, ok_with(l, w, 120, v));
		ATF_CHECK_EQ(v <= 12, ok_with(l, w, 152, v));
		ATF_CHECK_EQ(v <= 24, ok_with(l, w, 239, v));
		ATF_CHECK_EQ(v == 1 || v == 2, ok_with(l, w, 234, v));
		ATF_CHECK_EQ(v == 2 || v == 28, ok_with(l, w, 232, v));
		/* em0: a letter, or the end of a name that is not empty */
		ATF_CHECK_EQ(v > 32 && v < 127, ok_with(l, w, 8, v));
		ATF_CHECK_EQ(v == 0 || (v > 32 && v < 127),
		    ok_with(l, w, 9, v));
	}
	/* TCP and SCTP count to 12, all others to 2. */
	for (p = 0; p < 256; p++)
		for (v = 0; v < 256; v++) {
			w[233] = (uint8_t)p;
			w[120] = (uint8_t)v;
			w[152] = 0;
			ATF_CHECK_EQ(v <= (p == 6 || p == 132 ? 12U : 2U),
			    psync_message_ok(l, w));
			w[120] = 0;
			w[152] = (uint8_t)v;
			ATF_CHECK_EQ(v <= (p == 6 || p == 132 ? 12U : 2U),
			    psync_message_ok(l, w));
			ATF_CHECK_EQ(v <= (p == 6 || p == 132 ? 12U : 2U),
			    psync_peer_state_ok((uint8_t)p, (uint8_t)v));
		}
	/* A creator, whichever byte of it is set. */
	psync_encode(l, w, &st);
	memset(w + 228, 0, 4);
	ATF_CHECK(!psync_message_ok(l, w));
	for (i = 0; i < 4; i++)
		ATF_CHECK(ok_with(l, w, 228 + i, 1));
	/* 15 letters and an end, but not 16. */
	psync_encode(l, w, &st);
	memset(w + 8, 'x', 16);
	ATF_CHECK(!psync_message_ok(l, w));
	ATF_CHECK(ok_with(l, w, 8 + 15, 0));
}

ATF_TC_WITHOUT_HEAD(ranges);
ATF_TC_BODY(ranges, tc)
{
	struct psync_state st = fixture_state(1, FIXTURE_PEER);
	const struct psync_layout *l = &psync_layout_upd_c;
	uint8_t w[84];
	unsigned v;

	(void)tc;
	check_full_range(&psync_layout_1301);
	check_full_range(&psync_layout_1400);

	fixture_upd_c(w, &st);
	ATF_REQUIRE(psync_message_ok(l, w));
	for (v = 0; v < 256; v++) {
		ATF_CHECK_EQ(v <= 12, ok_with(l, w, 8 + 24, v));
		ATF_CHECK_EQ(v <= 12, ok_with(l, w, 40 + 24, v));
		ATF_CHECK_EQ(v <= 24, ok_with(l, w, 80, v));
	}
	memset(w + 72, 0, 4);
	ATF_CHECK(!psync_message_ok(l, w));
	for (v = 0; v < 4; v++)
		ATF_CHECK(ok_with(l, w, 72 + v, 0x80));

	memset(w, 0xff, 12);
	memset(w + 8, 0, 4);
	ATF_CHECK(!psync_message_ok(&psync_layout_key12, w));
	for (v = 0; v < 4; v++)
		ATF_CHECK(ok_with(&psync_layout_key12, w, 8 + v, 1));
}

ATF_TC_WITHOUT_HEAD(ifname);
ATF_TC_BODY(ifname, tc)
{
	static const uint8_t empty[16], em0[16] = "em0";

	(void)tc;
	ATF_CHECK(psync_ifname_ok(empty, true));
	ATF_CHECK(!psync_ifname_ok(empty, false));
	ATF_CHECK(psync_ifname_ok(em0, false));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ranges);
	ATF_TP_ADD_TC(tp, ifname);
	return (atf_no_error());
}
