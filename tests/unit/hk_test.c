/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One hosted kernel: pfsync0 and its settings, with the errors of a BSD, and
 * nothing changed after one.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
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
		.now = twohk_still,
		.random = twohk_four,
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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, clone);
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, refused_settings);
	ATF_TP_ADD_TC(tp, syncpeer);
	return (atf_no_error());
}
