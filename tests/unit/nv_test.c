/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's SIOCSETPFSYNCNV and SIOCGETPFSYNCNV: lists of all sorts become a
 * configuration or EINVAL, and configurations lists that ifconfig(8) reads.
 */

#include <sys/nv.h>

#include <atf-c.h>
#include <errno.h>
#include <string.h>

#include "net/pfsync/drv.h"
#include "os/freebsd/pfsync_nv.h"

/* As FreeBSD has them: length, family, port; in IPv6 the flow; the address. */
static const uint8_t peer4[16] = { 16, 2, 0, 0, 192, 0, 2, 7 };
static const uint8_t group4[16] = { 16, 2, 0, 0, 224, 0, 0, 240 };
static const uint8_t peer6[28] = { 28, 28, [8] = 0x20, 0x01, 0x0d,
	0xb8, [23] = 1 };
static const uint8_t group6[28] = { 28, 28, [8] = 0xff, 0x12, [23] = 0xf0 };
static const uint8_t any6[28] = { 28, 28 };

static nvlist_t *
peer_list(uint64_t af, const void *address, size_t len)
{
	nvlist_t *peer = nvlist_create(0);

	nvlist_add_number(peer, "af", af);
	nvlist_add_binary(peer, "address", address, len);
	return (peer);
}

static void
add_peer(nvlist_t *nvl, uint64_t af, const void *address, size_t len)
{
	nvlist_t *peer = peer_list(af, address, len);

	nvlist_add_nvlist(nvl, "syncpeer", peer);
	nvlist_destroy(peer);
}

/* What ifconfig sends. */
static nvlist_t *
usual(void)
{
	nvlist_t *nvl = nvlist_create(0);

	nvlist_add_string(nvl, "syncdev", "em1");
	nvlist_add_number(nvl, "maxupdates", 64);
	nvlist_add_number(nvl, "flags", PFSYNCF_OK | PFSYNCF_DEFER);
	nvlist_add_number(nvl, "version", PFSYNC_FORMAT_1400);
	add_peer(nvl, 2, peer4, sizeof(peer4));
	return (nvl);
}

/* Parses a list, and is the end of it. */
static int
parse(nvlist_t *nvl, struct pfsync_drv_config *req)
{
	int error;

	ATF_REQUIRE_EQ(0, nvlist_error(nvl));
	error = pfsync_nv_parse(nvl, req);
	nvlist_destroy(nvl);
	return (error);
}

static void
refused(nvlist_t *nvl, const char *what)
{
	struct pfsync_drv_config req;

	ATF_CHECK_EQ_MSG(EINVAL, parse(nvl, &req), "%s", what);
}

ATF_TC_WITHOUT_HEAD(set);
ATF_TC_BODY(set, tc)
{
	struct pfsync_drv_config req;
	struct psync_config now = { .up = true }, want;

	(void)tc;
	ATF_REQUIRE_EQ(0, parse(usual(), &req));
	ATF_REQUIRE_EQ(PSYNC_ERR_NONE, psync_drv_config(&req, &now, &want));
	ATF_CHECK_STREQ("em1", want.syncdev);
	ATF_CHECK_EQ(64, want.maxupd);
	ATF_CHECK_EQ(PFSYNC_FORMAT_1400, want.format);
	ATF_CHECK(want.defer);
	ATF_CHECK_EQ(PSYNC_AF_INET, want.syncpeer_af);
	ATF_CHECK_EQ(0, memcmp(want.syncpeer, peer4 + 4, 4));
	ATF_CHECK(want.up);
}

