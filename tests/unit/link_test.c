/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Links: the wire in memory, and Unix datagram sockets with peers that are
 * there, absent, restarted or slow.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/hosted/link.h"

struct got {
	unsigned n;
	uint32_t last; /* the number in the last packet */
	size_t len;
	size_t longest;
	bool gap; /* packets came out of order, twice or not at all */
};

static void
count(void *arg, uint8_t *pkt, size_t len)
{
	struct got *g = arg;
	uint32_t number;

	memcpy(&number, pkt, sizeof(number));
	g->gap |= g->n > 0 && number != g->last + 1;
	g->last = number;
	g->len = len;
	if (len > g->longest)
		g->longest = len;
	g->n++;
}

static int
send_number(struct link *l, uint32_t number, size_t len)
{
	static uint8_t pkt[65536];

	memset(pkt, (int)(number & 0xff), len);
	memcpy(pkt, &number, sizeof(number));
	return (l->ops->send(l, pkt, len));
}

static unsigned
drain(struct link *l, struct got *g)
{
	unsigned n, all = 0;

	while ((n = l->ops->poll(l, 7, count, g)) > 0) {
		ATF_REQUIRE(n <= 7);
		all += n;
	}
	return (all);
}

static struct link *
must_open(const char *spec)
{
	char why[256];
	struct link *l;

	l = link_open("em1", spec, why, sizeof(why));
	ATF_REQUIRE_MSG(l != NULL, "%s", why);
	return (l);
}

static void
shut(struct link *l)
{
	l->ops->close(l);
}

ATF_TC_WITHOUT_HEAD(mem);
ATF_TC_BODY(mem, tc)
{
	struct got g = { 0 };
	struct link *end[2];
	unsigned i, round;

	ATF_REQUIRE_EQ(0, link_mem_pair(end, 1500, 3));
	ATF_CHECK_EQ(EMSGSIZE, send_number(end[0], 0, 1501));
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 3; i++)
			ATF_CHECK_EQ(0,
			    send_number(end[0], round * 3 + i, 1500));
		ATF_CHECK_EQ(ENOBUFS, send_number(end[0], 99, 1500));
		/* The other direction has its own queue. */
		ATF_CHECK_EQ(0, send_number(end[1], round, 20));
		ATF_CHECK_EQ(3, drain(end[1], &g));
	}
	ATF_CHECK_EQ(9, g.n);
	ATF_CHECK(!g.gap);
	ATF_CHECK_EQ(1500, g.len);
	memset(&g, 0, sizeof(g));
	ATF_CHECK_EQ(3, drain(end[0], &g));
	/* Nobody at the other end: the packets are gone, not stuck. */
	shut(end[0]);
	for (i = 0; i < 10; i++)
		ATF_CHECK_EQ(0, send_number(end[1], i, 20));
	shut(end[1]);
}

ATF_TC_WITHOUT_HEAD(unix_peers);
ATF_TC_BODY(unix_peers, tc)
{
	struct got g[3] = { { 0 } };
	struct link *l[3];
	uint8_t addr[16];
	unsigned i;

	l[0] = must_open("unix:0,1,2");
	l[1] = must_open("unix:1,0,2");
	l[2] = must_open("unix:2,0,1");
	ATF_CHECK_STREQ("unix:0,1,2", l[0]->name);
	for (i = 0; i < 3; i++) {
		ATF_CHECK(memcmp(l[i]->addr, l[(i + 1) % 3]->addr, 4) != 0);
		ATF_CHECK(memcmp(l[i]->addr6, l[(i + 1) % 3]->addr6, 16) != 0);
		ATF_CHECK_EQ(127, l[i]->addr[0]);
	}
	memcpy(addr, l[2]->addr, sizeof(addr));
	shut(l[2]);
	l[2] = must_open("unix:./2,0,1");
	ATF_CHECK_EQ(0, memcmp(addr, l[2]->addr, sizeof(addr)));
	for (i = 0; i < 50; i++) {
		ATF_REQUIRE_EQ(0, send_number(l[0], i, 1500));
		if (i % 5 == 4) {
			(void)drain(l[1], &g[1]);
			(void)drain(l[2], &g[2]);
		}
	}
	ATF_CHECK_EQ(EMSGSIZE, send_number(l[0], 0, 1501));
	for (i = 0; i < 3; i++)
		(void)drain(l[i], &g[i]);
	ATF_CHECK_EQ(0, g[0].n);
	ATF_CHECK_EQ(50, g[1].n);
	ATF_CHECK_EQ(50, g[2].n);
	ATF_CHECK(!g[1].gap && !g[2].gap);
	ATF_CHECK_EQ(1500, g[2].len);
	for (i = 0; i < 3; i++)
		shut(l[i]);
	ATF_CHECK_EQ(-1, access("0", F_OK));
}

