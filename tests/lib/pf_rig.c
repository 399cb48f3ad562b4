/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See pf_rig.h.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/pf_rig.h"

static uint64_t
rig_now(void *ctx)
{

	return (((struct rig *)ctx)->now);
}

static uint32_t
rig_random(void *ctx)
{
	struct rig *rig = ctx;

	rig->seed = rig->seed * 1664525 + 1013904223;
	return (rig->seed ^ rig->seed >> 16);
}

static void
rig_insert(void *ctx, const struct pf_state *st)
{
	struct rig *rig = ctx;

	rig->inserts++;
	pf_state_export(rig->pf, st, &rig->inserted);
}

static void
rig_update(void *ctx, struct pf_state *st)
{
	struct psync_change change;
	struct rig *rig = ctx;

	rig->updates++;
	pf_state_change(rig->pf, st, &change);
	rig->updated_id = change.id;
}

static void
rig_delete(void *ctx, struct pf_state *st, bool expired)
{
	struct rig *rig = ctx;

	if (expired)
		rig->expires++;
	else
		rig->deletes++;
	pf_state_export(rig->pf, st, &rig->deleted);
}

static void
rig_clear(void *ctx, uint32_t creatorid, const char *ifname)
{
	struct rig *rig = ctx;

	rig->clears++;
	rig->cleared_by = creatorid;
	snprintf(rig->cleared_if, sizeof(rig->cleared_if), "%s", ifname);
}

void
rig_open(struct rig *rig, const struct pf_rule *rules, size_t nrules)
{
	struct pf_env env = { .ctx = rig,
		.now = rig_now,
		.random = rig_random,
		.insert = rig_insert,
		.update = rig_update,
		.delete = rig_delete,
		.clear = rig_clear };
	struct pf_settings settings;

	memset(rig, 0, sizeof(*rig));
	rig->now = 1000000;
	rig->pf = pf_create(&env, htonl(0x7dd88c87));
	pf_settings_default(&settings);
	if (rig->pf == NULL || pf_if_attach(rig->pf, "em0") != 0 ||
	    pf_if_attach(rig->pf, "em1") != 0 ||
	    pf_if_attach(rig->pf, "em2") != 0 ||
	    pf_load(rig->pf, &settings, rules, nrules) != 0)
		abort();
	pf_enable(rig->pf, true);
}

void
rig_close(struct rig *rig)
{

	pf_destroy(rig->pf);
}

struct pf_rule
rig_rule(void)
{
	struct pf_rule r;
	unsigned i;

	memset(&r, 0, sizeof(r));
	r.action = PF_PASS;
	for (i = 0; i < PFTM_MAX; i++)
		r.timeout[i] = PFTM_UNSET;
	return (r);
}

struct pf_rule
rig_keep(void)
{
	struct pf_rule r = rig_rule();

	r.keep_state = PF_KEEP_STATE;
	r.flags = SYN;
	r.flagset = SYN | ACK;
	return (r);
}

struct pf_rule_addr
rig_addr(const char *text)
{
	struct pf_rule_addr a;
	char copy[64], *slash;

	memset(&a, 0, sizeof(a));
	snprintf(copy, sizeof(copy), "%s", text);
	if ((slash = strchr(copy, '/')) != NULL)
		*slash = '\0';
	a.af = strchr(copy, ':') != NULL ? PF_AF_INET6 : PF_AF_INET;
	a.plen = slash != NULL ? (uint8_t)atoi(slash + 1) :
	    a.af == PF_AF_INET ? 32 :
				 128;
	if (inet_pton(a.af == PF_AF_INET ? AF_INET : AF_INET6, copy, a.addr) !=
	    1)
		abort();
	return (a);
}

enum pf_action
rig_in(struct rig *rig, const char *ifname, struct rig_packet *p)
{

	return (pf_test(rig->pf, PF_IN, ifname, p->b, p->len, 0));
}

enum pf_action
rig_out(struct rig *rig, const char *ifname, struct rig_packet *p)
{

	return (pf_test(rig->pf, PF_OUT, ifname, p->b, p->len, 0));
}

