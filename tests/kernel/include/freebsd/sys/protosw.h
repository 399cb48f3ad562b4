/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_PROTOSW_H_
#define _STANDIN_SYS_PROTOSW_H_

#include <sys/param.h>

struct mbuf;
struct socket;
struct sockopt;

#define PR_ATOMIC	0x01
#define PR_ADDR		0x02

#if __FreeBSD_version < 1400000
struct pr_usrreqs;
struct protosw {
	short	pr_type;
	struct domain *pr_domain;
	short	pr_protocol;
	short	pr_flags;
	int	(*pr_input)(struct mbuf **, int *, int);
	int	(*pr_output)(struct mbuf *, struct socket *, ...);
	int	(*pr_ctloutput)(struct socket *, struct sockopt *);
	struct pr_usrreqs *pr_usrreqs;
};

int	pf_proto_register(int family, struct protosw *);
int	pf_proto_unregister(int family, int protocol, int type);
#endif

#endif /* _STANDIN_SYS_PROTOSW_H_ */
