/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A link of Unix datagram sockets: "unix:LOCAL,PEER[,PEER...]".  Every packet
 * goes to every peer, as on a wire with no switch.  No privilege is needed.
 *
 * A peer that is not there is a cable that nobody has plugged in: no error.
 * A peer that does not keep up is a full transmit queue: ENOBUFS.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/hosted/link_impl.h"

#define PEERS_MAX 16
#define BUFFER	  (8 << 20) /* bytes a socket may hold */
#define MTU_MAX	  65535

struct unix_link {
	struct link link;
	unsigned npeers;
	unsigned from; /* peer to go on with after ENOBUFS */
	struct sockaddr_un self;
	struct sockaddr_un peer[PEERS_MAX];
	uint8_t buf[LINK_PKT_MAX];
};

/* Is this what a busy peer answers, and not an absent one? */
static bool
busy(int error)
{
	return (error == EAGAIN || error == ENOBUFS || error == ENOMEM);
}

/*
 * When a peer is busy the packet is offered again, whole.  It goes on with that
 * peer: those before it have it already.
 */
static int
unix_send(struct link *l, const uint8_t *pkt, size_t len)
{
	struct unix_link *u = (struct unix_link *)l;
	unsigned i;

	if (len > l->mtu)
		return (EMSGSIZE);
	for (i = u->from; i < u->npeers; i++) {
		if (sendto(l->fd, pkt, len, MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)&u->peer[i],
			sizeof(u->peer[i])) >= 0)
			continue;
		if (busy(errno)) {
			u->from = i;
			return (ENOBUFS);
		}
	}
	u->from = 0;
	return (0);
}

static unsigned
unix_poll(struct link *l, unsigned max, link_input_fn *input, void *arg)
{
	struct unix_link *u = (struct unix_link *)l;
	ssize_t len;
	unsigned n;

	for (n = 0; n < max; n++) {
		len = recv(l->fd, u->buf, sizeof(u->buf), MSG_DONTWAIT);
		if (len < 0)
			break;
		input(arg, u->buf, (size_t)len);
	}
	return (n);
}

static int
unix_group(struct link *l, uint8_t af, const uint8_t *group, bool join)
{
	(void)l;
	(void)af;
	(void)group;
	(void)join;
	return (0);
}

static void
unix_close(struct link *l)
{
	struct unix_link *u = (struct unix_link *)l;

	(void)close(l->fd);
	(void)unlink(u->self.sun_path);
	free(u);
}

static const struct link_ops unix_ops = {
	.send = unix_send,
	.poll = unix_poll,
	.group = unix_group,
	.close = unix_close,
};

/* Takes one path off a comma separated list. */
static bool
take_path(const char **list, struct sockaddr_un *sun)
{
	size_t len = strcspn(*list, ",");

	if (len == 0 || len >= sizeof(sun->sun_path))
		return (false);
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	memcpy(sun->sun_path, *list, len);
	*list += len;
	if (**list == ',')
		(*list)++;
	return (true);
}

static const char *
take_paths(struct unix_link *u, const char *list)
{
	if (!take_path(&list, &u->self))
		return ("no path, or one that is too long");
	while (*list != '\0') {
		if (u->npeers == PEERS_MAX)
			return ("too many peers");
		if (!take_path(&list, &u->peer[u->npeers++]))
			return ("no path, or one that is too long");
	}
	return (u->npeers == 0 ? "no peer" : NULL);
}

/* Removes a socket file that nobody is bound to. */
static void
remove_stale(int fd, const struct sockaddr_un *sun)
{
	struct stat st;

	if (stat(sun->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) != 0 &&
	    errno == ECONNREFUSED)
		(void)unlink(sun->sun_path);
}

static int
bind_self(const struct sockaddr_un *self)
{
	int fd, probe, size = BUFFER, error;

	probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (probe >= 0) {
		remove_stale(probe, self);
		(void)close(probe);
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (-1);
	if (bind(fd, (const struct sockaddr *)self, sizeof(*self)) != 0) {
		error = errno;
		(void)close(fd);
		errno = error;
		return (-1);
	}
	/* As much as the system allows; less is slower, not wrong. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return (fd);
}

struct link *
link_unix_open(const char *ifname, const char *rest, char *err, size_t errlen)
{
	struct unix_link *u;
	const char *why;

	u = calloc(1, sizeof(*u));
	if (u == NULL) {
		(void)snprintf(err, errlen, "%s: %s", ifname, strerror(errno));
		return (NULL);
	}
	why = take_paths(u, rest);
	if (why == NULL) {
		u->link.fd = bind_self(&u->self);
		if (u->link.fd >= 0) {
			u->link.ops = &unix_ops;
			u->link.mtu = 1500;
			u->link.mtu_max = MTU_MAX;
			u->link.multicast = true;
			return (&u->link);
		}
		why = strerror(errno);
	} else
		errno = EINVAL;
	(void)snprintf(err, errlen, "%s: unix:%s: %s", ifname, rest, why);
	free(u);
	return (NULL);
}
