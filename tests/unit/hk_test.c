/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One hosted kernel: interfaces and pfsync0 with the errors of a BSD, and
 * nothing changed after one; forwarding; packets that should not be there.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/twohk.h"

static void
same_config(struct twohk *two, const struct psync_config *want, int line)
{
	const struct psync_config got = twohk_status(two, A).config;

	ATF_CHECK_MSG(strcmp(got.syncdev, want->syncdev) == 0 &&
		memcmp(got.syncpeer, want->syncpeer, 16) == 0 &&
		got.syncpeer_af == want->syncpeer_af && got.up == want->up &&
		got.mtu == want->mtu && got.format == want->format &&
		got.maxupd == want->maxupd && got.reachable == want->reachable,
	    "line %d: the configuration has changed", line);
}

#define SAME(two, want) same_config(two, want, __LINE__)
#define IS(error, call) ATF_CHECK_EQ_MSG(error, call, "errno %d", call)

ATF_TC_WITHOUT_HEAD(clone);
ATF_TC_BODY(clone, tc)
{
	const struct ctl_ifdrv ifd = { .cmd = PFSYNC_DRV_STATS };
	struct ctl_ifreq ifr = { .name = "pfsync0" };
	struct twohk two;

	twohk_open(&two, 1, TWOHK_PASS);
	ATF_CHECK(hk_psync(two.side[A].hk) == NULL);
	ATF_CHECK_EQ(ENXIO,
	    twohk_control(&two, A, CTL_SIFDESTROY, &ifr, sizeof(ifr)));
	ATF_CHECK_EQ(ENXIO,
	    twohk_control(&two, A, CTL_GDRVSPEC, &ifd, sizeof(ifd)));
	ATF_CHECK_EQ(ENXIO, twohk_set(&two, A, PFSYNC_CONFIG_RESYNC, NULL));
	ATF_CHECK_EQ(ENXIO, twohk_updown(&two, A, "pfsync0", true));
	ATF_CHECK_EQ(ENXIO, twohk_mtu(&two, A, "pfsync0", 1400));
	ATF_CHECK_EQ(EINVAL, twohk_create(&two, A, "pfsync1"));
	ATF_CHECK_EQ(EINVAL, twohk_create(&two, A, "em7"));

	/* The device that is to be there could not be made. */
	two.side[A].clone_error = EPERM;
	ATF_CHECK_EQ(EPERM, twohk_create(&two, A, "pfsync0"));
	ATF_CHECK(hk_psync(two.side[A].hk) == NULL);
	two.side[A].clone_error = 0;

	ATF_CHECK_EQ(0, twohk_create(&two, A, "pfsync0"));
	ATF_CHECK_EQ(1, two.side[A].cloned);
	ATF_CHECK_EQ(EEXIST, twohk_create(&two, A, "pfsync0"));
	ATF_CHECK_EQ(1, two.side[A].cloned);
	ATF_CHECK_EQ(0,
	    twohk_control(&two, A, CTL_SIFDESTROY, &ifr, sizeof(ifr)));
	ATF_CHECK_EQ(0, two.side[A].cloned);
	ATF_CHECK(hk_psync(two.side[A].hk) == NULL);
	strcpy(ifr.name, "em1");
	ATF_CHECK_EQ(EINVAL,
	    twohk_control(&two, A, CTL_SIFDESTROY, &ifr, sizeof(ifr)));
	twohk_pfsync(&two, A);
	ATF_CHECK_EQ(1, two.side[A].cloned);
	twohk_close(&two);
	ATF_CHECK_EQ(0, two.side[A].cloned);
}

ATF_TC_WITHOUT_HEAD(defaults);
ATF_TC_BODY(defaults, tc)
{
	const struct psync_config want = { .mtu = 1500,
		.format = PFSYNC_FORMAT_AUTO,
		.maxupd = 128,
		.reachable = true };
	struct twohk two;

	twohk_open(&two, 1, TWOHK_PASS);
	ATF_REQUIRE_EQ(0, twohk_create(&two, A, "pfsync0"));
	SAME(&two, &want);
	twohk_close(&two);
}

