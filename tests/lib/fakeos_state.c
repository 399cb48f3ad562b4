/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The state table of the test kernel: a hash of psync_states by id, in which
 * those of one id and of several creators meet; and the hooks that a pf would
 * call for them.
 */

#include <stdlib.h>
#include <string.h>

#include "fakeos.h"

static struct fakeos_state **
bucket(struct fakeos *os, uint64_t id)
{
	uint64_t h;

	/* Ids count up in their last byte, which may be the highest here. */
	h = (id ^ id >> 31) * 0x9e3779b97f4a7c15ULL;
	return (&os->bucket[(h >> 40) % FAKEOS_BUCKETS]);
}

struct fakeos_state *
fakeos_find(struct fakeos *os, uint64_t id, uint32_t creatorid)
{
	struct fakeos_state *fs = *bucket(os, id);

	while (fs != NULL && (fs->st.id != id || fs->st.creatorid != creatorid))
		fs = fs->next;
	return (fs);
}

struct fakeos_state *
fakeos_add(struct fakeos *os, const struct psync_state *st)
{
	struct fakeos_state **head = bucket(os, st->id), *fs;

	if (fakeos_find(os, st->id, st->creatorid) != NULL)
		fakeos_abort("a state inserted twice");
	fs = calloc(1, sizeof(*fs));
	if (fs == NULL)
		fakeos_abort("out of memory");
	fs->st = *st;
	fs->told = PSYNC_TOLD_NOTHING;
	fs->next = *head;
	*head = fs;
	os->nstates++;
	return (fs);
}

void
fakeos_remove(struct fakeos *os, struct fakeos_state *fs)
{
	struct fakeos_state **p = bucket(os, fs->st.id);

	while (*p != fs)
		p = &(*p)->next;
	*p = fs->next;
	os->nstates--;
	free(fs);
}

static uint64_t
fnv(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len > 0; len--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return (h);
}

uint64_t
fakeos_digest(const struct fakeos *os)
{
	const struct fakeos_state *fs;
	uint64_t h, sum = os->nstates;
	unsigned i;

	for (i = 0; i < FAKEOS_BUCKETS; i++)
		for (fs = os->bucket[i]; fs != NULL; fs = fs->next) {
			h = fnv(0xcbf29ce484222325ULL, &fs->st, sizeof(fs->st));
			h = fnv(h, &fs->peer_time, sizeof(fs->peer_time));
			sum += fnv(h, &fs->told, sizeof(fs->told));
		}
	return (sum);
}

/*
 * What the engine calls.
 */

static struct fakeos_state *
locked(struct fakeos *os, void *st, const char *call)
{
	fakeos_no_slice(os, call);
	if (os->locked != st)
		fakeos_abort("a state used that is not locked");
	return (st);
}

enum pfsync_refusal
fakeos_state_insert(void *ctx, const struct psync_state *st, bool same_rules)
{
	struct fakeos *os = ctx;
	struct fakeos_state *fs;

	fakeos_no_slice(os, "state_insert");
	os->same_rules = same_rules;
	if (os->insert_refusal != PFSYNC_OK)
		return (os->insert_refusal);
	fs = fakeos_add(os, st);
	fs->told = PSYNC_TOLD_PEER;
	fs->peer_time = psync_now_s(os->sc);
	return (PFSYNC_OK);
}

void *
fakeos_state_find(void *ctx, uint64_t id, uint32_t creatorid)
{
	struct fakeos *os = ctx;

	fakeos_no_slice(os, "state_find");
	if (os->locked != NULL)
		fakeos_abort("state_find with a state locked");
	return (
	    (void *)(uintptr_t)(os->locked = fakeos_find(os, id, creatorid)));
}

void
fakeos_state_release(void *ctx, void *st)
{
	struct fakeos *os = ctx;

	(void)locked(os, st, "state_release");
	os->locked = NULL;
}

