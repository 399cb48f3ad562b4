/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A link of Unix datagram sockets: "unix:LOCAL,PEER[,PEER...]".  Every packet
 * goes to every peer, as on a wire with no switch.  No privilege is needed.
 *
 * Its address is made of its path, so that peers can tell it from others.
 *
 * A peer that is not there is a cable that nobody has plugged in: no error.
 * A peer that does not keep up is a full transmit queue: ENOBUFS.
 *
 * Invariants: every peer that is there gets each packet that was accepted once,
 * in order.  held is what peers before "from" have and the others do not yet;
 * until those have it nothing new is accepted.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/hosted/link_impl.h"

#define PEERS_MAX 16
#define BUFFER	  (8 << 20) /* bytes a socket may hold */
#define MTU_MAX	  65535

struct unix_peer {
	struct sockaddr_un sun;
	int fd; /* connected to sun, or not yet */
	bool connected;
};

struct unix_link {
	struct link link;
	unsigned npeers;
	unsigned from;	/* peer to go on with: it has not got held yet */
	size_t heldlen; /* 0: none */
	struct sockaddr_un self;
	struct unix_peer peer[PEERS_MAX];
	uint8_t buf[LINK_PKT_MAX];
	uint8_t held[LINK_PKT_MAX];
};

/* Is this what a busy peer answers, and not an absent one? */
static bool
busy(int error)
{
	return (error == EAGAIN || error == ENOBUFS || error == ENOMEM);
}

/*
 * A socket of its own for each peer, because only one that is connected can say
 * when the peer has room again.  0, or why the packet has not gone.
 */
static int
send_to(struct unix_peer *p, const uint8_t *pkt, size_t len)
{
	unsigned tries;

	/* A peer that was started anew has another socket by the old name. */
	for (tries = 0; tries < 2; tries++) {
		if (!p->connected &&
		    connect(p->fd, (struct sockaddr *)&p->sun,
			sizeof(p->sun)) != 0)
			return (errno);
		p->connected = true;
		if (send(p->fd, pkt, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return (0);
		if (busy(errno))
			return (errno);
		p->connected = false;
	}
	return (errno);
}

/* Sends to the peers from u->from on; false, and stays, if one is busy. */
static bool
send_rest(struct unix_link *u, const uint8_t *pkt, size_t len)
{
	for (; u->from < u->npeers; u->from++) {
		if (busy(send_to(&u->peer[u->from], pkt, len))) {
			u->link.blocked = u->peer[u->from].fd;
			return (false);
		}
	}
	u->from = 0;
	return (true);
}

/* Whether nothing is held any more. */
static bool
send_held(struct unix_link *u)
{
	if (u->heldlen != 0 && send_rest(u, u->held, u->heldlen))
		u->heldlen = 0;
	return (u->heldlen == 0);
}

/*
 * What comes after ENOBUFS may be another packet: other slices send too, and
 * forwarded packets are not sent again.  So one that some peers have already is
 * accepted, and kept for the others.
 */
static int
unix_send(struct link *l, const uint8_t *pkt, size_t len)
{
	struct unix_link *u = (struct unix_link *)l;

	if (len > l->mtu)
		return (EMSGSIZE);
	if (!send_held(u))
		return (ENOBUFS);
	if (send_rest(u, pkt, len))
		return (0);
	if (u->from == 0)
		return (ENOBUFS);
	memcpy(u->held, pkt, len);
	u->heldlen = len;
	return (0);
}

static bool
unix_writable(struct link *l)
{
	struct pollfd pfd = { .fd = l->blocked, .events = POLLOUT };

	if (l->blocked < 0 || poll(&pfd, 1, 0) == 0)
		return (false);
	l->blocked = -1;
	return (send_held((struct unix_link *)l));
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
	unsigned i;

	for (i = 0; i < u->npeers; i++)
		(void)close(u->peer[i].fd);
	(void)close(l->fd);
	(void)unlink(u->self.sun_path);
	free(u);
}

static const struct link_ops unix_ops = {
	.send = unix_send,
	.poll = unix_poll,
	.group = unix_group,
	.close = unix_close,
	.writable = unix_writable,
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
		if (!take_path(&list, &u->peer[u->npeers].sun))
			return ("no path, or one that is too long");
		u->npeers++;
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

/* As much as the system allows; less is slower, not wrong. */
static int
new_socket(void)
{
	int fd, size = BUFFER;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
	}
	return (fd);
}

/* Opens the sockets, and binds the one to receive by.  0 or an errno. */
static int
open_sockets(struct unix_link *u)
{
	unsigned i;
	int probe;

	probe = new_socket();
	if (probe < 0)
		return (errno);
	remove_stale(probe, &u->self);
	(void)close(probe);

	u->link.fd = new_socket();
	if (u->link.fd < 0 ||
	    bind(u->link.fd, (struct sockaddr *)&u->self, sizeof(u->self)) != 0)
		return (errno);
	for (i = 0; i < u->npeers; i++) {
		u->peer[i].fd = new_socket();
		if (u->peer[i].fd < 0) {
			(void)unlink(u->self.sun_path);
			return (errno);
		}
	}
	return (0);
}

/*
 * 127.x.y.z and fe80::x:y:z of the path (FNV-1a).  Nobody else is here that it
 * could be mistaken for, and nothing is sent to it.
 */
static void
make_address(struct unix_link *u)
{
	char full[PATH_MAX];
	const char *p = realpath(u->self.sun_path, full);
	uint32_t hash = 0x811c9dc5;

	if (p == NULL)
		p = u->self.sun_path;
	for (; *p != '\0'; p++)
		hash = (hash ^ (uint8_t)*p) * 0x01000193;
	hash ^= hash >> 24;
	u->link.addr[0] = 127;
	u->link.addr[1] = (uint8_t)(hash >> 16);
	u->link.addr[2] = (uint8_t)(hash >> 8);
	u->link.addr[3] = (uint8_t)hash;
	u->link.addr6[0] = 0xfe;
	u->link.addr6[1] = 0x80;
	memcpy(&u->link.addr6[13], &u->link.addr[1], 3);
}

struct link *
link_unix_open(const char *ifname, const char *rest, char *err, size_t errlen)
{
	struct unix_link *u;
	const char *why;
	unsigned i;
	int error;

	u = calloc(1, sizeof(*u));
	if (u == NULL) {
		(void)snprintf(err, errlen, "%s: %s", ifname, strerror(errno));
		return (NULL);
	}
	u->link.ops = &unix_ops;
	u->link.mtu = 1500;
	u->link.mtu_max = MTU_MAX;
	u->link.multicast = true;
	u->link.fd = u->link.blocked = -1;
	for (i = 0; i < PEERS_MAX; i++)
		u->peer[i].fd = -1;
	error = EINVAL;
	why = take_paths(u, rest);
	if (why == NULL) {
		error = open_sockets(u);
		if (error == 0) {
			make_address(u);
			return (&u->link);
		}
		why = strerror(error);
	}
	(void)snprintf(err, errlen, "%s: unix:%s: %s", ifname, rest, why);
	for (i = 0; i < PEERS_MAX; i++)
		if (u->peer[i].fd >= 0)
			(void)close(u->peer[i].fd);
	if (u->link.fd >= 0)
		(void)close(u->link.fd);
	free(u);
	errno = error;
	return (NULL);
}
