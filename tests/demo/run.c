/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A run of the demonstration.
 *
 *	open	every connection is opened through A
 *	half	they transfer half of what they are to carry
 *	show	a command shows the firewalls
 *	more	the transfer goes on; no connection may end yet
 *	fail	A is killed in the middle of that
 *	rest	B has to carry everything to the end
 *
 * Connections take turns, a few packets each.  Their clock moves on by rounds:
 * a round is over when every connection has had its turn on both sides and then
 * a ping has passed the firewall both ways, behind everything that they sent.
 * An answer takes two rounds at most, and no timer fires before the fourth: so
 * who repeats a packet has lost it or its answer, however slow the machine is,
 * and whoever of us does not get to run.
 */

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/demo/firewall.h"
#include "tests/demo/flow.h"
#include "tests/demo/run.h"

#define TURN	   2		 /* packets of a connection in its turn */
#define PING_NEVER 60000	 /* ms, then the run is over */
#define RUN_MAX	   60000	 /* ms of the clock */
#define AWAKE_MAX  20		 /* ms in one step; more is not ours */
#define ROUND_MAX  (RTO_MIN / 4) /* ms of the clock in one round */

/*
 * Percent of what a connection carries.  The first half is written steadily.
 * From there to the failover a connection goes on by less than its window, as
 * fast as it can: what B has not been told yet stays within it.
 */
#define OPEN_AT 5
#define PACE	5 /* more every PACE_MS */
#define PACE_MS 50
#define SHOW_AT 50
#define FAIL_AT 65 /* of all of them together */
#define HOLD_AT 80 /* no connection goes further before that */

struct demo {
	struct flow *flows;
	unsigned nflows;
	unsigned turn[2];    /* whose it is, by enum side */
	unsigned turns[2];   /* that this round has seen */
	struct firewall *fw; /* the one that is in charge */
	uint64_t real;	     /* ms, monotonic */
	uint64_t awake;	     /* ms that the generator has run */
	uint64_t began_at;   /* this round did, ms awake */
	uint64_t turned_at;  /* the latest turn that the round needed */
	uint64_t now;	     /* ms of the connections' clock */
	uint64_t bad_packets;
};

static uint64_t
real_time(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

/*
 * Packets
 */

/* Takes in what has come out on a side.  Whether there was anything. */
static bool
receive(struct demo *d, enum side side)
{
	uint8_t buf[PACKET_MAX];
	struct packet p;
	struct flow *f;
	bool any = false;
	size_t len;

	while ((len = firewall_receive(d->fw, side, buf)) > 0) {
		any = true;
		f = NULL;
		if (packet_parse(buf, len, &p))
			f = flow_find(d->flows, d->nflows, side, &p);
		if (f == NULL)
			d->bad_packets++;
		else
			flow_input(f, side, d->now, &p);
	}
	return (any);
}

/* Gives turns on a side until it is full or nobody wants one. */
static bool
transmit(struct demo *d, enum side side)
{
	uint8_t buf[PACKET_MAX], data[PACKET_MSS];
	struct packet p;
	struct flow *f;
	bool any = false;
	unsigned idle, n;

	for (idle = 0; idle < d->nflows; idle++) {
		f = &d->flows[d->turn[side]];
		for (n = 0; n < TURN; n++) {
			if (!firewall_ready(d->fw, side))
				return (any);
			if (!flow_output(f, side, d->now, &p, data))
				break;
			firewall_send(d->fw, side, buf, packet_build(&p, buf));
			any = true;
			idle = 0;
		}
		d->turn[side] = (d->turn[side] + 1) % d->nflows;
		if (d->turns[side] < d->nflows) {
			d->turns[side]++;
			d->turned_at = d->awake;
		}
	}
	return (any);
}

static void
begin_round(struct demo *d)
{
	d->turns[CLIENT] = d->turns[SERVER] = 0;
	d->began_at = d->awake;
}

static bool
round_over(const struct demo *d)
{
	return (d->turns[CLIENT] == d->nflows &&
	    d->turns[SERVER] == d->nflows && d->fw->answered_at > d->turned_at);
}

static void
tick(struct demo *d)
{
	uint64_t now = real_time(), step = now - d->real;

	d->real = now;
	d->awake += step < AWAKE_MAX ? step : AWAKE_MAX;
	firewall_run(d->fw, d->awake);
	if (d->awake - d->fw->answered_at > PING_NEVER)
		errx(1, "firewall %c does not even forward a ping",
		    d->fw->name);
	if (!round_over(d))
		return;
	step = d->awake - d->began_at;
	d->now += step < ROUND_MAX ? step : ROUND_MAX;
	begin_round(d);
	if (d->now > RUN_MAX)
		errx(1, "not done after %d s", RUN_MAX / 1000);
}

/* Lets packets flow once; waits if none did. */
static void
step(struct demo *d)
{
	struct pollfd pfd[2];
	bool any = false;
	unsigned side;

	for (side = CLIENT; side <= SERVER; side++)
		any = receive(d, side) || any;
	tick(d);
	for (side = CLIENT; side <= SERVER; side++)
		any = transmit(d, side) || any;
	if (any)
		return;
	for (side = CLIENT; side <= SERVER; side++) {
		pfd[side].fd = d->fw->fd[side];
		pfd[side].events = POLLIN;
	}
	if (poll(pfd, 2,
		firewall_ready(d->fw, CLIENT) && firewall_ready(d->fw, SERVER) ?
		    5 :
		    1) == -1 &&
	    errno != EINTR)
		err(1, "poll");
}

/*
 * Stages
 */

static void
limit(struct demo *d, unsigned percent)
{
	unsigned i;

	for (i = 0; i < d->nflows; i++)
		flow_limit(&d->flows[i], percent);
}

/* All connections together have come that far. */
static bool
arrived(const struct demo *d, unsigned percent)
{
	uint64_t got = 0, share = 0;
	unsigned i;

	for (i = 0; i < d->nflows; i++) {
		got += flow_arrived(&d->flows[i]);
		share += flow_share(&d->flows[i], percent);
	}
	return (got >= share);
}

/* Before A is killed every connection has to be well. */
static void
expect_well(const struct demo *d)
{
	char how[FLOW_EXPLAIN_MAX];
	unsigned i;

	for (i = 0; i < d->nflows; i++)
		if (flow_end(&d->flows[i]) != FLOW_RUNS)
			errx(1, "connection %u ended before the failover: %s",
			    i, flow_explain(&d->flows[i], how));
}

static bool
all_open(const struct demo *d)
{
	unsigned i;

	for (i = 0; i < d->nflows; i++)
		if (!flow_open(&d->flows[i]))
			return (false);
	return (true);
}

static void
open_all(struct demo *d)
{
	unsigned i, icmp = 0, nat = 0, tcp = 0, v6 = 0;

	limit(d, OPEN_AT);
	while (!all_open(d)) {
		step(d);
		expect_well(d);
	}
	for (i = 0; i < d->nflows; i++) {
		tcp += d->flows[i].proto == PACKET_TCP;
		icmp += d->flows[i].proto == PACKET_ICMP;
		v6 += d->flows[i].version == 6;
		nat += flow_translated(&d->flows[i]);
	}
	(void)
	    printf("%u connections are open through A after %llu ms: %u TCP, "
		   "%u UDP, %u ICMP;\n  %u of them over IPv6, %u translated\n",
		d->nflows, (unsigned long long)d->awake, tcp,
		d->nflows - tcp - icmp, icmp, v6, nat);
}

static void
first_half(struct demo *d)
{
	unsigned percent;
	uint64_t next;

	for (percent = OPEN_AT; percent <= SHOW_AT; percent += PACE) {
		limit(d, percent);
		next = d->now + PACE_MS;
		while (d->now < next || !arrived(d, percent)) {
			step(d);
			expect_well(d);
		}
	}
}

static void
show(struct demo *d, const char *command)
{
	int status;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		err(127, "/bin/sh");
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		step(d);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "cannot show the firewalls");
}

