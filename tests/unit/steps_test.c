/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What follows from what is pending for a state and what happens to it next:
 * every cell of that table, on a link that works and on one that is stuck.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "net/pfsync/bytes.h"
#include "net/pfsync/engine.h"
#include "tests/lib/fixture.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define INS   13
#define IACK  2
#define UPD   14
#define UPD_C 4
#define DEL_C 7
#define REQ   5

/* Those of states: what is of security associations comes behind. */
#define KINDS  PSYNC_K_TDB
#define EVENTS PSYNC_E_TDB

static struct fakeos os;

static void
up(void)
{
	const struct psync_config c = fixture_config(1400, 1500, 128);

	fixture_up(&os, 1, &c);
}

/*
 * What is pending (rows) and what happens (columns): which messages leave at
 * once, and which after the slash when all is flushed.  I insert, A INS_ACK,
 * U update, C compressed update, D delete, R request.
 */
static const char *const steps[KINDS + 1][EVENTS] = {
	/* INSERT CHANGE FULL DELETE ACK ASK */
	[PSYNC_K_INS] = { "/I", "/I", "/I", "/", "/I", "/I" },
	[PSYNC_K_IACK] = { "A/I", "A/C", "A/U", "/D", "/A", "/A" },
	[PSYNC_K_UPD] = { "/I", "/U", "/U", "/D", "U/A", "/U" },
	[PSYNC_K_UPD_C] = { "/I", "/C", "/U", "/D", "C/A", "/C" },
	[PSYNC_K_DEL_C] = { "D/I", "/D", "/D", "/D", "/D", "/D" },
	[PSYNC_K_UPD_REQ] = { "/I", "/C", "/U", "/D", "/A", "/R" },
	[KINDS] = { "/I", "/C", "/U", "/D", "/A", "/R" },
};

/* The event that makes each kind of message. */
static const uint8_t event_of[KINDS] = {
	[PSYNC_K_INS] = PSYNC_E_INSERT,
	[PSYNC_K_IACK] = PSYNC_E_ACK,
	[PSYNC_K_UPD] = PSYNC_E_FULL,
	[PSYNC_K_UPD_C] = PSYNC_E_CHANGE,
	[PSYNC_K_DEL_C] = PSYNC_E_DELETE,
	[PSYNC_K_UPD_REQ] = PSYNC_E_ASK,
};

static bool
happen(unsigned event, const struct psync_state *st)
{
	struct psync_slice *s = psync_slice_of(os.sc, st->id);
	struct psync_change c;
	bool ok;

	psync_lock(os.sc, s->number);
	if (event == PSYNC_E_CHANGE) {
		memset(&c, 0, sizeof(c));
		c.id = st->id;
		c.creatorid = st->creatorid;
		c.src = &st->src;
		c.dst = &st->dst;
		ok = psync_queue_change(s, &c);
	} else if (event == PSYNC_E_INSERT || event == PSYNC_E_FULL)
		ok = psync_queue_state(s, event, st);
	else
		ok = psync_queue_key(s, event, st->id, st->creatorid);
	psync_unlock(os.sc, s->number);
	return (ok);
}

static void
sent_as_letters(char *out)
{
	static const struct {
		uint8_t action;
		char letter;
	} letters[] = { { INS, 'I' }, { IACK, 'A' }, { UPD, 'U' },
		{ UPD_C, 'C' }, { DEL_C, 'D' }, { REQ, 'R' } };
	unsigned i, n;

	for (i = 0; i < NELEM(letters); i++)
		for (n = fakeos_sent(&os, letters[i].action); n > 0; n--)
			*out++ = letters[i].letter;
	*out = '\0';
	fakeos_forget(&os);
}

ATF_TC_WITHOUT_HEAD(every_cell);
ATF_TC_BODY(every_cell, tc)
{
	struct psync_state newer, st;
	unsigned event, kind;
	char all[32], now[16], then[16];
	const char *want;

	(void)tc;
	up();
	st = fixture_state(1, os.hostid);
	newer = st;
	newer.src.seqlo++;
	for (kind = 0; kind <= KINDS; kind++)
		for (event = 0; event < EVENTS; event++) {
			want = steps[kind][event];
			if (kind != KINDS)
				ATF_REQUIRE(happen(event_of[kind], &st));
			ATF_CHECK_EQ(0, os.nframes);
			ATF_CHECK(happen(event, &newer));
			sent_as_letters(now);
			psync_flush(os.sc);
			/* What carries a state carries the newest of it. */
			if (event <= PSYNC_E_FULL && want[1] != 'D') {
				if (fakeos_sent(&os, INS) != 0)
					ATF_CHECK_EQ(newer.src.seqlo,
					    psync_get32(
						fakeos_message(&os, INS, 0) +
						104));
				if (fakeos_sent(&os, UPD) != 0)
					ATF_CHECK_EQ(newer.src.seqlo,
					    psync_get32(
						fakeos_message(&os, UPD, 0) +
						104));
				if (fakeos_sent(&os, UPD_C) != 0)
					ATF_CHECK_EQ(newer.src.seqlo,
					    psync_get32(
						fakeos_message(&os, UPD_C, 0) +
						16));
			}
			sent_as_letters(then);
			snprintf(all, sizeof(all), "%s/%s", now, then);
			ATF_CHECK_MSG(strcmp(all, want) == 0,
			    "pending %u, event %u: %s, not %s", kind, event,
			    all, want);
			ATF_CHECK_EQ(0, fixture_pending(&os));
		}
	fixture_down(&os);
}

/* On a stuck link nothing can leave first: what must wait for it is refused,
 * and what was pending stays as it was. */
ATF_TC_WITHOUT_HEAD(on_a_stuck_link);
ATF_TC_BODY(on_a_stuck_link, tc)
{
	struct psync_state other, st;
	unsigned event, kind;
	char got[16];
	const char *want;
	bool must_wait;

	(void)tc;
	for (kind = 0; kind < KINDS; kind++)
		for (event = 0; event < EVENTS; event++) {
			up();
			st = fixture_state(1, os.hostid);
			want = steps[kind][event];
			must_wait = want[0] != '/';
			/* One message of another state makes it stuck. */
			other = fixture_state(2, os.hostid);
			fakeos_fail_output(&os, PSYNC_NOBUFS, FAKEOS_ALWAYS);
			ATF_REQUIRE(happen(PSYNC_E_ASK, &other));
			psync_flush(os.sc);
			ATF_CHECK_EQ(1, os.attempts);
			ATF_REQUIRE(happen(event_of[kind], &st));
			ATF_CHECK_EQ(!must_wait, happen(event, &st));
			ATF_CHECK_EQ(1, os.attempts);
			fakeos_fail_output(&os, PSYNC_SENT, 0);
			fakeos_run_until(&os, os.now + 1);
			ATF_CHECK_EQ(1, os.nframes);
			sent_as_letters(got);
			ATF_CHECK_EQ('R', got[strlen(got) - 1]);
			got[strlen(got) - 1] = '\0';
			if (must_wait)
				ATF_CHECK_EQ(want[0], got[0]);
			else
				ATF_CHECK_STREQ(want + 1, got);
			fixture_down(&os);
		}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_cell);
	ATF_TP_ADD_TC(tp, on_a_stuck_link);
	return (atf_no_error());
}
