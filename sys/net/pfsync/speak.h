/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which dialects are spoken: the configured one, or those that the peers need.
 *
 * A peer is known by what it sends.  Another of this driver announces what it
 * understands in the header of every frame; a stock kernel sends frames of the
 * one version it understands, and full states in the one format of version 5
 * that it is set to.  Version 5 is spoken in the richest format that all peers
 * of version 5 understand, 1301 while one has not shown its own; versions 6 and
 * 3 as well where there is a peer of them.
 *
 * A peer that has fallen silent still counts: a stock kernel that forwards
 * nothing sends nothing, and yet is to take over.  What was learned is
 * forgotten when pfsync0 comes up or its path changes.  Requests for everything
 * go out in every version, so that each peer shows itself, however many of them
 * get lost.
 */

#ifndef _NET_PFSYNC_SPEAK_H_
#define _NET_PFSYNC_SPEAK_H_

#include "net/pfsync/batch.h"

struct psync;
struct psync_node;

/*
 * The dialect that a peer is to be told in, of all it understands the richest;
 * and why.  Pure.
 */
enum psync_dialect_index psync_speak_to(const struct psync_node *,
	    enum pfsync_why *);

/* All with the main lock held and no slice locked. */

/*
 * Chooses anew: the configuration or the peers have changed.  True if a peer
 * understands what it could not till now: it needs the whole table.
 */
bool	psync_speak_choose(struct psync *);

/*
 * A good packet came from this peer: its frame's header, and the layout of its
 * full states or NULL.  Returns as psync_speak_choose() does.
 */
bool	psync_speak_learn(struct psync *, struct psync_node *,
	    const uint8_t *header, const struct psync_layout *);

/* The set of enum psync_version_index that a control message is sent in. */
unsigned psync_speak_versions(const struct psync *, enum psync_message);

#endif /* _NET_PFSYNC_SPEAK_H_ */
