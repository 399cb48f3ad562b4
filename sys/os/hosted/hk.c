/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The hosted kernel as an object: its life, its interfaces, and running it.
 *
 * Invariants: ifs[0..nifs) are attached, each with a link that the kernel owns
 * and a name that pf knows; timers of slices that do not exist are
 * PSYNC_NEVER; nothing here asks the system for the time.
 */

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/hosted/hk_impl.h"

struct hk *
hk_create(const struct hk_env *env, unsigned slices, uint32_t hostid)
{
	struct pf_env pfenv;
	struct hk *hk;
	unsigned i;

	if (slices < 1 || slices > PSYNC_SLICES_MAX)
		return (NULL);
	hk = calloc(1, sizeof(*hk));
	if (hk == NULL)
		return (NULL);
	hk->env = *env;
	hk->nslices = slices;
	for (i = 0; i <= PSYNC_SLICES_MAX; i++)
		hk->timer[i] = PSYNC_NEVER;
	hk_hooks(hk, &pfenv);
	hk->pf = pf_create(&pfenv, hostid);
	if (hk->pf == NULL) {
		free(hk);
		return (NULL);
	}
	hk->ip_id = (uint16_t)env->random(env->ctx);
	hk->purge_at = env->now(env->ctx) + HK_PURGE_MS;
	hk->links_at = hk->purge_at;
	return (hk);
}

void
hk_destroy(struct hk *hk)
{
	unsigned i;

	if (hk == NULL)
		return;
	(void)hk_pfsync_destroy(hk);
	for (i = 0; i < hk->nifs; i++)
		hk->ifs[i].link->ops->close(hk->ifs[i].link);
	pf_destroy(hk->pf);
	free(hk);
}

struct pf *
hk_pf(struct hk *hk)
{
	return (hk->pf);
}

struct psync *
hk_psync(struct hk *hk)
{
	return (hk->psync);
}

int
hk_demotion(struct hk *hk)
{
	return (hk->demotion);
}

