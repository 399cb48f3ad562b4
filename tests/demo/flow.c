/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Connections: numbers to addresses and back, and TCP or question and answer
 * behind one face.
 */

#include <stdio.h>
#include <string.h>

#include "tests/demo/flow.h"
#include "tests/demo/stream.h"

#define CLIENT_PORT 10000
#define CLIENTS	    250 /* hosts that the connections come from */

/* Networks of the clients and the servers; demo.sh has rules for them. */
static const uint8_t clients_plain[4] = { 192, 0, 2, 0 };
static const uint8_t clients_nat[4] = { 10, 0, 0, 0 };
static const uint8_t servers4[4] = { 198, 18, 0, 0 };
static const uint8_t clients6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 };
static const uint8_t servers6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 2 };

/* Of every 20 connections 16 are TCP, 3 UDP and 1 ICMP. */
static const char protos[] = "ttutttttutttittttutt";

/* Of every five such twenties two are translated and one is IPv6. */
enum path { PLAIN, NAT, V6 };
static const uint8_t paths[5] = { NAT, PLAIN, V6, NAT, PLAIN };

static void
address(struct packet_addr *a, const uint8_t *net, size_t alen, unsigned host,
    uint16_t port)
{
	memcpy(a->addr, net, alen);
	a->addr[alen - 2] |= (uint8_t)(host >> 8);
	a->addr[alen - 1] |= (uint8_t)host;
	a->port = port;
}

static bool
same(const struct packet_addr *a, const struct packet_addr *b)
{
	return (a->port == b->port && memcmp(a->addr, b->addr, 16) == 0);
}

static uint8_t
proto_of(char letter)
{
	return (letter == 't' ? PACKET_TCP :
		letter == 'u' ? PACKET_UDP :
				PACKET_ICMP);
}

static void
init_tcp(struct flow *f, unsigned number)
{
	uint32_t iss;
	unsigned side;

	for (side = CLIENT; side <= SERVER; side++) {
		iss = (uint32_t)stream_mix(number * 2 + side);
		/* Every third stream goes past the end of the numbers. */
		if ((number + side) % 3 == 0)
			iss |= 0xffff8000;
		tcp_init(&f->tcp[side], side == CLIENT, iss, FLOW_BYTES);
		f->tcp[side].stream_out = number * 2 + side;
		f->tcp[side].stream_in = number * 2 + !side;
	}
}

void
flow_init(struct flow *f, unsigned number)
{
	static const uint16_t
	    ports[] = { [PACKET_TCP] = 443, [PACKET_UDP] = 4500 };
	unsigned host = 1 + number % CLIENTS;
	uint16_t port = (uint16_t)(CLIENT_PORT + number);
	uint8_t path = paths[number / 20 % 5];

	memset(f, 0, sizeof(*f));
	f->proto = proto_of(protos[number % 20]);
	f->version = path == V6 ? 6 : 4;
	f->behind_nat = path == NAT;
	if (f->version == 6) {
		address(&f->client, clients6, 16, host, port);
		address(&f->server, servers6, 16, 1 + number, 0);
	} else {
		address(&f->client, f->behind_nat ? clients_nat : clients_plain,
		    4, host, port);
		address(&f->server, servers4, 4, 1 + number, 0);
	}
	f->server.port = f->proto == PACKET_ICMP ? port : ports[f->proto];
	if (f->proto == PACKET_TCP) {
		init_tcp(f, number);
	} else {
		exchange_init(&f->exchange, FLOW_ROUNDS);
		f->exchange.stream[CLIENT] = number * 2;
		f->exchange.stream[SERVER] = number * 2 + 1;
	}
}

struct flow *
flow_find(struct flow *flows, size_t n, enum side side, const struct packet *p)
{
	size_t alen = p->version == 4 ? 4 : 16, number;
	struct flow *f;

	if (side == CLIENT)
		number = (size_t)p->dst.port - CLIENT_PORT;
	else
		number = ((size_t)p->dst.addr[alen - 2] << 8 |
			     p->dst.addr[alen - 1]) -
		    1;
	if (number >= n)
		return (NULL);
	f = &flows[number];
	if (f->version != p->version || f->proto != p->proto)
		return (NULL);
	if (side == CLIENT)
		return (same(&f->client, &p->dst) && same(&f->server, &p->src) ?
			f :
			NULL);
	if (memcmp(f->server.addr, p->dst.addr, 16) != 0 ||
	    (p->proto != PACKET_ICMP && f->server.port != p->dst.port))
		return (NULL);
	/* Who a client is to its server does not change under way. */
	if (f->met && !same(&f->seen, &p->src))
		return (NULL);
	return (f);
}

void
flow_input(struct flow *f, enum side side, uint64_t now, const struct packet *p)
{
	if (side == SERVER && !f->met) {
		f->met = true;
		f->seen = p->src;
	}
	if (f->proto == PACKET_TCP)
		tcp_input(&f->tcp[side], now, p);
	else if (side == CLIENT)
		exchange_input_client(&f->exchange, p);
	else
		exchange_input_server(&f->exchange, p);
}

