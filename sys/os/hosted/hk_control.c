/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests of the control socket, as ctl.h defines them: what ioctl(2) and
 * sysctl(3) answer in a real kernel, with the same errors.
 *
 * Invariants: a handler sees a payload of a legal length; whoever fails has
 * changed nothing.  Payloads may be unaligned, so they are copied before use.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/hosted/hk_impl.h"

#define PAGE_MAX	4096		/* states in one answer */
#define IF_MTU_MIN	576

struct request {
	const uint8_t	*in;
	size_t		 inlen;
	void		**out;
	size_t		*outlen;
};

typedef int handler_fn(struct hk *, const struct request *);

static int
reply(const struct request *rq, const void *p, size_t len)
{
	*rq->out = malloc(len == 0 ? 1 : len);
	if (*rq->out == NULL)
		return (ENOMEM);
	if (len != 0)
		memcpy(*rq->out, p, len);
	*rq->outlen = len;
	return (0);
}

/*
 * Interfaces
 */

static void
describe_if(const struct hk_if *ifp, struct ctl_ifreq *ifr)
{
	const struct link *l = ifp->link;

	memset(ifr, 0, sizeof(*ifr));
	memcpy(ifr->name, ifp->name, sizeof(ifr->name));
	memcpy(ifr->link, l->name, sizeof(ifr->link));
	ifr->mtu = l->mtu;
	ifr->up = ifp->up;
	ifr->running = ifp->up && ifp->running;
	ifr->multicast = l->multicast;
	ifr->af = l->af;
	memcpy(ifr->addr, l->addr, sizeof(ifr->addr));
	ifr->plen = l->plen;
}

static void
describe_pfsync(const struct hk *hk, struct ctl_ifreq *ifr)
{
	memset(ifr, 0, sizeof(*ifr));
	memcpy(ifr->name, HK_PFSYNC, sizeof(HK_PFSYNC));
	ifr->mtu = hk->config.mtu;
	ifr->up = hk->config.up;
	ifr->running = hk->config.up;
	ifr->is_pfsync = 1;
}

static bool
is_pfsync(const struct hk *hk, const char *name)
{
	return (hk->psync != NULL && strcmp(name, HK_PFSYNC) == 0);
}

static int
get_ifreq(const struct request *rq, struct ctl_ifreq *ifr)
{
	memcpy(ifr, rq->in, sizeof(*ifr));
	return (hk_ifname_ok(ifr->name) ? 0 : EINVAL);
}

static int
do_gifconf(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr[HK_IFS_MAX + 1];
	unsigned i;

	for (i = 0; i < hk->nifs; i++)
		describe_if(&hk->ifs[i], &ifr[i]);
	if (hk->psync != NULL)
		describe_pfsync(hk, &ifr[i++]);
	return (reply(rq, ifr, i * sizeof(ifr[0])));
}

static int
do_gifreq(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	const struct hk_if *ifp;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	ifp = hk_if_find(hk, ifr.name);
	if (ifp != NULL)
		describe_if(ifp, &ifr);
	else if (is_pfsync(hk, ifr.name))
		describe_pfsync(hk, &ifr);
	else
		return (ENXIO);
	return (reply(rq, &ifr, sizeof(ifr)));
}

static int
do_sifcreate(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	if (strcmp(ifr.name, HK_PFSYNC) != 0)
		return (EINVAL);
	return (hk_pfsync_create(hk));
}

static int
do_sifdestroy(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	if (hk_if_find(hk, ifr.name) != NULL)
		return (EINVAL);
	if (!is_pfsync(hk, ifr.name))
		return (ENXIO);
	return (hk_pfsync_destroy(hk));
}

static int
set_pfsync_flags(struct hk *hk, bool up)
{
	struct psync_config config;

	config = hk->config;
	config.up = up;
	return (hk_pfsync_apply(hk, &config));
}

static int
do_sifflags(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	struct hk_if *ifp;
	bool was;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	if (is_pfsync(hk, ifr.name))
		return (set_pfsync_flags(hk, ifr.up != 0));
	ifp = hk_if_find(hk, ifr.name);
	if (ifp == NULL)
		return (ENXIO);
	was = ifp->up;
	ifp->up = ifr.up != 0;
	error = hk_syncdev_changed(hk, ifp->name);
	if (error != 0)
		ifp->up = was;
	return (error);
}

static int
set_pfsync_mtu(struct hk *hk, uint32_t mtu)
{
	const struct hk_if *ifp;
	struct psync_config config;
	int error;

	ifp = hk_if_find(hk, hk->config.syncdev);
	if (mtu > PSYNC_MTU_MAX || (ifp != NULL && mtu > ifp->link->mtu))
		return (EINVAL);
	config = hk->config;
	config.mtu = (uint16_t)mtu;
	error = hk_pfsync_apply(hk, &config);
	return (error == EMSGSIZE ? EINVAL : error);
}

