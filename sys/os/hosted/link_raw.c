/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Protocol 240 on a real interface of the host: raw sockets of both families.
 * Groups are joined through the host's own stack, which speaks IGMP and MLD.
 *
 * IPv4 goes out with the header it comes with, but for the source address where
 * that is 0.0.0.0: the host fills it in.  IPv6 headers are the host's: on
 * receipt one is put together from what the socket says of the packet.
 *
 * Nothing else is sent: a forwarded packet's payload must never leave by a
 * socket that makes protocol 240 with a hop limit of 255 of it.
 *
 * Invariant: link.fd is an epoll of both sockets.
 */

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/if_pfsync.h"
#include "net/pfsync/state.h"
#include "os/hosted/link_impl.h"

#define BUFFER	(8 << 20) /* bytes a socket may hold */
#define IP4_LEN 20
#define IP6_LEN 40

struct raw_link {
	struct link link;
	char ifname[IF_NAMESIZE];
	unsigned ifindex;
	int s4;
	int s6; /* -1: a host without IPv6 */
	uint8_t buf[IP6_LEN + LINK_PKT_MAX];
};

static int
send4(struct raw_link *r, const uint8_t *pkt, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	memcpy(&to.sin_addr, pkt + 16, sizeof(to.sin_addr));
	if (sendto(r->s4, pkt, len, MSG_DONTWAIT, (struct sockaddr *)&to,
		sizeof(to)) < 0)
		return (errno);
	return (0);
}

static int
send6(struct raw_link *r, const uint8_t *pkt, size_t len)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };

	if (r->s6 < 0)
		return (EAFNOSUPPORT);
	memcpy(&to.sin6_addr, pkt + 24, sizeof(to.sin6_addr));
	if (IN6_IS_ADDR_LINKLOCAL(&to.sin6_addr) ||
	    IN6_IS_ADDR_MULTICAST(&to.sin6_addr))
		to.sin6_scope_id = r->ifindex;
	if (sendto(r->s6, pkt + IP6_LEN, len - IP6_LEN, MSG_DONTWAIT,
		(struct sockaddr *)&to, sizeof(to)) < 0)
		return (errno);
	return (0);
}

static int
raw_send(struct link *l, const uint8_t *pkt, size_t len)
{
	struct raw_link *r = (struct raw_link *)l;

	bool v4 = pkt[0] >> 4 == 4;

	if (len > l->mtu)
		return (EMSGSIZE);
	if (pkt[v4 ? 9 : 6] != PFSYNC_IPPROTO)
		return (EPROTONOSUPPORT);
	return (v4 ? send4(r, pkt, len) : send6(r, pkt, len));
}

/* One IPv6 packet with the header it must have had; its length, or -1. */
static ssize_t
receive6(struct raw_link *r)
{
	char control[256] __attribute__((__aligned__(8)));
	struct iovec iov = { r->buf + IP6_LEN, LINK_PKT_MAX };
	struct sockaddr_in6 from = { 0 };
	struct msghdr m = { .msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	uint8_t *ip = r->buf;
	struct cmsghdr *c;
	ssize_t n;
	int hops;

	n = recvmsg(r->s6, &m, MSG_DONTWAIT);
	if (n < 0 || n > UINT16_MAX)
		return (-1);
	memset(ip, 0, IP6_LEN);
	ip[0] = 0x60;
	ip[4] = (uint8_t)(n >> 8);
	ip[5] = (uint8_t)n;
	ip[6] = PFSYNC_IPPROTO;
	memcpy(ip + 8, &from.sin6_addr, 16);
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(&hops, CMSG_DATA(c), sizeof(hops));
			ip[7] = (uint8_t)hops;
		} else if (c->cmsg_type == IPV6_PKTINFO)
			memcpy(ip + 24, CMSG_DATA(c), 16);
	}
	return (n + IP6_LEN);
}

static unsigned
raw_poll(struct link *l, unsigned max, link_input_fn *input, void *arg)
{
	struct raw_link *r = (struct raw_link *)l;
	unsigned n = 0;
	ssize_t len;

	while (n < max &&
	    (len = recv(r->s4, r->buf, LINK_PKT_MAX, MSG_DONTWAIT)) > 0) {
		n++;
		input(arg, r->buf, (size_t)len);
	}
	while (r->s6 >= 0 && n < max && (len = receive6(r)) > 0) {
		n++;
		input(arg, r->buf, (size_t)len);
	}
	return (n);
}

static int
raw_group(struct link *l, uint8_t af, const uint8_t *group, bool join)
{
	struct raw_link *r = (struct raw_link *)l;
	struct ip_mreqn m4 = { .imr_ifindex = (int)r->ifindex };
	struct ipv6_mreq m6 = { .ipv6mr_interface = r->ifindex };
	int rc;

	if (af == PSYNC_AF_INET6 && r->s6 < 0)
		return (EAFNOSUPPORT);
	if (af == PSYNC_AF_INET6) {
		memcpy(&m6.ipv6mr_multiaddr, group, 16);
		rc = setsockopt(r->s6, IPPROTO_IPV6,
		    join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &m6, sizeof(m6));
	} else {
		memcpy(&m4.imr_multiaddr, group, 4);
		rc = setsockopt(r->s4, IPPROTO_IP,
		    join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &m4,
		    sizeof(m4));
	}
	return (rc == 0 ? 0 : errno);
}

static void
raw_close(struct link *l)
{
	struct raw_link *r = (struct raw_link *)l;

	if (l->fd >= 0)
		(void)close(l->fd);
	if (r->s4 >= 0)
		(void)close(r->s4);
	if (r->s6 >= 0)
		(void)close(r->s6);
	free(r);
}

