/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_SBUF_H_
#define _STANDIN_SYS_SBUF_H_

#include <sys/types.h>

struct sysctl_req;
struct sbuf {
	char	*s_buf;
};

struct sbuf *sbuf_new_for_sysctl(struct sbuf *, char *, int len,
	    struct sysctl_req *);
int	sbuf_printf(struct sbuf *, const char *, ...) __printflike(2, 3);
int	sbuf_cat(struct sbuf *, const char *);
int	sbuf_finish(struct sbuf *);
void	sbuf_delete(struct sbuf *);

#endif /* _STANDIN_SYS_SBUF_H_ */
