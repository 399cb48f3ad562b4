/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See twohk.h.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/frame.h"
#include "tests/lib/ruleset.h"
#include "tests/lib/twohk.h"

#define WIRE	 1024 /* packets one holds */
#define QUIET_MS 3000
#define PATIENCE 120000
#define IP4_LEN	 20

static void
must(const char *what, int error)
{
	if (error == 0)
		return;
	fprintf(stderr, "twohk: %s: %s\n", what, strerror(error));
	abort();
}

static uint64_t
side_now(void *ctx)
{
	return (((struct twohk_side *)ctx)->two->now);
}

static uint32_t
side_random(void *ctx)
{
	struct twohk_side *s = ctx;

	s->seed = s->seed * 1664525 + 1013904223;
	return (s->seed ^ s->seed >> 16);
}

/* Which way a packet goes is seen by who it is from. */
static void
side_bpf(void *ctx, const uint8_t *pkt, size_t len)
{
	struct twohk_side *s = ctx;
	unsigned action, n;

	if (pkt[15] != (uint8_t)(1 + (s - s->two->side))) {
		s->seen++;
		return;
	}
	s->sent++;
	if (pkt[IP4_LEN] != PFSYNC_VERSION)
		return;
	for (action = 0; action < PFSYNC_ACT_MAX; action++) {
		n = frame_messages(pkt + IP4_LEN, len - IP4_LEN,
		    (uint8_t)action);
		s->acts[action] += n;
	}
}

static int
side_clone(void *ctx, bool create)
{
	struct twohk_side *s = ctx;

	if (!create) {
		s->cloned--;
		return (0);
	}
	if (s->clone_error == 0)
		s->cloned++;
	return (s->clone_error);
}

static void
side_open(struct twohk *two, unsigned side, unsigned slices, struct link *em1)
{
	static const char *const ifname[3] = { "em0", "em1", "em2" };
	static const char *const net[3] = { "10.1.1.0", NULL, "198.51.100.0" };
	struct twohk_side *s = &two->side[side];
	const struct hk_env env = {
		.ctx = s,
		.now = side_now,
		.random = side_random,
		.bpf = side_bpf,
		.clone = side_clone,
	};
	struct link *end[2];
	uint8_t dst[4];
	unsigned i;

	s->two = two;
	s->seed = side + 1;
	s->hk = hk_create(&env, slices, htonl(0x0a + side));
	if (s->hk == NULL)
		must("hk_create", ENOMEM);
	for (i = 0; i < 3; i++) {
		end[0] = em1;
		if (i != 1)
			must("wire", link_mem_pair(end, 9000, WIRE));
		must(ifname[i], hk_attach(s->hk, ifname[i], end[0]));
		if (i == 1)
			continue;
		s->wire[i] = end[1];
		inet_pton(AF_INET, net[i], dst);
		must(net[i],
		    hk_route(s->hk, PSYNC_AF_INET, dst, 24, ifname[i]));
	}
	pf_enable(hk_pf(s->hk), true);
}

void
twohk_open(struct twohk *two, unsigned slices, const char *rules)
{
	struct link *end[2];
	unsigned i;

	memset(two, 0, sizeof(*two));
	two->now = 1000000;
	must("wire", link_mem_pair(end, 9000, WIRE));
	for (i = 0; i < 2; i++) {
		end[i]->mtu = 1500;
		end[i]->af = PSYNC_AF_INET;
		end[i]->plen = 24;
		inet_pton(AF_INET, "203.0.113.0", end[i]->addr);
		end[i]->addr[3] = (uint8_t)(1 + i);
		side_open(two, i, slices, end[i]);
		twohk_rules(two, i, rules);
	}
}

void
twohk_kill(struct twohk *two, unsigned side)
{
	struct twohk_side *s = &two->side[side];

	hk_destroy(s->hk);
	s->hk = NULL;
	s->wire[0]->ops->close(s->wire[0]);
	s->wire[2]->ops->close(s->wire[2]);
}

