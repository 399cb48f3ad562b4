/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * NFQUEUE.  The queue is opened without NFQA_CFG_F_GSO: then the host finishes
 * checksums and cuts segments to size before we see them, and a packet that pf
 * translates can go back as it is.
 *
 * Every interface of the host is one of pf's: those there are from the start,
 * so that a peer's states find theirs, others when a packet comes by them.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "os/hosted/nfqueue.h"

#ifdef HAVE_NFQUEUE

#include <arpa/inet.h>
#include <net/if.h>

#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>

#define PKT_MAX	  65536
#define BUF_LEN	  (PKT_MAX + 4096) /* packet and attributes */
#define RCVBUF	  (8 << 20)
#define QUEUE_LEN 8192 /* packets the host holds for us */
#define BATCH	  128  /* packets before timers run */

#define KNOWN_MAX 64 /* names of interfaces remembered */

struct known {
	uint32_t ifindex; /* 0: none */
	char name[IF_NAMESIZE];
	time_t asked; /* seconds, monotonic */
};

struct nfqueue {
	struct known known[KNOWN_MAX];
	struct hk *hk;
	struct mnl_socket *nl;
	uint32_t portid;
	uint16_t queue;
	uint8_t pkt[PKT_MAX];
	char rx[BUF_LEN] __attribute__((__aligned__(8)));
	char tx[BUF_LEN] __attribute__((__aligned__(8)));
};

static int
nfq_send(struct nfqueue *q, const struct nlmsghdr *nlh)
{
	if (mnl_socket_sendto(q->nl, nlh, nlh->nlmsg_len) < 0)
		return (errno);
	return (0);
}

static void
verdict(struct nfqueue *q, uint32_t id, enum pf_action action,
    const uint8_t *changed, size_t len)
{
	struct nlmsghdr *nlh;

	nlh = nfq_nlmsg_put(q->tx, NFQNL_MSG_VERDICT, q->queue);
	nfq_nlmsg_verdict_put(nlh, (int)id,
	    action == PF_PASS ? NF_ACCEPT : NF_DROP);
	if (action == PF_PASS && changed != NULL)
		nfq_nlmsg_verdict_put_pkt(nlh, changed, (uint32_t)len);
	(void)nfq_send(q, nlh);
}

/* A packet whose verdict waits: the host keeps it meanwhile. */
struct waiting {
	struct hk_held held;
	struct nfqueue *q;
	uint32_t id;
	size_t len; /* 0: unchanged */
	uint8_t pkt[];
};

static void
waiting_end(struct hk_held *held, enum pf_action action)
{
	struct waiting *w = (struct waiting *)held;

	verdict(w->q, w->id, action, w->len > 0 ? w->pkt : NULL, w->len);
	free(w);
}

static void
waiting_send(struct hk_held *held)
{
	waiting_end(held, PF_PASS);
}

static void
waiting_drop(struct hk_held *held)
{
	waiting_end(held, PF_DROP);
}

/* Whether the verdict on a packet on its way out waits. */
static bool
wait_for_peer(struct nfqueue *q, uint32_t id, const uint8_t *changed,
    size_t len)
{
	struct waiting *w;

	if (!hk_may_hold(q->hk, q->pkt, len))
		return (false);
	if (changed == NULL)
		len = 0;
	w = malloc(sizeof(*w) + len);
	if (w == NULL)
		return (false);
	w->held.send = waiting_send;
	w->held.drop = waiting_drop;
	w->q = q;
	w->id = id;
	w->len = len;
	if (len > 0)
		memcpy(w->pkt, changed, len);
	if (hk_hold(q->hk, &w->held))
		return (true);
	free(w);
	return (false);
}

/*
 * The name of an interface.  To ask the host takes three system calls, so what
 * it said is believed for a second.
 */
static bool
name_of(struct nfqueue *q, uint32_t ifindex, char ifname[IF_NAMESIZE])
{
	struct known *k = &q->known[ifindex % KNOWN_MAX];
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (k->ifindex != ifindex || now.tv_sec - k->asked > 0) {
		k->ifindex = 0;
		if (if_indextoname(ifindex, k->name) == NULL)
			return (false);
		k->ifindex = ifindex;
		k->asked = now.tv_sec;
	}
	memcpy(ifname, k->name, IF_NAMESIZE);
	return (true);
}

static int
take(const struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *attr[NFQA_MAX + 1] = { NULL };
	const struct nfqnl_msg_packet_hdr *ph;
	char ifname[IF_NAMESIZE];
	struct nfqueue *q = arg;
	enum pf_action action;
	enum pf_dir dir;
	const uint8_t *changed;
	const void *pkt;
	uint32_t ifindex;
	size_t len;
	bool in;

	if (nfq_nlmsg_parse(nlh, attr) < 0 || attr[NFQA_PACKET_HDR] == NULL)
		return (MNL_CB_OK);
	ph = mnl_attr_get_payload(attr[NFQA_PACKET_HDR]);
	in = ph->hook == NF_INET_PRE_ROUTING || ph->hook == NF_INET_LOCAL_IN;
	dir = in ? PF_IN : PF_OUT;
	attr[0] = attr[in ? NFQA_IFINDEX_INDEV : NFQA_IFINDEX_OUTDEV];
	ifindex = attr[0] == NULL ? 0 : ntohl(mnl_attr_get_u32(attr[0]));
	if (attr[NFQA_PAYLOAD] == NULL || !name_of(q, ifindex, ifname) ||
	    (!pf_if_known(hk_pf(q->hk), ifname) &&
		pf_if_attach(hk_pf(q->hk), ifname) != 0)) {
		verdict(q, ntohl(ph->packet_id), PF_DROP, NULL, 0);
		return (MNL_CB_OK);
	}
	pkt = mnl_attr_get_payload(attr[NFQA_PAYLOAD]);
	len = mnl_attr_get_payload_len(attr[NFQA_PAYLOAD]);
	memcpy(q->pkt, pkt, len);
	action = pf_test(hk_pf(q->hk), dir, ifname, q->pkt, len, 0);
	changed = memcmp(q->pkt, pkt, len) != 0 ? q->pkt : NULL;
	if (dir != PF_OUT || action != PF_PASS ||
	    !wait_for_peer(q, ntohl(ph->packet_id), changed, len))
		verdict(q, ntohl(ph->packet_id), action, changed, len);
	return (MNL_CB_OK);
}

