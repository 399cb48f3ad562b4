/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A TUN device.  It gets whole IP packets; the host would see them as arriving
 * on an interface without address, which it drops after its taps have looked.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include "os/hosted/tun.h"

struct tun {
	int fd;
};

/*
 * The host must not speak on it: its router solicitations would stand among
 * pfsync's packets.  A host without IPv6 has nothing to switch off.
 */
static void
silence(const char *ifname)
{
	char path[96];
	int fd;

	(void)snprintf(path, sizeof(path),
	    "/proc/sys/net/ipv6/conf/%s/disable_ipv6", ifname);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "1", 1);
	(void)close(fd);
}

static int
bring_up(const char *ifname)
{
	struct ifreq ifr;
	int error = 0, s;

	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return (errno);
	memset(&ifr, 0, sizeof(ifr));
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(s, SIOCSIFFLAGS, &ifr) != 0)
		error = errno;
	(void)close(s);
	return (error);
}

struct tun *
tun_open(const char *ifname)
{
	struct tun *t = malloc(sizeof(*t));
	struct ifreq ifr;
	int error = 0;

	if (t == NULL)
		return (NULL);
	memset(&ifr, 0, sizeof(ifr));
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0 || ioctl(t->fd, TUNSETIFF, &ifr) != 0)
		error = errno;
	else {
		silence(ifname);
		error = bring_up(ifname);
	}
	if (error == 0)
		return (t);
	if (t->fd >= 0)
		(void)close(t->fd);
	free(t);
	errno = error;
	return (NULL);
}

void
tun_close(struct tun *t)
{
	if (t == NULL)
		return;
	(void)close(t->fd);
	free(t);
}

int
tun_fd(const struct tun *t)
{
	return (t->fd);
}

void
tun_write(struct tun *t, const uint8_t *pkt, size_t len)
{
	(void)!write(t->fd, pkt, len);
}

void
tun_discard(struct tun *t)
{
	uint8_t buf[2048];

	while (read(t->fd, buf, sizeof(buf)) > 0)
		;
}
