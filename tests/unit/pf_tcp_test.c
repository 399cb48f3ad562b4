/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * TCP in pf: how connections begin and end.
 */

#include <atf-c.h>
#include <string.h>

#include "tests/lib/pf_steps.h"

static const struct pf_step handshake[] = {
	{ 'c', SYN, C, 0, 0, 65535, 6, PF_PASS, SYN_SENT, CLOSED,
	    PFTM_TCP_FIRST_PACKET },
	{ 's', SYN | ACK, S, C + 1, 0, 65535, 6, PF_PASS, ESTABLISHED, SYN_SENT,
	    PFTM_TCP_OPENING },
	{ 'c', ACK, C + 1, S + 1, 0, 1027, -1, PF_PASS, ESTABLISHED,
	    ESTABLISHED, PFTM_TCP_ESTABLISHED },
};

ATF_TC_WITHOUT_HEAD(life);
ATF_TC_BODY(life, tc)
{
	static const struct pf_step rest[] = {
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

	pf_steps_open(&rig);
	PF_PLAY(&rig, handshake);
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
	PF_PLAY(&rig, rest);
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
	static const struct pf_step steps[] = {
		{ 'c', SYN, 4110161448u, 0, 0, 65535, 6, PF_PASS, SYN_SENT,
		    CLOSED, PFTM_TCP_FIRST_PACKET },
		{ 's', RST | ACK, 0, 4110161449u, 0, 0, -1, PF_PASS, TIME_WAIT,
		    TIME_WAIT, PFTM_TCP_CLOSED },
	};
	struct psync_state ps;
	struct rig rig;

	pf_steps_open(&rig);
	PF_PLAY(&rig, steps);
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

ATF_TC(syn_again);
ATF_TC_HEAD(syn_again, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A SYN sent again opens no larger window than the first");
}
ATF_TC_BODY(syn_again, tc)
{
	static const struct pf_step steps[] = {
		{ 'c', SYN, C, 0, 0, 65535, 7, PF_PASS, SYN_SENT, CLOSED,
		    PFTM_TCP_FIRST_PACKET },
		{ 'c', SYN, C, 0, 0, 65535, 7, PF_PASS, SYN_SENT, CLOSED,
		    PFTM_TCP_OPENING },
		{ 's', SYN | ACK, 0x70000000u, C + 1, 0, 65535, 7, PF_PASS,
		    ESTABLISHED, SYN_SENT, PFTM_TCP_OPENING },
		{ 's', SYN | ACK, 0x70000000u, C + 1, 0, 65535, 7, PF_PASS,
		    ESTABLISHED, SYN_SENT, PFTM_TCP_OPENING },
		{ 'c', ACK, C + 1, 0x70000001u, 0, 512, -1, PF_PASS,
		    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
	};
	struct psync_state ps;
	struct rig rig;

	pf_steps_open(&rig);
	PF_PLAY(&rig, steps);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(512, ps.src.max_win);
	ATF_CHECK_EQ(512, ps.dst.max_win);
	ATF_CHECK_EQ(0x70000001u, ps.dst.seqlo);
	ATF_CHECK_EQ(0x70000001u + 65536, ps.dst.seqhi);
	rig_close(&rig);
}

ATF_TC(unheard);
ATF_TC_HEAD(unheard, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "As pf: without a word of the server, what it may send slides from "
	    "0, and the client comes a window and a bit far");
}
ATF_TC_BODY(unheard, tc)
{
	static const struct pf_step steps[] = {
		{ 'c', SYN, C, 0, 0, 65535, -1, PF_PASS, SYN_SENT, CLOSED,
		    PFTM_TCP_FIRST_PACKET },
		{ 'c', ACK, C + 1, S + 1, 0, 4096, -1, PF_PASS, SYN_SENT,
		    CLOSED, PFTM_TCP_OPENING },
		{ 'c', ACK, C + 1, S + 1, 1000, 8192, -1, PF_PASS, SYN_SENT,
		    CLOSED, PFTM_TCP_OPENING },
	};
	static const struct pf_step far = { 'c', ACK, C + 2 + 67036 - 1000,
		S + 1, 1000, 8192, -1, PF_DROP, SYN_SENT, CLOSED,
		PFTM_TCP_OPENING };
	struct psync_state ps;
	struct rig rig;

	pf_steps_open(&rig);
	pf_play(&rig, steps, 2);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(0, ps.dst.seqlo);
	ATF_CHECK_EQ(4096, ps.dst.seqhi);
	pf_play(&rig, steps + 2, 1);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(C + 1001, ps.src.seqlo);
	ATF_CHECK_EQ(C + 2, ps.src.seqhi);
	ATF_CHECK_EQ(0, ps.dst.seqlo);
	ATF_CHECK_EQ(8192, ps.dst.seqhi);
	pf_play(&rig, &far, 1);
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
	static const struct pf_step steps[] = {
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
	ATF_CHECK_EQ(PF_PASS, pf_step(&rig, &steps[0]));
	ATF_CHECK_EQ(0, rig_count(&rig));
	rig_close(&rig);

	r.flags = r.flagset = 0;
	rig_open(&rig, &r, 1);
	PF_PLAY(&rig, steps);
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
	static const struct pf_step rst = { 's', RST | ACK, S + 1, C + 1, 0, 0,
		-1, PF_PASS, TIME_WAIT, TIME_WAIT, PFTM_TCP_CLOSED };
	static const struct pf_step again = { 'c', SYN, C + 700000000, 0, 0,
		8192, -1, PF_PASS, SYN_SENT, CLOSED, PFTM_TCP_FIRST_PACKET };
	struct psync_state was, is;
	struct rig rig;

	pf_steps_open(&rig);
	PF_PLAY(&rig, pf_handshake);
	pf_play(&rig, &rst, 1);
	rig_only(&rig, &was);
	pf_play(&rig, &again, 1);
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
	static const struct pf_step both[] = {
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
	static const struct pf_step half[] = {
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
	PF_PLAY(&rig, both);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(PSYNC_STATE_SLOPPY, ps.state_flags);
	/* FreeBSD shows [seq + 2] and [0 + 1] for a sloppy state. */
	ATF_CHECK_EQ(C, ps.src.seqlo);
	ATF_CHECK_EQ(C + 2, ps.src.seqhi);
	ATF_CHECK_EQ(0, ps.dst.seqlo);
	ATF_CHECK_EQ(1, ps.dst.seqhi);
	rig_close(&rig);

	rig_open(&rig, &r, 1);
	PF_PLAY(&rig, half);
	rig_close(&rig);
}

ATF_TC(syn_fin);
ATF_TC_HEAD(syn_fin, tc)
{
	atf_tc_set_md_var(tc, "descr", "SYN, data and FIN in one segment");
}
ATF_TC_BODY(syn_fin, tc)
{
	static const struct pf_step all = { 'c', SYN | FIN, C, 0, 10, 8192, -1,
		PF_PASS, SYN_SENT, CLOSED, PFTM_TCP_FIRST_PACKET };
	struct psync_state ps;
	struct rig rig;

	pf_steps_open(&rig);
	pf_play(&rig, &all, 1);
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
		pf_steps_open(&rig);
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
	ATF_TP_ADD_TC(tp, syn_again);
	ATF_TP_ADD_TC(tp, unheard);
	ATF_TP_ADD_TC(tp, mid_stream);
	ATF_TP_ADD_TC(tp, reuse);
	ATF_TP_ADD_TC(tp, sloppy);
	ATF_TP_ADD_TC(tp, syn_fin);
	ATF_TP_ADD_TC(tp, bad_options);
	return (atf_no_error());
}
