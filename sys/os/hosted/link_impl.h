/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the kinds of links share.
 */

#ifndef _HOSTED_LINK_IMPL_H_
#define _HOSTED_LINK_IMPL_H_

#include "os/hosted/link.h"

/* rest: what follows "kind:".  As link_open(). */
typedef struct link *link_open_fn(const char *ifname, const char *rest,
    char *err, size_t errlen);

link_open_fn link_unix_open;
link_open_fn link_raw_open;

#define LINK_PKT_MAX	65536	/* longest packet a link carries */

#endif /* _HOSTED_LINK_IMPL_H_ */
