/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * An engine in the test kernel, up and quiet, and what its tests feed it.
 */

#ifndef _LIB_FIXTURE_H_
#define _LIB_FIXTURE_H_

#include "fakeos.h"
#include "frame.h"

#define FIXTURE_PEER	0x99887766U	/* creatorid of the peer's states */

/* Up, on syncdev sync0, to the group over IPv4. */
struct psync_config fixture_config(unsigned format, unsigned mtu,
	    unsigned maxupd);

/*
 * Makes an engine of nslices slices and configures it.  Nobody has answered the
 * request for a bulk update that it sends.
 */
void	fixture_alone(struct fakeos *, unsigned nslices,
	    const struct psync_config *);

/* The same; that is answered, no frame is recorded and nothing is pending. */
void	fixture_up(struct fakeos *, unsigned nslices,
	    const struct psync_config *);

/* Destroys it; no memory of it may be left. */
void	fixture_down(struct fakeos *);

/* An established TCP connection, number n, made by creatorid. */
struct psync_state fixture_state(unsigned n, uint32_t creatorid);

/* One packet, or one of count messages, from the peer 192.0.2.2. */
enum pfsync_refusal fixture_input(struct fakeos *, const struct frame *);
enum pfsync_refusal fixture_receive(struct fakeos *, uint8_t action,
	    unsigned count, const void *messages);

/* The messages of the engine's codecs, by hand. */
void	fixture_key(uint8_t *w, uint64_t id, uint32_t creatorid);
void	fixture_bus(uint8_t *w, uint8_t status, uint32_t endtime);
void	fixture_upd_c(uint8_t *w, const struct psync_state *);

/* The same from any address, 4 or 16 bytes of it by af. */
enum pfsync_refusal fixture_receive_from(struct fakeos *, const uint8_t *src,
	    uint8_t af, uint8_t action, unsigned count, const void *messages);

/*
 * Does to a table what a frame says: inserts, replaces, changes and removes.
 * Returns how many messages were about a state that is not there.
 */
unsigned fixture_apply(struct fakeos *table, const uint8_t *frame, size_t len);

/* Have both tables the same states, as far as they travel? */
bool	fixture_alike(const struct fakeos *, const struct fakeos *);

/* Messages that wait to be sent. */
unsigned fixture_pending(struct fakeos *);

/* Is a whole table being sent, or anything pending? */
bool	fixture_sending(struct fakeos *);

/* BUS messages of a status that were sent, in all versions. */
unsigned fixture_tables(const struct fakeos *, uint8_t status);

struct pfsyncxstats fixture_stats(struct fakeos *);

/* How many counters differ. */
unsigned fixture_changed(const struct pfsyncxstats *,
	    const struct pfsyncxstats *);

#endif /* _LIB_FIXTURE_H_ */
