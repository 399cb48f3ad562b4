/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The verbs of ifconfig(8) for pfsync.  See verbs.h.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ifconfig/verbs.h"

bool
complain(struct complaint *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return (false);
}

/* A decimal number and nothing else. */
static bool
number(const char *arg, unsigned long max, unsigned long *value)
{
	char *end;

	if (arg[0] < '0' || arg[0] > '9')
		return (false);
	errno = 0;
	*value = strtoul(arg, &end, 10);
	return (*end == '\0' && errno == 0 && *value <= max);
}

static bool
verb_create(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	want->create = true;
	return (true);
}

static bool
verb_destroy(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	want->destroy = true;
	return (true);
}

static bool
verb_up(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	want->config.up = true;
	want->config.set |= PFSYNC_CONFIG_UP;
	return (true);
}

static bool
verb_down(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	want->config.up = false;
	want->config.set |= PFSYNC_CONFIG_UP;
	return (true);
}

static bool
verb_syncdev(struct want *want, const char *arg, struct complaint *why)
{
	size_t len = strlen(arg);

	if (len == 0 || len >= sizeof(want->config.syncdev))
		return (
		    complain(why, "syncdev %s: not an interface name", arg));
	memset(want->config.syncdev, 0, sizeof(want->config.syncdev));
	memcpy(want->config.syncdev, arg, len);
	want->config.set |= PFSYNC_CONFIG_SYNCDEV;
	return (true);
}

static bool
verb_no_syncdev(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	memset(want->config.syncdev, 0, sizeof(want->config.syncdev));
	want->config.set |= PFSYNC_CONFIG_SYNCDEV;
	return (true);
}

static bool
verb_syncpeer(struct want *want, const char *arg, struct complaint *why)
{
	static const uint8_t none[16];
	uint8_t addr[16] = { 0 };
	uint8_t af;

	if (inet_pton(AF_INET, arg, addr) == 1)
		af = PFSYNC_AF_INET;
	else if (inet_pton(AF_INET6, arg, addr) == 1)
		af = PFSYNC_AF_INET6;
	else
		return (complain(why, "syncpeer %s: not an address", arg));
	/* 0.0.0.0 is the default group's other name; these reach nobody. */
	if (strcmp(arg, "255.255.255.255") == 0 ||
	    (af == PFSYNC_AF_INET6 && memcmp(addr, none, sizeof(none)) == 0))
		return (complain(why, "syncpeer %s: not a peer", arg));
	memcpy(want->config.syncpeer, addr, sizeof(addr));
	want->config.syncpeer_af = af;
	want->config.set |= PFSYNC_CONFIG_SYNCPEER;
	return (true);
}

static bool
verb_no_syncpeer(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	memset(want->config.syncpeer, 0, sizeof(want->config.syncpeer));
	want->config.syncpeer_af = 0;
	want->config.set |= PFSYNC_CONFIG_SYNCPEER;
	return (true);
}

static bool
verb_maxupd(struct want *want, const char *arg, struct complaint *why)
{
	unsigned long n;

	if (!number(arg, PFSYNC_MAXUPDATES_MAX, &n))
		return (complain(why, "maxupd %s: not a number from 0 to %d",
		    arg, PFSYNC_MAXUPDATES_MAX));
	want->config.maxupd = (uint32_t)n;
	want->config.set |= PFSYNC_CONFIG_MAXUPD;
	return (true);
}

static bool
verb_version(struct want *want, const char *arg, struct complaint *why)
{
	static const uint16_t known[] = { PFSYNC_FORMAT_1301,
		PFSYNC_FORMAT_1400, PFSYNC_FORMAT_1500, PFSYNC_FORMAT_V3,
		PFSYNC_FORMAT_V6 };
	unsigned long n;
	unsigned i;

	if (strcmp(arg, "auto") == 0)
		n = PFSYNC_FORMAT_AUTO;
	else {
		if (!number(arg, UINT16_MAX, &n))
			n = 0;
		for (i = 0; i < 5 && known[i] != n; i++)
			;
		if (i == 5)
			return (complain(why,
			    "version %s: unknown; "
			    "auto, 1301, 1400, 1500, 3 or 6",
			    arg));
	}
	want->config.version = (uint32_t)n;
	want->config.set |= PFSYNC_CONFIG_VERSION;
	return (true);
}