ATF_TC_WITHOUT_HEAD(refused_settings);
ATF_TC_BODY(refused_settings, tc)
{
	struct psync_config had, bad;
	unsigned least;
	struct twohk two;

	twohk_open(&two, 1, TWOHK_PASS);
	twohk_pfsync(&two, A);
	had = twohk_status(&two, A).config;
	ATF_CHECK_STREQ("em1", had.syncdev);
	ATF_CHECK(had.up && had.reachable);

	/* Each together with something good, which must not happen. */
	bad = (struct psync_config) { .syncdev = "em9", .maxupd = 7 };
	IS(ENXIO,
	    twohk_set(&two, A, PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_MAXUPD,
		&bad));
	SAME(&two, &had);
	memset(bad.syncdev, 'x', sizeof(bad.syncdev));
	IS(EINVAL,
	    twohk_set(&two, A, PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_MAXUPD,
		&bad));
	SAME(&two, &had);
	bad = (struct psync_config) { .syncdev = "pfsync0" };
	IS(ENXIO, twohk_set(&two, A, PFSYNC_CONFIG_SYNCDEV, &bad));
	bad = (struct psync_config) { .maxupd = 256, .format = 1301 };
	IS(EINVAL,
	    twohk_set(&two, A, PFSYNC_CONFIG_MAXUPD | PFSYNC_CONFIG_VERSION,
		&bad));
	SAME(&two, &had);
	bad = (struct psync_config) { .maxupd = 3, .format = 1302 };
	IS(EINVAL,
	    twohk_set(&two, A, PFSYNC_CONFIG_MAXUPD | PFSYNC_CONFIG_VERSION,
		&bad));
	SAME(&two, &had);
	bad = (struct psync_config) { .maxupd = 3, .syncpeer_af = 27 };
	IS(EAFNOSUPPORT,
	    twohk_set(&two, A, PFSYNC_CONFIG_MAXUPD | PFSYNC_CONFIG_SYNCPEER,
		&bad));
	SAME(&two, &had);
	IS(EINVAL,
	    twohk_set(&two, A, 0x80000000U | PFSYNC_CONFIG_MAXUPD, &bad));
	SAME(&two, &had);

	/* mtu: not above the syncdev's, not below one state. */
	least = psync_mtu_min(PFSYNC_FORMAT_AUTO);
	IS(EINVAL, twohk_mtu(&two, A, "pfsync0", 1501));
	IS(EINVAL, twohk_mtu(&two, A, "pfsync0", least - 1));
	IS(EINVAL, twohk_mtu(&two, A, "pfsync0", 0));
	IS(EINVAL, twohk_mtu(&two, A, "pfsync0", 65536 + 1500));
	SAME(&two, &had);
	IS(0, twohk_mtu(&two, A, "pfsync0", least));
	had.mtu = (uint16_t)least;
	SAME(&two, &had);

	/* The syncdev: what does not hold a state leaves it as it was. */
	IS(EINVAL, twohk_mtu(&two, A, "em1", 575));
	IS(EINVAL, twohk_mtu(&two, A, "em1", 9001));
	IS(0, twohk_mtu(&two, A, "em1", 9000));
	SAME(&two, &had);
	IS(0, twohk_mtu(&two, A, "pfsync0", 9000));
	IS(0, twohk_mtu(&two, A, "em1", 600));
	had.mtu = 600;
	SAME(&two, &had);
	IS(ENXIO, twohk_mtu(&two, A, "em9", 1500));
	IS(ENXIO, twohk_updown(&two, A, "em9", true));

	/* Nobody to ask. */
	IS(0, twohk_updown(&two, A, "pfsync0", false));
	had.up = false;
	bad = (struct psync_config) { .maxupd = 9 };
	IS(ENETDOWN,
	    twohk_set(&two, A, PFSYNC_CONFIG_RESYNC | PFSYNC_CONFIG_MAXUPD,
		&bad));
	SAME(&two, &had);
	twohk_close(&two);
}

