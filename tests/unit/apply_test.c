/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What ifconfig asks of a pfsync of ours, and of one that knows the stock
 * ioctls only.
 */

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ifconfig/apply.h"

/* A kernel that notes what it is asked. */
static struct {
	bool pfsync; /* or another interface */
	bool drv;    /* it knows SIOCSDRVSPEC */
	int config_error;
	struct pfsync_drv_config config;
	struct pfsync_drv_ifmap ifmap;
	unsigned ifmaps;
	struct pfsyncreq req;
	unsigned configs, reqs;
} fake;

static int
drv_get(void *ctx, unsigned cmd, void *data, size_t len)
{
	(void)ctx;
	if (!fake.drv)
		return (EINVAL);
	memset(data, 0, len);
	if (cmd == PFSYNC_DRV_IFMAP)
		memcpy(data, &fake.ifmap, sizeof(fake.ifmap));
	return (0);
}

static int
drv_set(void *ctx, unsigned cmd, const void *data, size_t len)
{
	(void)ctx;
	ATF_REQUIRE_MSG(fake.pfsync && fake.drv, "set what it is not");
	if (cmd == PFSYNC_DRV_IFMAP) {
		ATF_REQUIRE_EQ(sizeof(fake.ifmap), len);
		memcpy(&fake.ifmap, data, len);
		fake.ifmaps++;
		return (0);
	}
	ATF_REQUIRE_EQ(PFSYNC_DRV_CONFIG, cmd);
	ATF_REQUIRE_EQ(sizeof(fake.config), len);
	memcpy(&fake.config, data, len);
	fake.configs++;
	return (fake.config_error);
}

static int
stock_get(void *ctx, struct pfsyncreq *req)
{
	(void)ctx;
	if (!fake.pfsync)
		return (EINVAL);
	*req = fake.req;
	return (0);
}

static int
stock_set(void *ctx, const struct pfsyncreq *req)
{
	(void)ctx;
	fake.req = *req;
	fake.reqs++;
	return (0);
}

static struct kernel kernel = { .ifname = "pfsync0",
	.drv_get = drv_get,
	.drv_set = drv_set,
	.stock_get = stock_get,
	.stock_set = stock_set };

static void
fake_init(bool drv)
{
	memset(&fake, 0, sizeof(fake));
	fake.pfsync = true;
	fake.drv = drv;
	kernel.stock_defers = true;
	strcpy(fake.req.pfsyncr_syncdev, "old0");
	fake.req.pfsyncr_syncpeer = 0x01020304;
	fake.req.pfsyncr_maxupdates = 128;
	fake.req.pfsyncr_defer = PFSYNCF_DEFER;
}

/* The verbs of one line; NULL if all was done, or the complaint. */
static const char *
line(const char *words)
{
	static struct complaint why;
	char copy[80], *argv[8];
	struct want want;
	unsigned n = 0;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	for (argv[n] = strtok(copy, " "); argv[n] != NULL;
	     argv[++n] = strtok(NULL, " "))
		ATF_REQUIRE(n < 7);
	ATF_REQUIRE_MSG(verbs_parse(argv, &want, &why), "%s", why.text);
	return (kernel_apply(&kernel, &want, &why) ? NULL : why.text);
}

