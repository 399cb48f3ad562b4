/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests of the control socket, as ctl.h defines them: what ioctl(2) and
 * sysctl(3) answer in a real kernel, with the same errors.
 *
 * Invariants: a handler sees a payload of a legal length; whoever fails has
 * changed nothing.  Payloads may be unaligned, so they are copied before use.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/pfsync/drv.h"
#include "os/hosted/hk_request.h"

#define PAGE_MAX   4096 /* states in one answer */
#define IF_MTU_MIN 576

int
hk_reply(const struct request *rq, const void *p, size_t len)
{
	*rq->out = malloc(len == 0 ? 1 : len);
	if (*rq->out == NULL)
		return (ENOMEM);
	if (len != 0)
		memcpy(*rq->out, p, len);
	*rq->outlen = len;
	return (0);
}

/*
 * Interfaces
 */

static void
describe_if(const struct hk_if *ifp, struct ctl_ifreq *ifr)
{
	const struct link *l = ifp->link;

	memset(ifr, 0, sizeof(*ifr));
	memcpy(ifr->name, ifp->name, sizeof(ifr->name));
	memcpy(ifr->link, l->name, sizeof(ifr->link));
	ifr->mtu = l->mtu;
	ifr->up = ifp->up;
	ifr->running = ifp->up && ifp->running;
	ifr->multicast = l->multicast;
	ifr->af = l->af;
	memcpy(ifr->addr, l->addr, sizeof(ifr->addr));
	ifr->plen = l->plen;
}

static void
describe_pfsync(const struct hk *hk, struct ctl_ifreq *ifr)
{
	memset(ifr, 0, sizeof(*ifr));
	memcpy(ifr->name, HK_PFSYNC, sizeof(HK_PFSYNC));
	ifr->mtu = hk->config.mtu;
	ifr->up = hk->config.up;
	ifr->running = hk->config.up;
	ifr->is_pfsync = 1;
}

static bool
is_pfsync(const struct hk *hk, const char *name)
{
	return (hk->psync != NULL && strcmp(name, HK_PFSYNC) == 0);
}

static int
get_ifreq(const struct request *rq, struct ctl_ifreq *ifr)
{
	memcpy(ifr, rq->in, sizeof(*ifr));
	return (hk_ifname_ok(ifr->name) ? 0 : EINVAL);
}

static int
do_gifconf(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr[HK_IFS_MAX + 1];
	unsigned i;

	for (i = 0; i < hk->nifs; i++)
		describe_if(&hk->ifs[i], &ifr[i]);
	if (hk->psync != NULL)
		describe_pfsync(hk, &ifr[i++]);
	return (hk_reply(rq, ifr, i * sizeof(ifr[0])));
}

static int
do_gifreq(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	const struct hk_if *ifp;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	ifp = hk_if_find(hk, ifr.name);
	if (ifp != NULL)
		describe_if(ifp, &ifr);
	else if (is_pfsync(hk, ifr.name))
		describe_pfsync(hk, &ifr);
	else
		return (ENXIO);
	return (hk_reply(rq, &ifr, sizeof(ifr)));
}

static int
do_sifcreate(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	if (strcmp(ifr.name, HK_PFSYNC) != 0)
		return (EINVAL);
	return (hk_pfsync_create(hk));
}

static int
do_sifdestroy(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	if (hk_if_find(hk, ifr.name) != NULL)
		return (EINVAL);
	if (!is_pfsync(hk, ifr.name))
		return (ENXIO);
	return (hk_pfsync_destroy(hk));
}

static int
set_pfsync_flags(struct hk *hk, bool up)
{
	struct psync_config config;

	config = hk->config;
	config.up = up;
	return (hk_pfsync_apply(hk, &config));
}

static int
do_sifflags(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	struct hk_if *ifp;
	bool was;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	if (is_pfsync(hk, ifr.name))
		return (set_pfsync_flags(hk, ifr.up != 0));
	ifp = hk_if_find(hk, ifr.name);
	if (ifp == NULL)
		return (ENXIO);
	was = ifp->up;
	ifp->up = ifr.up != 0;
	error = hk_syncdev_changed(hk, ifp->name);
	if (error != 0)
		ifp->up = was;
	return (error);
}

static int
set_pfsync_mtu(struct hk *hk, uint32_t mtu)
{
	const struct psync_config config = hk->config;
	int error = hk_pfsync_mtu(hk, &config, mtu);

	return (error == EMSGSIZE ? EINVAL : error);
}

