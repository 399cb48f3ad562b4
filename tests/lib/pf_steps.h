/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Scripts of TCP segments for pf, each with what becomes of it and of the
 * state.  Client 10.0.0.1:1000 connects to server 10.0.0.2:80 through em0.
 */

#ifndef _TESTS_PF_STEPS_H_
#define _TESTS_PF_STEPS_H_

#include "tests/lib/pf_rig.h"

#define C 1000000u /* initial sequence numbers */
#define S 5000000u

#define CLOSED	    PSYNC_TCPS_CLOSED
#define SYN_SENT    PSYNC_TCPS_SYN_SENT
#define ESTABLISHED PSYNC_TCPS_ESTABLISHED
#define CLOSING	    PSYNC_TCPS_CLOSING
#define FIN_WAIT_2  PSYNC_TCPS_FIN_WAIT_2
#define TIME_WAIT   PSYNC_TCPS_TIME_WAIT

struct pf_step {
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

/* A pf that keeps state of everything. */
void	pf_steps_open(struct rig *);

/* What becomes of the segment. */
enum pf_action pf_step(struct rig *, const struct pf_step *);

/* Fails the test unless each goes as it says. */
void	pf_play(struct rig *, const struct pf_step *, size_t n);
#define PF_PLAY(rig, steps)	\
	pf_play(rig, steps, sizeof(steps) / sizeof(*(steps)))

/*
 * A handshake without window scaling and with small windows, and one octet:
 * as pf, a state has the number of the SYN until there is data.
 */
extern const struct pf_step pf_handshake[3];

#endif /* _TESTS_PF_STEPS_H_ */