void
twohk_close(struct twohk *two)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (two->side[i].hk != NULL)
			twohk_kill(two, i);
}

int
twohk_control(struct twohk *two, unsigned side, enum ctl_command command,
    const void *in, size_t inlen)
{
	size_t outlen;
	void *out;
	int error;

	error = hk_control(two->side[side].hk, command, in, inlen, &out,
	    &outlen);
	free(out);
	return (error);
}

void
twohk_rules(struct twohk *two, unsigned side, const char *rules)
{
	struct pf_ruleset_text text;
	struct ctl_ruleset *head;
	size_t len;
	char *said;

	if (ruleset_parse(rules, &text, &said) != 0) {
		fprintf(stderr, "%s", said);
		abort();
	}
	len = sizeof(*head) + text.nrules * sizeof(*text.rules);
	head = malloc(len);
	if (head == NULL)
		must("rules", ENOMEM);
	head->settings = text.settings;
	head->nrules = (uint32_t)text.nrules;
	memcpy(head + 1, text.rules, text.nrules * sizeof(*text.rules));
	must("rules", twohk_control(two, side, CTL_SETRULES, head, len));
	free(head);
	free(said);
	pfctl_ruleset_free(&text);
}

/*
 * pfsync0
 */

static struct ctl_ifreq
ifreq(const char *ifname)
{
	struct ctl_ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	(void)snprintf(ifr.name, sizeof(ifr.name), "%s", ifname);
	return (ifr);
}

int
twohk_create(struct twohk *two, unsigned side, const char *ifname)
{
	struct ctl_ifreq ifr = ifreq(ifname);

	return (twohk_control(two, side, CTL_SIFCREATE, &ifr, sizeof(ifr)));
}

int
twohk_updown(struct twohk *two, unsigned side, const char *ifname, bool up)
{
	struct ctl_ifreq ifr = ifreq(ifname);

	ifr.up = up;
	return (twohk_control(two, side, CTL_SIFFLAGS, &ifr, sizeof(ifr)));
}

int
twohk_mtu(struct twohk *two, unsigned side, const char *ifname, uint32_t mtu)
{
	struct ctl_ifreq ifr = ifreq(ifname);

	ifr.mtu = mtu;
	return (twohk_control(two, side, CTL_SIFMTU, &ifr, sizeof(ifr)));
}

int
twohk_set(struct twohk *two, unsigned side, uint32_t set,
    const struct psync_config *config)
{
	struct {
		struct ctl_ifdrv ifd;
		struct pfsync_drv_config config;
	} rq;

	memset(&rq, 0, sizeof(rq));
	rq.ifd.cmd = PFSYNC_DRV_CONFIG;
	rq.config.set = set;
	if (config != NULL) {
		rq.config.version = config->format;
		rq.config.maxupd = config->maxupd;
		rq.config.mtu = config->mtu;
		rq.config.up = config->up;
		memcpy(rq.config.syncdev, config->syncdev,
		    sizeof(rq.config.syncdev));
		memcpy(rq.config.syncpeer, config->syncpeer,
		    sizeof(rq.config.syncpeer));
		rq.config.syncpeer_af = config->syncpeer_af;
		rq.config.defer = config->defer;
		rq.config.defer_delay = config->defer_delay;
	}
	return (twohk_control(two, side, CTL_SDRVSPEC, &rq, sizeof(rq)));
}

void
twohk_pfsync(struct twohk *two, unsigned side)
{
	const struct psync_config config = { .syncdev = "em1" };

	must("create", twohk_create(two, side, "pfsync0"));
	must("syncdev", twohk_set(two, side, PFSYNC_CONFIG_SYNCDEV, &config));
	must("up", twohk_updown(two, side, "pfsync0", true));
}

