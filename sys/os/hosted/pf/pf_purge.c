/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How long states live, and the sweep that removes those that have run out.
 * The sweep goes round the table in "interval" seconds, a bounded part of it a
 * call, so that a large table stops no packet for long.
 */

#include "os/hosted/pf/pf_impl.h"

#define PURGE_WORDS  1024 /* most words (of 64 slots) a call */
#define PURGE_STATES 2048 /* most states a call */

/* Seconds of a timeout as it applies to the state: its rule's, or the global */
uint32_t
pf_timeout_of(const struct pf *pf, const struct pf_state *st, unsigned timeout)
{

	if (st->rule != NULL && st->rule->timeout[timeout] != PFTM_UNSET)
		return (st->rule->timeout[timeout]);
	return (pf->settings.timeout[timeout]);
}

/*
 * When a state runs out: ms, by env.now.  From adaptive.start states on
 * timeouts shrink with every further state, to nothing at adaptive.end.  A rule
 * with bounds of its own counts its own states.
 */
int64_t
pf_state_expires(const struct pf *pf, const struct pf_state *st)
{
	uint64_t start, end, states, ms;
	const uint32_t *bounds = pf->settings.timeout;

	ms = pf_timeout_of(pf, st, st->timeout) * 1000ULL;
	states = pf->status.states;
	if (st->rule != NULL &&
	    st->rule->timeout[PFTM_ADAPTIVE_START] != PFTM_UNSET &&
	    st->rule->timeout[PFTM_ADAPTIVE_END] != PFTM_UNSET) {
		bounds = st->rule->timeout;
		states = st->rule->stats.states;
	}
	start = bounds[PFTM_ADAPTIVE_START];
	end = bounds[PFTM_ADAPTIVE_END];
	if (start < end && states > start)
		ms = states < end ? ms * (end - states) / (end - start) : 0;
	return (st->expire + (int64_t)ms);
}

/* Rounded up: what is left is 0 only when nothing is. */
uint32_t
pf_state_left(const struct pf *pf, const struct pf_state *st)
{
	int64_t ms = pf_state_expires(pf, st) - pf_now(pf);

	return (ms <= 0 ? 0 : (uint32_t)((ms + 999) / 1000));
}

/* Removes what has run out among 64 slots; counts what it looked at. */
static void
purge_word(struct pf *pf, uint64_t word, int64_t now)
{
	struct pf_state *st;
	uint64_t map =
	    pf->slab.maps[word / PF_CHUNK_WORDS][word % PF_CHUNK_WORDS];

	for (; map != 0; map &= map - 1) {
		st = pf_slab_at(&pf->slab,
		    (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(map));
		pf->purge.states_seen++;
		if (pf_state_expires(pf, st) <= now)
			pf_state_delete(pf, st, true);
	}
}

void
pf_purge(struct pf *pf)
{
	int64_t now = pf_now(pf);
	uint64_t words = (uint64_t)pf->slab.nchunks * PF_CHUNK_WORDS;
	uint64_t round = pf->settings.timeout[PFTM_INTERVAL] * 1000ULL;
	uint64_t passed = (uint64_t)now - pf->purge.last;

	pf->purge.last = (uint64_t)now;
	pf->purge.words_seen = pf->purge.states_seen = 0;
	if (words == 0)
		return;
	/* At most one whole round is due. */
	pf->purge.credit += words * (passed < round ? passed : round);
	if (pf->purge.credit > words * round)
		pf->purge.credit = words * round;
	while (pf->purge.credit >= round &&
	    pf->purge.words_seen < PURGE_WORDS &&
	    pf->purge.states_seen <= PURGE_STATES - 64) {
		purge_word(pf, pf->purge.word, now);
		pf->purge.word = (pf->purge.word + 1) % words;
		pf->purge.words_seen++;
		pf->purge.credit -= round;
	}
}