bool
flow_output(struct flow *f, enum side side, uint64_t now, struct packet *p,
    uint8_t *buf)
{
	bool any;

	if (f->proto == PACKET_TCP)
		any = tcp_output(&f->tcp[side], now, p, buf);
	else if (side == CLIENT)
		any = exchange_output_client(&f->exchange, now, p, buf);
	else
		any = exchange_output_server(&f->exchange, now, p, buf);
	if (!any)
		return (false);
	p->version = f->version;
	p->proto = f->proto;
	p->src = side == CLIENT ? f->client : f->server;
	p->dst = side == CLIENT ? f->server : f->seen;
	/* An echo reply has the identifier of its request. */
	if (f->proto == PACKET_ICMP && side == SERVER)
		p->src.port = f->seen.port;
	return (true);
}

void
flow_limit(struct flow *f, unsigned percent)
{
	unsigned side;

	if (f->proto != PACKET_TCP) {
		f->exchange.limit = f->exchange.rounds * percent / 100;
		return;
	}
	for (side = CLIENT; side <= SERVER; side++)
		f->tcp[side].limit = f->tcp[side].total * percent / 100;
}

bool
flow_open(const struct flow *f)
{
	if (f->proto == PACKET_TCP)
		return (f->tcp[CLIENT].state == TCP_OPEN &&
		    f->tcp[SERVER].state == TCP_OPEN);
	return (f->exchange.answers > 0 && !f->exchange.dead);
}

uint32_t
flow_arrived(const struct flow *f)
{
	if (f->proto == PACKET_TCP)
		return (tcp_received(&f->tcp[CLIENT]) +
		    tcp_received(&f->tcp[SERVER]));
	return ((f->exchange.answers + f->exchange.questions) * EXCHANGE_DATA);
}

uint32_t
flow_share(const struct flow *f, unsigned percent)
{
	if (f->proto == PACKET_TCP)
		return (2 * (f->tcp[CLIENT].total * percent / 100));
	return (2 * (f->exchange.rounds * percent / 100) * EXCHANGE_DATA);
}

uint32_t
flow_in_flight(const struct flow *f)
{
	const struct exchange *x = &f->exchange;

	if (f->proto == PACKET_TCP)
		return (tcp_unacked(&f->tcp[CLIENT]) +
		    tcp_unacked(&f->tcp[SERVER]));
	/* The server's until it has the next question. */
	return (x->answered == x->questions ? EXCHANGE_DATA : 0);
}

uint64_t
flow_repeated(const struct flow *f)
{
	if (f->proto == PACKET_TCP)
		return (f->tcp[CLIENT].retransmitted +
		    f->tcp[SERVER].retransmitted);
	return (f->exchange.repeated);
}

bool
flow_translated(const struct flow *f)
{
	return (f->met &&
	    memcmp(f->seen.addr, f->client.addr, sizeof(f->seen.addr)) != 0);
}

enum flow_end
flow_end(const struct flow *f)
{
	if (f->proto != PACKET_TCP)
		return (f->exchange.dead		? FLOW_DEAD :
			exchange_finished(&f->exchange) ? FLOW_WHOLE :
							  FLOW_RUNS);
	if (f->tcp[CLIENT].state == TCP_DEAD ||
	    f->tcp[SERVER].state == TCP_DEAD)
		return (FLOW_DEAD);
	return (tcp_finished(&f->tcp[CLIENT]) && tcp_finished(&f->tcp[SERVER]) ?
		FLOW_WHOLE :
		FLOW_RUNS);
}

static bool
gave_up(const struct flow *f)
{
	if (f->proto == PACKET_TCP)
		return (f->tcp[CLIENT].rto.retries == RTO_RETRIES ||
		    f->tcp[SERVER].rto.retries == RTO_RETRIES);
	return (f->exchange.client_rto.retries == RTO_RETRIES ||
	    f->exchange.server_rto.retries == RTO_RETRIES);
}

const char *
flow_explain(const struct flow *f, char *buf)
{
	enum flow_end end = flow_end(f);

	(void)snprintf(buf, FLOW_EXPLAIN_MAX,
	    "%s over IPv%u%s, %s%s, %u of %u bytes have arrived, "
	    "%llu packets were sent again",
	    f->proto == PACKET_TCP     ? "TCP" :
		f->proto == PACKET_UDP ? "UDP" :
					 "ICMP",
	    f->version, flow_translated(f) ? ", translated" : "",
	    end == FLOW_RUNS	  ? "still runs" :
		end == FLOW_WHOLE ? "whole" :
				    "dead",
	    end != FLOW_DEAD	? "" :
		flow_corrupt(f) ? " (received what was not sent)" :
		gave_up(f)	? " (unanswered)" :
				  " (reset)",
	    flow_arrived(f), flow_share(f, 100),
	    (unsigned long long)flow_repeated(f));
	return (buf);
}

bool
flow_corrupt(const struct flow *f)
{
	if (f->proto == PACKET_TCP)
		return (f->tcp[CLIENT].corrupt || f->tcp[SERVER].corrupt);
	return (f->exchange.corrupt);
}

void
flow_failover(struct flow *f)
{
	if (f->proto != PACKET_TCP)
		exchange_lose(&f->exchange);
}
