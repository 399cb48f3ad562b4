/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's end of the control socket.  Never waits: a client sends and
 * receives at its own pace, and one that misbehaves is dropped.  Each gets one
 * answer a turn; when all places are taken the one that has been silent longest
 * gives its up.
 *
 * Invariant: a client is either being read from (out NULL) or written to.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/hosted/ctl_server.h"

#define CLIENTS_MAX 16

struct client {
	int fd;		/* -1: free */
	uint64_t heard; /* when it last did something; see ctl_server */
	struct ctl_request rq;
	uint8_t *in; /* rq.len bytes */
	size_t got;  /* of rq and in */
	struct ctl_reply rp;
	uint8_t *out; /* rp.len bytes, or NULL */
	size_t put;   /* of rp and out */
	bool answering;
};

struct ctl_server {
	int fd;
	struct sockaddr_un sun;
	uint64_t turn; /* counts what clients do */
	struct client client[CLIENTS_MAX];
};

static void
client_close(struct client *c)
{
	(void)close(c->fd);
	free(c->in);
	free(c->out);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

/* Ready for the next request. */
static void
client_reset(struct client *c)
{
	uint64_t heard = c->heard;
	int fd = c->fd;

	free(c->in);
	free(c->out);
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->heard = heard;
}

/* Reads on; false when nothing more is to be had now, or the client is gone. */
static bool
client_read(struct client *c)
{
	size_t head = sizeof(c->rq), want;
	uint8_t *to;
	ssize_t n;

	if (c->got < head) {
		to = (uint8_t *)&c->rq + c->got;
		want = head - c->got;
	} else {
		to = c->in + (c->got - head);
		want = head + c->rq.len - c->got;
	}
	n = want == 0 ? 0 : recv(c->fd, to, want, MSG_DONTWAIT);
	if (want > 0 && n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			client_close(c);
		return (false);
	}
	c->got += (size_t)n;
	if (c->got == head && c->in == NULL) {
		if (c->rq.magic != CTL_MAGIC || c->rq.len > CTL_MAX ||
		    (c->in = malloc(c->rq.len + 1)) == NULL) {
			client_close(c);
			return (false);
		}
	}
	return (true);
}

static void
client_answer(struct client *c, struct hk *hk)
{
	void *out = NULL;
	size_t len = 0;

	c->rp.magic = CTL_MAGIC;
	c->rp.error = hk_control(hk, c->rq.command, c->in, c->rq.len, &out,
	    &len);
	c->rp.len = (uint32_t)len;
	c->out = out;
	c->answering = true;
}

static bool
client_write(struct client *c)
{
	size_t head = sizeof(c->rp), want;
	const uint8_t *from;
	ssize_t n;

	if (c->put < head) {
		from = (const uint8_t *)&c->rp + c->put;
		want = head - c->put;
	} else {
		from = c->out + (c->put - head);
		want = head + c->rp.len - c->put;
	}
	n = send(c->fd, from, want, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			client_close(c);
		return (false);
	}
	c->put += (size_t)n;
	if (c->put == head + c->rp.len)
		client_reset(c);
	return (true);
}

static bool
client_step(struct client *c, struct hk *hk)
{
	if (c->answering)
		return (client_write(c));
	if (!client_read(c))
		return (false);
	if (c->in != NULL && c->got == sizeof(c->rq) + c->rq.len)
		client_answer(c, hk);
	return (true);
}

/* Until it has its answer, or has to be waited for. */
static void
client_run(struct ctl_server *s, struct client *c, struct hk *hk)
{
	bool was;

	while (c->fd >= 0) {
		was = c->answering;
		if (!client_step(c, hk))
			return;
		c->heard = ++s->turn;
		if (was && !c->answering)
			return;
	}
}

/* A free place, or the one to be freed. */
static struct client *
place(struct ctl_server *s)
{
	struct client *c, *best = s->client;

	for (c = s->client; c < s->client + CLIENTS_MAX; c++) {
		if (c->fd < 0)
			return (c);
		if (c->heard < best->heard)
			best = c;
	}
	return (best);
}

static void
take_clients(struct ctl_server *s)
{
	struct client *c;
	int fd;

	while ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		c = place(s);
		if (c->fd >= 0)
			client_close(c);
		c->fd = fd;
		c->heard = ++s->turn;
	}
}

void
ctl_server_run(struct ctl_server *s, struct hk *hk)
{
	struct client *c;

	take_clients(s);
	for (c = s->client; c < s->client + CLIENTS_MAX; c++)
		client_run(s, c, hk);
}

size_t
ctl_server_fds(struct ctl_server *s, struct pollfd *fds, size_t max)
{
	const struct client *c;
	size_t n = 0;

	if (n < max)
		fds[n++] = (struct pollfd) { .fd = s->fd, .events = POLLIN };
	for (c = s->client; c < s->client + CLIENTS_MAX && n < max; c++)
		if (c->fd >= 0)
			fds[n++] = (struct pollfd) { .fd = c->fd,
				.events = c->answering ? POLLOUT : POLLIN };
	return (n);
}

/* Does a kernel answer at this path?  If not, makes room for a new one. */
static bool
in_use(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd;

	fd = ctl_connect(sun->sun_path);
	if (fd >= 0) {
		(void)close(fd);
		return (true);
	}
	if (errno == ECONNREFUSED && stat(sun->sun_path, &st) == 0 &&
	    S_ISSOCK(st.st_mode))
		(void)unlink(sun->sun_path);
	return (false);
}

static bool
server_listen(struct ctl_server *s)
{
	mode_t mask;
	int error, rc;

	if (in_use(&s->sun)) {
		errno = EADDRINUSE;
		return (false);
	}
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return (false);
	mask = umask(0177);
	rc = bind(s->fd, (struct sockaddr *)&s->sun, sizeof(s->sun));
	error = errno;
	(void)umask(mask);
	/* Nobody answers by that name, but it is taken: not by a socket. */
	if (rc != 0 && error == EADDRINUSE)
		error = EEXIST;
	if (rc == 0 && listen(s->fd, CLIENTS_MAX) == 0)
		return (true);
	if (rc == 0) {
		error = errno;
		(void)unlink(s->sun.sun_path);
	}
	(void)close(s->fd);
	errno = error;
	return (false);
}

struct ctl_server *
ctl_server_open(const char *path)
{
	struct ctl_server *s;
	unsigned i;
	int error;

	if (strlen(path) >= sizeof(s->sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (NULL);
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return (NULL);
	for (i = 0; i < CLIENTS_MAX; i++)
		s->client[i].fd = -1;
	s->sun.sun_family = AF_UNIX;
	strcpy(s->sun.sun_path, path);
	if (!server_listen(s)) {
		error = errno;
		free(s);
		errno = error;
		return (NULL);
	}
	return (s);
}

void
ctl_server_close(struct ctl_server *s)
{
	unsigned i;

	for (i = 0; i < CLIENTS_MAX; i++)
		if (s->client[i].fd >= 0)
			client_close(&s->client[i]);
	(void)close(s->fd);
	(void)unlink(s->sun.sun_path);
	free(s);
}