/* Asks the host; keeps the mtu up to date on the way. */
static bool
raw_running(struct link *l)
{
	struct raw_link *r = (struct raw_link *)l;
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, r->ifname, sizeof(ifr.ifr_name));
	if (ioctl(r->s4, SIOCGIFMTU, &ifr) == 0)
		l->mtu = (unsigned)ifr.ifr_mtu;
	if (ioctl(r->s4, SIOCGIFFLAGS, &ifr) != 0)
		return (false);
	return ((ifr.ifr_flags & IFF_UP) != 0 &&
	    (ifr.ifr_flags & IFF_RUNNING) != 0);
}

static const struct link_ops raw_ops = {
	.send = raw_send,
	.poll = raw_poll,
	.group = raw_group,
	.close = raw_close,
	.running = raw_running,
};

/* The interface's first address of each family. */
static void
find_addresses(struct raw_link *r)
{
	const struct sockaddr_in6 *sin6;
	const struct sockaddr_in *sin;
	struct ifaddrs *ifa, *list;
	bool have6 = false;

	if (getifaddrs(&list) != 0)
		return;
	for (ifa = list; ifa != NULL; ifa = ifa->ifa_next) {
		if (ifa->ifa_addr == NULL || strcmp(ifa->ifa_name, r->ifname))
			continue;
		if (ifa->ifa_addr->sa_family == AF_INET && r->link.af == 0) {
			sin = (const void *)ifa->ifa_addr;
			r->link.af = PSYNC_AF_INET;
			memcpy(r->link.addr, &sin->sin_addr, 4);
			sin = (const void *)ifa->ifa_netmask;
			r->link.plen = sin == NULL ?
			    32 :
			    (uint8_t)__builtin_popcount(sin->sin_addr.s_addr);
		} else if (ifa->ifa_addr->sa_family == AF_INET6 && !have6) {
			have6 = true;
			sin6 = (const void *)ifa->ifa_addr;
			memcpy(r->link.addr6, &sin6->sin6_addr, 16);
		}
	}
	freeifaddrs(list);
}

static int
open_socket(struct raw_link *r, int family)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int s, size = BUFFER;

	s = socket(family, SOCK_RAW | SOCK_CLOEXEC, PFSYNC_IPPROTO);
	if (s < 0)
		return (-1);
	(void)setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	(void)setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, r->ifname,
		(socklen_t)strlen(r->ifname)) != 0 ||
	    epoll_ctl(r->link.fd, EPOLL_CTL_ADD, s, &ev) != 0) {
		(void)close(s);
		return (-1);
	}
	return (s);
}

static bool
options4(struct raw_link *r)
{
	struct ip_mreqn m = { .imr_ifindex = (int)r->ifindex };
	int on = 1, off = 0;

	return (
	    setsockopt(r->s4, IPPROTO_IP, IP_HDRINCL, &on, sizeof(on)) == 0 &&
	    setsockopt(r->s4, IPPROTO_IP, IP_MULTICAST_IF, &m, sizeof(m)) ==
		0 &&
	    setsockopt(r->s4, IPPROTO_IP, IP_MULTICAST_LOOP, &off,
		sizeof(off)) == 0);
}

static bool
options6(struct raw_link *r)
{
	int index = (int)r->ifindex, on = 1, off = 0, ttl = PFSYNC_TTL;
	const struct {
		int name;
		const int *value;
	} option[] = {
		{ IPV6_RECVHOPLIMIT, &on },
		{ IPV6_RECVPKTINFO, &on },
		{ IPV6_UNICAST_HOPS, &ttl },
		{ IPV6_MULTICAST_HOPS, &ttl },
		{ IPV6_MULTICAST_LOOP, &off },
		{ IPV6_MULTICAST_IF, &index },
	};
	size_t i;

	for (i = 0; i < sizeof(option) / sizeof(option[0]); i++)
		if (setsockopt(r->s6, IPPROTO_IPV6, option[i].name,
			option[i].value, sizeof(int)) != 0)
			return (false);
	return (true);
}

static bool
open_both(struct raw_link *r)
{
	r->link.fd = epoll_create1(EPOLL_CLOEXEC);
	if (r->link.fd < 0)
		return (false);
	r->s4 = open_socket(r, AF_INET);
	if (r->s4 < 0 || !options4(r))
		return (false);
	r->s6 = open_socket(r, AF_INET6);
	return (r->s6 < 0 || options6(r));
}

struct link *
link_raw_open(const char *ifname, const char *rest, char *err, size_t errlen)
{
	struct raw_link *r;
	int error;

	if (*rest == '\0')
		rest = ifname;
	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		(void)snprintf(err, errlen, "%s: %s", ifname, strerror(errno));
		return (NULL);
	}
	r->link.ops = &raw_ops;
	r->link.fd = r->link.blocked = r->s4 = r->s6 = -1;
	r->link.multicast = r->link.terminal = true;
	r->ifindex = if_nametoindex(rest);
	(void)snprintf(r->ifname, sizeof(r->ifname), "%s", rest);
	if (r->ifindex != 0 && open_both(r)) {
		find_addresses(r);
		(void)raw_running(&r->link);
		return (&r->link);
	}
	error = errno;
	(void)snprintf(err, errlen, "raw link on %s: %s%s", rest,
	    strerror(error),
	    error == EPERM ? " (needs root or CAP_NET_RAW)" : "");
	raw_close(&r->link);
	errno = error;
	return (NULL);
}