static int
do_sifmtu(struct hk *hk, const struct request *rq)
{
	struct ctl_ifreq ifr;
	struct hk_if *ifp;
	unsigned was;
	int error;

	error = get_ifreq(rq, &ifr);
	if (error != 0)
		return (error);
	if (is_pfsync(hk, ifr.name))
		return (set_pfsync_mtu(hk, ifr.mtu));
	ifp = hk_if_find(hk, ifr.name);
	if (ifp == NULL)
		return (ENXIO);
	if (ifr.mtu < IF_MTU_MIN || ifr.mtu > ifp->link->mtu_max)
		return (EINVAL);
	was = ifp->link->mtu;
	ifp->link->mtu = ifr.mtu;
	error = hk_syncdev_changed(hk, ifp->name);
	if (error != 0)
		ifp->link->mtu = was;
	return (error == EMSGSIZE ? EINVAL : error);
}

/*
 * pfsync0
 */

static int
do_setpfsync(struct hk *hk, const struct request *rq)
{
	static const uint8_t zero[16];
	const struct psync_config *want;
	struct psync_config config;
	struct ctl_pfsync req;
	int error;

	memcpy(&req, rq->in, sizeof(req));
	if (hk->psync == NULL)
		return (ENXIO);
	want = &req.status.config;
	config = hk->config;
	if (req.set & CTL_PFSYNC_SYNCDEV) {
		if (want->syncdev[0] != '\0') {
			if (!hk_ifname_ok(want->syncdev))
				return (EINVAL);
			if (hk_if_find(hk, want->syncdev) == NULL)
				return (ENXIO);
		}
		memset(config.syncdev, 0, sizeof(config.syncdev));
		(void)snprintf(config.syncdev, sizeof(config.syncdev), "%s",
		    want->syncdev);
	}
	if (req.set & CTL_PFSYNC_SYNCPEER) {
		if (want->syncpeer_af != 0 &&
		    want->syncpeer_af != PSYNC_AF_INET &&
		    want->syncpeer_af != PSYNC_AF_INET6)
			return (EAFNOSUPPORT);
		memset(config.syncpeer, 0, sizeof(config.syncpeer));
		memcpy(config.syncpeer, want->syncpeer,
		    want->syncpeer_af == PSYNC_AF_INET6 ? 16 : 4);
		config.syncpeer_af = want->syncpeer_af;
		if (config.syncpeer_af == 0 ||
		    memcmp(config.syncpeer, zero, sizeof(zero)) == 0) {
			memset(config.syncpeer, 0, sizeof(config.syncpeer));
			config.syncpeer_af = 0;
		}
	}
	if (req.set & CTL_PFSYNC_MAXUPD) {
		if (want->maxupd > PFSYNC_MAXUPDATES_MAX)
			return (EINVAL);
		config.maxupd = want->maxupd;
	}
	if (req.set & CTL_PFSYNC_VERSION)
		config.format = want->format;
	if (req.set & ~(uint32_t)CTL_PFSYNC_RESYNC) {
		error = hk_pfsync_apply(hk, &config);
		if (error != 0)
			return (error);
	}
	if (req.set & CTL_PFSYNC_RESYNC)
		return (psync_resync(hk->psync));
	return (0);
}

static int
do_getpfsync(struct hk *hk, const struct request *rq)
{
	struct ctl_pfsync req;

	if (hk->psync == NULL)
		return (ENXIO);
	memset(&req, 0, sizeof(req));
	psync_status(hk->psync, &req.status);
	req.demotion = hk->demotion;
	return (reply(rq, &req, sizeof(req)));
}

static int
do_pfsyncstats(struct hk *hk, const struct request *rq)
{
	struct pfsyncxstats stats;

	if (hk->psync == NULL)
		return (ENXIO);
	memset(&stats, 0, sizeof(stats));
	psync_stats(hk->psync, &stats);
	return (reply(rq, &stats, sizeof(stats)));
}

/*
 * pf
 */

static bool
pf_running(struct hk *hk)
{
	struct pf_status status;

	pf_status(hk->pf, &status);
	return (status.running != 0);
}

static int
do_start(struct hk *hk, const struct request *rq)
{
	(void)rq;
	if (pf_running(hk))
		return (EEXIST);
	pf_enable(hk->pf, true);
	return (0);
}

static int
do_stop(struct hk *hk, const struct request *rq)
{
	(void)rq;
	if (!pf_running(hk))
		return (ENOENT);
	pf_enable(hk->pf, false);
	return (0);
}

static int
do_setrules(struct hk *hk, const struct request *rq)
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

static int
do_getrules(struct hk *hk, const struct request *rq)
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

/*
 * A page of the state table.  pf walks whole hash rows; where a page ends
 * within one, the cursor says how many states of it were shown:
 * row << 16 | shown.
 */
struct page {
	struct hk	*hk;
	struct psync_state *states;
	uint32_t	count;
	uint32_t	max;
	uint32_t	skip;		/* of this row, shown before */
	uint32_t	shown;		/* of this row, now */
	bool		full;
};

