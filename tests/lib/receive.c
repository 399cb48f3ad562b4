/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See receive.h.
 */

#include <atf-c.h>

#include "net/pfsync/codec.h"
#include "receive.h"

void
receive_full(struct fakeos *os, uint8_t action, const struct psync_state *st)
{
	uint8_t w[277];

	psync_encode(action >= 13 ? &psync_layout_1400 : &psync_layout_1301, w,
	    st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(os, action, 1, w));
}

void
receive_upd_c(struct fakeos *os, const struct psync_state *st)
{
	uint8_t w[84];

	fixture_upd_c(w, st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(os, 4, 1, w));
}

void
receive_key(struct fakeos *os, uint8_t action, uint64_t id, uint32_t creatorid)
{
	uint8_t w[12];

	fixture_key(w, id, creatorid);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(os, action, 1, w));
}

void
receive_quiet(struct fakeos *os)
{
	fakeos_run_until(os, os->now + 10000);
	ATF_CHECK_EQ(0, os->attempts);
}

struct fakeos_state *
receive_known(struct fakeos *os, unsigned n)
{
	struct psync_state st = fixture_state(n, FIXTURE_PEER);

	return (fakeos_add(os, &st));
}