/* Every configuration is as it was after it was got and set. */
ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	static const struct pfsync_drv_config configs[] = {
		{ .maxupd = 128 },
		{ .maxupd = 0, .syncdev = "vtnet0.1234567", .defer = 1 },
		{ .maxupd = 255,
		    .version = PFSYNC_FORMAT_V3,
		    .syncpeer = { 192, 0, 2, 1 },
		    .syncpeer_af = PFSYNC_AF_INET },
		{ .maxupd = 1,
		    .version = PFSYNC_FORMAT_1500,
		    .syncdev = "em0",
		    .syncpeer = { 0xff, 0x12, [15] = 0xf0 },
		    .syncpeer_af = PFSYNC_AF_INET6 },
		{ .syncpeer = { 0xfe, 0x80, [15] = 9 },
		    .syncpeer_af = PFSYNC_AF_INET6 },
	};
	struct pfsync_drv_config req;
	nvlist_t *nvl;
	size_t i;

	(void)tc;
	for (i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		nvl = nvlist_create(0);
		pfsync_nv_fill(nvl, &configs[i], i % 2 == 0, 3);
		ATF_REQUIRE_EQ(0, parse(nvl, &req));
		ATF_CHECK_EQ(PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_SYNCPEER |
			PFSYNC_CONFIG_MAXUPD | PFSYNC_CONFIG_DEFER |
			PFSYNC_CONFIG_VERSION,
		    req.set);
		req.set = 0;
		ATF_CHECK_EQ_MSG(0, memcmp(&configs[i], &req, sizeof(req)),
		    "configuration %zu", i);
	}
}

/* What is told of it besides, and how. */
ATF_TC_WITHOUT_HEAD(get);
ATF_TC_BODY(get, tc)
{
	struct pfsync_drv_config c = { .defer = 1 };
	const nvlist_t *peer;
	const uint8_t *address;
	uint32_t zone = 0;
	nvlist_t *nvl;
	size_t len;

	(void)tc;
	nvl = nvlist_create(0);
	pfsync_nv_fill(nvl, &c, false, 7);
	ATF_CHECK(!nvlist_exists(nvl, "syncdev"));
	ATF_CHECK_EQ(PFSYNCF_DEFER, nvlist_get_number(nvl, "flags"));
	ATF_CHECK_EQ(0, nvlist_get_number(nvl, "version"));
	peer = nvlist_get_nvlist(nvl, "syncpeer");
	ATF_CHECK_EQ(2, nvlist_get_number(peer, "af"));
	address = nvlist_get_binary(peer, "address", &len);
	ATF_REQUIRE_EQ(sizeof(group4), len);
	ATF_CHECK_EQ(0, memcmp(group4, address, len));
	nvlist_destroy(nvl);

	c = (struct pfsync_drv_config) { .syncpeer_af = PFSYNC_AF_INET6 };
	memcpy(c.syncpeer, group6 + 8, sizeof(c.syncpeer));
	nvl = nvlist_create(0);
	pfsync_nv_fill(nvl, &c, true, 7);
	ATF_CHECK_EQ(PFSYNCF_OK, nvlist_get_number(nvl, "flags"));
	peer = nvlist_get_nvlist(nvl, "syncpeer");
	ATF_CHECK_EQ(28, nvlist_get_number(peer, "af"));
	address = nvlist_get_binary(peer, "address", &len);
	ATF_REQUIRE_EQ(sizeof(group6), len);
	ATF_CHECK_EQ(0, memcmp(group6, address, 24));
	memcpy(&zone, address + 24, sizeof(zone));
	ATF_CHECK_EQ(7, zone);
	nvlist_destroy(nvl);

	memcpy(c.syncpeer, peer6 + 8, sizeof(c.syncpeer));
	nvl = nvlist_create(0);
	pfsync_nv_fill(nvl, &c, true, 7);
	address = nvlist_get_binary(nvlist_get_nvlist(nvl, "syncpeer"),
	    "address", &len);
	ATF_CHECK_EQ_MSG(0, memcmp(peer6, address, len), "no zone");
	nvlist_destroy(nvl);
}

ATF_TC_WITHOUT_HEAD(groups);
ATF_TC_BODY(groups, tc)
{
	static const struct {
		uint64_t af;
		const void *address;
		size_t len;
		uint8_t became;
	} peers[] = {
		{ 0, any6, sizeof(any6), 0 },
		{ 0, "", 0, 0 },
		{ 2, group4, sizeof(group4), 0 },
		{ 28, any6, sizeof(any6), PFSYNC_AF_INET6 },
		{ 28, group6, sizeof(group6), PFSYNC_AF_INET6 },
	};
	struct pfsync_drv_config req;
	nvlist_t *nvl;
	size_t i;

	(void)tc;
	for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		nvl = usual();
		nvlist_free(nvl, "syncpeer");
		add_peer(nvl, peers[i].af, peers[i].address, peers[i].len);
		ATF_REQUIRE_EQ_MSG(0, parse(nvl, &req), "peer %zu", i);
		ATF_CHECK_EQ_MSG(peers[i].became, req.syncpeer_af, "peer %zu",
		    i);
		if (peers[i].became != 0)
			ATF_CHECK_EQ(0, memcmp(group6 + 8, req.syncpeer, 16));
	}
}