static void
fail(struct demo *d, struct firewall *next, pid_t victim)
{
	unsigned flying = 0, i;
	uint64_t bytes = 0;

	if (kill(victim, SIGKILL) == -1)
		err(1, "kill %ld", (long)victim);
	firewall_close(d->fw);
	d->fw = next;
	for (i = 0; i < d->nflows; i++) {
		flying += flow_in_flight(&d->flows[i]) > 0;
		bytes += flow_in_flight(&d->flows[i]);
		flow_failover(&d->flows[i]);
	}
	begin_round(d);
	(void)printf("kill -9 A, with %llu bytes under way on %u connections; "
		     "B takes over at once\n",
	    (unsigned long long)bytes, flying);
	(void)fflush(stdout);
}

/* Whether a connection still may go on. */
static bool
any_runs(const struct demo *d)
{
	unsigned i;

	for (i = 0; i < d->nflows; i++)
		if (flow_end(&d->flows[i]) == FLOW_RUNS)
			return (true);
	return (false);
}

static void
count(const struct demo *d, struct run_result *r)
{
	uint64_t repeated = 0;
	unsigned i;

	memset(r, 0, sizeof(*r));
	r->connections = d->nflows;
	for (i = 0; i < d->nflows; i++) {
		r->survived += flow_end(&d->flows[i]) == FLOW_WHOLE;
		r->corrupt += flow_corrupt(&d->flows[i]);
		repeated += flow_repeated(&d->flows[i]);
	}
	(void)printf("%u of %u connections went on through B and ended whole\n"
		     "  (%llu packets were sent again",
	    r->survived, r->connections, (unsigned long long)repeated);
	if (d->bad_packets > 0)
		(void)printf(", %llu arrived that belong to none",
		    (unsigned long long)d->bad_packets);
	(void)printf(";\n  a new ping, begun after A's end, passed B %llu "
		     "times)\n",
	    (unsigned long long)d->fw->answers);
	if (r->corrupt > 0)
		(void)printf("%u connections received what was not sent\n",
		    r->corrupt);
	(void)fflush(stdout);
}

void
run(unsigned connections, pid_t victim, const char *command,
    struct run_result *result)
{
	struct firewall a, b;
	struct demo d;
	unsigned i;

	memset(&d, 0, sizeof(d));
	d.flows = calloc(connections, sizeof(*d.flows));
	if (d.flows == NULL)
		err(1, NULL);
	d.nflows = connections;
	for (i = 0; i < connections; i++)
		flow_init(&d.flows[i], i);
	firewall_open(&a, 'A');
	firewall_open(&b, 'B');
	d.fw = &a;
	d.now = d.awake = 1;
	d.real = real_time();

	open_all(&d);
	first_half(&d);
	if (command != NULL)
		show(&d, command);
	limit(&d, HOLD_AT);
	while (!arrived(&d, FAIL_AT)) {
		step(&d);
		expect_well(&d);
	}
	fail(&d, &b, victim);
	limit(&d, 100);
	while (any_runs(&d))
		step(&d);
	count(&d, result);
	firewall_close(&b);
	free(d.flows);
}