/* What goes over the wire for the settings that are taken. */
struct packet {
	uint8_t b[9000];
	size_t len;
	unsigned n;
};

static void
keep(void *arg, uint8_t *pkt, size_t len)
{
	struct packet *p = arg;

	memcpy(p->b, pkt, len);
	p->len = len;
	p->n++;
}

static void
keep_bpf(void *ctx, const uint8_t *pkt, size_t len)
{
	keep(ctx, (uint8_t *)(uintptr_t)pkt, len);
}

static uint64_t
still(void *ctx)
{
	(void)ctx;
	return (5000);
}

static uint32_t
four(void *ctx)
{
	(void)ctx;
	return (4);
}

static int
call(struct hk *hk, enum ctl_command command, const void *in, size_t len)
{
	size_t outlen;
	void *out;
	int error = hk_control(hk, command, in, len, &out, &outlen);

	free(out);
	return (error);
}

ATF_TC_WITHOUT_HEAD(syncpeer);
ATF_TC_BODY(syncpeer, tc)
{
	static const struct {
		const char *peer;
		uint8_t af;
		const char *dst;
	} rows[] = {
		{ "203.0.113.2", PSYNC_AF_INET, "203.0.113.2" },
		{ "224.0.0.77", PSYNC_AF_INET, "224.0.0.77" },
		{ "0.0.0.0", PSYNC_AF_INET, "224.0.0.240" },
		{ "2001:db8::2", PSYNC_AF_INET6, "2001:db8::2" },
		{ "ff02::f0", PSYNC_AF_INET6, "ff02::f0" },
		{ "::", PSYNC_AF_INET6, "224.0.0.240" },
	};
	struct ctl_ifreq ifr = { .name = "pfsync0", .up = 1 };
	struct packet p = { .n = 0 }, tapped = { .n = 0 };
	const struct hk_env env = { .ctx = &tapped,
		.now = still,
		.random = four,
		.bpf = keep_bpf };
	struct link *end[2];
	struct {
		struct ctl_ifdrv ifd;
		struct pfsync_drv_config config;
	} set;
	uint8_t dst[16];
	struct hk *hk;
	size_t i, alen;

	hk = hk_create(&env, 1, htonl(5));
	ATF_REQUIRE(hk != NULL && link_mem_pair(end, 1500, 64) == 0);
	end[0]->af = PSYNC_AF_INET;
	inet_pton(AF_INET, "203.0.113.1", end[0]->addr);
	inet_pton(AF_INET6, "fe80::1", end[0]->addr6);
	ATF_REQUIRE_EQ(0, hk_attach(hk, "em1", end[0]));
	ATF_REQUIRE_EQ(0, call(hk, CTL_SIFCREATE, &ifr, sizeof(ifr)));
	ATF_REQUIRE_EQ(0, call(hk, CTL_SIFFLAGS, &ifr, sizeof(ifr)));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&set, 0, sizeof(set));
		set.ifd.cmd = PFSYNC_DRV_CONFIG;
		set.config.set = PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_SYNCPEER;
		strcpy(set.config.syncdev, "em1");
		set.config.syncpeer_af = rows[i].af;
		inet_pton(rows[i].af == PSYNC_AF_INET ? AF_INET : AF_INET6,
		    rows[i].peer, set.config.syncpeer);
		p.n = tapped.n = 0;
		ATF_REQUIRE_EQ(0, call(hk, CTL_SDRVSPEC, &set, sizeof(set)));
		/* A new path: it asks for everything, in each version, and
		 * tells everything. */
		(void)end[1]->ops->poll(end[1], 64, keep, &p);
		ATF_REQUIRE_EQ_MSG(4, p.n, "%s: %u", rows[i].peer, p.n);
		ATF_CHECK_EQ(4, tapped.n);
		ATF_CHECK(
		    tapped.len == p.len && memcmp(tapped.b, p.b, p.len) == 0);
		alen = strchr(rows[i].dst, ':') != NULL ? 16 : 4;
		inet_pton(alen == 4 ? AF_INET : AF_INET6, rows[i].dst, dst);
		ATF_CHECK_EQ_MSG(0,
		    memcmp(p.b + (alen == 4 ? 16 : 24), dst, alen), "%s",
		    rows[i].peer);
		ATF_CHECK_EQ(alen == 4 ? 0x45 : 0x60, p.b[0]);
		ATF_CHECK_EQ(PFSYNC_IPPROTO, p.b[alen == 4 ? 9 : 6]);
		ATF_CHECK_EQ(255, p.b[alen == 4 ? 8 : 7]);
		ATF_CHECK_EQ(p.len,
		    alen == 4 ? (size_t)p.b[2] << 8 | p.b[3] :
				((size_t)p.b[4] << 8 | p.b[5]) + 40);
	}

	/* A link without multicast: a peer is needed. */
	end[0]->multicast = false;
	memset(&set, 0, sizeof(set));
	set.ifd.cmd = PFSYNC_DRV_CONFIG;
	set.config.set = PFSYNC_CONFIG_SYNCDEV;
	ATF_REQUIRE_EQ(0, call(hk, CTL_SDRVSPEC, &set, sizeof(set)));
	strcpy(set.config.syncdev, "em1");
	ATF_CHECK_EQ(EADDRNOTAVAIL, call(hk, CTL_SDRVSPEC, &set, sizeof(set)));
	set.config.set |= PFSYNC_CONFIG_SYNCPEER;
	set.config.syncpeer_af = PSYNC_AF_INET;
	inet_pton(AF_INET, "203.0.113.2", set.config.syncpeer);
	ATF_CHECK_EQ(0, call(hk, CTL_SDRVSPEC, &set, sizeof(set)));
	hk_destroy(hk);
	end[1]->ops->close(end[1]);
}

