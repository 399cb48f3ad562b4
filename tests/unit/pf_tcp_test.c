/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * TCP in pf: scripts of segments, each with what becomes of it and of the
 * state.  Client 10.0.0.1:1000 connects to server 10.0.0.2:80 through em0.
 */

#include <atf-c.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

#define C 1000000u /* initial sequence numbers */
#define S 5000000u

#define CLOSED	    PSYNC_TCPS_CLOSED
#define SYN_SENT    PSYNC_TCPS_SYN_SENT
#define ESTABLISHED PSYNC_TCPS_ESTABLISHED
#define CLOSING	    PSYNC_TCPS_CLOSING
#define FIN_WAIT_2  PSYNC_TCPS_FIN_WAIT_2
#define TIME_WAIT   PSYNC_TCPS_TIME_WAIT

struct step {
	char from; /* 'c' or 's' */
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
	size_t len;
	uint16_t win;
	int wscale; /* -1: none */
	enum pf_action action;
	uint8_t src; /* the state's then */
	uint8_t dst;
	uint8_t timeout;
};

static enum pf_action
send_step(struct rig *rig, const struct step *s)
{
	struct rig_tcp t = { .seq = s->seq,
		.ack = s->ack,
		.len = s->len,
		.win = s->win,
		.flags = s->flags,
		.wscale = s->wscale };
	struct rig_packet p;

	if (s->from == 'c') {
		rig_tcp(&p, "10.0.0.1", 1000, "10.0.0.2", 80, &t);
		return (rig_in(rig, "em0", &p));
	}
	rig_tcp(&p, "10.0.0.2", 80, "10.0.0.1", 1000, &t);
	return (rig_out(rig, "em0", &p));
}

static void
play(struct rig *rig, const struct step *steps, size_t n)
{
	struct psync_state ps;
	size_t i;

	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ_MSG(steps[i].action, send_step(rig, &steps[i]),
		    "step %zu", i);
		rig_only(rig, &ps);
		ATF_REQUIRE_EQ_MSG(steps[i].src, ps.src.state,
		    "step %zu: src is %u", i, ps.src.state);
		ATF_REQUIRE_EQ_MSG(steps[i].dst, ps.dst.state,
		    "step %zu: dst is %u", i, ps.dst.state);
		ATF_REQUIRE_EQ_MSG(steps[i].timeout, ps.timeout,
		    "step %zu: timeout is %u", i, ps.timeout);
	}
}

#define PLAY(rig, steps) play(rig, steps, sizeof(steps) / sizeof(*steps))

static const struct step handshake[] = {
	{ 'c', SYN, C, 0, 0, 65535, 6, PF_PASS, SYN_SENT, CLOSED,
	    PFTM_TCP_FIRST_PACKET },
	{ 's', SYN | ACK, S, C + 1, 0, 65535, 6, PF_PASS, ESTABLISHED, SYN_SENT,
	    PFTM_TCP_OPENING },
	{ 'c', ACK, C + 1, S + 1, 0, 1027, -1, PF_PASS, ESTABLISHED,
	    ESTABLISHED, PFTM_TCP_ESTABLISHED },
};

/*
 * A handshake without window scaling and with small windows, and one octet:
 * as pf, a state has the number of the SYN until there is data.
 */
static const struct step handshake_plain[] = {
	{ 'c', SYN, C, 0, 0, 8192, -1, PF_PASS, SYN_SENT, CLOSED,
	    PFTM_TCP_FIRST_PACKET },
	{ 's', SYN | ACK, S, C + 1, 0, 8192, -1, PF_PASS, ESTABLISHED, SYN_SENT,
	    PFTM_TCP_OPENING },
	{ 'c', ACK, C + 1, S + 1, 1, 8192, -1, PF_PASS, ESTABLISHED,
	    ESTABLISHED, PFTM_TCP_ESTABLISHED },
};

static void
open_rig(struct rig *rig)
{
	struct pf_rule r = rig_keep();

	rig_open(rig, &r, 1);
}

