/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What goes: CLR among three firewalls, and deletes that come out of order.
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/lib/fixture.h"

enum { CLR, INS = 13, UPD = 14, UPD_C = 4, REQ = 5, DEL_C = 7 };

static struct fakeos os;
static struct psync_config config;
static const char *const ifnames[] = { "em0", "em1", "em10" };
static uint32_t creators[3];

static void
up(void)
{
	config = fixture_config(1400, 1500, 128);
	fixture_up(&os, 2, &config);
	creators[0] = os.hostid;
	creators[1] = FIXTURE_PEER;
	creators[2] = 0x01020304;
}

static struct psync_state
state(unsigned creator, unsigned ifname)
{
	struct psync_state st = fixture_state(creator * 3 + ifname,
	    creators[creator]);

	memset(st.ifname, 0, sizeof(st.ifname));
	strcpy(st.ifname, ifnames[ifname]);
	return (st);
}

static void
receive_state(uint8_t action, const struct psync_state *st)
{
	uint8_t w[277];

	psync_encode(&psync_layout_1400, w, st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, action, 1, w));
}

static void
receive_delete(const struct psync_state *st)
{
	uint8_t w[12];

	fixture_key(w, st->id, st->creatorid);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, DEL_C, 1, w));
}

/* Exactly the creator's, on exactly that interface; nothing is sent on. */
ATF_TC_WITHOUT_HEAD(three_firewalls);
ATF_TC_BODY(three_firewalls, tc)
{
	unsigned creator, ifname, c, i;
	struct psync_state st;
	uint8_t w[20];

	(void)tc;
	for (creator = 0; creator < 3; creator++)
		for (ifname = 0; ifname < 4; ifname++) {
			up();
			for (c = 0; c < 3; c++)
				for (i = 0; i < 3; i++) {
					st = state(c, i);
					(void)fakeos_add(&os, &st);
				}
			memset(w, 0, sizeof(w));
			if (ifname < 3)
				strcpy((char *)w, ifnames[ifname]);
			memcpy(w + 16, &creators[creator], 4);
			ATF_REQUIRE_EQ(PFSYNC_OK,
			    fixture_receive(&os, CLR, 1, w));
			for (c = 0; c < 3; c++)
				for (i = 0; i < 3; i++) {
					st = state(c, i);
					ATF_CHECK_EQ(c == creator &&
						(ifname == 3 || i == ifname),
					    fakeos_find(&os, st.id,
						st.creatorid) == NULL);
				}
			fakeos_run_until(&os, os.now + 1000);
			ATF_CHECK_EQ(0, os.nframes);
			fixture_down(&os);
		}
}

/* The insert was overtaken: the state does not come to stay. */
ATF_TC_WITHOUT_HEAD(delete_first);
ATF_TC_BODY(delete_first, tc)
{
	struct psync_state st, other;
	uint8_t w[84];

	(void)tc;
	up();
	st = state(1, 0);
	other = state(1, 1);
	receive_delete(&st);
	receive_state(INS, &st);
	receive_state(UPD, &st);
	fixture_upd_c(w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, UPD_C, 1, w));
	ATF_CHECK_EQ(0, os.nstates);
	ATF_CHECK_EQ(0, fakeos_sent(&os, REQ));
	receive_state(INS, &other);
	ATF_CHECK_EQ(1, os.nstates);
	/* Somebody else's of that id is another one. */
	other = st;
	other.creatorid = creators[2];
	receive_state(INS, &other);
	ATF_CHECK_EQ(2, os.nstates);
	receive_delete(&other);
	other = state(1, 1);

	/* In order it goes as ever; and no packet is late for ever. */
	receive_delete(&other);
	ATF_CHECK_EQ(0, os.nstates);
	fakeos_run_until(&os, os.now + 2000);
	receive_state(INS, &st);
	ATF_CHECK_EQ(1, os.nstates);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, three_firewalls);
	ATF_TP_ADD_TC(tp, delete_first);
	return (atf_no_error());
}