static int
do_sifmtu(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	struct hk_if *ifp;
	unsigned was;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	if (is_pfsync(hk, ifr.name))
		return (set_pfsync_mtu(hk, ifr.mtu));
	ifp = hk_if_find(hk, ifr.name);
	if (ifp == NULL)
		return (ENXIO);
	if (ifr.mtu < IF_MTU_MIN || ifr.mtu > ifp->link->mtu_max)
		return (EINVAL);
	was = ifp->link->mtu;
	ifp->link->mtu = ifr.mtu;
	error = hk_syncdev_changed(hk, ifp->name);
	if (error != 0)
		ifp->link->mtu = was;
	return (error == EMSGSIZE ? EINVAL : error);
}

/*
 * pfsync0
 */

static int
do_gdrvspec(struct hk *hk, const struct request *rq)
{
	union pfsync_drv_data data;
	struct ctl_ifdrv ifd;
	enum psync_error error;
	size_t len;

	memcpy(&ifd, rq->in, sizeof(ifd));
	if (hk->psync == NULL)
		return (ENXIO);
	len = psync_drv_size(ifd.cmd);
	error = psync_drv_get(hk->psync, ifd.cmd, &data, len);
	if (error != PSYNC_ERR_NONE)
		return (hk_errno(error));
	return (hk_reply(rq, &data, len));
}

static int
do_sdrvspec(struct hk *hk, const struct request *rq)
{
	union pfsync_drv_data data;
	struct ctl_ifdrv ifd;
	size_t len;

	memcpy(&ifd, rq->in, sizeof(ifd));
	if (hk->psync == NULL)
		return (ENXIO);
	len = psync_drv_size(ifd.cmd);
	if (len == 0)
		return (ENOTTY);
	if (len != rq->inlen - sizeof(ifd))
		return (EINVAL);
	memcpy(&data, rq->in + sizeof(ifd), len);
	if (ifd.cmd == PFSYNC_DRV_CONFIG)
		return (hk_pfsync_set(hk, &data.config));
	return (hk_errno(psync_drv_set(hk->psync, ifd.cmd, &data, len)));
}

static const struct {
	handler_fn *handler;
	size_t inlen;
	bool longer; /* more may follow */
} commands[CTL_MAXCMD] = {
	[CTL_GIFCONF] = { do_gifconf, 0, false },
	[CTL_GIFREQ] = { do_gifreq, sizeof(struct ctl_ifreq), false },
	[CTL_SIFCREATE] = { do_sifcreate, sizeof(struct ctl_ifreq), false },
	[CTL_SIFDESTROY] = { do_sifdestroy, sizeof(struct ctl_ifreq), false },
	[CTL_SIFFLAGS] = { do_sifflags, sizeof(struct ctl_ifreq), false },
	[CTL_SIFMTU] = { do_sifmtu, sizeof(struct ctl_ifreq), false },
	[CTL_GDRVSPEC] = { do_gdrvspec, sizeof(struct ctl_ifdrv), false },
	[CTL_SDRVSPEC] = { do_sdrvspec, sizeof(struct ctl_ifdrv), true },
	[CTL_START] = { hk_start, 0, false },
	[CTL_STOP] = { hk_stop, 0, false },
	[CTL_GETSTATUS] = { hk_getstatus, 0, false },
	[CTL_CLRSTATUS] = { hk_clrstatus, 0, false },
	[CTL_SETRULES] = { hk_setrules, sizeof(struct ctl_ruleset), true },
	[CTL_GETRULES] = { hk_getrules, 0, false },
	[CTL_GETSTATES] = { hk_getstates, sizeof(struct ctl_page), false },
	[CTL_CLRSTATES] = { hk_clrstates, sizeof(struct pf_kill), false },
	[CTL_KILLSTATES] = { hk_killstates, sizeof(struct pf_kill), false },
};

int
hk_control(struct hk *hk, enum ctl_command command, const void *in,
    size_t inlen, void **out, size_t *outlen)
{
	struct request rq = { in, inlen, out, outlen };
	int error;

	*out = NULL;
	*outlen = 0;
	if ((unsigned)command >= CTL_MAXCMD)
		return (ENOTTY);
	if (inlen < commands[command].inlen ||
	    (inlen > commands[command].inlen && !commands[command].longer))
		return (EINVAL);
	error = commands[command].handler(hk, &rq);
	if (error != 0) {
		free(*out);
		*out = NULL;
		*outlen = 0;
	}
	return (error);
}
