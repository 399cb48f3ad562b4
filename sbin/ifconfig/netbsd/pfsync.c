/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync in NetBSD's ifconfig(8), in place of the file of the same name there.
 * Its parser is given one keyword for each verb of ours; an argument is a
 * string to it, which the verb reads itself.  Verbs are done one by one, as
 * all of that ifconfig's are.  Works with NetBSD's own pfsync too, as far as
 * that goes.
 */

#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sockio.h>

#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <util.h>

#include "env.h"
#include "extern.h"
#include "ifconfig/status.h"
#include "parse.h"
#include "util.h"

/* Of the system's net/if_pfsync.h, which ours hides. */
#define SIOCSETPFSYNC _IOW('i', 247, struct ifreq)
#define SIOCGETPFSYNC _IOWR('i', 248, struct ifreq)

/* What the parser notes in its dictionary. */
#define KEY_VERB "pfsync-verb"
#define KEY_ARG	 "pfsync-arg"

static int
drv(prop_dictionary_t env, unsigned long request, unsigned cmd, void *data,
    size_t len)
{
	struct ifdrv ifd;

	memset(&ifd, 0, sizeof(ifd));
	ifd.ifd_cmd = cmd;
	ifd.ifd_len = len;
	ifd.ifd_data = data;
	return (direct_ioctl(env, request, &ifd) == -1 ? errno : 0);
}

static int
drv_get(void *ctx, unsigned cmd, void *data, size_t len)
{
	return (drv(ctx, SIOCGDRVSPEC, cmd, data, len));
}

static int
drv_set(void *ctx, unsigned cmd, const void *data, size_t len)
{
	return (drv(ctx, SIOCSDRVSPEC, cmd, __UNCONST(data), len));
}

/* NetBSD's own pfsync cannot defer: that member is another. */
static int
stock_get(void *ctx, struct pfsyncreq *req)
{
	return (indirect_ioctl(ctx, SIOCGETPFSYNC, req) == -1 ? errno : 0);
}

static int
stock_set(void *ctx, const struct pfsyncreq *req)
{
	return (indirect_ioctl(ctx, SIOCSETPFSYNC, __UNCONST(req)) == -1 ?
		errno :
		0);
}

static struct kernel
kernel_of(prop_dictionary_t env)
{
	return ((struct kernel) { .ctx = env,
	    .ifname = getifname(env),
	    .drv_get = drv_get,
	    .drv_set = drv_set,
	    .stock_get = stock_get,
	    .stock_set = stock_set });
}

static int
run(prop_dictionary_t env, prop_dictionary_t oenv)
{
	const struct kernel k = kernel_of(env);
	char arg[128] = "";
	struct complaint why;
	const struct verb *v;
	const char *name;
	struct want want;

	(void)oenv;
	if (!prop_dictionary_get_cstring_nocopy(env, KEY_VERB, &name)) {
		errno = ENOENT;
		return (-1);
	}
	for (v = verbs; v->name != NULL && strcmp(v->name, name) != 0; v++)
		continue;
	if (v->name == NULL ||
	    (v->arg != NULL && getargstr(env, KEY_ARG, arg, sizeof(arg)) == -1))
		return (-1);
	memset(&want, 0, sizeof(want));
	if (!v->handler(&want, v->arg != NULL ? arg : NULL, &why) ||
	    !kernel_apply(&k, &want, &why))
		errx(EXIT_FAILURE, "%s", why.text);
	return (0);
}

static void
pfsync_status(prop_dictionary_t env, prop_dictionary_t oenv)
{
	const struct kernel k = kernel_of(env);

	(void)oenv;
	kernel_show(&k, vflag);
}

static void
pfsync_usage(prop_dictionary_t env)
{
	const struct verb *v;

	(void)env;
	fprintf(stderr, "\t");
	for (v = verbs; v->name != NULL; v++)
		if (v->pfsync_only)
			fprintf(stderr, "[ %s%s%s ] ", v->name,
			    v->arg != NULL ? " " : "",
			    v->arg != NULL ? v->arg : "");
	fprintf(stderr, "\n");
}

static struct pstr argument = PSTR_INITIALIZER1(&argument, "pfsync value", run,
    KEY_ARG, false, &command_root.pb_parser);

static struct kwinst keywords[VERBS_MAX];

static struct pkw pfsync = PKW_INITIALIZER(&pfsync, "pfsync", NULL, NULL,
    keywords, 0, NULL);

static status_func_t status;
static usage_func_t usage;
static cmdloop_branch_t branch;

static void pfsync_constructor(void) __attribute__((constructor));

static void
pfsync_constructor(void)
{
	const struct verb *v;
	struct kwinst *k;

	for (v = verbs; v->name != NULL; v++) {
		if (!v->pfsync_only)
			continue;
		k = &keywords[pfsync.pk_nkwinit++];
		k->k_word = v->name;
		k->k_key = KEY_VERB;
		k->k_type = KW_T_STR;
		k->k_str = v->name;
		if (v->arg != NULL)
			k->k_nextparser = &argument.ps_parser;
		else {
			k->k_exec = run;
			k->k_nextparser = &command_root.pb_parser;
		}
	}
	cmdloop_branch_init(&branch, &pfsync.pk_parser);
	register_cmdloop_branch(&branch);
	status_func_init(&status, pfsync_status);
	usage_func_init(&usage, pfsync_usage);
	register_status(&status);
	register_usage(&usage);
}
