/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What pf's hooks cost, with everything they set off: encoding, coalescing,
 * building packets, handing them to the link.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

#define SEGMENT 340  /* bytes: the mean of simple IMIX */
#define BATCH	1000 /* hooks between two looks at the wire */

/* A connection as pf keeps it: its two peers and what pfsync remembers. */
struct flow {
	struct psync_peer src;
	struct psync_peer dst;
	struct psync_change change;
	uint8_t told;
};

struct flows {
	struct psync *sc;
	struct flow *flow;
	uint64_t n;
};

/* What the connection itself does; it is not the engine's. */
static inline struct flow *
advance(struct flows *fs, uint64_t i)
{
	struct flow *f = &fs->flow[i % fs->n];

	f->src.seqlo += SEGMENT;
	f->dst.seqhi += SEGMENT;
	return (f);
}

static void
update_step(void *arg, uint64_t i)
{
	struct flows *fs = arg;

	psync_update(fs->sc, &advance(fs, i)->change);
}

/* A hook that does nothing: what is left is the harness, and taken off. */
static __attribute__((__noinline__)) void
no_hook(struct psync *sc, const struct psync_change *c)
{
	__asm__ volatile("" : : "r"(sc), "r"(c));
}

static void
idle_step(void *arg, uint64_t i)
{
	struct flows *fs = arg;

	no_hook(fs->sc, &advance(fs, i)->change);
}

static struct flow *
flows_make(uint64_t n)
{
	struct flow *flow = calloc(n, sizeof(*flow));
	struct psync_state st;
	uint64_t i;

	if (flow == NULL)
		die("no memory for %llu flows", (unsigned long long)n);
	for (i = 0; i < n; i++) {
		synthetic_state(&st, i, htonl(0x0a0b0c01));
		flow[i].src = st.src;
		flow[i].dst = st.dst;
		flow[i].told = PSYNC_TOLD_NOTHING;
		flow[i].change = (struct psync_change) { .id = st.id,
			.creatorid = st.creatorid,
			.expire = st.expire,
			.src = &flow[i].src,
			.dst = &flow[i].dst,
			.told = &flow[i].told,
			.timeout = st.timeout,
			.proto = 6 };
	}
	return (flow);
}

/* Runs n steps; returns the nanoseconds of one. */
static double
run(struct station *s, bench_step *step, void *arg, uint64_t first, uint64_t n)
{
	double began, took = 0;
	uint64_t i, some;

	for (i = 0; i < n; i += some) {
		some = n - i < BATCH ? n - i : BATCH;
		began = seconds();
		bench_hot(step, arg, first + i, some);
		took += seconds() - began;
		station_drain(s);
	}
	return (took * 1e9 / (double)n);
}

/* The name of what so many flows stand for, by what must be reached. */
int
bench_update(uint64_t flows, uint64_t n)
{
	struct flows fs = { .n = flows };
	struct station s;
	double ns;
	uint64_t warm = flows < 1000 ? 1000 : flows, i;

	station_open(&s, NULL);
	fs.sc = hk_psync(s.hk);
	fs.flow = flows_make(flows);
	/* The first update of each says what the peers have not been told. */
	for (i = 0; i < warm; i++) {
		update_step(&fs, i);
		if (i % BATCH == 0)
			station_drain(&s);
	}
	psync_flush(fs.sc);
	station_drain(&s);
	s.packets = s.bytes = 0;

	ns = run(&s, update_step, &fs, 0, n);
	psync_flush(fs.sc);
	station_drain(&s);
	printf("update.flows_%llu.ns\t%.1f\tns\n", (unsigned long long)flows,
	    ns);
	printf("update.flows_%llu.packets_per_1000\t%.2f\tpackets\n",
	    (unsigned long long)flows, (double)s.packets * 1000 / (double)n);
	printf("update.flows_%llu.bytes_per_1000\t%.1f\tbytes\n",
	    (unsigned long long)flows, (double)s.bytes * 1000 / (double)n);
	printf("update.flows_%llu.wire_bytes\t%.2f\tbytes\n",
	    (unsigned long long)flows, (double)s.bytes / (double)n);
	free(fs.flow);
	station_close(&s);
	return (0);
}

int
bench_idle(uint64_t flows, uint64_t n)
{
	struct flows fs = { .n = flows };

	fs.flow = flows_make(flows);
	bench_hot(idle_step, &fs, 0, n);
	free(fs.flow);
	return (0);
}

static void
insert_step(void *arg, uint64_t i)
{
	struct flows *fs = arg;
	struct psync_state st;

	synthetic_state(&st, i, htonl(0x0a0b0c01));
	psync_insert(fs->sc, &st);
}

/* Making the states up is counted too: about what pf's export costs. */
int
bench_insert(uint64_t n)
{
	struct flows fs = { 0 };
	struct station s;
	double ns;

	station_open(&s, NULL);
	fs.sc = hk_psync(s.hk);
	ns = run(&s, insert_step, &fs, 0, n);
	psync_flush(fs.sc);
	station_drain(&s);
	printf("insert.ns\t%.1f\tns\n", ns);
	printf("insert.per_second\t%.0f\tstates/s\n", 1e9 / ns);
	printf("insert.wire_bytes\t%.1f\tbytes\n", (double)s.bytes / (double)n);
	station_close(&s);
	return (0);
}

/*
 * Imports: packets of inserts, made beforehand, into another hosted kernel.
 */

struct packets {
	struct hk *to;
	uint8_t (*pkt)[1500];
	uint16_t *len;
	uint64_t n;
	uint64_t max;
};

static void
collect(void *arg, uint8_t *pkt, size_t len)
{
	struct packets *p = arg;

	if (p->n == p->max)
		die("more packets than states");
	memcpy(p->pkt[p->n], pkt, len);
	p->len[p->n++] = (uint16_t)len;
}

static void
import_step(void *arg, uint64_t i)
{
	struct packets *p = arg;

	hk_input(p->to, "em1", p->pkt[i], p->len[i]);
}

int
bench_import(uint64_t n)
{
	struct packets p = { .max = n + 16 };
	struct station from, to;
	struct flows fs = { 0 };
	struct pf_status status;
	double ns;
	uint64_t i;

	station_open(&from, NULL);
	station_open(&to, NULL);
	fs.sc = hk_psync(from.hk);
	p.to = to.hk;
	p.pkt = calloc(p.max, sizeof(*p.pkt));
	p.len = calloc(p.max, sizeof(*p.len));
	if (p.pkt == NULL || p.len == NULL)
		die("no memory for packets");
	for (i = 0; i < n; i++) {
		insert_step(&fs, i);
		while (from.far->ops->poll(from.far, 64, collect, &p) > 0)
			;
	}
	psync_flush(fs.sc);
	while (from.far->ops->poll(from.far, 64, collect, &p) > 0)
		;

	ns = run(&to, import_step, &p, 0, p.n) * (double)p.n / (double)n;
	pf_status(hk_pf(to.hk), &status);
	if (status.states != n)
		die("imported %u of %llu states", status.states,
		    (unsigned long long)n);
	printf("import.ns\t%.1f\tns\n", ns);
	printf("import.per_second\t%.0f\tstates/s\n", 1e9 / ns);
	free(p.pkt);
	free(p.len);
	station_close(&from);
	station_close(&to);
	return (0);
}
