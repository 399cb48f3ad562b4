/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * JSON.  See json.h.
 */

#include <err.h>
#include <inttypes.h>
#include <string.h>

#include "common/json.h"

#define OPTION "--libxo"

static enum style
style_of(const char *value)
{
	enum style style = STYLE_TEXT;
	size_t len;

	for (;; value += len + 1) {
		len = strcspn(value, ",");
		if (len == 4 && strncmp(value, "json", len) == 0)
			style = style == STYLE_JSON_PRETTY ? style : STYLE_JSON;
		else if (len == 6 && strncmp(value, "pretty", len) == 0)
			style = STYLE_JSON_PRETTY;
		else if (len != 4 || strncmp(value, "text", len) != 0)
			errx(1, OPTION " %s: not text, json or json,pretty",
			    value);
		if (value[len] == '\0')
			return (style);
	}
}

enum style
libxo_args(int *argc, char **argv)
{
	enum style style = STYLE_TEXT;
	char **to = argv, **from;

	for (from = argv; *from != NULL; from++)
		if (strncmp(*from, OPTION "=", sizeof(OPTION)) == 0)
			style = style_of(*from + sizeof(OPTION));
		else if (strcmp(*from, OPTION) != 0)
			*to++ = *from;
		else if (*++from == NULL)
			errx(1, OPTION ": needs text, json or json,pretty");
		else
			style = style_of(*from);
	*to = NULL;
	*argc = (int)(to - argv);
	return (style);
}

static void
string(struct json *j, const char *s)
{
	fputc('"', j->f);
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			fprintf(j->f, "\\%c", *s);
		else if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
			fprintf(j->f, "\\u%04x", (unsigned char)*s);
		else
			fputc(*s, j->f);
	fputc('"', j->f);
}

static void
line(struct json *j)
{
	if (j->pretty)
		fprintf(j->f, "\n%*s", (int)j->depth * 2, "");
}

/* What stands before a value. */
static void
lead(struct json *j, const char *name)
{
	if (j->some[j->depth])
		fprintf(j->f, j->pretty ? "," : ", ");
	j->some[j->depth] = true;
	line(j);
	if (name != NULL) {
		string(j, name);
		fprintf(j->f, ": ");
	}
}

static void
level(struct json *j, bool list)
{
	if (++j->depth == JSON_DEPTH)
		errx(1, "json: too deep");
	j->list[j->depth] = list;
	j->some[j->depth] = false;
	fputc(list ? '[' : '{', j->f);
}

void
json_begin(struct json *j, FILE *f, enum style style)
{
	memset(j, 0, sizeof(*j));
	j->f = f;
	j->pretty = style == STYLE_JSON_PRETTY;
	level(j, false);
	json_string(j, "__version", "1");
}

void
json_end(struct json *j)
{
	json_close(j);
	fputc('\n', j->f);
}

void
json_container(struct json *j, const char *name)
{
	lead(j, name);
	level(j, false);
}

void
json_list(struct json *j, const char *name)
{
	lead(j, name);
	level(j, true);
}

void
json_close(struct json *j)
{
	bool list = j->list[j->depth], some = j->some[j->depth];

	j->depth--;
	if (some)
		line(j);
	fputc(list ? ']' : '}', j->f);
}

void
json_uint(struct json *j, const char *name, uint64_t v)
{
	lead(j, name);
	fprintf(j->f, "%" PRIu64, v);
}

void
json_int(struct json *j, const char *name, int64_t v)
{
	lead(j, name);
	fprintf(j->f, "%" PRId64, v);
}

void
json_bool(struct json *j, const char *name, bool v)
{
	lead(j, name);
	fprintf(j->f, v ? "true" : "false");
}

void
json_string(struct json *j, const char *name, const char *v)
{
	lead(j, name);
	string(j, v);
}
