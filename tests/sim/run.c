/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A run of a plan: what the plan says; then everything is mended, connections
 * come to rest, and what is short-lived expires; then tables must be as equal
 * as was promised (check_table.c), and again when connections have gone on a
 * little.  Every firewall asks once for everything, because deletes that got
 * lost are not told again, and when it is quiet all tables must be equal.  At
 * last all but one die, and that one asks in vain.
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/plan.h"

#define REST   (20 * CLOCK_S) /* longer than any retransmission goes on */
#define EXPIRE (12 * CLOCK_S) /* longer than any timeout but established */
#define RESYNC (3 * CLOCK_S)
#define USE    CLOCK_S
#define ALONE  (30 * CLOCK_S) /* longer than all tries take */
#define HANGS  100 /* s of processor time: most need a tenth of one */

static void
step(void *arg, uint64_t data, uint8_t *pkt, size_t len)
{
	const struct sim_op *op = (const void *)(uintptr_t)data;
	struct sim *sim = arg;

	(void)pkt;
	(void)len;
	if (sim->verbose) {
		printf("---");
		sim_op_show(op, stdout);
	}
	sim_op_do(sim, op);
}

static void
resync(struct sim_host *h)
{
	const struct pfsync_drv_config config = { .set = PFSYNC_CONFIG_RESYNC };
	struct sim *sim = h->sim;

	sim_check_allow(sim, 2);
	h->progress_at = sim->clock.now;
	if (!sim->failed && sim_host_set(h, &config) != 0)
		sim_fail(sim, "resync", "fw%u cannot resync", h->nr);
	sim_host_run(h);
	(void)sim_for(sim, RESYNC);
}

static void
check_ends(struct sim *sim)
{
	unsigned i;

	for (i = 0; i < sim->nhosts && !sim->failed; i++)
		sim_check_end(&sim->host[i]);
}

/*
 * Before and after states are used: what is used may be asked for, and that
 * must not be what makes tables equal that ought to be so without.
 */
static void
check_promised(struct sim *sim)
{
	(void)sim_for(sim, EXPIRE);
	check_ends(sim);
	if (!sim->failed)
		sim_check_promised(sim);
	sim_trace(sim, "states are used");
	sim->using = true;
	sim_clients_use(sim);
	(void)sim_for(sim, USE);
	sim->using = false;
	(void)sim_for(sim, EXPIRE);
	check_ends(sim);
	if (!sim->failed)
		sim_check_promised(sim);
}

/*
 * The last one that lives asks, nobody answers, and it stays demoted no longer
 * than all its tries take.
 */
static void
check_alone(struct sim *sim)
{
	struct sim_host *last = &sim->host[sim->config.seed % sim->nhosts];
	struct sim_host *h;

	for (h = sim->host; h < sim->host + sim->nhosts; h++)
		if (h != last)
			sim_host_crash(h);
	resync(last);
	(void)sim_for(sim, ALONE);
	if (!sim->failed)
		sim_check_end(last);
}

static void
finish(struct sim *sim)
{
	unsigned i;

	sim_trace(sim, "all is mended");
	sim_mend(sim);
	(void)sim_for(sim, REST);
	if (!sim->failed && !sim_clients_idle(sim))
		sim_fail(sim, "clients", "a connection does not come to rest");
	if (!sim->failed && (sim->harm & SIM_HARM_CLIENTS) == 0)
		sim_clients_check(sim);
	check_promised(sim);
	sim_trace(sim, "resync");
	for (i = 0; i < sim->nhosts && !sim->failed; i++)
		resync(&sim->host[i]);
	if (!sim_quiet(sim, 60 * CLOCK_S))
		return;
	check_ends(sim);
	sim_check_equal(sim);
	check_alone(sim);
	for (i = 0; i < sim->nhosts && !sim->failed; i++) {
		(void)sim_host_create(&sim->host[i], false);
		if (sim->host[i].hk != NULL)
			sim_check_step(&sim->host[i]);
	}
}

void
sim_run(const struct sim_plan *plan, bool verbose, struct sim_verdict *v)
{
	static struct sim sim;
	unsigned i;

	sim_open(&sim, &plan->config, verbose);
	for (i = 0; i < plan->nops; i++)
		if (!plan->leave[i])
			clock_at(&sim.clock, plan->op[i].at, step, &sim,
			    (uintptr_t)&plan->op[i], NULL, 0);
	(void)sim_until(&sim, plan->end);
	if (!sim.failed)
		finish(&sim);
	v->steps = sim.steps;
	v->packets = sim.net.sent;
	v->harm = sim.harm;
	sim_close(&sim);
	v->failed = sim.failed;
	memcpy(v->checker, sim.checker, sizeof(v->checker));
	memcpy(v->why, sim.why, sizeof(v->why));
}

void
sim_run_apart(const struct sim_plan *plan, struct sim_verdict *v)
{
	const struct rlimit hangs = { HANGS, HANGS };
	int fd[2], status;
	pid_t pid;

	if (pipe(fd) == -1)
		err(1, "pipe");
	(void)fflush(NULL);
	switch (pid = fork()) {
	case -1:
		err(1, "fork");
	case 0:
		(void)close(fd[0]);
		if (setrlimit(RLIMIT_CPU, &hangs) == -1)
			_exit(1);
		memset(v, 0, sizeof(*v));
		sim_run(plan, false, v);
		if (write(fd[1], v, sizeof(*v)) != sizeof(*v))
			_exit(1);
		_exit(0);
	default:
		(void)close(fd[1]);
		if (read(fd[0], v, sizeof(*v)) != sizeof(*v)) {
			memset(v, 0, sizeof(*v));
			v->failed = true;
			strcpy(v->checker, "crash");
			strcpy(v->why, "the process has died, or hangs");
		}
		(void)close(fd[0]);
		if (waitpid(pid, &status, 0) == -1)
			err(1, "waitpid");
	}
}
