/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The whole table from a peer: asking, asking again, giving up, and demotion,
 * which every path must give back once (the test kernel aborts at anything but
 * 0 and 240).
 */

#include <atf-c.h>
#include <string.h>

#include "net/pfsync/codec.h"
#include "tests/lib/fixture.h"

#define START 1
#define END   2

static struct fakeos os;
static struct psync_config config;

/* Up, and just asked. */
static void
asked(void)
{
	config = fixture_config(1400, 1500, 128);
	fakeos_init(&os);
	os.sc = psync_create(&fakeos_ops, &os, 4);
	ATF_REQUIRE(os.sc != NULL);
	ATF_CHECK_EQ(0, os.demotion);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ATF_CHECK_EQ(240, os.demotion);
}

static struct psync_status
status(void)
{
	struct psync_status s;

	psync_status(os.sc, &s);
	return (s);
}

static void
receive_bus(uint8_t what, uint32_t endtime)
{
	uint8_t w[12];

	fixture_bus(w, what, endtime);
	ATF_REQUIRE_EQ(PFSYNC_OK, fixture_receive(&os, 10, 1, w));
}

static void
receive_states(unsigned from, unsigned to)
{
	struct psync_state st;
	uint8_t w[277];

	for (; from < to; from++) {
		st = fixture_state(from, FIXTURE_PEER);
		/* in either format */
		psync_encode(from % 2 ? &psync_layout_1400 : &psync_layout_1301,
		    w, &st);
		ATF_REQUIRE_EQ(PFSYNC_OK,
		    fixture_receive(&os, from % 2 ? 14 : 3, 1, w));
	}
}

/* n times 0/0 was asked for, in a frame each. */
static void
requests(unsigned n)
{
	static const uint8_t want[20] = { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 12, 0, 0, 1 };
	const struct fakeos_frame *f;
	size_t i;

	ATF_CHECK_EQ_MSG(n, fakeos_sent(&os, 5), "%u requests, not %u",
	    fakeos_sent(&os, 5), n);
	for (i = 0; i < os.nframes; i++) {
		f = &os.frame[i];
		if (frame_messages(f->bytes, f->len, 5) != 0) {
			ATF_CHECK_EQ(40, f->len);
			ATF_CHECK(memcmp(f->bytes + 20, want, 20) == 0);
		}
	}
}

static void
ended(enum psync_bulk_result result, unsigned times)
{
	const struct psync_status s = status();

	ATF_CHECK_EQ(result, s.bulk);
	ATF_CHECK_EQ(result == PSYNC_BULK_OK, s.syncok);
	ATF_CHECK_EQ(0, os.demotion);
	ATF_CHECK_EQ(times, os.demoted);
	ATF_CHECK_EQ(times, os.restored);
}

static void
running(unsigned times)
{
	ATF_CHECK_EQ(PSYNC_BULK_RUNNING, status().bulk);
	ATF_CHECK(!status().syncok);
	ATF_CHECK_EQ(240, os.demotion);
	ATF_CHECK_EQ(times, os.demoted);
	ATF_CHECK_EQ(times - 1, os.restored);
}

ATF_TC_WITHOUT_HEAD(received);
ATF_TC_BODY(received, tc)
{
	(void)tc;
	asked();
	requests(1);
	running(1);
	receive_bus(START, 0);
	fakeos_run_until(&os, os.now + 300);
	receive_states(0, 50);
	running(1);
	ATF_CHECK_EQ(50, status().bulk_states);
	ATF_CHECK_EQ(300, status().bulk_ms);
	fakeos_run_until(&os, os.now + 700);
	receive_bus(END, 1);
	ended(PSYNC_BULK_OK, 1);
	ATF_CHECK_EQ(50, os.nstates);

	/* What comes later belongs to no transfer. */
	fakeos_run_until(&os, os.now + 60000);
	receive_bus(START, 0);
	receive_states(50, 60);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);
	ATF_CHECK_EQ(50, status().bulk_states);
	ATF_CHECK_EQ(1000, status().bulk_ms);
	requests(1);
	fixture_down(&os);
}

/* START is lost, or a peer has nothing to send. */
ATF_TC_WITHOUT_HEAD(no_start);
ATF_TC_BODY(no_start, tc)
{
	(void)tc;
	asked();
	receive_states(0, 3);
	fakeos_run_until(&os, os.now + 1999);
	requests(1);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);
	fixture_down(&os);

	asked();
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);
	requests(1);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(end_lost);
