/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifconfig(8) for the hosted kernel.  The whole command line is read, and held
 * against what the kernel has, before anything is changed.  What is asked of
 * pfsync0 then is done as a whole or not at all.
 */

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ifconfig/show.h"
#include "net/pfsync/pfsync.h"

#define IFS_MAX 64

/* The parameters of pfsync0, of which create and destroy were shown before. */
static void
usage_verbs(FILE *to)
{
	const struct verb *v;
	char word[40];
	int len, at;

	at = fprintf(to, "parameters of pfsync0:");
	for (v = verbs + 2; v->name != NULL; v++) {
		len = snprintf(word, sizeof(word), " %s%s%s%s", v->name,
		    v->arg != NULL ? " " : "", v->arg != NULL ? v->arg : "",
		    v[1].name != NULL ? "," : "");
		if (at + len > 78)
			at = fprintf(to, "\n      ") - 1;
		at += fprintf(to, "%s", word);
	}
	fprintf(to, "\n");
}

static void __attribute__((noreturn)) usage(int status)
{
	FILE *to = status == 0 ? stdout : stderr;

	fprintf(to,
	    "usage: ifconfig [--libxo style] [-av] [interface]\n"
	    "       ifconfig -l\n"
	    "       ifconfig interface [up | down] [mtu n]\n"
	    "       ifconfig pfsync0 create [parameter ...]\n"
	    "       ifconfig pfsync0 destroy\n"
	    "       ifconfig pfsync0 [parameter ...]\n");
	usage_verbs(to);
	exit(status);
}

/* CTL_GIFREQ and its like: 0 or an errno, ifr filled in. */
static int
get_if(int fd, const char *name, struct ctl_ifreq *ifr)
{
	struct ctl_ifreq req;

	if (strlen(name) >= sizeof(req.name))
		return (ENXIO);
	memset(&req, 0, sizeof(req));
	memcpy(req.name, name, strlen(name));
	return (ctl_call(fd, CTL_GIFREQ, &req, sizeof(req), ifr, sizeof(*ifr),
	    NULL));
}

static void __attribute__((noreturn))
fail(int error, const char *request, const char *name)
{
	errx(1, "%s (%s): %s", request, name, strerror(error));
}

/*
 * SIOCGDRVSPEC and SIOCSDRVSPEC of pfsync0; ctx is the socket.
 */
static int
drv_get(void *ctx, unsigned cmd, void *data, size_t len)
{
	const struct ctl_ifdrv ifd = { .cmd = cmd };

	return (ctl_call(*(int *)ctx, CTL_GDRVSPEC, &ifd, sizeof(ifd), data,
	    len, NULL));
}

static int
drv_set(void *ctx, unsigned cmd, const void *data, size_t len)
{
	struct {
		struct ctl_ifdrv ifd;
		union pfsync_drv_data data;
	} rq;

	memset(&rq, 0, sizeof(rq));
	rq.ifd.cmd = cmd;
	memcpy(&rq.data, data, len);
	return (ctl_call(*(int *)ctx, CTL_SDRVSPEC, &rq, sizeof(rq.ifd) + len,
	    NULL, 0, NULL));
}

static struct kernel
kernel_of(int *fd, const char *name)
{
	return ((struct kernel) { .ctx = fd,
	    .ifname = name,
	    .drv_get = drv_get,
	    .drv_set = drv_set });
}

static size_t
get_ifs(int fd, struct ctl_ifreq ifr[IFS_MAX])
{
	size_t len;
	int error;

	error = ctl_call(fd, CTL_GIFCONF, NULL, 0, ifr, IFS_MAX * sizeof(*ifr),
	    &len);
	if (error != 0)
		errx(1, "SIOCGIFCONF: %s", strerror(error));
	return (len / sizeof(*ifr));
}

static void
show(int fd, const struct ctl_ifreq *ifr, struct json *j, bool verbose)
{
	const struct kernel k = kernel_of(&fd, ifr->name);
	struct report report;
	int error;

	if (ifr->is_pfsync && (error = report_get(&k, &report)) != 0)
		fail(error, "SIOCGDRVSPEC", ifr->name);
	if (j != NULL)
		json_if(j, ifr, ifr->is_pfsync ? &report : NULL);
	else
		show_if(ifr, ifr->is_pfsync ? &report : NULL, verbose);
}

static void
list_names(int fd)
{
	struct ctl_ifreq ifr[IFS_MAX];
	size_t i, n;

	n = get_ifs(fd, ifr);
	for (i = 0; i < n; i++)
		printf("%s%s", i == 0 ? "" : " ", ifr[i].name);
	if (n > 0)
		printf("\n");
}

/* All interfaces, or the one that is named. */
static void
list(int fd, const char *name, enum style style, bool verbose)
{
	struct ctl_ifreq ifr[IFS_MAX];
	struct json json, *j = NULL;
	size_t i, n = 1;
	int error;

	if (name == NULL)
		n = get_ifs(fd, ifr);
	else {
		error = get_if(fd, name, ifr);
		if (error == ENXIO || error == EINVAL)
			errx(1, "interface %s does not exist", name);
		if (error != 0)
			fail(error, "SIOCGIFFLAGS", name);
	}
	if (style != STYLE_TEXT) {
		json_begin(j = &json, stdout, style);
		json_list(j, "interface");
	}
	for (i = 0; i < n; i++)
		show(fd, &ifr[i], j, verbose);
	if (j != NULL) {
		json_close(j);
		json_end(j);
	}
}

/*
 * pfsync0
 */

