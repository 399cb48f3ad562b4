/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line of hkern(8).
 */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hkern/options.h"

static const char usage_text[] =
    "usage: hkern [-hTv] [-c socket] [-H hostid] [-i if=link] [-n slices]\n"
    "             [-q queue] [-r prefix=if] [-w file]\n";

static void
usage(int status)
{
	fputs(usage_text, status == 0 ? stdout : stderr);
	exit(status);
}

/* A whole number of min to max, in the base that strtoul() finds. */
static unsigned long
number(const char *what, const char *s, unsigned long min, unsigned long max,
    int base)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, base);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 || v < min ||
	    v > max)
		errx(1, "%s %s: not a number from %lu to %lu", what, s, min,
		    max);
	return (v);
}

static void
interface_name(char ifname[PSYNC_IFNAMSIZ], const char *name, size_t len,
    char option, const char *arg)
{
	if (len == 0 || len >= PSYNC_IFNAMSIZ)
		errx(1, "-%c %s: no interface name of 1 to %d characters",
		    option, arg, PSYNC_IFNAMSIZ - 1);
	memcpy(ifname, name, len);
	ifname[len] = '\0';
}

static void
add_link(struct options *o, const char *arg)
{
	const char *eq = strchr(arg, '=');

	if (eq == NULL)
		errx(1, "-i %s: not interface=link", arg);
	if (o->nlinks == OPTIONS_MAX)
		errx(1, "-i %s: more than %d links", arg, OPTIONS_MAX);
	interface_name(o->link[o->nlinks].ifname, arg, (size_t)(eq - arg), 'i',
	    arg);
	o->link[o->nlinks++].spec = eq + 1;
}

static void
add_route(struct options *o, const char *arg)
{
	const char *eq = strchr(arg, '='), *slash;
	char text[INET6_ADDRSTRLEN];
	unsigned long bits;
	size_t len;

	if (eq == NULL)
		errx(1, "-r %s: not prefix=interface", arg);
	if (o->nroutes == OPTIONS_MAX)
		errx(1, "-r %s: more than %d routes", arg, OPTIONS_MAX);
	slash = memchr(arg, '/', (size_t)(eq - arg));
	len = (size_t)((slash != NULL ? slash : eq) - arg);
	if (len >= sizeof(text))
		errx(1, "-r %s: not an address", arg);
	memcpy(text, arg, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, o->route[o->nroutes].dst) == 1) {
		o->route[o->nroutes].af = PSYNC_AF_INET;
		bits = 32;
	} else if (inet_pton(AF_INET6, text, o->route[o->nroutes].dst) == 1) {
		o->route[o->nroutes].af = PSYNC_AF_INET6;
		bits = 128;
	} else
		errx(1, "-r %s: %s is not an address", arg, text);
	if (slash != NULL) {
		len = (size_t)(eq - slash - 1);
		if (len >= sizeof(text))
			errx(1, "-r %s: not a prefix length", arg);
		memcpy(text, slash + 1, len);
		text[len] = '\0';
		bits = number("-r: prefix length", text, 0, bits, 10);
	}
	o->route[o->nroutes].plen = (uint8_t)bits;
	interface_name(o->route[o->nroutes++].ifname, eq + 1, strlen(eq + 1),
	    'r', arg);
}

void
options_parse(struct options *o, int argc, char **argv)
{
	int ch;

	memset(o, 0, sizeof(*o));
	o->control = getenv(CTL_ENV);
	o->slices = 1;
	o->queue = -1;
	while ((ch = getopt(argc, argv, "c:hH:i:n:q:r:Tvw:")) != -1) {
		switch (ch) {
		case 'c':
			o->control = optarg;
			break;
		case 'h':
			usage(0);
			break;
		case 'H':
			o->hostid = htonl(
			    (uint32_t)number("-H", optarg, 1, UINT32_MAX, 0));
			break;
		case 'i':
			add_link(o, optarg);
			break;
		case 'n':
			o->slices = (unsigned)number("-n", optarg, 1,
			    PSYNC_SLICES_MAX, 10);
			break;
		case 'q':
			o->queue = (int)number("-q", optarg, 0, 65535, 10);
			break;
		case 'r':
			add_route(o, optarg);
			break;
		case 'T':
			o->tun = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'w':
			o->pcap = optarg;
			break;
		default:
			usage(1);
		}
	}
	if (optind != argc)
		usage(1);
	if (o->control == NULL || *o->control == '\0')
		errx(1, "no control socket: use -c or set HKERN");
}
