/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Replay counters of IPsec security associations on the wire: 48 bytes in
 * versions 3 and 5, 52 in version 6.
 */

#ifndef _NET_PFSYNC_TDB_H_
#define _NET_PFSYNC_TDB_H_

#include <stdbool.h>
#include <stdint.h>

#include "net/pfsync/state.h"
#include "net/pfsync/values.h"

#define PSYNC_TDB_LEN		48
#define PSYNC_TDB_V6_LEN	52

/*
 * Is it well-formed?  The family exists and its address has the right length;
 * the SPI is not one of the reserved.
 */
bool	psync_tdb_ok(const struct psync_values *, const uint8_t *w);

/* It must have passed psync_tdb_ok(). */
void	psync_decode_tdb(const struct psync_values *, const uint8_t *w,
	    unsigned len, struct psync_tdb *);

/*
 * Fills len bytes.  False if a value has no room: 48 bytes have 32 bits of
 * sequence number, and no routing domain.
 */
bool	psync_encode_tdb(const struct psync_values *, uint8_t *w, unsigned len,
	    const struct psync_tdb *);

#endif /* _NET_PFSYNC_TDB_H_ */
