/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * struct psync_os over the hosted pf, and pf's hooks over the engine: what the
 * glue of a real kernel is.  One thread, so there are no locks, and a locked
 * state is just a struct pf_state.
 */

#include <arpa/inet.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "os/hosted/hk_impl.h"

/*
 * pf tells of changes
 */

static uint64_t
env_now(void *ctx)
{
	struct hk *hk = ctx;

	return (hk->env.now(hk->env.ctx));
}

static uint32_t
env_random(void *ctx)
{
	struct hk *hk = ctx;

	return (hk->env.random(hk->env.ctx));
}

static void
hook_insert(void *ctx, const struct pf_state *st)
{
	struct psync_state state;
	struct hk *hk = ctx;

	if (hk->psync == NULL)
		return;
	pf_state_export(hk->pf, st, &state);
	psync_insert(hk->psync, &state);
}

static void
hook_update(void *ctx, struct pf_state *st)
{
	struct psync_change change;
	struct hk *hk = ctx;

	if (hk->psync == NULL)
		return;
	pf_state_change(hk->pf, st, &change);
	psync_update(hk->psync, &change);
}

static void
hook_delete(void *ctx, struct pf_state *st, bool expired)
{
	struct psync_change change;
	struct hk *hk = ctx;

	if (hk->psync == NULL)
		return;
	pf_state_change(hk->pf, st, &change);
	psync_delete(hk->psync, &change, expired);
}

/* Peers are told to clear what this host has made, as every pf does. */
static void
hook_clear(void *ctx, uint32_t creatorid, const char *ifname)
{
	struct hk *hk = ctx;

	if (hk->psync == NULL)
		return;
	psync_clear(hk->psync, creatorid != 0 ? creatorid : pf_hostid(hk->pf),
	    ifname);
}

void
hk_hooks(struct hk *hk, struct pf_env *env)
{
	memset(env, 0, sizeof(*env));
	env->ctx = hk;
	env->now = env_now;
	env->random = env_random;
	env->insert = hook_insert;
	env->update = hook_update;
	env->delete = hook_delete;
	env->clear = hook_clear;
}

/*
 * The engine asks
 */

static void *
os_alloc(void *ctx, size_t len)
{
	(void)ctx;
	return (calloc(1, len));
}

static void
os_free(void *ctx, void *p, size_t len)
{
	(void)ctx;
	(void)len;
	free(p);
}

static void
os_timer(void *ctx, unsigned i, uint64_t deadline)
{
	struct hk *hk = ctx;

	hk->timer[i] = deadline;
}

static void
os_demote(void *ctx, int delta, const char *why)
{
	struct hk *hk = ctx;

	hk->demotion += delta;
	hk_log(hk, "carp: demoted by %d to %d (%s)", delta, hk->demotion, why);
}

static void
os_collision(void *ctx, uint32_t hostid, const uint8_t *addr, uint8_t af)
{
	char text[INET6_ADDRSTRLEN];

	(void)inet_ntop(af == PSYNC_AF_INET6 ? AF_INET6 : AF_INET, addr, text,
	    sizeof(text));
	hk_log(ctx, HK_PFSYNC ": %s has this firewall's host id, %08" PRIx32,
	    text, ntohl(hostid));
}

static uint32_t
os_hostid(void *ctx)
{
	struct hk *hk = ctx;

	return (pf_hostid(hk->pf));
}

static const uint8_t *
os_checksum(void *ctx)
{
	struct hk *hk = ctx;

	return (pf_checksum(hk->pf));
}

static enum pfsync_refusal
os_state_insert(void *ctx, const struct psync_state *state, bool same_rules)
{
	struct hk *hk = ctx;

	return (pf_state_import(hk->pf, state, same_rules));
}

static void *
os_state_find(void *ctx, uint64_t id, uint32_t creatorid)
{
	struct hk *hk = ctx;

	return (pf_state_find(hk->pf, id, creatorid));
}

static void
os_state_release(void *ctx, void *st)
{
	(void)ctx;
	(void)st;
}

static void
os_state_change(void *ctx, void *st, struct psync_change *change)
{
	struct hk *hk = ctx;

	pf_state_change(hk->pf, st, change);
}

static void
os_state_export(void *ctx, void *st, struct psync_state *state)
{
	struct hk *hk = ctx;

	pf_state_export(hk->pf, st, state);
}

static void
os_state_update(void *ctx, void *st, const struct psync_peer *src,
    const struct psync_peer *dst, uint8_t timeout)
{
	struct hk *hk = ctx;

	pf_state_update(hk->pf, st, src, dst, timeout);
}

static void
os_state_remove(void *ctx, void *st)
{
	struct hk *hk = ctx;

	pf_state_remove(hk->pf, st, false);
}

static unsigned
os_state_clear(void *ctx, uint32_t creatorid, const char *ifname)
{
	struct hk *hk = ctx;

	return ((unsigned)pf_states_clear(hk->pf, creatorid, ifname, false));
}

struct walk {
	struct hk *hk;
	psync_visit_fn *visit;
	void *arg;
};

