/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files that answer requests of the control socket share.
 *
 *	hk_control.c	interfaces, pfsync0, the table of commands
 *	hk_control_pf.c	pf
 */

#ifndef _HOSTED_HK_REQUEST_H_
#define _HOSTED_HK_REQUEST_H_

#include "os/hosted/hk_impl.h"

/* in may be unaligned; out and outlen as hk_control() has them. */
struct request {
	const uint8_t	*in;
	size_t		 inlen;
	void		**out;
	size_t		*outlen;
};

/* Answers a payload of the length that its command asks for.  An errno. */
typedef int handler_fn(struct hk *, const struct request *);

/* Answers with a copy of p.  0 or ENOMEM. */
int		 hk_reply(const struct request *, const void *p, size_t len);

handler_fn	 hk_start, hk_stop, hk_getstatus, hk_clrstatus;
handler_fn	 hk_setrules, hk_getrules;
handler_fn	 hk_getstates, hk_clrstates, hk_killstates;

#endif /* _HOSTED_HK_REQUEST_H_ */
