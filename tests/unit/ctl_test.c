/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The control socket: every command with payloads that a client may have made
 * up, and clients that do not play by the rules.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/pfsync/drv.h"
#include "os/hosted/ctl_server.h"
#include "tests/lib/twohk.h"

/*
 * Payloads
 */

static const size_t in_size[CTL_MAXCMD] = {
	[CTL_GIFREQ] = sizeof(struct ctl_ifreq),
	[CTL_SIFCREATE] = sizeof(struct ctl_ifreq),
	[CTL_SIFDESTROY] = sizeof(struct ctl_ifreq),
	[CTL_SIFFLAGS] = sizeof(struct ctl_ifreq),
	[CTL_SIFMTU] = sizeof(struct ctl_ifreq),
	[CTL_GDRVSPEC] = sizeof(struct ctl_ifdrv),
	[CTL_SDRVSPEC] = sizeof(struct ctl_ifdrv),
	[CTL_SETRULES] = sizeof(struct ctl_ruleset),
	[CTL_GETSTATES] = sizeof(struct ctl_page),
	[CTL_CLRSTATES] = sizeof(struct pf_kill),
	[CTL_KILLSTATES] = sizeof(struct pf_kill),
};

/* The payload ends where its memory does, and stands at an odd address. */
static int
call(struct hk *hk, unsigned command, const void *in, size_t len)
{
	uint8_t *copy = malloc(len + 1);
	size_t outlen = 1;
	void *out = NULL;
	int error;

	ATF_REQUIRE(copy != NULL);
	if (len != 0)
		memcpy(copy + 1, in, len);
	error = hk_control(hk, (enum ctl_command)command, copy + 1, len, &out,
	    &outlen);
	if (error != 0)
		ATF_CHECK_MSG(out == NULL && outlen == 0,
		    "command %u leaves "
		    "an answer beside error %d",
		    command, error);
	else if (out == NULL)
		ATF_CHECK_EQ(0, outlen);
	free(out);
	free(copy);
	return (error);
}

ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	uint8_t zero[sizeof(struct ctl_ruleset) + 8] = { 0 };
	struct twohk two;
	struct hk *hk;
	unsigned c;
	size_t len;

	twohk_open(&two, 1, TWOHK_PASS);
	hk = two.side[A].hk;
	ATF_REQUIRE_EQ(0, twohk_create(&two, A, "pfsync0"));
	for (c = 0; c < CTL_MAXCMD; c++)
		for (len = 0; len < in_size[c] + 8; len++)
			if (len < in_size[c] ||
			    (len > in_size[c] && c != CTL_SDRVSPEC))
				ATF_CHECK_EQ_MSG(EINVAL, call(hk, c, zero, len),
				    "command %u takes %zu bytes", c, len);
	ATF_CHECK_EQ(ENOTTY, call(hk, CTL_MAXCMD, zero, 0));
	ATF_CHECK_EQ(ENOTTY, call(hk, UINT32_MAX, zero, 0));
	ATF_CHECK_EQ(ENOTTY, call(hk, 0x80000000U, zero, 0));
	twohk_close(&two);
}

/* The same of each structure that a PFSYNC_DRV_* has. */
ATF_TC_WITHOUT_HEAD(drv_lengths);
ATF_TC_BODY(drv_lengths, tc)
{
	struct {
		struct ctl_ifdrv ifd;
		union pfsync_drv_data data;
	} rq = { .ifd = { 0 } };
	const size_t head = sizeof(rq.ifd);
	struct twohk two;
	struct hk *hk;
	uint32_t cmd;
	size_t len, size;
	bool settable;

	twohk_open(&two, 1, TWOHK_PASS);
	hk = two.side[A].hk;
	ATF_REQUIRE_EQ(0, twohk_create(&two, A, "pfsync0"));
	for (cmd = 0; cmd < 8; cmd++) {
		rq.ifd.cmd = cmd;
		size = psync_drv_size(cmd);
		ATF_CHECK_EQ(size != 0,
		    cmd >= PFSYNC_DRV_CONFIG && cmd <= PFSYNC_DRV_STATS);
		ATF_CHECK_EQ(size == 0 ? ENOTTY : 0,
		    call(hk, CTL_GDRVSPEC, &rq, head));
		settable = cmd == PFSYNC_DRV_CONFIG || cmd == PFSYNC_DRV_IFMAP;
		for (len = 0; len < sizeof(rq.data); len++)
			ATF_CHECK_EQ(size == 0 ? ENOTTY :
				len != size    ? EINVAL :
				settable       ? 0 :
						 ENOTTY,
			    call(hk, CTL_SDRVSPEC, &rq, head + len));
	}
	rq.ifd.cmd = UINT32_MAX;
	ATF_CHECK_EQ(ENOTTY, call(hk, CTL_GDRVSPEC, &rq, head));
	ATF_CHECK_EQ(ENOTTY, call(hk, CTL_SDRVSPEC, &rq, head));
	twohk_close(&two);
}