ATF_TC_WITHOUT_HEAD(life);
ATF_TC_BODY(life, tc)
{
	static const struct step rest[] = {
		{ 'c', PSH | ACK, C + 1, S + 1, 100, 1027, -1, PF_PASS,
		    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
		{ 's', PSH | ACK, S + 1, C + 101, 1000, 1027, -1, PF_PASS,
		    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
		{ 'c', FIN | ACK, C + 101, S + 1001, 0, 1027, -1, PF_PASS,
		    CLOSING, ESTABLISHED, PFTM_TCP_CLOSING },
		{ 's', ACK, S + 1001, C + 102, 0, 1027, -1, PF_PASS, FIN_WAIT_2,
		    ESTABLISHED, PFTM_TCP_CLOSING },
		{ 's', FIN | ACK, S + 1001, C + 102, 0, 1027, -1, PF_PASS,
		    FIN_WAIT_2, CLOSING, PFTM_TCP_FIN_WAIT },
		{ 'c', ACK, C + 102, S + 1002, 0, 1027, -1, PF_PASS, FIN_WAIT_2,
		    FIN_WAIT_2, PFTM_TCP_CLOSED },
	};
	struct psync_state ps;
	struct rig rig;

	open_rig(&rig);
	PLAY(&rig, handshake);
	rig_only(&rig, &ps);
	/* What FreeBSD 12.2 has after such a handshake: lo, window 65728. */
	ATF_CHECK_EQ(C, ps.src.seqlo);
	ATF_CHECK_EQ(S + 1, ps.dst.seqlo);
	ATF_CHECK_EQ(1027, ps.src.max_win);
	ATF_CHECK_EQ(0x86, ps.src.wscale);
	ATF_CHECK_EQ(0x86, ps.dst.wscale);
	ATF_CHECK_EQ(S + 1 + 65728, ps.dst.seqhi);
	ATF_CHECK_EQ(1024, ps.dst.max_win);
	ATF_CHECK_EQ(1, rig.inserts);
	ATF_CHECK_EQ(2, rig.updates);
	PLAY(&rig, rest);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(C + 102, ps.src.seqlo);
	ATF_CHECK_EQ(S + 1002, ps.dst.seqlo);
	ATF_CHECK_EQ(5, ps.packets[0]);
	ATF_CHECK_EQ(4, ps.packets[1]);
	ATF_CHECK_EQ(44 + 40 + 140 + 40 + 40, ps.bytes[0]);
	ATF_CHECK_EQ(44 + 1040 + 40 + 40, ps.bytes[1]);
	ATF_CHECK_EQ(1, rig.inserts);
	ATF_CHECK_EQ(8, rig.updates);
	ATF_CHECK_EQ(ps.id, rig.updated_id);
	rig_close(&rig);
}

ATF_TC(refused);
ATF_TC_HEAD(refused, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "SYN and RST give the numbers captured from FreeBSD 12.2");
}
ATF_TC_BODY(refused, tc)
{
	/* 198.51.100.254:4012 <- 10.1.1.2: [0 + 1024] [4110161448 + 2] */
	static const struct step steps[] = {
		{ 'c', SYN, 4110161448u, 0, 0, 65535, 6, PF_PASS, SYN_SENT,
		    CLOSED, PFTM_TCP_FIRST_PACKET },
		{ 's', RST | ACK, 0, 4110161449u, 0, 0, -1, PF_PASS, TIME_WAIT,
		    TIME_WAIT, PFTM_TCP_CLOSED },
	};
	struct psync_state ps;
	struct rig rig;

	open_rig(&rig);
	PLAY(&rig, steps);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(4110161448u, ps.src.seqlo);
	ATF_CHECK_EQ(4110161450u, ps.src.seqhi);
	ATF_CHECK_EQ(1024, ps.src.max_win);
	ATF_CHECK_EQ(0x86, ps.src.wscale);
	ATF_CHECK_EQ(0, ps.dst.seqlo);
	ATF_CHECK_EQ(1024, ps.dst.seqhi);
	ATF_CHECK_EQ(1, ps.dst.max_win);
	ATF_CHECK_EQ(0, ps.dst.wscale);
	ATF_CHECK_EQ(90, ps.expire);
	rig_close(&rig);
}

/* A segment after handshake_plain, and whether it is let through. */
static const struct {
	const char *what;
	struct step s;
} window[] = {
	{ "data at the edge of the window",
	    { 'c', ACK, C + 1 + 8192 - 100, S + 1, 100, 8192, -1, PF_PASS, 0, 0,
		0 } },
	{ "data one octet beyond the window",
	    { 'c', ACK, C + 1 + 8192 - 99, S + 1, 100, 8192, -1, PF_DROP, 0, 0,
		0 } },
	{ "retransmission one window back",
	    { 'c', ACK, C + 2 - 8192, S + 1, 100, 8192, -1, PF_PASS, 0, 0,
		0 } },
	{ "older than one window",
	    { 'c', ACK, C + 1 - 8192, S + 1, 100, 8192, -1, PF_DROP, 0, 0,
		0 } },
	{ "ACK of what was not sent, far",
	    { 'c', ACK, C + 1, S + 1 + 65535 + 1501, 0, 8192, -1, PF_DROP, 0, 0,
		0 } },
	{ "ACK just as far as is allowed",
	    { 'c', ACK, C + 1, S + 1 + 65535 + 1500, 0, 8192, -1, PF_PASS, 0, 0,
		0 } },
	{ "ACK too far back",
	    { 'c', ACK, C + 1, S + 1 - 65535 - 1501, 0, 8192, -1, PF_DROP, 0, 0,
		0 } },
	{ "RST at the exact number",
	    { 'c', RST, C + 2, 0, 0, 0, -1, PF_PASS, 0, 0, 0 } },
	{ "RST one above", { 'c', RST, C + 3, 0, 0, 0, -1, PF_PASS, 0, 0, 0 } },
	{ "RST one below", { 'c', RST, C + 1, 0, 0, 0, -1, PF_PASS, 0, 0, 0 } },
	{ "RST two above, in the window",
	    { 'c', RST, C + 4, 0, 0, 0, -1, PF_DROP, 0, 0, 0 } },
	{ "RST from the server, guessed",
	    { 's', RST, S + 4000, 0, 0, 0, -1, PF_DROP, 0, 0, 0 } },
	{ "RST|ACK of nothing, at the exact number",
	    { 's', RST | ACK, S + 1, 0, 0, 0, -1, PF_PASS, 0, 0, 0 } },
	{ "data of the server far away",
	    { 's', ACK, S + 1000000, C + 1, 10, 8192, -1, PF_DROP, 0, 0, 0 } },
	{ "FIN beyond the window",
	    { 's', FIN | ACK, S + 1 + 9000, C + 1, 1, 8192, -1, PF_DROP, 0, 0,
		0 } },
	{ "SYN with other numbers on a live connection",
	    { 'c', SYN, C + 900000, 0, 0, 8192, -1, PF_DROP, 0, 0, 0 } },
	{ "keepalive: one octet before",
	    { 'c', ACK, C + 1, S + 1, 1, 8192, -1, PF_PASS, 0, 0, 0 } },
};

ATF_TC_WITHOUT_HEAD(out_of_window);
ATF_TC_BODY(out_of_window, tc)
{
	struct psync_state before, after;
	struct pf_status status;
	struct rig rig;
	unsigned updates;
	size_t i;

	for (i = 0; i < sizeof(window) / sizeof(window[0]); i++) {
		open_rig(&rig);
		PLAY(&rig, handshake_plain);
		rig_only(&rig, &before);
		updates = rig.updates;
		ATF_CHECK_EQ_MSG(window[i].s.action,
		    send_step(&rig, &window[i].s), "%s", window[i].what);
		rig_only(&rig, &after);
		rig_status(&rig, &status);
		if (window[i].s.action == PF_DROP) {
			ATF_CHECK_EQ(0, memcmp(&before, &after, sizeof(after)));
			ATF_CHECK_EQ(1, status.state_mismatch);
			ATF_CHECK_EQ(updates, rig.updates);
		} else {
			ATF_CHECK_EQ(0, status.state_mismatch);
			ATF_CHECK_EQ(updates + 1, rig.updates);
		}
		rig_close(&rig);
	}
}

/* How the windows of a handshake come to scale. */
static const struct {
	int client;
	int server;
	uint8_t src; /* wscale in the state */
	uint8_t dst;
	uint32_t window; /* the client may send, at win 1000 */
} scaling[] = {
	{ -1, -1, 0, 0, 1000 }, { 3, -1, 0, 0, 1000 }, { -1, 3, 0, 0, 1000 },
	{ 0, 0, 0x80, 0x80, 1000 }, { 2, 5, 0x82, 0x85, 32000 },
	{ 14, 14, 0x8e, 0x8e, 1000u << 14 },
	{ 200, 1, 0x8e, 0x81, 2000 }, /* RFC 7323: more than 14 is 14 */
};

ATF_TC_WITHOUT_HEAD(wscale);
ATF_TC_BODY(wscale, tc)
{
	struct psync_state ps;
	struct rig rig;
	size_t i;

	for (i = 0; i < sizeof(scaling) / sizeof(scaling[0]); i++) {
		const struct step steps[] = {
			{ 'c', SYN, C, 0, 0, 100, scaling[i].client, PF_PASS,
			    SYN_SENT, CLOSED, PFTM_TCP_FIRST_PACKET },
			{ 's', SYN | ACK, S, C + 1, 0, 100, scaling[i].server,
			    PF_PASS, ESTABLISHED, SYN_SENT, PFTM_TCP_OPENING },
			{ 'c', ACK, C + 1, S + 1, 0, 100, -1, PF_PASS,
			    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
			{ 's', ACK, S + 1, C + 1, 0, 1000, -1, PF_PASS,
			    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
		};

		open_rig(&rig);
		PLAY(&rig, steps);
		rig_only(&rig, &ps);
		ATF_CHECK_EQ_MSG(scaling[i].src, ps.src.wscale, "%zu: %#x", i,
		    ps.src.wscale);
		ATF_CHECK_EQ_MSG(scaling[i].dst, ps.dst.wscale, "%zu: %#x", i,
		    ps.dst.wscale);
		ATF_CHECK_EQ_MSG(C + 1 + scaling[i].window, ps.src.seqhi,
		    "%zu: %u", i, ps.src.seqhi - C - 1);
		ATF_CHECK_EQ(1000, ps.dst.max_win);
		rig_close(&rig);
	}
}

ATF_TC(syn_again);
ATF_TC_HEAD(syn_again, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A SYN sent again opens no larger window than the first");
}
ATF_TC_BODY(syn_again, tc)
{
	static const struct step steps[] = {
		{ 'c', SYN, C, 0, 0, 65535, 7, PF_PASS, SYN_SENT, CLOSED,
		    PFTM_TCP_FIRST_PACKET },
		{ 'c', SYN, C, 0, 0, 65535, 7, PF_PASS, SYN_SENT, CLOSED,
		    PFTM_TCP_OPENING },
		{ 's', SYN | ACK, 0x90000000u, C + 1, 0, 65535, 7, PF_PASS,
		    ESTABLISHED, SYN_SENT, PFTM_TCP_OPENING },
		{ 's', SYN | ACK, 0x90000000u, C + 1, 0, 65535, 7, PF_PASS,
		    ESTABLISHED, SYN_SENT, PFTM_TCP_OPENING },
		{ 'c', ACK, C + 1, 0x90000001u, 0, 512, -1, PF_PASS,
		    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
	};
	struct psync_state ps;
	struct rig rig;

	open_rig(&rig);
	PLAY(&rig, steps);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(512, ps.src.max_win);
	ATF_CHECK_EQ(512, ps.dst.max_win);
	ATF_CHECK_EQ(0x90000001u, ps.dst.seqlo);
	ATF_CHECK_EQ(0x90000001u + 65536, ps.dst.seqhi);
	rig_close(&rig);
}

ATF_TC(sequence_wraps);
ATF_TC_HEAD(sequence_wraps, tc)
{
	atf_tc_set_md_var(tc, "descr", "Numbers pass through 0 unharmed");
}
ATF_TC_BODY(sequence_wraps, tc)
{
	static const struct step steps[] = {
		{ 'c', SYN, 0xffffff00u, 0, 0, 8192, -1, PF_PASS, SYN_SENT,
		    CLOSED, PFTM_TCP_FIRST_PACKET },
		{ 's', SYN | ACK, 0xfffffff0u, 0xffffff01u, 0, 8192, -1,
		    PF_PASS, ESTABLISHED, SYN_SENT, PFTM_TCP_OPENING },
		{ 'c', ACK, 0xffffff01u, 0xfffffff1u, 1000, 8192, -1, PF_PASS,
		    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
		{ 's', ACK, 0xfffffff1u, 745, 1000, 8192, -1, PF_PASS,
		    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
		{ 'c', ACK, 745, 985, 0, 8192, -1, PF_PASS, ESTABLISHED,
		    ESTABLISHED, PFTM_TCP_ESTABLISHED },
		{ 'c', ACK, 745 + 8192, 985, 1, 8192, -1, PF_DROP, ESTABLISHED,
		    ESTABLISHED, PFTM_TCP_ESTABLISHED },
	};
	struct psync_state ps;
	struct rig rig;

	open_rig(&rig);
	PLAY(&rig, steps);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(745, ps.src.seqlo);
	ATF_CHECK_EQ(985, ps.dst.seqlo);
	rig_close(&rig);
}

ATF_TC(mid_stream);
ATF_TC_HEAD(mid_stream, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "flags any picks up a stream that is under way");
}
ATF_TC_BODY(mid_stream, tc)
{
	static const struct step steps[] = {
		{ 'c', ACK, C, S, 500, 8192, -1, PF_PASS, SYN_SENT, CLOSED,
		    PFTM_TCP_FIRST_PACKET },
		{ 'c', ACK, C + 500, S, 500, 8192, -1, PF_PASS, SYN_SENT,
		    CLOSED, PFTM_TCP_OPENING },
		{ 's', ACK, S, C + 1000, 500, 8192, -1, PF_PASS, ESTABLISHED,
		    SYN_SENT, PFTM_TCP_OPENING },
		{ 'c', ACK, C + 1000, S + 500, 0, 8192, -1, PF_PASS,
		    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
		{ 'c', RST, C + 5000000, 0, 0, 0, -1, PF_DROP, ESTABLISHED,
		    ESTABLISHED, PFTM_TCP_ESTABLISHED },
	};
	struct pf_rule r = rig_keep();
	struct rig rig;

	/* flags S/SA, pf's default, does not. */
	rig_open(&rig, &r, 1);
	ATF_CHECK_EQ(PF_PASS, send_step(&rig, &steps[0]));
	ATF_CHECK_EQ(0, rig_count(&rig));
	rig_close(&rig);

	r.flags = r.flagset = 0;
	rig_open(&rig, &r, 1);
	PLAY(&rig, steps);
	rig_close(&rig);
}

ATF_TC(near_window);
ATF_TC_HEAD(near_window, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "What hangs on after the close passes but gives no time");
}
ATF_TC_BODY(near_window, tc)
{
	static const struct step steps[] = {
		{ 'c', FIN | ACK, C + 1, S + 1, 0, 8192, -1, PF_PASS, CLOSING,
		    ESTABLISHED, PFTM_TCP_CLOSING },
		{ 's', FIN | ACK, S + 1, C + 2, 0, 8192, -1, PF_PASS,
		    FIN_WAIT_2, CLOSING, PFTM_TCP_FIN_WAIT },
		{ 'c', ACK, C + 2, S + 2, 0, 8192, -1, PF_PASS, FIN_WAIT_2,
		    FIN_WAIT_2, PFTM_TCP_CLOSED },
	};
	static const struct step late = { 's', RST, S + 9000, 0, 0, 0, -1,
		PF_PASS, TIME_WAIT, TIME_WAIT, PFTM_TCP_CLOSED };
	static const struct step far = { 's', RST, S + 2 + 8192 + 67036 + 1, 0,
		5, 0, -1, PF_DROP, TIME_WAIT, TIME_WAIT, PFTM_TCP_CLOSED };
	struct psync_state ps;
	struct rig rig;

	open_rig(&rig);
	PLAY(&rig, handshake_plain);
	PLAY(&rig, steps);
	rig.now += 30000;
	play(&rig, &late, 1);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(60, ps.expire);
	play(&rig, &far, 1);
	rig_close(&rig);
}

ATF_TC(reuse);
ATF_TC_HEAD(reuse, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A SYN on a closed connection makes a new state");
}
ATF_TC_BODY(reuse, tc)
{
	static const struct step rst = { 's', RST | ACK, S + 1, C + 1, 0, 0, -1,
		PF_PASS, TIME_WAIT, TIME_WAIT, PFTM_TCP_CLOSED };
	static const struct step again = { 'c', SYN, C + 700000000, 0, 0, 8192,
		-1, PF_PASS, SYN_SENT, CLOSED, PFTM_TCP_FIRST_PACKET };
	struct psync_state was, is;
	struct rig rig;

	open_rig(&rig);
	PLAY(&rig, handshake_plain);
	play(&rig, &rst, 1);
	rig_only(&rig, &was);
	play(&rig, &again, 1);
	rig_only(&rig, &is);
	ATF_CHECK(was.id != is.id);
	ATF_CHECK_EQ(was.id, rig.deleted.id);
	ATF_CHECK_EQ(1, rig.deletes);
	ATF_CHECK_EQ(2, rig.inserts);
	ATF_CHECK_EQ(is.id, rig.inserted.id);
	rig_close(&rig);
}

ATF_TC(sloppy);
ATF_TC_HEAD(sloppy, tc)
{
	atf_tc_set_md_var(tc, "descr", "sloppy looks at flags, not at numbers");
}
ATF_TC_BODY(sloppy, tc)
{
	static const struct step both[] = {
		{ 'c', SYN, C, 0, 0, 8192, -1, PF_PASS, SYN_SENT, CLOSED,
		    PFTM_TCP_FIRST_PACKET },
		{ 's', SYN | ACK, S, C + 1, 0, 8192, -1, PF_PASS, ESTABLISHED,
		    SYN_SENT, PFTM_TCP_OPENING },
		{ 'c', ACK, C + 1, S + 1, 0, 8192, -1, PF_PASS, ESTABLISHED,
		    ESTABLISHED, PFTM_TCP_ESTABLISHED },
		{ 'c', ACK, 77, 99, 500, 8192, -1, PF_PASS, ESTABLISHED,
		    ESTABLISHED, PFTM_TCP_ESTABLISHED },
		/* It cannot tell that the server has not closed yet. */
		{ 'c', FIN | ACK, C + 1, S + 1, 0, 8192, -1, PF_PASS, CLOSING,
		    CLOSING, PFTM_TCP_FIN_WAIT },
		{ 's', FIN | ACK, S + 1, C + 2, 0, 8192, -1, PF_PASS,
		    FIN_WAIT_2, CLOSING, PFTM_TCP_FIN_WAIT },
		{ 'c', ACK, C + 2, S + 2, 0, 8192, -1, PF_PASS, FIN_WAIT_2,
		    FIN_WAIT_2, PFTM_TCP_CLOSED },
	};
	static const struct step half[] = {
		{ 'c', SYN, C, 0, 0, 8192, -1, PF_PASS, SYN_SENT, CLOSED,
		    PFTM_TCP_FIRST_PACKET },
		{ 'c', ACK, C + 1, S + 1, 0, 8192, -1, PF_PASS, ESTABLISHED,
		    ESTABLISHED, PFTM_TCP_ESTABLISHED },
		{ 'c', FIN | ACK, C + 1, S + 1, 0, 8192, -1, PF_PASS, CLOSING,
		    CLOSING, PFTM_TCP_FIN_WAIT },
		{ 'c', RST, C + 2, 0, 0, 0, -1, PF_PASS, TIME_WAIT, TIME_WAIT,
		    PFTM_TCP_CLOSED },
	};
	struct pf_rule r = rig_keep();
	struct psync_state ps;
	struct rig rig;

	r.sloppy = 1;
	rig_open(&rig, &r, 1);
	PLAY(&rig, both);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(PSYNC_STATE_SLOPPY, ps.state_flags);
	/* FreeBSD shows [seq + 2] and [0 + 1] for a sloppy state. */
	ATF_CHECK_EQ(C, ps.src.seqlo);
	ATF_CHECK_EQ(C + 2, ps.src.seqhi);
	ATF_CHECK_EQ(0, ps.dst.seqlo);
	ATF_CHECK_EQ(1, ps.dst.seqhi);
	rig_close(&rig);

	rig_open(&rig, &r, 1);
	PLAY(&rig, half);
	rig_close(&rig);
}

ATF_TC(syn_fin);
ATF_TC_HEAD(syn_fin, tc)
{
	atf_tc_set_md_var(tc, "descr", "SYN, data and FIN in one segment");
}
ATF_TC_BODY(syn_fin, tc)
{
	static const struct step all = { 'c', SYN | FIN, C, 0, 10, 8192, -1,
		PF_PASS, SYN_SENT, CLOSED, PFTM_TCP_FIRST_PACKET };
	struct psync_state ps;
	struct rig rig;

	open_rig(&rig);
	play(&rig, &all, 1);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(C, ps.src.seqlo);
	ATF_CHECK_EQ(C + 10 + 3, ps.src.seqhi);
	rig_close(&rig);
}

ATF_TC(bad_options);
ATF_TC_HEAD(bad_options, tc)
{
	atf_tc_set_md_var(tc, "descr", "Broken TCP options scale nothing");
}
ATF_TC_BODY(bad_options, tc)
{
	static const uint8_t options[][4] = {
		{ 3, 0, 5, 0 }, /* length 0 */
		{ 3, 1, 5, 0 }, /* shorter than its own head */
		{ 3, 5, 5, 0 }, /* longer than the header */
		{ 1, 1, 1, 3 }, /* nothing behind the kind */
		{ 0, 3, 3, 5 }, /* behind the end */
		{ 3, 2, 5, 0 }, /* no value */
		{ 3, 4, 5, 0 }, /* too long a value */
	};
	struct rig_tcp t = { .seq = C, .win = 100, .flags = SYN, .wscale = 0 };
	struct psync_state ps;
	struct rig_packet p;
	struct rig rig;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		open_rig(&rig);
		rig_tcp(&p, "10.0.0.1", 1000, "10.0.0.2", 80, &t);
		memcpy(p.b + 40, options[i], 4);
		rig_sums_set(&p);
		ATF_CHECK_EQ(PF_PASS, rig_in(&rig, "em0", &p));
		rig_only(&rig, &ps);
		ATF_CHECK_EQ_MSG(0, ps.src.wscale, "%zu", i);
		rig_close(&rig);
	}
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, life);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, out_of_window);
	ATF_TP_ADD_TC(tp, wscale);
	ATF_TP_ADD_TC(tp, syn_again);
	ATF_TP_ADD_TC(tp, sequence_wraps);
	ATF_TP_ADD_TC(tp, mid_stream);
	ATF_TP_ADD_TC(tp, near_window);
	ATF_TP_ADD_TC(tp, reuse);
	ATF_TP_ADD_TC(tp, sloppy);
	ATF_TP_ADD_TC(tp, syn_fin);
	ATF_TP_ADD_TC(tp, bad_options);
	return (atf_no_error());
}
