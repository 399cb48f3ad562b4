/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The simulation as a whole: its beginning, its end, and the passing of time.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

#define QUIET (3 * CLOCK_S)
#define LOOK  (100 * CLOCK_MS)

/* Time begins here, so that 0 is no time at all. */
#define BEGIN CLOCK_S

void
sim_config_default(struct sim_config *c)
{
	unsigned i;

	memset(c, 0, sizeof(*c));
	c->nhosts = 2;
	c->nflows = 40;
	c->slices = 2;
	c->mtu = 1500;
	c->jitter_us = 50;
	c->watch = true;
	c->rules = "set timeout { tcp.first 5, tcp.opening 5, tcp.closing 5, "
		   "tcp.finwait 5, tcp.closed 3, udp.first 5, udp.single 5, "
		   "udp.multiple 8, icmp.first 5, icmp.error 5, interval 1 }\n"
		   "block all\n"
		   "pass in on em0\n"
		   "pass out on em2\n";
	for (i = 0; i < SIM_HOSTS_MAX; i++) {
		c->host[i].uptime = 100000 + 777 * i;
		c->host[i].hz = 1000;
		c->host[i].hostid = PSYNC_BE32(0xa0 + i);
		c->host[i].pfsync.set = PFSYNC_CONFIG_SYNCDEV;
		strcpy(c->host[i].pfsync.syncdev, "em1");
	}
}

void
sim_open(struct sim *sim, const struct sim_config *config, bool verbose)
{
	unsigned i;

	memset(sim, 0, sizeof(*sim));
	sim->config = *config;
	sim->verbose = verbose;
	sim->nhosts = config->nhosts;
	clock_init(&sim->clock);
	sim->clock.now = sim->window_at = BEGIN;
	rng_init(&sim->rng, config->seed, 0);
	rng_init(&sim->net.rng, config->seed, 1);
	sim->net.delay_us = 200;
	sim->net.jitter_us = config->jitter_us;
	if (config->jitter_us != 0)
		sim->harm |= SIM_HARM_SHUFFLE;
	sim->net.lan_delay_us = 300;
	sim->late = config->jitter_us > sim->net.lan_delay_us;
	sim_clients_init(sim);
	for (i = 0; i < sim->nhosts; i++) {
		sim_host_init(sim, i);
		sim_host_boot(&sim->host[i]);
	}
}

void
sim_close(struct sim *sim)
{
	unsigned i;

	for (i = 0; i < sim->nhosts; i++)
		sim_host_fini(&sim->host[i]);
	sim_clients_fini(sim);
	sim_marks_fini(sim);
	clock_fini(&sim->clock);
}

bool
sim_until(struct sim *sim, uint64_t us)
{
	while (!sim->failed && clock_step(&sim->clock, us))
		sim_check_rate(sim);
	return (!sim->failed);
}

bool
sim_for(struct sim *sim, uint64_t us)
{
	return (sim_until(sim, sim->clock.now + us));
}

bool
sim_quiet(struct sim *sim, uint64_t max_us)
{
	uint64_t end = sim->clock.now + max_us, since = sim->clock.now;
	uint64_t sent = sim->net.sent;
	unsigned i, pending;

	while (sim_for(sim, LOOK)) {
		pending = 0;
		for (i = 0; i < sim->nhosts; i++)
			pending += sim_host_status(&sim->host[i]).pending;
		if (sim->net.sent != sent || pending != 0) {
			sent = sim->net.sent;
			since = sim->clock.now;
		}
		if (sim->clock.now - since >= QUIET)
			return (true);
		if (sim->clock.now >= end)
			sim_fail(sim, "quiet", "pfsync does not become quiet");
	}
	return (false);
}

void
sim_fail(struct sim *sim, const char *checker, const char *fmt, ...)
{
	va_list ap;

	if (sim->failed)
		return;
	sim->failed = true;
	(void)snprintf(sim->checker, sizeof(sim->checker), "%s", checker);
	va_start(ap, fmt);
	(void)vsnprintf(sim->why, sizeof(sim->why), fmt, ap);
	va_end(ap);
	sim_trace(sim, "FAILED: %s: %s", sim->checker, sim->why);
}

void
sim_trace(struct sim *sim, const char *fmt, ...)
{
	va_list ap;

	if (!sim->verbose)
		return;
	printf("%11.6f  ", (double)sim->clock.now / CLOCK_S);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}
