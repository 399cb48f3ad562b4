/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sizes of packets, as they are and as they change, and packets that cannot be
 * sent: whatever happens both tables are equal in the end.
 */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "tests/sim/cluster.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct sim_host *const h = &sim.host[0];

static void
pair(unsigned mtu)
{
	setup(2, SIM_ONE_ACTIVE);
	config.slices = 1;
	config.mtu = mtu;
	config.rules = ONE_STATE;
	begin();
}

static void
no_frame_above(unsigned mtu)
{
	size_t i;

	for (i = 0; i < tape.n; i++)
		if (tape.frame[i].from == 0)
			ATF_CHECK_MSG(tape.frame[i].len <= mtu,
			    "a packet of %zu bytes, mtu %u", tape.frame[i].len,
			    mtu);
}

/* Inserts, updates and deletes wait while the mtu changes, up and down. */
static void
change(const char *ifname, unsigned from, unsigned to)
{
	struct talk t[60];
	unsigned i, n;

	pair(9000);
	ATF_REQUIRE_EQ(0, sim_host_mtu(h, ifname, from));
	for (i = 0; i < 60; i++)
		talk_open(0, &t[i], (uint16_t)(1000 + i));
	wait_us(CLOCK_S);
	tape_begin();
	n = (from - 48 - 364) / 84;
	if (n > 50)
		n = 50;
	for (i = 0; i < n; i++)
		talk_there(0, &t[i], 100);
	udp(0, 2000);
	ATF_REQUIRE_EQ(0, tape.n);
	ATF_REQUIRE_EQ(n + 1, sim_host_status(h).pending);
	ATF_CHECK_EQ(0, sim_host_mtu(h, ifname, to));
	sim_host_run(h);
	ATF_CHECK_EQ(to, sim_host_status(h).config.mtu);
	/* More, in packets of the new size. */
	for (i = 0; i < 60; i++)
		talk_there(0, &t[i], 100);
	wait_us(5 * CLOCK_S);
	for (i = 0; i < tape.n; i++)
		if (tape.frame[i].at > tape.frame[0].at &&
		    tape.frame[i].from == 0)
			ATF_CHECK_MSG(tape.frame[i].len <= to,
			    "%s %u %u: %zu at %u us, first %zu", ifname, from,
			    to, tape.frame[i].len,
			    (unsigned)(tape.frame[i].at - tape.frame[0].at),
			    tape.frame[0].len);
	no_frame_above(from > to ? from : to);
	ATF_CHECK_EQ(61, sim_host_count(&sim.host[1]));
	settled();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_08_mtu_changes_while_queued);
ATF_TC_BODY(e3_08_mtu_changes_while_queued, tc)
{
	static const unsigned mtus[] = { 600, 1500, 4000, 9000 };
	unsigned i, j;

	for (i = 0; i < NELEM(mtus); i++)
		for (j = 0; j < NELEM(mtus); j++) {
			change("em1", mtus[i], mtus[j]);
			change("pfsync0", mtus[i], mtus[j]);
		}
}

/* Up to a whole packet of 9000, and back, with states on their way. */
ATF_TC_WITHOUT_HEAD(e3_08_jumbo);
ATF_TC_BODY(e3_08_jumbo, tc)
{
	const unsigned len = 20 + 20 + 4 + 24 * 360 + 4;
	unsigned i, n = 0;

	pair(9000);
	ATF_CHECK_EQ(9000, sim_host_status(h).config.mtu);
	fill(0, 0, 24 * 50);
	resync(1);
	wait_us(3 * CLOCK_S);
	for (i = 0; i < tape.n; i++)
		n += tape.frame[i].len == len &&
		    tape_messages(0, ONLY(UPD_1500)) != 0;
	ATF_CHECK_EQ_MSG(50, n, "%u packets of %u bytes", n, len);
	ATF_CHECK_EQ(50, tape_frames(0, ONLY(UPD_1500)));
	no_frame_above(9000);
	ATF_CHECK_EQ(24 * 50, sim_host_count(&sim.host[1]));
	settled();
	end();
}

/*
 * One message of each kind, or nothing: the least mtu of each format is 40
 * bytes of IPv6, 28 of framing, and a state.
 */
