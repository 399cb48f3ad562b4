/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_MBUF_H_
#define _STANDIN_SYS_MBUF_H_

#include <sys/systm.h>

typedef unsigned int if_index_t;

struct pkthdr {
	if_index_t	rcvif_index;
	int		len;
};

struct mbuf {
	struct mbuf	*m_next;
	struct mbuf	*m_nextpkt;
	char		*m_data;
	int		m_len;
	int		m_flags;
	struct pkthdr	m_pkthdr;
};

#define M_EXT		0x00001
#define M_PKTHDR	0x00002
#define M_BCAST		0x00100
#define M_MCAST		0x00200
#define MT_DATA		1
#define M_DONTWAIT	0
#define M_WAIT		1
#define MCLBYTES	2048

#define mtod(m, t)		((t)((m)->m_data))
#define M_TRAILINGSPACE(m)	standin_trailingspace(m)
#define MCLGET(m, how)		standin_mclget((m), (how))
int	standin_trailingspace(const struct mbuf *);
void	standin_mclget(struct mbuf *, int how);

extern int max_linkhdr;

struct mbuf *m_get(int how, int type);
struct mbuf *m_gethdr(int how, int type);
struct mbuf *m_pullup(struct mbuf *, int len);
void	m_copydata(struct mbuf *, int off, int len, void *);
void	m_freem(struct mbuf *);
void	m_reset_rcvif(struct mbuf *);

#endif /* _STANDIN_SYS_MBUF_H_ */
