/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What happens to a firewall: it dies, stands still, has no memory, cannot
 * send, loses its wire.  What is for a time ends by itself.
 */

#include <errno.h>

#include "tests/sim/op.h"

void
sim_op_crash(struct sim *sim, const unsigned *arg)
{
	if (sim->host[arg[0]].hk != NULL)
		sim_host_crash(&sim->host[arg[0]]);
}

void
sim_op_boot(struct sim *sim, const unsigned *arg)
{
	sim_host_boot(&sim->host[arg[0]]);
}

static void
resume(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	struct sim_host *h = arg;

	(void)data;
	(void)pkt;
	(void)len;
	h->progress_at = h->sim->clock.now;
	sim_host_pause(h, false);
}

void
sim_op_pause(struct sim *sim, const unsigned *arg)
{
	sim_host_pause(&sim->host[arg[0]], true);
	sim_later(sim, arg[1], resume, &sim->host[arg[0]]);
}

void
sim_op_sendfail(struct sim *sim, const unsigned *arg)
{
	static const int errors[SIM_SEND_ERRORS] = { ENOBUFS, ENETDOWN,
		EMSGSIZE };
	struct sim_port *p = &sim->host[arg[0]].port[EM_SYNC];

	p->failing = arg[1];
	p->error = errors[arg[2]];
	sim_check_allow(sim, 1);
}

void
sim_op_nomem(struct sim *sim, const unsigned *arg)
{
	sim->host[arg[0]].fault.permille = arg[1];
	sim_later(sim, arg[2], sim_mend_one, &sim->host[arg[0]].fault.permille);
}

static void
plug_in(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	struct sim_host *h = arg;

	(void)data;
	(void)pkt;
	(void)len;
	h->port[EM_SYNC].carrier = true;
	sim_check_allow(h->sim, 2);
}

void
sim_op_cable(struct sim *sim, const unsigned *arg)
{
	sim->host[arg[0]].port[EM_SYNC].carrier = false;
	sim_later(sim, arg[1], plug_in, &sim->host[arg[0]]);
}

void
sim_op_configured(struct sim_host *h)
{
	h->progress_at = h->sim->clock.now;
	sim_check_allow(h->sim, 2);
	sim_host_run(h);
}

static void
up(void *arg, uint64_t em, uint8_t *pkt, size_t len)
{
	struct sim_host *h = arg;

	(void)pkt;
	(void)len;
	(void)sim_host_updown(h,
	    em == EM_SYNC ? sim_host_ifname(h, EM_SYNC) : "pfsync0", true);
	sim_op_configured(h);
}

/* pfsync0, or the interface below it. */
void
sim_op_down(struct sim *sim, const unsigned *arg)
{
	struct sim_host *h = &sim->host[arg[0]];
	const char *em1 = sim_host_ifname(h, EM_SYNC);

	(void)sim_host_updown(h, arg[2] ? em1 : "pfsync0", false);
	clock_at(&sim->clock, sim->clock.now + arg[1] * CLOCK_MS, up, h,
	    arg[2] ? EM_SYNC : EMS, NULL, 0);
}

void
sim_op_detach(struct sim *sim, const unsigned *arg)
{
	sim_host_detach(&sim->host[arg[0]]);
	sim_later(sim, arg[1], sim_host_reattach, &sim->host[arg[0]]);
}

void
sim_op_recreate(struct sim *sim, const unsigned *arg)
{
	struct sim_host *h = &sim->host[arg[0]];

	(void)sim_host_create(h, false);
	sim_host_repair(h);
	sim_op_configured(h);
}
