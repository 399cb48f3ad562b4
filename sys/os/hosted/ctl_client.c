/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The tools' end of the control socket.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/hosted/ctl.h"

int
ctl_connect(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int error, fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (-1);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		error = errno;
		(void)close(fd);
		errno = error;
		return (-1);
	}
	return (fd);
}

int
ctl_open(const char *progname)
{
	const char *path = getenv(CTL_ENV);
	int fd;

	if (path == NULL || *path == '\0') {
		fprintf(stderr,
		    "%s: HKERN is not set: name the control socket of an "
		    "hkern(8)\n",
		    progname);
		exit(1);
	}
	fd = ctl_connect(path);
	if (fd < 0) {
		fprintf(stderr, "%s: %s: %s\n", progname, path,
		    strerror(errno));
		exit(1);
	}
	return (fd);
}

static bool
put(int fd, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return (false);
	}
	return (true);
}

static bool
get(int fd, void *buf, size_t len)
{
	uint8_t *p = buf;
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = recv(fd, p, len, 0);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return (false);
	}
	return (true);
}

/* Reads the answer away that does not fit, so that the next call is in step. */
static bool
skip(int fd, size_t len)
{
	uint8_t buf[4096];
	size_t n;

	for (; len > 0; len -= n) {
		n = len < sizeof(buf) ? len : sizeof(buf);
		if (!get(fd, buf, n))
			return (false);
	}
	return (true);
}

int
ctl_call(int fd, enum ctl_command command, const void *in, size_t inlen,
    void *out, size_t outlen, size_t *outgot)
{
	struct ctl_request rq = { CTL_MAGIC, (uint32_t)command,
		(uint32_t)inlen };
	struct ctl_reply rp;

	if (outgot != NULL)
		*outgot = 0;
	if (inlen > CTL_MAX)
		return (EMSGSIZE);
	if (!put(fd, &rq, sizeof(rq)) || !put(fd, in, inlen) ||
	    !get(fd, &rp, sizeof(rp)))
		return (ECONNRESET);
	if (rp.magic != CTL_MAGIC || rp.len > CTL_MAX)
		return (EPROTO);
	if (rp.len > outlen) {
		if (!skip(fd, rp.len))
			return (ECONNRESET);
		return (rp.error != 0 ? rp.error : EMSGSIZE);
	}
	if (!get(fd, out, rp.len))
		return (ECONNRESET);
	if (outgot != NULL)
		*outgot = rp.len;
	return (rp.error);
}
