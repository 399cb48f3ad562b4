/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * netstat(1) for the hosted kernel: the statistics of pfsync, and only these.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netstat/counters.h"
#include "os/hosted/ctl.h"

static void __attribute__((noreturn)) usage(int status)
{
	fprintf(status == 0 ? stdout : stderr,
	    "usage: netstat [--libxo style] -s [-s] [-p pfsync]\n");
	exit(status);
}

int
main(int argc, char **argv)
{
	const struct ctl_ifdrv ifd = { .cmd = PFSYNC_DRV_STATS };
	enum style style = libxo_args(&argc, argv);
	struct pfsyncxstats stats;
	int ch, error, fd, sflag = 0;

	while ((ch = getopt(argc, argv, "hp:s")) != -1) {
		switch (ch) {
		case 'h':
			usage(0);
		case 'p':
			if (strcmp(optarg, "pfsync") != 0)
				errx(1, "%s: only pfsync is known here",
				    optarg);
			break;
		case 's':
			sflag++;
			break;
		default:
			usage(1);
		}
	}
	if (sflag == 0 || optind != argc)
		usage(1);

	fd = ctl_open("netstat");
	error = ctl_call(fd, CTL_GDRVSPEC, &ifd, sizeof(ifd), &stats,
	    sizeof(stats), NULL);
	if (error == ENXIO)
		errx(1, "interface pfsync0 does not exist");
	if (error != 0)
		errx(1, "pfsync: %s", strerror(error));
	(void)close(fd);
	if (style == STYLE_TEXT)
		counters_show(&stats, sflag > 1);
	else
		counters_json(&stats, sflag > 1, style);
	if (fflush(stdout) != 0 || ferror(stdout))
		err(1, "stdout");
	return (0);
}
