/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether two structures say the same: member by member, as memcmp(3) would
 * look at the padding too, which nobody promises to copy.
 */

#ifndef _LIB_SAME_H_
#define _LIB_SAME_H_

#include "net/pfsync/pfsync.h"

bool same_config(const struct psync_config *, const struct psync_config *);
bool same_peer(const struct psync_peer *, const struct psync_peer *);
bool same_state(const struct psync_state *, const struct psync_state *);
bool same_tdb(const struct psync_tdb *, const struct psync_tdb *);

#endif /* _LIB_SAME_H_ */
