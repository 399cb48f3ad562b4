/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Each peer is told everything in its own dialect, and nothing is lost when
 * they change or the link gets stuck.
 *
 * Peers are engines that hear only the version they are there for, and full
 * states of version 5 only up to one format, as stock kernels do.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/wire.h"
#include "tests/lib/fixture.h"
#include "tests/lib/same.h"
#include "tests/lib/spell.h"
#include "tests/lib/stock.h"

static struct fakeos os;

static void
up(unsigned format)
{
	const struct psync_config c = fixture_config(format, 1500, 128);

	fixture_alone(&os, 2, &c);
}

/*
 * A peer that hears one version and formats from one on.
 */
struct peer {
	struct fakeos os;
	unsigned dialect;
	bool there;
};

static void
peer_up(struct peer *p, unsigned dialect)
{
	struct psync_config c = fixture_config(psync_dialects[dialect].number,
	    1500, 128);

	memset(p, 0, sizeof(*p));
	fixture_up(&p->os, 1, &c);
	p->dialect = dialect;
	p->there = true;
}

/* Stock kernels drop what they do not know, whole. */
static bool
can_hear(const struct peer *p, const struct fakeos_frame *f)
{
	const struct psync_dialect *d = &psync_dialects[p->dialect];
	struct psync_group g;
	size_t offset = PSYNC_HEADER_LEN;
	unsigned i;

	if (f->bytes[0] != d->version->number)
		return (false);
	while (psync_frame_next(f->bytes, f->len, &offset, &g))
		for (i = 0; i < p->dialect; i++)
			if (d->version == psync_dialects[i].version &&
			    g.action->layout == psync_dialects[i].state)
				return (false);
	return (true);
}

/* What was sent reaches whom it can; what they answer does not come back. */
static void
deliver(struct peer *peer, unsigned n)
{
	struct fakeos_frame *f;
	size_t i;
	unsigned k;

	for (i = 0; i < os.nframes; i++) {
		f = &os.frame[i];
		ATF_REQUIRE(f->len <= 1480);
		/* Peers are not of ours: they look at nothing there. */
		f->bytes[1] = 0;
		for (k = 0; k < n; k++)
			if (peer[k].there && can_hear(&peer[k], f))
				ATF_REQUIRE_EQ(PFSYNC_OK,
				    stock_say(&peer[k].os, 1, f->bytes,
					f->len));
	}
	fakeos_forget(&os);
}

/*
 * The peer knows all that its dialect has words for, and nothing else; or all
 * that another has words for that it was told in.
 */
static void
require_told(const struct peer *p, unsigned dialect, unsigned line)
{
	const struct psync_layout *l = psync_dialects[dialect].state;
	const struct fakeos_state *a, *b;
	struct psync_state have, want;
	uint8_t wa[360], wb[360];
	size_t known = 0;
	unsigned at, i;

	for (i = 0; i < FAKEOS_BUCKETS; i++)
		for (a = os.bucket[i]; a != NULL; a = a->next) {
			want = a->st;
			if (!spell_can(dialect, &want))
				continue;
			known++;
			b = fakeos_find((struct fakeos *)(uintptr_t)&p->os,
			    want.id, want.creatorid);
			ATF_REQUIRE_MSG(b != NULL, "line %u: %u lacks a state",
			    line, psync_dialects[p->dialect].number);
			/* These are asked for, not told. */
			want.state_flags &= (uint16_t) ~(
			    PSYNC_STATE_ACK | PSYNC_STATE_NOSYNC);
			have = b->st;
			/* It may have waited in 1500, or been told so. */
			if (dialect != p->dialect || dialect == PSYNC_D_1301) {
				spell_left(PSYNC_D_1500, &want);
				spell_left(PSYNC_D_1500, &have);
			}
			(void)psync_encode(l, wa, &want);
			(void)psync_encode(l, wb, &have);
			for (at = 0; at < l->size; at++)
				ATF_REQUIRE_EQ_MSG(wa[at], wb[at],
				    "line %u: %u: %s: %#x, not %#x", line,
				    psync_dialects[p->dialect].number,
				    spell_byte(dialect, at), wb[at], wa[at]);
		}
	ATF_REQUIRE_EQ_MSG(known, p->os.nstates, "line %u: %u: %zu of %zu",
	    line, psync_dialects[p->dialect].number, p->os.nstates, known);
}

