/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The state table as a whole: walking, clearing, killing, expiry and the bounds
 * of the sweep, memory, a million states.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/hosted/pf/pf_impl.h"
#include "tests/lib/pf_rig.h"

struct walk {
	struct rig *rig;
	uint8_t *seen;
	size_t n;
	bool remove;
};

static void
visit(void *arg, struct pf_state *st)
{
	struct psync_change c;
	struct walk *walk = arg;

	pf_state_change(walk->rig->pf, st, &c);
	walk->seen[c.id - 1]++;
	walk->n++;
	if (walk->remove)
		pf_state_remove(walk->rig->pf, st, false);
}

ATF_TC(walk);
ATF_TC_HEAD(walk, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A state there all along is seen once, whatever comes and goes");
}
ATF_TC_BODY(walk, tc)
{
	enum { STAY = 3000, STEPS = 100 };
	uint8_t seen[STAY + 20 * 1000] = { 0 };
	struct rig rig;
	struct walk walk = { .rig = &rig, .seen = seen };
	uint64_t row = 0;
	uint32_t i, next = STAY;
	bool more = true;

	rig_open(&rig, NULL, 0);
	rig_fill(&rig, 0, STAY, 1);
	ATF_CHECK(!pf_states_walk(rig.pf, &row, STAY + 1, visit, &walk));
	ATF_CHECK_EQ(STAY, walk.n);
	memset(seen, 0, sizeof(seen));
	for (row = 0; more;) {
		walk.n = 0;
		more = pf_states_walk(rig.pf, &row, STEPS, visit, &walk);
		ATF_CHECK(!more || walk.n == STEPS);
		/* Some come; of those some go. */
		ATF_REQUIRE(next + 500 < sizeof(seen));
		rig_fill(&rig, next, 500, 1);
		for (i = next; i < next + 500; i += 1 + i % 3)
			pf_state_remove(rig.pf, pf_state_find(rig.pf, i + 1, 1),
			    false);
		next += 500;
		if (next > STAY + 15000)
			break;
	}
	while (more)
		more = pf_states_walk(rig.pf, &row, STEPS, visit, &walk);
	for (i = 0; i < sizeof(seen); i++)
		ATF_REQUIRE_EQ_MSG(i < STAY ? 1 : seen[i] & 1, seen[i],
		    "%u: %u times", i, seen[i]);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(walk_removes);
ATF_TC_BODY(walk_removes, tc)
{
	uint8_t seen[2000] = { 0 };
	struct rig rig;
	struct walk walk = { .rig = &rig, .seen = seen, .remove = true };
	uint64_t row = 0;
	size_t i;

	rig_open(&rig, NULL, 0);
	ATF_CHECK(!pf_states_walk(rig.pf, &row, 1, visit, &walk));
	rig_fill(&rig, 0, sizeof(seen), 1);
	row = 0;
	while (pf_states_walk(rig.pf, &row, 7, visit, &walk))
		;
	for (i = 0; i < sizeof(seen); i++)
		ATF_CHECK_EQ(1, seen[i]);
	ATF_CHECK_EQ(0, rig_count(&rig));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(clear);
ATF_TC_BODY(clear, tc)
{
	struct psync_state ps;
	struct rig rig;

	rig_open(&rig, NULL, 0);
	rig_fill(&rig, 0, 100, 1);
	rig_fill(&rig, 100, 50, 2);
	/* Bound to em0, and floating but created on em0. */
	ps = rig_numbered(200, 1);
	snprintf(ps.ifname, sizeof(ps.ifname), "em0");
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));
	ps = rig_numbered(201, 2);
	snprintf(ps.orig_ifname, sizeof(ps.orig_ifname), "em0");
	ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));

	ATF_CHECK_EQ(0, pf_states_clear(rig.pf, 3, "", true));
	ATF_CHECK_EQ(0, pf_states_clear(rig.pf, 0, "em1", true));
	ATF_CHECK_EQ(2, rig.clears);
	ATF_CHECK_EQ(0, pf_states_clear(rig.pf, 0, "em9", true));
	ATF_CHECK_EQ(2, rig.clears);
	ATF_CHECK_EQ(1, pf_states_clear(rig.pf, 2, "em0", true));
	ATF_CHECK_EQ(3, rig.clears);
	ATF_CHECK_EQ(2, rig.cleared_by);
	ATF_CHECK_STREQ("em0", rig.cleared_if);
	ATF_CHECK_EQ(1, pf_states_clear(rig.pf, 0, "em0", false));
	ATF_CHECK_EQ(3, rig.clears);
	ATF_CHECK_EQ(50, pf_states_clear(rig.pf, 2, "", true));
	ATF_CHECK_EQ(100, rig_count(&rig));
	ATF_CHECK_EQ(100, pf_states_clear(rig.pf, 0, "all", true));
	ATF_CHECK_EQ(0, rig_count(&rig));
	ATF_CHECK_EQ(0, rig.deletes + rig.expires);
	rig_close(&rig);
}