ATF_TC_WITHOUT_HEAD(e3_08_mtu_below_one_message);
ATF_TC_BODY(e3_08_mtu_below_one_message, tc)
{
	static const struct {
		unsigned version, least;
	} formats[] = { { 0, 428 }, { 1500, 428 }, { 1400, 345 }, { 1301, 310 },
		{ 6, 428 }, { 3, 428 } };
	struct pfsync_drv_config rq;
	unsigned i;

	for (i = 0; i < NELEM(formats); i++) {
		pair(1500);
		rq = drv_config(PFSYNC_CONFIG_VERSION);
		rq.version = formats[i].version;
		configure(0, &rq);
		ATF_CHECK_EQ(EINVAL,
		    sim_host_mtu(h, "pfsync0", formats[i].least - 1));
		rq = drv_config(PFSYNC_CONFIG_MTU);
		rq.mtu = formats[i].least - 1;
		ATF_CHECK_EQ(EMSGSIZE, sim_host_set(h, &rq));
		ATF_CHECK_EQ(1500, sim_host_status(h).config.mtu);
		rq.mtu = formats[i].least;
		ATF_CHECK_EQ(0, sim_host_set(h, &rq));
		sim_host_run(h);
		wait_us(100 * CLOCK_MS);
		tape_begin();
		udp(0, 1000);
		wait_us(CLOCK_S);
		ATF_CHECK_EQ(1, sim_host_count(&sim.host[1]));
		no_frame_above(formats[i].least);
		/* What the mtu has no room for cannot be configured then. */
		if (formats[i].least < 428) {
			rq = drv_config(PFSYNC_CONFIG_VERSION);
			rq.version = 1500;
			ATF_CHECK_EQ(EMSGSIZE, sim_host_set(h, &rq));
			ATF_CHECK_EQ(formats[i].version,
			    sim_host_status(h).config.format);
		}
		end();
	}
}

/* The host makes it too small: pfsync0 stops, and goes on by itself. */
ATF_TC_WITHOUT_HEAD(e3_08_mtu_becomes_too_small);
ATF_TC_BODY(e3_08_mtu_becomes_too_small, tc)
{
	pair(1500);
	h->port[EM_SYNC].link.mtu = 427;
	wait_us(2 * CLOCK_S);
	ATF_CHECK(!sim_host_status(h).config.reachable);
	tape_begin();
	udp(0, 1000);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(0, tape_frames(0, UINT32_MAX));
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[1]));
	h->port[EM_SYNC].link.mtu = 428;
	wait_us(5 * CLOCK_S);
	ATF_CHECK(sim_host_status(h).config.reachable);
	ATF_CHECK_EQ(1, tape_messages(0, ONLY(UPD_REQ)));
	ATF_CHECK_EQ(1, sim_host_count(&sim.host[1]));
	settled();
	end();
}

/* Tried again after 1, 2, 4 ... 64 ms; changes join in; users do not wait. */
static void
retries(int error)
{
	static const unsigned waits[] = { 0, 1, 2, 4, 8, 16, 32, 64, 64, 64 };
	struct sim_port *p = &h->port[EM_SYNC];
	unsigned i, n = NELEM(waits), frames;
	struct pfsyncxstats before, after;
	struct talk t;

	pair(1500);
	talk_open(0, &t, 1000);
	wait_us(CLOCK_S);
	tape_begin();
	before = sim_host_stats(h);
	p->error = error;
	p->failing = n - 1;
	frames = p->frames;
	segment(0, &t, true, FIN | ACK, 0); /* leaves in a ms */
	t.there++;
	wait_us(CLOCK_MS);
	for (i = 0; i < n; i++) {
		wait_us((waits[i] > 0 ? waits[i] - 1 : 0) * CLOCK_MS);
		ATF_CHECK_EQ_MSG(frames + i + (i == 0), p->frames,
		    "%u attempts, not %u", p->frames - frames, i + (i == 0));
		/* Nobody waits for the link. */
		udp(0, (uint16_t)(2000 + i % 3));
		wait_us(waits[i] > 0 ? CLOCK_MS : 0);
		ATF_CHECK_EQ(frames + i + 1, p->frames);
	}
	ATF_CHECK_EQ(1, tape.n);
	ATF_CHECK_EQ(3, tape_messages(0, ANY_INS));
	ATF_CHECK_EQ(1, tape_messages(0, ONLY(UPD_C)));
	ATF_CHECK_EQ(before.retries + n - 1, sim_host_stats(h).retries);
	after = sim_host_stats(h);
	before.base.pfsyncs_onomem += error == ENOBUFS ? n - 1 : 0;
	before.base.pfsyncs_oerrors += error == ENOBUFS ? 0 : n - 1;
	ATF_CHECK_EQ(before.base.pfsyncs_onomem, after.base.pfsyncs_onomem);
	ATF_CHECK_EQ(before.base.pfsyncs_oerrors, after.base.pfsyncs_oerrors);
	ATF_CHECK_EQ(0, sim_host_stats(h).overflows);
	wait_us(CLOCK_S);
	ATF_CHECK_EQ(1, tape.n);
	settled();
	end();
}

