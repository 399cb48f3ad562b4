/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests of the control socket that are about pf: what /dev/pf answers.
 *
 * Invariants: those of hk_control.c.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/hosted/hk_request.h"

#define PAGE_MAX 4096 /* states in one answer */

static bool
pf_running(struct hk *hk)
{
	struct pf_status status;

	pf_status(hk->pf, &status);
	return (status.running != 0);
}

int
hk_start(struct hk *hk, const struct request *rq)
{
	(void)rq;
	if (pf_running(hk))
		return (EEXIST);
	pf_enable(hk->pf, true);
	return (0);
}

int
hk_stop(struct hk *hk, const struct request *rq)
{
	(void)rq;
	if (!pf_running(hk))
		return (ENOENT);
	pf_enable(hk->pf, false);
	return (0);
}

int
hk_setrules(struct hk *hk, const struct request *rq)
{
	struct ctl_ruleset head;
	struct pf_rule *rules;
	size_t len;
	int error;

	memcpy(&head, rq->in, sizeof(head));
	if (head.nrules > PF_RULES_MAX)
		return (EINVAL);
	len = head.nrules * sizeof(*rules);
	if (rq->inlen != sizeof(head) + len)
		return (EINVAL);
	rules = malloc(len == 0 ? 1 : len);
	if (rules == NULL)
		return (ENOMEM);
	memcpy(rules, rq->in + sizeof(head), len);
	error = pf_load(hk->pf, &head.settings, rules, head.nrules);
	free(rules);
	return (error);
}

int
hk_getrules(struct hk *hk, const struct request *rq)
{
	const struct pf_rule *rules;
	struct ctl_ruleset head;
	struct ctl_rule rule;
	size_t i, n;
	uint8_t *p;

	rules = pf_rules(hk->pf, &n);
	memset(&head, 0, sizeof(head));
	head.settings = *pf_settings(hk->pf);
	head.nrules = (uint32_t)n;
	*rq->outlen = sizeof(head) + n * sizeof(rule);
	p = *rq->out = malloc(*rq->outlen);
	if (p == NULL)
		return (ENOMEM);
	memcpy(p, &head, sizeof(head));
	p += sizeof(head);
	for (i = 0; i < n; i++, p += sizeof(rule)) {
		memset(&rule, 0, sizeof(rule));
		rule.rule = rules[i];
		pf_rule_stats(hk->pf, i, &rule.stats);
		memcpy(p, &rule, sizeof(rule));
	}
	return (0);
}

/* A page of the state table: what pf's walk goes on by is the cursor. */
struct page {
	struct hk *hk;
	struct psync_state *states;
	uint32_t count;
};

static void
page_visit(void *arg, struct pf_state *st)
{
	struct page *pg = arg;
	struct psync_state *state = &pg->states[pg->count++];

	pf_state_export(pg->hk->pf, st, state);
	state->expire = pf_state_left(pg->hk->pf, st);
}

int
hk_getstates(struct hk *hk, const struct request *rq)
{
	struct page pg = { .hk = hk };
	struct ctl_page page;
	uint8_t *p;

	memcpy(&page, rq->in, sizeof(page));
	if (page.count == 0)
		return (EINVAL);
	if (page.count > PAGE_MAX)
		page.count = PAGE_MAX;
	pg.states = calloc(page.count, sizeof(*pg.states));
	if (pg.states == NULL)
		return (ENOMEM);
	page.more = pf_states_walk(hk->pf, &page.cursor, page.count, page_visit,
	    &pg);
	page.count = pg.count;
	*rq->outlen = sizeof(page) + pg.count * sizeof(*pg.states);
	p = *rq->out = malloc(*rq->outlen);
	if (p != NULL) {
		memcpy(p, &page, sizeof(page));
		memcpy(p + sizeof(page), pg.states,
		    pg.count * sizeof(*pg.states));
	}
	free(pg.states);
	return (p == NULL ? ENOMEM : 0);
}

static bool
kill_addr_ok(const struct pf_rule_addr *a)
{
	switch (a->af) {
	case 0:
		return (true);
	case PSYNC_AF_INET:
		return (a->plen <= 32);
	case PSYNC_AF_INET6:
		return (a->plen <= 128);
	default:
		return (false);
	}
}

static int
get_kill(const struct request *rq, struct pf_kill *k)
{
	memcpy(k, rq->in, sizeof(*k));
	if ((k->ifname[0] != '\0' && !hk_ifname_ok(k->ifname)) ||
	    !kill_addr_ok(&k->src) || !kill_addr_ok(&k->dst))
		return (EINVAL);
	return (0);
}

int
hk_clrstates(struct hk *hk, const struct request *rq)
{
	struct pf_kill k;
	uint32_t n;
	int error;

	error = get_kill(rq, &k);
	if (error != 0)
		return (error);
	n = (uint32_t)pf_states_clear(hk->pf, 0, k.ifname, true);
	return (hk_reply(rq, &n, sizeof(n)));
}

int
hk_killstates(struct hk *hk, const struct request *rq)
{
	struct pf_kill k;
	uint32_t n;
	int error;

	error = get_kill(rq, &k);
	if (error != 0)
		return (error);
	n = (uint32_t)pf_states_kill(hk->pf, &k);
	return (hk_reply(rq, &n, sizeof(n)));
}

/* The counters of pf count on; what is shown is since pfctl -F info. */
static void
since_base(struct pf_status *status, const struct pf_status *base)
{
	unsigned i, j;

	status->searches -= base->searches;
	status->inserts -= base->inserts;
	status->removals -= base->removals;
	for (i = 0; i < 2; i++) {
		for (j = 0; j < 2; j++)
			status->packets[i][j] -= base->packets[i][j];
		status->bytes[i] -= base->bytes[i];
	}
	status->match -= base->match;
	status->bad_offset -= base->bad_offset;
	status->fragment -= base->fragment;
	status->memory -= base->memory;
	status->ip_option -= base->ip_option;
	status->state_mismatch -= base->state_mismatch;
	status->state_insert -= base->state_insert;
	status->state_limit -= base->state_limit;
}

int
hk_getstatus(struct hk *hk, const struct request *rq)
{
	struct pf_status status;

	memset(&status, 0, sizeof(status));
	pf_status(hk->pf, &status);
	since_base(&status, &hk->base);
	return (hk_reply(rq, &status, sizeof(status)));
}

int
hk_clrstatus(struct hk *hk, const struct request *rq)
{
	(void)rq;
	pf_status(hk->pf, &hk->base);
	return (0);
}
