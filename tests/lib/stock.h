/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What peers say to an engine by which it knows them: frames of one message, of
 * any version, as stock kernels send them.
 */

#ifndef _LIB_STOCK_H_
#define _LIB_STOCK_H_

#include "fakeos.h"

struct stock_frame {
	uint8_t		bytes[512];
	size_t		len;
};

/* speaks: byte 1 of the header, 0 of stock kernels. */
void	stock_frame(struct stock_frame *, uint8_t version, uint8_t speaks,
	    uint8_t action, const void *message, size_t len);

/* The engine gets a frame from 192.0.2.from. */
enum pfsync_refusal stock_say(struct fakeos *, uint8_t from,
	    const uint8_t *bytes, size_t len);

/* The end of a bulk update: of no use to it, but somebody is there. */
void	stock_meet(struct fakeos *, uint8_t from, uint8_t version,
	    uint8_t speaks);

/* A full state in a format. */
void	stock_meet_format(struct fakeos *, uint8_t from, unsigned format);

#endif /* _LIB_STOCK_H_ */
