/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A hosted kernel to measure, and what it is fed.
 */

#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

#define BATCH 4096 /* packets the wire holds */

static uint64_t
station_now(void *ctx)
{
	return (((struct station *)ctx)->now);
}

static uint32_t
station_random(void *ctx)
{
	struct station *s = ctx;

	s->random = s->random * 1664525 + 1013904223;
	return (s->random);
}

static void
control(struct station *s, enum ctl_command command, void *in, size_t len)
{
	void *out = NULL;
	size_t outlen;
	int error;

	error = hk_control(s->hk, command, in, len, &out, &outlen);
	free(out);
	if (error != 0)
		die("control %d: %s", command, strerror(error));
}

void
station_open(struct station *s, const char *peer)
{
	const struct hk_env env = { .ctx = s,
		.now = station_now,
		.random = station_random };
	struct ctl_ifreq ifr = { .name = "pfsync0", .up = 1 };
	struct {
		struct ctl_ifdrv ifd;
		struct pfsync_drv_config config;
	} set = { { .cmd = PFSYNC_DRV_CONFIG },
		{ .set = PFSYNC_CONFIG_SYNCDEV } };
	struct pf_settings settings;
	struct link *end[2];
	int error;

	memset(s, 0, sizeof(*s));
	s->now = 1000;
	s->hk = hk_create(&env, 1, htonl(0x0a0b0c01));
	if (s->hk == NULL || link_mem_pair(end, 1500, BATCH) != 0)
		die("no memory");
	end[0]->af = PSYNC_AF_INET;
	inet_pton(AF_INET, "192.0.2.1", end[0]->addr);
	s->far = end[1];
	if ((error = hk_attach(s->hk, "em1", end[0])) != 0)
		die("em1: %s", strerror(error));
	pf_settings_default(&settings);
	settings.limit_states = 2000000;
	if ((error = pf_load(hk_pf(s->hk), &settings, NULL, 0)) != 0)
		die("pf_load: %s", strerror(error));
	control(s, CTL_SIFCREATE, &ifr, sizeof(ifr));
	strcpy(set.config.syncdev, "em1");
	if (peer != NULL) {
		set.config.set |= PFSYNC_CONFIG_SYNCPEER;
		set.config.syncpeer_af = PSYNC_AF_INET;
		inet_pton(AF_INET, peer, set.config.syncpeer);
	}
	control(s, CTL_SDRVSPEC, &set, sizeof(set));
	control(s, CTL_SIFFLAGS, &ifr, sizeof(ifr));
	station_drain(s);
	s->packets = s->bytes = 0;
}

void
station_close(struct station *s)
{
	hk_destroy(s->hk);
	s->far->ops->close(s->far);
}

static void
count(void *arg, uint8_t *pkt, size_t len)
{
	struct station *s = arg;

	(void)pkt;
	s->packets++;
	s->bytes += len + 14;
}

void
station_drain(struct station *s)
{
	while (s->far->ops->poll(s->far, 64, count, s) > 0)
		;
}

void
synthetic_state(struct psync_state *st, uint64_t i, uint32_t creatorid)
{
	static const uint8_t server[4] = { 198, 51, 100, 254 };
	struct psync_key *k = &st->key[PSYNC_WIRE];
	uint32_t host = htonl(0x0a000000U + (uint32_t)(i >> 14));

	memset(st, 0, sizeof(*st));
	st->id = htobe64(0x6b02000000000000ULL + i);
	st->creatorid = creatorid;
	st->rule = st->anchor = st->nat_rule = UINT32_MAX;
	st->rtableid = -1;
	strcpy(st->ifname, "all");
	memcpy(k->addr[0], &host, 4);
	memcpy(k->addr[1], server, 4);
	k->port[0] = htons((uint16_t)(1024 + (i & 0x3fff)));
	k->port[1] = htons(443);
	st->key[PSYNC_STACK] = *k;
	st->af[0] = st->af[1] = PSYNC_AF_INET;
	st->proto[0] = st->proto[1] = 6;
	st->direction = PSYNC_DIR_IN;
	st->timeout = PSYNC_TM_TCP_ESTABLISHED;
	st->expire = 86400;
	st->src.state = st->dst.state = PSYNC_TCPS_ESTABLISHED;
	st->src.seqlo = st->dst.seqlo = (uint32_t)i * 7919 + 1;
	st->src.seqhi = st->src.seqlo + 65535;
	st->dst.seqhi = st->dst.seqlo + 65535;
	st->src.max_win = st->dst.max_win = 1024;
	st->src.wscale = st->dst.wscale = 0x86;
}