static void
walk_visit(void *arg, struct pf_state *st)
{
	struct psync_change change;
	struct psync_state state;
	struct walk *w = arg;

	pf_state_change(w->hk->pf, st, &change);
	if ((change.state_flags & PSYNC_STATE_NOSYNC) != 0)
		return;
	pf_state_export(w->hk->pf, st, &state);
	w->visit(w->arg, &state);
}

static bool
os_state_walk(void *ctx, struct psync_cursor *cursor, unsigned max,
    psync_visit_fn *visit, void *arg)
{
	struct walk w = { ctx, visit, arg };

	return (pf_states_walk(w.hk->pf, &cursor->a, max, walk_visit, &w));
}

/*
 * Sending
 */

static void
ip4_header(struct hk *hk, const struct link *l, uint8_t *ip, size_t len)
{
	uint16_t sum;

	memset(ip, 0, HK_IP4_HLEN);
	ip[0] = 0x45;
	ip[1] = PFSYNC_TOS;
	ip[2] = (uint8_t)(len >> 8);
	ip[3] = (uint8_t)len;
	hk->ip_id++;
	ip[4] = (uint8_t)(hk->ip_id >> 8);
	ip[5] = (uint8_t)hk->ip_id;
	ip[6] = 0x40; /* DF */
	ip[8] = PFSYNC_TTL;
	ip[9] = PFSYNC_IPPROTO;
	if (l != NULL && l->af != PSYNC_AF_INET6)
		memcpy(ip + 12, l->addr, 4);
	memcpy(ip + 16,
	    hk->config.syncpeer_af == PSYNC_AF_INET ? hk->config.syncpeer :
						      hk_group4,
	    4);
	sum = hk_cksum(ip, HK_IP4_HLEN);
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

static void
ip6_header(struct hk *hk, const struct link *l, uint8_t *ip, size_t len)
{
	size_t payload = len - HK_IP6_HLEN;

	memset(ip, 0, HK_IP6_HLEN);
	ip[0] = 0x60;
	ip[4] = (uint8_t)(payload >> 8);
	ip[5] = (uint8_t)payload;
	ip[6] = PFSYNC_IPPROTO;
	ip[7] = PFSYNC_TTL;
	if (l != NULL)
		memcpy(ip + 8, l->af == PSYNC_AF_INET6 ? l->addr : l->addr6,
		    16);
	memcpy(ip + 24, hk->config.syncpeer, 16);
}

/* What a link's errno means to the engine. */
static enum psync_sent
sent_or_not(int error)
{
	switch (error) {
	case 0:
		return (PSYNC_SENT);
	case ENOBUFS:
	case EAGAIN:
		return (PSYNC_NOBUFS);
	case EMSGSIZE:
		return (PSYNC_UNSENDABLE);
	default:
		return (PSYNC_UNREACHABLE);
	}
}

/* Without a syncdev only bpf gets to see anything. */
static enum psync_sent
os_output(void *ctx, const uint8_t *frame, size_t len)
{
	bool inet6 = ((struct hk *)ctx)->config.syncpeer_af == PSYNC_AF_INET6;
	size_t hlen = inet6 ? HK_IP6_HLEN : HK_IP4_HLEN, total = hlen + len;
	enum psync_sent sent = PSYNC_TAPPED;
	struct hk *hk = ctx;
	struct link *l = NULL;
	struct hk_if *ifp;

	ifp = hk_if_find(hk, hk->config.syncdev);
	if (ifp != NULL)
		l = ifp->link;
	if (hk->config.syncdev[0] != '\0' &&
	    (ifp == NULL || !ifp->up || !ifp->running))
		return (PSYNC_UNREACHABLE);
	if (len > PSYNC_MTU_MAX || (l != NULL && total > l->mtu))
		return (PSYNC_UNSENDABLE);
	if (inet6)
		ip6_header(hk, l, hk->out, total);
	else
		ip4_header(hk, l, hk->out, total);
	memcpy(hk->out + hlen, frame, len);
	if (l != NULL)
		sent = sent_or_not(l->ops->send(l, hk->out, total));
	if ((sent == PSYNC_SENT || sent == PSYNC_TAPPED) && hk->env.bpf != NULL)
		hk->env.bpf(hk->env.ctx, hk->out, total);
	return (sent);
}

const struct psync_os hk_psync_os = {
	.now = env_now,
	.alloc = os_alloc,
	.free = os_free,
	.timer = os_timer,
	.output = os_output,
	.defer_send = hk_defer_send,
	.defer_drop = hk_defer_drop,
	.collision = os_collision,
	.demote = os_demote,
	.hostid = os_hostid,
	.checksum = os_checksum,
	.state_insert = os_state_insert,
	.state_find = os_state_find,
	.state_release = os_state_release,
	.state_change = os_state_change,
	.state_export = os_state_export,
	.state_update = os_state_update,
	.state_remove = os_state_remove,
	.state_clear = os_state_clear,
	.state_walk = os_state_walk,
};
