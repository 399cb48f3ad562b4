/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What an administrator does to a firewall of the simulation, and what he sees.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

int
sim_host_control(struct sim_host *h, enum ctl_command command, const void *in,
    size_t inlen)
{
	struct fault *before;
	size_t outlen;
	void *out;
	int error;

	if (h->hk == NULL)
		return (-1);
	before = fault_enter(&h->fault);
	error = hk_control(h->hk, command, in, inlen, &out, &outlen);
	free(out);
	fault_leave(before);
	return (error);
}

static int
set_drv(struct sim_host *h, enum pfsync_drv cmd, const void *data, size_t len)
{
	struct {
		struct ctl_ifdrv ifd;
		union pfsync_drv_data data;
	} rq;

	memset(&rq, 0, sizeof(rq));
	rq.ifd.cmd = cmd;
	memcpy(&rq.data, data, len);
	return (sim_host_control(h, CTL_SDRVSPEC, &rq, sizeof(rq.ifd) + len));
}

/*
 * What states are told in from now on.  A peer that is not known yet is told in
 * format 1301.
 */
static void
note_dialect(struct sim *sim, unsigned format)
{
	const struct psync_dialect *d = psync_dialect(format);

	if (d != NULL)
		sim->dialects |= 1U << (d - psync_dialects);
	else
		sim->dialects |= 1U << PSYNC_D_1301 | 1U << PSYNC_D_1500;
}

int
sim_host_set(struct sim_host *h, const struct pfsync_drv_config *config)
{
	if (config->set & (PFSYNC_CONFIG_VERSION | PFSYNC_CONFIG_SYNCDEV))
		note_dialect(h->sim,
		    config->set & PFSYNC_CONFIG_VERSION ? config->version :
							  PFSYNC_FORMAT_AUTO);
	return (set_drv(h, PFSYNC_DRV_CONFIG, config, sizeof(*config)));
}

int
sim_host_ifmap(struct sim_host *h)
{
	static const char *const names[2] = { "em%u", "igb%u" };
	struct pfsync_drv_ifmap map;
	unsigned em, i;
	bool same = true;

	for (i = 0; i < h->sim->nhosts; i++)
		same &= h->sim->config.host[i].names == h->config.names;
	if (same)
		return (0);
	memset(&map, 0, sizeof(map));
	for (em = 0; em < EMS; em++) {
		snprintf(map.pair[em].local, sizeof(map.pair[em].local),
		    names[h->config.names], em);
		snprintf(map.pair[em].remote, sizeof(map.pair[em].remote),
		    names[!h->config.names], em);
	}
	map.count = EMS;
	return (set_drv(h, PFSYNC_DRV_IFMAP, &map, sizeof(map)));
}

static struct ctl_ifreq
ifreq(const char *name)
{
	struct ctl_ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	strncpy(ifr.name, name, sizeof(ifr.name) - 1);
	return (ifr);
}

int
sim_host_updown(struct sim_host *h, const char *name, bool up)
{
	struct ctl_ifreq ifr = ifreq(name);

	ifr.up = up;
	return (sim_host_control(h, CTL_SIFFLAGS, &ifr, sizeof(ifr)));
}

int
sim_host_mtu(struct sim_host *h, const char *name, unsigned mtu)
{
	struct ctl_ifreq ifr = ifreq(name);

	ifr.mtu = mtu;
	return (sim_host_control(h, CTL_SIFMTU, &ifr, sizeof(ifr)));
}

int
sim_host_create(struct sim_host *h, bool create)
{
	struct ctl_ifreq ifr = ifreq("pfsync0");

	/* It tells of what is there already. */
	if (create)
		sim_check_allow(h->sim, 1);
	return (sim_host_control(h, create ? CTL_SIFCREATE : CTL_SIFDESTROY,
	    &ifr, sizeof(ifr)));
}

void
sim_host_detach(struct sim_host *h)
{
	struct fault *before;

	if (h->hk == NULL || !h->port[EM_SYNC].open)
		return;
	before = fault_enter(&h->fault);
	(void)hk_detach(h->hk, sim_host_ifname(h, EM_SYNC));
	fault_leave(before);
}