ATF_TC_WITHOUT_HEAD(interfaces);
ATF_TC_BODY(interfaces, tc)
{
	static const char *const bad[] = { "", "pfsync0", "pfsync1", "all",
		"em 0", "em/0", "abcdefghijklmnop" };
	const struct hk_env env = { .now = still, .random = four };
	struct link *end[2];
	struct pollfd fds[4];
	uint8_t dst[16] = { 10 };
	char name[8];
	struct hk *hk;
	unsigned i;

	ATF_CHECK(hk_create(&env, 0, 1) == NULL);
	ATF_CHECK(hk_create(&env, PSYNC_SLICES_MAX + 1, 1) == NULL);
	hk = hk_create(&env, 1, htonl(5));
	ATF_REQUIRE(hk != NULL && link_mem_pair(end, 1500, 4) == 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(EINVAL, hk_attach(hk, bad[i], end[0]), "%s",
		    bad[i]);
	ATF_CHECK_EQ(0, hk_attach(hk, "em0", end[0]));
	ATF_CHECK_EQ(EEXIST, hk_attach(hk, "em0", end[1]));
	ATF_CHECK_EQ(0, hk_fds(hk, fds, 4));

	ATF_CHECK_EQ(ENXIO, hk_route(hk, PSYNC_AF_INET, dst, 8, "em1"));
	ATF_CHECK_EQ(EINVAL, hk_route(hk, PSYNC_AF_INET, dst, 33, "em0"));
	ATF_CHECK_EQ(EINVAL, hk_route(hk, PSYNC_AF_INET6, dst, 129, "em0"));
	ATF_CHECK_EQ(EINVAL, hk_route(hk, 1, dst, 8, "em0"));
	for (i = 0; i < 256; i++) {
		dst[1] = (uint8_t)i;
		ATF_CHECK_EQ(0, hk_route(hk, PSYNC_AF_INET, dst, 16, "em0"));
	}
	ATF_CHECK_EQ(0, hk_route(hk, PSYNC_AF_INET, dst, 16, "em0"));
	ATF_CHECK_EQ(ENOMEM, hk_route(hk, PSYNC_AF_INET, dst, 17, "em0"));

	ATF_CHECK_EQ(ENXIO, hk_detach(hk, "em1"));
	ATF_CHECK_EQ(0, hk_detach(hk, "em0"));
	ATF_CHECK_EQ(ENXIO, hk_detach(hk, "em0"));
	end[1]->ops->close(end[1]);
	for (i = 0; i < 33; i++) {
		ATF_REQUIRE_EQ(0, link_mem_pair(end, 576, 1));
		(void)snprintf(name, sizeof(name), "em%u", i);
		ATF_CHECK_EQ(i < 32 ? 0 : ENOMEM, hk_attach(hk, name, end[0]));
		end[1]->ops->close(end[1]);
	}
	end[0]->ops->close(end[0]);
	hk_destroy(hk);
}

/* The syncdev goes, and comes back by its name. */
ATF_TC_WITHOUT_HEAD(syncdev_detached);
ATF_TC_BODY(syncdev_detached, tc)
{
	struct link *end[2];
	struct twohk two;
	unsigned sent;

	twohk_open(&two, 1, TWOHK_PASS);
	twohk_pfsync(&two, A);
	ATF_CHECK_EQ(1, two.side[A].acts[PFSYNC_ACT_UPD_REQ]);
	ATF_REQUIRE_EQ(0, hk_detach(two.side[A].hk, "em1"));
	ATF_CHECK(!twohk_status(&two, A).config.reachable);
	ATF_CHECK_STREQ("em1", twohk_status(&two, A).config.syncdev);
	sent = two.side[A].sent;
	ATF_REQUIRE(twohk_udp(&two, A, 500));
	twohk_wait(&two, 5000);
	ATF_CHECK_EQ(sent, two.side[A].sent);

	ATF_REQUIRE_EQ(0, link_mem_pair(end, 1500, 64));
	end[0]->af = PSYNC_AF_INET;
	inet_pton(AF_INET, "203.0.113.1", end[0]->addr);
	ATF_REQUIRE_EQ(0, hk_attach(two.side[A].hk, "em1", end[0]));
	ATF_CHECK(twohk_status(&two, A).config.reachable);
	ATF_CHECK(two.side[A].sent > sent);
	twohk_close(&two);
	end[1]->ops->close(end[1]);
}

/* A cable that is pulled, and an mtu that shrinks, behind the kernel's back. */
static bool plugged = true;

static bool
is_plugged(struct link *l)
{
	(void)l;
	return (plugged);
}

ATF_TC_WITHOUT_HEAD(link_state);
ATF_TC_BODY(link_state, tc)
{
	struct link_ops ops;
	struct link *end[2];
	struct twohk two;
	unsigned sent;

	twohk_open(&two, 1, TWOHK_PASS);
	ATF_REQUIRE_EQ(0, hk_detach(two.side[A].hk, "em1"));
	ATF_REQUIRE_EQ(0, link_mem_pair(end, 1500, 64));
	ops = *end[0]->ops;
	ops.running = is_plugged;
	end[0]->ops = &ops;
	end[0]->af = PSYNC_AF_INET;
	inet_pton(AF_INET, "203.0.113.1", end[0]->addr);
	ATF_REQUIRE_EQ(0, hk_attach(two.side[A].hk, "em1", end[0]));
	twohk_pfsync(&two, A);
	plugged = false;
	twohk_wait(&two, 1000);
	ATF_CHECK(!twohk_status(&two, A).config.reachable);
	ATF_CHECK_EQ(ENETDOWN, twohk_set(&two, A, PFSYNC_CONFIG_RESYNC, NULL));
	plugged = true;
	sent = two.side[A].sent;
	twohk_wait(&two, 1000);
	ATF_CHECK(twohk_status(&two, A).config.reachable);
	ATF_CHECK(two.side[A].sent > sent);

	end[0]->mtu = 1280;
	twohk_wait(&two, 1000);
	ATF_CHECK_EQ(1280, twohk_status(&two, A).config.mtu);

	/* No state fits any more: it says so, and tries nothing. */
	end[0]->mtu = 300;
	twohk_wait(&two, 1000);
	ATF_CHECK(!twohk_status(&two, A).config.reachable);
	ATF_CHECK_EQ(ENETDOWN, twohk_set(&two, A, PFSYNC_CONFIG_RESYNC, NULL));
	sent = two.side[A].sent;
	end[0]->mtu = 1500;
	twohk_wait(&two, 1000);
	ATF_CHECK(twohk_status(&two, A).config.reachable);
	ATF_CHECK_EQ(1500, twohk_status(&two, A).config.mtu);
	ATF_CHECK(two.side[A].sent > sent);

	/* Up and down, but not above what was asked for. */
	ATF_REQUIRE_EQ(0, twohk_mtu(&two, A, "pfsync0", 1400));
	end[0]->mtu = 1300;
	twohk_wait(&two, 1000);
	ATF_CHECK_EQ(1300, twohk_status(&two, A).config.mtu);
	end[0]->mtu = 1500;
	twohk_wait(&two, 1000);
	ATF_CHECK_EQ(1400, twohk_status(&two, A).config.mtu);
	ATF_REQUIRE_EQ(0, twohk_mtu(&two, A, "pfsync0", 1500));
	end[0]->mtu = 1300;
	twohk_wait(&two, 1000);
	end[0]->mtu = 1450;
	twohk_wait(&two, 1000);
	ATF_CHECK_EQ(1450, twohk_status(&two, A).config.mtu);
	twohk_close(&two);
	end[1]->ops->close(end[1]);
}

/*
 * Forwarding
 */

ATF_TC_WITHOUT_HEAD(forward);
ATF_TC_BODY(forward, tc)
{
	static const struct {
		const char *src, *dst;
		uint8_t ttl;
		bool passes;
	} rows[] = {
		{ "10.1.1.2", "198.51.100.254", 64, true },
		{ "10.1.1.2", "198.51.100.254", 2, true },
		{ "10.1.1.2", "198.51.100.254", 1, false },
		{ "10.1.1.2", "198.51.100.254", 0, false },
		{ "10.1.1.2", "198.51.101.254", 64, false }, /* no route */
		{ "10.1.1.2", "224.0.0.18", 64, false },
	};
	struct rig_packet p;
	struct twohk two;
	size_t i, len;

	twohk_open(&two, 1, "pass all no state\npass out\n");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig_udp(&p, rows[i].src, 1000, rows[i].dst, 53, 20);
		p.b[8] = rows[i].ttl;
		rig_sums_set(&p);
		len = p.len;
		memset(p.b + p.len, 0xee, 6); /* as Ethernet pads */
		p.len += 6;
		ATF_CHECK_EQ_MSG(rows[i].passes, twohk_push(&two, A, 0, &p),
		    "row %zu", i);
		if (!rows[i].passes)
			continue;
		ATF_CHECK_EQ(len, p.len);
		ATF_CHECK_EQ(rows[i].ttl - 1, p.b[8]);
		ATF_CHECK(rig_sums_ok(&p));
	}
	/* The mtu of where it goes. */
	rig_udp(&p, "10.1.1.2", 1000, "198.51.100.254", 53, 1000);
	ATF_CHECK(twohk_push(&two, A, 0, &p));
	ATF_REQUIRE_EQ(0, twohk_mtu(&two, A, "em2", 1027));
	rig_udp(&p, "10.1.1.2", 1000, "198.51.100.254", 53, 1000);
	len = twohk_count(&two, A);
	p.b[20] ^= 0x40; /* another port: a state, if pf sees it */
	rig_sums_set(&p);
	ATF_CHECK(!twohk_push(&two, A, 0, &p));
	ATF_CHECK_EQ(len, twohk_count(&two, A));
	ATF_REQUIRE_EQ(0, twohk_mtu(&two, A, "em2", 1500));
	/* Interfaces that are down. */
	ATF_REQUIRE_EQ(0, twohk_updown(&two, A, "em2", false));
	rig_udp(&p, "10.1.1.2", 1000, "198.51.100.254", 53, 1000);
	ATF_CHECK(!twohk_push(&two, A, 0, &p));
	ATF_REQUIRE_EQ(0, twohk_updown(&two, A, "em2", true));
	ATF_REQUIRE_EQ(0, twohk_updown(&two, A, "em0", false));
	rig_udp(&p, "10.1.1.2", 1000, "198.51.100.254", 53, 1000);
	ATF_CHECK(!twohk_push(&two, A, 0, &p));
	twohk_close(&two);
}