/* Whatever they do, nothing breaks, and both kernels still do their work. */
ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	static uint8_t
	    junk[sizeof(struct ctl_ruleset) + 4 * sizeof(struct pf_rule)];
	struct twohk_tcp conn;
	struct twohk two;
	uint32_t cmd, seed = 1, nrules;
	unsigned c, round;
	size_t i, len;
	struct hk *hk;

	twohk_open(&two, 1, TWOHK_PASS);
	hk = two.side[A].hk;
	ATF_REQUIRE(twohk_connect(&two, A, &conn, 1000));
	for (round = 0; round < 3000; round++) {
		if (hk_psync(hk) == NULL)
			twohk_pfsync(&two, A);
		c = round % CTL_MAXCMD;
		for (i = 0; i < sizeof(junk); i++) {
			seed = seed * 1664525 + 1013904223;
			junk[i] = (uint8_t)(seed >> 24);
			/* Half of the rounds: mostly small values. */
			if (round / CTL_MAXCMD % 2 == 1 && seed % 16 != 0)
				junk[i] = 0;
		}
		len = in_size[c];
		if (c == CTL_SETRULES) {
			nrules = round / CTL_MAXCMD % 5;
			len += nrules * sizeof(struct pf_rule);
			if (round % 7 != 0)
				memcpy(junk +
					offsetof(struct ctl_ruleset, nrules),
				    &nrules, sizeof(nrules));
			if (nrules == 4)
				len = in_size[c];
		}
		/* Something that is there, to get further. */
		if (c == CTL_GDRVSPEC || c == CTL_SDRVSPEC) {
			cmd = round / CTL_MAXCMD % 6;
			memcpy(junk, &cmd, sizeof(cmd));
			if (c == CTL_SDRVSPEC)
				len += psync_drv_size(cmd);
		}
		if (c <= CTL_SIFMTU && round % 3 != 0)
			strcpy((char *)junk, round % 2 ? "pfsync0" : "em1");
		(void)call(hk, c, junk, len);
		twohk_wait(&two, 1);
	}
	twohk_rules(&two, A, TWOHK_PASS);
	ATF_CHECK_EQ(0, twohk_updown(&two, A, "em0", true));
	ATF_CHECK_EQ(0, twohk_updown(&two, A, "em2", true));
	ATF_CHECK_EQ(0, twohk_mtu(&two, A, "em2", 1500));
	pf_enable(hk_pf(hk), true);
	ATF_CHECK(twohk_connect(&two, A, &conn, 3000));
	twohk_close(&two);
}

ATF_TC_WITHOUT_HEAD(rules_count);
ATF_TC_BODY(rules_count, tc)
{
	struct {
		struct ctl_ruleset head;
		struct pf_rule rule[2];
	} rq;
	struct twohk two;
	struct hk *hk;

	twohk_open(&two, 1, TWOHK_PASS);
	hk = two.side[A].hk;
	memset(&rq, 0, sizeof(rq));
	pf_settings_default(&rq.head.settings);
	rq.rule[0] = rig_keep();
	rq.head.nrules = 2;
	ATF_CHECK_EQ(EINVAL,
	    call(hk, CTL_SETRULES, &rq, sizeof(rq.head) + sizeof(rq.rule[0])));
	rq.head.nrules = 0;
	ATF_CHECK_EQ(EINVAL,
	    call(hk, CTL_SETRULES, &rq, sizeof(rq.head) + sizeof(rq.rule[0])));
	rq.head.nrules = UINT32_MAX;
	ATF_CHECK_EQ(EINVAL, call(hk, CTL_SETRULES, &rq, sizeof(rq.head)));
	rq.head.nrules = PF_RULES_MAX + 1;
	ATF_CHECK_EQ(EINVAL, call(hk, CTL_SETRULES, &rq, sizeof(rq.head)));
	rq.head.nrules = 1;
	ATF_CHECK_EQ(0,
	    call(hk, CTL_SETRULES, &rq, sizeof(rq.head) + sizeof(rq.rule[0])));
	twohk_close(&two);
}

