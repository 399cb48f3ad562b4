/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See pf_steps.h.
 */

#include <atf-c.h>

#include "tests/lib/pf_steps.h"

const struct pf_step pf_handshake[3] = {
	{ 'c', SYN, C, 0, 0, 8192, -1, PF_PASS, SYN_SENT, CLOSED,
	    PFTM_TCP_FIRST_PACKET },
	{ 's', SYN | ACK, S, C + 1, 0, 8192, -1, PF_PASS, ESTABLISHED, SYN_SENT,
	    PFTM_TCP_OPENING },
	{ 'c', ACK, C + 1, S + 1, 1, 8192, -1, PF_PASS, ESTABLISHED,
	    ESTABLISHED, PFTM_TCP_ESTABLISHED },
};

void
pf_steps_open(struct rig *rig)
{
	struct pf_rule r = rig_keep();

	rig_open(rig, &r, 1);
}

enum pf_action
pf_step(struct rig *rig, const struct pf_step *s)
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

void
pf_play(struct rig *rig, const struct pf_step *steps, size_t n)
{
	struct psync_state ps;
	size_t i;

	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ_MSG(steps[i].action, pf_step(rig, &steps[i]),
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