static void
page_visit(void *arg, struct pf_state *st)
{
	struct page *pg = arg;

	if (pg->skip != 0) {
		pg->skip--;
		pg->shown++;
	} else if (pg->count == pg->max) {
		pg->full = true;
	} else {
		pf_state_export(pg->hk->pf, st, &pg->states[pg->count++]);
		pg->shown++;
	}
}

static int
do_getstates(struct hk *hk, const struct request *rq)
{
	struct ctl_page page;
	struct page pg;
	uint64_t next, row;
	uint8_t *p;
	bool more;

	memcpy(&page, rq->in, sizeof(page));
	if (page.count == 0)
		return (EINVAL);
	memset(&pg, 0, sizeof(pg));
	pg.hk = hk;
	pg.max = page.count < PAGE_MAX ? page.count : PAGE_MAX;
	pg.states = calloc(pg.max, sizeof(*pg.states));
	if (pg.states == NULL)
		return (ENOMEM);
	row = page.cursor >> 16;
	pg.skip = page.cursor & 0xffff;
	do {
		next = row;
		pg.shown = 0;
		more = pf_states_walk(hk->pf, &next, 1, page_visit, &pg);
		pg.skip = 0;
		if (!pg.full)
			row = next;
	} while (more && !pg.full);

	page.more = pg.full;
	page.cursor = pg.full ? row << 16 | pg.shown : 0;
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

static int
do_clrstates(struct hk *hk, const struct request *rq)
{
	struct pf_kill k;
	uint32_t n;
	int error;

	error = get_kill(rq, &k);
	if (error != 0)
		return (error);
	n = (uint32_t)pf_states_clear(hk->pf, 0, k.ifname, true);
	return (reply(rq, &n, sizeof(n)));
}

static int
do_killstates(struct hk *hk, const struct request *rq)
{
	struct pf_kill k;
	uint32_t n;
	int error;

	error = get_kill(rq, &k);
	if (error != 0)
		return (error);
	n = (uint32_t)pf_states_kill(hk->pf, &k);
	return (reply(rq, &n, sizeof(n)));
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

static int
do_getstatus(struct hk *hk, const struct request *rq)
{
	struct pf_status status;

	memset(&status, 0, sizeof(status));
	pf_status(hk->pf, &status);
	since_base(&status, &hk->base);
	return (reply(rq, &status, sizeof(status)));
}

static int
do_clrstatus(struct hk *hk, const struct request *rq)
{
	(void)rq;
	pf_status(hk->pf, &hk->base);
	return (0);
}

static const struct {
	handler_fn	*handler;
	size_t		 inlen;
	bool		 longer;	/* more may follow */
} commands[CTL_MAXCMD] = {
	[CTL_GIFCONF] = { do_gifconf, 0, false },
	[CTL_GIFREQ] = { do_gifreq, sizeof(struct ctl_ifreq), false },
	[CTL_SIFCREATE] = { do_sifcreate, sizeof(struct ctl_ifreq), false },
	[CTL_SIFDESTROY] = { do_sifdestroy, sizeof(struct ctl_ifreq), false },
	[CTL_SIFFLAGS] = { do_sifflags, sizeof(struct ctl_ifreq), false },
	[CTL_SIFMTU] = { do_sifmtu, sizeof(struct ctl_ifreq), false },
	[CTL_SETPFSYNC] = { do_setpfsync, sizeof(struct ctl_pfsync), false },
	[CTL_GETPFSYNC] = { do_getpfsync, 0, false },
	[CTL_PFSYNCSTATS] = { do_pfsyncstats, 0, false },
	[CTL_START] = { do_start, 0, false },
	[CTL_STOP] = { do_stop, 0, false },
	[CTL_GETSTATUS] = { do_getstatus, 0, false },
	[CTL_CLRSTATUS] = { do_clrstatus, 0, false },
	[CTL_SETRULES] = { do_setrules, sizeof(struct ctl_ruleset), true },
	[CTL_GETRULES] = { do_getrules, 0, false },
	[CTL_GETSTATES] = { do_getstates, sizeof(struct ctl_page), false },
	[CTL_CLRSTATES] = { do_clrstates, sizeof(struct pf_kill), false },
	[CTL_KILLSTATES] = { do_killstates, sizeof(struct pf_kill), false },
};

int
hk_control(struct hk *hk, enum ctl_command command, const void *in,
    size_t inlen, void **out, size_t *outlen)
{
	struct request rq = { in, inlen, out, outlen };
	int error;

	*out = NULL;
	*outlen = 0;
	if ((unsigned)command >= CTL_MAXCMD)
		return (ENOTTY);
	if (inlen < commands[command].inlen ||
	    (inlen > commands[command].inlen && !commands[command].longer))
		return (EINVAL);
	error = commands[command].handler(hk, &rq);
	if (error != 0) {
		free(*out);
		*out = NULL;
		*outlen = 0;
	}
	return (error);
}
