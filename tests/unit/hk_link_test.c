/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One hosted kernel: interfaces and links that come and go; forwarding; packets
 * that should not be there.
 */

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/twohk.h"

ATF_TC_WITHOUT_HEAD(interfaces);
ATF_TC_BODY(interfaces, tc)
{
	static const char *const bad[] = { "", "pfsync0", "pfsync1", "all",
		"em 0", "em/0", "abcdefghijklmnop" };
	const struct hk_env env = { .now = twohk_still, .random = twohk_four };
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
	ATF_TP_ADD_TC(tp, interfaces);
	ATF_TP_ADD_TC(tp, syncdev_detached);
	ATF_TP_ADD_TC(tp, link_state);
	ATF_TP_ADD_TC(tp, forward);
	ATF_TP_ADD_TC(tp, hostile_packets);
	return (atf_no_error());
}
