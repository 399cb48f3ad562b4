/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Name-value lists in memory.  See nv/sys/nv.h.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/nv/sys/nv.h"

enum nv_type { NUMBER, STRING, NVLIST, BINARY };

#define NV_NAME 32
#define NV_MAX	16

struct pair {
	char name[NV_NAME];
	enum nv_type type;
	uint64_t number;
	void *data; /* of the others; owned */
	size_t len;
};

struct nvlist {
	struct pair pair[NV_MAX];
	unsigned count;
	int error;
};

nvlist_t *
nvlist_create(int flags)
{
	(void)flags;
	return (calloc(1, sizeof(nvlist_t)));
}

static void
pair_free(struct pair *p)
{
	if (p->type == NVLIST)
		nvlist_destroy(p->data);
	else
		free(p->data);
}

void
nvlist_destroy(nvlist_t *nvl)
{
	if (nvl == NULL)
		return;
	while (nvl->count > 0)
		pair_free(&nvl->pair[--nvl->count]);
	free(nvl);
}

int
nvlist_error(const nvlist_t *nvl)
{
	return (nvl == NULL ? ENOMEM : nvl->error);
}

static const struct pair *
find(const nvlist_t *nvl, const char *name)
{
	const struct pair *p;

	for (p = nvl->pair; p < nvl->pair + nvl->count; p++)
		if (strcmp(p->name, name) == 0)
			return (p);
	return (NULL);
}

static bool
is_of(const nvlist_t *nvl, const char *name, enum nv_type type)
{
	const struct pair *p = find(nvl, name);

	return (p != NULL && p->type == type);
}

bool
nvlist_exists(const nvlist_t *nvl, const char *name)
{
	return (find(nvl, name) != NULL);
}

bool
nvlist_exists_number(const nvlist_t *nvl, const char *name)
{
	return (is_of(nvl, name, NUMBER));
}

bool
nvlist_exists_string(const nvlist_t *nvl, const char *name)
{
	return (is_of(nvl, name, STRING));
}

bool
nvlist_exists_nvlist(const nvlist_t *nvl, const char *name)
{
	return (is_of(nvl, name, NVLIST));
}

bool
nvlist_exists_binary(const nvlist_t *nvl, const char *name)
{
	return (is_of(nvl, name, BINARY));
}

static const struct pair *
get(const nvlist_t *nvl, const char *name, enum nv_type type)
{
	const struct pair *p = find(nvl, name);

	if (p == NULL || p->type != type)
		abort();
	return (p);
}

uint64_t
nvlist_get_number(const nvlist_t *nvl, const char *name)
{
	return (get(nvl, name, NUMBER)->number);
}

const char *
nvlist_get_string(const nvlist_t *nvl, const char *name)
{
	return (get(nvl, name, STRING)->data);
}

const nvlist_t *
nvlist_get_nvlist(const nvlist_t *nvl, const char *name)
{
	return (get(nvl, name, NVLIST)->data);
}

const void *
nvlist_get_binary(const nvlist_t *nvl, const char *name, size_t *len)
{
	*len = get(nvl, name, BINARY)->len;
	return (get(nvl, name, BINARY)->data);
}

/* A new pair, or NULL: the list has the error. */
static struct pair *
add(nvlist_t *nvl, const char *name, enum nv_type type)
{
	struct pair *p = &nvl->pair[nvl->count];

	if (nvl->error != 0)
		return (NULL);
	if (nvl->count == NV_MAX || strlen(name) >= NV_NAME)
		nvl->error = ENOMEM;
	else if (find(nvl, name) != NULL)
		nvl->error = EEXIST;
	if (nvl->error != 0)
		return (NULL);
	memset(p, 0, sizeof(*p));
	memcpy(p->name, name, strlen(name));
	p->type = type;
	nvl->count++;
	return (p);
}

static void
add_data(nvlist_t *nvl, const char *name, enum nv_type type, const void *data,
    size_t len)
{
	struct pair *p = add(nvl, name, type);

	if (p == NULL)
		return;
	p->data = malloc(len > 0 ? len : 1);
	if (p->data == NULL)
		abort();
	memcpy(p->data, data, len);
	p->len = len;
}

void
nvlist_add_number(nvlist_t *nvl, const char *name, uint64_t number)
{
	struct pair *p = add(nvl, name, NUMBER);

	if (p != NULL)
		p->number = number;
}

void
nvlist_add_string(nvlist_t *nvl, const char *name, const char *string)
{
	add_data(nvl, name, STRING, string, strlen(string) + 1);
}

void
nvlist_add_binary(nvlist_t *nvl, const char *name, const void *data, size_t len)
{
	add_data(nvl, name, BINARY, data, len);
}

void
nvlist_add_nvlist(nvlist_t *nvl, const char *name, const nvlist_t *value)
{
	const struct pair *from;
	struct pair *p;
	nvlist_t *copy;

	if (value == NULL) {
		nvl->error = EINVAL;
		return;
	}
	p = add(nvl, name, NVLIST);
	if (p == NULL)
		return;
	p->data = copy = nvlist_create(0);
	for (from = value->pair; from < value->pair + value->count; from++)
		if (from->type == NUMBER)
			nvlist_add_number(copy, from->name, from->number);
		else if (from->type == NVLIST)
			nvlist_add_nvlist(copy, from->name, from->data);
		else
			add_data(copy, from->name, from->type, from->data,
			    from->len);
}

void
nvlist_free(nvlist_t *nvl, const char *name)
{
	struct pair *p = &nvl->pair[0];

	while (p < nvl->pair + nvl->count && strcmp(p->name, name) != 0)
		p++;
	if (p == nvl->pair + nvl->count)
		abort();
	pair_free(p);
	*p = nvl->pair[--nvl->count];
}
