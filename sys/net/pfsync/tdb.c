/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Replay counters on the wire.
 *
 *		48 bytes	52 bytes
 *	spi	0		0
 *	dst	4		4	a sockaddr_in or sockaddr_in6, 28 bytes
 *	rpl	32, 32 bits	32, 64 bits
 *	cur_bytes 36		40
 *	sproto	44		48
 *	updates	45		49
 *	rdomain	none		50
 */

#include "net/pfsync/tdb.h"
#include "net/pfsync/bytes.h"

#define SPI_RESERVED_MAX 255

/* Where a sockaddr has its length, family, address and scope. */
#define DST	   4
#define SA_LEN	   0
#define SA_FAMILY  1
#define SIN_ADDR   4
#define SIN_LEN	   16
#define SIN6_ADDR  8
#define SIN6_SCOPE 24
#define SIN6_LEN   28

bool
psync_tdb_ok(const struct psync_values *v, const uint8_t *w)
{
	const uint8_t *sa = w + DST;
	uint8_t af;

	if (psync_get32(w) <= SPI_RESERVED_MAX ||
	    !psync_family_from(v, sa[SA_FAMILY], &af))
		return (false);
	return (sa[SA_LEN] == (af == PSYNC_AF_INET6 ? SIN6_LEN : SIN_LEN));
}

void
psync_decode_tdb(const struct psync_values *v, const uint8_t *w, unsigned len,
    struct psync_tdb *tdb)
{
	const uint8_t *sa = w + DST;

	psync_zero(tdb, sizeof(*tdb));
	psync_copy(&tdb->spi, w, sizeof(tdb->spi));
	(void)psync_family_from(v, sa[SA_FAMILY], &tdb->af);
	if (tdb->af == PSYNC_AF_INET6) {
		psync_copy(tdb->dst, sa + SIN6_ADDR, 16);
		psync_copy(&tdb->scope, sa + SIN6_SCOPE, sizeof(tdb->scope));
	} else
		psync_copy(tdb->dst, sa + SIN_ADDR, 4);
	if (len == PSYNC_TDB_V6_LEN) {
		tdb->rpl = psync_get64(w + 32);
		tdb->rdomain = psync_get16(w + 50);
		w += 4;
	} else
		tdb->rpl = psync_get32(w + 32);
	tdb->cur_bytes = psync_get64(w + 36);
	tdb->sproto = w[44];
	tdb->updates = w[45];
}

bool
psync_encode_tdb(const struct psync_values *v, uint8_t *w, unsigned len,
    const struct psync_tdb *tdb)
{
	uint8_t *sa = w + DST;

	psync_zero(w, len);
	psync_copy(w, &tdb->spi, sizeof(tdb->spi));
	if (!psync_family_to(v, tdb->af, &sa[SA_FAMILY]))
		return (false);
	if (tdb->af == PSYNC_AF_INET6) {
		sa[SA_LEN] = SIN6_LEN;
		psync_copy(sa + SIN6_ADDR, tdb->dst, 16);
		psync_copy(sa + SIN6_SCOPE, &tdb->scope, sizeof(tdb->scope));
	} else {
		sa[SA_LEN] = SIN_LEN;
		psync_copy(sa + SIN_ADDR, tdb->dst, 4);
	}
	if (len == PSYNC_TDB_V6_LEN) {
		psync_put64(w + 32, tdb->rpl);
		psync_put16(w + 50, tdb->rdomain);
		w += 4;
	} else if (tdb->rpl > UINT32_MAX || tdb->rdomain != 0)
		return (false);
	else
		psync_put32(w + 32, (uint32_t)tdb->rpl);
	psync_put64(w + 36, tdb->cur_bytes);
	w[44] = tdb->sproto;
	w[45] = tdb->updates;
	return (true);
}
