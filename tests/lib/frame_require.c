/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the engine finds of a frame.  See frame.h.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "net/pfsync/wire.h"

void
frame_require(const struct frame *f, enum pfsync_refusal want)
{
	enum pfsync_refusal got;
	uint8_t *exact;

	/* At the very end of its memory, so that ASan sees one byte more. */
	exact = malloc(f->len == 0 ? 1 : f->len);
	ATF_REQUIRE(exact != NULL);
	memcpy(exact, f->bytes, f->len);
	got = psync_frame_check(exact, f->len);
	free(exact);
	ATF_REQUIRE_MSG(got == want, "%zu bytes: %d, not %d", f->len, got,
	    want);
}