static void
require_alike(const struct peer *p, unsigned line)
{
	require_told(p, p->dialect, line);
}

/* Of those that are there; no two states ever have the same. */
static uint64_t ids[64], last_id;

/* Something happens to one of n states, or plain ones. */
static void
happen(unsigned n, bool plain)
{
	struct psync_state st;
	struct fakeos_state *fs;
	uint64_t *id = &ids[(unsigned)rand() % n];

	fs = fakeos_find(&os, *id, os.hostid);
	if (fs == NULL) {
		do
			spell_random(&st);
		while (plain && !spell_can(PSYNC_D_1301, &st));
		st.id = *id = __builtin_bswap64(++last_id);
		st.creatorid = os.hostid;
		st.state_flags &= (uint16_t) ~(
		    PSYNC_STATE_NOSYNC | PSYNC_STATE_ACK);
		/* So that all of it goes on counting up from here. */
		st.src.state = st.dst.state = 1;
		st.src.seqlo = st.src.seqhi = 1 + (unsigned)rand() % 1000;
		st.dst.seqlo = st.dst.seqhi = 1 + (unsigned)rand() % 1000;
		fakeos_pf_insert(&os, &st);
	} else if (rand() % 4 == 0)
		fakeos_pf_remove(&os, fs, false);
	else {
		if (fs->st.proto[0] == 6) {
			fs->st.src.seqlo += 10;
			fs->st.dst.seqhi += 10;
		}
		fs->st.src.state = 2;
		fakeos_pf_change(&os, fs);
	}
}

static void
settle(struct peer *peer, unsigned n)
{
	fakeos_fail_output(&os, PSYNC_SENT, 0);
	os.grace = 0;
	fakeos_run_until(&os, os.now + 20000);
	deliver(peer, n);
}

/* Alone in each dialect, whatever happens. */
ATF_TC_WITHOUT_HEAD(each);
ATF_TC_BODY(each, tc)
{
	static struct peer p;
	unsigned d, i;

	(void)tc;
	srand(4);
	for (d = 0; d < PSYNC_DIALECTS; d++) {
		up(psync_dialects[d].number);
		peer_up(&p, d);
		for (i = 0; i < 3000; i++) {
			happen(60, false);
			if (rand() % 8 == 0) {
				fakeos_run_until(&os, os.now + 1);
				deliver(&p, 1);
			}
			if (i % 500 == 0) {
				settle(&p, 1);
				require_alike(&p, __LINE__);
			}
		}
		settle(&p, 1);
		require_alike(&p, __LINE__);
		/* There were messages enough to need more frames than one. */
		ATF_CHECK(p.os.nstates > 10);
		fixture_down(&p.os);
		fixture_down(&os);
	}
}

/* One of each, and a link that gets stuck anywhere. */
ATF_TC_WITHOUT_HEAD(together);
ATF_TC_BODY(together, tc)
{
	static const unsigned dialects[] = { PSYNC_D_1301, PSYNC_D_V6,
		PSYNC_D_V3 };
	static struct peer p[3];
	unsigned i, k;

	(void)tc;
	srand(5);
	up(0);
	for (k = 0; k < 3; k++) {
		peer_up(&p[k], dialects[k]);
		stock_meet(&os, (uint8_t)(2 + k),
		    psync_dialects[dialects[k]].version->number, 0);
	}
	for (i = 0; i < 6000; i++) {
		happen(60, false);
		if (rand() % 16 == 0) {
			os.grace = (unsigned)rand() % 4;
			fakeos_fail_output(&os, PSYNC_NOBUFS,
			    (unsigned)rand() % 4);
		}
		if (rand() % 8 == 0) {
			fakeos_run_until(&os, os.now + 1);
			deliver(p, 3);
		}
		if (i % 500 == 0) {
			settle(p, 3);
			for (k = 0; k < 3; k++)
				require_alike(&p[k], __LINE__);
		}
	}
	settle(p, 3);
	for (k = 0; k < 3; k++) {
		require_alike(&p[k], __LINE__);
		fixture_down(&p[k].os);
	}
	ATF_CHECK(fixture_stats(&os).retries > 100);
	ATF_CHECK(fixture_stats(&os).untold > 100);
	fixture_down(&os);
}