void
rig_nat_rules(struct pf_rule rules[2], const char *to)
{

	rules[0] = rig_keep();
	rules[0].direction = PF_IN;
	rules[1] = rig_keep();
	rules[1].direction = PF_OUT;
	snprintf(rules[1].ifname, PF_IFNAMSIZ, "em1");
	rules[1].translate = PF_NAT;
	rules[1].xlate = rig_addr(to);
}

void
rig_rdr_rules(struct pf_rule rules[2])
{

	rules[0] = rig_keep();
	rules[0].direction = PF_IN;
	rules[0].proto = 6;
	rules[0].dst = rig_addr("198.51.100.1");
	rules[0].dst.port_op = PF_OP_EQ;
	rules[0].dst.port[0] = 8080;
	rules[0].translate = PF_RDR;
	rules[0].xlate = rig_addr("10.1.1.2");
	rules[0].xlate.port[0] = 80;
	rules[1] = rig_keep();
	rules[1].direction = PF_OUT;
}

enum pf_action
rig_forward(struct rig *rig, const char *in, const char *out,
    struct rig_packet *p)
{

	if (rig_in(rig, in, p) == PF_DROP || !rig_sums_ok(p) ||
	    rig_out(rig, out, p) == PF_DROP || !rig_sums_ok(p))
		return (PF_DROP);
	return (PF_PASS);
}

struct seen {
	struct rig *rig;
	struct psync_state *last;
	size_t n;
};

static void
see(void *arg, struct pf_state *st)
{
	struct seen *seen = arg;

	seen->n++;
	if (seen->last != NULL)
		pf_state_export(seen->rig->pf, st, seen->last);
}

void
rig_only(struct rig *rig, struct psync_state *ps)
{
	struct seen seen = { .rig = rig, .last = ps };
	uint64_t row = 0;

	pf_states_walk(rig->pf, &row, SIZE_MAX, see, &seen);
	if (seen.n != 1) {
		fprintf(stderr, "%zu states, not 1\n", seen.n);
		abort();
	}
}

size_t
rig_count(struct rig *rig)
{
	struct seen seen = { .rig = rig };
	struct pf_status status;
	uint64_t row = 0;

	pf_states_walk(rig->pf, &row, SIZE_MAX, see, &seen);
	pf_status(rig->pf, &status);
	if (seen.n != status.states)
		abort();
	return (seen.n);
}

void
rig_status(struct rig *rig, struct pf_status *status)
{

	pf_status(rig->pf, status);
}

struct psync_state
rig_numbered(uint32_t n, uint32_t creatorid)
{
	struct psync_state ps;
	uint32_t addr = htonl(0x0a000000 + n);

	memset(&ps, 0, sizeof(ps));
	ps.id = n + 1;
	ps.creatorid = creatorid;
	ps.rule = UINT32_MAX;
	memcpy(ps.key[0].addr[0], &addr, 4);
	ps.key[0].addr[1][0] = 192;
	ps.key[0].port[1] = htons(53);
	ps.key[1] = ps.key[0];
	snprintf(ps.ifname, sizeof(ps.ifname), "all");
	ps.af[0] = ps.af[1] = PSYNC_AF_INET;
	ps.proto[0] = ps.proto[1] = 17;
	ps.direction = PSYNC_DIR_IN;
	ps.timeout = PFTM_UDP_MULTIPLE;
	return (ps);
}

void
rig_fill(struct rig *rig, uint32_t from, uint32_t n, uint32_t creatorid)
{
	struct psync_state ps;
	uint32_t i;

	for (i = from; i < from + n; i++) {
		ps = rig_numbered(i, creatorid);
		if (pf_state_import(rig->pf, &ps, true) != PFSYNC_OK)
			abort();
	}
}

void
rig_limit(struct rig *rig, uint32_t states)
{
	struct pf_settings settings;

	pf_settings_default(&settings);
	settings.limit_states = states;
	if (pf_load(rig->pf, &settings, NULL, 0) != 0)
		abort();
}