/*
 * Sends a request and waits for the host's word on it.  Packets may come before
 * that: they were on their way while the queue was made.
 */
static int
configure(struct nfqueue *q, struct nlmsghdr *nlh)
{
	const struct nlmsghdr *answer = (const void *)q->rx;
	ssize_t n;
	int error;

	nlh->nlmsg_flags |= NLM_F_ACK;
	if ((error = nfq_send(q, nlh)) != 0)
		return (error);
	do {
		n = mnl_socket_recvfrom(q->nl, q->rx, sizeof(q->rx));
		if (n < 0 ||
		    mnl_cb_run(q->rx, (size_t)n, 0, q->portid, take, q) < 0)
			return (errno);
	} while (answer->nlmsg_type != NLMSG_ERROR);
	return (0);
}

static int
bind_queue(struct nfqueue *q)
{
	struct nlmsghdr *nlh;
	int error;

	nlh = nfq_nlmsg_put(q->tx, NFQNL_MSG_CONFIG, q->queue);
	nfq_nlmsg_cfg_put_cmd(nlh, AF_INET, NFQNL_CFG_CMD_BIND);
	if ((error = configure(q, nlh)) != 0)
		return (error);
	nlh = nfq_nlmsg_put(q->tx, NFQNL_MSG_CONFIG, q->queue);
	nfq_nlmsg_cfg_put_params(nlh, NFQNL_COPY_PACKET, 0xffff);
	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(QUEUE_LEN));
	return (configure(q, nlh));
}

/* Tells pf of the host's interfaces. */
static int
attach_interfaces(struct hk *hk)
{
	struct if_nameindex *all = if_nameindex();
	int error = 0;
	unsigned i;

	if (all == NULL)
		return (errno);
	for (i = 0; all[i].if_name != NULL && error == 0; i++)
		error = pf_if_attach(hk_pf(hk), all[i].if_name);
	if_freenameindex(all);
	return (error);
}

struct nfqueue *
nfqueue_open(struct hk *hk, uint16_t queue, char *err, size_t errlen)
{
	struct nfqueue *q = calloc(1, sizeof(*q));
	int error, on = 1, size = RCVBUF;

	if (q == NULL) {
		(void)snprintf(err, errlen, "queue %u: %s", queue,
		    strerror(errno));
		return (NULL);
	}
	q->hk = hk;
	q->queue = queue;
	q->nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (q->nl == NULL || mnl_socket_bind(q->nl, 0, MNL_SOCKET_AUTOPID) < 0)
		error = errno;
	else {
		q->portid = mnl_socket_get_portid(q->nl);
		error = attach_interfaces(hk);
		if (error == 0)
			error = bind_queue(q);
	}
	if (error != 0) {
		nfqueue_close(q);
		(void)snprintf(err, errlen, "queue %u: %s%s", queue,
		    strerror(error),
		    error == EPERM ?
			" (needs root, and nobody else on the queue)" :
			"");
		errno = error;
		return (NULL);
	}
	/* A lost packet is a lost packet: no error. */
	(void)setsockopt(nfqueue_fd(q), SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size));
	(void)mnl_socket_setsockopt(q->nl, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	return (q);
}

void
nfqueue_close(struct nfqueue *q)
{
	if (q->nl != NULL)
		(void)mnl_socket_close(q->nl);
	free(q);
}

int
nfqueue_fd(const struct nfqueue *q)
{
	return (mnl_socket_get_fd(q->nl));
}

void
nfqueue_run(struct nfqueue *q)
{
	ssize_t n;
	unsigned i;

	for (i = 0; i < BATCH; i++) {
		n = recv(nfqueue_fd(q), q->rx, sizeof(q->rx), MSG_DONTWAIT);
		if (n <= 0)
			return;
		(void)mnl_cb_run(q->rx, (size_t)n, 0, q->portid, take, q);
	}
}

#else /* !HAVE_NFQUEUE */

struct nfqueue *
nfqueue_open(struct hk *hk, uint16_t queue, char *err, size_t errlen)
{
	(void)hk;
	(void)snprintf(err, errlen,
	    "queue %u: this hkern was built without libnetfilter_queue", queue);
	errno = ENOTSUP;
	return (NULL);
}

void
nfqueue_close(struct nfqueue *q)
{
	(void)q;
}

int
nfqueue_fd(const struct nfqueue *q)
{
	(void)q;
	return (-1);
}

void
nfqueue_run(struct nfqueue *q)
{
	(void)q;
}

#endif /* HAVE_NFQUEUE */
