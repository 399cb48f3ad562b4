/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One TCP connection that is busy in both directions at once, as an ssh session
 * is: each end sends so many pseudo-random bytes, of its own, and takes in what
 * the other end sends until that has no more.
 *
 *	transfer -l [-p progress] [-r rate] addr port bytes
 *	transfer -c [-p progress] [-r rate] addr port bytes
 *
 * -l waits for the connection, -c opens it.  rate is in bytes a second; none:
 * as fast as it goes.  The file progress holds the number of bytes received so
 * far.  At the end these lines are printed, digests by sha256sum(1):
 *
 *	sent BYTES DIGEST
 *	received BYTES DIGEST
 *	pause MS		longest wait for the next bytes
 */

#include <sys/socket.h>
#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHUNK	   16384
#define DIGEST_LEN 64

/* One direction. */
struct stream {
	uint64_t bytes;
	FILE *digest; /* sha256sum's input */
	FILE *result; /* and what it prints */
};

struct transfer {
	int fd;
	int progress;	/* -1: none */
	uint64_t total; /* bytes to send */
	uint64_t rate;	/* bytes a second; 0: no limit */
	uint64_t seed;
	uint64_t started; /* ms, as now() has it */
	uint64_t heard;	  /* when bytes came last */
	uint64_t pause;
	struct stream sent;
	struct stream received;
	bool sending;
	bool receiving;
	size_t pending; /* of chunk, not sent yet */
	uint8_t chunk[CHUNK];
};

static uint64_t
now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		err(1, "clock_gettime");
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

static uint64_t
number(const char *s, const char *what)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0')
		errx(1, "%s is not a number: %s", what, s);
	return (n);
}

/*
 * Digests: sha256sum reads a pipe and prints into a file without a name.
 */

static void
stream_open(struct stream *s)
{
	char command[64];

	s->result = tmpfile();
	if (s->result == NULL)
		err(1, "tmpfile");
	(void)snprintf(command, sizeof(command), "exec sha256sum >&%d",
	    fileno(s->result));
	s->digest = popen(command, "w");
	if (s->digest == NULL)
		err(1, "sha256sum");
}

static void
stream_add(struct stream *s, const uint8_t *p, size_t len)
{
	if (fwrite(p, 1, len, s->digest) != len)
		err(1, "sha256sum");
	s->bytes += len;
}

static void
stream_close(struct stream *s, const char *what)
{
	char digest[DIGEST_LEN + 1];

	if (pclose(s->digest) != 0)
		errx(1, "sha256sum failed");
	rewind(s->result);
	if (fread(digest, 1, DIGEST_LEN, s->result) != DIGEST_LEN)
		errx(1, "sha256sum printed no digest");
	digest[DIGEST_LEN] = '\0';
	printf("%s %llu %s\n", what, (unsigned long long)s->bytes, digest);
	(void)fclose(s->result);
}

/*
 * The connection
 */

static int
dial(const struct addrinfo *ai, bool listening)
{
	int fd, one = 1, s;

	s = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
	if (s == -1)
		err(1, "socket");
	if (!listening) {
		if (connect(s, ai->ai_addr, ai->ai_addrlen) != 0)
			err(1, "connect");
		return (s);
	}
	if (setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(s, ai->ai_addr, ai->ai_addrlen) != 0 || listen(s, 1) != 0)
		err(1, "listen");
	fd = accept4(s, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1)
		err(1, "accept");
	(void)close(s);
	return (fd);
}

static int
connection(const char *addr, const char *port, bool listening)
{
	struct addrinfo *ai, hints;
	int error, fd;

	memset(&hints, 0, sizeof(hints));
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	hints.ai_socktype = SOCK_STREAM;
	error = getaddrinfo(addr, port, &hints, &ai);
	if (error != 0)
		errx(1, "%s port %s: %s", addr, port, gai_strerror(error));
	fd = dial(ai, listening);
	freeaddrinfo(ai);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		err(1, "fcntl");
	return (fd);
}

/*
 * Both directions
 */

/* xorshift64: bytes that do not repeat, so that none goes astray unseen. */
static void
fill(struct transfer *t)
{
	uint64_t left = t->total - t->sent.bytes;
	size_t i;

	for (i = 0; i < CHUNK; i += sizeof(t->seed)) {
		t->seed ^= t->seed << 13;
		t->seed ^= t->seed >> 7;
		t->seed ^= t->seed << 17;
		memcpy(t->chunk + i, &t->seed, sizeof(t->seed));
	}
	t->pending = left < CHUNK ? (size_t)left : CHUNK;
}