void
hk_log(struct hk *hk, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	if (hk->env.log == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	hk->env.log(hk->env.ctx, line);
}

bool
hk_ifname_ok(const char name[PSYNC_IFNAMSIZ])
{
	size_t i;

	for (i = 0; i < PSYNC_IFNAMSIZ && name[i] != '\0'; i++)
		if (name[i] <= ' ' || name[i] == '/' || name[i] == 0x7f)
			return (false);
	return (i > 0 && i < PSYNC_IFNAMSIZ);
}

struct hk_if *
hk_if_find(struct hk *hk, const char *name)
{
	unsigned i;

	for (i = 0; i < hk->nifs; i++)
		if (strcmp(hk->ifs[i].name, name) == 0)
			return (&hk->ifs[i]);
	return (NULL);
}

int
hk_syncdev_changed(struct hk *hk, const char *ifname)
{
	struct psync_config config;

	if (hk->psync == NULL || strcmp(hk->config.syncdev, ifname) != 0)
		return (0);
	config = hk->config;
	return (hk_pfsync_apply(hk, &config));
}

static bool
link_running(struct link *l)
{
	return (l->ops->running == NULL || l->ops->running(l));
}

int
hk_attach(struct hk *hk, const char *ifname, struct link *l)
{
	struct hk_if *ifp;
	int error;

	if (strlen(ifname) >= PSYNC_IFNAMSIZ || !hk_ifname_ok(ifname) ||
	    strncmp(ifname, "pfsync", 6) == 0 || strcmp(ifname, "all") == 0)
		return (EINVAL);
	if (hk_if_find(hk, ifname) != NULL)
		return (EEXIST);
	if (hk->nifs == HK_IFS_MAX)
		return (ENOMEM);
	error = pf_if_attach(hk->pf, ifname);
	if (error != 0)
		return (error);
	ifp = &hk->ifs[hk->nifs++];
	memset(ifp, 0, sizeof(*ifp));
	(void)snprintf(ifp->name, sizeof(ifp->name), "%s", ifname);
	ifp->link = l;
	ifp->up = true;
	ifp->running = link_running(l);
	ifp->mtu = l->mtu;
	error = hk_syncdev_changed(hk, ifname);
	if (error != 0) {
		hk->nifs--;
		pf_if_detach(hk->pf, ifname);
	}
	return (error);
}

int
hk_detach(struct hk *hk, const char *ifname)
{
	struct hk_if *ifp, gone;
	int error;

	ifp = hk_if_find(hk, ifname);
	if (ifp == NULL)
		return (ENXIO);
	gone = *ifp;
	*ifp = hk->ifs[--hk->nifs];
	error = hk_syncdev_changed(hk, gone.name);
	if (error != 0) {
		hk->ifs[hk->nifs++] = gone;
		return (error);
	}
	gone.link->ops->close(gone.link);
	pf_if_detach(hk->pf, gone.name);
	return (0);
}

size_t
hk_fds(struct hk *hk, struct pollfd *fds, size_t max)
{
	const struct link *l;
	unsigned i;
	size_t n = 0;

	for (i = 0; i < hk->nifs; i++) {
		l = hk->ifs[i].link;
		if (l->fd != -1 && n < max)
			fds[n++] = (struct pollfd) { .fd = l->fd,
				.events = POLLIN };
		if (l->blocked != -1 && n < max)
			fds[n++] = (struct pollfd) { .fd = l->blocked,
				.events = POLLOUT };
	}
	return (n);
}

/* What link_ops.poll hands packets to. */
struct arrival {
	struct hk *hk;
	char ifname[PSYNC_IFNAMSIZ];
};

static void
arrive(void *arg, uint8_t *pkt, size_t len)
{
	struct arrival *a = arg;

	hk_input(a->hk, a->ifname, pkt, len);
}

/* Takes in packets.  Returns whether there may be more. */
static bool
poll_links(struct hk *hk)
{
	struct arrival a;
	struct link *l;
	unsigned i;
	bool more = false;

	a.hk = hk;
	for (i = 0; i < hk->nifs; i++) {
		l = hk->ifs[i].link;
		memcpy(a.ifname, hk->ifs[i].name, sizeof(a.ifname));
		if (l->ops->poll(l, HK_POLL_BATCH, arrive, &a) >= HK_POLL_BATCH)
			more = true;
	}
	return (more);
}

/* A cable that was pulled or put back, or an mtu that the host has changed. */
static void
watch_link(struct hk *hk, struct hk_if *ifp)
{
	bool running = link_running(ifp->link), was = ifp->running;
	int error;

	if (running == was && ifp->link->mtu == ifp->mtu)
		return;
	ifp->running = running;
	hk->watching = true;
	error = hk_syncdev_changed(hk, ifp->name);
	hk->watching = false;
	if (error != 0) {
		ifp->running = was; /* try again later */
		return;
	}
	ifp->mtu = ifp->link->mtu;
	if (hk_pfsync_too_small(hk, ifp))
		hk_log(hk, HK_PFSYNC ": mtu %u of %s holds no state: stopped",
		    ifp->mtu, ifp->name);
	if (running != was)
		hk_log(hk, "%s: link state changed to %s", ifp->name,
		    running ? "UP" : "DOWN");
}

/* Lets what is stuck go on. */
static void
watch_blocked(struct hk *hk)
{
	struct link *l;
	unsigned i;

	for (i = 0; i < hk->nifs; i++) {
		l = hk->ifs[i].link;
		if (l->ops->writable != NULL && l->ops->writable(l) &&
		    hk->psync != NULL)
			psync_writable(hk->psync);
	}
}

static void
run_timer(struct hk *hk, unsigned i, uint64_t now)
{
	if (hk->timer[i] > now || hk->psync == NULL)
		return;
	hk->timer[i] = PSYNC_NEVER;
	psync_timer(hk->psync, i);
}

uint64_t
hk_run(struct hk *hk)
{
	uint64_t next, now;
	unsigned i;
	bool more;

	more = poll_links(hk);
	now = hk->env.now(hk->env.ctx);
	for (i = 0; i < hk->nslices; i++)
		run_timer(hk, i, now);
	run_timer(hk, PSYNC_TIMER_BULK, now);
	watch_blocked(hk);
	if (now >= hk->purge_at) {
		pf_purge(hk->pf);
		hk->purge_at = now + HK_PURGE_MS;
	}
	if (now >= hk->links_at) {
		for (i = 0; i < hk->nifs; i++)
			watch_link(hk, &hk->ifs[i]);
		hk->links_at = now + HK_LINK_MS;
	}

	next = hk->purge_at < hk->links_at ? hk->purge_at : hk->links_at;
	for (i = 0; i <= PSYNC_SLICES_MAX; i++)
		if (hk->timer[i] < next)
			next = hk->timer[i];
	return (more ? now : next);
}