ATF_TC_WITHOUT_HEAD(pages);
ATF_TC_BODY(pages, tc)
{
	static const uint32_t sizes[] = { 1, 3, 64, 4096, UINT32_MAX };
	struct ctl_page page = { 0 };
	struct psync_state *st;
	struct twohk two;
	unsigned i;
	size_t j, k, n;

	twohk_open(&two, 1, TWOHK_PASS);
	for (i = 0; i < 100; i++)
		ATF_REQUIRE(twohk_udp(&two, A, (uint16_t)(1000 + i)));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		st = twohk_states(&two, A, sizes[i], &n);
		ATF_CHECK_EQ_MSG(200, n, "pages of %u: %zu", sizes[i], n);
		for (j = 0; j < n; j++)
			for (k = 0; k < j; k++)
				ATF_REQUIRE(st[j].id != st[k].id);
		free(st);
	}
	ATF_CHECK_EQ(EINVAL,
	    call(two.side[A].hk, CTL_GETSTATES, &page, sizeof(page)));
	page.count = 10;
	page.cursor = UINT64_MAX;
	ATF_CHECK_EQ(0,
	    call(two.side[A].hk, CTL_GETSTATES, &page, sizeof(page)));
	twohk_close(&two);
}

ATF_TC_WITHOUT_HEAD(pf_on_off);
ATF_TC_BODY(pf_on_off, tc)
{
	struct twohk two;
	struct hk *hk;

	twohk_open(&two, 1, TWOHK_PASS);
	hk = two.side[A].hk;
	ATF_CHECK_EQ(EEXIST, call(hk, CTL_START, NULL, 0));
	ATF_CHECK_EQ(0, call(hk, CTL_STOP, NULL, 0));
	ATF_CHECK_EQ(ENOENT, call(hk, CTL_STOP, NULL, 0));
	ATF_CHECK_EQ(0, call(hk, CTL_START, NULL, 0));
	twohk_close(&two);
}

/*
 * The socket
 */

struct rig_ctl {
	struct twohk two;
	struct ctl_server *server;
};

static void
rig_ctl_open(struct rig_ctl *r)
{
	twohk_open(&r->two, 1, TWOHK_PASS);
	r->server = ctl_server_open("ctl");
	ATF_REQUIRE_MSG(r->server != NULL, "%s", strerror(errno));
}

static void
rig_ctl_close(struct rig_ctl *r)
{
	ctl_server_close(r->server);
	ATF_CHECK_EQ(-1, access("ctl", F_OK));
	twohk_close(&r->two);
}

static void
serve(struct rig_ctl *r)
{
	ctl_server_run(r->server, r->two.side[A].hk);
}

static int
dial(void)
{
	int fd = ctl_connect("ctl");

	ATF_REQUIRE_MSG(fd >= 0, "%s", strerror(errno));
	return (fd);
}

static void
put(int fd, const void *p, size_t len)
{
	ATF_REQUIRE_EQ((ssize_t)len, send(fd, p, len, MSG_NOSIGNAL));
}