/* pfctl -k, of: in em0 10.1.1.2 > 198.51.100.254, out em1 with nat-to. */
static const struct {
	const char *src; /* NULL: any */
	const char *dst;
	const char *ifname;
	size_t killed;
} kills[] = {
	{ NULL, NULL, "", 2 },
	{ "10.1.1.2", NULL, "", 2 },
	{ "10.1.1.0/24", "198.51.100.254", "", 2 },
	{ "10.1.1.3", NULL, "", 0 },
	{ "198.51.100.254", NULL, "", 0 },
	{ NULL, "198.51.100.0/24", "", 2 },
	{ "10.1.1.2", "198.51.100.253", "", 0 },
	{ "2001:db8::/32", NULL, "", 0 },
	{ "10.1.1.2", NULL, "em0", 1 },
	{ "10.1.1.2", NULL, "em1", 1 },
	{ "10.1.1.2", NULL, "em2", 0 },
	{ "10.1.1.2", NULL, "em9", 0 },
};

ATF_TC_WITHOUT_HEAD(kill);
ATF_TC_BODY(kill, tc)
{
	struct pf_rule rules[2];
	struct rig_packet p;
	struct pf_kill k;
	struct rig rig;
	size_t i;

	for (i = 0; i < sizeof(kills) / sizeof(kills[0]); i++) {
		rig_nat_rules(rules, "198.51.100.1");
		rig_open(&rig, rules, 2);
		rig_udp(&p, "10.1.1.2", 1000, "198.51.100.254", 53, 5);
		ATF_REQUIRE_EQ(PF_PASS, rig_forward(&rig, "em0", "em1", &p));
		memset(&k, 0, sizeof(k));
		if (kills[i].src != NULL)
			k.src = rig_addr(kills[i].src);
		if (kills[i].dst != NULL)
			k.dst = rig_addr(kills[i].dst);
		snprintf(k.ifname, sizeof(k.ifname), "%s", kills[i].ifname);
		ATF_CHECK_EQ_MSG(kills[i].killed, pf_states_kill(rig.pf, &k),
		    "row %zu", i);
		ATF_CHECK_EQ(kills[i].killed, rig.deletes);
		ATF_CHECK_EQ(0, rig.expires + rig.clears);
		ATF_CHECK_EQ(2 - kills[i].killed, rig_count(&rig));
		rig_close(&rig);
	}
}

ATF_TC_WITHOUT_HEAD(expiry);
ATF_TC_BODY(expiry, tc)
{
	struct psync_state ps;
	struct rig rig;
	unsigned i;

	rig_open(&rig, NULL, 0);
	rig_fill(&rig, 0, 10, 1);
	/* 60 s to live, and at most 10 s until the sweep has come by. */
	for (i = 0; i < 599; i++) {
		rig.now += 100;
		pf_purge(rig.pf);
	}
	ATF_CHECK_EQ(10, rig_count(&rig));
	ps = rig_numbered(0, 1);
	pf_state_export(rig.pf, pf_state_find(rig.pf, 1, 1), &ps);
	ATF_CHECK_EQ(1, ps.expire);
	rig.now += 101;
	pf_state_export(rig.pf, pf_state_find(rig.pf, 1, 1), &ps);
	ATF_CHECK_EQ(0, ps.expire);
	for (i = 0; i < 101; i++) {
		pf_purge(rig.pf);
		rig.now += 100;
	}
	ATF_CHECK_EQ(0, rig_count(&rig));
	ATF_CHECK_EQ(10, rig.expires);
	ATF_CHECK_EQ(0, rig.deletes);
	/* However late it is called, one call goes round once. */
	rig_fill(&rig, 0, 10, 1);
	rig.now += 3600 * 1000;
	pf_purge(rig.pf);
	ATF_CHECK_EQ(0, rig_count(&rig));
	/* And without time having passed it does nothing. */
	rig_fill(&rig, 0, 10, 1);
	pf_purge(rig.pf);
	ATF_CHECK_EQ(0, rig.pf->purge.words_seen);
	rig_close(&rig);
}

static uint32_t
seconds_left(struct rig *rig, uint64_t id)
{
	return (pf_state_left(rig->pf, pf_state_find(rig->pf, id, 1)));
}

/* Of a table with limit 1000: start 600, end 1200. */
static const struct {
	uint32_t states;
	uint32_t left; /* of 60 s */
} adaptive[] = {
	{ 1, 60 },
	{ 600, 60 },
	{ 601, 60 },
	{ 660, 54 },
	{ 900, 30 },
	{ 990, 21 },
};