struct psync_status
twohk_status(struct twohk *two, unsigned side)
{
	struct psync_status status;

	memset(&status, 0, sizeof(status));
	psync_status(hk_psync(two->side[side].hk), &status);
	return (status);
}

struct pfsyncxstats
twohk_stats(struct twohk *two, unsigned side)
{
	struct pfsyncxstats stats;

	memset(&stats, 0, sizeof(stats));
	psync_stats(hk_psync(two->side[side].hk), &stats);
	return (stats);
}

/*
 * Time
 */

bool
twohk_until(struct twohk *two, twohk_cond_fn *cond, void *arg, uint64_t max_ms)
{
	uint64_t end = two->now + max_ms, next, at;
	unsigned i;

	for (;;) {
		next = end;
		for (i = 0; i < 2; i++) {
			if (two->side[i].hk == NULL)
				continue;
			at = hk_run(two->side[i].hk);
			if (at < next)
				next = at;
		}
		if (cond != NULL && cond(two, arg))
			return (true);
		if (two->now >= end)
			return (false);
		/* A millisecond at least: what one sends the other gets. */
		two->now = next > two->now ? next : two->now + 1;
	}
}

void
twohk_wait(struct twohk *two, uint64_t ms)
{
	(void)twohk_until(two, NULL, NULL, ms);
}

struct quiet {
	unsigned sent;
	uint64_t since;
};

static bool
is_quiet(struct twohk *two, void *arg)
{
	struct quiet *q = arg;
	unsigned i, sent = 0, pending = 0;

	for (i = 0; i < 2; i++) {
		sent += two->side[i].sent;
		if (two->side[i].hk != NULL &&
		    hk_psync(two->side[i].hk) != NULL)
			pending += twohk_status(two, i).pending;
	}
	if (sent != q->sent || pending != 0) {
		q->sent = sent;
		q->since = two->now;
	}
	return (two->now - q->since >= QUIET_MS);
}

void
twohk_quiet(struct twohk *two)
{
	struct quiet q = { 0, two->now };

	if (!twohk_until(two, is_quiet, &q, PATIENCE)) {
		fprintf(stderr, "twohk: pfsync does not become quiet\n");
		abort();
	}
}

/*
 * States
 */

struct psync_state *
twohk_states(struct twohk *two, unsigned side, uint32_t n, size_t *count)
{
	struct ctl_page page = { .cursor = 0, .count = n };
	struct psync_state *all = NULL;
	uint8_t *out;
	size_t outlen;
	void *p;

	*count = 0;
	do {
		page.count = n;
		must("states",
		    hk_control(two->side[side].hk, CTL_GETSTATES, &page,
			sizeof(page), &p, &outlen));
		out = p;
		memcpy(&page, out, sizeof(page));
		if (outlen != sizeof(page) + page.count * sizeof(*all) ||
		    page.count > n || (page.more && page.count == 0))
			must("page", EPROTO);
		all = realloc(all, (*count + page.count + 1) * sizeof(*all));
		if (all == NULL)
			must("states", ENOMEM);
		memcpy(all + *count, out + sizeof(page),
		    page.count * sizeof(*all));
		*count += page.count;
		free(out);
	} while (page.more);
	return (all);
}

size_t
twohk_count(struct twohk *two, unsigned side)
{
	struct pf_status status;

	pf_status(hk_pf(two->side[side].hk), &status);
	return (status.states);
}

size_t
twohk_common(struct twohk *two)
{
	struct psync_state *st;
	size_t i, count, n = 0;

	st = twohk_states(two, A, 4096, &count);
	for (i = 0; i < count; i++)
		if (pf_state_find(hk_pf(two->side[B].hk), st[i].id,
			st[i].creatorid) != NULL)
			n++;
	free(st);
	return (n);
}

uint64_t
twohk_still(void *ctx)
{
	(void)ctx;
	return (5000);
}

uint32_t
twohk_four(void *ctx)
{
	(void)ctx;
	return (4);
}
