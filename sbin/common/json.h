/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What --libxo json of the BSDs' tools writes, and reading that option.
 */

#ifndef _COMMON_JSON_H_
#define _COMMON_JSON_H_

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH	16

struct json {
	FILE		*f;
	unsigned	 depth;
	bool		 pretty;	/* a line for each value */
	bool		 list[JSON_DEPTH];	/* or a container */
	bool		 some[JSON_DEPTH];	/* something stands in it */
};

enum style { STYLE_TEXT, STYLE_JSON, STYLE_JSON_PRETTY };

/*
 * Takes --libxo and its value ("--libxo json", "--libxo=json,pretty", "text")
 * out of argv.  The style, or exits with one line on stderr.
 */
enum style libxo_args(int *argc, char **argv);

/* The outermost container, with the version of what is in it. */
void	json_begin(struct json *, FILE *, enum style);
void	json_end(struct json *);

/* In a list name is NULL.  Each is ended by json_close(). */
void	json_container(struct json *, const char *name);
void	json_list(struct json *, const char *name);
void	json_close(struct json *);

void	json_uint(struct json *, const char *name, uint64_t);
void	json_int(struct json *, const char *name, int64_t);
void	json_bool(struct json *, const char *name, bool);
void	json_string(struct json *, const char *name, const char *);

#endif /* _COMMON_JSON_H_ */
