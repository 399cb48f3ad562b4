/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A message that waits (see batch.h) written in another dialect.
 */

#ifndef _NET_PFSYNC_TRANSCODE_H_
#define _NET_PFSYNC_TRANSCODE_H_

#include "net/pfsync/dialect.h"

/* Is a message of a kind the same in the dialect as it waits?  layout: that of
 * full states. */
bool	psync_transcode_same(const struct psync_layout *layout,
	    const struct psync_dialect *, enum psync_message);

/*
 * Writes action->size bytes at out.  False if the dialect cannot say it.
 * Returns in *lost what it left out, PSYNC_LOST_*.
 */
bool	psync_transcode(const struct psync_layout *layout,
	    const struct psync_dialect *, const struct psync_action *,
	    const uint8_t *w, uint8_t *out, unsigned *lost);

/*
 * The same for messages of no state: CLR, BUS and the request for everything,
 * which later versions only follow with something unused.
 */
void	psync_transcode_plain(const struct psync_action *, const uint8_t *w,
	    size_t len, uint8_t *out);

#endif /* _NET_PFSYNC_TRANSCODE_H_ */