/* Every packet cut short, and every bit of its header turned over. */
ATF_TC_WITHOUT_HEAD(hostile_packets);
ATF_TC_BODY(hostile_packets, tc)
{
	static const char *const from[] = { "10.1.1.2", "2001:db8::2" };
	static const char *const to[] = { "198.51.100.254", "2001:db8:2::2" };
	struct rig_packet p;
	struct twohk two;
	unsigned f, proto;
	uint8_t *copy;
	size_t bit, len;

	twohk_open(&two, 1, TWOHK_PASS);
	twohk_pfsync(&two, A);
	for (f = 0; f < 2; f++)
		for (proto = 17; proto <= 240; proto += 223) {
			rig_other(&p, from[f], to[f], (uint8_t)proto, 40);
			for (len = 0; len <= p.len; len++) {
				/* Of its own, for ASan to guard the end. */
				copy = malloc(len + 1);
				ATF_REQUIRE(copy != NULL);
				memcpy(copy + 1, p.b, len);
				hk_input(two.side[A].hk, "em1", copy + 1, len);
				free(copy);
			}
			for (bit = 0; bit < 8 * (f == 0 ? 20 : 40); bit++) {
				copy = malloc(p.len);
				ATF_REQUIRE(copy != NULL);
				memcpy(copy, p.b, p.len);
				copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
				hk_input(two.side[A].hk, "em1", copy, p.len);
				free(copy);
			}
		}
	hk_input(two.side[A].hk, "em9", p.b, p.len);
	ATF_CHECK_EQ(0, twohk_stats(&two, A).base.pfsyncs_badstate);

	/* A fragment of protocol 240 is no packet of ours. */
	rig_other(&p, "203.0.113.2", "203.0.113.1", 240, 40);
	p.b[8] = 255;
	rig_sums_set(&p);
	hk_input(two.side[A].hk, "em1", p.b, p.len);
	ATF_CHECK_EQ(1, twohk_stats(&two, A).base.pfsyncs_badver);
	p.b[6] = 0x20;
	rig_sums_set(&p);
	hk_input(two.side[A].hk, "em1", p.b, p.len);
	ATF_CHECK_EQ(1, twohk_stats(&two, A).base.pfsyncs_badver);
	twohk_close(&two);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, clone);
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, refused_settings);
	ATF_TP_ADD_TC(tp, syncpeer);
	ATF_TP_ADD_TC(tp, interfaces);
	ATF_TP_ADD_TC(tp, syncdev_detached);
	ATF_TP_ADD_TC(tp, link_state);
	ATF_TP_ADD_TC(tp, forward);
	ATF_TP_ADD_TC(tp, hostile_packets);
	return (atf_no_error());
}
