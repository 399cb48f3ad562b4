/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What an administrator does to a firewall in a simulation.
 */

#include "tests/sim/op.h"

static void
set(struct sim_host *h, const struct pfsync_drv_config *config)
{
	(void)sim_host_set(h, config);
	sim_op_configured(h);
}

void
sim_op_mtu(struct sim *sim, const unsigned *arg)
{
	static const unsigned mtus[SIM_MTUS] = { 400, 576, 1000, 1500, 9000,
		16384 };
	struct sim_host *h = &sim->host[arg[0]];

	(void)sim_host_mtu(h, arg[2] ? sim_host_ifname(h, EM_SYNC) : "pfsync0",
	    mtus[arg[1]]);
	sim_op_configured(h);
}

void
sim_op_maxupd(struct sim *sim, const unsigned *arg)
{
	const struct pfsync_drv_config config = { .set = PFSYNC_CONFIG_MAXUPD,
		.maxupd = arg[1] };

	set(&sim->host[arg[0]], &config);
}

static bool
any_stock(const struct sim *sim)
{
	const struct sim_host *h;

	for (h = sim->host; h < sim->host + sim->nhosts; h++)
		if (h->config.stock != 0)
			return (true);
	return (false);
}

/*
 * Beside a stock kernel nobody can be set to what that one does not understand;
 * but ours can take its place.
 */
void
sim_op_version(struct sim *sim, const unsigned *arg)
{
	static const unsigned formats[SIM_FORMATS] = { PFSYNC_FORMAT_AUTO,
		PFSYNC_FORMAT_V3, PFSYNC_FORMAT_V6, PFSYNC_FORMAT_1301,
		PFSYNC_FORMAT_1400, PFSYNC_FORMAT_1500 };
	const struct pfsync_drv_config config = { .set = PFSYNC_CONFIG_VERSION,
		.version = formats[arg[1]] };
	struct sim_host *h = &sim->host[arg[0]];

	if (h->config.stock != 0) {
		if (h->hk != NULL)
			sim_host_crash(h);
		sim->harm |= SIM_HARM_CLIENTS;
		h->config.stock = 0;
		h->config.pfsync.version = PFSYNC_FORMAT_AUTO;
		sim_host_boot(h);
	} else if (!any_stock(sim))
		set(h, &config);
}

void
sim_op_defer(struct sim *sim, const unsigned *arg)
{
	const struct pfsync_drv_config config = { .set = PFSYNC_CONFIG_DEFER |
		    PFSYNC_CONFIG_DELAY,
		.defer = arg[1] != 0,
		.defer_delay = arg[2] };

	set(&sim->host[arg[0]], &config);
}

void
sim_op_bulk(struct sim *sim, const unsigned *arg)
{
	static const uint32_t rates[SIM_RATES] = { PFSYNC_BULK_RATE_MIN, 1000,
		PFSYNC_BULK_RATE, PFSYNC_BULK_RATE_MAX };
	static const uint64_t bytes[SIM_RATES] = { PFSYNC_BULK_BYTES_MIN,
		100000, PFSYNC_BULK_BYTES, PFSYNC_BULK_BYTES_MAX };
	const struct pfsync_drv_config config = {
		.set = PFSYNC_CONFIG_BULKRATE | PFSYNC_CONFIG_BULKBYTES,
		.bulk_rate = rates[arg[1]],
		.bulk_bytes = bytes[arg[2]]
	};

	set(&sim->host[arg[0]], &config);
}

/* All of them move to another group, or to each other's addresses. */
void
sim_op_transport(struct sim *sim, const unsigned *arg)
{
	struct pfsync_drv_config config;
	struct sim_host *h;

	for (h = sim->host; h < sim->host + sim->nhosts; h++) {
		sim_plan_transport(&h->config.pfsync, arg[0], sim->nhosts,
		    h->nr);
		config = h->config.pfsync;
		config.set = PFSYNC_CONFIG_SYNCPEER;
		set(h, &config);
	}
}

void
sim_op_resync(struct sim *sim, const unsigned *arg)
{
	const struct pfsync_drv_config config = { .set = PFSYNC_CONFIG_RESYNC };

	set(&sim->host[arg[0]], &config);
}

void
sim_op_kill(struct sim *sim, const unsigned *arg)
{
	struct sim_host *h = &sim->host[arg[0]];
	struct flow f;

	flow_init(&f, arg[1]);
	if (h->hk != NULL)
		(void)sim_host_kill(h, &f);
	sim_host_run(h);
}

/* The states that some firewall has made, or everybody's. */
void
sim_op_clear(struct sim *sim, const unsigned *arg)
{
	struct sim_host *h = &sim->host[arg[0]], *creator = NULL;
	uint32_t creatorid = 0;

	if (h->hk == NULL)
		return;
	if (arg[2] < sim->nhosts) {
		creator = &sim->host[arg[2]];
		if (creator->hk == NULL)
			return;
		creatorid = pf_hostid(hk_pf(creator->hk));
	}
	sim_check_allow(sim, 1);
	(void)sim_host_clear_of(h, creatorid,
	    arg[1] == 0 ?
		"" :
		sim_host_ifname(h, arg[1] == 1 ? EM_CLIENTS : EM_SERVERS));
	/* Peers are told only of its own, and nobody tells which of them are
	 * bound to an interface, but for format 1500.  An insert by whose they
	 * are may be on its way, and arrive after that. */
	if (creator != h || arg[1] != 0)
		sim->harm |= SIM_HARM_DELETES;
	sim_host_run(h);
}