ATF_TC_WITHOUT_HEAD(unix_absent);
ATF_TC_BODY(unix_absent, tc)
{
	struct got g = { 0 };
	struct link *a, *b;

	a = must_open("unix:a,absent,b");
	ATF_CHECK_EQ(0, send_number(a, 1, 100));
	b = must_open("unix:b,a");
	ATF_CHECK_EQ(0, send_number(a, 2, 100));
	ATF_CHECK_EQ(1, drain(b, &g));
	ATF_CHECK_EQ(2, g.last);

	/* Gone: nothing is held back for it.  And there again. */
	shut(b);
	ATF_CHECK_EQ(0, send_number(a, 3, 100));
	ATF_CHECK_EQ(-1, a->blocked);
	b = must_open("unix:b,a");
	ATF_CHECK_EQ(0, send_number(a, 4, 100));
	ATF_CHECK_EQ(1, drain(b, &g));
	ATF_CHECK_EQ(4, g.last);

	/* One that was killed leaves its file; the next takes its place. */
	ATF_REQUIRE_EQ(0, rename("b", "b.old"));
	shut(b);
	ATF_REQUIRE_EQ(0, rename("b.old", "b"));
	ATF_CHECK_EQ(0, send_number(a, 5, 100));
	b = must_open("unix:b,a");
	ATF_CHECK_EQ(0, send_number(a, 6, 100));
	ATF_CHECK_EQ(1, drain(b, &g));
	ATF_CHECK_EQ(6, g.last);
	shut(b);
	shut(a);
}

static void
refused(const char *ifname, const char *spec, int error, const char *message)
{
	char why[256] = "";

	errno = 0;
	ATF_CHECK(link_open(ifname, spec, why, sizeof(why)) == NULL);
	ATF_CHECK_EQ_MSG(error, errno, "%s: %s", spec, strerror(errno));
	ATF_CHECK_STREQ(message, why);
}

ATF_TC_WITHOUT_HEAD(refusals);
ATF_TC_BODY(refusals, tc)
{
	char longest[200] = "unix:", spec[512], message[600];
	struct got g = { 0 };
	struct link *a, *b;
	struct stat st;
	unsigned i;
	int fd;

	refused("em1", "", EINVAL, "em1: unknown kind of link \"\"");
	refused("em1", "uni:a,b", EINVAL,
	    "em1: unknown kind of link \"uni:a,b\"");
	refused("em1", "unix", EINVAL,
	    "em1: unix:: no path, or one that is too long");
	refused("em1", "unix:a", EINVAL, "em1: unix:a: no peer");
	refused("em1", "unix:a,", EINVAL, "em1: unix:a,: no peer");
	refused("em1", "unix:a,,b", EINVAL,
	    "em1: unix:a,,b: no path, or one that is too long");
	refused("em1", "unix:nowhere/a,b", ENOENT,
	    "em1: unix:nowhere/a,b: No such file or directory");
	memset(longest + 5, 'x', 108);
	strcpy(longest + 5 + 108, ",b");
	(void)snprintf(message, sizeof(message),
	    "em1: %s: no path, or one that is too long", longest);
	refused("em1", longest, EINVAL, message);
	strcpy(spec, "unix:a");
	for (i = 0; i < 17; i++)
		strcat(spec, ",p");
	(void)snprintf(message, sizeof(message), "em1: %s: too many peers",
	    spec);
	refused("em1", spec, EINVAL, message);

	/* Somebody has it, and keeps it. */
	a = must_open("unix:a,b");
	refused("em1", "unix:a,c", EADDRINUSE,
	    "em1: unix:a,c: Address already in use");
	b = must_open("unix:b,a");
	ATF_CHECK_EQ(0, send_number(b, 1, 100));
	ATF_CHECK_EQ(1, drain(a, &g));
	shut(a);
	shut(b);

	/* Not a socket: nobody's to remove. */
	fd = open("file", O_CREAT | O_WRONLY, 0600);
	ATF_REQUIRE(fd >= 0);
	(void)close(fd);
	refused("em1", "unix:file,b", EADDRINUSE,
	    "em1: unix:file,b: Address already in use");
	ATF_CHECK_EQ(0, stat("file", &st));
	ATF_CHECK(S_ISREG(st.st_mode));
	refused("em1", "raw:nonesuch0", ENODEV,
	    "raw link on nonesuch0: No such device");
}

