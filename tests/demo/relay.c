/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Firewalls that are none.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/demo/firewall.h"
#include "tests/demo/relay.h"
#include "tests/demo/stream.h"

#define LOSE_OF 61 /* packets, one */

static const char *const side_name[2] = { "lan", "wan" };

static int
relay_socket(char name, enum side side, struct sockaddr_un *peer)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = peer->sun_family = AF_UNIX;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%c.%s", name,
	    side_name[side]);
	(void)snprintf(peer->sun_path, sizeof(peer->sun_path), "gen.%s%c",
	    side_name[side], name);
	(void)unlink(sun.sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", sun.sun_path);
	return (fd);
}

/*
 * What is lost is the same in every run, but without a period: a connection
 * that repeats its packet after so many pings has to get past sometime.
 */
static bool
lets_through(bool pings_only, const uint8_t *buf, size_t len)
{
	static uint64_t count;
	struct packet p;

	if (pings_only)
		return (packet_parse(buf, len, &p) && firewall_is_ping(&p));
	return (stream_mix(count++) % LOSE_OF != 0);
}

/* Until the parent closes its end of the pipe. */
static void
relay(struct pollfd pfd[3], struct sockaddr_un peer[2], bool pings_only)
{
	uint8_t buf[PACKET_MAX];
	unsigned side;
	ssize_t n;

	for (;;) {
		if (poll(pfd, 3, -1) == -1 && errno != EINTR)
			err(1, "poll");
		if (pfd[2].revents != 0)
			return;
		for (side = CLIENT; side <= SERVER; side++) {
			if (pfd[side].revents == 0)
				continue;
			n = recv(pfd[side].fd, buf, sizeof(buf), MSG_DONTWAIT);
			if (n > 0 && lets_through(pings_only, buf, (size_t)n))
				(void)sendto(pfd[!side].fd, buf, (size_t)n,
				    MSG_DONTWAIT,
				    (struct sockaddr *)&peer[!side],
				    sizeof(peer[!side]));
		}
	}
}

pid_t
relay_start(char name, bool pings_only)
{
	struct sockaddr_un peer[2];
	struct pollfd pfd[3];
	unsigned side;
	int life[2];
	pid_t pid;

	memset(peer, 0, sizeof(peer));
	memset(pfd, 0, sizeof(pfd));
	for (side = CLIENT; side <= SERVER; side++)
		pfd[side].fd = relay_socket(name, side, &peer[side]);
	if (pipe(life) == -1)
		err(1, "pipe");
	for (side = 0; side < 3; side++)
		pfd[side].events = POLLIN;
	pfd[2].fd = life[0];
	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		(void)close(life[1]);
		relay(pfd, peer, pings_only);
		_exit(0);
	}
	/* life[1] stays open as long as this process lives. */
	for (side = 0; side < 3; side++)
		(void)close(pfd[side].fd);
	return (pid);
}
