/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which dialects are spoken.  See speak.h.
 */

#include "net/pfsync/speak.h"
#include "net/pfsync/engine.h"

_Static_assert(PSYNC_DIALECT_BIT(PSYNC_D_1500) == PFSYNC_SPOKEN_1500 &&
	PSYNC_DIALECT_BIT(PSYNC_D_1400) == PFSYNC_SPOKEN_1400 &&
	PSYNC_DIALECT_BIT(PSYNC_D_1301) == PFSYNC_SPOKEN_1301 &&
	PSYNC_DIALECT_BIT(PSYNC_D_V6) == PFSYNC_SPOKEN_V6 &&
	PSYNC_DIALECT_BIT(PSYNC_D_V3) == PFSYNC_SPOKEN_V3,
    "the set of dialects is what userland is told");

/* The version that each dialect is of. */
static unsigned
version_of(unsigned dialect)
{
	return ((unsigned)(psync_dialects[dialect].version - psync_versions));
}

/* The dialect with this number; there is one. */
static unsigned
index_of(unsigned number)
{
	return ((unsigned)(psync_dialect(number) - psync_dialects));
}

enum psync_dialect_index
psync_speak_to(const struct psync_node *n, enum pfsync_why *why)
{
	if (n->speaks >= PFSYNC_SPEAKS_1500) {
		*why = PFSYNC_WHY_ANNOUNCED;
		return (PSYNC_D_1500);
	}
	if (n->version != PFSYNC_VERSION) {
		*why = PFSYNC_WHY_VERSION;
		return (
		    n->version == PFSYNC_VERSION_3 ? PSYNC_D_V3 : PSYNC_D_V6);
	}
	if (n->format == 0) {
		*why = PFSYNC_WHY_UNKNOWN;
		return (PSYNC_D_1301);
	}
	*why = PFSYNC_WHY_STATES;
	return (index_of(n->format));
}

/* Of version 5 the one dialect that all of its peers understand. */
static unsigned
needed(const struct psync_peers *peers)
{
	const struct psync_node *n;
	unsigned d, others = 0, poorest = 0;
	enum pfsync_why why;
	bool v5 = false;

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++) {
		if (n->version == 0)
			continue;
		d = psync_speak_to(n, &why);
		if (d > PSYNC_D_1301) {
			others |= PSYNC_DIALECT_BIT(d);
			continue;
		}
		v5 = true;
		if (d > poorest)
			poorest = d;
	}
	if (v5)
		return (others | PSYNC_DIALECT_BIT(poorest));
	return (others != 0 ? others : PSYNC_DIALECT_BIT(PSYNC_D_1301));
}

/*
 * Does a peer understand what is spoken?  Another of ours understands all of
 * it; a stock one its own dialect, and of version 5 whatever is poorer.
 */
static bool
understands(const struct psync_node *n, unsigned dialects)
{
	enum pfsync_why why;
	unsigned d = psync_speak_to(n, &why);

	if (why == PFSYNC_WHY_ANNOUNCED)
		return (true);
	if (d <= PSYNC_D_1301)
		return ((dialects & PSYNC_DIALECTS_V5) >> d != 0);
	return ((dialects & PSYNC_DIALECT_BIT(d)) != 0);
}

/* Does any understand what is spoken now, and did not before? */
static bool
some_understand(const struct psync_peers *peers, unsigned before, unsigned now)
{
	const struct psync_node *n;

	for (n = peers->node; n < peers->node + PSYNC_PEERS_MAX; n++)
		if (n->version != 0 && !understands(n, before) &&
		    understands(n, now))
			return (true);
	return (false);
}

bool
psync_speak_choose(struct psync *sc)
{
	const unsigned before = sc->dialects;
	struct psync_slice *s;
	unsigned dialects;

	if (sc->config.format == PFSYNC_FORMAT_AUTO)
		dialects = needed(&sc->peers);
	else
		dialects = PSYNC_DIALECT_BIT(index_of(sc->config.format));
	if (dialects == before)
		return (false);
	sc->dialects = (uint8_t)dialects;
	for (s = sc->slices; s < sc->slices + sc->nslices; s++) {
		psync_slice_lock(sc, s);
		psync_slice_speak(s, dialects);
		psync_slice_unlock(sc, s);
	}
	return (some_understand(&sc->peers, before, dialects));
}

bool
psync_speak_learn(struct psync *sc, struct psync_node *n, const uint8_t *header,
    const struct psync_layout *state)
{
	const uint8_t speaks = header[1] & PFSYNC_SPEAKS_FORMAT;
	unsigned d, format = n->format;

	for (d = 0; state != NULL && d < PSYNC_DIALECTS; d++)
		if (psync_dialects[d].state == state)
			format = psync_dialects[d].number;
	if (n->version == header[0] && n->speaks == speaks &&
	    n->format == format)
		return (false);
	n->version = header[0];
	n->speaks = speaks;
	n->format = (uint16_t)format;
	return (psync_speak_choose(sc));
}

unsigned
psync_speak_versions(const struct psync *sc, enum psync_message message)
{
	unsigned d, versions = 0;

	if (message == PSYNC_M_UPD_REQ &&
	    sc->config.format == PFSYNC_FORMAT_AUTO)
		return (PSYNC_ALL_VERSIONS);
	for (d = 0; d < PSYNC_DIALECTS; d++)
		if ((sc->dialects & PSYNC_DIALECT_BIT(d)) != 0)
			versions |= 1U << version_of(d);
	return (versions);
}
