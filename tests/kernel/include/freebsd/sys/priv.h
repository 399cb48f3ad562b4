/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_PRIV_H_
#define _STANDIN_SYS_PRIV_H_

#define PRIV_NETINET_PF	485

struct thread;

int	priv_check(struct thread *, int priv);

#endif /* _STANDIN_SYS_PRIV_H_ */
