/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SYSCTL_H_
#define _STANDIN_SYS_SYSCTL_H_

#include <sys/types.h>

struct sysctl_oid;
struct sysctl_req {
	void	*oldptr;
	void	*newptr;
};

#define SYSCTL_HANDLER_ARGS	\
	struct sysctl_oid *oidp, void *arg1, intmax_t arg2,	\
	    struct sysctl_req *req
#define SYSCTL_OUT(req, p, len)	standin_sysctl_out((req), (p), (len))
#define SYSCTL_IN(req, p, len)	standin_sysctl_in((req), (p), (len))
int	standin_sysctl_out(struct sysctl_req *, const void *, size_t);
int	standin_sysctl_in(struct sysctl_req *, void *, size_t);
int	sysctl_handle_int(struct sysctl_oid *, void *, intmax_t,
	    struct sysctl_req *);

#define OID_AUTO	(-1)
#define CTLTYPE_INT	2
#define CTLTYPE_STRING	3
#define CTLTYPE_OPAQUE	5
#define CTLTYPE_UINT	6
#define CTLFLAG_RD	0x80000000
#define CTLFLAG_WR	0x40000000
#define CTLFLAG_RW	(CTLFLAG_RD | CTLFLAG_WR)
#define CTLFLAG_TUN	0x00080000
#define CTLFLAG_RDTUN	(CTLFLAG_RD | CTLFLAG_TUN)
#define CTLFLAG_RWTUN	(CTLFLAG_RW | CTLFLAG_TUN)
#define CTLFLAG_MPSAFE	0x00040000
#define CTLFLAG_VNET	0x00020000

/* What the linker set would have; the handler's type is looked at. */
#define STANDIN_OID(parent, name)	standin_oid##parent##_##name
#define SYSCTL_DECL(name)	extern int standin_node##name
#define SYSCTL_NODE(parent, nbr, name, flags, handler, descr)	\
	extern const int STANDIN_OID(parent, name)[];	\
	const int STANDIN_OID(parent, name)[] = { nbr, (int)(flags) }
#define SYSCTL_PROC(parent, nbr, name, flags, p, n, handler, fmt, descr) \
	extern int (*const STANDIN_OID(parent, name))(SYSCTL_HANDLER_ARGS); \
	int (*const STANDIN_OID(parent, name))(SYSCTL_HANDLER_ARGS) = handler
#define SYSCTL_INT(parent, nbr, name, flags, p, n, descr)	\
	extern int *const STANDIN_OID(parent, name);	\
	int *const STANDIN_OID(parent, name) = (p)
#define SYSCTL_ULONG(parent, nbr, name, flags, p, n, descr)	\
	extern unsigned long *const STANDIN_OID(parent, name);	\
	unsigned long *const STANDIN_OID(parent, name) = (p)

#endif /* _STANDIN_SYS_SYSCTL_H_ */