ATF_TC_WITHOUT_HEAD(ours);
ATF_TC_BODY(ours, tc)
{
	fake_init(true);
	ATF_CHECK(line("syncdev em1 maxupd 7 defer") == NULL);
	ATF_CHECK(fake.configs == 1 && fake.reqs == 0 && fake.ifmaps == 0);
	ATF_CHECK_EQ(PFSYNC_CONFIG_SYNCDEV | PFSYNC_CONFIG_MAXUPD |
		PFSYNC_CONFIG_DEFER,
	    fake.config.set);
	ATF_CHECK_STREQ("em1", fake.config.syncdev);
	ATF_CHECK(fake.config.maxupd == 7 && fake.config.defer);

	ATF_CHECK(line("ifmap em0=igb0 resync") == NULL);
	ATF_CHECK(fake.configs == 2 && fake.ifmaps == 1);
	ATF_CHECK_EQ(PFSYNC_CONFIG_RESYNC, fake.config.set);
	ATF_CHECK_EQ(1, fake.ifmap.count);
	/* Without anything else nothing else is set. */
	ATF_CHECK(line("ifmap em1=igb1") == NULL);
	ATF_CHECK(fake.configs == 2 && fake.ifmaps == 2);
	ATF_CHECK_EQ(2, fake.ifmap.count);

	ATF_CHECK(line("ifmap a=b -ifmap ifmap em2=x ifmap em1=igb1") == NULL);
	ATF_CHECK_EQ(2, fake.ifmap.count);
	ATF_CHECK_STREQ("x", fake.ifmap.pair[0].remote);

	/* All of a line or nothing. */
	fake.config_error = ENETDOWN;
	ATF_CHECK_STREQ("resync: pfsync0 is not up, or its syncdev is not",
	    line("-ifmap resync"));
	ATF_CHECK_EQ(5, fake.ifmaps);
	ATF_CHECK_EQ(2, fake.ifmap.count);
	ATF_CHECK_STREQ("igb1", fake.ifmap.pair[1].remote);
	fake.config_error = EPERM;
	ATF_CHECK_STREQ("SIOCSDRVSPEC (pfsync0): Operation not permitted",
	    line("maxupd 1"));
}

ATF_TC_WITHOUT_HEAD(stock);
ATF_TC_BODY(stock, tc)
{
	struct pfsyncreq old;

	fake_init(false);
	old = fake.req;
	ATF_CHECK(line("maxupd 7") == NULL);
	old.pfsyncr_maxupdates = 7;
	ATF_CHECK_EQ(0, memcmp(&old, &fake.req, sizeof(old)));
	ATF_CHECK(line("-defer syncdev em1") == NULL);
	old.pfsyncr_defer = 0;
	memset(old.pfsyncr_syncdev, 0, sizeof(old.pfsyncr_syncdev));
	strcpy(old.pfsyncr_syncdev, "em1");
	ATF_CHECK_EQ(0, memcmp(&old, &fake.req, sizeof(old)));
	ATF_CHECK(line("defer syncpeer 10.9.8.7") == NULL);
	old.pfsyncr_defer = PFSYNCF_DEFER;
	memcpy(&old.pfsyncr_syncpeer, "\12\11\10\7", 4);
	ATF_CHECK_EQ(0, memcmp(&old, &fake.req, sizeof(old)));
	ATF_CHECK(line("-syncpeer -syncdev") == NULL);
	old.pfsyncr_syncpeer = 0;
	memset(old.pfsyncr_syncdev, 0, sizeof(old.pfsyncr_syncdev));
	ATF_CHECK_EQ(0, memcmp(&old, &fake.req, sizeof(old)));
	ATF_CHECK_EQ(4, fake.reqs);

	/* What it has not, and nothing of that line. */
	ATF_CHECK_STREQ("version: this system's own pfsync has it not",
	    line("maxupd 1 version 1301"));
	ATF_CHECK_STREQ("ifmap: this system's own pfsync has it not",
	    line("maxupd 1 ifmap a=b"));
	ATF_CHECK_STREQ("resync: this system's own pfsync has it not",
	    line("maxupd 1 resync"));
	ATF_CHECK_STREQ("syncpeer: this system's own pfsync has IPv4 only",
	    line("maxupd 1 syncpeer fd00::1"));
	kernel.stock_defers = false;
	ATF_CHECK_STREQ("defer: this system's own pfsync has it not",
	    line("maxupd 1 defer"));
	ATF_CHECK_EQ(4, fake.reqs);
}

/* SIOCSDRVSPEC to a bridge would do something else. */
ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	fake_init(true);
	fake.pfsync = false;
	ATF_CHECK_STREQ("SIOCGETPFSYNC (pfsync0): Invalid argument",
	    line("maxupd 1"));
	ATF_CHECK(fake.configs == 0 && fake.reqs == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ours);
	ATF_TP_ADD_TC(tp, stock);
	ATF_TP_ADD_TC(tp, others);
	return (atf_no_error());
}
