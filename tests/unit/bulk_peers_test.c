/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whole tables from several peers: who is asked and who is waited for, when one
 * is heard late, dies, or lies.  CARP is demoted once, and not for ever.
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/bulk.h"
#include "net/pfsync/codec.h"
#include "tests/lib/fixture.h"

enum { UPD_C = 4, REQ = 5, BUS = 10, UPD = 14 };

#define START 1
#define END   2
#define B     1
#define C     2
#define D     3

static struct fakeos os;
static unsigned states;

static enum pfsync_refusal
receive(unsigned from, uint8_t action, const void *message)
{
	const uint8_t src[4] = { 192, 0, (uint8_t)(from >> 8), (uint8_t)from };

	return (
	    fixture_receive_from(&os, src, PSYNC_AF_INET, action, 1, message));
}

static void
bus(unsigned from, uint8_t status)
{
	uint8_t w[12];

	fixture_bus(w, status, 0);
	ATF_REQUIRE_EQ(PFSYNC_OK, receive(from, BUS, w));
}

/* A full update of a state that is not here. */
static void
full_update(unsigned from)
{
	struct psync_state st = fixture_state(states++, FIXTURE_PEER);
	uint8_t w[277];

	psync_encode(&psync_layout_1400, w, &st);
	ATF_REQUIRE_EQ(PFSYNC_OK, receive(from, UPD, w));
}

/* A sign of life that asks for nothing and leads to nothing. */
static void
hear(unsigned from)
{
	uint8_t w[12];

	fixture_key(w, 1, FIXTURE_PEER);
	ATF_REQUIRE_EQ(PFSYNC_OK, receive(from, 2, w));
}

static void
pass(unsigned ms)
{
	fakeos_run_until(&os, os.now + ms);
}

static void
asked(void)
{
	struct psync_config config = fixture_config(1400, 1500, 128);

	states = 0;
	fakeos_init(&os);
	os.sc = psync_create(&fakeos_ops, &os, 1);
	ATF_REQUIRE(os.sc != NULL);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ATF_CHECK_EQ(240, os.demotion);
}

/* Synchronised with B, and what was sent so far forgotten. */
static void
synchronised(void)
{
	asked();
	bus(B, START);
	bus(B, END);
	ATF_CHECK_EQ(0, os.demotion);
	pass(1000);
	fakeos_forget(&os);
}

static enum psync_bulk_result
result(void)
{
	struct psync_status s;

	psync_status(os.sc, &s);
	return (s.bulk);
}

static unsigned
requests(void)
{
	const uint8_t *w;
	unsigned i, n = 0;

	for (i = 0; i < fakeos_sent(&os, REQ); i++) {
		w = fakeos_message(&os, REQ, i);
		n += memcmp(w, "\0\0\0\0\0\0\0\0\0\0\0\0", 12) == 0;
	}
	return (n);
}

static void
demoted_once(void)
{
	ATF_CHECK_EQ(0, os.demotion);
	ATF_CHECK_EQ(1, os.demoted);
	ATF_CHECK_EQ(1, os.restored);
}

/* Heard while another is at it: asked when that has ended, and waited for. */
ATF_TC_WITHOUT_HEAD(third_heard_meanwhile);
ATF_TC_BODY(third_heard_meanwhile, tc)
{
	(void)tc;
	asked();
	bus(B, START);
	pass(500);
	hear(C);
	full_update(B);
	ATF_CHECK_EQ(1, requests());
	bus(B, END);
	ATF_CHECK_EQ(2, requests());
	ATF_CHECK_EQ(PSYNC_BULK_RUNNING, result());
	bus(B, START);
	bus(B, END);
	ATF_CHECK_EQ(240, os.demotion);
	bus(C, START);
	full_update(C);
	bus(C, END);
	ATF_CHECK_EQ(PSYNC_BULK_OK, result());
	ATF_CHECK_EQ(2, os.nstates);
	demoted_once();
	fixture_down(&os);
}

/*
 * Heard when all that were known have ended: it is asked, and CARP left alone.
 * Others after it a minute later, none of them twice.
 */
ATF_TC_WITHOUT_HEAD(third_heard_after);
ATF_TC_BODY(third_heard_after, tc)
{
	unsigned i;

	(void)tc;
	synchronised();
	hear(C);
	ATF_CHECK_EQ(1, requests());
	ATF_CHECK_EQ(PSYNC_BULK_RUNNING, result());
	bus(C, START);
	full_update(C);
	bus(B, START);
	bus(B, END);
	ATF_CHECK_EQ(PSYNC_BULK_RUNNING, result());
	bus(C, END);
	ATF_CHECK_EQ(PSYNC_BULK_OK, result());
	ATF_CHECK_EQ(1, os.nstates);
	demoted_once();

	pass(20000);
	hear(D);
	pass(39999);
	ATF_CHECK_EQ(1, requests());
	hear(B);
	hear(C);
	hear(D);
	pass(1);
	ATF_CHECK_EQ(2, requests());
	bus(B, END);
	bus(C, END);
	bus(D, END);
	ATF_CHECK_EQ(PSYNC_BULK_OK, result());

	/* They come and go. */
	for (i = 0; i < 20; i++) {
		pass(100000);
		hear(i % 2 ? C : D);
	}
	ATF_CHECK_EQ(2, requests());
	demoted_once();
	fixture_down(&os);
}

