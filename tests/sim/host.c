/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A firewall of the simulation: a hosted kernel with three interfaces, a clock
 * that ticks hz times a second, and a life that can end at any time.
 */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/ruleset.h"
#include "tests/sim/sim.h"

/* Times that it wakes up by itself within a tick. */
#define WAKES_MAX 50

static const char *const ifnames[2][EMS] = { { "em0", "em1", "em2" },
	{ "igb0", "igb1", "igb2" } };

const char *
sim_host_ifname(const struct sim_host *h, unsigned em)
{
	return (ifnames[h->config.names][em]);
}

/*
 * Time
 */

uint64_t
sim_host_ms(const struct sim_host *h)
{
	uint64_t ms = h->boot_ms + (h->sim->clock.now - h->boot_us) / CLOCK_MS;
	uint64_t tick = 1000 / h->config.hz;

	return (ms - ms % tick);
}

/* When the clock of the host will show ms, or more. */
static uint64_t
host_us(const struct sim_host *h, uint64_t ms)
{
	uint64_t tick = 1000 / h->config.hz;

	ms = (ms + tick - 1) / tick * tick;
	return (ms <= h->boot_ms ? h->boot_us :
				   h->boot_us + (ms - h->boot_ms) * CLOCK_MS);
}

static uint64_t
env_now(void *ctx)
{
	return (sim_host_ms(ctx));
}

static uint32_t
env_random(void *ctx)
{
	return ((uint32_t)rng_next(&((struct sim_host *)ctx)->rng));
}

static void
env_log(void *ctx, const char *line)
{
	struct sim_host *h = ctx;

	sim_trace(h->sim, "fw%u: %s", h->nr, line);
}

static void
host_wake(void *arg, uint64_t wake, uint8_t *pkt, size_t len)
{
	struct sim_host *h = arg;

	(void)pkt;
	(void)len;
	if (wake != h->wake)
		return;
	if (h->last_ms != sim_host_ms(h)) {
		h->last_ms = sim_host_ms(h);
		h->wakes = 0;
	} else if (++h->wakes > WAKES_MAX)
		sim_fail(h->sim, "spin", "fw%u does not come to rest", h->nr);
	sim_host_run(h);
}

void
sim_host_run(struct sim_host *h)
{
	struct fault *before;
	uint64_t next, now, at;

	if (h->hk == NULL || h->paused || h->sim->failed)
		return;
	now = sim_host_ms(h);
	before = fault_enter(&h->fault);
	next = hk_run(h->hk);
	fault_leave(before);
	sim_check_step(h);
	at = next <= now ? h->sim->clock.now + 1 : host_us(h, next);
	if (h->wake_at <= h->sim->clock.now || at < h->wake_at) {
		h->wake_at = at;
		clock_at(&h->sim->clock, at, host_wake, h, ++h->wake, NULL, 0);
	}
}

/*
 * Life
 */

void
sim_host_init(struct sim *sim, unsigned nr)
{
	struct sim_host *h = &sim->host[nr];

	h->sim = sim;
	h->nr = nr;
	h->config = sim->config.host[nr];
	rng_init(&h->rng, sim->config.seed, 100 + nr);
	rng_init(&h->fault.rng, sim->config.seed, 200 + nr);
	h->boot_ms = h->config.uptime;
	h->boot_us = sim->clock.now;
}

/* Rules as they are for this host's names, malloc'd. */
static char *
rename_in(const struct sim_host *h, const char *rules)
{
	char *text = malloc(2 * strlen(rules) + 1), *p = text;
	unsigned em;

	if (text == NULL)
		abort();
	while (*rules != '\0') {
		for (em = 0; em < EMS; em++)
			if (strncmp(rules, ifnames[0][em], 3) == 0)
				break;
		if (em == EMS)
			*p++ = *rules++;
		else {
			p = stpcpy(p, sim_host_ifname(h, em));
			rules += 3;
		}
	}
	*p = '\0';
	return (text);
}

static bool
load_rules(struct sim_host *h)
{
	struct pf_ruleset_text text;
	struct fault *before = fault_enter(NULL);
	char *said, *rules = rename_in(h, h->sim->config.rules);
	int error;

	if (ruleset_parse(rules, &text, &said) != 0)
		abort();
	free(rules);
	(void)fault_enter(&h->fault);
	error = pf_load(hk_pf(h->hk), &text.settings, text.rules, text.nrules);
	(void)fault_enter(NULL);
	pfctl_ruleset_free(&text);
	free(said);
	fault_leave(before);
	return (error == 0);
}