ATF_TC_WITHOUT_HEAD(adaptive_timeouts);
ATF_TC_BODY(adaptive_timeouts, tc)
{
	struct psync_state ps;
	struct pf_settings settings;
	struct pf_rule r = rig_rule();
	struct rig rig;
	size_t i;

	rig_open(&rig, NULL, 0);
	rig_limit(&rig, 1000);
	for (i = 0; i < sizeof(adaptive) / sizeof(adaptive[0]); i++) {
		rig_fill(&rig, 0, adaptive[i].states, 1);
		ATF_CHECK_EQ_MSG(adaptive[i].left, seconds_left(&rig, 1),
		    "%u: %u", adaptive[i].states, seconds_left(&rig, 1));
		pf_states_clear(rig.pf, 0, "", false);
	}
	/* Past the end there is no time left at all. */
	pf_settings_default(&settings);
	settings.timeout[PFTM_ADAPTIVE_START] = 5;
	settings.timeout[PFTM_ADAPTIVE_END] = 10;
	ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, NULL, 0));
	rig_fill(&rig, 0, 6, 1);
	ATF_CHECK_EQ(48, seconds_left(&rig, 1));
	rig_fill(&rig, 6, 4, 1);
	ATF_CHECK_EQ(0, seconds_left(&rig, 1));
	rig.now += 20000;
	pf_purge(rig.pf);
	/* The sweep ends with the shortage: 5 states are no more than start. */
	ATF_CHECK(rig_count(&rig) > 5 && rig_count(&rig) < 10);
	pf_states_clear(rig.pf, 0, "", false);

	/* A rule's own bounds count the rule's own states. */
	r.timeout[PFTM_ADAPTIVE_START] = 0;
	r.timeout[PFTM_ADAPTIVE_END] = 4;
	ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, &r, 1));
	for (i = 0; i < 3; i++) {
		ps = rig_numbered((uint32_t)i, 1);
		ps.rule = i < 2 ? 0 : UINT32_MAX;
		ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));
	}
	ATF_CHECK_EQ(30, seconds_left(&rig, 1));
	ATF_CHECK_EQ(60, seconds_left(&rig, 3));
	rig_close(&rig);
}

ATF_TC(million);
ATF_TC_HEAD(million, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "1,000,000 states: found, swept in bounded steps, memory given "
	    "back");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(million, tc)
{
	enum { MILLION = 1000000 };
	uint64_t calls = 0, most_words = 0, most_states = 0, longest = 0, n;
	uint32_t i, row, link;
	struct rig rig;
	unsigned tab;

	rig_open(&rig, NULL, 0);
	rig_limit(&rig, MILLION);
	ATF_CHECK(pf_state_memory(rig.pf) < 512);
	rig_fill(&rig, 0, MILLION, 1);
	for (i = 0; i < MILLION; i += 997)
		ATF_REQUIRE(pf_state_find(rig.pf, i + 1, 1) != NULL);
	/* Chains are short, so a lookup is. */
	for (tab = 0; tab < PF_TABS; tab++) {
		for (row = 0; row < PF_ROWS; row++) {
			n = 0;
			for (link = rig.pf->rows[tab][row]; link != 0; n++)
				link = pf_slab_at(&rig.pf->slab, link - 1)
					   ->next[tab];
			if (n > longest)
				longest = n;
		}
	}
	ATF_CHECK_MSG(longest <= 24, "%ju", (uintmax_t)longest);
	/* 60 s to live; calls every 10 ms. */
	while (rig_count(&rig) > 0 && calls < 8000) {
		for (i = 0; i < 100; i++, calls++) {
			rig.now += 10;
			pf_purge(rig.pf);
			if (rig.pf->purge.words_seen > most_words)
				most_words = rig.pf->purge.words_seen;
			if (rig.pf->purge.states_seen > most_states)
				most_states = rig.pf->purge.states_seen;
		}
	}
	ATF_CHECK_EQ(0, rig_count(&rig));
	ATF_CHECK_EQ(MILLION, rig.expires);
	/* A round in 10 s is 1/1000 of the table a call. */
	ATF_CHECK_MSG(most_states <= 1100, "%ju", (uintmax_t)most_states);
	ATF_CHECK(most_words <= 17);
	for (i = 0, n = 0; i < rig.pf->slab.nchunks; i++)
		n += rig.pf->slab.chunks[i] != NULL;
	ATF_CHECK_EQ(1, n);
	rig_close(&rig);
}