/* Security associations: the latest of each, in every dialect that can. */
ATF_TC_WITHOUT_HEAD(tdb);
ATF_TC_BODY(tdb, tc)
{
	static struct peer p[3];
	struct psync_tdb t = { .rpl = 1,
		.cur_bytes = 100,
		.spi = htonl(4711),
		.dst = { 0xfe, 0x80, [15] = 9 },
		.af = PSYNC_AF_INET6,
		.sproto = 50,
		.scope = 3 };
	struct psync_tdb other = t;
	unsigned i, k;

	(void)tc;
	up(0);
	for (k = 0; k < 3; k++) {
		peer_up(&p[k], PSYNC_D_1301 + k);
		stock_meet(&os, (uint8_t)(2 + k),
		    psync_dialects[p[k].dialect].version->number, 0);
	}
	settle(p, 3);
	psync_tdb_update(os.sc, &t);
	other.spi = htonl(4712);
	psync_tdb_update(os.sc, &other);
	for (i = 0; i < 5; i++) {
		t.rpl++;
		t.cur_bytes += 10;
		t.updates++;
		psync_tdb_update(os.sc, &t);
	}
	ATF_CHECK_EQ(0, os.nframes);
	fakeos_run_until(&os, os.now + 100);
	deliver(p, 3);
	for (k = 0; k < 3; k++) {
		ATF_CHECK_EQ(2, p[k].os.tdbs);
		psync_tdb_update(os.sc, &t);
		fakeos_run_until(&os, os.now + 100);
		deliver(&p[k], 1);
		ATF_CHECK_EQ(3, p[k].os.tdbs);
		ATF_CHECK(same_tdb(&t, &p[k].os.tdb));
	}
	/* More than 32 bits are told in version 6 alone. */
	t.rpl = 0x100000000ULL;
	psync_tdb_update(os.sc, &t);
	fakeos_run_until(&os, os.now + 100);
	deliver(p, 3);
	ATF_CHECK_EQ(3 + 1, p[1].os.tdbs);
	ATF_CHECK_EQ(0x100000000ULL, p[1].os.tdb.rpl);
	ATF_CHECK_EQ(3, p[0].os.tdbs);
	ATF_CHECK_EQ(3, p[2].os.tdbs);
	ATF_CHECK_EQ(2, fixture_stats(&os).untold);
	for (k = 0; k < 3; k++)
		fixture_down(&p[k].os);
	fixture_down(&os);
}

/* A peer boots, perhaps into another system, and asks for all there is. */
static void
boot(struct peer *p, uint8_t number)
{
	static const uint8_t zeros[16];
	unsigned d = (unsigned)rand() % PSYNC_DIALECTS;
	uint8_t version = psync_dialects[d].version->number;
	struct stock_frame f;

	if (p->there)
		fixture_down(&p->os);
	peer_up(p, d);
	if (d <= PSYNC_D_1301)
		stock_meet_format(&os, number, psync_dialects[d].number);
	else
		stock_meet(&os, number, version, 0);
	stock_frame(&f, version, 0, version == 3 ? 8 : 5, zeros,
	    version == 3 ? 16 : 12);
	ATF_REQUIRE_EQ(PFSYNC_OK, stock_say(&os, number, f.bytes, f.len));
}