ATF_TC_BODY(end_lost, tc)
{
	(void)tc;
	asked();
	fakeos_run_until(&os, os.now + 1500);
	receive_bus(START, 0);
	fakeos_run_until(&os, os.now + 1500);
	receive_states(0, 10);
	fakeos_run_until(&os, os.now + 1999);
	requests(1);
	fakeos_run_until(&os, os.now + 1);
	requests(2);
	running(1);
	receive_bus(START, 0);
	receive_states(0, 10);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);
	fakeos_run_until(&os, os.now + 60000);
	requests(2);
	fixture_down(&os);
}

/* However large the table is: waiting is by progress. */
ATF_TC_WITHOUT_HEAD(slow_but_alive);
ATF_TC_BODY(slow_but_alive, tc)
{
	unsigned i;

	(void)tc;
	asked();
	receive_bus(START, 0);
	for (i = 0; i < 60; i++) {
		fakeos_run_until(&os, os.now + 1999);
		receive_states(i, i + 1);
	}
	requests(1);
	running(1);
	receive_bus(END, 119);
	ended(PSYNC_BULK_OK, 1);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(nobody);
ATF_TC_BODY(nobody, tc)
{
	uint64_t begin;
	unsigned i;

	(void)tc;
	asked();
	begin = os.now;
	for (i = 1; i <= 12; i++) {
		requests(i);
		ATF_CHECK_EQ(begin + (i - 1) * 2000, os.frame[i - 1].at);
		running(1);
		fakeos_run_until(&os, begin + i * 2000 - 1);
		requests(i);
		running(1);
		fakeos_run_until(&os, begin + i * 2000);
	}
	requests(12);
	ended(PSYNC_BULK_FAILED, 1);
	ATF_CHECK_EQ(24000, status().bulk_ms);
	fakeos_run_until(&os, os.now + 600000);
	requests(12);
	ended(PSYNC_BULK_FAILED, 1);

	/* Asked for by hand, it begins anew. */
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	requests(13);
	running(2);
	fakeos_run_until(&os, os.now + 22000);
	requests(24);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 2);
	fixture_down(&os);
}

/* The end of a transfer that began before we asked is not ours. */
ATF_TC_WITHOUT_HEAD(older_transfer);
ATF_TC_BODY(older_transfer, tc)
{
	(void)tc;
	asked();
	fakeos_run_until(&os, os.now + 500);
	receive_bus(END, 60);
	running(1);
	receive_bus(END, 2);
	running(1);
	receive_bus(END, UINT32_MAX);
	running(1);
	fakeos_run_until(&os, os.now + 500);
	receive_bus(END, 2);
	ended(PSYNC_BULK_OK, 1);
	fixture_down(&os);
}

/*
 * Demotion on every other path
 */

ATF_TC_WITHOUT_HEAD(down_midway);
ATF_TC_BODY(down_midway, tc)
{
	(void)tc;
	asked();
	receive_bus(START, 0);
	config.up = false;
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ended(PSYNC_BULK_FAILED, 1);
	ATF_CHECK_EQ(PSYNC_ERR_DOWN, psync_resync(os.sc));
	fakeos_run_until(&os, os.now + 60000);
	requests(1);
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ended(PSYNC_BULK_FAILED, 1);
	config.up = true;
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	requests(2);
	running(2);

	/* and the syncdev going away */
	config.reachable = false;
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ended(PSYNC_BULK_FAILED, 2);
	fixture_down(&os);
	ATF_CHECK_EQ(2, os.restored);
}

ATF_TC_WITHOUT_HEAD(destroyed_midway);
ATF_TC_BODY(destroyed_midway, tc)
{
	(void)tc;
	asked();
	fixture_down(&os);
	ATF_CHECK_EQ(0, os.demotion);
	ATF_CHECK_EQ(1, os.demoted);
	ATF_CHECK_EQ(1, os.restored);
	asked();
	receive_bus(START, 0);
	fixture_down(&os);
	ATF_CHECK_EQ(0, os.demotion);
	ATF_CHECK_EQ(1, os.restored);
	asked();
	receive_bus(END, 0);
	fixture_down(&os);
	ATF_CHECK_EQ(1, os.restored);
}

ATF_TC_WITHOUT_HEAD(reconfigured_midway);
ATF_TC_BODY(reconfigured_midway, tc)
{
	(void)tc;
	asked();
	receive_bus(START, 0);
	fakeos_run_until(&os, os.now + 100);

	/* The same path: the transfer goes on. */
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	config.mtu = 9000;
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	config.format = 1301;
	config.maxupd = 3;
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	requests(1);
	running(1);

	/* Another peer: anew. */
	config.syncpeer_af = PSYNC_AF_INET;
	config.syncpeer[0] = 192;
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	requests(2);
	running(1);
	memcpy(config.syncdev, "sync1", 6);
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	requests(3);
	running(1);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);

	/* No syncdev: nobody to ask, nor to wait for. */
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	requests(4);
	running(2);
	memset(config.syncdev, 0, sizeof(config.syncdev));
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	ended(PSYNC_BULK_FAILED, 2);
	ATF_CHECK_EQ(PSYNC_ERR_DOWN, psync_resync(os.sc));
	fakeos_run_until(&os, os.now + 60000);
	requests(4);
	ended(PSYNC_BULK_FAILED, 2);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(resync_midway);
