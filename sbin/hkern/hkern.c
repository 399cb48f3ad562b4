/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * hkern(8): one firewall in a process.  A hosted kernel with the host's clock,
 * links, a control socket, and where asked for a pcap file, a TUN device named
 * pfsync0 and the host's forwarded packets.
 */

#include <sys/random.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hkern/options.h"
#include "os/hosted/ctl_server.h"
#include "os/hosted/nfqueue.h"
#include "os/hosted/pcap.h"
#include "os/hosted/tun.h"

#define FDS_MAX 128

struct kernel {
	struct options options;
	struct hk *hk;
	struct ctl_server *control;
	struct pcap_file *pcap;
	struct tun *tun;
	struct nfqueue *nfqueue;
};

static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static uint64_t
clock_now(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

static uint32_t
host_random(void *ctx)
{
	uint32_t v;

	(void)ctx;
	while (getrandom(&v, sizeof(v), 0) != sizeof(v))
		;
	return (v);
}

static void
log_line(void *ctx, const char *line)
{
	struct kernel *k = ctx;

	if (k->options.verbose)
		fprintf(stderr, "%s\n", line);
}

static void
bpf(void *ctx, const uint8_t *pkt, size_t len)
{
	struct kernel *k = ctx;
	int error;

	if (k->tun != NULL)
		tun_write(k->tun, pkt, len);
	if (k->pcap == NULL)
		return;
	error = pcap_file_write(k->pcap, pkt, len);
	if (error != 0) {
		/* A full disk must not stop a firewall. */
		warnx("%s: %s: no more packets are written", k->options.pcap,
		    strerror(error));
		pcap_file_close(k->pcap);
		k->pcap = NULL;
	}
}

/* -T: there is a TUN device as long as there is a pfsync0. */
static int
clone_device(void *ctx, bool create)
{
	struct kernel *k = ctx;

	if (!k->options.tun)
		return (0);
	if (create) {
		k->tun = tun_open("pfsync0");
		return (k->tun == NULL ? errno : 0);
	}
	tun_close(k->tun);
	k->tun = NULL;
	return (0);
}

static void
shut_down(struct kernel *k)
{
	if (k->control != NULL)
		ctl_server_close(k->control);
	hk_destroy(k->hk);
	if (k->nfqueue != NULL)
		nfqueue_close(k->nfqueue);
	if (k->pcap != NULL)
		pcap_file_close(k->pcap);
}

/* The one line about what stands in the way, once all is undone. */
static void give_up(struct kernel *, const char *what, const char *why)
    __attribute__((__noreturn__));

static void
give_up(struct kernel *k, const char *what, const char *why)
{
	shut_down(k);
	errx(1, "%s%s%s", what, *what != '\0' ? ": " : "", why);
}

static void
attach_links(struct kernel *k)
{
	const struct options *o = &k->options;
	struct link *link;
	char why[256];
	unsigned i;
	int error;

	for (i = 0; i < o->nlinks; i++) {
		link = link_open(o->link[i].ifname, o->link[i].spec, why,
		    sizeof(why));
		if (link == NULL)
			give_up(k, "", why);
		error = hk_attach(k->hk, o->link[i].ifname, link);
		if (error != 0) {
			link->ops->close(link);
			give_up(k, o->link[i].ifname, strerror(error));
		}
	}
	for (i = 0; i < o->nroutes; i++) {
		error = hk_route(k->hk, o->route[i].af, o->route[i].dst,
		    o->route[i].plen, o->route[i].ifname);
		if (error != 0) {
			(void)snprintf(why, sizeof(why), "-r: route to %s",
			    o->route[i].ifname);
			give_up(k, why, strerror(error));
		}
	}
}

/* The control socket first: a kernel that is there keeps what is its own. */
static void
boot(struct kernel *k)
{
	const struct hk_env env = {
		.ctx = k,
		.now = clock_now,
		.random = host_random,
		.bpf = bpf,
		.clone = clone_device,
		.log = log_line,
	};
	const struct options *o = &k->options;
	char why[256];

	k->hk = hk_create(&env, o->slices, o->hostid);
	if (k->hk == NULL)
		errx(1, "out of memory");
	k->control = ctl_server_open(o->control);
	if (k->control == NULL)
		give_up(k, o->control,
		    errno == EADDRINUSE ? "control socket in use" :
					  strerror(errno));
	attach_links(k);
	if (o->queue >= 0) {
		k->nfqueue = nfqueue_open(k->hk, (uint16_t)o->queue, why,
		    sizeof(why));
		if (k->nfqueue == NULL)
			give_up(k, "", why);
	}
	/* Whether it can be had is known now, not when pfsync0 is created. */
	if (o->tun) {
		if ((k->tun = tun_open("pfsync0")) == NULL)
			give_up(k, "TUN device pfsync0", strerror(errno));
		tun_close(k->tun);
		k->tun = NULL;
	}
	if (o->pcap != NULL && (k->pcap = pcap_file_open(o->pcap)) == NULL)
		give_up(k, o->pcap, strerror(errno));
}

/* Waits until there is work, and does it. */
static void
round_of(struct kernel *k)
{
	struct pollfd pfd[FDS_MAX];
	uint64_t next, now;
	int timeout;
	size_t n;

	ctl_server_run(k->control, k->hk);
	next = hk_run(k->hk);
	now = clock_now(NULL);
	timeout = next <= now ? 0 :
	    next - now > 1000 ? 1000 :
				(int)(next - now);

	n = ctl_server_fds(k->control, pfd, FDS_MAX / 2);
	n += hk_fds(k->hk, pfd + n, FDS_MAX - n - 2);
	if (k->nfqueue != NULL)
		pfd[n++] = (struct pollfd) { .fd = nfqueue_fd(k->nfqueue),
			.events = POLLIN };
	if (k->tun != NULL)
		pfd[n++] = (struct pollfd) { .fd = tun_fd(k->tun),
			.events = POLLIN };
	(void)poll(pfd, n, timeout);
	if (k->tun != NULL)
		tun_discard(k->tun);
	if (k->nfqueue != NULL)
		nfqueue_run(k->nfqueue);
}

int
main(int argc, char **argv)
{
	static struct kernel k;
	struct sigaction sa = { .sa_handler = stop };

	options_parse(&k.options, argc, argv);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	boot(&k);
	printf("hkern: ready, control socket %s\n", k.options.control);
	(void)fflush(stdout);

	while (!stopped)
		round_of(&k);

	shut_down(&k);
	return (0);
}