/* Until when the rate lets no more be sent; 0: not at all. */
static uint64_t
held_until(const struct transfer *t)
{
	if (t->rate == 0)
		return (0);
	return (t->started + t->sent.bytes * 1000 / t->rate);
}

static void
send_some(struct transfer *t)
{
	const uint8_t *p;
	ssize_t n;
	size_t len;

	if (t->pending == 0)
		fill(t);
	/* A chunk ends where its last byte is, however much is gone. */
	len = t->pending;
	p = t->chunk + (CHUNK - len);
	n = len == 0 ? 0 : send(t->fd, p, len, MSG_NOSIGNAL);
	if (n == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		err(1, "send");
	}
	stream_add(&t->sent, p, (size_t)n);
	t->pending -= (size_t)n;
	if (t->sent.bytes == t->total) {
		t->sending = false;
		if (shutdown(t->fd, SHUT_WR) != 0)
			err(1, "shutdown");
	}
}

static void
note_progress(const struct transfer *t)
{
	char line[32];
	int len;

	if (t->progress == -1)
		return;
	/* Of one length, so that it is whole at any time. */
	len = snprintf(line, sizeof(line), "%020llu\n",
	    (unsigned long long)t->received.bytes);
	if (pwrite(t->progress, line, (size_t)len, 0) != len)
		err(1, "progress");
}

static void
receive_some(struct transfer *t)
{
	uint8_t buf[4 * CHUNK];
	uint64_t at;
	ssize_t n;

	n = recv(t->fd, buf, sizeof(buf), 0);
	if (n == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		err(1, "recv");
	}
	at = now();
	if (at - t->heard > t->pause)
		t->pause = at - t->heard;
	t->heard = at;
	if (n == 0) {
		t->receiving = false;
		return;
	}
	stream_add(&t->received, buf, (size_t)n);
	note_progress(t);
}

static void
run(struct transfer *t)
{
	uint64_t at, until;
	struct pollfd pfd;
	int wait;

	t->sending = t->receiving = true;
	t->started = t->heard = now();
	pfd.fd = t->fd;
	while (t->sending || t->receiving) {
		at = now();
		until = held_until(t);
		pfd.events = t->receiving ? POLLIN : 0;
		wait = -1;
		if (t->sending && at >= until)
			pfd.events |= POLLOUT;
		else if (t->sending)
			wait = (int)(until - at);
		if (poll(&pfd, 1, wait) == -1 && errno != EINTR)
			err(1, "poll");
		if (t->receiving && (pfd.revents & ~POLLOUT) != 0)
			receive_some(t);
		if (t->sending && (pfd.revents & POLLOUT) != 0)
			send_some(t);
	}
}

static void __attribute__((__noreturn__)) usage(void)
{
	fprintf(stderr,
	    "usage: transfer -c | -l [-p progress] [-r rate] "
	    "addr port bytes\n");
	exit(1);
}

int
main(int argc, char **argv)
{
	static struct transfer t;
	bool listening = false, opening = false;
	int ch;

	t.progress = -1;
	while ((ch = getopt(argc, argv, "clp:r:")) != -1)
		switch (ch) {
		case 'c':
			opening = true;
			break;
		case 'l':
			listening = true;
			break;
		case 'p':
			t.progress = open(optarg,
			    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
			if (t.progress == -1)
				err(1, "%s", optarg);
			break;
		case 'r':
			t.rate = number(optarg, "rate");
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if (argc != 3 || opening == listening)
		usage();
	t.total = number(argv[2], "bytes");
	t.seed = listening ? 0x9e3779b97f4a7c15 : 0x2545f4914f6cdd1d;
	(void)signal(SIGPIPE, SIG_IGN);

	t.fd = connection(argv[0], argv[1], listening);
	stream_open(&t.sent);
	stream_open(&t.received);
	run(&t);
	stream_close(&t.sent, "sent");
	stream_close(&t.received, "received");
	printf("pause %llu\n", (unsigned long long)t.pause);
	return (fflush(stdout) == 0 ? 0 : 1);
}
