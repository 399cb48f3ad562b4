/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Opens a link by what it is called: one row a kind.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "os/hosted/link_impl.h"

static const struct {
	const char *name;
	link_open_fn *open;
} kinds[] = {
	{ "unix", link_unix_open },
	{ "raw", link_raw_open },
};

struct link *
link_open(const char *ifname, const char *spec, char *err, size_t errlen)
{
	size_t i, len = strcspn(spec, ":");
	struct link *l;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].name) != len ||
		    strncmp(kinds[i].name, spec, len) != 0)
			continue;
		l = kinds[i].open(ifname,
		    spec[len] == ':' ? spec + len + 1 : "", err, errlen);
		if (l != NULL)
			(void)snprintf(l->name, sizeof(l->name), "%s", spec);
		return (l);
	}
	(void)snprintf(err, errlen, "%s: unknown kind of link \"%s\"", ifname,
	    spec);
	errno = EINVAL;
	return (NULL);
}