void
sim_host_reattach(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	struct sim_host *h = arg;
	struct fault *before;

	(void)data;
	(void)pkt;
	(void)len;
	if (h->hk == NULL || h->port[EM_SYNC].open)
		return;
	sim_check_allow(h->sim, 2);
	h->progress_at = h->sim->clock.now;
	sim_port_open(&h->port[EM_SYNC], h, EM_SYNC, h->sim->config.mtu);
	before = fault_enter(&h->fault);
	if (hk_attach(h->hk, sim_host_ifname(h, EM_SYNC),
		&h->port[EM_SYNC].link) != 0)
		h->port[EM_SYNC].open = false;
	fault_leave(before);
	sim_host_run(h);
}

void
sim_host_repair(struct sim_host *h)
{
	sim_check_allow(h->sim, 2);
	h->progress_at = h->sim->clock.now;
	sim_host_reattach(h, 0, NULL, 0);
	(void)sim_host_create(h, true);
	(void)sim_host_ifmap(h);
	(void)sim_host_updown(h, sim_host_ifname(h, EM_SYNC), true);
	(void)sim_host_mtu(h, sim_host_ifname(h, EM_SYNC), h->sim->config.mtu);
	(void)sim_host_mtu(h, "pfsync0", PSYNC_MTU_DEFAULT);
	(void)sim_host_set(h, &h->config.pfsync);
	(void)sim_host_updown(h, "pfsync0", true);
}

void
sim_mend(struct sim *sim)
{
	struct sim_host *h;

	sim->net.loss = sim->net.dup = sim->net.lan_loss = 0;
	sim->net.parted = sim->net.jitter_us = 0;
	for (h = sim->host; h < sim->host + sim->nhosts; h++) {
		h->fault.permille = h->fault.fail_at = 0;
		h->port[EM_SYNC].failing = 0;
		h->port[EM_SYNC].carrier = true;
		sim_host_boot(h);
		sim_host_repair(h);
		sim_host_pause(h, false);
		sim_host_run(h);
	}
}

unsigned
sim_host_kill(struct sim_host *h, const struct flow *f)
{
	struct pf_kill kill;
	struct fault *before;
	size_t n;

	memset(&kill, 0, sizeof(kill));
	kill.src.af = f->version == 4 ? PF_AF_INET : PF_AF_INET6;
	kill.src.plen = f->version == 4 ? 32 : 128;
	memcpy(kill.src.addr, f->client.addr, sizeof(kill.src.addr));
	kill.dst = kill.src;
	memcpy(kill.dst.addr, f->server.addr, sizeof(kill.dst.addr));
	before = fault_enter(&h->fault);
	n = pf_states_kill(hk_pf(h->hk), &kill);
	fault_leave(before);
	sim_check_step(h);
	return ((unsigned)n);
}

unsigned
sim_host_clear(struct sim_host *h, const char *name)
{
	return (sim_host_clear_of(h, pf_hostid(hk_pf(h->hk)), name));
}

unsigned
sim_host_clear_of(struct sim_host *h, uint32_t creatorid, const char *name)
{
	struct fault *before = fault_enter(&h->fault);
	size_t n = pf_states_clear(hk_pf(h->hk), creatorid, name, true);

	fault_leave(before);
	sim_check_step(h);
	return ((unsigned)n);
}

struct psync_status
sim_host_status(struct sim_host *h)
{
	struct psync_status status;

	memset(&status, 0, sizeof(status));
	if (h->hk != NULL && hk_psync(h->hk) != NULL)
		psync_status(hk_psync(h->hk), &status);
	return (status);
}

struct pfsyncxstats
sim_host_stats(struct sim_host *h)
{
	struct pfsyncxstats stats;

	memset(&stats, 0, sizeof(stats));
	if (h->hk != NULL && hk_psync(h->hk) != NULL)
		psync_stats(hk_psync(h->hk), &stats);
	return (stats);
}

size_t
sim_host_count(struct sim_host *h)
{
	struct pf_status status;

	if (h->hk == NULL)
		return (0);
	pf_status(hk_pf(h->hk), &status);
	return (status.states);
}

struct export
{
	struct pf *pf;
	struct psync_state *st;
	size_t n;
};

static void
export_one(void *arg, struct pf_state *st)
{
	struct export *e = arg;

	pf_state_export(e->pf, st, &e->st[e->n++]);
}

struct psync_state *
sim_host_states(struct sim_host *h, size_t *n)
{
	struct export e = { .pf = h->hk == NULL ? NULL : hk_pf(h->hk) };
	size_t count = sim_host_count(h);
	uint64_t row = 0;

	e.st = sim_calloc(count, sizeof(*e.st));
	if (e.pf != NULL)
		(void)pf_states_walk(e.pf, &row, count, export_one, &e);
	*n = e.n;
	return (e.st);
}