ATF_TC_WITHOUT_HEAD(e3_08_send_failures_are_retried);
ATF_TC_BODY(e3_08_send_failures_are_retried, tc)
{
	retries(ENOBUFS);
	retries(ENETDOWN);
}

/* What the link will never take is dropped, and a whole table makes it good. */
ATF_TC_WITHOUT_HEAD(e3_08_unsendable_is_made_good);
ATF_TC_BODY(e3_08_unsendable_is_made_good, tc)
{
	pair(1500);
	h->port[EM_SYNC].error = EMSGSIZE;
	h->port[EM_SYNC].failing = 1;
	udp(0, 1000);
	wait_us(10 * CLOCK_S);
	ATF_CHECK_EQ(1, sim_host_stats(h).base.pfsyncs_oerrors);
	ATF_CHECK_EQ(0, tape_messages(0, ANY_INS));
	ATF_CHECK_EQ(1, tape_messages(0, ANY_UPD));
	ATF_CHECK_EQ(2, tape_messages(0, ONLY(BUS)));
	ATF_CHECK_EQ(1, sim_host_count(&sim.host[1]));
	settled();
	end();
}

/* So is what was in that table, if it cannot be sent either. */
ATF_TC_WITHOUT_HEAD(e3_08_unsendable_table_is_made_good);
ATF_TC_BODY(e3_08_unsendable_table_is_made_good, tc)
{
	pair(1500);
	h->port[EM_SYNC].error = EMSGSIZE;
	h->port[EM_SYNC].failing = UINT_MAX;
	udp(0, 1000);
	wait_us(10 * CLOCK_S);
	ATF_CHECK_EQ(0, sim_host_count(&sim.host[1]));
	h->port[EM_SYNC].failing = 0;
	wait_us(10 * CLOCK_S);
	ATF_CHECK_EQ(0, tape_messages(0, ANY_INS));
	ATF_CHECK_EQ(1, tape_messages(0, ANY_UPD));
	ATF_CHECK_EQ(2, tape_messages(0, ONLY(BUS)));
	ATF_CHECK_EQ(1, sim_host_count(&sim.host[1]));
	settled();
	end();
}

/* Every single packet of a run fails once, in each way. */
ATF_TC_WITHOUT_HEAD(e3_08_every_send_fails_once);
ATF_TC_BODY(e3_08_every_send_fails_once, tc)
{
	static const int errors[] = { ENOBUFS, ENETDOWN, EMSGSIZE };
	unsigned e, n, failed;

	for (e = 0; e < NELEM(errors); e++)
		for (n = 1, failed = 1; failed; n++) {
			setup(2, SIM_ONE_ACTIVE);
			sim_open(&sim, &config, false);
			h->port[EM_SYNC].fail_at = h->port[EM_SYNC].frames + n;
			h->port[EM_SYNC].error = errors[e];
			connections(0, 4, 5);
			wait_us(CLOCK_S);
			ATF_CHECK_EQ(0, sim_host_mtu(h, "em1", 600));
			connections(4, 8, 5);
			wait_us(5 * CLOCK_S);
			failed = h->port[EM_SYNC].frames >=
			    h->port[EM_SYNC].fail_at;
			settled();
			end();
		}
	ATF_CHECK_MSG(n > 10, "only %u packets", n);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, e3_08_mtu_changes_while_queued);
	ATF_TP_ADD_TC(tp, e3_08_jumbo);
	ATF_TP_ADD_TC(tp, e3_08_mtu_below_one_message);
	ATF_TP_ADD_TC(tp, e3_08_mtu_becomes_too_small);
	ATF_TP_ADD_TC(tp, e3_08_send_failures_are_retried);
	ATF_TP_ADD_TC(tp, e3_08_unsendable_is_made_good);
	ATF_TP_ADD_TC(tp, e3_08_unsendable_table_is_made_good);
	ATF_TP_ADD_TC(tp, e3_08_every_send_fails_once);
	return (atf_no_error());
}
