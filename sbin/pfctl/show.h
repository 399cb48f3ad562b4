/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What pfctl -s asks of the kernel and prints on standard output.
 */

#ifndef _PFCTL_SHOW_H_
#define _PFCTL_SHOW_H_

#include <stdbool.h>

#include "os/hosted/ctl.h"

struct show_options {
	const char	*ifname;	/* NULL: states of all interfaces */
	int		 verbose;
};

/*
 * What may be shown, by the name that an abbreviation stands for: the first
 * that starts with it.  NULL: none does.
 */
const char	*show_lookup(const char *modifier);

/* fd: of ctl_open(); name: from show_lookup().  Exits on failure. */
void		 show(int fd, const char *name, const struct show_options *);

/* The settings and the *n rules in force, malloc'd.  Exits on failure. */
struct ctl_rule	*show_get_rules(int fd, struct pf_settings *, size_t *n);

/*
 * A call of the kernel that exits with a message when it fails: what names the
 * request.  in and out as in ctl_call(); the answer must be outlen long.
 */
void		 show_call(int fd, enum ctl_command, const char *what,
		    const void *in, size_t inlen, void *out, size_t outlen);

#endif /* _PFCTL_SHOW_H_ */