/* How small it may be depends on the interface. */
static bool
verb_mtu(struct want *want, const char *arg, struct complaint *why)
{
	unsigned long n;

	if (!number(arg, PFSYNC_MTU_MAX, &n))
		return (complain(why, "mtu %s: not a number from 0 to %d", arg,
		    PFSYNC_MTU_MAX));
	want->config.mtu = (uint32_t)n;
	want->config.set |= PFSYNC_CONFIG_MTU;
	return (true);
}

static bool
verb_resync(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	want->config.set |= PFSYNC_CONFIG_RESYNC;
	return (true);
}

static bool
verb_defer(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	want->config.defer = true;
	want->config.set |= PFSYNC_CONFIG_DEFER;
	return (true);
}

static bool
verb_no_defer(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	want->config.defer = false;
	want->config.set |= PFSYNC_CONFIG_DEFER;
	return (true);
}

static bool
verb_deferdelay(struct want *want, const char *arg, struct complaint *why)
{
	unsigned long n;

	if (!number(arg, PFSYNC_DEFER_DELAY_MAX, &n) || n == 0)
		return (
		    complain(why, "deferdelay %s: not a number from 1 to %d",
			arg, PFSYNC_DEFER_DELAY_MAX));
	want->config.defer_delay = (uint32_t)n;
	want->config.set |= PFSYNC_CONFIG_DELAY;
	return (true);
}

static bool
verb_bulkrate(struct want *want, const char *arg, struct complaint *why)
{
	unsigned long n;

	if (!number(arg, PFSYNC_BULK_RATE_MAX, &n) || n < PFSYNC_BULK_RATE_MIN)
		return (complain(why, "bulkrate %s: not a number from %d to %d",
		    arg, PFSYNC_BULK_RATE_MIN, PFSYNC_BULK_RATE_MAX));
	want->config.bulk_rate = (uint32_t)n;
	want->config.set |= PFSYNC_CONFIG_BULKRATE;
	return (true);
}

static bool
verb_bulkbytes(struct want *want, const char *arg, struct complaint *why)
{
	unsigned long n;

	if (!number(arg, PFSYNC_BULK_BYTES_MAX, &n) ||
	    n < PFSYNC_BULK_BYTES_MIN)
		return (
		    complain(why, "bulkbytes %s: not a number from %d to %llu",
			arg, PFSYNC_BULK_BYTES_MIN, PFSYNC_BULK_BYTES_MAX));
	want->config.bulk_bytes = n;
	want->config.set |= PFSYNC_CONFIG_BULKBYTES;
	return (true);
}

/* A name of len bytes, as the kernel takes it. */
static bool
name_ok(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return (false);
	return (len > 0 && len < PFSYNC_IFNAMSIZ);
}

bool
ifmap_add(struct pfsync_drv_ifmap *map, const char *local, const char *remote)
{
	uint32_t i;

	for (i = 0; i < map->count; i++)
		if (strcmp(map->pair[i].remote, remote) == 0)
			break;
	if (i == PFSYNC_IFMAP_MAX)
		return (false);
	if (i == map->count)
		map->count++;
	memset(&map->pair[i], 0, sizeof(map->pair[i]));
	(void)snprintf(map->pair[i].local, PFSYNC_IFNAMSIZ, "%s", local);
	(void)snprintf(map->pair[i].remote, PFSYNC_IFNAMSIZ, "%s", remote);
	return (true);
}

static bool
verb_ifmap(struct want *want, const char *arg, struct complaint *why)
{
	const char *remote = strchr(arg, '=');
	char local[PFSYNC_IFNAMSIZ] = "";

	if (remote == NULL || !name_ok(arg, (size_t)(remote - arg)) ||
	    !name_ok(remote + 1, strlen(remote + 1)))
		return (complain(why,
		    "ifmap %s: not local=remote, two interface names", arg));
	memcpy(local, arg, (size_t)(remote - arg));
	if (!ifmap_add(&want->ifmap, local, remote + 1))
		return (complain(why, "ifmap %s: more than %d", arg,
		    PFSYNC_IFMAP_MAX));
	return (true);
}