/*
 * A slow peer: ENOBUFS means that nobody has got the packet, and what was
 * accepted everybody gets, once and in order, whatever is offered next.
 */
ATF_TC_WITHOUT_HEAD(backpressure);
ATF_TC_BODY(backpressure, tc)
{
	struct got g[3] = { { 0 } };
	struct link *from, *to[3];
	uint32_t accepted = 0, refusals = 0, offered = 0;
	unsigned i, round;

	from = must_open("unix:from,0,1,2");
	to[0] = must_open("unix:0,from");
	to[1] = must_open("unix:1,from");
	to[2] = must_open("unix:2,from");
	for (round = 0; round < 60; round++) {
		while (send_number(from, accepted, 1400) == 0) {
			accepted++;
			/* The last peer reads in a third of the rounds. */
			(void)drain(to[0], &g[0]);
			if (round % 2 == 0)
				(void)drain(to[1], &g[1]);
			if (++offered > 200000)
				atf_tc_fail("a peer's queue has no end");
		}
		ATF_CHECK_EQ(ENOBUFS, send_number(from, accepted, 1400));
		refusals++;
		ATF_REQUIRE(from->blocked >= 0);
		ATF_CHECK(!from->ops->writable(from));
		/* What is refused is dropped: others come in its place. */
		for (i = 0; i < 3; i++)
			(void)drain(to[i], &g[i]);
		ATF_CHECK(from->ops->writable(from));
		ATF_CHECK_EQ(-1, from->blocked);
		ATF_CHECK(!from->ops->writable(from));
	}
	for (i = 0; i < 3; i++) {
		(void)drain(to[i], &g[i]);
		ATF_CHECK_EQ_MSG(accepted, g[i].n, "peer %u got %u of %u", i,
		    g[i].n, accepted);
		ATF_CHECK_MSG(!g[i].gap, "peer %u: a gap", i);
	}
	ATF_CHECK(refusals == 60);
	shut(from);
	for (i = 0; i < 3; i++)
		shut(to[i]);
}

/* A peer that dies while it is slow holds nobody up. */
ATF_TC_WITHOUT_HEAD(slow_peer_dies);
ATF_TC_BODY(slow_peer_dies, tc)
{
	struct link *from, *quick, *slow;
	struct got g = { 0 };
	uint32_t n = 0;

	from = must_open("unix:from,quick,slow");
	quick = must_open("unix:quick,from");
	slow = must_open("unix:slow,from");
	while (send_number(from, n, 1400) == 0) {
		ATF_REQUIRE(++n < 200000);
		(void)drain(quick, &g);
	}
	shut(slow);
	ATF_CHECK(from->ops->writable(from));
	ATF_CHECK_EQ(0, send_number(from, n++, 1400));
	(void)drain(quick, &g);
	ATF_CHECK_EQ(n, g.n);
	ATF_CHECK(!g.gap);
	shut(from);
	shut(quick);
}

/* Anybody who may write to the socket can send anything of any length. */
ATF_TC_WITHOUT_HEAD(hostile_datagrams);
ATF_TC_BODY(hostile_datagrams, tc)
{
	static char big[100000];
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "a" };
	const size_t len[] = { 4, sizeof(big), 5 };
	struct got g = { 0 };
	struct link *a;
	unsigned i;
	int s;

	a = must_open("unix:a,b");
	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	ATF_REQUIRE(s >= 0);
	for (i = 0; i < sizeof(len) / sizeof(len[0]); i++)
		ATF_REQUIRE_EQ((ssize_t)len[i],
		    sendto(s, big, len[i], 0, (struct sockaddr *)&sun,
			sizeof(sun)));
	ATF_CHECK_EQ(3, drain(a, &g));
	ATF_CHECK_EQ(5, g.len);
	ATF_CHECK_EQ_MSG(65536, g.longest, "%zu bytes", g.longest);
	(void)close(s);
	shut(a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mem);
	ATF_TP_ADD_TC(tp, unix_peers);
	ATF_TP_ADD_TC(tp, unix_absent);
	ATF_TP_ADD_TC(tp, refusals);
	ATF_TP_ADD_TC(tp, backpressure);
	ATF_TP_ADD_TC(tp, slow_peer_dies);
	ATF_TP_ADD_TC(tp, hostile_datagrams);
	return (atf_no_error());
}