ATF_TC_BODY(resync_midway, tc)
{
	(void)tc;
	asked();
	receive_bus(START, 0);
	receive_states(0, 5);
	ATF_CHECK_EQ(PSYNC_ERR_NONE, psync_resync(os.sc));
	requests(2);
	running(1);
	ATF_CHECK_EQ(0, status().bulk_states);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);
	fixture_down(&os);
}

/* The request itself meets a full link: it is sent once that is over. */
ATF_TC_WITHOUT_HEAD(request_delayed);
ATF_TC_BODY(request_delayed, tc)
{
	(void)tc;
	fakeos_init(&os);
	config = fixture_config(1400, 1500, 128);
	os.sc = psync_create(&fakeos_ops, &os, 4);
	ATF_REQUIRE(os.sc != NULL);
	fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_configure(os.sc, &config));
	running(1);
	fakeos_run_until(&os, os.now + 500);
	requests(0);
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	fakeos_run_until(&os, os.now + 64);
	requests(1);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);
	fixture_down(&os);
}

/*
 * What this host dropped of it
 */

ATF_TC_WITHOUT_HEAD(missed_midway);
ATF_TC_BODY(missed_midway, tc)
{
	(void)tc;
	asked();
	receive_bus(START, 0);
	receive_states(0, 10);
	psync_missed(os.sc);
	receive_states(20, 30);
	requests(1);
	receive_bus(END, 0);
	requests(2);
	running(1);
	ATF_CHECK_EQ(0, status().bulk_states);
	fakeos_run_until(&os, os.now + 2000);
	requests(3);
	receive_bus(START, 0);
	receive_states(0, 30);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);
	ATF_CHECK_EQ(30, status().bulk_states);
	fakeos_run_until(&os, os.now + 600000);
	requests(3);
	fixture_down(&os);
}

/* Who always misses some of it is not kept from being master for ever. */
ATF_TC_WITHOUT_HEAD(missed_always);
ATF_TC_BODY(missed_always, tc)
{
	unsigned i;

	(void)tc;
	asked();
	for (i = 1; i <= 4; i++) {
		running(1);
		requests(i);
		receive_bus(START, 0);
		receive_states(0, 10);
		psync_missed(os.sc);
		receive_bus(END, 0);
	}
	ended(PSYNC_BULK_OK, 1);
	requests(4);
	fixture_down(&os);
}

ATF_TC_WITHOUT_HEAD(missed_and_noticed_late);
ATF_TC_BODY(missed_and_noticed_late, tc)
{
	(void)tc;
	asked();
	receive_bus(START, 0);
	fakeos_run_until(&os, os.now + 100);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);
	fakeos_run_until(&os, os.now + 1999);
	psync_missed(os.sc);
	requests(2);
	ATF_CHECK_EQ(PSYNC_BULK_RUNNING, status().bulk);
	ATF_CHECK_EQ(0, os.demotion);
	receive_bus(END, 0);
	ended(PSYNC_BULK_OK, 1);

	/* Not twice in a minute. */
	psync_missed(os.sc);
	requests(2);
	fakeos_run_until(&os, os.now + 60000);
	requests(3);
	receive_bus(END, 0);

	/* At other times what is lost is no bulk update. */
	fakeos_run_until(&os, os.now + 60000);
	psync_missed(os.sc);
	fakeos_run_until(&os, os.now + 60000);
	requests(3);
	ended(PSYNC_BULK_OK, 1);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, received);
	ATF_TP_ADD_TC(tp, no_start);
	ATF_TP_ADD_TC(tp, end_lost);
	ATF_TP_ADD_TC(tp, slow_but_alive);
	ATF_TP_ADD_TC(tp, nobody);
	ATF_TP_ADD_TC(tp, older_transfer);
	ATF_TP_ADD_TC(tp, down_midway);
	ATF_TP_ADD_TC(tp, destroyed_midway);
	ATF_TP_ADD_TC(tp, reconfigured_midway);
	ATF_TP_ADD_TC(tp, resync_midway);
	ATF_TP_ADD_TC(tp, request_delayed);
	ATF_TP_ADD_TC(tp, missed_midway);
	ATF_TP_ADD_TC(tp, missed_always);
	ATF_TP_ADD_TC(tp, missed_and_noticed_late);
	return (atf_no_error());
}