/* The reply to a request without payload, one turn of the server later. */
static struct ctl_reply
ask(struct rig_ctl *r, int fd, uint32_t command)
{
	const struct ctl_request rq = { CTL_MAGIC, command, 0 };
	struct ctl_reply rp = { 0 };
	uint8_t buf[65536];

	put(fd, &rq, sizeof(rq));
	serve(r);
	ATF_REQUIRE_EQ((ssize_t)sizeof(rp),
	    recv(fd, &rp, sizeof(rp), MSG_DONTWAIT));
	ATF_CHECK_EQ(CTL_MAGIC, rp.magic);
	ATF_REQUIRE(rp.len <= sizeof(buf));
	if (rp.len != 0)
		ATF_REQUIRE_EQ((ssize_t)rp.len,
		    recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
	return (rp);
}

/* Has the kernel hung up? */
static bool
dropped(int fd)
{
	char c;

	return (recv(fd, &c, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
}

ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	struct ctl_reply rp;
	struct rig_ctl r;
	struct stat st;
	int fd;

	rig_ctl_open(&r);
	ATF_REQUIRE_EQ(0, stat("ctl", &st));
	ATF_CHECK_EQ(0600, st.st_mode & 0777);
	fd = dial();
	rp = ask(&r, fd, CTL_GIFCONF);
	ATF_CHECK_EQ(0, rp.error);
	ATF_CHECK_EQ(3 * sizeof(struct ctl_ifreq), rp.len);
	/* Errors have no payload, and the next request is heard. */
	rp = ask(&r, fd, CTL_GDRVSPEC);
	ATF_CHECK_EQ(EINVAL, rp.error);
	ATF_CHECK_EQ(0, rp.len);
	rp = ask(&r, fd, 12345);
	ATF_CHECK_EQ(ENOTTY, rp.error);
	rp = ask(&r, fd, CTL_GETSTATUS);
	ATF_CHECK_EQ(0, rp.error);
	ATF_CHECK_EQ(sizeof(struct pf_status), rp.len);
	(void)close(fd);
	rig_ctl_close(&r);
}

ATF_TC_WITHOUT_HEAD(bad_clients);
ATF_TC_BODY(bad_clients, tc)
{
	const struct ctl_request magic = { CTL_MAGIC + 1, CTL_GIFCONF, 0 };
	const struct ctl_request huge = { CTL_MAGIC, CTL_SETRULES,
		CTL_MAX + 1 };
	const struct ctl_request most = { CTL_MAGIC, CTL_SETRULES, CTL_MAX };
	const struct ctl_request half = { CTL_MAGIC, CTL_GIFREQ,
		sizeof(struct ctl_ifreq) };
	struct ctl_ifreq ifr = { .name = "em1" };
	struct rig_ctl r;
	int bad[5], fd, i;

	rig_ctl_open(&r);
	for (i = 0; i < 5; i++)
		bad[i] = dial();
	put(bad[0], &magic, sizeof(magic));
	put(bad[1], &huge, sizeof(huge));
	put(bad[2], &most, sizeof(most));
	put(bad[3], &half, sizeof(half) - 1);
	put(bad[4], "GET / HTTP/1.0\r\n\r\n", 18);
	fd = dial();
	ATF_CHECK_EQ(0, ask(&r, fd, CTL_GIFCONF).error);
	ATF_CHECK(dropped(bad[0]));
	ATF_CHECK(dropped(bad[1]));
	ATF_CHECK(!dropped(bad[2]));
	ATF_CHECK(!dropped(bad[3]));
	ATF_CHECK(dropped(bad[4]));

	/* The half request is answered when the other half is there. */
	put(bad[3], (const char *)&half + sizeof(half) - 1, 1);
	put(bad[3], &ifr, 5);
	serve(&r);
	put(bad[3], (const char *)&ifr + 5, sizeof(ifr) - 5);
	serve(&r);
	ATF_CHECK_EQ((ssize_t)(sizeof(struct ctl_reply) + sizeof(ifr)),
	    recv(bad[3], &(char[4096]) { 0 }, 4096,
		MSG_DONTWAIT | MSG_WAITALL));
	for (i = 0; i < 5; i++)
		(void)close(bad[i]);
	/* Those that went away in the middle of it are forgotten. */
	serve(&r);
	ATF_CHECK_EQ(0, ask(&r, fd, CTL_GIFCONF).error);
	ATF_CHECK_EQ(2,
	    ctl_server_fds(r.server, (struct pollfd[32]) { { 0 } }, 32));
	(void)close(fd);
	rig_ctl_close(&r);
}

/* Sixteen that sit there do not keep the seventeenth out. */
ATF_TC_WITHOUT_HEAD(crowd);
ATF_TC_BODY(crowd, tc)
{
	struct rig_ctl r;
	int idle[16], busy, fd, i, kept = 0;

	rig_ctl_open(&r);
	busy = dial();
	ATF_CHECK_EQ(0, ask(&r, busy, CTL_GIFCONF).error);
	for (i = 0; i < 15; i++)
		idle[i] = dial();
	serve(&r);
	ATF_CHECK_EQ(0, ask(&r, busy, CTL_GIFCONF).error);
	fd = dial();
	ATF_CHECK_EQ(0, ask(&r, fd, CTL_GIFCONF).error);
	ATF_CHECK_EQ(0, ask(&r, busy, CTL_GIFCONF).error);
	for (i = 0; i < 15; i++) {
		kept += !dropped(idle[i]);
		(void)close(idle[i]);
	}
	ATF_CHECK_EQ(14, kept);
	(void)close(busy);
	(void)close(fd);
	rig_ctl_close(&r);
}

/* One that asks without end gets an answer a turn; it reads none of them. */
ATF_TC_WITHOUT_HEAD(greedy);
ATF_TC_BODY(greedy, tc)
{
	const struct ctl_request rq = { CTL_MAGIC, CTL_GIFCONF, 0 };
	struct ctl_reply rp;
	uint8_t buf[sizeof(rp) + 3 * sizeof(struct ctl_ifreq)];
	struct rig_ctl r;
	int fd, greedy, i;

	rig_ctl_open(&r);
	greedy = dial();
	for (i = 0; i < 3; i++)
		put(greedy, &rq, sizeof(rq));
	serve(&r);
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ((ssize_t)sizeof(buf),
		    recv(greedy, buf, sizeof(buf), MSG_DONTWAIT));
		ATF_CHECK_EQ(-1, recv(greedy, buf, 1, MSG_DONTWAIT));
		serve(&r);
	}
	/* Until both buffers are full. */
	for (i = 0; send(greedy, &rq, sizeof(rq), MSG_DONTWAIT) > 0; i++) {
		ATF_REQUIRE(i < 1000000);
		serve(&r);
	}
	fd = dial();
	ATF_CHECK_EQ(0, ask(&r, fd, CTL_GIFCONF).error);
	(void)close(greedy);
	(void)close(fd);
	rig_ctl_close(&r);
}

ATF_TC_WITHOUT_HEAD(paths);
ATF_TC_BODY(paths, tc)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "stale" };
	struct ctl_server *s, *other;
	char path[200];
	int fd;

	memset(path, 'x', 108);
	path[108] = '\0';
	ATF_CHECK(ctl_server_open(path) == NULL && errno == ENAMETOOLONG);
	ATF_CHECK(ctl_connect(path) == -1 && errno == ENAMETOOLONG);
	ATF_CHECK(ctl_server_open("nowhere/ctl") == NULL && errno == ENOENT);
	ATF_CHECK(ctl_connect("ctl") == -1 && errno == ENOENT);

	s = ctl_server_open("ctl");
	ATF_REQUIRE(s != NULL);
	ATF_CHECK(ctl_server_open("ctl") == NULL && errno == EADDRINUSE);
	ATF_CHECK_EQ(0, access("ctl", F_OK));
	ctl_server_close(s);

	/* Left behind by a kernel that was killed. */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	(void)close(fd);
	other = ctl_server_open("stale");
	ATF_REQUIRE_MSG(other != NULL, "%s", strerror(errno));
	ctl_server_close(other);

	/* Not ours: stays. */
	fd = open("file", O_CREAT | O_WRONLY, 0600);
	ATF_REQUIRE(fd >= 0);
	(void)close(fd);
	ATF_CHECK(ctl_server_open("file") == NULL && errno == EEXIST);
	ATF_CHECK_EQ(0, access("file", F_OK));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, drv_lengths);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, rules_count);
	ATF_TP_ADD_TC(tp, pages);
	ATF_TP_ADD_TC(tp, pf_on_off);
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, bad_clients);
	ATF_TP_ADD_TC(tp, crowd);
	ATF_TP_ADD_TC(tp, greedy);
	ATF_TP_ADD_TC(tp, paths);
	return (atf_no_error());
}
