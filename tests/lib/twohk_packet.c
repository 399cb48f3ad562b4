/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What passes two hosted kernels, packets and connections.  See twohk.h.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/lib/twohk.h"

#define CLIENT "10.1.1.2"
#define SERVER "198.51.100.254"

static void
take(void *arg, uint8_t *pkt, size_t len)
{
	struct rig_packet *p = arg;

	if (len > sizeof(p->b))
		abort();
	memcpy(p->b, pkt, len);
	p->len = len;
}

bool
twohk_push(struct twohk *two, unsigned side, unsigned em, struct rig_packet *p)
{
	struct twohk_side *s = &two->side[side];
	struct link *in = s->wire[em], *out = s->wire[2 - em];

	if (in->ops->send(in, p->b, p->len) != 0)
		abort();
	(void)hk_run(s->hk);
	return (out->ops->poll(out, 1, take, p) == 1);
}

bool
twohk_comes(struct twohk *two, unsigned side, unsigned em, struct rig_packet *p)
{
	struct link *l = two->side[side].wire[em];

	return (l->ops->poll(l, 1, take, p) == 1);
}

/*
 * Connections
 */

bool
twohk_segment(struct twohk *two, unsigned side, const struct twohk_tcp *c,
    bool there, uint8_t flags, size_t len)
{
	struct rig_tcp t = {
		.seq = there ? c->there : c->back,
		.ack = there ? c->back : c->there,
		.len = len,
		.win = 65000,
		.flags = flags,
		.wscale = -1,
	};
	struct rig_packet p;

	if ((flags & ACK) == 0)
		t.ack = 0;
	if (there)
		rig_tcp(&p, CLIENT, c->port, SERVER, 80, &t);
	else
		rig_tcp(&p, SERVER, 80, CLIENT, c->port, &t);
	return (twohk_push(two, side, there ? 0 : 2, &p) && rig_sums_ok(&p));
}

bool
twohk_connect(struct twohk *two, unsigned side, struct twohk_tcp *c,
    uint16_t port)
{
	bool ok;

	c->port = port;
	c->there = 1000U * port;
	c->back = 7777U * port;
	ok = twohk_segment(two, side, c, true, SYN, 0);
	c->there++;
	ok = twohk_segment(two, side, c, false, SYN | ACK, 0) && ok;
	c->back++;
	return (twohk_segment(two, side, c, true, ACK, 0) && ok);
}

bool
twohk_talk(struct twohk *two, unsigned side, struct twohk_tcp *c, size_t n)
{
	bool ok;

	ok = twohk_segment(two, side, c, true, ACK | PSH, n);
	c->there += (uint32_t)n;
	return (twohk_segment(two, side, c, false, ACK, 0) && ok);
}

bool
twohk_udp(struct twohk *two, unsigned side, uint16_t port)
{
	struct rig_packet p;

	rig_udp(&p, CLIENT, port, SERVER, 53, 32);
	return (twohk_push(two, side, 0, &p));
}
