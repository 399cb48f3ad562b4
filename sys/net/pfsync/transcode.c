/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages from one dialect to another, by way of what they mean.
 */

#include "net/pfsync/transcode.h"
#include "net/pfsync/bytes.h"
#include "net/pfsync/tdb.h"

bool
psync_transcode_same(const struct psync_layout *layout,
    const struct psync_dialect *d, enum psync_message message)
{
	uint8_t version = d->version->number;

	switch (message) {
	case PSYNC_M_INS:
	case PSYNC_M_UPD:
		return (layout == d->state);
	case PSYNC_M_UPD_C:
		return (version == PFSYNC_VERSION);
	case PSYNC_M_TDB:
		return (version == PFSYNC_VERSION_6);
	default:
		return (version != PFSYNC_VERSION_3);
	}
}

static bool
state(const struct psync_layout *layout, const struct psync_dialect *d,
    const uint8_t *w, uint8_t *out, unsigned *lost)
{
	struct psync_state st;

	(void)psync_decode(layout, w, &st);
	*lost = psync_encode(d->state, out, &st);
	return ((*lost & PSYNC_LOST_ALL) == 0);
}

static bool
change(const struct psync_layout *to, const uint8_t *w, uint8_t *out)
{
	struct psync_peer dst, src;
	struct psync_change c;

	psync_decode_change(&psync_layout_upd_c, w, &src, &dst, &c);
	return (psync_encode_change(to, out, &c));
}

static bool
tdb(const struct psync_dialect *d, const struct psync_action *a,
    const uint8_t *w, uint8_t *out)
{
	struct psync_tdb t;

	psync_decode_tdb(&psync_values_openbsd, w, PSYNC_TDB_V6_LEN, &t);
	return (psync_encode_tdb(d->version->values, out, a->size, &t));
}

bool
psync_transcode(const struct psync_layout *layout,
    const struct psync_dialect *d, const struct psync_action *a,
    const uint8_t *w, uint8_t *out, unsigned *lost)
{
	*lost = 0;
	switch (a->message) {
	case PSYNC_M_INS:
	case PSYNC_M_UPD:
		return (state(layout, d, w, out, lost));
	case PSYNC_M_UPD_C:
		return (change(a->layout, w, out));
	case PSYNC_M_TDB:
		return (tdb(d, a, w, out));
	default:
		psync_transcode_plain(a, w, PSYNC_KEY12_LEN, out);
		return (true);
	}
}

void
psync_transcode_plain(const struct psync_action *a, const uint8_t *w,
    size_t len, uint8_t *out)
{
	psync_copy(out, w, len);
	psync_zero(out + len, a->size - len);
}
