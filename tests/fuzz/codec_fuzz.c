/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzzes the layouts: any bytes that pass for a message of a dialect must
 * decode, and what was decoded must be said in every dialect, or be refused.
 * What one dialect said of it, it says the same of what comes back.
 *
 *	byte 0		dialect, or a compressed update, or TDB
 *	byte 1		of which good message
 *	then		offset u8, value u8: what is different in it; two of
 *			255 in a row move the offsets on by 255
 */

#include <stdlib.h>
#include <string.h>

#include "net/pfsync/dialect.h"
#include "net/pfsync/tdb.h"
#include "tests/lib/fakeos.h"
#include "tests/lib/spell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
say(unsigned dialect, const struct psync_state *st)
{
	const struct psync_layout *l = psync_dialects[dialect].state;
	struct psync_state back;
	uint8_t *again = malloc(l->size), *w = malloc(l->size);

	if (again == NULL || w == NULL)
		fakeos_abort("no memory");
	if ((psync_encode(l, w, st) & PSYNC_LOST_ALL) == 0) {
		if (!psync_message_ok(l, w))
			fakeos_abort("said what nobody would take");
		(void)psync_decode(l, w, &back);
		if (psync_encode(l, again, &back) != 0 ||
		    memcmp(w, again, l->size) != 0)
			fakeos_abort("said otherwise the second time");
	}
	free(again);
	free(w);
}

static void
full(unsigned dialect, const uint8_t *w)
{
	const struct psync_layout *l = psync_dialects[dialect].state;
	struct psync_state st;
	unsigned d;

	if (!psync_message_ok(l, w) ||
	    (psync_decode(l, w, &st) & PSYNC_LOST_ALL) != 0)
		return;
	for (d = 0; d < PSYNC_DIALECTS; d++)
		say(d, &st);
}

static void
change(const struct psync_layout *l, const uint8_t *w)
{
	struct psync_peer dst = { 0 }, src = { 0 };
	struct psync_change c, back;
	uint8_t again[PSYNC_UPD_C_V3_LEN], once[PSYNC_UPD_C_V3_LEN];

	if (!psync_message_ok(l, w))
		return;
	psync_decode_change(l, w, &src, &dst, &c);
	if (!psync_encode_change(l, once, &c))
		fakeos_abort("a change that was taken cannot be said");
	psync_decode_change(l, once, &src, &dst, &back);
	if (!psync_encode_change(l, again, &back) ||
	    memcmp(once, again, l->size) != 0)
		fakeos_abort("a change said otherwise the second time");
}

static void
tdb(const struct psync_values *v, unsigned len, const uint8_t *w)
{
	struct psync_tdb t;
	uint8_t again[PSYNC_TDB_V6_LEN];

	if (!psync_tdb_ok(v, w))
		return;
	psync_decode_tdb(v, w, len, &t);
	if (!psync_encode_tdb(v, again, len, &t) || !psync_tdb_ok(v, again))
		fakeos_abort("a counter that was taken cannot be said");
}

static const struct psync_layout *const changes[] = { &psync_layout_upd_c,
	&psync_layout_upd_c_v6, &psync_layout_upd_c_v3 };

enum kind { CHANGE = PSYNC_DIALECTS, TDB = CHANGE + 3, KINDS = TDB + 2 };

static size_t
size_of(unsigned kind)
{
	if (kind < CHANGE)
		return (psync_dialects[kind].state->size);
	if (kind < TDB)
		return (changes[kind - CHANGE]->size);
	return (kind == TDB ? PSYNC_TDB_LEN : PSYNC_TDB_V6_LEN);
}

/* A good one, chosen by the seed. */
static void
write_good(unsigned kind, uint8_t seed, uint8_t *w)
{
	struct psync_tdb t = { .spi = UINT32_MAX, .af = PSYNC_AF_INET };
	struct psync_change c = { .timeout = 2 };
	struct psync_state st;

	srand(seed);
	spell_random(&st);
	if (kind < CHANGE)
		(void)psync_encode(psync_dialects[kind].state, w, &st);
	else if (kind < TDB) {
		c.id = st.id;
		c.creatorid = st.creatorid;
		c.src = &st.src;
		c.dst = &st.dst;
		(void)psync_encode_change(changes[kind - CHANGE], w, &c);
	} else
		(void)psync_encode_tdb(kind == TDB ? &psync_values_freebsd :
						     &psync_values_openbsd,
		    w, (unsigned)size_of(kind), &t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t base = 0, i, size;
	unsigned kind;
	uint8_t *w;

	if (len < 2)
		return (0);
	kind = data[0] % KINDS;
	size = size_of(kind);
	/* Of its own size, so that one byte too far is seen. */
	w = calloc(1, size);
	if (w == NULL)
		return (0);
	write_good(kind, data[1], w);
	for (i = 2; i + 1 < len; i += 2) {
		if (data[i] == 255 && data[i + 1] == 255)
			base = (base + 255) % size;
		else
			w[(base + data[i]) % size] = data[i + 1];
	}
	if (kind < CHANGE)
		full(kind, w);
	else if (kind < TDB)
		change(changes[kind - CHANGE], w);
	else
		tdb(kind == TDB ? &psync_values_freebsd : &psync_values_openbsd,
		    (unsigned)size, w);
	free(w);
	return (0);
}