/* And what was added before it. */
static bool
verb_no_ifmap(struct want *want, const char *arg, struct complaint *why)
{
	(void)arg;
	(void)why;
	want->clear_ifmap = true;
	want->ifmap.count = 0;
	return (true);
}

/* clang-format off */
const struct verb verbs[] = {
	/* name		argument	pfsync only */
	{ "create",	NULL,		false,	verb_create },
	{ "destroy",	NULL,		false,	verb_destroy },
	{ "up",		NULL,		false,	verb_up },
	{ "down",	NULL,		false,	verb_down },
	{ "mtu",	"n",		false,	verb_mtu },
	{ "syncdev",	"interface",	true,	verb_syncdev },
	{ "-syncdev",	NULL,		true,	verb_no_syncdev },
	{ "syncif",	"interface",	true,	verb_syncdev },
	{ "-syncif",	NULL,		true,	verb_no_syncdev },
	{ "syncpeer",	"address",	true,	verb_syncpeer },
	{ "-syncpeer",	NULL,		true,	verb_no_syncpeer },
	{ "maxupd",	"n",		true,	verb_maxupd },
	{ "version",	"n",		true,	verb_version },
	{ "defer",	NULL,		true,	verb_defer },
	{ "-defer",	NULL,		true,	verb_no_defer },
	{ "deferdelay",	"ms",		true,	verb_deferdelay },
	{ "bulkrate",	"n",		true,	verb_bulkrate },
	{ "bulkbytes",	"n",		true,	verb_bulkbytes },
	{ "ifmap",	"local=remote",	true,	verb_ifmap },
	{ "-ifmap",	NULL,		true,	verb_no_ifmap },
	{ "resync",	NULL,		true,	verb_resync },
	{ NULL,		NULL,		false,	NULL }
};
/* clang-format on */

_Static_assert(sizeof(verbs) / sizeof(verbs[0]) <= VERBS_MAX + 1, "too many");

static const struct verb *
verb_find(const char *name)
{
	const struct verb *v;

	for (v = verbs; v->name != NULL; v++)
		if (strcmp(v->name, name) == 0)
			return (v);
	return (NULL);
}

bool
verbs_parse(char *const *argv, struct want *want, struct complaint *why)
{
	char *const *first = argv;
	const struct verb *v;

	memset(want, 0, sizeof(*want));
	for (; *argv != NULL; argv++) {
		v = verb_find(*argv);
		if (v == NULL)
			return (complain(why, "%s: bad value", *argv));
		if (v->arg != NULL && argv[1] == NULL)
			return (
			    complain(why, "'%s' requires argument", v->name));
		if (v->handler == verb_create && argv != first)
			return (complain(why, "create: must come first"));
		if (v->handler == verb_destroy &&
		    (argv != first || argv[1] != NULL))
			return (complain(why, "destroy: must stand alone"));
		if (v->arg != NULL)
			argv++;
		if (!v->handler(want, v->arg != NULL ? *argv : NULL, why))
			return (false);
	}
	return (true);
}

const char *
want_pfsync_verb(const struct want *want)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ PFSYNC_CONFIG_SYNCDEV, "syncdev" },
		{ PFSYNC_CONFIG_SYNCPEER, "syncpeer" },
		{ PFSYNC_CONFIG_MAXUPD, "maxupd" },
		{ PFSYNC_CONFIG_VERSION, "version" },
		{ PFSYNC_CONFIG_DEFER, "defer" },
		{ PFSYNC_CONFIG_DELAY, "deferdelay" },
		{ PFSYNC_CONFIG_BULKRATE, "bulkrate" },
		{ PFSYNC_CONFIG_BULKBYTES, "bulkbytes" },
		{ PFSYNC_CONFIG_RESYNC, "resync" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (want->config.set & names[i].bit)
			return (names[i].name);
	return (want->clear_ifmap || want->ifmap.count > 0 ? "ifmap" : NULL);
}
