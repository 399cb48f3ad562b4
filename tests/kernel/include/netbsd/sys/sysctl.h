/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SYSCTL_H_
#define _STANDIN_SYS_SYSCTL_H_

#include <sys/types.h>
#include <sys/socket.h>

struct lwp;
struct sysctllog;
struct sysctlnode;

#define SYSCTLFN_ARGS	\
	const int *name, u_int namelen, void *oldp, size_t *oldlenp,	\
	    const void *newp, size_t newlen, const int *oname,	\
	    struct lwp *l, const struct sysctlnode *rnode
#define SYSCTLFN_CALL(node)	\
	name, namelen, oldp, oldlenp, newp, newlen, oname, l, node

struct sysctlnode {
	void	*sysctl_data;
	size_t	sysctl_size;
};

typedef int (*sysctlfn)(SYSCTLFN_ARGS);
int	sysctl_lookup(SYSCTLFN_ARGS);
int	sysctl_createv(struct sysctllog **, int cflags,
	    const struct sysctlnode **, const struct sysctlnode **, int flags,
	    int type, const char *name, const char *descr, sysctlfn, u_quad_t,
	    void *newp, size_t newlen, ...);

#define SYSCTL_SETUP(f, descr)	\
	void f(struct sysctllog **);	\
	void f(struct sysctllog **clog)
#define SYSCTL_DESCR(s)	s

#define CTL_NET		4
#define CTL_CREATE	(-2)
#define CTL_EOL		(-4)
#define CTLTYPE_NODE	1
#define CTLTYPE_INT	2
#define CTLTYPE_STRING	3
#define CTLTYPE_STRUCT	5
#define CTLFLAG_READONLY	0x00000000
#define CTLFLAG_READWRITE	0x00000070
#define CTLFLAG_PERMANENT	0x00000400

#endif /* _STANDIN_SYS_SYSCTL_H_ */
