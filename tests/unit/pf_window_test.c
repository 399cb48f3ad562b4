/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * TCP in pf: sequence numbers and windows.
 */

#include <atf-c.h>
#include <string.h>

#include "tests/lib/pf_steps.h"
#include "tests/lib/same.h"

/* A segment after pf_handshake, and whether it is let through. */
static const struct {
	const char *what;
	struct pf_step s;
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
		pf_steps_open(&rig);
		PF_PLAY(&rig, pf_handshake);
		rig_only(&rig, &before);
		updates = rig.updates;
		ATF_CHECK_EQ_MSG(window[i].s.action,
		    pf_step(&rig, &window[i].s), "%s", window[i].what);
		rig_only(&rig, &after);
		rig_status(&rig, &status);
		if (window[i].s.action == PF_DROP) {
			ATF_CHECK(same_state(&before, &after));
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
		const struct pf_step steps[] = {
			{ 'c', SYN, C, 0, 0, 100, scaling[i].client, PF_PASS,
			    SYN_SENT, CLOSED, PFTM_TCP_FIRST_PACKET },
			{ 's', SYN | ACK, S, C + 1, 0, 100, scaling[i].server,
			    PF_PASS, ESTABLISHED, SYN_SENT, PFTM_TCP_OPENING },
			{ 'c', ACK, C + 1, S + 1, 0, 100, -1, PF_PASS,
			    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
			{ 's', ACK, S + 1, C + 1, 0, 1000, -1, PF_PASS,
			    ESTABLISHED, ESTABLISHED, PFTM_TCP_ESTABLISHED },
		};

		pf_steps_open(&rig);
		PF_PLAY(&rig, steps);
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

ATF_TC(sequence_wraps);
ATF_TC_HEAD(sequence_wraps, tc)
{
	atf_tc_set_md_var(tc, "descr", "Numbers pass through 0 unharmed");
}
ATF_TC_BODY(sequence_wraps, tc)
{
	static const struct pf_step steps[] = {
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

	pf_steps_open(&rig);
	PF_PLAY(&rig, steps);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(745, ps.src.seqlo);
	ATF_CHECK_EQ(985, ps.dst.seqlo);
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
	static const struct pf_step steps[] = {
		{ 'c', FIN | ACK, C + 1, S + 1, 0, 8192, -1, PF_PASS, CLOSING,
		    ESTABLISHED, PFTM_TCP_CLOSING },
		{ 's', FIN | ACK, S + 1, C + 2, 0, 8192, -1, PF_PASS,
		    FIN_WAIT_2, CLOSING, PFTM_TCP_FIN_WAIT },
		{ 'c', ACK, C + 2, S + 2, 0, 8192, -1, PF_PASS, FIN_WAIT_2,
		    FIN_WAIT_2, PFTM_TCP_CLOSED },
	};
	static const struct pf_step late = { 's', RST, S + 9000, 0, 0, 0, -1,
		PF_PASS, TIME_WAIT, TIME_WAIT, PFTM_TCP_CLOSED };
	static const struct pf_step far = { 's', RST, S + 2 + 8192 + 67036 + 1,
		0, 5, 0, -1, PF_DROP, TIME_WAIT, TIME_WAIT, PFTM_TCP_CLOSED };
	struct psync_state ps;
	struct rig rig;

	pf_steps_open(&rig);
	PF_PLAY(&rig, pf_handshake);
	PF_PLAY(&rig, steps);
	rig.now += 30000;
	pf_play(&rig, &late, 1);
	rig_only(&rig, &ps);
	ATF_CHECK_EQ(60, ps.expire);
	pf_play(&rig, &far, 1);
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, out_of_window);
	ATF_TP_ADD_TC(tp, wscale);
	ATF_TP_ADD_TC(tp, sequence_wraps);
	ATF_TP_ADD_TC(tp, near_window);
	return (atf_no_error());
}
