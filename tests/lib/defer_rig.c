/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See defer_rig.h.
 */

#include <atf-c.h>

#include "net/pfsync/codec.h"
#include "tests/lib/defer_rig.h"

struct fakeos os;
struct psync_config defer_config;

void
up(unsigned slices)
{
	defer_config = fixture_config(1400, 1500, 128);
	defer_config.defer = true;
	fixture_up(&os, slices, &defer_config);
}

void
defer_configure(void)
{
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &defer_config));
}

void *
packet(unsigned n)
{
	return ((void *)(uintptr_t)(n + 1));
}

/* pf makes state n and asks for its packet to be held. */
bool
new_connection(unsigned n)
{
	struct psync_state st = fixture_state(n, os.hostid);

	return (fakeos_pf_defer(&os, fakeos_pf_insert(&os, &st), packet(n)));
}

struct fakeos_state *
state(unsigned n)
{
	struct psync_state st = fixture_state(n, os.hostid);

	return (fakeos_find(&os, st.id, st.creatorid));
}

void
ack(unsigned n, uint32_t creatorid)
{
	struct psync_state st = fixture_state(n, creatorid);
	uint8_t w[12];

	fixture_key(w, st.id, creatorid);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, INS_ACK, 1, w));
}

void
pass(uint64_t ms)
{
	fakeos_run_until(&os, os.now + ms);
}

/* So many have been sent, in this order, and so many dropped. */
void
gone(unsigned released, unsigned dropped)
{
	ATF_CHECK_EQ_MSG(released, os.nreleased, "%u sent, not %u",
	    os.nreleased, released);
	ATF_CHECK_EQ_MSG(dropped, os.ndropped, "%u dropped, not %u",
	    os.ndropped, dropped);
}

unsigned
held(void)
{
	struct psync_status s;

	psync_status(os.sc, &s);
	return (s.deferred);
}

bool
wants_ack(const uint8_t *message)
{
	struct psync_state st;

	psync_decode(&psync_layout_1400, message, &st);
	return ((st.state_flags & PSYNC_STATE_ACK) != 0);
}