/* Who asks us for everything has nothing, unless we have nothing either. */
ATF_TC_WITHOUT_HEAD(third_that_asks);
ATF_TC_BODY(third_that_asks, tc)
{
	static const uint8_t everything[12];

	(void)tc;
	synchronised();
	ATF_REQUIRE_EQ(PFSYNC_OK, receive(C, REQ, everything));
	pass(100000);
	hear(C);
	ATF_CHECK_EQ(0, requests());
	fixture_down(&os);

	asked();
	pass(60000);
	ATF_CHECK_EQ(PSYNC_BULK_FAILED, result());
	fakeos_forget(&os);
	ATF_REQUIRE_EQ(PFSYNC_OK, receive(B, REQ, everything));
	ATF_CHECK_EQ(1, requests());
	bus(B, START);
	bus(B, END);
	ATF_CHECK_EQ(PSYNC_BULK_OK, result());
	demoted_once();
	fixture_down(&os);
}

/* Known before we ask, and in pfsync0's next life heard for the first time. */
ATF_TC_WITHOUT_HEAD(heard_in_another_life);
ATF_TC_BODY(heard_in_another_life, tc)
{
	struct psync_config config = fixture_config(1400, 1500, 128);

	(void)tc;
	synchronised();
	hear(C);
	bus(B, END);
	bus(C, END);
	ATF_CHECK_EQ(1, requests());
	config.up = false;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	pass(20000);
	config.up = true;
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	bus(B, END);
	ATF_CHECK_EQ(PSYNC_BULK_OK, result());
	pass(60000);
	fakeos_forget(&os);
	hear(C);
	ATF_CHECK_EQ(1, requests());
	fixture_down(&os);
}

/* A peer that is there and never begins is asked twice, and no more. */
ATF_TC_WITHOUT_HEAD(one_never_begins);
ATF_TC_BODY(one_never_begins, tc)
{
	unsigned i;

	(void)tc;
	synchronised();
	hear(C);
	bus(B, END);
	bus(C, END);
	pass(1000);
	hear(C);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	fakeos_forget(&os);
	bus(B, START);
	bus(B, END);
	for (i = 0; i < 3999; i++) {
		pass(1);
		if (i % 1000 == 0)
			hear(C);
		ATF_CHECK_EQ(240, os.demotion);
	}
	ATF_CHECK_EQ(1, requests());
	pass(1);
	ATF_CHECK_EQ(PSYNC_BULK_OK, result());
	ATF_CHECK_EQ(0, os.demotion);
	ATF_CHECK_EQ(1, requests());
	ATF_CHECK_EQ(2, os.restored);
	fixture_down(&os);
}

/* One dies in the middle of its table; another has ended. */
ATF_TC_WITHOUT_HEAD(one_dies_midway);
ATF_TC_BODY(one_dies_midway, tc)
{
	(void)tc;
	asked();
	bus(B, START);
	bus(C, START);
	full_update(B);
	bus(C, END);
	pass(1999);
	ATF_CHECK_EQ(1, requests());
	pass(1);
	ATF_CHECK_EQ(2, requests());
	/* C does its part again, and so would B. */
	bus(C, START);
	bus(C, END);
	ATF_CHECK_EQ(240, os.demotion);
	pass(2000);
	pass(2000);
	ATF_CHECK_EQ(PSYNC_BULK_OK, result());
	demoted_once();
	fixture_down(&os);
}

/* Full updates that belong to no transfer are answers: they are no progress. */
ATF_TC_WITHOUT_HEAD(answers_are_no_progress);
ATF_TC_BODY(answers_are_no_progress, tc)
{
	unsigned ms;

	(void)tc;
	asked();
	for (ms = 0; ms < 100000 && os.demotion != 0; ms += 100) {
		full_update(B);
		pass(100);
	}
	ATF_CHECK_EQ(12 * 2000, ms);
	ATF_CHECK_EQ(PSYNC_BULK_FAILED, result());
	demoted_once();
	fixture_down(&os);
}

/* A transfer that never ends, from so many addresses. */
static unsigned
endless_from(unsigned addresses)
{
	unsigned ms, from = 0;

	asked();
	for (ms = 0; ms < 2 * PSYNC_BULK_LONGEST && os.demotion != 0;
	     ms += 500) {
		from = (from + 1) % addresses;
		bus(1 + from, START);
		full_update(1 + from);
		pass(500);
		if (os.nframes > 1000)
			fakeos_forget(&os);
	}
	demoted_once();
	/* And what comes after that does not begin it again. */
	for (; addresses > 1 && from < addresses; from++) {
		bus(1 + from, START);
		full_update(1 + from);
		pass(10);
	}
	demoted_once();
	fixture_down(&os);
	return (ms);
}

ATF_TC_WITHOUT_HEAD(endless);
ATF_TC_BODY(endless, tc)
{
	(void)tc;
	ATF_CHECK_EQ(PSYNC_BULK_LONGEST, endless_from(1));
	ATF_CHECK_EQ(PSYNC_BULK_LONGEST, endless_from(2));
	ATF_CHECK(endless_from(60000) <= PSYNC_BULK_LONGEST);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, third_heard_meanwhile);
	ATF_TP_ADD_TC(tp, third_heard_after);
	ATF_TP_ADD_TC(tp, third_that_asks);
	ATF_TP_ADD_TC(tp, heard_in_another_life);
	ATF_TP_ADD_TC(tp, one_never_begins);
	ATF_TP_ADD_TC(tp, one_dies_midway);
	ATF_TP_ADD_TC(tp, answers_are_no_progress);
	ATF_TP_ADD_TC(tp, endless);
	return (atf_no_error());
}
