/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's packets through the hosted pf, by way of netfilter's NFQUEUE.  In
 * the mangle table, PREROUTING is pf's "in" and POSTROUTING its "out".
 */

#ifndef _HOSTED_NFQUEUE_H_
#define _HOSTED_NFQUEUE_H_

#include "os/hosted/hk.h"

struct nfqueue;

/* NULL with errno, and a message for the user in err. */
struct nfqueue *nfqueue_open(struct hk *, uint16_t queue, char *err,
	    size_t errlen);
/* The hosted kernel is gone by then: it may have held packets of the queue. */
void	nfqueue_close(struct nfqueue *);
int	nfqueue_fd(const struct nfqueue *);

/* Judges what has arrived, a bounded number of packets. */
void	nfqueue_run(struct nfqueue *);

#endif /* _HOSTED_NFQUEUE_H_ */
