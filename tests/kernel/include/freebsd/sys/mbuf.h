/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_MBUF_H_
#define _STANDIN_SYS_MBUF_H_

#include <sys/systm.h>
#include <sys/queue.h>

struct ifnet;
struct m_snd_tag;

struct m_tag {
	uint16_t	m_tag_id;
};

struct pkthdr {
	struct ifnet	*rcvif;
	int32_t		len;
	uint32_t	flowid;
	uint16_t	fibnum;
};

struct mbuf {
	struct mbuf	*m_next;
	struct mbuf	*m_nextpkt;
	caddr_t		m_data;
	int32_t		m_len;
	uint32_t	m_flags;
	struct pkthdr	m_pkthdr;
};

struct mbufq {
	struct mbuf	*mq_first;
};

#define M_PKTHDR	0x00000002
#define M_BCAST		0x00000010
#define M_MCAST		0x00000020
#define M_SKIP_FIREWALL	0x00004000
#define MT_DATA		1
#define MCLBYTES	2048
#define M_COPYALL	1000000000

#define mtod(m, t)		((t)((m)->m_data))
#define M_TRAILINGSPACE(m)	m_trailingspace(m)
#define M_LEADINGSPACE(m)	m_leadingspace(m)
#define M_SETFIB(m, fib)	((m)->m_pkthdr.fibnum = (uint16_t)(fib))
#define M_GETFIB(m)		((m)->m_pkthdr.fibnum)

extern int max_linkhdr;

int	m_trailingspace(const struct mbuf *);
int	m_leadingspace(const struct mbuf *);
struct mbuf *m_getm2(struct mbuf *, int len, int how, short type, int flags);
struct mbuf *m_gethdr(int how, short type);
struct mbuf *m_pullup(struct mbuf *, int len);
struct mbuf *m_copypacket(struct mbuf *, int how);
void	m_copydata(const struct mbuf *, int off, int len, caddr_t);
void	m_freem(struct mbuf *);
void	m_adj(struct mbuf *, int);

void	mbufq_init(struct mbufq *, int maxlen);
void	mbufq_drain(struct mbufq *);
int	mbufq_full(const struct mbufq *);
int	mbufq_len(const struct mbufq *);
int	mbufq_enqueue(struct mbufq *, struct mbuf *);
struct mbuf *mbufq_dequeue(struct mbufq *);

#endif /* _STANDIN_SYS_MBUF_H_ */
