/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A firewall as its neighbours see it.
 *
 * A ping passes no packet that was sent before it, and any answer to it counts,
 * however late.
 */

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/demo/firewall.h"

#define FLIGHT_MAX 8  /* packets; see net.unix.max_dgram_qlen */
#define PING_EVERY 20 /* ms */
#define PING_STUCK 1  /* ms, no more packets may be sent */
#define PING_AGAIN 50 /* ms, the last one may be lost */

/* What a ping and its answer carry. */
struct ping {
	uint64_t count; /* that side's packets so far, itself included */
	uint64_t at;	/* when the ping left */
};

static const char *const side_name[2] = { "lan", "wan" };

static const uint8_t ping_client[4] = { 192, 0, 2, 254 };
static const uint8_t ping_server[4] = { 198, 19, 255, 254 };

void
firewall_open(struct firewall *fw, char name)
{
	struct sockaddr_un sun;
	unsigned side;

	memset(fw, 0, sizeof(*fw));
	fw->name = name;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	for (side = CLIENT; side <= SERVER; side++) {
		fw->peer[side].sun_family = AF_UNIX;
		(void)snprintf(fw->peer[side].sun_path,
		    sizeof(fw->peer[side].sun_path), "%c.%s", name,
		    side_name[side]);
		(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "gen.%s%c",
		    side_name[side], name);
		fw->fd[side] = socket(AF_UNIX, SOCK_DGRAM, 0);
		if (fw->fd[side] == -1)
			err(1, "socket");
		(void)unlink(sun.sun_path);
		if (bind(fw->fd[side], (struct sockaddr *)&sun, sizeof(sun)) ==
		    -1)
			err(1, "%s", sun.sun_path);
	}
}

void
firewall_close(struct firewall *fw)
{
	unsigned side;

	for (side = CLIENT; side <= SERVER; side++) {
		if (fw->fd[side] != -1)
			(void)close(fw->fd[side]);
		fw->fd[side] = -1;
	}
}

bool
firewall_ready(const struct firewall *fw, enum side side)
{
	return (fw->flight[side] < FLIGHT_MAX && fw->held_len[side] == 0);
}

/* False: the socket is full. */
static bool
transmit(struct firewall *fw, enum side side, const uint8_t *buf, size_t len)
{
	const struct sockaddr_un *peer = &fw->peer[side];

	if (sendto(fw->fd[side], buf, len, MSG_DONTWAIT,
		(const struct sockaddr *)peer, sizeof(*peer)) == -1) {
		if (errno == EAGAIN || errno == EWOULDBLOCK ||
		    errno == ENOBUFS || errno == EINTR)
			return (false);
		err(1, "firewall %c: %s", fw->name, peer->sun_path);
	}
	fw->sent[side]++;
	fw->flight[side]++;
	return (true);
}

void
firewall_send(struct firewall *fw, enum side side, const uint8_t *buf,
    size_t len)
{
	if (transmit(fw, side, buf, len))
		return;
	memcpy(fw->held[side], buf, len);
	fw->held_len[side] = len;
}

/*
 * Pings
 */

static void
ping_send(struct firewall *fw, enum side side, const struct packet_addr *dst,
    uint16_t id, uint16_t seq, uint64_t at)
{
	struct ping ping = { .count = fw->sent[side] + 1, .at = at };
	uint8_t buf[PACKET_MAX];
	struct packet p;

	if (fw->held_len[side] > 0)
		return;
	memset(&p, 0, sizeof(p));
	p.version = 4;
	p.proto = PACKET_ICMP;
	memcpy(p.src.addr, side == CLIENT ? ping_client : ping_server, 4);
	p.dst = *dst;
	p.src.port = p.dst.port = id;
	p.seq = seq;
	p.reply = side == SERVER;
	p.data = (const uint8_t *)&ping;
	p.len = sizeof(ping);
	(void)transmit(fw, side, buf, packet_build(&p, buf));
}

bool
firewall_is_ping(const struct packet *p)
{
	return (p->version == 4 && p->proto == PACKET_ICMP &&
	    p->len == sizeof(struct ping) &&
	    memcmp(p->reply ? p->src.addr : p->dst.addr, ping_server, 4) == 0);
}

/* A ping that came out on a side. */
static void
ping_receive(struct firewall *fw, enum side side, const struct packet *p)
{
	enum side from = side == CLIENT ? SERVER : CLIENT;
	struct ping ping;

	memcpy(&ping, p->data, sizeof(ping));
	if (ping.count <= fw->sent[from])
		fw->flight[from] = (unsigned)(fw->sent[from] - ping.count);
	if (side == SERVER) {
		ping_send(fw, SERVER, &p->src, p->src.port, p->seq, ping.at);
		return;
	}
	if (p->seq == fw->ping_seq)
		fw->ping_waits = false;
	fw->answered_at = ping.at;
	fw->answers++;
}

void
firewall_run(struct firewall *fw, uint64_t now)
{
	struct packet_addr dst;
	bool stuck = false;
	unsigned side;

	if (fw->answered_at == 0)
		fw->answered_at = now;
	for (side = CLIENT; side <= SERVER; side++) {
		if (fw->held_len[side] > 0 &&
		    transmit(fw, side, fw->held[side], fw->held_len[side]))
			fw->held_len[side] = 0;
		stuck = stuck || fw->flight[side] >= FLIGHT_MAX;
	}
	if (now - fw->ping_at < (fw->ping_waits ? PING_AGAIN :
					stuck	? PING_STUCK :
						  PING_EVERY))
		return;
	fw->ping_seq++;
	fw->ping_at = now;
	fw->ping_waits = true;
	memset(&dst, 0, sizeof(dst));
	memcpy(dst.addr, ping_server, 4);
	/* Each firewall has its own, so that to the other it is new. */
	ping_send(fw, CLIENT, &dst, (uint16_t)fw->name, fw->ping_seq, now);
}

size_t
firewall_receive(struct firewall *fw, enum side side, uint8_t *buf)
{
	enum side from = side == CLIENT ? SERVER : CLIENT;
	struct packet p;
	ssize_t n;

	for (;;) {
		n = recv(fw->fd[side], buf, PACKET_MAX, MSG_DONTWAIT);
		if (n <= 0)
			return (0);
		if (packet_parse(buf, (size_t)n, &p) && firewall_is_ping(&p)) {
			ping_receive(fw, side, &p);
			continue;
		}
		if (fw->flight[from] > 0)
			fw->flight[from]--;
		return ((size_t)n);
	}
}