/* What pfsync0 would be with want, if it is old.  Exits if it cannot be. */
static void
check_pfsync(int fd, const struct pfsync_drv_config *want,
    const struct pfsync_drv_config *old)
{
	const struct pfsync_drv_config *c;
	struct ctl_ifreq dev;
	char text[REPORT_FORMAT_LEN];
	unsigned format, max, min, mtu;

	max = PFSYNC_MTU_MAX;
	c = want->set & PFSYNC_CONFIG_SYNCDEV ? want : old;
	if (c->syncdev[0] != '\0') {
		/* An old syncdev may have been detached since. */
		if (get_if(fd, c->syncdev, &dev) == 0 && !dev.is_pfsync)
			max = dev.mtu < max ? dev.mtu : max;
		else if (c != old)
			errx(1, "syncdev %s: Device not configured",
			    c->syncdev);
	}
	format = want->set & PFSYNC_CONFIG_VERSION ? want->version :
						     old->version;
	min = psync_mtu_min(format);
	mtu = old->mtu < max ? old->mtu : max;
	if (want->set & PFSYNC_CONFIG_MTU) {
		mtu = want->mtu;
		if (mtu > max || (mtu < min && min <= max))
			errx(1, "mtu %u: not a number from %u to %u", mtu, min,
			    max);
	}
	if (mtu < min)
		errx(1, "mtu %u: version %s needs at least %u", mtu,
		    report_format(format, text), min);
}

static int
name_call(int fd, enum ctl_command command, const char *name)
{
	struct ctl_ifreq req;

	memset(&req, 0, sizeof(req));
	memcpy(req.name, name, strlen(name));
	return (ctl_call(fd, command, &req, sizeof(req), NULL, 0, NULL));
}

static void
configure_pfsync(int fd, const char *name, const struct want *want)
{
	static const struct pfsync_drv_config initial = {
		.mtu = PSYNC_MTU_DEFAULT,
		.version = PFSYNC_FORMAT_AUTO,
	};
	const struct kernel k = kernel_of(&fd, name);
	struct pfsync_drv_config now;
	struct complaint why;
	int error;

	if (!want->create) {
		error = drv_get(&fd, PFSYNC_DRV_CONFIG, &now, sizeof(now));
		if (error != 0)
			fail(error, "SIOCGDRVSPEC", name);
	}
	check_pfsync(fd, &want->config, want->create ? &initial : &now);
	if (want->create) {
		error = name_call(fd, CTL_SIFCREATE, name);
		if (error != 0)
			fail(error, "SIOCIFCREATE2", name);
	}
	if (kernel_apply(&k, want, &why))
		return;
	if (want->create)
		(void)name_call(fd, CTL_SIFDESTROY, name);
	errx(1, "%s", why.text);
}

/*
 * Other interfaces
 */

static void
configure_if(int fd, const struct ctl_ifreq *old, const struct want *want)
{
	const char *verb = want_pfsync_verb(want);
	struct ctl_ifreq req = *old;
	int error;

	if (verb != NULL)
		errx(1, "%s: only pfsync interfaces have it, not %s", verb,
		    old->name);
	if (want->config.set & PFSYNC_CONFIG_MTU) {
		req.mtu = want->config.mtu;
		error = ctl_call(fd, CTL_SIFMTU, &req, sizeof(req), NULL, 0,
		    NULL);
		if (error != 0)
			errx(1, "mtu %u: SIOCSIFMTU (%s): %s", req.mtu,
			    old->name, strerror(error));
	}
	if (want->config.set & PFSYNC_CONFIG_UP) {
		req.up = want->config.up;
		error = ctl_call(fd, CTL_SIFFLAGS, &req, sizeof(req), NULL, 0,
		    NULL);
		if (error == 0)
			return;
		if (want->config.set & PFSYNC_CONFIG_MTU)
			(void)ctl_call(fd, CTL_SIFMTU, old, sizeof(*old), NULL,
			    0, NULL);
		fail(error, "SIOCSIFFLAGS", old->name);
	}
}

static void
configure(int fd, const char *name, const struct want *want)
{
	struct ctl_ifreq ifr;
	int error;

	error = get_if(fd, name, &ifr);
	if (want->create) {
		if (error == 0)
			fail(EEXIST, "SIOCIFCREATE2", name);
		if (strlen(name) >= sizeof(ifr.name))
			fail(EINVAL, "SIOCIFCREATE2", name);
		configure_pfsync(fd, name, want);
		return;
	}
	if (error == ENXIO || error == EINVAL)
		errx(1, "interface %s does not exist", name);
	if (error != 0)
		fail(error, "SIOCGIFFLAGS", name);
	if (want->destroy) {
		error = name_call(fd, CTL_SIFDESTROY, name);
		if (error != 0)
			fail(error, "SIOCIFDESTROY", name);
	} else if (ifr.is_pfsync)
		configure_pfsync(fd, name, want);
	else
		configure_if(fd, &ifr, want);
}

int
main(int argc, char **argv)
{
	enum style style = libxo_args(&argc, argv);
	bool all = false, names = false, verbose = false;
	struct complaint why;
	struct want want;
	int ch, fd;

	while ((ch = getopt(argc, argv, "+ahlv")) != -1) {
		switch (ch) {
		case 'a':
			all = true;
			break;
		case 'h':
			usage(0);
		case 'l':
			names = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage(1);
		}
	}
	argv += optind;
	if ((all || names) && argv[0] != NULL)
		usage(1);
	if (argv[0] != NULL && !verbs_parse(argv + 1, &want, &why))
		errx(1, "%s", why.text);

	fd = ctl_open("ifconfig");
	if (names)
		list_names(fd);
	else if (argv[0] != NULL && argv[1] != NULL)
		configure(fd, argv[0], &want);
	else
		list(fd, argv[0], style, verbose);
	(void)close(fd);
	if (fflush(stdout) != 0 || ferror(stdout))
		err(1, "stdout");
	return (0);
}
