/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The verbs of ifconfig(8) for pfsync, and what a line of them asks for.
 * Parsing knows of no kernel and changes nothing: a line is read as a whole,
 * values and all, before anybody acts on it.
 */

#ifndef _IFCONFIG_VERBS_H_
#define _IFCONFIG_VERBS_H_

#include <stdbool.h>
#include <stddef.h>

#include "net/pfsync/pfsync.h"

/* Which members of want.config are meant; WANT_RESYNC has none. */
#define WANT_SYNCDEV	0x01
#define WANT_SYNCPEER	0x02
#define WANT_MAXUPD	0x04
#define WANT_VERSION	0x08
#define WANT_MTU	0x10
#define WANT_UP		0x20
#define WANT_RESYNC	0x40
#define WANT_ANY_IF	(WANT_MTU | WANT_UP)	/* not only for pfsync */

struct want {
	unsigned	set;		/* WANT_* */
	bool		create;
	bool		destroy;
	struct psync_config config;
};

/* Where to say what is wrong, one line without newline or program name. */
struct complaint {
	char		text[160];
};

/*
 * Takes a verb's argument (NULL for verbs without) into want.  False, and why,
 * if it is no legal one.
 */
typedef bool verb_fn(struct want *, const char *arg, struct complaint *);

struct verb {
	const char	*name;
	bool		 has_arg;
	verb_fn		*handler;
};

extern const struct verb verbs[];	/* ends with name NULL */

/*
 * Reads the verbs of argv, which ends with NULL, into *want.  Later verbs
 * override earlier ones.  False, and why, if any is wrong.
 */
bool	 verbs_parse(char *const *argv, struct want *, struct complaint *);

/* The first verb given that only a pfsync interface knows; NULL if none. */
const char *want_pfsync_verb(const struct want *);

#endif /* _IFCONFIG_VERBS_H_ */