ATF_TC(purge_bound);
ATF_TC_HEAD(purge_bound, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "Called late, the sweep still takes bounded steps, and gets there");
}
ATF_TC_BODY(purge_bound, tc)
{
	struct rig rig;
	unsigned calls = 0;

	rig_open(&rig, NULL, 0);
	rig_fill(&rig, 0, 50000, 1);
	rig.now += 3600 * 1000;
	while (rig_count(&rig) > 0) {
		pf_purge(rig.pf);
		ATF_REQUIRE(rig.pf->purge.words_seen <= 1024);
		ATF_REQUIRE(rig.pf->purge.states_seen <= 2048);
		ATF_REQUIRE(++calls < 100);
	}
	ATF_CHECK_EQ(50000, rig.expires);
	ATF_CHECK(calls >= 50000 / 2048);
	/* A table with few states left is swept by words, not by slots. */
	rig_fill(&rig, 0, 90000, 1);
	pf_states_clear(rig.pf, 0, "", false);
	rig.now += 3600 * 1000;
	pf_purge(rig.pf);
	ATF_CHECK_EQ(1024, rig.pf->purge.words_seen);
	ATF_CHECK_EQ(0, rig.pf->purge.states_seen);
	rig_close(&rig);
}

ATF_TC(purge_debt);
ATF_TC_HEAD(purge_debt, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A sweep that is behind has at most one round to make good");
}
ATF_TC_BODY(purge_debt, tc)
{
	struct pf_settings settings;
	uint64_t words = 0;
	struct rig rig;
	unsigned i;

	rig_open(&rig, NULL, 0);
	pf_settings_default(&settings);
	settings.timeout[PFTM_UDP_MULTIPLE] = 1000 * 3600;
	ATF_REQUIRE_EQ(0, pf_load(rig.pf, &settings, NULL, 0));
	rig_fill(&rig, 0, 50000, 1);
	for (i = 0; i < 20; i++) {
		rig.now += 3600 * 1000;
		pf_purge(rig.pf);
		ATF_CHECK(rig.pf->purge.states_seen > 2048 - 64);
	}
	/* 256 chunks of 4 words, less those of the last late call */
	words = rig.pf->purge.words_seen;
	do {
		pf_purge(rig.pf);
		words += rig.pf->purge.words_seen;
	} while (rig.pf->purge.words_seen > 0);
	ATF_CHECK_EQ_MSG(1024, words, "%ju", (uintmax_t)words);
	ATF_CHECK_EQ(50000, rig_count(&rig));
	rig_close(&rig);
}

ATF_TC(memory);
ATF_TC_HEAD(memory, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A state and its share of all indexes take less than 512 bytes");
}
ATF_TC_BODY(memory, tc)
{
	struct rig rig;

	rig_open(&rig, NULL, 0);
	ATF_CHECK_MSG(pf_state_memory(rig.pf) <= 400, "%zu bytes",
	    pf_state_memory(rig.pf));
	ATF_CHECK(pf_state_memory(rig.pf) >= sizeof(struct pf_state));
	rig_limit(&rig, 1000);
	ATF_CHECK(pf_state_memory(rig.pf) <= 400);
	/* The rows are the same at any limit: more states share them. */
	rig_limit(&rig, 1000000);
	ATF_CHECK(pf_state_memory(rig.pf) < sizeof(struct pf_state) + 8);
	rig_close(&rig);
}

ATF_TC(ids);
ATF_TC_HEAD(ids, tc)
{
	atf_tc_set_md_var(tc, "descr", "Ids are big endian and count up");
}
ATF_TC_BODY(ids, tc)
{
	struct pf_rule r = rig_keep();
	struct rig_packet p;
	struct rig rig;
	uint64_t last = 0, id;
	const uint8_t *b;
	uint16_t i;
	unsigned j;

	rig_open(&rig, &r, 1);
	for (i = 1; i <= 300; i++) {
		rig_udp(&p, "10.1.1.2", i, "10.2.2.2", 2, 4);
		ATF_REQUIRE_EQ(PF_PASS, rig_in(&rig, "em0", &p));
		b = (const uint8_t *)&rig.inserted.id;
		for (id = 0, j = 0; j < 8; j++)
			id = id << 8 | b[j];
		ATF_REQUIRE(i == 1 || id == last + 1);
		last = id;
	}
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, walk);
	ATF_TP_ADD_TC(tp, walk_removes);
	ATF_TP_ADD_TC(tp, clear);
	ATF_TP_ADD_TC(tp, kill);
	ATF_TP_ADD_TC(tp, expiry);
	ATF_TP_ADD_TC(tp, adaptive_timeouts);
	ATF_TP_ADD_TC(tp, million);
	ATF_TP_ADD_TC(tp, purge_bound);
	ATF_TP_ADD_TC(tp, purge_debt);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, ids);
	return (atf_no_error());
}
