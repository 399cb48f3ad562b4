/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A large state table: loading, purging, and moving it to another firewall by
 * bulk update over the socket link, between two processes.
 */

#include <sys/wait.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"

/* Returns how long the longest insert took, in seconds of processor time. */
static double
load(struct pf *pf, uint64_t states, uint32_t creatorid, uint32_t expire)
{
	double began, now, longest = 0;
	enum pfsync_refusal why;
	struct psync_state st;
	uint64_t i;

	now = cpu_seconds();
	for (i = 0; i < states; i++) {
		began = now;
		synthetic_state(&st, i, creatorid);
		st.expire = expire;
		if ((why = pf_state_import(pf, &st, false)) != PFSYNC_OK)
			die("state %llu refused: %d", (unsigned long long)i,
			    why);
		now = cpu_seconds();
		if (now - began > longest)
			longest = now - began;
	}
	return (longest);
}

/* Loads, lets everything expire, and looks at the longest purge. */
int
bench_table(uint64_t states)
{
	struct pf_status status;
	struct station s;
	double began, took, longest = 0;
	struct pf *pf;

	station_open(&s, NULL);
	pf = hk_pf(s.hk);
	began = seconds();
	longest = load(pf, states, htonl(0x0a0b0c02), 10);
	took = seconds() - began;
	printf("table.load_longest_ms\t%.3f\tms\n", longest * 1e3);
	longest = 0;
	printf("table.load_per_second\t%.0f\tstates/s\n",
	    (double)states / took);
	printf("state.bytes\t%zu\tbytes\n", pf_state_memory(pf));

	s.now += 2 * 86400 * 1000ULL;
	do {
		s.now += 10;
		began = cpu_seconds();
		pf_purge(pf);
		took = cpu_seconds() - began;
		if (took > longest)
			longest = took;
		pf_status(pf, &status);
	} while (status.states > 0);
	printf("table.purge_longest_ms\t%.3f\tms\n", longest * 1e3);
	station_close(&s);
	return (0);
}

/*
 * One firewall in a process of its own: real time, a Unix socket link.
 */

static uint64_t
real_now(void *ctx)
{
	(void)ctx;
	return ((uint64_t)(seconds() * 1e3));
}

static uint32_t
real_random(void *ctx)
{
	(void)ctx;
	return ((uint32_t)random());
}

static struct hk *
firewall(const char *spec, uint32_t hostid)
{
	const struct hk_env env = { .now = real_now, .random = real_random };
	struct pf_settings settings;
	struct link *link;
	char err[256];
	struct hk *hk;

	hk = hk_create(&env, 1, hostid);
	link = link_open("em1", spec, err, sizeof(err));
	if (hk == NULL || link == NULL)
		die("%s", hk == NULL ? "no memory" : err);
	pf_settings_default(&settings);
	settings.limit_states = 2000000;
	if (hk_attach(hk, "em1", link) != 0 ||
	    pf_load(hk_pf(hk), &settings, NULL, 0) != 0)
		die("em1 cannot be attached");
	return (hk);
}

static void
pfsync_up(struct hk *hk)
{
	struct ctl_ifreq ifr = { .name = "pfsync0", .up = 1 };
	struct {
		struct ctl_ifdrv ifd;
		struct pfsync_drv_config config;
	} set = { { .cmd = PFSYNC_DRV_CONFIG },
		{ .set = PFSYNC_CONFIG_SYNCDEV } };
	void *out = NULL;
	size_t len;

	strcpy(set.config.syncdev, "em1");
	if (hk_control(hk, CTL_SIFCREATE, &ifr, sizeof(ifr), &out, &len) != 0 ||
	    hk_control(hk, CTL_SDRVSPEC, &set, sizeof(set), &out, &len) != 0 ||
	    hk_control(hk, CTL_SIFFLAGS, &ifr, sizeof(ifr), &out, &len) != 0)
		die("pfsync0 does not come up");
}

/* One round of the event loop of hkern(8). */
static void
round_of(struct hk *hk)
{
	struct pollfd pfd[4];
	uint64_t now, next;

	next = hk_run(hk);
	now = real_now(NULL);
	if (next > now + 1000)
		next = now + 1000;
	(void)poll(pfd, hk_fds(hk, pfd, 4), next > now ? (int)(next - now) : 0);
}

int
bench_bulk(uint64_t states)
{
	char dir[] = "/tmp/pfsync-bench.XXXXXX", spec[2][96], cmd[64];
	struct psync_status status;
	struct pf_status table;
	double deadline;
	struct hk *hk;
	int ready[2];
	pid_t pid;
	char c;

	if (mkdtemp(dir) == NULL || pipe(ready) != 0)
		die("no directory in /tmp");
	snprintf(spec[0], sizeof(spec[0]), "unix:%s/a,%s/b", dir, dir);
	snprintf(spec[1], sizeof(spec[1]), "unix:%s/b,%s/a", dir, dir);
	pid = fork();
	if (pid == 0) {
		hk = firewall(spec[0], htonl(0x0a0b0c01));
		(void)load(hk_pf(hk), states, htonl(0x0a0b0c01), 86400);
		pfsync_up(hk);
		(void)!write(ready[1], "", 1);
		for (;;)
			round_of(hk);
	}
	(void)!read(ready[0], &c, 1);

	hk = firewall(spec[1], htonl(0x0a0b0c02));
	pfsync_up(hk);
	deadline = seconds() + 120;
	do {
		round_of(hk);
		psync_status(hk_psync(hk), &status);
	} while (status.bulk == PSYNC_BULK_RUNNING && seconds() < deadline);
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	(void)!system(cmd);

	pf_status(hk_pf(hk), &table);
	if (status.bulk != PSYNC_BULK_OK || table.states != states)
		die("bulk update: result %d, %u of %llu states", status.bulk,
		    table.states, (unsigned long long)states);
	printf("bulk.states_per_second\t%.0f\tstates/s\n",
	    (double)states * 1e3 / (double)status.bulk_ms);
	hk_destroy(hk);
	return (0);
}