/* Peers come and change at any time, on a link that fails at any time. */
ATF_TC_WITHOUT_HEAD(change_over);
ATF_TC_BODY(change_over, tc)
{
	static struct peer p[4];
	unsigned i, k, round;

	(void)tc;
	for (round = 0; round < 20; round++) {
		srand(100 + round);
		up(0);
		memset(p, 0, sizeof(p));
		for (i = 0; i < 2000; i++) {
			happen(40, true);
			k = (unsigned)rand() % 4;
			if (rand() % 200 == 0) {
				/* Nobody is told everything all the time. */
				fakeos_run_until(&os, os.now + 4100);
				deliver(p, 4);
				boot(&p[k], (uint8_t)(2 + k));
			}
			if (rand() % 16 == 0) {
				os.grace = (unsigned)rand() % 4;
				fakeos_fail_output(&os, PSYNC_NOBUFS,
				    (unsigned)rand() % 4);
			}
			if (rand() % 8 == 0) {
				fakeos_run_until(&os, os.now + 1);
				deliver(p, 4);
			}
		}
		settle(p, 4);
		for (k = 0; k < 4; k++)
			if (p[k].there) {
				require_told(&p[k],
				    p[k].dialect <= PSYNC_D_1301 ?
					PSYNC_D_1301 :
					p[k].dialect,
				    round);
				fixture_down(&p[k].os);
			}
		fixture_down(&os);
	}
}

/* A whole state of version 6, with a flag that its peers alone know. */
static void
say_strange_flag(uint64_t id)
{
	const struct psync_dialect *d = &psync_dialects[PSYNC_D_V6];
	struct psync_state st = fixture_state(0, FIXTURE_PEER);
	struct stock_frame f;
	uint8_t w[360], flagged[360];
	size_t at;

	st.id = id;
	ATF_REQUIRE_EQ(0, psync_encode(d->state, w, &st));
	st.state_flags |= PSYNC_STATE_ALLOWOPTS;
	ATF_REQUIRE_EQ(0, psync_encode(d->state, flagged, &st));
	for (at = 0; w[at] == flagged[at]; at++)
		;
	flagged[at] |= 0x04;
	stock_frame(&f, d->version->number, 0, psync_action_of(d, PSYNC_M_INS),
	    flagged, d->state->size);
	ATF_REQUIRE_EQ(PFSYNC_OK, stock_say(&os, 2, f.bytes, f.len));
}

/*
 * What a dialect has no words for is left out, counted, and takes nothing else
 * along: told and heard.
 */
ATF_TC_WITHOUT_HEAD(unmapped);
ATF_TC_BODY(unmapped, tc)
{
	struct psync_state st;

	(void)tc;
	up(0);
	stock_meet(&os, 2, psync_dialects[PSYNC_D_V6].version->number, 0);
	fakeos_run_until(&os, os.now + 20000);
	fakeos_forget(&os);
	st = fixture_state(1, os.hostid);
	(void)fakeos_pf_insert(&os, &st);
	fakeos_run_until(&os, os.now + 1000);
	ATF_REQUIRE_EQ(1, os.nframes);
	ATF_CHECK_EQ(6, os.frame[0].bytes[0]);
	ATF_CHECK_EQ(0, fixture_stats(&os).unmapped);

	st = fixture_state(2, os.hostid);
	st.state_flags |= 0x8000;
	(void)fakeos_pf_insert(&os, &st);
	fakeos_run_until(&os, os.now + 1000);
	ATF_REQUIRE_EQ(2, os.nframes);
	ATF_CHECK_EQ(1, fixture_stats(&os).unmapped);
	ATF_CHECK_EQ(0, fixture_stats(&os).untold);

	say_strange_flag(4711);
	ATF_CHECK_EQ(2, fixture_stats(&os).unmapped);
	ATF_REQUIRE(fakeos_find(&os, 4711, FIXTURE_PEER) != NULL);
	ATF_CHECK_EQ(PSYNC_STATE_ALLOWOPTS,
	    fakeos_find(&os, 4711, FIXTURE_PEER)->st.state_flags);
	fixture_down(&os);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each);
	ATF_TP_ADD_TC(tp, together);
	ATF_TP_ADD_TC(tp, tdb);
	ATF_TP_ADD_TC(tp, change_over);
	ATF_TP_ADD_TC(tp, unmapped);
	return (atf_no_error());
}