static void
describe(struct fakeos_state *fs, struct psync_change *c)
{
	memset(c, 0, sizeof(*c));
	c->id = fs->st.id;
	c->creatorid = fs->st.creatorid;
	c->expire = fs->st.expire;
	c->src = &fs->st.src;
	c->dst = &fs->st.dst;
	c->told = &fs->told;
	c->peer_time = fs->peer_time;
	c->state_flags = fs->st.state_flags;
	c->timeout = fs->st.timeout;
	c->proto = fs->st.proto[PSYNC_WIRE];
}

void
fakeos_state_change(void *ctx, void *st, struct psync_change *c)
{
	describe(locked(ctx, st, "state_change"), c);
}

void
fakeos_state_export(void *ctx, void *st, struct psync_state *out)
{
	*out = locked(ctx, st, "state_export")->st;
}

void
fakeos_state_update(void *ctx, void *st, const struct psync_peer *src,
    const struct psync_peer *dst, uint8_t timeout)
{
	struct fakeos *os = ctx;
	struct fakeos_state *fs = locked(os, st, "state_update");

	fs->st.src = *src;
	fs->st.dst = *dst;
	fs->st.timeout = timeout;
	fs->peer_time = psync_now_s(os->sc);
	os->updates++;
	os->locked = NULL;
}

void
fakeos_state_remove(void *ctx, void *st)
{
	struct fakeos *os = ctx;

	fakeos_remove(os, locked(os, st, "state_remove"));
	os->locked = NULL;
}

unsigned
fakeos_state_clear(void *ctx, uint32_t creatorid, const char *ifname)
{
	struct fakeos *os = ctx;
	struct fakeos_state *fs, *next;
	unsigned gone = 0, i;

	fakeos_no_slice(os, "state_clear");
	os->clears++;
	for (i = 0; i < FAKEOS_BUCKETS; i++)
		for (fs = os->bucket[i]; fs != NULL; fs = next) {
			next = fs->next;
			if ((creatorid != 0 && fs->st.creatorid != creatorid) ||
			    (ifname[0] != '\0' &&
				strcmp(fs->st.ifname, ifname) != 0))
				continue;
			fakeos_remove(os, fs);
			gone++;
		}
	return (gone);
}

bool
fakeos_state_walk(void *ctx, struct psync_cursor *cursor, unsigned max,
    psync_visit_fn *visit, void *arg)
{
	struct fakeos *os = ctx;
	struct fakeos_state *fs;
	unsigned n;

	fakeos_no_slice(os, "state_walk");
	for (n = 0; cursor->a < FAKEOS_BUCKETS && n < max; cursor->a++)
		for (fs = os->bucket[cursor->a]; fs != NULL; fs = fs->next) {
			n++;
			if (fs->st.state_flags & PSYNC_STATE_NOSYNC)
				continue;
			os->locked = fs;
			visit(arg, &fs->st);
			os->locked = NULL;
		}
	return (cursor->a < FAKEOS_BUCKETS);
}

/*
 * What pf does.
 */

struct fakeos_state *
fakeos_pf_insert(struct fakeos *os, const struct psync_state *st)
{
	struct fakeos_state *fs = fakeos_add(os, st);

	os->locked = fs;
	psync_insert(os->sc, &fs->st);
	os->locked = NULL;
	return (fs);
}

void
fakeos_pf_change(struct fakeos *os, struct fakeos_state *fs)
{
	struct psync_change c;

	describe(fs, &c);
	os->locked = fs;
	psync_update(os->sc, &c);
	os->locked = NULL;
}

void
fakeos_pf_remove(struct fakeos *os, struct fakeos_state *fs, bool expired)
{
	struct psync_change c;

	describe(fs, &c);
	os->locked = fs;
	psync_delete(os->sc, &c, expired);
	os->locked = NULL;
	fakeos_remove(os, fs);
}

bool
fakeos_pf_defer(struct fakeos *os, struct fakeos_state *fs, void *pkt)
{
	struct psync_change c;
	bool held;

	describe(fs, &c);
	os->locked = fs;
	held = psync_defer(os->sc, &c, pkt);
	os->locked = NULL;
	return (held);
}