static bool
attach(struct sim_host *h)
{
	static const struct {
		uint8_t af;
		uint8_t plen;
		uint8_t em;
		uint8_t net[16];
	} routes[] = {
		{ PSYNC_AF_INET, 8, EM_CLIENTS, { 10 } },
		{ PSYNC_AF_INET, 24, EM_CLIENTS, { 192, 0, 2 } },
		{ PSYNC_AF_INET, 15, EM_SERVERS, { 198, 18 } },
		{ PSYNC_AF_INET6, 48, EM_CLIENTS,
		    { 0x20, 0x01, 0x0d, 0xb8, 0, 1 } },
		{ PSYNC_AF_INET6, 48, EM_SERVERS,
		    { 0x20, 0x01, 0x0d, 0xb8, 0, 2 } },
	};
	unsigned em, i;

	for (em = 0; em < EMS; em++) {
		sim_port_open(&h->port[em], h, em,
		    em == EM_SYNC ? h->sim->config.mtu : 9000);
		if (hk_attach(h->hk, sim_host_ifname(h, em),
			&h->port[em].link) != 0)
			return (false);
	}
	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (hk_route(h->hk, routes[i].af, routes[i].net, routes[i].plen,
			sim_host_ifname(h, routes[i].em)) != 0)
			return (false);
	return (true);
}

static bool
boot(struct sim_host *h)
{
	const struct hk_env env = {
		.ctx = h,
		.now = env_now,
		.random = env_random,
		.log = env_log,
	};

	h->hk = hk_create(&env, h->sim->config.slices, h->config.hostid);
	if (h->hk == NULL || !attach(h) || !load_rules(h))
		return (false);
	pf_enable(hk_pf(h->hk), true);
	return (sim_host_create(h, true) == 0 && sim_host_ifmap(h) == 0 &&
	    sim_host_set(h, &h->config.pfsync) == 0 &&
	    sim_host_updown(h, "pfsync0", true) == 0);
}

static void
host_boot(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	(void)data;
	(void)pkt;
	(void)len;
	sim_host_boot(arg);
}

/* A boot that finds no memory is tried again. */
void
sim_host_boot(struct sim_host *h)
{
	struct fault *before;
	bool up;

	if (h->hk != NULL || h->sim->failed)
		return;
	if (h->boots++ > 0) {
		h->boot_us = h->sim->clock.now;
		h->boot_ms = rng_between(&h->rng, 500, 20000);
	}
	h->paused = h->dying = false;
	h->wake_at = 0;
	sim_check_allow(h->sim, 2);
	before = fault_enter(&h->fault);
	up = boot(h);
	fault_leave(before);
	if (!up) {
		sim_host_crash(h);
		clock_at(&h->sim->clock, h->sim->clock.now + 100 * CLOCK_MS,
		    host_boot, h, 0, NULL, 0);
		return;
	}
	sim_trace(h->sim, "fw%u: up", h->nr);
	sim_host_run(h);
}

void
sim_host_crash(struct sim_host *h)
{
	struct fault *before;
	struct hk *hk = h->hk;
	unsigned em;

	h->wake++;
	sim_memory_forget(h);
	h->demoted_at = 0;
	h->bulk = false;
	h->spoken = h->spoken_before = 0;
	if (hk != NULL) {
		h->dying = true;
		before = fault_enter(&h->fault);
		hk_destroy(hk);
		fault_leave(before);
		h->hk = NULL;
		sim_trace(h->sim, "fw%u: dead", h->nr);
	}
	for (em = 0; em < EMS; em++)
		if (h->port[em].open)
			h->port[em].link.ops->close(&h->port[em].link);
	if (h->fault.live != 0)
		sim_fail(h->sim, "leak", "fw%u has left %ld blocks of memory",
		    h->nr, h->fault.live);
}

void
sim_host_pause(struct sim_host *h, bool paused)
{
	if (h->hk == NULL || h->paused == paused)
		return;
	h->paused = paused;
	h->still |= paused;
	h->wake_at = 0;
	if (!paused)
		sim_host_run(h);
}

void
sim_host_fini(struct sim_host *h)
{
	if (h->hk != NULL)
		sim_host_crash(h);
	sim_memory_forget(h);
}
