/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync in FreeBSD's ifconfig(8), in place of the file of the same name there.
 * The verbs of a line are gathered, and done at its end.  Works with FreeBSD's
 * own pfsync too, as far as that goes.
 */

#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ifconfig.h"
#include "ifconfig/status.h"

/* Of the system's net/if_pfsync.h, which ours hides. */
#define SIOCSETPFSYNC _IOW('i', 247, struct ifreq)
#define SIOCGETPFSYNC _IOWR('i', 248, struct ifreq)

/* Where requests go: a socket and an interface. */
struct port {
	int s;
	const char *ifname;
};

static int
drv(struct port *port, unsigned long request, unsigned cmd, void *data,
    size_t len)
{
	struct ifdrv ifd;

	memset(&ifd, 0, sizeof(ifd));
	(void)strlcpy(ifd.ifd_name, port->ifname, sizeof(ifd.ifd_name));
	ifd.ifd_cmd = cmd;
	ifd.ifd_len = len;
	ifd.ifd_data = data;
	return (ioctl(port->s, request, &ifd) == -1 ? errno : 0);
}

static int
drv_get(void *ctx, unsigned cmd, void *data, size_t len)
{
	return (drv(ctx, SIOCGDRVSPEC, cmd, data, len));
}

static int
drv_set(void *ctx, unsigned cmd, const void *data, size_t len)
{
	return (drv(ctx, SIOCSDRVSPEC, cmd, __DECONST(void *, data), len));
}

static int
stock(struct port *port, unsigned long request, struct pfsyncreq *req)
{
	struct ifreq ifreq;

	memset(&ifreq, 0, sizeof(ifreq));
	(void)strlcpy(ifreq.ifr_name, port->ifname, sizeof(ifreq.ifr_name));
	ifreq.ifr_data = (caddr_t)req;
	return (ioctl(port->s, request, &ifreq) == -1 ? errno : 0);
}

static int
stock_get(void *ctx, struct pfsyncreq *req)
{
	int error = stock(ctx, SIOCGETPFSYNC, req);

#if __FreeBSD_version < 1400000
	/* It is 1 when set.  Remove when 13 is. */
	req->pfsyncr_defer = req->pfsyncr_defer != 0 ? PFSYNCF_DEFER : 0;
#else
	req->pfsyncr_defer &= PFSYNCF_DEFER;
#endif
	return (error);
}

static int
stock_set(void *ctx, const struct pfsyncreq *req)
{
	return (stock(ctx, SIOCSETPFSYNC, __DECONST(struct pfsyncreq *, req)));
}

static struct kernel
kernel_of(struct port *port)
{
	return ((struct kernel) { .ctx = port,
	    .ifname = port->ifname,
	    .drv_get = drv_get,
	    .drv_set = drv_set,
	    .stock_get = stock_get,
	    .stock_set = stock_set,
	    .stock_defers = true });
}

/* The line so far. */
static struct want want;

static void
apply(int s, const char *ifname)
{
	struct port port = { s, ifname };
	const struct kernel k = kernel_of(&port);
	struct complaint why;

	if (!kernel_apply(&k, &want, &why))
		errx(1, "%s", why.text);
}

static void
show(int s, const char *ifname, bool verbose)
{
	struct port port = { s, ifname };
	const struct kernel k = kernel_of(&port);

	kernel_show(&k, verbose);
}

static callback_func pfsync_apply;

static void
take(const struct verb *v, const char *arg)
{
	static bool taken;
	struct complaint why;

	if (!v->handler(&want, v->arg != NULL ? arg : NULL, &why))
		errx(1, "%s", why.text);
	if (!taken)
		callback_register(pfsync_apply, NULL);
	taken = true;
}

/* How ifconfig calls back.  Remove the older way when 13 is. */
#if __FreeBSD_version < 1400000
#define VERB(n)                                                   \
	static void verb_##n(const char *arg, int param __unused, \
	    int s __unused, const struct afswtch *afp __unused)   \
	{                                                         \
		take(&verbs[n], arg);                             \
	}

static void
pfsync_apply(int s, void *arg __unused)
{
	apply(s, name);
}

static void
pfsync_status(int s)
{
	show(s, name, verbose > 0);
}
#else
#define VERB(n)                                                     \
	static void verb_##n(if_ctx *ctx __unused, const char *arg, \
	    int param __unused)                                     \
	{                                                           \
		take(&verbs[n], arg);                               \
	}

static void
pfsync_apply(if_ctx *ctx, void *arg __unused)
{
	apply(ctx->io_s, ctx->ifname);
}

static void
pfsync_status(if_ctx *ctx)
{
	show(ctx->io_s, ctx->ifname, ctx->args->verbose > 0);
}
#endif

/* One function for each row of the table: ifconfig names the argument only. */
/* clang-format off */
VERB(0) VERB(1) VERB(2) VERB(3) VERB(4) VERB(5) VERB(6) VERB(7)
VERB(8) VERB(9) VERB(10) VERB(11) VERB(12) VERB(13) VERB(14) VERB(15)
VERB(16) VERB(17) VERB(18) VERB(19) VERB(20) VERB(21) VERB(22) VERB(23)

static c_func *const functions[] = {
	verb_0, verb_1, verb_2, verb_3, verb_4, verb_5, verb_6, verb_7,
	verb_8, verb_9, verb_10, verb_11, verb_12, verb_13, verb_14, verb_15,
	verb_16, verb_17, verb_18, verb_19, verb_20, verb_21, verb_22, verb_23
};
/* clang-format on */

_Static_assert(nitems(functions) == VERBS_MAX, "a function for each verb");

static struct afswtch af_pfsync = {
	.af_name = "af_pfsync",
	.af_af = AF_UNSPEC,
	.af_other_status = pfsync_status,
};

static __constructor void
pfsync_ctor(void)
{
	static struct cmd cmds[VERBS_MAX];
	unsigned i;

	for (i = 0; verbs[i].name != NULL; i++) {
		if (!verbs[i].pfsync_only)
			continue;
		cmds[i].c_name = verbs[i].name;
		cmds[i].c_parameter = verbs[i].arg != NULL ? NEXTARG : 0;
		cmds[i].c_u.c_func = functions[i];
		cmd_register(&cmds[i]);
	}
	af_register(&af_pfsync);
}
