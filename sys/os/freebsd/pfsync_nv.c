/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfsync0's configuration as a name-value list.  See pfsync_nv.h.
 */

#include <sys/param.h>
#include <sys/errno.h>

#include <stdbool.h>
#include <string.h>

#include "os/freebsd/pfsync_nv.h"

/* FreeBSD's struct sockaddr_in and sockaddr_in6. */
struct address4 {
	uint8_t len;
	uint8_t family;
	uint16_t port;
	uint8_t addr[4];
	uint8_t zero[8];
};

struct address6 {
	uint8_t len;
	uint8_t family;
	uint16_t port;
	uint32_t flow;
	uint8_t addr[16];
	uint32_t zone;
};

static const uint8_t group4[4] = { 224, 0, 0, 240 };
static const uint8_t group6[16] = { 0xff, 0x12, [15] = 0xf0 };

/* The unspecified address means the group of its family. */
static int
parse_address4(const void *data, size_t len, struct pfsync_drv_config *req)
{
	struct address4 a;

	if (len != sizeof(a))
		return (EINVAL);
	memcpy(&a, data, sizeof(a));
	if (memcmp(a.addr, group4, sizeof(a.addr)) == 0)
		return (0);
	memcpy(req->syncpeer, a.addr, sizeof(a.addr));
	req->syncpeer_af = PFSYNC_AF_INET;
	return (0);
}

/* There is one link, the syncdev's: whatever the zone says. */
static int
parse_address6(const void *data, size_t len, struct pfsync_drv_config *req)
{
	static const uint8_t unspecified[16];
	struct address6 a;

	if (len != sizeof(a))
		return (EINVAL);
	memcpy(&a, data, sizeof(a));
	if (memcmp(a.addr, unspecified, sizeof(a.addr)) == 0)
		memcpy(a.addr, group6, sizeof(a.addr));
	memcpy(req->syncpeer, a.addr, sizeof(a.addr));
	req->syncpeer_af = PFSYNC_AF_INET6;
	return (0);
}

static int
parse_syncpeer(const nvlist_t *nvl, struct pfsync_drv_config *req)
{
	const void *data;
	size_t len;

	if (!nvlist_exists_number(nvl, "af") ||
	    !nvlist_exists_binary(nvl, "address"))
		return (EINVAL);
	data = nvlist_get_binary(nvl, "address", &len);
	switch (nvlist_get_number(nvl, "af")) {
	case 0:
		return (0);
	case PFSYNC_AF_INET:
		return (parse_address4(data, len, req));
	case PFSYNC_AF_INET6:
		return (parse_address6(data, len, req));
	default:
		return (EINVAL);
	}
}

static int
parse_syncdev(const nvlist_t *nvl, struct pfsync_drv_config *req)
{
	const char *name;
	size_t len;

	if (!nvlist_exists(nvl, "syncdev"))
		return (0);
	if (!nvlist_exists_string(nvl, "syncdev"))
		return (EINVAL);
	name = nvlist_get_string(nvl, "syncdev");
	len = strlen(name);
	if (len >= sizeof(req->syncdev))
		return (EINVAL);
	memcpy(req->syncdev, name, len);
	return (0);
}

/* False unless there is one, and not above max. */
static bool
parse_number(const nvlist_t *nvl, const char *name, uint64_t max,
    uint32_t *number)
{
	uint64_t n;

	if (!nvlist_exists_number(nvl, name))
		return (false);
	n = nvlist_get_number(nvl, name);
	*number = (uint32_t)n;
	return (n <= max);
}

int
pfsync_nv_parse(const nvlist_t *nvl, struct pfsync_drv_config *req)
{
	uint32_t flags;
	int error;

	memset(req, 0, sizeof(*req));
	req->set = PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_SYNCPEER |
	    PFSYNC_CONFIG_MAXUPD | PFSYNC_CONFIG_DEFER;
	if (!parse_number(nvl, "maxupdates", PFSYNC_MAXUPDATES_MAX,
		&req->maxupd) ||
	    !parse_number(nvl, "flags", UINT32_MAX, &flags))
		return (EINVAL);
	req->defer = (flags & PFSYNCF_DEFER) != 0;
	if (nvlist_exists(nvl, "version")) {
		req->set |= PFSYNC_CONFIG_VERSION;
		if (!parse_number(nvl, "version", UINT16_MAX, &req->version))
			return (EINVAL);
	}
	error = parse_syncdev(nvl, req);
	if (error != 0 || !nvlist_exists(nvl, "syncpeer"))
		return (error);
	if (!nvlist_exists_nvlist(nvl, "syncpeer"))
		return (EINVAL);
	return (parse_syncpeer(nvlist_get_nvlist(nvl, "syncpeer"), req));
}

static bool
is_link_local(const uint8_t addr[16])
{
	return ((addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80) ||
	    (addr[0] == 0xff && (addr[1] & 0x0f) == 2));
}

static void
fill_address6(nvlist_t *nvl, const uint8_t addr[16], uint32_t zone)
{
	struct address6 a = { .len = sizeof(a), .family = PFSYNC_AF_INET6 };

	memcpy(a.addr, addr, sizeof(a.addr));
	if (is_link_local(addr))
		a.zone = zone;
	nvlist_add_binary(nvl, "address", &a, sizeof(a));
}

static void
fill_address4(nvlist_t *nvl, const uint8_t addr[4])
{
	struct address4 a = { .len = sizeof(a), .family = PFSYNC_AF_INET };

	memcpy(a.addr, addr, sizeof(a.addr));
	nvlist_add_binary(nvl, "address", &a, sizeof(a));
}

void
pfsync_nv_fill(nvlist_t *nvl, const struct pfsync_drv_config *c, bool syncok,
    uint32_t zone)
{
	const bool v6 = c->syncpeer_af == PFSYNC_AF_INET6;
	nvlist_t *peer;

	if (c->syncdev[0] != '\0')
		nvlist_add_string(nvl, "syncdev", c->syncdev);
	nvlist_add_number(nvl, "maxupdates", c->maxupd);
	nvlist_add_number(nvl, "flags",
	    (syncok ? PFSYNCF_OK : 0) | (c->defer ? PFSYNCF_DEFER : 0));
	nvlist_add_number(nvl, "version", c->version);

	peer = nvlist_create(0);
	if (peer != NULL) {
		nvlist_add_number(peer, "af",
		    v6 ? PFSYNC_AF_INET6 : PFSYNC_AF_INET);
		if (v6)
			fill_address6(peer, c->syncpeer, zone);
		else
			fill_address4(peer,
			    c->syncpeer_af == 0 ? group4 : c->syncpeer);
	}
	nvlist_add_nvlist(nvl, "syncpeer", peer);
	nvlist_destroy(peer);
}
