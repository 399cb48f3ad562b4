/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The verbs of ifconfig(8) for pfsync, and what a line of them asks for: one
 * table for the hosted kernel's ifconfig and for those of FreeBSD and NetBSD.
 * Parsing knows of no kernel and changes nothing: a line is read as a whole,
 * values and all, before anybody acts on it.
 */

#ifndef _IFCONFIG_VERBS_H_
#define _IFCONFIG_VERBS_H_

#include <stdbool.h>
#include <stddef.h>

#include "net/if_pfsync.h"

struct want {
	bool		create;
	bool		destroy;
	bool		clear_ifmap;	/* before .ifmap is added */
	struct pfsync_drv_config config;	/* what .set says is meant */
	struct pfsync_drv_ifmap ifmap;	/* pairs to add or change */
};

/* Where to say what is wrong, one line without newline or program name. */
struct complaint {
	char		text[160];
};

/* Says it, and is false. */
bool	 complain(struct complaint *, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 2, 3)));

/*
 * Takes a verb's argument (NULL for verbs without) into want.  False, and why,
 * if it is no legal one.
 */
typedef bool verb_fn(struct want *, const char *arg, struct complaint *);

struct verb {
	const char	*name;
	const char	*arg;		/* what it is called; NULL: none */
	bool		 pfsync_only;	/* not for every interface */
	verb_fn		*handler;
};

#define VERBS_MAX	24

extern const struct verb verbs[];	/* ends with name NULL */

/*
 * Reads the verbs of argv, which ends with NULL, into *want.  Later verbs
 * override earlier ones.  False, and why, if any is wrong.
 */
bool	 verbs_parse(char *const *argv, struct want *, struct complaint *);

/* Adds a pair, or changes that of the same remote name.  False: no room. */
bool	 ifmap_add(struct pfsync_drv_ifmap *, const char *local,
	    const char *remote);

/* The first verb given that only a pfsync interface knows; NULL if none. */
const char *want_pfsync_verb(const struct want *);

#endif /* _IFCONFIG_VERBS_H_ */