/* A list is the whole configuration, but for what is not always in it. */
ATF_TC_WITHOUT_HEAD(missing);
ATF_TC_BODY(missing, tc)
{
	static const char *const needed[] = { "maxupdates", "flags" };
	struct pfsync_drv_config req;
	nvlist_t *nvl;
	size_t i;

	(void)tc;
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		nvl = usual();
		nvlist_free(nvl, needed[i]);
		refused(nvl, needed[i]);
	}
	refused(nvlist_create(0), "everything");

	nvl = usual();
	nvlist_free(nvl, "syncdev");
	nvlist_free(nvl, "syncpeer");
	nvlist_free(nvl, "version");
	ATF_REQUIRE_EQ(0, parse(nvl, &req));
	ATF_CHECK_STREQ("", req.syncdev);
	ATF_CHECK_EQ(0, req.syncpeer_af);
	ATF_CHECK_EQ(PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_SYNCPEER,
	    req.set & (PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_SYNCPEER));
	ATF_CHECK_EQ(0, req.set & PFSYNC_CONFIG_VERSION);
}

ATF_TC_WITHOUT_HEAD(wrong_type);
ATF_TC_BODY(wrong_type, tc)
{
	static const char *const names[] = { "syncdev", "maxupdates", "flags",
		"version", "syncpeer" };
	nvlist_t *nvl;
	size_t i;

	(void)tc;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		nvl = usual();
		nvlist_free(nvl, names[i]);
		nvlist_add_binary(nvl, names[i], peer4, sizeof(peer4));
		refused(nvl, names[i]);
	}
}

ATF_TC_WITHOUT_HEAD(wrong_value);
ATF_TC_BODY(wrong_value, tc)
{
	static const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{ "maxupdates", 256 },
		{ "maxupdates", UINT64_C(1) << 32 },
		{ "flags", UINT64_C(1) << 32 },
		{ "version", 65536 },
		{ "version", UINT64_MAX },
	};
	nvlist_t *nvl;
	size_t i;

	(void)tc;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		nvl = usual();
		nvlist_free(nvl, numbers[i].name);
		nvlist_add_number(nvl, numbers[i].name, numbers[i].value);
		refused(nvl, numbers[i].name);
	}
	nvl = usual();
	nvlist_free(nvl, "syncdev");
	nvlist_add_string(nvl, "syncdev", "interface0.12345");
	refused(nvl, "a name of 16 bytes");
}

ATF_TC_WITHOUT_HEAD(wrong_peer);
ATF_TC_BODY(wrong_peer, tc)
{
	static const struct {
		uint64_t af;
		size_t len;
	} peers[] = { { 2, 15 }, { 2, 28 }, { 2, 0 }, { 28, 16 }, { 28, 0 },
		{ 10, 28 }, { UINT64_C(1) << 32 | 2, 16 } };
	nvlist_t *nvl, *peer;
	size_t i;

	(void)tc;
	for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		nvl = usual();
		nvlist_free(nvl, "syncpeer");
		add_peer(nvl, peers[i].af, peer6, peers[i].len);
		refused(nvl, "an address");
	}
	for (i = 0; i < 4; i++) {
		nvl = usual();
		nvlist_free(nvl, "syncpeer");
		peer = peer_list(2, peer4, sizeof(peer4));
		nvlist_free(peer, i < 2 ? "af" : "address");
		if (i % 2 == 0)
			nvlist_add_string(peer, i < 2 ? "af" : "address", "2");
		nvlist_add_nvlist(nvl, "syncpeer", peer);
		nvlist_destroy(peer);
		refused(nvl, "a syncpeer that is not whole");
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, set);
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, get);
	ATF_TP_ADD_TC(tp, groups);
	ATF_TP_ADD_TC(tp, missing);
	ATF_TP_ADD_TC(tp, wrong_type);
	ATF_TP_ADD_TC(tp, wrong_value);
	ATF_TP_ADD_TC(tp, wrong_peer);
	return (atf_no_error());
}
