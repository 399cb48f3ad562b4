/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The generator of the failover demonstration: clients and servers of many
 * connections in one process, around two firewalls that demo.sh has started.
 *
 *	demo [-n connections] [-x command] -d dir -k pid -o result
 *		runs the connections through the firewalls of directory dir;
 *		pid is A's.  Writes "survived connections" into result.
 *	demo -w socket
 *		waits a little until a hosted kernel answers at its control
 *		socket; exit status 1 if it does not.
 *	demo [-n connections] -d dir --self
 *		tests the generator itself, with firewalls that are none; their
 *		sockets are in the directory dir and stay there.
 */

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/demo/flow.h"
#include "tests/demo/relay.h"
#include "tests/demo/run.h"

#define CONNECTIONS 1000
#define WAIT_TRIES  20 /* of 5 ms */

static void
usage(void)
{
	(void)fprintf(stderr,
	    "usage: demo [-n connections] [-x command] -d dir -k pid -o "
	    "result\n"
	    "       demo -w socket\n"
	    "       demo [-n connections] -d dir --self\n");
	exit(1);
}

static unsigned
number(const char *arg, const char *what, unsigned max)
{
	unsigned long v;
	char *end;

	v = strtoul(arg, &end, 10);
	if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || v == 0 || v > max)
		errx(1, "%s: %s: not from 1 to %u", what, arg, max);
	return ((unsigned)v);
}

static int
wait_for(const char *path)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	struct sockaddr_un sun;
	int fd, tries;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path))
		errx(1, "%s: too long for a socket", path);
	memcpy(sun.sun_path, path, strlen(path));
	for (tries = 0; tries < WAIT_TRIES; tries++) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (fd == -1)
			err(1, "socket");
		if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
			return (0);
		(void)close(fd);
		(void)nanosleep(&pause, NULL);
	}
	return (1);
}

static void
write_result(const char *path, const struct run_result *r)
{
	FILE *f;

	f = fopen(path, "w");
	if (f == NULL ||
	    fprintf(f, "%u %u\n", r->survived, r->connections) < 0 ||
	    fclose(f) == EOF)
		err(1, "%s", path);
}

/*
 * Through relays all connections survive, though packets get lost; through one
 * that knows no connection, none.
 */
static int
self_test(unsigned connections)
{
	struct run_result r;
	unsigned blocked, failures = 0;
	pid_t relay[2];

	for (blocked = 0; blocked <= 1; blocked++) {
		relay[0] = relay_start('A', false);
		relay[1] = relay_start('B', blocked != 0);
		run(connections, relay[0], NULL, &r);
		if (r.survived != (blocked ? 0 : connections) || r.corrupt != 0)
			failures++;
		(void)kill(relay[1], SIGKILL);
		(void)waitpid(relay[0], NULL, 0);
		(void)waitpid(relay[1], NULL, 0);
	}
	(void)printf("demo: self-test %s\n", failures ? "failed" : "passed");
	return (failures != 0);
}

int
main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "self", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	const char *command = NULL, *dir = NULL, *result = NULL;
	unsigned connections = CONNECTIONS;
	struct run_result r;
	bool self = false;
	pid_t victim = 0;
	int ch;

	while ((ch = getopt_long(argc, argv, "d:k:n:o:w:x:", longopts, NULL)) !=
	    -1) {
		switch (ch) {
		case 'd':
			dir = optarg;
			break;
		case 'k':
			victim = (pid_t)number(optarg, "-k", 1U << 30);
			break;
		case 'n':
			connections = number(optarg, "-n", FLOWS_MAX);
			break;
		case 'o':
			result = optarg;
			break;
		case 's':
			self = true;
			break;
		case 'w':
			return (wait_for(optarg));
		case 'x':
			command = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
	if (dir == NULL || (!self && (result == NULL || victim == 0)))
		usage();
	if (chdir(dir) == -1)
		err(1, "%s", dir);
	if (self)
		return (self_test(connections));
	run(connections, victim, command, &r);
	write_result(result, &r);
	return (0);
}
