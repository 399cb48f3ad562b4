/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pf without memory: every allocation fails once, one after the other, and each
 * time all is as it was before.  The files that allocate are compiled in here
 * with an allocator that fails when told to.
 */

#include <sys/mman.h>

#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned fail_at; /* the n-th allocation from now; 0: none */

static bool
fails(void)
{

	return (fail_at != 0 && --fail_at == 0);
}

static void *
test_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{

	return (fails() ? MAP_FAILED : mmap(addr, len, prot, flags, fd, off));
}

static void *
test_calloc(size_t n, size_t size)
{

	return (fails() ? NULL : calloc(n, size));
}

static void *
test_realloc(void *p, size_t size)
{

	return (fails() ? NULL : realloc(p, size));
}

#define mmap(a, l, p, f, d, o) test_mmap(a, l, p, f, d, o)
#define calloc(n, size)	       test_calloc(n, size)
#define realloc(p, size)       test_realloc(p, size)
#include "sys/os/hosted/pf/pf.c"
#include "sys/os/hosted/pf/pf_if.c"
#include "sys/os/hosted/pf/pf_load.c"
#include "sys/os/hosted/pf/pf_slab.c"
#undef mmap
#undef calloc
#undef realloc

#include "tests/lib/pf_rig.h"

static uint64_t
still(void *ctx)
{

	(void)ctx;
	return (1000);
}

static uint32_t
dull(void *ctx)
{

	(void)ctx;
	return (7);
}

ATF_TC_WITHOUT_HEAD(create);
ATF_TC_BODY(create, tc)
{
	struct pf_env env = { .now = still, .random = dull };
	struct pf *pf = NULL;
	unsigned n;

	for (n = 1; pf == NULL; n++) {
		fail_at = n;
		pf = pf_create(&env, 1);
		ATF_REQUIRE(n < 100);
	}
	/* itself, 3 tables, an interface, rules and what they count */
	ATF_CHECK_EQ(7 + 1, n - 1);
	fail_at = 0;
	pf_destroy(pf);
}

ATF_TC_WITHOUT_HEAD(load);
ATF_TC_BODY(load, tc)
{
	struct pf_rule old = rig_keep(), new[3];
	struct pf_settings settings;
	const struct pf_rule *rules;
	uint8_t checksum[16];
	struct rig rig;
	unsigned n;
	size_t nrules;
	int error = ENOMEM;

	rig_open(&rig, &old, 1);
	memcpy(checksum, pf_checksum(rig.pf), sizeof(checksum));
	new[0] = new[1] = new[2] = rig_rule();
	pf_settings_default(&settings);
	settings.limit_states = 5;
	for (n = 1; error != 0; n++) {
		fail_at = n;
		error = pf_load(rig.pf, &settings, new, 3);
		if (error == 0)
			break;
		ATF_REQUIRE_EQ(ENOMEM, error);
		rules = pf_rules(rig.pf, &nrules);
		ATF_CHECK_EQ(1, nrules);
		ATF_CHECK_EQ(0, memcmp(&old, rules, sizeof(old)));
		ATF_CHECK_EQ(0, memcmp(checksum, pf_checksum(rig.pf), 16));
		ATF_CHECK_EQ(PF_LIMIT_STATES,
		    pf_settings(rig.pf)->limit_states);
	}
	fail_at = 0;
	ATF_CHECK_EQ(2 + 3 + 1, n);
	pf_rules(rig.pf, &nrules);
	ATF_CHECK_EQ(3, nrules);
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(attach);
ATF_TC_BODY(attach, tc)
{
	struct rig rig;

	rig_open(&rig, NULL, 0);
	fail_at = 1;
	ATF_CHECK_EQ(ENOMEM, pf_if_attach(rig.pf, "ix0"));
	ATF_CHECK(!pf_if_known(rig.pf, "ix0"));
	ATF_CHECK_EQ(0, pf_if_attach(rig.pf, "ix0"));
	rig_close(&rig);
}

ATF_TC_WITHOUT_HEAD(states);
ATF_TC_BODY(states, tc)
{
	struct pf_rule r = rig_keep();
	struct pf_status status;
	struct rig_packet p;
	struct psync_state ps;
	struct rig rig;
	unsigned n, failed = 0;
	uint32_t i;

	rig_open(&rig, &r, 1);
	/* By packets: the arrays of the slab, and its first chunk. */
	for (n = 1; n < 10; n++) {
		fail_at = n;
		rig_udp(&p, "10.0.0.1", 1, "10.0.0.2", 2, 1);
		if (rig_in(&rig, "em0", &p) == PF_PASS)
			break;
		failed++;
		rig_status(&rig, &status);
		ATF_CHECK_EQ(failed, status.memory);
		ATF_CHECK_EQ(0, rig_count(&rig));
		ATF_CHECK_EQ(0, rig.inserts);
	}
	fail_at = 0;
	ATF_CHECK_EQ(4, failed);
	rig_only(&rig, &ps);
	/* By imports, until the slab has to grow: 64 chunks of 256. */
	for (i = 2; rig_count(&rig) < 64 * 256 && i < 20000; i++) {
		ps.id = ps.creatorid = i;
		memcpy(ps.key[0].addr[0], &i, 4);
		ps.key[1] = ps.key[0];
		ATF_REQUIRE_EQ(PFSYNC_OK, pf_state_import(rig.pf, &ps, true));
	}
	ps.id = ps.creatorid = i;
	memcpy(ps.key[0].addr[0], &i, 4);
	ps.key[1] = ps.key[0];
	for (n = 1, failed = 0; n < 10; n++) {
		fail_at = n;
		if (pf_state_import(rig.pf, &ps, true) == PFSYNC_OK)
			break;
		failed++;
		ATF_CHECK_EQ(64 * 256, rig_count(&rig));
		ATF_CHECK(pf_state_find(rig.pf, ps.id, ps.creatorid) == NULL);
	}
	fail_at = 0;
	ATF_CHECK_EQ(4, failed);
	ATF_CHECK_EQ(64 * 256 + 1, rig_count(&rig));
	rig_close(&rig);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, create);
	ATF_TP_ADD_TC(tp, load);
	ATF_TP_ADD_TC(tp, attach);
	ATF_TP_ADD_TC(tp, states);
	return (atf_no_error());
}
