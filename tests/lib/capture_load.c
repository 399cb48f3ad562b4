/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Captures for tests.  See capture.h.
 */

#include <atf-c.h>
#include <stdio.h>

#include "capture.h"

void
capture_load(const atf_tc_t *tc, const char *name, struct capture *c)
{
	const char *why;
	char path[1024];

	snprintf(path, sizeof(path), "%s/../captures/%s",
	    atf_tc_get_config_var(tc, "srcdir"), name);
	why = capture_read(c, path);
	ATF_REQUIRE_MSG(why == NULL, "%s: %s", path, why);
}
