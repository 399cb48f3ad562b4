/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's end of the control socket.
 */

#ifndef _HOSTED_CTL_SERVER_H_
#define _HOSTED_CTL_SERVER_H_

#include "os/hosted/hk.h"

struct ctl_server;

/*
 * Listens at path (mode 0600).  A file that a dead kernel left is replaced.
 * NULL with errno: EADDRINUSE if a kernel answers there, EEXIST if it is
 * another file, ENAMETOOLONG, ...
 */
struct ctl_server *ctl_server_open(const char *path);

/* Unlinks the path. */
void	ctl_server_close(struct ctl_server *);

/* File descriptors to wait for, at most max. */
struct pollfd;
size_t	ctl_server_fds(struct ctl_server *, struct pollfd *, size_t max);

/* Serves what can be served without waiting. */
void	ctl_server_run(struct ctl_server *, struct hk *);

#endif /* _HOSTED_CTL_SERVER_H_ */
